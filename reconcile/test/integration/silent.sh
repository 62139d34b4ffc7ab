#!/bin/sh
# The active gateway dies and no probe is configured. With traffic it is left by silence, within a minute; without,
# or with silent_for: off, when its last handshake is 150 s old. Idle tunnels and short outages are left alone.
# runs in: guest, host
set -eu

here=$(cd "$(dirname "$0")" && pwd)
# shellcheck source=sim/lab.sh
. "$here/../../../sim/lab.sh"
# shellcheck source=sim/uplink.sh
. "$here/../../../sim/uplink.sh"

somebody_is_active() { [ "$(uplink_active)" ]; }

active_is_not() { ! uplink_active_is "$1"; }

# Hundredths of seconds since the last handshake with a gateway; by the wall clock, which is not stepped here.
handshake_age() { # GATEWAY
	local stamp
	stamp=$(lab_exec client wg show wg0 latest-handshakes | awk -v key="$(cat "$LAB/$1.pub")" '$1 == key { print $2 }')
	echo $((($(date +%s) - stamp) * 100))
}

start() { # SELECTOR LINE...
	uplink_declare 2 "try_for: ${period}s" "$@"
	uplink_timer $period
	eventually 30 "a gateway is found" uplink_works
	eventually 10 "and is established" somebody_is_active
	active=$(uplink_active)
}

stop() {
	lab_timer_stop client
	uplink_forget
}

traffic_start() {
	lab_spawn client ping -q -i 1 10.9.0.1
	traffic=$LAB_PID
}

traffic_stop() {
	kill "$traffic"
	wait "$traffic" 2>/dev/null || :
}

left_within() { # TEXT, AT LEAST, AT MOST: seconds since $lost
	local took=$(($(lab_now) - lost))
	ok "$1: $((took / 100)) s, from $2 to $3" [ $took -ge $(($2 * 100)) -a $took -le $(($3 * 100)) ]
}

test_silence() {
	start "silent_for: ${silent}s"
	traffic_start
	sleep $((period * 2))
	lab_link_down "$active" eth0
	sleep $((silent / 2))
	lab_link_up "$active" eth0
	sleep $((silent + 2 * period))
	ok "a short outage is sat out" uplink_active_is "$active"
	lab_link_down "$active" eth0
	lost=$(lab_now)
	eventually 60 "traffic without an answer: another one is active" active_is_not "$active"
	ok "because of the silence" uplink_happened left "$active" silent
	left_within "found out" "$silent" $((silent + 4 * period + 10))
	eventually $((2 * period + 5)) "the other one carries the traffic" uplink_works
	traffic_stop
	lab_link_up "$active" eth0
	stop
}

test_age() {
	start "silent_for: off"
	traffic_start
	# Not right after a handshake: WireGuard makes one every 120 s.
	sleep 100
	lab_link_down "$active" eth0
	lost=$(lab_now)
	age=$(handshake_age "$active")
	eventually 160 "by age: it is left" uplink_happened left "$active" handshake_old
	left_within "found out" $((148 - age / 100)) $((157 - age / 100))
	traffic_stop
	lab_link_up "$active" eth0
	stop
}

test_idle() {
	start
	sleep 900
	ok "an idle tunnel is kept for 15 minutes" [ -z "$(uplink_events left)" ]
	# As to a log server: WireGuard itself says after 10 s that it came.
	lab_exec "$active" nft add table inet server
	lab_exec "$active" nft 'add chain inet server in { type filter hook input priority 0 ; }'
	lab_exec "$active" nft add rule inet server in udp dport 514 drop
	for datagram in $(seq 10); do
		echo "$datagram" | lab_exec client socat - UDP:10.9.0.1:514
		sleep 61
	done
	ok "and when something is sent at times that nobody answers" [ -z "$(uplink_events left)" ]
	lab_gateway_kill "$active"
	lost=$(lab_now)
	age=$(handshake_age "$active")
	eventually 160 "the idle tunnel's gateway dies: it is left" active_is_not "$active"
	left_within "found out" 25 157
	eventually 15 "the other one works" uplink_works
	lab_gateway_revive "$active"
	stop
}

lab_init
period=5 silent=30
# Real time is dear: a shorter silence, and no waiting for 150 s.
[ "$WIREGUARD" = kernel ] || period=1 silent=4
uplink_network 2
test_silence
if [ "$WIREGUARD" = kernel ]; then
	test_age
	test_idle
fi
lab_finish
