#!/bin/sh
# The run enters its group before it sends anything: rules of the firewall see name resolution, probes and time
# synchronisation as that group's.
# runs in: guest, host
set -eu

here=$(cd "$(dirname "$0")" && pwd)
# shellcheck source=sim/lab.sh
. "$here/../../../sim/lab.sh"
# shellcheck source=sim/uplink.sh
. "$here/../../../sim/uplink.sh"

GROUP=wgr-test
GID=64321

# Counters of packets leaving the client: by the group, and by others.
counters() {
	lab_exec client nft -f - <<-NFT
	flush ruleset
	table inet test {
		counter dns_group {}
		counter dns_other {}
		counter echo_group {}
		counter echo_other {}
		counter time_group {}
		counter time_other {}
		chain output {
			type filter hook output priority 0;
			udp dport 53 meta skgid $GID counter name dns_group
			udp dport 53 meta skgid != $GID counter name dns_other
			icmp type echo-request meta skgid $GID counter name echo_group
			icmp type echo-request meta skgid != $GID counter name echo_other
			udp dport 123 meta skgid $GID counter name time_group
			udp dport 123 meta skgid != $GID counter name time_other
		}
	}
	NFT
}

packets() { # COUNTER
	lab_exec client nft --json list counter inet test "$1" | jq '.nftables[].counter.packets // empty'
}

seen() { # COUNTER
	lab_exec client nft list counter inet test "$1"
	[ "$(packets "$1")" -gt 0 ]
}

declare_group() { # [LINE...]
	uplink_declare 1 "try_for: 1s" "probe: {target: 10.9.0.1, count: 2, timeout: 200ms, fail_after: 2}"
	[ $# -eq 0 ] || printf '%s\n' "$@" >>"$LAB/client/config/default.yaml"
}

forget() {
	lab_exec client ip link delete wg0 2>/dev/null || :
	rm -rf "$LAB"/client/state/* "$LAB/client/run/wgreconcile"
}

# All that a run sends, in three runs: it finds a gateway, and probes it.
run_some() {
	lab_wgr client apply
	sleep 2
	lab_wgr client apply
	sleep 1
	lab_wgr client apply
}

test_with_group() {
	declare_group "group: $GROUP"
	counters
	ok "runs as a group" run_some
	ok "a gateway is found" uplink_works
	ok "names are asked for by the group" seen dns_group
	not_ok "and by nobody else" seen dns_other
	counters
	lab_wgr client apply >/dev/null
	ok "the probes are the group's" seen echo_group
	not_ok "and nobody else's" seen echo_other
}

test_without_group() {
	forget
	declare_group
	counters
	ok "runs without a group" run_some
	ok "names are asked for by root's" seen dns_other
	not_ok "not by the group" seen dns_group
	ok "probes, too" seen echo_other
	not_ok "not by the group" seen echo_group
}

# The firewall allows output of the group only.
test_firewall() {
	forget
	lab_exec client nft -f - <<-NFT
	flush ruleset
	table inet test {
		chain output {
			type filter hook output priority 0; policy drop;
			oifname "lo" accept
			ip protocol icmp oifname "eth0" accept
			meta l4proto icmpv6 accept
			oifname "wg0" meta skgid $GID accept
			udp dport 51820 accept
			udp dport 53 meta skgid $GID accept
		}
	}
	NFT
	declare_group
	lab_wgr client apply --deadline 2s >"$LAB/output" 2>&1 || :
	ok "without the group no name is resolved" [ -z "$(lab_exec client wg show wg0 endpoints)" ]
	forget
	declare_group "group: $GROUP"
	run_some >/dev/null
	ok "with the group the gateway is found" uplink_active_is gw1
	ok "and its probes get out" probes_are_fine
	lab_exec client nft flush ruleset
}

probes_are_fine() {
	lab_wgr client status --json | tee "$LAB/output"
	jq -e '.selectors[].members[] | select(.name == "gw1") | .probe_failures == 0' "$LAB/output"
}

test_time() {
	forget
	cat >"$LAB/ask-time" <<-'SH'
	#!/bin/sh
	id -g >>"$0.groups"
	SH
	chmod +x "$LAB/ask-time"
	declare_group "group: $GROUP" "time: {command: [$LAB/ask-time]}"
	lab_wgr client apply >"$LAB/output" 2>&1 || :
	# Only if the kernel reports an unsynchronised clock.
	if [ -e "$LAB/ask-time.groups" ]; then
		ok "the time is asked for by the group" grep -qx $GID "$LAB/ask-time.groups"
	else
		lab_say "the clock of this machine is synchronised: nothing asks for the time"
	fi
}

test_bad_group() {
	forget
	declare_group "group: no-such-group"
	status=0
	lab_wgr client apply >"$LAB/output" 2>&1 || status=$?
	ok "a group that does not exist: exit status 1, not $status" [ $status -eq 1 ]
	ok "it is said what to do" grep -q 'groupadd' "$LAB/output"
	not_ok "nothing is made" lab_exec client ip link show wg0
	ok "status does without it" lab_match uplink status_any
}

status_any() {
	lab_wgr client status || :
}

lab_init
uplink_network 1
lab_exec client groupadd --gid $GID $GROUP
test_with_group
test_without_group
test_firewall
test_time
test_bad_group
lab_finish
