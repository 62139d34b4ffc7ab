#!/bin/sh
# kill -9 at each system call that changes something, in turn: in the first configuration and in a failover. Normal
# runs afterwards must always come to the same end, with nothing left over.
# runs in: guest
set -eu

here=$(cd "$(dirname "$0")" && pwd)
# shellcheck source=sim/lab.sh
. "$here/../../../sim/lab.sh"
# shellcheck source=sim/uplink.sh
. "$here/../../../sim/uplink.sh"

# What a run changes the world with. sendto is netlink and the names; write is the state, and what is printed.
CHANGING='sendto sendmsg write openat mkdir mkdirat renameat rename unlinkat unlink fsync flock ftruncate clone clone3'

# killed CALL N: one run, killed when it makes CALL for the Nth time; fails when it came to its end before
killed() {
	local status=0
	lab_exec client strace -f -qq -o /dev/null -e "trace=$1" -e "inject=$1:signal=SIGKILL:when=$2" \
		"$WGRECONCILE" apply >/dev/null 2>&1 || status=$?
	[ $status -eq 137 ]
}

# gw1 is active; then it dies, and its probe fails for the last time before it is left.
with_a_failure() {
	uplink_forget
	lab_gateway_revive gw1
	lab_wgr client apply --quiet --for 2s --every 1s
	lab_gateway_kill gw1
	lab_wgr client apply >/dev/null
}

# settled ACTIVE: after a few runs all is as if nobody had killed anything; says what is not
settled() {
	lab_wgr client apply --quiet || { echo "apply failed"; return 1; }
	lab_wgr client apply --quiet --for 11s --every 2s || { echo "a later apply failed"; return 1; }
	lab_wgr client plan || { echo "a run after that still changes something"; return 1; }
	uplink_active_is "$1" || { echo "active: $(uplink_active), not $1"; return 1; }
	# shellcheck disable=SC2016 # expanded there
	lab_exec client sh -c '
		ping -q -c 1 -W 1 10.9.0.1 >/dev/null || echo "the inner network does not answer"
		set -- $(wg show wg0 peers)
		[ $# -eq 1 ] || echo "$# peers"
		routes=$(ip -o route show dev wg0)
		case $routes in
		*"
"* | "") echo "not one route" ;;
		esac
		cd /var/lib/wgreconcile
		[ "$(echo *)" = default.json ] || echo "left over:" *' >"$LAB/wrong" 2>&1
	[ ! -s "$LAB/wrong" ] || { cat "$LAB/wrong"; return 1; }
}

# everywhere SITUATION ACTIVE: kills at every call of every kind
everywhere() {
	local call n kills=0
	for call in $CHANGING; do
		n=1
		while "$1" && killed "$call" $n; do
			kills=$((kills + 1))
			output=$(settled "$2" 2>&1) || { echo "killed at $call $n: $output"; return 1; }
			n=$((n + 1))
		done
	done
	echo "killed $kills times"
	[ $kills -ge 10 ]
}

lab_init
uplink_network 3
lab_gateway_kill gw3
uplink_declare 3 "strategy: ordered" "try_for: 1s" \
	"probe: {target: 10.9.0.1, count: 2, timeout: 200ms, fail_after: 2}"
ok "killed anywhere in the first configuration, it is finished later" everywhere uplink_forget gw1
ok "killed anywhere in a failover, it is finished later" everywhere with_a_failure gw2
lab_finish
