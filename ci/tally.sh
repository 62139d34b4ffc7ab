#!/bin/sh
# SPDX-License-Identifier: MIT
# Sums the results of the tests in BUILD/results and prints the sum. The last line of each file is "N passed, N failed",
# with ", N skipped" if a part could not be tested on this machine; the sum has the same format.
#
# usage: tally.sh BUILD [STATUS]
#
# STATUS is the exit status of the tests' runner: if it is not 0 although no test failed, a program ended without a
# result, which counts as one failure. Exit status 1 if any test failed or none was run.
set -eu

if [ $# -lt 1 ]; then
	sed -n '3,/^set/{/^set/d;s/^# \{0,1\}//p}' "$0" >&2
	exit 64
fi
results=$1/results
status=${2:-0}
passed=0
failed=0
skipped=0

for result in "$results"/*; do
	[ -e "$result" ] || break
	sum=$(tail -n 1 "$result")
	if echo "$sum" | grep -qxE '[0-9]+ passed, [0-9]+ failed(, [0-9]+ skipped)?'; then
		# shellcheck disable=SC2086 # words
		set -- $sum
		passed=$((passed + $1))
		failed=$((failed + $3))
		skipped=$((skipped + ${5:-0}))
		[ "$3" -eq 0 ] || echo "failed: ${result##*/} ($sum)"
	else
		echo "failed: ${result##*/} has no result"
		failed=$((failed + 1))
	fi
done
if [ "$status" -ne 0 ] && [ "$failed" -eq 0 ]; then
	echo "failed: something ended with status $status before it had a result, see above"
	failed=1
fi
if [ "$passed" -eq 0 ] && [ "$failed" -eq 0 ]; then
	echo "nothing was run"
	failed=1
fi
sum="$passed passed, $failed failed"
[ "$skipped" -eq 0 ] || sum="$sum, $skipped skipped"
echo "$sum"
[ "$failed" -eq 0 ]
