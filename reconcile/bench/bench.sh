#!/bin/sh
# SPDX-License-Identifier: MIT
# Measures wgreconcile against wg syncconf and ip -batch with the same job, in the same run, on the same WireGuard: the
# kernel's in a guest in real time, and that of this machine (its kernel's, otherwise a userspace program).
#
# usage: bench.sh BUILD [PEERS...]    default: 1 100 10000
#
# Jobs: (a) nothing to change, (b) a first configuration, (c) one changed allowed IP. The table goes to standard output,
# the same figures as tab-separated values to BUILD/bench.tsv. The benchmark fails if a job fails or if both sides end
# with different states of the kernel, never because of a time.
set -eu

here=$(cd "$(dirname "$0")" && pwd)
tree=$(cd "$here/../.." && pwd)
SAMPLES=5
TIMEOUT=1800 # seconds; the whole benchmark takes some minutes

die() { echo "bench.sh: $*" >&2; exit 1; }

# ---- In the guest, or in new namespaces ----

# Number of runs of a job for one sample.
runs_for() { # PEERS
	if [ "$1" -ge 1000 ]; then echo 1; else echo 20; fi
}

# The kernel's state, in a fixed order, without irrelevant parts.
kernel_state() {
	wg show wg0 dump | sort
	# The interface of a userspace WireGuard has a random link-local address.
	ip -br address show dev wg0 | sed 's/ fe80:[^ ]*//'
	ip route show dev wg0
	ip -6 route show dev wg0 | grep -v ^fe80 || :
	ip -o link show dev wg0 | sed -n 's/.* \(mtu [0-9]*\) .*/\1/p'
}

# Adds lines PLACE PEERS CASE SIDE time WALL CPU MEMORY, and one PLACE PEERS CASE SIDE calls NUMBER.
measure() { # CASE SIDE COMMANDS: see bench_run.c
	local head
	head=$(printf '%s\t%s\t%s\t%s' "$PLACE" "$PEERS" "$1" "$2")
	shift 2
	"$BUILD/bench/bench_run" time $SAMPLES "$(runs_for "$PEERS")" "$@" >"$WORK/time" || die "failed: $head"
	"$BUILD/bench/bench_run" calls "$WORK/strace" "$@" >"$WORK/calls" || die "failed under strace: $head"
	sed "s/^/$head\ttime\t/" "$WORK/time" >>"$RESULT"
	sed "s/^/$head\tcalls\t/" "$WORK/calls" >>"$RESULT"
}

# Removes the interface and its recorded state; a userspace WireGuard needs some time.
forget() {
	ip link del wg0 2>/dev/null || :
	rm -rf "$WORK/state" "$WORK/run"
	while [ -e /run/wireguard/wg0.sock ]; do sleep 0.01; done
}

ours() { # DESIRED STATE [COMMAND]
	echo "$BUILD/wgreconcile" --state-dir "$WORK/state" --run-dir "$WORK/run" --name bench --deadline 60s \
		"${2:-apply}" "$WORK/$PEERS/$1.yaml"
}

# plan exits with 2 if there are changes to make.
nothing_to_do() { # COMMAND
	"$@" >/dev/null || die "wgreconcile does not find done what it has done"
}

measure_ours() {
	local before after
	before=$(ours a)
	after=$(ours b)
	# shellcheck disable=SC2046,SC2086 # commands without quoted words
	{
		measure b ours prepare sh "$here/bench.sh" --forget "$WORK" \; run $before \;
		nothing_to_do $(ours a plan)
		measure a ours run $before \;
		measure c ours prepare $before \; run $after \;
	}
}

