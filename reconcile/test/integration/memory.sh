#!/bin/sh
# Each allocation of a command fails, alone and (some) with all that come after it: the command ends well, or with 1
# and a message; what it prints as JSON is whole; the recorded state is the old or the new one, never half, never set aside.
# runs in: guest
set -eu

here=$(cd "$(dirname "$0")" && pwd)
# shellcheck source=sim/lab.sh
. "$here/../../../sim/lab.sh"
# shellcheck source=sim/uplink.sh
. "$here/../../../sim/uplink.sh"

FAILING=${WGRECONCILE%/*}/reconcile/test/failing_malloc.so

# On the client: allocation after allocation, as few processes as can be. What is printed and what is recorded is kept
# by number in DIRECTORY; GOOD is the state before each, or "".
# shellcheck disable=SC2016 # expanded there
each_script='
	directory=$0 good=$1 on=$2 step=$3
	shift 3
	state=/var/lib/wgreconcile/default.json
	mkdir "$directory"
	at=0 n=1
	while [ $at -le $n ]; do
		rm -f $state /run/wgreconcile/default.*
		[ -z "$good" ] || cp -p "$good" $state
		status=0
		FAIL_COUNT=$directory/count FAIL_AT=$at FAIL_ON=$on LD_PRELOAD=$FAILING "$WGRECONCILE" "$@" \
			>$directory/$at.out 2>$directory/$at.err || status=$?
		[ $at -gt 0 ] || read -r n <$directory/count
		[ ! -e $state ] || cp $state $directory/$at.state
		case $status in
		0 | 2 | 3) ;;
		1) mv $directory/$at.out $directory/$at.failed ;;
		*) echo "allocation $at: exit status $status" ;;
		esac
		[ -z "$good" ] || [ -e $state ] || echo "allocation $at: the state is gone"
		[ ! -e $state.bad ] || { echo "allocation $at: a good state was set aside"; rm $state.bad; }
		[ $status != 1 ] || [ -s $directory/$at.err ] || grep -q memory $directory/$at.failed ||
			echo "allocation $at: says nothing"
		at=$((at + step))
	done'

# each TEXT GOOD STEP COMMAND...: sets directory
each() {
	local text=$1 good=$2 step=$3
	shift 3
	directory=$LAB/each$on
	rm -rf "$directory"
	lab_exec client env FAILING="$FAILING" sh -c "$each_script" "$directory" "$good" "$on" "$step" "$@" >"$LAB/faults" 2>&1
	ok "$text: each allocation failing: it ends well or says why" [ ! -s "$LAB/faults" ]
	[ ! -s "$LAB/faults" ] || head -n 5 "$LAB/faults"
	ok "$text: what is recorded is whole" all_json "$directory"/*.state
}

# Each file holds one value.
all_json() {
	[ -e "$1" ] || return 0
	[ "$(jq -c '.version == 1' "$@" | grep -c true)" -eq $# ]
}

lab_init
uplink_network 2
uplink_declare 2 "strategy: ordered" "try_for: 1s"
ok "a good state" lab_wgr client apply
cp -p "$LAB/client/state/default.json" "$LAB/good"
for on in 0 1; do
	each "apply ($on)" "" $((1 + 9 * on)) apply
done
# Another member is declared under the name of one in use.
sed -i s/gw1:/other:/ "$LAB/client/config/default.yaml"
for on in 0 1; do
	each "apply --json, with a state ($on)" "$LAB/good" $((2 + 11 * on)) apply --json
	ok "apply --json: whole where it ends well ($on)" all_json "$directory"/*.out
	for command in plan status validate; do
		each "$command --json ($on)" "$LAB/good" $((7 + 6 * on)) $command --json
		ok "$command --json: whole where it ends well ($on)" all_json "$directory"/*.out
	done
done
lab_finish
