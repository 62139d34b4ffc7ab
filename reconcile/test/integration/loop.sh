#!/bin/sh
# apply --for forever, as wgreconcile-loop@.service runs it: a changed file takes effect by itself, SIGHUP makes a run
# now, SIGTERM ends it at once, and a thousand runs take no more memory than the first hundred.
# runs in: guest
set -eu

here=$(cd "$(dirname "$0")" && pwd)
# shellcheck source=sim/lab.sh
. "$here/../../../sim/lab.sh"
# shellcheck source=sim/uplink.sh
. "$here/../../../sim/uplink.sh"

start() { # EVERY
	lab_exec client sh -c 'echo $$ >"$0"; shift; exec "$@"' "$LAB/loop.pid" - \
		"$WGRECONCILE" apply --quiet --for forever --every "$1" >"$LAB/loop.log" 2>&1 &
	child=$!
	until [ -s "$LAB/loop.pid" ]; do sleep 0.1; done
}

send() { # SIGNAL
	kill -"$1" "$(cat "$LAB/loop.pid")"
}

stop() {
	status=0
	send TERM
	wait "$child" || status=$?
	rm "$LAB/loop.pid"
}

resident() { # pages
	awk '{print $2}' "/proc/$(cat "$LAB/loop.pid")/statm"
}

keepalive_is() { # SECONDS
	[ "$(lab_exec client wg show wg0 persistent-keepalive | cut -f 2)" = "$1" ]
}

with_keepalive() { # SECONDS
	uplink_interface
	printf '    peers:\n'
	printf '      gw1: {public_key: "%s", endpoint: "192.0.2.11:51820", allowed_ips: [10.9.0.0/24], persistent_keepalive: %s}\n' \
		"$(cat "$LAB/gw1.pub")" "$1"
}

declare_keepalive() { # SECONDS
	with_keepalive "$1" >"$LAB/client/config/default.yaml"
}

test_changed_file() {
	declare_keepalive 20
	start 2s
	eventually 10 "the first run" keepalive_is 20
	declare_keepalive 30
	eventually 10 "a changed file takes effect" keepalive_is 30
	echo 'nonsense: [' >>"$LAB/client/config/default.yaml"
	sleep 5
	ok "a wrong file does not end it" kill -0 "$(cat "$LAB/loop.pid")"
	ok "and is reported" lab_match 'default.yaml' cat "$LAB/loop.log"
	declare_keepalive 40
	eventually 10 "a right one takes effect" keepalive_is 40
	stop
	ok "SIGTERM: exit status 0" [ "$status" = 0 ]
	ok "what it made stays" keepalive_is 40
}

test_hangup() {
	start 1h
	declare_keepalive 50
	sleep 5
	ok "the next run is an hour away" keepalive_is 40
	send HUP
	eventually 5 "SIGHUP: a run now" keepalive_is 50
	stop
	ok "ended within the hour" [ "$status" = 0 ]
}

test_wrong_at_the_start() {
	echo 'nonsense: [' >>"$LAB/client/config/default.yaml"
	status=0
	lab_exec client timeout 60 "$WGRECONCILE" apply --quiet --for forever >"$LAB/loop.log" 2>&1 || status=$?
	ok "it does not start with a wrong file: exit status 65" [ "$status" = 65 ]
	lab_exec client timeout 60 "$WGRECONCILE" apply --quiet --for forever >"$LAB/loop.log" 2>&1 || status=$?
	ok "and prints why each time" lab_match 'default.yaml' cat "$LAB/loop.log"
}

# With a selector without a working member, so that there are changes, records and output.
test_memory() {
	local early late
	lab_gateway_kill gw1
	uplink_declare 1 "try_for: 100ms"
	start 100ms
	sleep 10
	early=$(resident)
	sleep 100
	late=$(resident)
	echo "   $early pages after 100 runs, $late after 1100"
	ok "1000 more runs take no more memory" [ "$late" -le $((early + 16)) ]
	stop
}

lab_init
uplink_network 1
test_changed_file
test_hangup
test_wrong_at_the_start
test_memory
lab_finish
