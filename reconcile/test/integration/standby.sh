#!/bin/sh
# Warm standbys hold a session without carrying anything. When the active gateway dies, the switch moves the allowed
# IPs and takes the dead one out, nothing else; a stream of pings loses what finding it out takes, and no more.
# runs in: guest, host
set -eu

here=$(cd "$(dirname "$0")" && pwd)
# shellcheck source=sim/lab.sh
. "$here/../../../sim/lab.sh"
# shellcheck source=sim/uplink.sh
. "$here/../../../sim/uplink.sh"

# Of a gateway as the client's kernel has it: FIELD of wg show dump.
of_gateway() { # GATEWAY, FIELD
	lab_exec client wg show wg0 dump | awk -v key="$(cat "$LAB/$1.pub")" -v field="$2" '$1 == key { print $field }'
}

both_warm() {
	uplink_apply >/dev/null
	[ "$(lab_wgr client status --json | jq -r '.selectors[].members[] | .name + " " + .state' | tr '\n' ' ')" = \
		"gw1 active gw2 standby " ]
}

# What the next run would do.
planned() {
	lab_wgr client plan --json >"$LAB/plan" || [ $? -eq 2 ]
	jq -r '.changes[] | .kind + " " + .peer' "$LAB/plan"
}

stream_start() {
	lab_spawn client ping -i 0.1 -W 1 10.9.0.1
	stream=$LAB_PID
}

# Sets lost: how many were not answered.
stream_stop() {
	kill -INT "$stream"
	wait "$stream" 2>/dev/null || :
	lost=$(sed -n 's/^\([0-9]*\) packets transmitted, \([0-9]*\) received.*/\1 \2/p' "$LAB/client.log" | tail -n 1)
	lab_say "sent and answered: $lost"
	lost=$((${lost% *} - ${lost#* }))
}

test_switch() {
	local expected
	eventually 15 "one is active, one is warm" both_warm
	ok "the warm one has no allowed IPs" [ "$(of_gateway gw2 4)" = "(none)" ]
	ok "and a session" [ "$(of_gateway gw2 5)" -gt 0 ]
	ok "and keepalives" [ "$(of_gateway gw2 8)" = 25 ]
	session=$(of_gateway gw2 5)
	ok "nothing to do" uplink_converged

	uplink_timer 1
	stream_start
	sleep 3
	lab_link_down gw1 eth0
	eventually 10 "the warm one takes over" uplink_happened promoted gw2
	sleep 3
	stream_stop
	lab_timer_stop client
	# Two runs a second apart find it out, at most a second after the fault; a probe takes 0.3 s, twice.
	ok "$lost of the pings of 10 a second are lost, not more than 35" [ $lost -le 35 ]
	ok "and some are" [ $lost -gt 0 ]
	ok "the old session is used, no new handshake was made" [ "$(of_gateway gw2 5)" = "$session" ]
	not_ok "the dead one carries nothing" lab_match 10.9 of_gateway gw1 4
	lab_link_up gw1 eth0
}

# The same, run by run, to see what a run means to do.
test_plan() {
	uplink_forget
	eventually 15 "again one is active, one is warm" both_warm
	lab_link_down gw1 eth0
	ok "after one failure nothing is changed" [ "$(uplink_apply | jq '.changes | length')" = 0 ]
	planned >"$LAB/planned"
	ok "the switch moves the allowed IPs and takes the dead one out" \
		[ "$(sort "$LAB/planned" | tr '\n' ' ')" = \
		"allowed_ip_add gw2 allowed_ip_add gw2 peer_remove gw1 " ]
	ok "they come from the one that had them" [ "$(jq -r '.changes[].from_peer // empty' "$LAB/plan" | uniq)" = gw1 ]
	uplink_log_empty
	ok "the run that switches" uplink_apply
	ok "did what was planned" [ "$(uplink_log '.changes[] | .kind + " " + .peer')" = "$(cat "$LAB/planned")" ]
	ok "at once the other one carries" uplink_works
	lab_link_up gw1 eth0
}

# A standby that dies is replaced, and the traffic does not notice.
test_dead_standby() {
	eventually 30 "another warm one is found" two_sessions
	stream_start
	warm=$(lab_wgr client status --json | jq -r '.selectors[].members[] | select(.state == "standby") | .name')
	lab_gateway_kill "$warm"
	uplink_log_empty
	uplink_timer 5
	eventually 200 "a dead standby is left" uplink_happened left "$warm"
	lab_timer_stop client
	stream_stop
	ok "no ping is lost for it" [ $lost -eq 0 ]
}

two_sessions() {
	uplink_apply >/dev/null
	[ "$(lab_wgr client status --json | jq '[.selectors[].members[] | select(.state == "active" or .state == "standby")] | length')" = 2 ]
}

lab_init
uplink_network 2
uplink_declare 2 "strategy: ordered" "standby: 1" "try_for: 1s" \
	"probe: {target: 10.9.0.1, count: 2, timeout: 300ms, fail_after: 2}"
test_switch
test_plan
# It is found out by age, which takes 150 s.
[ "$WIREGUARD" != kernel ] || test_dead_standby
lab_finish
