#!/bin/sh
# SPDX-License-Identifier: MIT
# Tests the simulator as a whole, and simulates the library of scenarios.
#
# usage: run_simulator.sh BUILD [PART...]    PART, default all of them:
#   world      networks, faults and NATs, in the time-travel kernel
#   cli        the command line
#   library    all scenarios, in the time-travel kernel
#   trace      the traces of the library agree with the schema, and a report of them can be made
#   repeat     six simulations of ten minutes with loss on every link, two of them on a busy machine: the same trace
#   decisions  the same decisions in the same order in real time, and with a userspace WireGuard
#   tune       comparison of settings: tables, files, joined parts
#   userspace  faults and selectors on this machine's kernel with a userspace WireGuard
#
# The output of each part goes to BUILD/simulator/PART, its sum "N passed, N failed" to BUILD/results/sim.PART.
#
# The parts in real time run beside the others and have a higher priority.
#
# shellcheck disable=SC2317 # the parts are called by name
set -eu

REPEATS=6
LOADED=2 # simulations while the machine is busy
TRACES=20 # number of traces that are validated
REAL_TIME="cli decisions userspace"
COMPUTING="world tune library trace repeat" # trace reads the results of library

here=$(cd "$(dirname "$0")" && pwd)
tree=$(cd "$here/../.." && pwd)

part_world() {
	sh "$tree/sim/guest.sh" --timeout 600 --memory 1G -- "$build/sim/world/world_test" >"$output/check" 2>&1 ||
		status=1
	cat "$output/check"
	sed -n 's/^[0-9]*%: Checks: \([0-9]*\), Failures: \([0-9]*\), Errors: \([0-9]*\)$/\1 \2 \3/p' "$output/check" | {
		read -r checks failures errors || checks=0 failures=0 errors=1
		echo "$((checks - failures - errors)) passed, $((failures + errors)) failed"
	}
	return $status
}

part_cli() {
	sh "$here/run_cli.sh" "$build"
	cat "$build/results/sim.cli"
}

part_tune() { sh "$here/run_tune.sh" "$build"; }

part_library() { "$build/wgsim" run "$tree/scenarios" "$tree/scenarios/facts" -o "$output/traces"; }

