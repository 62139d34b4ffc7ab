#!/bin/sh
# A run ends in time whatever does not answer - name servers, probes, a userspace program - and still does what it can;
# --for and --every repeat it.
# runs in: guest, host
set -eu

here=$(cd "$(dirname "$0")" && pwd)
# shellcheck source=sim/lab.sh
. "$here/../../../sim/lab.sh"
# shellcheck source=sim/uplink.sh
. "$here/../../../sim/uplink.sh"

# takes AT_LEAST AT_MOST TEXT ARGUMENT...: hundredths of seconds that a run takes; its status is left in LAB/status
takes() {
	local least=$1 most=$2 text=$3 began took status=0
	shift 3
	began=$(lab_now)
	lab_wgr client "$@" >"$LAB/output" 2>&1 || status=$?
	took=$(($(lab_now) - began))
	echo $status >"$LAB/status"
	cat "$LAB/output" >>"$LAB/client.log"
	ok "$text: $((took / 100)).$((took / 10 % 10)) s, status $status" within "$took" "$least" $((most + slack))
}

within() { # HUNDREDTHS LEAST MOST
	{ [ "$1" -ge "$2" ] && [ "$1" -le "$3" ]; } || { echo "$1 is not from $2 to $3"; cat "$LAB/output"; return 1; }
}

forget() {
	lab_exec client ip link delete wg0 2>/dev/null || :
	rm -rf "$LAB"/client/state/* "$LAB/client/run/wgreconcile"
}

plain_peers() { # ENDPOINT
	uplink_interface
	cat <<-YAML
	    peers:
	      named:
	        public_key: $(cat "$LAB/gw1.pub")
	        endpoint: "$1"
	        allowed_ips: [10.1.0.0/16]
	      literal:
	        public_key: $(cat "$LAB/gw2.pub")
	        endpoint: "192.0.2.12:51820"
	        allowed_ips: [10.2.0.0/16]
	YAML
}

test_dns() {
	# That address is unused, and there is no ICMP error.
	lab_use_dns client 192.0.2.99
	plain_peers gw1.example:51820 >"$LAB/client/config/default.yaml"
	for deadline in 1 2 5; do
		forget
		takes 0 $((deadline * 100 + 50)) "no name server, --deadline ${deadline}s" apply --deadline ${deadline}s
	done
	ok "what needs no name is done" lab_match '10.2.0.0/16' lab_exec client wg show wg0 allowed-ips
	ok "with its route" lab_match 'dev wg0' lab_exec client ip route show 10.2.0.0/16
	ok "it is said what did not work" grep -q 'gw1.example' "$LAB/output"
	takes 0 450 "no name server, the default of 4 s" apply
	takes 0 250 "plan ends in time, too" plan --deadline 2s
	takes 0 100 "status does not ask" status
}

test_dns_of_selector() {
	forget
	uplink_declare 3 "try_for: 1s"
	takes 0 250 "a selector of names, no name server" apply --deadline 2s
	ok "its interface is there all the same" lab_match 10.9.0.2 lab_exec client ip address show wg0
	ok "with several name servers that do not answer" use_several
	takes 0 250 "several name servers that do not answer" apply --deadline 2s
	lab_use_dns client 192.0.2.53
	eventually 10 "a name server answers: a gateway is found" applied_and_works
}

use_several() {
	printf 'nameserver 192.0.2.97\nnameserver 192.0.2.98\nnameserver 192.0.2.99\n' >"$LAB/client/resolv.conf"
}

applied_and_works() {
	lab_wgr client apply && uplink_works
}

# Each probe takes longer than there is time.
test_probes() {
	forget
	uplink_declare 2 "try_for: 1s" "probe: {target: 10.9.0.1, count: 20, timeout: 1s, fail_after: 3}"
	eventually 10 "settled before" applied_and_works
	sleep 1
	lab_wgr client apply >/dev/null
	lab_gateway_kill gw1
	lab_gateway_kill gw2
	takes 0 250 "probes without an answer, --deadline 2s" apply --deadline 2s
	takes 0 150 "probes without an answer, --deadline 1s" apply --deadline 1s
	lab_gateway_revive gw1
	lab_gateway_revive gw2
}

# A program that starts, and never answers.
test_program() {
	printf '#!/bin/sh\nexec sleep 1000\n' >"$LAB/silent-program"
	chmod +x "$LAB/silent-program"
	forget
	cat >"$LAB/client/config/default.yaml" <<-YAML
	version: 1
	interfaces:
	  wg0:
	    private_key_file: wg0.key
	    implementation: userspace
	    program: $LAB/silent-program
	    addresses: [10.9.0.2/32]
	YAML
	takes 0 250 "a program that does not answer, --deadline 2s" apply --deadline 2s
	ok "is an error" [ "$(cat "$LAB/status")" = 1 ]
	ok "and it does not go on" no_program
}

no_program() {
	local pid
	for pid in $(lab_processes client); do
		! tr '\0' ' ' <"/proc/$pid/cmdline" | grep '^sleep 1000' || return 1
	done
}

test_for_every() {
	forget
	uplink_declare 2 "try_for: 1s"
	takes 300 450 "--for 5s --every 1s" apply --for 5s --every 1s
	ok "it ran five times" [ "$(grep -c '^Run ' "$LAB/output")" = 5 ]
	ok "and ended well" [ "$(cat "$LAB/status")" = 0 ]
	ok "in that time a gateway was found" uplink_works
	takes 0 100 "--for 1s --every 5s" apply --for 1s --every 5s
	ok "it ran once" [ "$(grep -c '^Run ' "$LAB/output")" = 1 ]
	takes 200 350 "--for 3s --every 1s --json" apply --for 3s --every 1s --json
	ok "an object for each run" [ "$(jq -c .version "$LAB/output" | wc -l)" = 3 ]
	# Runs that take longer than their interval do not accumulate.
	lab_use_dns client 192.0.2.99
	forget
	takes 300 650 "--for 4s --every 1s, and each takes 2" apply --for 4s --every 1s --deadline 2s
	ok "some runs were left out" [ "$(grep -c '^Run ' "$LAB/output")" -le 3 ]
	lab_use_dns client 192.0.2.53
}

# A failover within one minute of cron.
test_failover_within() {
	forget
	uplink_declare 2 "try_for: 1s" "probe: {target: 10.9.0.1, count: 2, timeout: 200ms, fail_after: 2}"
	lab_spawn client "$WGRECONCILE" apply --for 12s --every 1s --json
	minute=$LAB_PID
	eventually 6 "a gateway is found" uplink_works
	sleep 2
	active=$(uplink_active)
	lab_gateway_kill "$active"
	eventually 8 "within the same command its death is found out" uplink_works
	not_ok "it is another one" uplink_active_is "$active"
	lab_gateway_revive "$active"
	kill -TERM "$minute"
	status=0
	wait "$minute" || status=$?
	ok "SIGTERM ends it between two runs, with $status" [ $status -le 1 ]
	ok "with the state whole" jq -e .version "$LAB/client/state/default.json"
}

lab_init
# Virtual time passes only in sleep; a machine that is busy with other tests needs some.
slack=10
[ "$WIREGUARD" = kernel ] || slack=100
uplink_network 3
test_dns
test_dns_of_selector
test_probes
test_program
test_for_every
test_failover_within
lab_finish
