#!/bin/sh
# SPDX-License-Identifier: MIT
# Formatting, static analysis, and those rules of this project that a program can check.
#
# usage: lint.sh      in the tree
set -eu
cd "$(dirname "$0")/.."

failed=0
complain() {
	echo "lint: $*" >&2
	failed=1
}

files() { git ls-files --cached --others --exclude-standard -- "$@"; }

# In a tree of another user git lists no files, and every check would pass.
[ -n "$(files Makefile)" ] || { echo "lint: git lists no files here" >&2; exit 1; }

# Reports TEXT when the command fails.
check() { # TEXT COMMAND...
	text=$1
	shift
	"$@" || complain "$text"
}

# The pure core has no netlink, files or clock: system headers and functions that it may not use. The exception is
# memory, which the arena maps.
core_is_pure() {
	found=$(files 'reconcile/base/*.[ch]' 'reconcile/core/*.[ch]' 'sim/scenario/*.[ch]' 'sim/trace/*.[ch]' \
		'sim/judge/*.[ch]' 'sim/explore/*.[ch]' 'sim/tune/*.[ch]' |
		grep -vE '_test\.c$|^reconcile/base/(os|cli)/' |
		xargs grep -HnE '^#include <(sys/|linux/|net/|libmnl|ares|time\.h|unistd\.h|fcntl\.h|poll\.h|dirent\.h|signal\.h)|\b(fopen|getenv|time|clock_gettime|getrandom|rand|socket|open)\(' |
		grep -v '/arena\.c:.*<sys/mman\.h>$' || :)
	[ -z "$found" ] || { echo "$found"; return 1; }
}

# Directories from the bottom to the top. A file includes headers of its own directory by their names, and headers of
# directories in earlier lines from the roots, but none of other directories in its own line. Tests may include all.
LAYERS='
reconcile/base
reconcile/base/yaml reconcile/base/cli
reconcile/base/os
reconcile/core/desired
reconcile/core/observed
reconcile/core/recorded
reconcile/core/facts
reconcile/core/decision
reconcile/core/select
reconcile/core/plan
reconcile/core/import reconcile/core/report
reconcile/system/wireguard reconcile/system/files
reconcile/system/kernel reconcile/system/ask reconcile/system/state
reconcile/system/follow
reconcile/system
sim/scenario
sim/trace
sim/judge
sim/world
sim/explore
sim/run
sim/report
sim/tune
reconcile/cli sim/cli
'

