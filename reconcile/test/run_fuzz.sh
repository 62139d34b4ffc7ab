#!/bin/sh
# SPDX-License-Identifier: MIT
# Fuzzes each parser for FUZZ_SECONDS (default 20), two at once. A crash, a leak, a hang or a broken promise fails.
#
# usage: run_fuzz.sh BUILD [FUZZER...]
#
# Inputs that reached something new are kept in BUILD/fuzz-corpus/FUZZER, where the next run begins besides its seeds.
# An input that made one fail is kept in BUILD/fuzz-findings; BUILD/fuzz/FUZZER FILE shows it again.
set -eu

AT_ONCE=2
here=$(cd "$(dirname "$0")" && pwd)

# One fuzzer, in a process of its own: --one BUILD FUZZER
run_one() {
	seeds=$1/fuzz-seeds/$2
	corpus=$1/fuzz-corpus/$2
	log=$1/fuzz-findings/$2.log
	mkdir -p "$corpus"
	rm -rf "$seeds"
	/usr/bin/python3 "$here/fuzz_seeds.py" "$2" "$seeds" || return
	status=0
	# One input may take 10 s and 2 GB.
	"$1/fuzz/$2" -max_total_time="$FUZZ_SECONDS" -timeout=10 -rss_limit_mb=2048 -print_final_stats=1 \
		-artifact_prefix="$1/fuzz-findings/$2-" "$corpus" "$seeds" >"$log" 2>&1 || status=$?
	if [ $status -ne 0 ]; then
		{
			echo "  $2: failed with status $status"
			grep -av '^#[0-9]' "$log" | sed 's/^/    /'
		} >"$log.report"
		cat "$log.report" # in one piece
		rm "$log.report"
		return 1
	fi
	inputs=$(sed -n 's/^stat::number_of_executed_units: *//p' "$log")
	echo "  $2: nothing found in $inputs inputs"
	rm "$log"
}

if [ "${1:-}" = --one ]; then
	run_one "$2" "$3"
	exit
fi
if [ $# -lt 1 ]; then
	sed -n '3,/^set/{/^set/d;s/^# \{0,1\}//p}' "$0" >&2
	exit 64
fi
export FUZZ_SECONDS="${FUZZ_SECONDS:-20}"
build=$1
shift
if [ $# -eq 0 ]; then
	for fuzzer in "$build"/fuzz/fuzz_*; do
		[ ! -x "$fuzzer" ] || set -- "$@" "${fuzzer##*/}"
	done
fi
[ $# -gt 0 ] || { echo "fuzz: there is no fuzzer in $build/fuzz" >&2; exit 1; }
mkdir -p "$build/fuzz-findings"
printf '%s\n' "$@" | xargs -P "$AT_ONCE" -I FUZZER sh "$0" --one "$build" FUZZER || {
	echo "fuzz: failed; what is known of it is in $build/fuzz-findings"
	exit 1
}
