#!/bin/sh
# SPDX-License-Identifier: MIT
# Runs the integration tests: each in a guest of its own, with the kernel's WireGuard and virtual time, two at once;
# and those that say so on this machine, with a userspace WireGuard, in real time. Guests with virtual time compute and
# may be slow. Tests in real time mostly wait and may not be slow: the others get what these leave of the processors.
#
# usage: run_integration.sh BUILD [TEST...]    TEST: a name in integration/, such as names; default: all
#
# The fourth line of a test says where it can run: "# runs in: guest, host". Its output goes to
# BUILD/integration/TEST.PLACE, its sum "N passed, N failed" to BUILD/results/integration.TEST.PLACE.
#
# What WireGuard of Linux 6.16 does otherwise is tested in a guest with a newer kernel too, where that has been built:
# make kernel LINUX=7.2. Where not, those tests are counted as skipped.
set -eu

here=$(cd "$(dirname "$0")" && pwd)
tree=$(cd "$here/../.." && pwd)
TIMEOUT=1200 # seconds of real time, for a test that hangs; the slowest takes 400 where starting a program is slow
AT_ONCE=2
NEWER=7.2 # knows WGALLOWEDIP_F_REMOVE_ME

OTHER_TESTS="kernel_test kernel_route_test allowed_ips_test lab" # not in integration/

# Where it can run: words.
places_of() { # TEST
	case $1 in
	lab) echo guest host; return ;;
	allowed_ips_test) echo guest_realtime newer_realtime; return ;;
	*_test) echo guest_realtime; return ;;
	drift) echo newer ;;
	esac
	sed -n '4s/^# runs in: //p' "$here/integration/$1.sh" | tr -d ,
}

# The program of a unit test, by its name.
unit_test() { # BUILD, NAME
	source=$(cd "$tree" && find reconcile/system -name "$2.c")
	echo "$1/${source%.c}"
}

program_of() { # TEST, BUILD
	case $1 in
	lab) echo "sh $tree/sim/lab_test.sh" ;;
	*_test) unit_test "$2" "$1" ;;
	*) echo "sh $here/integration/$1.sh" ;;
	esac
}

