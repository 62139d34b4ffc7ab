#!/bin/sh
# implementation: userspace: a run starts the program, also a configured one, and talks to it over its socket; a
# program that was killed is started again, one that is no longer declared is ended, one that fails is an error.
# runs in: guest_realtime, host
#
# Not in the guest with virtual time: Go's runtime waits in loops that look at the clock, and virtual time does not pass in a loop.
set -eu

here=$(cd "$(dirname "$0")" && pwd)
# shellcheck source=sim/lab.sh
. "$here/../../../sim/lab.sh"
# shellcheck source=sim/uplink.sh
. "$here/../../../sim/uplink.sh"

# declare_userspace [LINE...]: an interface with a peer
declare_userspace() {
	{
		WIREGUARD=userspace uplink_interface "mtu: 1400" "listen_port: 51000" "fwmark: 0x99" "$@"
		cat <<-YAML
		    peers:
		      gw1:
		        public_key: $(cat "$LAB/gw1.pub")
		        endpoint: "192.0.2.11:51820"
		        allowed_ips: [10.9.0.0/24, "fd09::/64"]
		        persistent_keepalive: 25
		      gw2:
		        public_key: $(cat "$LAB/gw2.pub")
		        allowed_ips: [10.30.0.0/16]
		YAML
	} >"$LAB/client/config/default.yaml"
}

# The program's process: wireguard-go's, on the client, for an interface.
program_of() { # IFNAME
	local pid
	for pid in $(lab_processes client); do
		if tr '\0' ' ' <"/proc/$pid/cmdline" 2>/dev/null | grep -q "wireguard-go.* $1 \$"; then echo "$pid"; fi
	done
}

runs() { [ -n "$(program_of "$1")" ]; }
there() { lab_exec client ip link show "$1"; }

complete() {
	lab_exec client wg show wg0
	[ "$(lab_exec client wg show wg0 private-key)" = "$(cat "$LAB/client.key")" ] &&
		[ "$(lab_exec client wg show wg0 listen-port)" = 51000 ] &&
		[ "$(lab_exec client wg show wg0 fwmark)" = 0x99 ] &&
		[ "$(lab_exec client wg show wg0 peers | wc -l)" = 2 ] &&
		lab_match "$(cat "$LAB/gw1.pub")	.*10.9.0.0/24" lab_exec client wg show wg0 allowed-ips &&
		lab_match "$(cat "$LAB/gw1.pub")	.*fd09::/64" lab_exec client wg show wg0 allowed-ips &&
		lab_match 'tun' lab_exec client ip -details link show wg0 &&
		lab_match 'mtu 1400' lab_exec client ip link show wg0 &&
		lab_match '10.9.0.2/32' lab_exec client ip -4 address show wg0 &&
		lab_match 'dev wg0' lab_exec client ip route show 10.30.0.0/16 &&
		lab_match 'dev wg0' lab_exec client ip -6 route show fd09::/64
}

test_made() {
	declare_userspace
	ok "configured" lab_wgr client apply
	ok "complete" complete
	ok "its program runs" runs wg0
	ok "there is nothing to do" uplink_converged
	ok "a run with nothing to do says so" lab_match 'Nothing to do' lab_wgr client apply
	eventually 15 "traffic flows" uplink_works
	ok "status sees the handshake" jq_status '.interfaces[].peers[] | select(.name == "gw1") | .latest_handshake >= 0'
}

jq_status() { # FILTER
	lab_wgr client status --json | jq -e "$1"
}

test_changed() {
	before=$(program_of wg0)
	sed -i 's/10.30.0.0\/16/10.31.0.0\/16/; s/51000/51001/; s/10.9.0.0\/24, //' "$LAB/client/config/default.yaml"
	ok "other allowed IPs and another port" lab_wgr client apply
	ok "they are there" lab_match "$(cat "$LAB/gw2.pub")	10.31.0.0/16" lab_exec client wg show wg0 allowed-ips
	ok "one was taken away" lab_match "$(cat "$LAB/gw1.pub")	fd09::/64\$" lab_exec client wg show wg0 allowed-ips
	ok "the port, too" [ "$(lab_exec client wg show wg0 listen-port)" = 51001 ]
	ok "the program is still the same" [ "$(program_of wg0)" = "$before" ]
	ok "there is nothing to do" uplink_converged
	declare_userspace
	ok "as before" lab_wgr client apply
	ok "complete" complete
}

test_killed() {
	for signal in TERM KILL; do
		before=$(program_of wg0)
		kill -$signal "$before"
		eventually 5 "SIG$signal: the interface goes with its program" not there wg0
		# Its port is free after its end, a moment later.
		eventually 5 "SIG$signal: the program is gone" not kill -0 "$before"
		ok "SIG$signal: a run makes it again" lab_wgr client apply
		ok "SIG$signal: complete" complete
		not_ok "SIG$signal: it is another process" [ "$(program_of wg0)" = "$before" ]
		ok "SIG$signal: there is nothing to do" uplink_converged
		eventually 15 "SIG$signal: traffic flows" uplink_works
	done
}

not() { ! "$@"; }

