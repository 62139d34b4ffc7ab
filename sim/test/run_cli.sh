#!/bin/sh
# SPDX-License-Identifier: MIT
# Tests wgsim from outside: texts, exit codes, what it writes, and that nothing is left behind whatever ends it.
#
# usage: run_cli.sh BUILD [PART...]    PART: one of the functions part_* below, without part_; default: all
#
# Scenarios are played in the time-travel kernel, and some on this machine's own, which needs root. The sum "N passed,
# N failed" goes to BUILD/results/sim.cli.
#
# shellcheck disable=SC2317 # the parts are called by name
set -u

[ $# -ge 1 ] || { sed -n '3,/^# shellcheck/{/^# shellcheck/d;s/^# \{0,1\}//p}' "$0" >&2; exit 64; }
here=$(cd "$(dirname "$0")" && pwd)
tree=$(cd "$here/../.." && pwd)
mkdir -p "$1/results"
build=$(cd "$1" && pwd -P)
shift
wgsim=$build/wgsim
python=/usr/bin/python3
passed=0
failed=0

# All that is temporary is made here, so that what is left behind can be seen; and no process of ours has another mark.
work=$(mktemp -d "${TMPDIR:-/tmp}/run_cli.XXXXXX")
export TMPDIR="$work/tmp" WGSIM_TEST_MARK="$work"
mkdir "$TMPDIR"
cd "$work" || exit
trap 'cd /; rm -rf "$work"' EXIT
trap 'exit 130' INT
trap 'exit 143' TERM

ok() { passed=$((passed + 1)); }
not_ok() { # TEXT
	failed=$((failed + 1))
	echo "not ok - $1"
	[ ! -s out ] || sed 's/^/    out: /' out | head -n 40
	[ ! -s err ] || sed 's/^/    err: /' err | head -n 20
}

# Runs wgsim; its outputs are in out and err, its exit status in status.
run() { # ARGUMENT...
	status=0
	timeout 300 "$wgsim" "$@" >out 2>err </dev/null || status=$?
}

expect_status() { # STATUS, TEXT
	if [ "$status" -eq "$1" ]; then ok; else not_ok "$2: exit status $status, not $1"; fi
}

has() { # FILE, REGULAR EXPRESSION, TEXT
	if grep -qE -e "$2" "$1"; then ok; else not_ok "$3: $1 has no line with $2"; fi
}

has_not() { # FILE, REGULAR EXPRESSION, TEXT
	if grep -qE -e "$2" "$1"; then not_ok "$3: $1 has a line with $2"; else ok; fi
}

last_line() { # TEXT
	if [ "$(tail -n 1 out)" = "$1" ]; then ok; else not_ok "the last line is not '$1'"; fi
}

holds() { # TEXT, COMMAND...
	text=$1
	shift
	if "$@"; then ok; else not_ok "$text"; fi
}

is() { # ACTUAL, EXPECTED, TEXT
	if [ "$1" = "$2" ]; then ok; else not_ok "$3: '$1', not '$2'"; fi
}

# ---- Scenarios

cat >quiet.yaml <<'E'
# Nothing happens.
version: 1
description: Nothing happens.
duration: 10s
nodes: {one: {}}
expect: [{always: {interface: {node: one, name: lo}}}]
