#!/bin/sh
# SPDX-License-Identifier: MIT
# Tests wgsim as a command: texts, exit codes, written files, and that nothing stays behind, whatever ends wgsim.
#
# usage: run_cli.sh BUILD [PART...]    PART: one of the functions part_* below, without part_; default: all
#
# Scenarios are simulated in the time-travel kernel, and some on this machine's kernel, which needs root. The sum
# "N passed, N failed" goes to BUILD/results/sim.cli.
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

# All temporary files are made here, so that remains can be detected. No other process has this mark.
work=$(mktemp -d "${TMPDIR:-/tmp}/run_cli.XXXXXX") || exit
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

# Runs wgsim; the outputs are in out and err, the exit status in status.
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

cat >quiet.yaml <<'END'
# Nothing happens.
version: 1
description: Nothing happens.
duration: 10s
nodes: {one: {}}
expect: [{always: {interface: {node: one, name: lo}}}]
END
cat >grid.yaml <<'END'
# Four cases, of which two fail.
version: 1
description: Four cases.
duration: 5s
variables: {far: 1ms}
matrix: {name: [lo, none of it], more: [0, 1]}
links: {wan: {delay: "${far}"}}
nodes:
  one: {interfaces: {eth0: {link: wan, addresses: [192.0.2.1/24]}}}
  two: {interfaces: {eth0: {link: wan, addresses: [192.0.2.2/24]}}}
probes: {there: {from: one, to: 192.0.2.2}}
expect:
  - {settles: {answers: there}, within: 3s}
  - {holds: {command: {node: one, run: "test -e '/sys/class/net/${name}'"}}, at: 4s}
measure: [{name: way and back, rtt: there}]
END
cat >clock.yaml <<'END'
version: 1
duration: 10s
nodes: {one: {}}
timeline: [{at: 5s, clock: -2d}]
END
cat >unbuilt.yaml <<'END'
version: 1
duration: 10s
nodes: {one: {boot: ["exit 3"]}}
END
cat >long.yaml <<'END'
version: 1
duration: 1d
nodes:
  one: {services: {sleeper: {command: [sleep, "100000"]}}}
expect: [{always: {command: {node: one, run: "true"}}}]
END
cat >wrong.yaml <<'END'
version: 1
duraton: 10s
nodes: {one: {}}
expect: [{always: {interface: {node: oen, name: lo}}}]
END

# ---- Command lines

part_usage() {
	run
	expect_status 64 "no command"
	has err '^usage: wgsim' "no command"
	run frobnicate
	expect_status 64 "an unknown command"
	is "$(cat err)" "wgsim: 'frobnicate' is not a command; try 'wgsim help'" "an unknown command"
	run run --sed 1 quiet.yaml
	expect_status 64 "an unknown option"
	run run
	expect_status 64 "no file"
	run run --only nothing-like-it quiet.yaml
	expect_status 64 "no such case"
	run help
	expect_status 0 help
	for command in run list validate replay shell help version; do has out "^  $command " help; done
	has_not out '^  (play|terminal|pass) ' "help tells of what is not for people"
	run help run
	has out '^usage: wgsim \[OPTIONS\] run FILE' "help run"
	has_not out '--at' "help run"
	run version
	is "$(cat out)" "wgsim $(sed -n 's/^VERSION := //p' "$tree/Makefile")" version
	status=0
	"$wgsim" list quiet.yaml >/dev/full 2>err || status=$?
	expect_status 1 "a full disk"
	run run --program ./quiet.yaml quiet.yaml
	expect_status 1 "no program"
	has err 'is not a program' "no program"
}

part_validate() {
	run validate quiet.yaml grid.yaml
	expect_status 0 validate
	has out '^quiet.yaml: OK, 1 case$' validate
	has out '^grid.yaml: OK, 4 cases$' validate
	run validate wrong.yaml quiet.yaml
	expect_status 65 "a wrong file"
	has err "^wrong.yaml:2:1: .*duration" "a wrong file"
	has err "^wrong.yaml:4:.*oen" "all of what is wrong"
	is "$(sort err | uniq -d)" "" "each error once"
	has out '^quiet.yaml: OK' "a file beside a wrong one"
	run run wrong.yaml quiet.yaml
	expect_status 65 "running a wrong file"
	has_not out passed "running a wrong file"
	run validate nowhere.yaml
	expect_status 65 "no such file"
	has err '^nowhere.yaml: .*No such file' "no such file"
	run validate --set far=1h grid.yaml
	expect_status 0 "a variable"
	run validate --set fra=1h grid.yaml
	expect_status 65 "an unknown variable"
	has err "did you mean .*far" "an unknown variable"
	run validate --set far=fast grid.yaml
	expect_status 65 "a wrong value"
	has err '^grid.yaml:7:' "a wrong value"
}

