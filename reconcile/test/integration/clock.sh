#!/bin/sh
# A machine without a battery-backed clock: after a reboot into the past gateways refuse its handshakes, until the synchroniser
# has run, once. One that fails or hangs blocks nothing. Steps of the wall clock while connected make nothing flap.
# runs in: guest
set -eu

here=$(cd "$(dirname "$0")" && pwd)
# shellcheck source=sim/lab.sh
. "$here/../../../sim/lab.sh"
# shellcheck source=sim/uplink.sh
. "$here/../../../sim/uplink.sh"

# Ours is a machine of its own, whatever its clock shows.
grep -q 'time-travel' /proc/cmdline || { echo "the clock of a real machine is not to be set" >&2; exit 1; }

# What the clock would show if nobody had set it, in seconds, as a gateway's own does.
true_time() {
	local now=$((began + $(lab_now)))
	echo "$((now / 100)).$((now / 10 % 10))$((now % 10))"
}

step() { # SECONDS, or @SECONDS since 1970
	case $1 in
	@*) date -s "$1" >/dev/null ;;
	*) date -s "@$(($(date +%s) + $1))" >/dev/null ;;
	esac
}

# A synchroniser that notes each call and does as told: set, fail, hang
synchroniser() { # WHAT
	cat >"$LAB/synchroniser" <<-SCRIPT
		#!/bin/sh
		echo called >>"$LAB/calls"
		case $1 in
		set)
			read -r now rest </proc/uptime
			now=\$(($began + \${now%.*}\${now#*.}))
			exec date -s "@\$((now / 100)).\$((now / 10 % 10))\$((now % 10))"
			;;
		fail) exit 1 ;;
		hang) exec sleep 1000 ;;
		esac
	SCRIPT
	chmod 755 "$LAB/synchroniser"
}

calls() {
	wc -l <"$LAB/calls"
}

# The client was connected, and wakes up in 2001.
reboot_into_the_past() {
	lab_timer_stop client 2>/dev/null || :
	# A handshake's time is coarse: 1/50 s.
	sleep 1
	lab_reboot client
	step @1000000000
	: >"$LAB/calls"
	uplink_log_empty
}

gateway_is_tried() {
	lab_match "$(cat "$LAB/gw1.pub")" lab_exec client wg show wg0 peers
}

connected() {
	uplink_timer 5
	eventually "$1" "$2" uplink_works
}

# Members as they are, with further lines at the top level.
declare_with_time() { # LINE...
	local line
	uplink_declare 1
	for line; do echo "$line"; done >>"$LAB/client/config/default.yaml"
}

test_without() {
	declare_with_time
	connected 10 "connected, with the right time"
	reboot_into_the_past
	uplink_timer 5
	sleep 120
	not_ok "an old clock and no synchroniser: the gateway refuses" uplink_works
	lab_timer_stop client
	step "@$(true_time)"
	connected 10 "and accepts with the right time"
}

test_set() {
	synchroniser set
	reboot_into_the_past
	declare_with_time "time: {command: [$LAB/synchroniser]}"
	ok "a run that synchronises" uplink_apply
	ok "says so" uplink_happened time -
	ok "the clock is right" [ "$(date +%Y)" = 2026 ]
	ok "and tries a gateway at once" gateway_is_tried
	connected 5 "which accepts"
	sleep 1200
	ok "one call was enough" [ "$(calls)" = 1 ]
}

test_fails() {
	synchroniser fail
	reboot_into_the_past
	declare_with_time "time: {command: [$LAB/synchroniser]}"
	ok "a synchroniser that fails: the run goes on" uplink_apply
	ok "and tries a gateway all the same" gateway_is_tried
	uplink_timer 5
	sleep 590
	ok "it is not called again within 10 minutes" [ "$(calls)" = 1 ]
	sleep 30
	ok "but then" [ "$(calls)" = 2 ]
	synchroniser set
	eventually 620 "which connects" uplink_works
	lab_timer_stop client
	# With time that is right the connection needs none.
	reboot_into_the_past
	step "@$(true_time)"
	synchroniser fail
	connected 15 "a right clock and a synchroniser that fails: connected all the same"
	lab_timer_stop client
}

test_hangs() {
	local before
	synchroniser hang
	reboot_into_the_past
	before=$(lab_now)
	ok "a synchroniser that hangs: the run goes on" uplink_apply
	ok "and ends by its deadline of 4 s" [ $(($(lab_now) - before)) -le 450 ]
	ok "a gateway is tried in it all the same" gateway_is_tried
	ok "the synchroniser is gone" [ -z "$(pgrep -f 'sleep 1000')" ]
	step "@$(true_time)"
	connected 15 "connected"
}

# The default: chronyd, here against one that serves the clock we have.
test_chronyd() {
	lab_spawn names chronyd -d -u root -f /dev/null -x 'local stratum 1' 'allow all' 'cmdport 0' 'bindcmdaddress /' 'pidfile /run/c.pid'
	sleep 2
	reboot_into_the_past
	step "@$(true_time)"
	declare_with_time "time: {servers: [192.0.2.53]}"
	ok "chronyd asks its server" uplink_apply
	ok "and succeeds" lab_match 'clock synchronised' uplink_log '.events[] | select(.kind == "time") | .text'
	connected 10 "connected"
	lab_timer_stop client
}

# Connected, with the timer running: nobody is left for it, nobody is tried.
test_steps() {
	local seconds
	declare_with_time
	for seconds in 3600 315360000; do
		connected 30 "connected"
		sleep 30
		uplink_log_empty
		step "$seconds"
		# Long enough for WireGuard's next handshakes.
		sleep 400
		ok "a step of the clock by $seconds s: nothing flaps" [ -z "$(uplink_events left)$(uplink_events try)" ]
		ok "a step of the clock by $seconds s: it works" uplink_works
		lab_timer_stop client
	done
	# Back: the next handshake, 120 s after the last, will be refused, which is WireGuard's; until then nothing may flap.
	for seconds in -3600 -315360000; do
		lab_exec client ip link del wg0
		lab_exec gw1 wg set wg0 peer "$(cat "$LAB/client.pub")" remove
		lab_exec gw1 wg set wg0 peer "$(cat "$LAB/client.pub")" allowed-ips 10.9.0.2/32,fd09::2/128
		connected 60 "connected"
		sleep 20
		uplink_log_empty
		step "$seconds"
		sleep 90
		ok "a step of the clock by $seconds s: nothing flaps" [ -z "$(uplink_events left)$(uplink_events try)" ]
		ok "a step of the clock by $seconds s: it works" uplink_works
		eventually 120 "a step of the clock by $seconds s: the death of the session is found out" uplink_happened left gw1
		lab_timer_stop client
		step "@$(true_time)"
	done
}

lab_init
began=$(($(date +%s%2N) - $(lab_now)))
uplink_network 1
test_without
test_set
test_fails
test_hangs
test_chronyd
test_steps
lab_finish