includes_point_down() {
	found=$(files '*.[ch]' | grep -vE '_test\.c$|/(test|bench)/|^sim/[^/]*$' | xargs grep -Hn '^#include "' |
		awk -v layers="$LAYERS" '
		BEGIN {
			lines = split(layers, line, "\n")
			for (i = 1; i <= lines; i++) {
				n = split(line[i], directory, " ")
				for (j = 1; j <= n; j++) layer[directory[j]] = i
			}
		}
		{
			file = $0; sub(/:.*/, "", file)
			header = $0; sub(/^[^"]*"/, "", header); sub(/".*/, "", header)
			from = file; sub(/\/[^\/]*$/, "", from)
			if (!(from in layer)) { print file ": its directory is in no layer of ci/lint.sh"; next }
			if (header !~ /\//) next
			to = header; sub(/\/[^\/]*$/, "", to)
			to = (from ~ /^sim/ && ("sim/" to) in layer ? "sim/" : "reconcile/") to
			if (header ~ /_parts\.h$/) print file ": includes the private header " header
			else if (!(to in layer) || layer[to] >= layer[from]) print file ": includes " header
		}')
	[ -z "$found" ] || { echo "$found"; return 1; }
}

# One name, one type: wgsim includes headers of both programs, and a debugger shows all of them.
tags_are_unique() {
	found=$(files '*.h' | grep -vE '/(test|bench)/' | xargs grep -HE '^(struct|union|enum) [a-z_0-9]+ \{' |
		awk -F: '{ split($2, word, " "); tag = word[1] " " word[2]
			if (tag in first) print tag ": " first[tag] ", " $1
			first[tag] = $1 }')
	[ -z "$found" ] || { echo "$found"; return 1; }
}

no_unbounded_copies() {
	found=$(files '*.c' '*.h' | grep -v '_test\.c$' | xargs grep -HnE '\b(strcpy|strcat|sprintf|vsprintf|gets|alloca)\(' || :)
	[ -z "$found" ] || { echo "$found"; return 1; }
}

nothing_left_open() {
	found=$(files '*.c' '*.h' '*.sh' '*.md' Makefile | grep -v '^ci/lint\.sh$' |
		xargs grep -HnwE 'TODO|FIXME|XXX|HACK' || :)
	[ -z "$found" ] || { echo "$found"; return 1; }
}

# Functions that are longer than a screen.
functions_are_short() {
	found=$(files '*.c' | grep -v '_test\.c$' | ctags -L - --languages=C --kinds-C=f --fields=+ne -f - |
		awk -F'\t' '{ s = e = 0
			for (i = 4; i <= NF; i++) {
				if ($i ~ /^line:/) s = substr($i, 6)
				if ($i ~ /^end:/) e = substr($i, 5)
			}
			if (e - s + 1 > 70) print $2 ": " $1 ": " e - s + 1 " lines" }')
	[ -z "$found" ] || { echo "$found"; return 1; }
}

top_level_is_fixed() {
	found=$(files | cut -d/ -f1 | sort -u |
		grep -vxE 'Makefile|reconcile|sim|scenarios|schema|ci|README\.md|CONTRIBUTING\.md|LICENSE|\..*' || :)
	[ -z "$found" ] || { echo "$found"; return 1; }
}

manuals() {
	# References to manuals that are not installed here are no defect.
	found=$(mandoc -T lint reconcile/man/*.[58] sim/man/*.[58] 2>/dev/null |
		grep -vE 'referenced manual not found|possible typo in section name|lacks .* entry' || :)
	[ -z "$found" ] || { echo "$found"; return 1; }
}

units() {
	command -v systemd-analyze >/dev/null || { echo "no systemd-analyze here: the units are not checked"; return 0; }
	directory=$(mktemp -d)
	for unit in reconcile/package/systemd/*.in; do
		name=${unit##*/}
		sed 's|@sbindir@/wgreconcile|/bin/true|g' "$unit" >"$directory/${name%.in}"
	done
	status=0
	output=$(SYSTEMD_UNIT_PATH=$directory: systemd-analyze verify --man=no "$directory"/* 2>&1) || status=1
	rm -rf "$directory"
	[ $status -eq 0 ] || { echo "$output"; return 1; }
}

shell_scripts() {
	# SC2120: functions are called from other files, too.
	# SC2034: variables are set here for the library that is sourced. SC3043: every sh here has local.
	# shellcheck disable=SC2046 # one word each
	shellcheck -x -S warning -e SC2120,SC2034,SC3043 $(files '*.sh' .ci/run) &&
		shellcheck -s bash $(files 'reconcile/package/completion/*')
}

formatting() {
	# shellcheck disable=SC2046
	clang-format --dry-run -Werror $(files '*.c' '*.h')
}

# cppcheck 2.10 cannot parse __typeof__ in vec_each() and is given a type that fits all uses; 2.17 needs jansson's macro
# and reports functions in which it does not follow every branch. Variable arguments of NULL are pointers on all systems
# with these kernels.
static_analysis() {
	# shellcheck disable=SC2046
	cppcheck --quiet --std=c11 --error-exitcode=1 --inline-suppr --enable=warning,portability \
		-Isim -Ireconcile '-D__typeof__(x)=void **' '-DJSON_INTEGER_FORMAT="lld"' --suppress=varFuncNullUB \
		--suppress=missingIncludeSystem --suppress=normalCheckLevelMaxBranches -j 2 \
		$(files 'reconcile/*.c' 'sim/*.c' | grep -v '/test/' | grep -v '_test\.c$')
}

# All programs, without a warning.
builds_with() { # COMPILER
	make --no-print-directory -j"$(nproc)" WERROR=-Werror CC="$1" BUILD="build/strict-$1" all >/dev/null
}

check "formatting (make format)" formatting
check "shell scripts" shell_scripts
check "manuals" manuals
check "systemd units" units
check "the core is not pure" core_is_pure
check "includes that point up" includes_point_down
check "types of one name" tags_are_unique
check "unbounded copies" no_unbounded_copies
check "left open" nothing_left_open
check "functions of more than 70 lines" functions_are_short
check "names at the top level" top_level_is_fixed
check "static analysis" static_analysis
check "gcc" builds_with gcc
check "clang" builds_with clang
[ $failed -eq 0 ] && echo "lint: nothing to complain about"
exit $failed
