#!/bin/sh
# What a timer's runs leave in the journal: nothing while nothing happens; less than a hundred lines a day (17,280 runs)
# however the network is broken or the file is wrong; each beginning and each end once.
# runs in: guest
set -eu

here=$(cd "$(dirname "$0")" && pwd)
# shellcheck source=sim/lab.sh
. "$here/../../../sim/lab.sh"
# shellcheck source=sim/uplink.sh
. "$here/../../../sim/uplink.sh"

# Runs as the unit makes them, one every five seconds.
spend() { # DURATION NAME
	status=0
	lab_exec client "$WGRECONCILE" apply --quiet --for "$1" --every 5s >"$LAB/$2" 2>&1 || status=$?
	echo "   $2: $(wc -l <"$LAB/$2") lines in $1, exit status $status"
	head -n 12 "$LAB/$2" | cut -c1-170 | sed 's/^/      /'
}

# A day has 24 lines more than the first hours, and takes minutes: journal.sh 1d
OFFLINE=${1:-90m}
case $OFFLINE in 1d) REPEATED=20 ;; *) REPEATED=8 ;; esac

lines() { # NAME
	wc -l <"$LAB/$1"
}

count() { # TEXT NAME
	grep -c "$1" "$LAB/$2" || :
}

test_found() {
	spend 1m found
	ok "what is found is printed" [ "$(count 'selector uplink: gw. established: handshake completed' found)" = 1 ]
	ok "from degraded, once" [ "$(count '^ended after .*: degraded: selector uplink: 0 of 1 active' found)" = 1 ]
	ok "the new interface, once" [ "$(count '+ interface$' found)" -le 1 ]
}

test_converged() {
	spend 65m converged
	ok "while nothing happens nothing is printed" [ "$(lines converged)" = 0 ]
	ok "and what was printed before is forgotten" [ ! -e "$LAB/client/run/wgreconcile/default.notices" ]
}

test_offline() { # NAME DURATION LINES TIMES
	spend "$2" "$1"
	ok "$1: exit status 0, the network is not this machine's fault" [ "$status" = 0 ]
	ok "$1: less than $3 lines in $2" [ "$(lines "$1")" -lt "$3" ]
	ok "$1: it is printed that it is degraded" [ "$(count '^degraded: selector uplink' "$1")" -ge 1 ]
	ok "$1: with how often in the last hour" [ "$(count 'times in the last' "$1")" -ge "$4" ]
	ok "$1: the memory is small" [ "$(wc -c <"$LAB/client/run/wgreconcile/default.notices")" -lt 20000 ]
}

test_back() { # NAME
	spend 2m "$1-back"
	ok "$1: its end is printed once" [ "$(count '^ended after .*: degraded: selector uplink' "$1-back")" = 1 ]
	ok "$1: and what is active" [ "$(count 'established: handshake completed' "$1-back")" -ge 1 ]
}

test_wrong_file() {
	cp "$LAB/client/config/default.yaml" "$LAB/right.yaml"
	echo 'selectors: []' >>"$LAB/client/config/default.yaml"
	spend 1h wrong
	ok "a wrong file: exit status 65" [ "$status" = 65 ]
	ok "a wrong file: less than a hundred lines in hours" [ "$(lines wrong)" -lt 100 ]
	ok "a wrong file: the first names the place" lab_match 'default.yaml:[0-9]' head -n 1 "$LAB/wrong"
	cp "$LAB/right.yaml" "$LAB/client/config/default.yaml"
	spend 1m right
	ok "a wrong file: its end is printed" [ "$(count '^ended after .*default.yaml' right)" -ge 1 ]
}

# A run by hand shows everything, regardless of the timer's output.
test_by_hand() {
	lab_link_down client eth0
	spend 5m night
	sleep 5
	ok "by hand the decisions are printed in full" lab_match 'left: \| tried' lab_wgr client apply
	lab_link_up client eth0
}

lab_init
uplink_network 4
uplink_declare 4
test_found
test_converged
for gateway in 1 2 3 4; do lab_gateway_kill gw$gateway; done
test_offline dead-gateways "$OFFLINE" 100 "$REPEATED"
for gateway in 1 2 3 4; do lab_gateway_revive gw$gateway; done
test_back dead-gateways
lab_link_down client eth0
# Names cannot be resolved, and no route is usable.
test_offline no-line 30m 40 6
lab_link_up client eth0
test_back no-line
test_wrong_file
test_by_hand
lab_finish
