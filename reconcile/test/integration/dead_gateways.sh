#!/bin/sh
# Of four gateways three are dead, each in its own way. The live one is found, each of the others was tried at most
# once; while all are dead, each is tried once a round, and the first to come back is found within one.
# runs in: guest, host
set -eu

here=$(cd "$(dirname "$0")" && pwd)
# shellcheck source=sim/lab.sh
. "$here/../../../sim/lab.sh"
# shellcheck source=sim/uplink.sh
. "$here/../../../sim/uplink.sh"

each_at_most_once() {
	not_twice=$(uplink_events try | sort | uniq -d)
	[ -z "$not_twice" ] || { uplink_events try; return 1; }
}

# Of the rounds of four that were begun, the whole ones.
rounds_of_four() {
	uplink_events try | awk '
		{ round = int((NR - 1) / 4); if (seen[round, $1]++) { print "twice in a round: " $1; bad = 1 } }
		{ print }
		END { exit bad || NR < 12 }'
}

only_peer_is() { # GATEWAY
	[ "$(lab_exec client wg show wg0 peers)" = "$(cat "$LAB/$1.pub")" ]
}

lab_init
# The default of try_for and the timer's period; the host does not wait so long.
period=5
[ "$WIREGUARD" = kernel ] || period=1
uplink_network 4
lab_gateway_kill gw1          # answers with ICMP that there is nobody
lab_link_down gw2 eth0        # says nothing at all
lab_keys stranger             # lives, and is not who it should be
cp "$LAB/gw4.pub" "$LAB/gw4.real"
cp "$LAB/stranger.pub" "$LAB/gw4.pub"
uplink_declare 4 "try_for: ${period}s"
uplink_timer $period
eventually $((4 * period + 2)) "the live one of four is found" uplink_works
eventually $((2 * period)) "and is the active one" uplink_active_is gw3
ok "each was tried at most once" each_at_most_once
ok "no other peer is left on the interface" only_peer_is gw3
ok "the routes lead to it" lab_match '10.9.0.0/24 dev wg0' lab_exec client ip route show 10.9.0.0/24
ok "a run with nothing new changes nothing" uplink_converged
lab_timer_stop client

# All dead, from the beginning.
lab_link_down gw3 eth0
uplink_forget
uplink_timer $period
sleep $((13 * period))
ok "each of four dead ones is tried once a round" rounds_of_four
ok "at most one of them is on the interface" [ "$(lab_exec client wg show wg0 peers | wc -l)" -le 1 ]
lab_link_up gw3 eth0
eventually $((8 * period + 2)) "the first to come back is found" uplink_works
lab_finish
