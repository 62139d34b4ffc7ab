#!/bin/sh
# Probes: a dead gateway, and one that answers handshakes but forwards nothing, is left after fail_after runs in a
# row without an answer, and not one run earlier; by raw and by unprivileged ping sockets, IPv4 and IPv6.
# runs in: guest, host
set -eu

here=$(cd "$(dirname "$0")" && pwd)
# shellcheck source=sim/lab.sh
. "$here/../../../sim/lab.sh"
# shellcheck source=sim/uplink.sh
. "$here/../../../sim/uplink.sh"

# The inner network is gone, the gateway itself is not.
forward_nothing() { # GATEWAY
	lab_exec "$1" ip address del 10.9.0.1/24 dev wg0
	lab_exec "$1" ip address del fd09::1/64 dev wg0
}

forward_again() { # GATEWAY
	lab_exec "$1" ip address replace 10.9.0.1/24 dev wg0
	lab_exec "$1" ip address replace fd09::1/64 dev wg0 nodad
	lab_exec "$1" ip route replace 10.9.0.2/32 dev wg0
}

# The next run fails to probe and stays.
stays() { # TEXT, GATEWAY
	uplink_log_empty
	ok "$1: the run goes well" uplink_apply
	ok "$1: it says so" uplink_happened probe_failed "$2"
	not_ok "$1: it stays" uplink_happened left "$2"
}

leaves() { # TEXT, GATEWAY, THE OTHER
	uplink_log_empty
	ok "$1: the run goes well" uplink_apply
	ok "$1: it is left" uplink_happened left "$2" probe_failed
	ok "$1: another is tried in the same run" uplink_happened try "$3"
}

# Runs until the gateway is active.
settle() { # GATEWAY
	eventually 15 "$1 is tried and works" settled "$1"
}

settled() {
	uplink_apply >/dev/null
	uplink_active_is "$1"
}

declare_with() { # TARGET, LINE...
	local target=$1
	shift
	uplink_declare 2 "strategy: ordered" "try_for: 1s" \
		"probe: {target: \"$target\", count: 2, timeout: 300ms, fail_after: 3}" "$@"
}

test_dead() {
	declare_with 10.9.0.1
	settle gw1
	lab_link_down gw1 eth0
	stays "dead, first run" gw1
	stays "dead, second run" gw1
	lab_link_up gw1 eth0
	eventually 10 "it answers again" uplink_works
	ok "a run with an answer" uplink_apply
	lab_link_down gw1 eth0
	stays "dead again, first run" gw1
	stays "dead again, second run" gw1
	leaves "dead again, third run" gw1 gw2
	settle gw2
	ok "traffic goes by the other one" uplink_works
	ok "status says why" lab_match '"probe_failed"' lab_wgr client status --json
	lab_link_up gw1 eth0
}

test_forwards_nothing() {
	forward_nothing gw2
	stays "forwards nothing, first run" gw2
	stays "forwards nothing, second run" gw2
	leaves "forwards nothing, third run" gw2 gw1
	settle gw1
	# It completes the handshake, but not the trial.
	lab_gateway_kill gw1
	for run in 1 2 3; do uplink_apply >/dev/null; done
	uplink_log_empty
	sleep 1
	uplink_apply >/dev/null
	ok "its handshake alone is not enough" lab_match '[1-9]' lab_exec client wg show wg0 latest-handshakes
	ok "it is given up when the trial is over" uplink_happened left gw2 probe_failed
	not_ok "and was never taken for established" uplink_happened established gw2
	forward_again gw2
	lab_gateway_revive gw1
	lab_exec gw1 ip address replace fd09::1/64 dev wg0 nodad
	eventually 15 "one of them works again" works_again
}

works_again() {
	uplink_apply >/dev/null
	uplink_works && [ "$(uplink_active)" ]
}

test_sockets() {
	local range target
	for range in "1 0" "0 2147483647"; do
		for target in 10.9.0.1 fd09::1; do
			lab_exec client sh -c "echo $range >/proc/sys/net/ipv4/ping_group_range"
			# With one run to fail every probe counts.
			uplink_declare 1 "try_for: 1s" \
				"probe: {target: \"$target\", count: 2, timeout: 300ms, fail_after: 1}"
			settle gw1
			for run in 1 2 3; do uplink_apply >/dev/null; done
			ok "probe of $target, ping sockets for groups $range: answered" uplink_active_is gw1
			forward_nothing gw1
			uplink_log_empty
			uplink_apply >/dev/null
			ok "probe of $target, ping sockets for groups $range: not answered" \
				uplink_happened left gw1 probe_failed
			forward_again gw1
		done
	done
}

lab_init
uplink_network 2
test_dead
test_forwards_nothing
test_sockets
lab_finish