part_list() {
	mkdir -p dir/below
	cp quiet.yaml grid.yaml dir
	cp wrong.yaml dir/below
	run list dir
	expect_status 0 list
	is "$(cat out)" "grid      4 cases  Four cases.
quiet     1 case   Nothing happens." list
	run list -v --seeds 1..3 --only 'more=1' dir
	is "$(grep -c '^    grid\[name=.*,more=1\] seed [123]$' out)" 6 "cases that were chosen"
	run list -v --seeds 1..50 dir
	grep '^    ' out | sort >all
	for shard in 1/3 2/3 3/3; do
		run list -v --seeds 1..50 --shard $shard dir
		grep '^    ' out
	done | sort >parts
	is "$(wc -l <all)" 250 "all cases"
	holds "each case is in one shard" cmp -s all parts
	for shard in 1/3 2/3 3/3; do
		run list -v --seeds 1..50 --shard $shard dir/quiet.yaml
		grep '^    ' out | sort >some
		run list -v --seeds 1..50 --shard $shard dir
		grep '^    quiet' out | sort >again
		holds "a case's shard does not depend on the others" cmp -s some again
	done
}

# ---- Running

part_run() {
	run run quiet.yaml
	expect_status 0 "a scenario that passes"
	has out '^ok quiet seed 1: 1 expectation, 10 s in [0-9.]+ m?s \([0-9.]+x\)$' "a case that passed"
	last_line "1 passed, 0 failed"
	has_not out "$(printf '\033')" "no terminal"
	run run --color always quiet.yaml
	has out "$(printf '\033')" "colours"
	run run -q quiet.yaml
	is "$(cat out)" "1 passed, 0 failed" quiet
	run run -v --seed 7 quiet.yaml
	has out '^    held:     always: ' verbose
	has out '^ok quiet seed 7:' "a seed"

	run run grid.yaml
	expect_status 1 "a scenario that fails"
	last_line "2 passed, 2 failed"
	has out '^FAILED grid\[name=none of it,more=0\] seed 1: 1 of 2 expectations failed, 5 s in' "a failure"
	has out '^    expected: holds: ' "what was expected"
	has out '^    seen:     .*1' "what was seen"
	is "$(grep -cE '^    measured: way and back [0-9.]+ ms$' out)" 4 "what was measured"
	has out "^    again:    wgsim run --seed 1 --set 'name=none of it' --set more=0 grid.yaml$" "the command"
	again=$(sed -n 's/^    again:    wgsim //p' out | head -n 1)
	eval "run $again"
	expect_status 1 "the command that repeats it"
	last_line "0 passed, 1 failed"
	run run --set name=lo -j 1 grid.yaml
	expect_status 0 "a matrix of which one value was set"
	last_line "2 passed, 0 failed"
	run run -x -j 1 --only none grid.yaml
	expect_status 1 "the first failure ends it"
	has out '^0 skipped, 1 not played to the end$' "the first failure ends it"
	last_line "0 passed, 1 failed"
	status=0
	"$wgsim" run - <quiet.yaml >out 2>err || status=$?
	expect_status 0 "standard input"
}

# Prints the numbers of suites, cases, failures, errors and skipped cases.
junit_sums() { # FILE
	"$python" - "$1" <<'END'
import sys, xml.etree.ElementTree as tree
root = tree.parse(sys.argv[1]).getroot()
cases = root.findall("testsuite/testcase")
print(len(root.findall("testsuite")), len(cases), *(
    len([case for case in cases if case.find(word) is not None]) for word in ("failure", "error", "skipped")))
for suite in [root] + root.findall("testsuite"):
    inside = list(suite.iter("testcase"))
    assert int(suite.get("tests")) == len(inside) and float(suite.get("time")) >= 0
END
}

