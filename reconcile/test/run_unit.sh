#!/bin/sh
# SPDX-License-Identifier: MIT
# Runs unit tests, two at once, and says what failed in them.
#
# usage: run_unit.sh BUILD PROGRAM...
#
# The output of each goes to BUILD/unit/NAME, its sum "N passed, N failed" to BUILD/results/unit.NAME, with
# ", N skipped" where tests could not do their work here (fixture_skip(), counted as passed by libcheck). With VALGRIND=1
# they run under valgrind, and all of this goes to BUILD/valgrind/unit and BUILD/valgrind/results instead.
set -eu

AT_ONCE=2
TIMEOUT=900 # seconds of one program
here=$(dirname "$0")

# "reconcile/core/text_test" is core.text_test.
name_of() { # PROGRAM
	directory=${1%/*}
	echo "${directory##*/}.${1##*/}"
}

# Leaks are counted in the child: libcheck forks for each test.
under_valgrind() { # PROGRAM
	valgrind --quiet --error-exitcode=99 --leak-check=full --show-leak-kinds=definite,possible \
		--errors-for-leak-kinds=definite,possible --child-silent-after-fork=no --num-callers=20 \
		--suppressions="$here/valgrind.supp" "$1"
}

run_program() { # PROGRAM
	export CK_VERBOSITY=normal
	if [ -n "${VALGRIND:-}" ]; then
		# Some 40 times slower: fewer random worlds, and SMALL=1 leaves the largest inputs out.
		export CK_TIMEOUT_MULTIPLIER=10 WORLDS="${WORLDS:-5}" SMALL=1
		under_valgrind "$1"
	else
		"$1"
	fi
}

# "N passed, N failed" from libcheck's "100%: Checks: 5, Failures: 0, Errors: 0". A program that fails otherwise has
# failed once more.
sum_of() { # STATUS, OUTPUT FILE
	sed -n 's/^[0-9]*%: Checks: \([0-9]*\), Failures: \([0-9]*\), Errors: \([0-9]*\)$/\1 \2 \3/p' "$2" | tail -n 1 | {
		read -r checks failures errors || checks=0 failures=0 errors=0
		failed=$((failures + errors))
		passed=$((checks - failed))
		if [ "$1" -ne 0 ] || [ "$checks" -eq 0 ]; then [ "$failed" -ne 0 ] || failed=1; fi
		skipped=$(grep -c ': skipped: ' "$2" || :)
		[ "$skipped" -gt "$passed" ] && skipped=$passed
		sum="$((passed - skipped)) passed, $failed failed"
		[ "$skipped" -eq 0 ] || sum="$sum, $skipped skipped"
		echo "$sum"
	}
}

# One program, in a process of its own: --one BUILD PROGRAM
run_one() {
	name=$(name_of "$2")
	output=$1/unit/$name
	status=0
	began=$(date +%s)
	(run_program "$2") </dev/null >"$output" 2>&1 || status=$?
	sum=$(sum_of "$status" "$output")
	echo "$sum" >"$1/results/unit.$name"
	# In one write, so that two outputs do not mix.
	{
		printf '  %-28s %s, %s s\n' "$name" "$sum" $(($(date +%s) - began))
		case $sum in
		*' 0 failed'*) grep 'skipped' "$output" | sed 's/^/    /' || : ;;
		*)
			[ $status -eq 0 ] || echo "    exit status $status"
			sed 's/^/    /' "$output"
			;;
		esac
	} >"$output.report"
	cat "$output.report"
	rm "$output.report"
}

if [ "${1:-}" = --one ]; then
	run_one "$2" "$3"
	exit
fi
if [ $# -lt 2 ]; then
	sed -n '3,/^set/{/^set/d;s/^# \{0,1\}//p}' "$0" >&2
	exit 64
fi
build=$1${VALGRIND:+/valgrind}
shift
mkdir -p "$build/unit" "$build/results"
rm -f "$build"/results/unit.* "$build"/unit/*
printf '%s\n' "$@" | xargs -P "$AT_ONCE" -I PROGRAM timeout "$TIMEOUT" sh "$0" --one "$build" PROGRAM || :
failed=
for program; do
	name=$(name_of "$program")
	result=$build/results/unit.$name
	# Killed by the timeout.
	[ -e "$result" ] || echo "0 passed, 1 failed" >"$result"
	grep -q ' 0 failed' "$result" || failed="$failed $name"
done
[ -z "$failed" ] || { echo "unit: failed:$failed"; exit 1; }
