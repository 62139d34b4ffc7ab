#!/bin/sh
# SPDX-License-Identifier: MIT
# Checks that schemas and programs agree: schema/desired.schema.json and schema/scenario.schema.json with the readers
# over the two corpora, the schemas of what is printed as JSON with what is printed; and that every configuration and
# scenario that is shown to people is accepted by both: the examples, the library of scenarios, those in README.md, and
# those in the manual pages. Likewise an independent decoder, of packets of facts.
#
# usage: run_corpus.sh BUILD
#
# The sums "N passed, N failed" go to BUILD/results/corpus.PART.
set -eu

python=/usr/bin/python3 # Debian's, which has jsonschema and nacl; another one may come first in PATH
here=$(cd "$(dirname "$0")" && pwd)
tree=$(cd "$here/../.." && pwd)
failed=

# A failing status without a counted failure adds one failure.
result() { # PART STATUS CHECKS WRONG
	wrong=$4
	if [ "$2" -ne 0 ] && [ "$wrong" -eq 0 ]; then wrong=1; fi
	sum="$(($3 - $4)) passed, $wrong failed"
	echo "$sum" >"$build/results/corpus.$1"
	printf '  %-28s %s\n' "corpus.$1" "$sum"
	[ "$wrong" -eq 0 ] || failed="$failed $1"
}

# The last line of such a script is "N things, N wrong".
run_script() { # PART SCRIPT ARGUMENT...
	part=$1
	shift
	output=$build/corpus/$part
	status=0
	"$python" "$@" >"$output" 2>&1 || status=$?
	counts=$(sed -n '$s/^\([0-9]*\) [a-z]*, \([0-9]*\) [a-z]*$/\1 \2/p' "$output")
	[ -n "$counts" ] || [ $status -ne 0 ] || status=1
	if [ $status -eq 0 ]; then
		sed '$d; s/^/    /' "$output"
	else
		sed 's/^/    /' "$output"
	fi
	# shellcheck disable=SC2086 # two numbers
	result "$part" $status ${counts:-0 0}
}

# Every block of README.md that says it is YAML, and every literal display of a manual page that begins as a desired
# state or a scenario does, as a file of its own.
snippets() { # FILE DIRECTORY
	awk -v prefix="$2/${1##*/}" '
		/^```yaml$/ || /^\.Bd -literal/ { inside = 1; all = /^`/; out = ""; next }
		/^```$/ || /^\.Ed$/ { inside = 0; next }
		inside && !out && (all || /^version:/) { out = sprintf("%s.%d.yaml", prefix, NR) }
		inside && out { gsub(/\\\(dq/, "\""); gsub(/\\e/, "\\"); print > out }' "$1"
}

is_scenario() { # FILE
	grep -qE '^(links|nodes|timeline|expect):' "$1"
}

accepts() { # FILE
	if is_scenario "$1"; then
		"$build/sim/test/read_scenario" "$1"
	else
		"$build/wgreconcile" validate "$1"
	fi >"$build/corpus/validate" 2>&1
}

collect() { # DIRECTORY
	rm -rf "$1"
	mkdir "$1"
	cp "$tree"/reconcile/example/*.yaml "$1"
	# Files included by these scenarios.
	cp -R "$tree/scenarios/shared" "$1"
	for file in "$tree/README.md" "$tree"/reconcile/man/*.5 "$tree"/sim/man/*.5; do
		snippets "$file" "$1"
		set -- "$1" "$1/${file##*/}".*
		checks=$((checks + 1))
		[ ! -e "$2" ] || continue
		echo "    no YAML is found in ${file##*/}: does this script still know how it is marked there?"
		wrong=$((wrong + 1))
	done
}

shown() {
	directory=$build/corpus/shown
	checks=0
	wrong=0
	collect "$directory"
	desired=
	scenarios=
	for file in "$directory"/*.yaml "$tree"/scenarios/*.yaml "$tree"/scenarios/tuning/*.yaml; do
		checks=$((checks + 1))
		if is_scenario "$file"; then scenarios="$scenarios $file"; else desired="$desired $file"; fi
		accepts "$file" && continue
		wrong=$((wrong + 1))
		sed 's/^/    /' "$build/corpus/validate"
	done
	result shown 0 $checks $wrong
	# shellcheck disable=SC2086 # one word each
	run_script shown_schema "$here/schema_corpus.py" "$build/reconcile/test/parse_file" $desired
	# shellcheck disable=SC2086
	run_script shown_scenarios "$tree/sim/test/scenario_schema.py" "$build/sim/test/read_scenario" $scenarios
}

if [ $# -ne 1 ]; then
	sed -n '3,/^set/{/^set/d;s/^# \{0,1\}//p}' "$0" >&2
	exit 64
fi
mkdir -p "$1/results" "$1/corpus"
build=$(cd "$1" && pwd)
rm -f "$build"/results/corpus*
run_script schema "$here/schema_corpus.py" "$build/reconcile/test/parse_file"
run_script scenarios "$tree/sim/test/scenario_schema.py" "$build/sim/test/read_scenario"
run_script output "$here/schema_output.py" "$build/wgreconcile"
run_script trace "$tree/sim/test/schema_trace.py"
run_script facts "$here/decode_facts.py" "$build/reconcile/test/make_facts"
shown
[ -z "$failed" ] || { echo "corpus: failed:$failed"; exit 1; }