part_output() {
	run run -o traces --junit extra.xml --seeds 1..2 grid.yaml quiet.yaml
	expect_status 1 output
	is "$(find traces -type f | wc -l)" 11 "ten traces and a sum"
	for name in quiet.1 quiet.2 grid.name=lo,more=0.1 grid.name=none_of_it,more=1.2; do
		holds "traces/$name.jsonl" test -s "traces/$name.jsonl"
	done
	is "$(junit_sums traces/junit.xml)" "2 10 4 0 0" JUnit
	holds "both are the same" cmp -s traces/junit.xml extra.xml
	run run -o traces quiet.yaml
	expect_status 0 "a directory that is there"
	run run -o nowhere/at/all quiet.yaml
	expect_status 1 "a directory that cannot be made"
	run run --junit nowhere/junit.xml quiet.yaml
	expect_status 1 "a file that cannot be written"
	last_line "1 passed, 0 failed"
}

# All outputs include a case that could not be built and a skipped one.
part_unplayed() {
	run run -o unplayed quiet.yaml unbuilt.yaml
	expect_status 1 "a network that cannot be built"
	has out '^FAILED unbuilt seed 1: the network cannot be built: ' "a network that cannot be built"
	is "$(junit_sums unplayed/junit.xml)" "2 2 0 1 0" "JUnit of what cannot be built"
	run report -o unplayed.html unplayed/*.jsonl
	expect_status 0 "a report with a case that was not built"
	has unplayed.html '✗ 1 passed, 1 failed<' "a report with a case that was not built"
	has unplayed.html 'could not be played to its end: the network cannot be built: ' "why it was not built"
	run replay unplayed/unbuilt.1.jsonl
	last_line identical
	if [ "$(id -u)" -ne 0 ]; then
		echo "unplayed: skipping is not tested, it needs root"
		return
	fi
	run run --backend userspace -o skipped clock.yaml quiet.yaml
	expect_status 0 "a case that is skipped"
	run report -o skipped.html skipped/*.jsonl
	expect_status 0 "a report with a case that was skipped"
	has skipped.html '✓ 1 passed, 0 failed, 1 skipped<' "a report with a case that was skipped"
	run replay skipped/clock.1.jsonl
	expect_status 65 "replaying what was skipped"
	has err 'it was not played: it sets the clock' "replaying what was skipped"
}

part_replay() {
	run run -o replayed --seed 3 --set name=lo --set more=0 grid.yaml
	expect_status 0 "what is replayed"
	trace=replayed/grid.name=lo,more=0.3.jsonl
	run replay "$trace"
	expect_status 0 replay
	last_line identical
	lines=$(wc -l <"$trace")
	sed '$s/"passed":2/"passed":3/' "$trace" >other.jsonl
	run replay other.jsonl
	expect_status 1 "a trace that differs"
	has out "^line $lines differs at its byte " "a trace that differs"
	has out '^  was: .*"passed":3' "a trace that differs"
	has out '^  now: .*"passed":2' "a trace that differs"
	sed '$d' "$trace" >other.jsonl
	run replay other.jsonl
	expect_status 1 "a trace that ends early"
	has out "^line $lines differs at its byte 1$" "a trace that ends early"
	run replay quiet.yaml
	expect_status 65 "no trace"
	run replay nowhere.jsonl
	expect_status 65 "no such trace"
}

part_timeout() {
	run run --backend guest --timeout 3s long.yaml
	expect_status 1 timeout
	has out '^FAILED long seed 1: it did not end in 3' timeout
	last_line "0 passed, 1 failed"
}

# A checkout in /tmp, which is another directory in a simulated machine.
part_covered() {
	elsewhere=$(mktemp -d /tmp/run_cli.XXXXXX) || exit
	mkdir "$elsewhere/sim"
	cp -R "${WGSIM_DATA:-$tree/sim}/guest.sh" "${WGSIM_DATA:-$tree/sim}/kernel" "$elsewhere/sim"
	: >"$elsewhere/shown"
	holds "a tree in /tmp" sh -c 'cd / && exec timeout 100 sh "$0/sim/guest.sh" -- test -e "$0/shown"' "$elsewhere"
	cp "$wgsim" "$build/wgreconcile" "$elsewhere"
	status=0
	WGSIM_DATA=${WGSIM_DATA:-$tree/sim} timeout 100 "$elsewhere/wgsim" run quiet.yaml >out 2>err || status=$?
	expect_status 0 "programs in /tmp"
	status=0
	WGSIM_DATA=$work "$elsewhere/wgsim" run --backend time-travel quiet.yaml >out 2>err || status=$?
	expect_status 1 "no guest.sh"
	has err 'guest.sh is not found' "no guest.sh"
	rm -rf "$elsewhere"
}

# As another user than root, without files of root.
part_unprivileged() {
	if [ "$(id -u)" -ne 0 ]; then
		echo "unprivileged: nothing to do, all of this is played without root"
		return
	fi
	# Another user may have no access to the tree or a directory above it, such as /root.
	mkdir -p cache home tree/build tree/sim
	cp "$("$tree/sim/kernel/build.sh" --path)" cache
	cp "$wgsim" "$build"/wgreconcile* tree/build
	cp -R "$tree/sim/guest.sh" "$tree/sim/kernel" tree/sim
	chmod -R a+rX "$work"
	chown 65534 home
	user() {
		status=0
		WGR_CACHE=$work/cache HOME=$work/home TMPDIR=$work/home timeout 100 \
			setpriv --reuid 65534 --regid 65534 --clear-groups tree/build/wgsim "$@" >out 2>err </dev/null ||
			status=$?
	}
	user run --set name=lo grid.yaml
	expect_status 0 "without root"
	last_line "2 passed, 0 failed"
	is "$(ls -A home)" "" "what is left without root"
	user run --backend userspace quiet.yaml
	expect_status 1 "this machine's networks without root"
	has err "need root" "this machine's networks without root"
}

part_host() {
	if [ "$(id -u)" -ne 0 ]; then
		echo "host: skipped, it needs root"
		return
	fi
	run run --backend userspace --junit host.xml clock.yaml quiet.yaml
	expect_status 0 "on this machine"
	has out '^skipped: clock seed 1: it sets the clock' "what cannot be played is skipped"
	has out '^ok quiet seed 1: 1 expectation, 10 s in 1[0-9.]* s' "real time"
	has out '^1 skipped, 0 not played' "what cannot be played is counted"
	last_line "1 passed, 0 failed"
	is "$(junit_sums host.xml)" "2 2 0 0 1" "JUnit of what is skipped"
	run run --backend userspace clock.yaml
	last_line "0 passed, 0 failed"
}

# ---- Remains

# Processes of this test: a simulated machine works in its job's directory, the others have the mark, including this
# script and its subshells.
ours() {
	{
		find /proc -maxdepth 2 -path '/proc/[0-9]*/cwd' -lname "$TMPDIR/*" 2>/dev/null
		grep -lzxF "WGSIM_TEST_MARK=$work" /proc/[0-9]*/environ 2>/dev/null |
			sed 's/environ$/cmdline/' | xargs -r grep -lzE '(^|/)(wgsim|guest\.sh|sleep)$' 2>/dev/null
	} | cut -d/ -f3 | sort -u
}