# The sum of a test, also of a program of check(3); a test without a sum has failed.
sum_of() { # STATUS, OUTPUT FILE
	local status=$1 sum
	sum=$(sed -n 's/^\([0-9]* passed, [0-9]* failed\)$/\1/p; s/^[0-9]*%: Checks: \([0-9]*\), Failures: \([0-9]*\), Errors: \([0-9]*\)$/\1 \2 \3/p' "$2" | tail -n 1)
	case $sum in
	*passed*) ;;
	*' '*)
		# shellcheck disable=SC2086 # three numbers
		set -- $sum
		sum="$(($1 - $2 - $3)) passed, $(($2 + $3)) failed"
		;;
	*) sum="0 passed, 0 failed" ;;
	esac
	case $status/$sum in
	0/'0 passed,'*) sum="0 passed, 1 failed" ;;
	0/*) ;;
	*' 0 failed') sum="${sum%, *}, 1 failed" ;;
	esac
	echo "$sum"
}

# One test in one place, as a process of its own: --one BUILD TEST.PLACE
run_one() {
	local build=$1 test=${2%.*} place=${2##*.} output status=0 program began
	output=$build/integration/$2
	rm -f "$build/results/integration.$2"
	program=$(program_of "$test" "$build")
	case $place in
	host) export WGRECONCILE="$build/wgreconcile" ;;
	# Starting programs takes most of the time there.
	*) export WGRECONCILE="$build/wgreconcile-lean" ;;
	esac
	began=$(date +%s)
	# shellcheck disable=SC2086 # a command and its argument
	case $place in newer*) export WGR_LINUX=$NEWER ;; esac
	case $place in
	host) WIREGUARD=userspace timeout $TIMEOUT $program ;;
	*_realtime)
		# For tests that start wireguard-go: Go's scheduler spins with virtual time.
		sh "$tree/sim/guest.sh" --real-time --timeout $TIMEOUT --writable "$build" \
			--env WGRECONCILE -- $program
		;;
	*) sh "$tree/sim/guest.sh" --timeout $TIMEOUT --writable "$build" --env WGRECONCILE -- $program ;;
	esac </dev/null >"$output" 2>&1 || status=$?
	sum_of $status "$output" >"$build/results/integration.$2"
	{
		printf '== %s (%s): %s, %s s\n' "$test" "$place" "$(cat "$build/results/integration.$2")" \
			$(($(date +%s) - began))
		if grep -q ' 0 failed$' "$build/results/integration.$2"; then
			grep '^ok - ' "$output" | sed 's/^/   /' || :
		else
			[ $status -eq 0 ] || echo "   exit status $status"
			sed 's/^/   /' "$output"
		fi
	} >"$output.report"
	# In one write, so that two outputs do not mix.
	cat "$output.report"
}

# Counts those jobs as skipped, because of it.
skip_jobs() { # REASON, JOB...
	reason=$1
	shift
	[ $# -eq 0 ] || echo "== skipped, because $reason: $*"
	for job; do echo "0 passed, 0 failed, 1 skipped" >"$BUILD/results/integration.$job"; done
}

# Why nothing can be tested on this machine itself; nothing when it can.
host_obstacle() {
	if [ "$(id -u)" -ne 0 ]; then
		echo "it needs root"
	elif [ ! -c /dev/net/tun ]; then
		echo "there is no /dev/net/tun"
	elif ! command -v wireguard-go >/dev/null; then
		echo "there is no wireguard-go"
	elif ! unshare --net --mount --uts true 2>/dev/null; then
		echo "namespaces cannot be made here"
	fi
}

# The jobs TEST.PLACE of standard input, this many at once. The output of each is in its result.
run_jobs() { # AT ONCE
	xargs -r -P "$1" -I JOB sh "$0" --one "$BUILD" JOB || :
}

case ${1:-} in
--one)
	run_one "$2" "$3"
	exit
	;;
--jobs)
	BUILD=$2
	# The nice value of a session of its own (autogroup, sched(7)).
	{ nice >/proc/self/autogroup; } 2>/dev/null || :
	run_jobs "$3"
	exit
	;;
esac
[ $# -ge 1 ] || { sed -n '3,/^set/{/^set/d;s/^# \{0,1\}//p}' "$0" >&2; exit 64; }
mkdir -p "$1/results" "$1/integration"
BUILD=$(cd "$1" && pwd -P)
shift
if [ $# -eq 0 ]; then
	rm -f "$BUILD"/results/integration.*
	set -- $OTHER_TESTS "$here"/integration/*.sh
fi
make -s -C "$tree" BUILD="$BUILD" "$BUILD/wgreconcile" "$BUILD/wgreconcile-lean" "$BUILD/lab-enter" \
	"$(unit_test "$BUILD" kernel_test)" "$(unit_test "$BUILD" kernel_route_test)" "$(unit_test "$BUILD" allowed_ips_test)" \
	"$BUILD/reconcile/test/failing_malloc.so"
sh "$tree/sim/kernel/build.sh" >/dev/null

jobs=
for test; do
	test=${test##*/}
	test=${test%.sh}
	places=$(places_of "$test")
	[ -n "$places" ] || { echo "$test does not say where it runs" >&2; exit 1; }
	for place in $places; do jobs="$jobs $test.$place"; done
done
jobs=$(printf '%s\n' $jobs)

those() { # PATTERN [OPTION OF grep]
	printf '%s\n' "$jobs" | grep ${2:-} "$1" || :
}

runnable=$jobs
if ! WGR_LINUX=$NEWER "$tree/sim/kernel/build.sh" --path >/dev/null; then
	# shellcheck disable=SC2046 # a list
	skip_jobs "'make kernel LINUX=$NEWER' was not run" $(those '\.newer')
	runnable=$(printf '%s\n' "$runnable" | grep -v '\.newer' || :)
fi
obstacle=$(host_obstacle)
if [ -n "$obstacle" ]; then
	# shellcheck disable=SC2046 # a list
	skip_jobs "on this machine itself $obstacle" $(those '\.host$')
	runnable=$(printf '%s\n' "$runnable" | grep -v '\.host$' || :)
fi
all_jobs=$jobs
jobs=$runnable
# It looks for what is left behind, and must be alone.
those '^lab\.host$' | run_jobs 1
# A session of its own, so that a signal ends all of them.
those '\.\(host\|.*_realtime\)$' -v >"$BUILD/integration/guest-jobs"
setsid nice -n 19 sh "$0" --jobs "$BUILD" $AT_ONCE <"$BUILD/integration/guest-jobs" &
guests=$!
trap 'kill -s TERM -- "-$guests"; wait; exit 130' INT
trap 'kill -s TERM -- "-$guests"; wait; exit 143' TERM
those '\.\(host\|.*_realtime\)$' | grep -vx 'lab\.host' | run_jobs $AT_ONCE
wait $guests || :
failed=
for job in $all_jobs; do
	grep -q ' 0 failed' "$BUILD/results/integration.$job" 2>/dev/null || failed="$failed $job"
done
[ -z "$failed" ] || { echo "integration: failed:$failed"; exit 1; }