# The smallest traces of the library: they have all kinds of records.
part_trace() {
	local traces
	traces=$(ls -S "$build"/simulator/library/traces/*.jsonl | tail -n "$TRACES") || return
	# shellcheck disable=SC2086 # a list; the names have no spaces
	/usr/bin/python3 "$here/schema_trace.py" $traces || status=1
	"$build/wgsim" report -o "$output/report.html" "$build"/simulator/library/traces/*.jsonl || status=1
	[ -s "$output/report.html" ] || status=1
	[ $status -eq 0 ] && echo "2 passed, 0 failed" || echo "0 passed, 2 failed"
}

# A process that uses one processor.
burn() { while :; do :; done; }

part_repeat() {
	local i=1 passed=0 failed=0 load=''
	while [ $i -le $REPEATS ]; do
		if [ $i -gt $((REPEATS - LOADED)) ] && [ -z "$load" ]; then
			burn & load=$!
			burn & load="$load $!"
		fi
		"$build/wgsim" run "$here/repeat.yaml" --seed 11 -o "$output/$i" || status=1
		if cmp "$output/1/repeat.11.jsonl" "$output/$i/repeat.11.jsonl"; then
			passed=$((passed + 1))
		else
			failed=$((failed + 1))
		fi
		i=$((i + 1))
	done
	# shellcheck disable=SC2086 # a list
	kill $load
	"$build/wgsim" run "$here/repeat.yaml" --seed 12 -o "$output/other" || status=1
	# Without random decisions the comparison would prove nothing.
	if cmp -s "$output/1/repeat.11.jsonl" "$output/other/repeat.12.jsonl"; then
		echo "another seed gave the same trace"
		failed=$((failed + 1))
	else
		passed=$((passed + 1))
	fi
	echo "$passed passed, $failed failed"
	return $status
}

# The decisions in their order, without times.
decisions_of() { # TRACE
	jq -r 'select(.kind == "run") | .node as $node | (.events // [])[] | [$node, .kind, .peer, .reason] | @tsv' "$1"
}

# Prints why this machine cannot simulate without a guest; nothing if it can.
host_obstacle() {
	if [ "$(id -u)" -ne 0 ]; then
		echo "it needs root"
	elif [ ! -c /dev/net/tun ]; then
		echo "there is no /dev/net/tun"
	elif ! unshare --net --mount --uts true 2>/dev/null; then
		echo "namespaces cannot be made here"
	fi
}

part_decisions() {
	local place places='guest' passed=0 failed=0 obstacle
	obstacle=$(host_obstacle)
	if [ -z "$obstacle" ]; then
		places="$places userspace"
	else
		echo "not on this machine itself, because $obstacle"
	fi
	for place in time-travel $places; do
		"$build/wgsim" run "$here/decisions.yaml" --backend $place -o "$output/$place" || status=1
		decisions_of "$output/$place/decisions.1.jsonl" >"$output/$place.txt"
	done
	for place in $places; do
		if [ -s "$output/time-travel.txt" ] && diff "$output/time-travel.txt" "$output/$place.txt"; then
			passed=$((passed + 1))
		else
			failed=$((failed + 1))
		fi
	done
	echo "$passed passed, $failed failed"
	return $status
}

part_userspace() {
	local obstacle
	obstacle=$(host_obstacle)
	if [ -n "$obstacle" ]; then
		echo "skipped on this machine itself, because $obstacle"
		return
	fi
	"$build/wgsim" run --backend userspace "$here"/userspace*.yaml
}

run_part() { # PART
	local began sum status=0
	output=$build/simulator/$1
	rm -rf "$output"
	mkdir -p "$output"
	began=$(date +%s)
	("part_$1") >"$output.log" 2>&1 || status=$?
	sum=$(tail -n 1 "$output.log")
	case $status/$sum in
	0/*' passed, 0 failed') ;;
	0/skipped*)
		echo "== $1: $sum"
		echo "0 passed, 0 failed, 1 skipped" >"$build/results/sim.$1"
		return
		;;
	*' passed, 0 failed') sum="${sum%, *}, 1 failed" ;;
	*/*' passed, '*' failed') ;;
	*) sum="0 passed, 1 failed" ;;
	esac
	echo "$sum" >"$build/results/sim.$1"
	echo "== $1: $sum, $(($(date +%s) - began)) s"
	case $sum in
	*' 0 failed') return ;;
	esac
	[ $status -eq 0 ] || echo "   exit status $status"
	sed 's/^/   /' "$output.log"
}

[ $# -ge 1 ] || { sed -n '3,/^# shellcheck/{/^# shellcheck/d;s/^# \{0,1\}//p}' "$0" >&2; exit 64; }
mkdir -p "$1/results" "$1/simulator"
build=$(cd "$1" && pwd -P)
shift
[ $# -gt 0 ] || set -- world cli tune library trace repeat decisions userspace

# The given parts that are in the list, in the order of the list.
chosen() { # LIST, PART...
	list=$1
	shift
	for part in $list; do
		case " $* " in *" $part "*) printf ' %s' "$part" ;; esac
	done
}

if [ "$1" = --computing ]; then
	shift
	# The nice value of a new session (autogroup, sched(7)).
	{ nice >/proc/self/autogroup; } 2>/dev/null || :
	for part; do run_part "$part"; done
	exit
fi
for part; do rm -f "$build/results/sim.$part"; done
# A new session, so that a signal ends all of its processes.
# shellcheck disable=SC2046 # a list
setsid nice -n 19 sh "$0" "$build" --computing $(chosen "$COMPUTING" "$@") &
computing=$!
trap 'kill -s TERM -- "-$computing"; wait; exit 130' INT
trap 'kill -s TERM -- "-$computing"; wait; exit 143' TERM
for part in $(chosen "$REAL_TIME" "$@"); do run_part "$part"; done
wait $computing || :
failed=
for part; do
	grep -q ' 0 failed' "$build/results/sim.$part" 2>/dev/null || failed="$failed $part"
done
[ -z "$failed" ] || { echo "simulator: failed:$failed"; exit 1; }