# On a busy machine a thread continues for a moment.
stands_still() { # PID
	! grep -L '^State:.*stopped' /proc/"$1"/task/*/status | grep -q .
}

# The program runs, but does not answer.
test_stopped() {
	stopped=$(program_of wg0)
	kill -STOP "$stopped"
	eventually 5 "the program stands still" stands_still "$stopped"
	began=$(lab_now)
	not_ok "a program that hangs is an error" lab_wgr client apply --deadline 2s
	ok "found out in time" [ $(($(lab_now) - began)) -le 400 ]
	ok "it is reported as what it is" lab_match 'interface wg0: its WireGuard program does not answer' apply_any
	not_ok "show does not leave it out" lab_wgr client show
	kill -CONT "$stopped"
	ok "when it goes on, all is well" lab_wgr client apply
	ok "complete" complete
}

test_removed() {
	printf 'version: 1\ninterfaces: {}\n' >"$LAB/client/config/default.yaml"
	ok "no longer declared" lab_wgr client apply
	not_ok "the interface is gone" there wg0
	eventually 5 "the program has ended" not runs wg0
	not_ok "its socket is gone" [ -e "$LAB/client/run/wireguard/wg0.sock" ]
	ok "there is nothing to do" uplink_converged
}

# A program with arguments; one that stays in the foreground goes on after the run.
test_program() {
	cat >"$LAB/my program" <<-'SH'
	#!/bin/sh
	for word; do echo "$word"; done >"${0%/*}/arguments"
	[ "$1" != fail ] || exit 3
	exec wireguard-go --foreground wg0
	SH
	chmod +x "$LAB/my program"
	declare_userspace "program: [$LAB/my program, --a b, 'c\$d']"
	ok "a program with arguments, in the foreground" lab_wgr client apply
	ok "complete" complete
	ok "its arguments and the interface's name, without a shell" \
		diff "$LAB/arguments" - <<-END
	--a b
	c\$d
	wg0
	END
	ok "it goes on" runs wg0
	eventually 15 "traffic flows" uplink_works
	ok "there is nothing to do" uplink_converged
	test_removed
	declare_userspace "program: [$LAB/my program, fail]"
	not_ok "a program that fails" lab_wgr client apply
	ok "its status is said" lab_match 'status 3' apply_any
	declare_userspace "program: /nowhere/wireguard"
	not_ok "a program that does not exist" lab_wgr client apply
	ok "it is said which" lab_match '/nowhere/wireguard' apply_any
	not_ok "there is no interface" there wg0
}

apply_any() {
	lab_wgr client apply "$@" || :
}

# A program that never makes its socket takes no time from the others, in any order.
test_hanging() {
	printf '#!/bin/sh\nexec sleep 1000\n' >"$LAB/hang"
	chmod +x "$LAB/hang"
	{
		uplink_interface
		for name in aa zz; do
			printf '  %s: {implementation: userspace, private_key_file: %s.key, program: [%s]}\n' \
				$name $name "$LAB/hang"
			install -m 600 "$LAB/other.key" "$LAB/client/config/$name.key"
		done
		uplink_selector "try_for: 2s"
		uplink_member gw1 1
	} >"$LAB/client/config/default.yaml"
	not_ok "two programs that hang are an error" lab_wgr client apply
	ok "the interface between them is there" there wg0
	ok "with its peer" lab_match "$(cat "$LAB/gw1.pub")" lab_exec client wg show wg0
	eventually 20 "traffic flows" applied_and_works
	not_ok "its peer was never left" lab_match 'left' lab_wgr client status
	printf 'version: 1\ninterfaces: {}\n' >"$LAB/client/config/default.yaml"
	ok "none of them is declared any more" lab_wgr client apply
}

applied_and_works() {
	lab_wgr client apply >/dev/null 2>&1 || :
	uplink_works
}

# Both kinds side by side; needs a kernel with WireGuard.
test_both_kinds() {
	declare_userspace
	cat >>"$LAB/client/config/default.yaml" <<-YAML
	  wg1:
	    private_key_file: wg1.key
	    addresses: [10.50.0.1/32]
	    peers:
	      gw2:
	        public_key: $(cat "$LAB/gw2.pub")
	        allowed_ips: [10.51.0.0/16]
	YAML
	ok "one of each kind" lab_wgr client apply
	ok "userspace: complete" complete
	ok "kernel" lab_match wireguard lab_exec client ip -details link show wg1
	ok "has its allowed IPs" lab_match 10.51.0.0/16 lab_exec client wg show wg1 allowed-ips
	ok "there is nothing to do" uplink_converged
}

# A program started elsewhere: with create: false it is only configured.
test_others() {
	WIREGUARD=userspace lab_wireguard client wg5
	lab_exec client wg set wg5 private-key "$LAB/other.key"
	lab_exec client ip link set wg5 up
	cat >"$LAB/client/config/default.yaml" <<-YAML
	version: 1
	interfaces:
	  wg5:
	    create: false
	    implementation: userspace
	    peers:
	      gw2:
	        public_key: $(cat "$LAB/gw2.pub")
	        allowed_ips: [10.51.0.0/16]
	YAML
	ok "somebody else's program is configured" lab_wgr client apply
	ok "with the peer" lab_match 10.51.0.0/16 lab_exec client wg show wg5 allowed-ips
	printf 'version: 1\ninterfaces: {}\n' >"$LAB/client/config/default.yaml"
	ok "and no longer" lab_wgr client apply
	ok "the program still runs" runs wg5
	ok "without the peer" [ -z "$(lab_exec client wg show wg5 peers)" ]
}

lab_init
uplink_network 2
lab_keys other
install -m 600 "$LAB/other.key" "$LAB/client/config/wg1.key"
test_made
test_changed
test_killed
test_stopped
test_removed
test_program
test_others
test_hanging
[ "$WIREGUARD" != kernel ] || test_both_kinds
lab_finish
