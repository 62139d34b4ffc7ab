#!/bin/sh
# The better gateway, first in the order, was dead and comes back: failback: never stays, when_better returns as soon as it
# has worked, {after: 10m} after ten good minutes. Returning loses no ping, and a gateway that flaps is not run after.
# runs in: guest
set -eu

here=$(cd "$(dirname "$0")" && pwd)
# shellcheck source=sim/lab.sh
. "$here/../../../sim/lab.sh"
# shellcheck source=sim/uplink.sh
. "$here/../../../sim/uplink.sh"

minutes_since() { # HUNDREDTHS OF A SECOND
	echo $((($(lab_now) - $1) / 6000))
}

# gw1 is dead, gw2 was found.
start() { # SELECTOR LINE...
	lab_gateway_kill gw1
	uplink_declare 2 "try_for: 5s" "probe: {target: 10.9.0.1}" "$@"
	uplink_timer 15
	eventually 60 "the second one is found ($*)" uplink_active_is gw2
	found=$(lab_now)
}

stop() {
	lab_timer_stop client
	uplink_forget
	lab_gateway_revive gw1
}

stream_start() {
	lab_spawn client ping -i 0.5 10.9.0.1
	stream=$LAB_PID
}

stream_stop() {
	kill -INT "$stream"
	wait "$stream" 2>/dev/null || :
}

test_never() {
	start "strategy: ordered" "failback: never"
	lab_gateway_revive gw1
	sleep 1200
	ok "never: 20 minutes later it is still the second one" uplink_active_is gw2
	ok "never: the first one was not even looked at again" [ "$(uplink_events try | grep -c gw1)" = 1 ]
	stop
}

test_when_better() {
	start "$@" "failback: when_better"
	sleep 600
	ok "when_better: not while it is dead" uplink_active_is gw2
	# Looked at 1, 2, 4, 8 minutes after it was left.
	ok "when_better: which was looked at, and ever more seldom" \
		[ "$(uplink_events try | grep -c gw1)" -ge 3 -a "$(uplink_events try | grep -c gw1)" -le 5 ]
	lab_gateway_revive gw1
	stream_start
	eventually 1000 "when_better: it returns" uplink_active_is gw1
	sleep 30
	stream_stop
	ok "when_better: no ping is lost" lab_match ', 0% packet loss' grep ' packets transmitted' "$LAB/client.log"
	ok "when_better: the second one is taken out" [ "$(lab_exec client wg show wg0 peers | wc -l)" = 1 ]
	ok "when_better: and left for the better one" uplink_happened left gw2 for_better
	sleep 600
	ok "when_better: and stays there" uplink_active_is gw1
	stop
}

test_after() {
	start "strategy: ordered" "failback: {after: 10m}"
	lab_gateway_revive gw1
	sleep 540
	ok "after 10m: not before" uplink_active_is gw2
	eventually 120 "after 10m: it returns" uplink_active_is gw1
	ok "after 10m: the second one worked for ten minutes" [ "$(minutes_since "$found")" -ge 10 ]
	stop
}

# Up for 100 s, down for 40: it must not carry the traffic each time.
test_flapping() {
	local round
	start "strategy: ordered" "failback: when_better"
	for round in $(seq 25); do
		lab_gateway_revive gw1
		sleep 100
		lab_gateway_kill gw1
		sleep 40
	done
	switches=$(uplink_events promoted | grep -c gw1 || :)
	ok "flapping for an hour: it was returned to $switches times, of 1 to 7" [ "$switches" -ge 1 -a "$switches" -le 7 ]
	stop
}

lab_init
uplink_network 2
test_never
test_when_better "strategy: ordered"
test_after
test_flapping
lab_finish