# In all mount namespaces; the mounts of one end with its last process.
mounts() { cat /proc/[0-9]*/mountinfo 2>/dev/null | grep -F "$work" | sort -u; }

nothing_left() { # TEXT
	for try in 1 2 3 4 5 6 7 8 9 10; do
		[ -n "$(ls -A "$TMPDIR")$(ours)$(mounts)" ] || break
		sleep 0.5
	done
	is "$(ls -A "$TMPDIR")" "" "$1: files ($try tries)"
	is "$(ours | wc -l)" 0 "$1: processes"
	is "$(mounts)" "" "$1: mounts"
}

# Waits until the simulated time of NUMBER cases has begun.
await_progress() { # NUMBER
	for try in $(seq 300); do
		[ "$(cat "$TMPDIR"/wgsim.*/*/progress 2>/dev/null | grep -c '^ *[1-9]')" -lt "$1" ] || return
		sleep 0.2
	done
	not_ok "nothing begins"
}

interrupted() { # SIGNAL, STATUS, BACK END
	# A shell starts background commands with SIGINT ignored.
	"$python" -c 'import os, signal, sys
signal.signal(signal.SIGINT, signal.SIG_DFL)
os.execv(sys.argv[1], sys.argv[1:])' "$wgsim" run --backend "$3" -j 2 --seeds 1..3 long.yaml >out 2>err </dev/null &
	pid=$!
	await_progress 2
	holds "$1, $3: they run" test "$(ours | wc -l)" -gt 2
	kill -s "$1" $pid
	status=0
	wait $pid 2>/dev/null || status=$?
	expect_status "$2" "$1, $3"
	if [ "$1" != KILL ]; then
		last_line "0 passed, 0 failed"
		has out '^0 skipped, 3 not played to the end$' "$1, $3"
	fi
	nothing_left "$1, $3"
}

