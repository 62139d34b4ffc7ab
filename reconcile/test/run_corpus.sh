#!/bin/sh
# SPDX-License-Identifier: MIT
# Checks that schemas and program agree: schema/desired.schema.json with the parser over corpus/, the schemas of what is
# printed as JSON with what is printed; and that every configuration that is shown to people is accepted by both: the
# examples, those in README.md, and those in the manual pages.
#
# usage: run_corpus.sh BUILD
#
# The sums "N passed, N failed" go to BUILD/results/corpus.PART.
set -eu

python=/usr/bin/python3 # Debian's, which has jsonschema; another one may come first in PATH
here=$(cd "$(dirname "$0")" && pwd)
tree=$(cd "$here/../.." && pwd)
failed=

# A status that no counted failure explains is one failure more.
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
# state does, as a file of its own.
snippets() { # FILE DIRECTORY
	awk -v prefix="$2/${1##*/}" '
		/^```yaml$/ || /^\.Bd -literal/ { inside = 1; all = /^`/; out = ""; next }
		/^```$/ || /^\.Ed$/ { inside = 0; next }
		inside && !out && (all || /^version:/) { out = sprintf("%s.%d.yaml", prefix, NR) }
		inside && out { gsub(/\\\(dq/, "\""); gsub(/\\e/, "\\"); print > out }' "$1"
}

shown() {
	directory=$build/corpus/shown
	rm -rf "$directory"
	mkdir "$directory"
	cp "$tree"/reconcile/example/*.yaml "$directory"
	checks=0
	wrong=0
	for file in "$tree/README.md" "$tree"/reconcile/man/*.5; do
		snippets "$file" "$directory"
		set -- "$directory/${file##*/}".*
		checks=$((checks + 1))
		[ ! -e "$1" ] || continue
		echo "    no YAML is found in ${file##*/}: does this script still know how it is marked there?"
		wrong=$((wrong + 1))
	done
	for file in "$directory"/*.yaml; do
		checks=$((checks + 1))
		if ! "$build/wgreconcile" validate "$file" >"$build/corpus/validate" 2>&1; then
			wrong=$((wrong + 1))
			sed 's/^/    /' "$build/corpus/validate"
		fi
	done
	result shown 0 $checks $wrong
	run_script shown_schema "$here/schema_corpus.py" "$build/reconcile/test/parse_file" "$directory"/*.yaml
}

if [ $# -ne 1 ]; then
	sed -n '3,/^set/{/^set/d;s/^# \{0,1\}//p}' "$0" >&2
	exit 64
fi
mkdir -p "$1/results" "$1/corpus"
build=$(cd "$1" && pwd)
rm -f "$build"/results/corpus*
run_script schema "$here/schema_corpus.py" "$build/reconcile/test/parse_file"
run_script output "$here/schema_output.py" "$build/wgreconcile"
shown
[ -z "$failed" ] || { echo "corpus: failed:$failed"; exit 1; }