measure_theirs() {
	local inputs=$WORK/$PEERS
	if [ "$IMPLEMENTATION" = kernel ]; then
		measure b theirs prepare sh "$here/bench.sh" --forget "$WORK" \; \
			run ip -batch "$inputs/first.batch" \; run wg syncconf wg0 "$inputs/a.conf" \;
	else
		measure b theirs prepare sh "$here/bench.sh" --forget "$WORK" \; run wireguard-go wg0 \; \
			run ip -batch "$inputs/first.batch" \; run wg syncconf wg0 "$inputs/a.conf" \;
	fi
	measure a theirs run wg syncconf wg0 "$inputs/a.conf" \; run ip -batch "$inputs/again.batch" \;
	measure a reading run wg show wg0 dump \; run ip route show \;
	# Each run is preceded by a preparation that reverts the previous one.
	ip -batch "$inputs/move.batch"
	measure c theirs prepare wg syncconf wg0 "$inputs/a.conf" \; prepare ip -batch "$inputs/back.batch" \; \
		run wg syncconf wg0 "$inputs/b.conf" \; run ip -batch "$inputs/move.batch" \;
	measure c syncconf prepare wg syncconf wg0 "$inputs/a.conf" \; run wg syncconf wg0 "$inputs/b.conf" \;
}

# Both sides must have the same result, otherwise the figures are meaningless.
compare_states() {
	cmp -s "$WORK/ours.state" "$WORK/theirs.state" && return
	diff "$WORK/ours.state" "$WORK/theirs.state" | head -n 20 >&2
	die "$PLACE, $PEERS peers: the two sides do not end with the same state"
}

inside() { # PLACE IMPLEMENTATION PEERS...
	PLACE=$1 IMPLEMENTATION=$2
	shift 2
	RESULT=$BUILD/bench/$PLACE.raw
	# In memory in both cases, and not on a mount that covers the tree.
	WORK=$(mktemp -d /run/bench.XXXXXX)
	: >"$RESULT"
	ip link set lo up
	python3 "$here/bench_input.py" "$WORK" "$IMPLEMENTATION" "$@"
	for PEERS; do
		echo "measuring: $PLACE, $PEERS peers" >&2
		measure_ours
		kernel_state >"$WORK/ours.state"
		measure_theirs
		kernel_state >"$WORK/theirs.state"
		compare_states
	done
	forget
	rm -rf "$WORK"
}

# ---- Outside ----

host_implementation() {
	[ "$(id -u)" -eq 0 ] || return 0
	if unshare --net ip link add wg0 type wireguard 2>/dev/null; then
		echo kernel
	elif [ -c /dev/net/tun ] && command -v wireguard-go >/dev/null; then
		echo userspace
	fi
}

on_host() { # PEERS...
	local implementation
	echo "measuring: this machine" >&2
	implementation=$(host_implementation)
	rm -f "$BUILD"/bench/host-*.raw
	if [ -z "$implementation" ]; then
		echo "not measured on this machine itself: that needs root and the kernel's WireGuard or wireguard-go"
		return
	fi
	# wireguard-go prints a notice each time.
	# shellcheck disable=SC2016 # expanded there
	timeout $TIMEOUT unshare --net --mount --pid --fork --kill-child --mount-proc sh -c 'mount -t tmpfs tmpfs /run && exec sh "$@"' sh \
		"$here/bench.sh" --inside "$BUILD" "host-$implementation" "$implementation" "$@" \
		2>"$BUILD/bench/stderr" || { cat "$BUILD/bench/stderr" >&2; exit 1; }
}

case ${1:-} in
--forget)
	WORK=$2
	forget
	exit
	;;
--inside)
	BUILD=$2
	shift 2
	inside "$@"
	exit
	;;
'') sed -n '3,/^set/{/^set/d;s/^# \{0,1\}//p}' "$0" >&2; exit 64 ;;
esac

mkdir -p "$1/bench"
BUILD=$(cd "$1" && pwd -P)
shift
[ $# -gt 0 ] || set -- 1 100 10000
for tool in wg ip strace python3; do
	command -v $tool >/dev/null || die "$tool is missing: make deps"
done
make -s -C "$tree" BUILD="$BUILD" "$BUILD/wgreconcile"
${CC:-cc} -O2 -Wall -Wextra -D_GNU_SOURCE -o "$BUILD/bench/bench_run" "$here/bench_run.c"
sh "$tree/sim/guest.sh" --real-time --memory 2G --timeout $TIMEOUT --writable "$BUILD" -- \
	sh "$here/bench.sh" --inside "$BUILD" guest-kernel kernel "$@"
on_host "$@"
python3 "$here/bench_table.py" "$BUILD/bench.tsv" "$BUILD"/bench/*.raw