part_interrupted() {
	interrupted INT 130 guest
	interrupted TERM 130 guest
	interrupted HUP 130 guest
	interrupted KILL 137 guest
	if [ "$(id -u)" -eq 0 ]; then
		interrupted INT 130 userspace
		interrupted KILL 137 userspace
	else
		echo "interrupted: on this machine's own networks skipped, it needs root"
	fi
	# Ctrl-C on a terminal reaches all processes in the foreground.
	mkfifo keys
	timeout 60 script -qec "$wgsim run --backend guest -j 1 long.yaml" typescript <keys >/dev/null 2>&1 &
	pid=$!
	exec 5>keys
	await_progress 1
	printf '\003' >&5
	status=0
	wait $pid || status=$?
	exec 5>&-
	expect_status 130 "Ctrl-C"
	nothing_left "Ctrl-C"
}

# ---- Terminals

part_terminal() {
	TERM=xterm script -qec "$wgsim run --set name=lo -j 1 grid.yaml" /dev/null >out 2>err </dev/null
	tr -d '\r' <out >text
	escape=$(printf '\033')
	has text "$escape\[[0-9]+F$escape\[J" "lines are drawn anew"
	has text '^  grid\[name=lo,more=0\] seed 1: .* of 5 s \([0-9.]+x\), [0-9]+ held$' "the running case"
	has text "$escape\[32mok$escape\[0m grid\[name=lo,more=1\] seed 1: 2 expectations" "a finished case"
	is "$(tail -n 1 text | sed 's/.*J//')" "2 passed, 0 failed" "the last line on a terminal"
	TERM=dumb script -qec "$wgsim run quiet.yaml" /dev/null >out 2>err </dev/null
	has_not out "$escape" "a dumb terminal"
}

# Prints the output of a shell after its line "= NAME", up to the next such line.
answer() { # NAME
	tr -d '\r' <out | sed "s/$(printf '\033')\[?2004[hl]//g" |
		sed -n "/^= $1\$/,/^= /{/^= /d;p}" | grep -v '^[a-z]*, .* s# ' || :
}

