#!/bin/sh
# Each allocation of a command fails, alone and (every tenth) with all that come after it: the command ends well or with 1 and a message, its JSON is whole where it ends well,
# and the recorded state is the old or the new one, never set aside and never half.
# runs in: guest
set -eu

here=$(cd "$(dirname "$0")" && pwd)
# shellcheck source=sim/lab.sh
. "$here/../../../sim/lab.sh"
# shellcheck source=sim/uplink.sh
. "$here/../../../sim/uplink.sh"

FAILING=${WGRECONCILE%/*}/reconcile/test/failing_malloc.so

# failing N COMMAND...: the program on the client, with the Nth allocation failing; sets status; output to LAB/output,
# what it says on standard error to LAB/said
failing() {
	local at=$1
	shift
	status=0
	lab_exec client env LD_PRELOAD="$FAILING" FAIL_AT="$at" FAIL_ON="$on" FAIL_COUNT="$LAB/count" \
		"$WGRECONCILE" "$@" >"$LAB/output" 2>"$LAB/said" || status=$?
}

faulty() { # N TEXT
	echo "allocation $1: $2: exit status $status"
	cat "$LAB/said"
	faults=$((faults + 1))
}

# A message, and no other end than that of a run: a failing allocation is no wrong input and no other run.
check_end() { # N
	case $status in
	0 | 2 | 3) ;;
	1) [ -s "$LAB/said" ] || grep -q memory "$LAB/output" || faulty "$1" "says nothing" ;;
	*) faulty "$1" "ends otherwise" ;;
	esac
}

check_json() { # N
	[ $status -eq 1 ] || jq -e . "$LAB/output" >/dev/null 2>&1 || faulty "$1" "no JSON"
}

check_state() { # N
	[ ! -e "$state.bad" ] || { faulty "$1" "a good state is set aside"; rm "$state.bad"; }
	[ ! -e "$state" ] || jq -e '.version == 1' "$state" >/dev/null 2>&1 || faulty "$1" "the state is no JSON"
}

# each TEXT FIRST CHECK COMMAND...: for all allocations of the command; FIRST makes what it finds
each() {
	local text=$1 first=$2 check=$3 n at=1
	shift 3
	for on in 0 1; do
		faults=0
		$first
		failing 0 "$@"
		n=$(cat "$LAB/count")
		at=1
		while [ $at -le "$n" ]; do
			$first
			failing $at "$@"
			check_end $at
			$check $at
			at=$((at + 1 + 9 * on))
		done
		ok "$text: $n allocations, each failing ($on)" [ "$faults" -eq 0 ]
	done
}

nothing() { :; }

from_nothing() {
	lab_exec client ip link delete wg0 2>/dev/null || :
	rm -rf "$LAB/client/run/wgreconcile" "$LAB/client/state/"*
}

# With a state and a gateway that is no longer declared: there is something to be recorded.
from_good() {
	rm -rf "$LAB/client/run/wgreconcile"
	rm -f "$LAB/client/state/"*
	cp "$LAB/good" "$state"
	chmod 600 "$state"
}

check_kept() { # N
	check_state "$1"
	[ -e "$state" ] || faulty "$1" "the state is gone"
}

lab_init
on=0
state=$LAB/client/state/default.json
uplink_network 2
uplink_declare 2 "strategy: ordered" "try_for: 1s"
from_nothing
ok "a good state" lab_wgr client apply
cp "$state" "$LAB/good"
each "apply, from nothing" from_nothing check_state apply
uplink_declare 1 "strategy: ordered" "try_for: 1s"
sed -i s/gw1/other/ "$LAB/client/config/default.yaml"
each "apply, with a state" from_good check_kept apply --json
each "plan --json" nothing check_json plan --json
each "status --json" nothing check_json status --json
each "validate --json" nothing check_json validate --json
each "show" nothing nothing show
lab_finish