part_shell() {
	cat >typed <<'END'
echo '= who'; hostname; ip -color=never -br -4 address show eth0; tty
echo '= before'; date +%s
echo '= still'; date +%s
echo '= passed'; pass 10s
echo '= after'; date +%s
echo '= ping'; pass 3s ping -n -c 2 192.0.2.2
echo '= seen'; pass 3s tcpdump -nn -i eth0 icmp
echo '= none'; pass 2s sleep 1000; echo "ended with $?"; date +%s
echo '= wrong'; pass soon
echo '= end'
exit
END
	status=0
	timeout 60 "$wgsim" shell --at 2s --set name=lo --set more=0 grid.yaml one <typed >out 2>err || status=$?
	expect_status 0 shell
	has err '^grid\[name=lo,more=0\] seed 1, back end time-travel: playing up to 2 s' shell
	is "$(answer who | sed 's/@if[0-9]*//; s/  */ /g; s/ $//')" "one
eth0 UP 192.0.2.1/24
/dev/tty1" "where it is"
	was=$(answer before)
	is "$(answer still)" "$was" "time stands still"
	is "$(answer after)" $((was + 10)) "time passes"
	answer ping >pings
	has pings '^2 packets transmitted, 2 received' "ping"
	answer seen >pings
	has pings 'IP 192.0.2.1 > 192.0.2.2: ICMP echo request' "the play goes on while time passes"
	is "$(answer none)" "ended with 130
$((was + 18))" "what still runs is interrupted"
	has out '^usage: pass DURATION' "no time"
	run shell grid.yaml one
	expect_status 64 "several cases"
	has err 'grid.yaml has 4 such cases; choose one of them' "several cases"
	run shell quiet.yaml oen
	expect_status 64 "no such node"
	is "$(cat err)" "wgsim: 'oen' is no node of the scenario (did you mean 'one'?)" "no such node"
	# On a terminal, with a size and keys. Ctrl-C is typed while a program runs, because bash itself may lose it.
	status=0
	timeout 60 "$python" - "$wgsim" shell quiet.yaml one >out 2>err <<'END' || status=$?
import fcntl, os, pty, re, struct, sys, termios
pid, terminal = pty.fork()
if pid == 0:
    os.execve(sys.argv[1], sys.argv[1:], dict(os.environ, TERM="xterm"))
fcntl.ioctl(terminal, termios.TIOCSWINSZ, struct.pack("HHHH", 33, 99, 0, 0))
read = b""
for prompt, typed in ((b"# ", b"stty size\r"), (b"# ", b"sh -c 'echo began; sleep 5'; echo never\r"), (b"began\r\n", b"\003"),
                      (b"# ", b"exit\r"), (b"no such text", b"")):
    while prompt not in read:
        try:
            read += os.read(terminal, 4096)
        except OSError:
            break
    text, found, read = read.partition(prompt)
    sys.stdout.buffer.write(re.sub(rb"\r|\033\[\?2004[hl]", b"", text + found))
    if typed:
        os.write(terminal, typed)
sys.exit(os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]))
END
	expect_status 0 "shell on a terminal"
	has out '^33 99' "the size of the terminal"
	has out '^began' "a command in the shell"
	has_not out '^never' "Ctrl-C in the shell"
	nothing_left shell
}

part_host_shell() {
	if [ "$(id -u)" -ne 0 ]; then
		echo "host_shell: skipped, it needs root"
		return
	fi
	printf 'echo "= who"; hostname; ip -br link | wc -l\necho "= end"\nexit\n' |
		timeout 60 "$wgsim" shell --at 1s --backend userspace quiet.yaml one >out 2>err
	is "$(answer who)" "one
1" "where it is"
	nothing_left host_shell
}

# ---- Completion

completed() { # WORD..., the last of which is incomplete
	# shellcheck disable=SC2016 # bash expands it
	bash -c '. "$0"; COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1))
		_wgsim "$1" "${COMP_WORDS[COMP_CWORD]}" "${COMP_WORDS[COMP_CWORD - 1]}" 2>/dev/null
		printf "%s\n" "${COMPREPLY[@]}" | sort' "$tree/reconcile/package/completion/wgsim.bash" "$@"
}

part_completion() {
	is "$(completed "$wgsim" v)" "validate
version" "commands"
	is "$(completed "$wgsim" run --se)" "--seed
--seeds
--set" "options of a command"
	is "$(completed "$wgsim" shell --at)" "--at" "an option of another command"
	is "$(completed "$wgsim" run --at)" "" "an option that the command has not"
	is "$(completed "$wgsim" run --backend t)" "time-travel" "values of an option"
	is "$(completed "$wgsim" run qu)" "quiet.yaml" "files"
	is "$(completed "$wgsim" run -j 2 --set na=1 grid)" "grid.yaml" "files behind options"
	is "$(completed "$wgsim" run -q grid)" "grid.yaml" "files behind an option without an argument"
	is "$(completed "$wgsim" shell grid)" "grid.yaml" "the file of a shell"
	is "$(completed "$wgsim" shell quiet.yaml gri)" "" "the node of a shell"
	is "$(completed "$wgsim" help repl)" "replay" "commands to be told of"
}

all="usage validate list run output unplayed replay timeout covered unprivileged host interrupted terminal shell host_shell
	completion"
parts=${*:-$all}
[ $# -gt 0 ] || rm -f "$build/results/sim.cli"
for part in $parts; do
	before=$failed
	began=$(date +%s)
	"part_$part"
	[ $failed -gt $before ] || echo "ok - $part ($(($(date +%s) - began)) s)"
done
sum="$passed passed, $failed failed"
[ $# -gt 0 ] || echo "$sum" >"$build/results/sim.cli"
echo "$sum"
[ $failed -eq 0 ]
