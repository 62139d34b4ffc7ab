#!/bin/sh
# SPDX-License-Identifier: MIT
# Measures wgreconcile with the routes of a routing daemon (follow_routes), as many as the internet's table has, in a
# guest in real time, beside wg syncconf, wg set and bird with the same prefixes, in the same run on the same kernel.
#
# usage: bench_routes.sh BUILD [full|small|SETTING...]
#
# full is the default and takes a quarter of an hour; small is a smoke test of half a minute. A SETTING is
# "IPV4-PREFIXES PEERS[:declared][:bird]", with one IPv6 prefix for five of IPv4.
#
# Jobs: the first fill of the peers' allowed IPs, nothing to change, one and a thousand changed routes, all routes of a
# peer moved to another one, a declared table, a table that bird installs in the kernel. The table goes to standard
# output, the same figures as tab-separated values to BUILD/bench_routes.tsv. The benchmark fails if a job fails or if
# two sides end with different allowed IPs, never because of a time.
set -eu

here=$(cd "$(dirname "$0")" && pwd)
tree=$(cd "$here/../.." && pwd)
STATES='one thousand shift' # of bench_routes_input.py
TIMEOUT=2700 # seconds
MEMORY=5G

FULL='10000 50
100000 50:declared
1000000 2
1000000 50:bird
1000000 1000'
SMALL='2000 50
20000 50:declared:bird'

die() { echo "bench_routes.sh: $*" >&2; exit 1; }

# ---- In the guest ----

quietly() { "$@" >/dev/null; }
load() { "$BENCH/bench_routes_load" "$1"; }

# Adds a line IPV4 PEERS CASE SIDE netlink SENT RECEIVED, or several ... time WALL CPU MEMORY.
add_lines() { # CASE SIDE KIND; reads the other fields from standard input
	sed "s/^/$IPV4	$PEERS	$1	$2	$3	/" >>"$RESULT"
}

count_bytes() { # CASE SIDE COMMANDS: see bench_run.c
	local case=$1 side=$2
	shift 2
	"$BENCH/bench_run" netlink "$BENCH/bench_routes_netlink.so" "$WORK/count" "$@" >"$WORK/bytes" ||
		die "failed with a counter: $IPV4 prefixes, $PEERS peers, $case, $side"
	add_lines "$case" "$side" netlink <"$WORK/bytes"
}

take_time() { # SAMPLES CASE SIDE COMMANDS
	local samples=$1 case=$2 side=$3
	shift 3
	"$BENCH/bench_run" again "$samples" 1 "$@" >"$WORK/time" ||
		die "failed: $IPV4 prefixes, $PEERS peers, $case, $side"
	add_lines "$case" "$side" time <"$WORK/time"
}

measure() { # CASE SIDE COMMANDS
	count_bytes "$@"
	take_time "$SAMPLES" "$@"
}

ours() { # DESIRED STATE [COMMAND]
	echo "$BUILD/wgreconcile" --state-dir "$WORK/state" --run-dir "$WORK/run" --name bench --deadline 600s \
		"${2:-apply}" "$WORK/in/$1.yaml"
}

allowed_ips() {
	wg show wg0 allowed-ips | awk '{ for (i = 2; i <= NF; i++) print $1, $i }' | LC_ALL=C sort | cksum
}

# Both sides must have the same result, otherwise the figures are meaningless.
same_as_conf() { # STATE ALLOWED-IPS
	wg syncconf wg0 "$WORK/in/$1.conf"
	[ "$2" = "$(allowed_ips)" ] || die "$IPV4 prefixes, $PEERS peers, $1: not what wg syncconf makes of it"
}

# plan exits with 2 if there are changes to make.
nothing_to_do() { # DESIRED STATE
	# shellcheck disable=SC2046 # a command without quoted words
	quietly $(ours "$1" plan) || die "wgreconcile does not find done what it has done"
}

make_interface() {
	ip link del wg0 2>/dev/null || :
	rm -rf "$WORK/state" "$WORK/run"
	ip -batch "$WORK/in/interface.batch"
	wg setconf wg0 "$WORK/in/base.conf"
}

# The cost of peers with host addresses only, subtracted to compute the cost of a prefix.
measure_empty() {
	# shellcheck disable=SC2046
	measure empty ours run $(ours follow) \;
	measure empty syncconf run wg syncconf wg0 "$WORK/in/base.conf" \;
	measure empty show run wg show wg0 allowed-ips \;
}

# The kernel lists a peer's allowed IPs in the order of their addition, so "nothing" is measured after a fill by the
# same side. A change is measured together with its reversal; the report halves the figures.
our_jobs() { # HOW
	local state load=$BENCH/bench_routes_load
	# shellcheck disable=SC2046
	{
		"$@" fill ours prepare wg syncconf wg0 "$WORK/in/base.conf" \; run $(ours follow) \;
		"$@" nothing ours run $(ours follow) \;
		"$@" nothing show run wg show wg0 allowed-ips \;
		"$@" nothing dumps run "$BENCH/bench_routes_dump" routes \; \
			run "$BENCH/bench_routes_dump" allowed-ips \;
		for state in $STATES; do
			"$@" "$state" ours prepare "$load" "$WORK/in/$state.batch" \; run $(ours follow) \; \
				prepare "$load" "$WORK/in/$state.back" \; run $(ours follow) \;
		done
	}
}

their_jobs() { # HOW
	local state full=$WORK/in/full.conf
	"$@" fill syncconf prepare wg syncconf wg0 "$WORK/in/base.conf" \; run wg syncconf wg0 "$full" \;
	"$@" nothing syncconf run wg syncconf wg0 "$full" \;
	for state in $STATES; do
		"$@" "$state" syncconf run wg syncconf wg0 "$WORK/in/$state.conf" \; run wg syncconf wg0 "$full" \;
	done
}

# Slow jobs, and jobs that some versions of wg do not support.
their_other_jobs() { # HOW
	local state
	"$@" nothing reading run wg show wg0 allowed-ips \; run ip -4 route show proto bird \; \
		run ip -6 route show proto bird \;
	if [ -s "$WORK/in/full.set" ]; then
		"$@" fill set prepare wg syncconf wg0 "$WORK/in/base.conf" \; run sh -e "$WORK/in/full.set" \;
	fi
	[ -n "$SET_CHANGES" ] || return 0
	for state in one thousand; do
		"$@" "$state" set run sh -e "$WORK/in/$state.changes" \; run sh -e "$WORK/in/$state.unchanges" \;
	done
}

# The measured change once more in each direction, to compare the results.
check_change() { # STATE
	local changed
	load "$WORK/in/$1.batch"
	# shellcheck disable=SC2046
	quietly $(ours follow)
	changed=$(allowed_ips)
	load "$WORK/in/$1.back"
	# shellcheck disable=SC2046
	quietly $(ours follow)
	same_as_conf full "$(allowed_ips)"
	same_as_conf "$1" "$changed"
}

# The sides alternate, because the host's speed may vary.
measure_follow() {
	local round=0
	make_interface
	measure_empty
	load "$WORK/in/full.batch"
	our_jobs count_bytes
	nothing_to_do follow
	check_change thousand
	their_jobs count_bytes
	while [ $round -lt "$SAMPLES" ]; do
		our_jobs take_time 1
		their_jobs take_time 1
		round=$((round + 1))
	done
	measure_once their_other_jobs
}

measure_once() { # JOBS
	"$1" count_bytes
	"$1" take_time 1
}

# The declared table: both sides add routes and allowed IPs.
measure_declared() {
	local batch=$WORK/in/declared.batch
	make_interface
	# shellcheck disable=SC2046
	{
		measure declared ours prepare sh "$here/bench_routes.sh" --undeclare "$WORK/in/base.conf" \; \
			run $(ours declared) \;
		nothing_to_do declared
		measure declared_nothing ours run $(ours declared) \;
	}
	same_as_conf full "$(allowed_ips)"
	measure declared theirs prepare sh "$here/bench_routes.sh" --undeclare "$WORK/in/base.conf" \; \
		run ip -batch "$batch" \; run wg syncconf wg0 "$WORK/in/full.conf" \;
	sed 's/^route add/route replace/' "$batch" >"$WORK/replace.batch"
	measure declared_nothing theirs run ip -batch "$WORK/replace.batch" \; run wg syncconf wg0 "$WORK/in/full.conf" \;
}

undeclare() { # CONF
	ip -4 route flush proto 87
	ip -6 route flush proto 87
	wg syncconf wg0 "$1"
}

# Processor time of a process so far, in ticks.
ticks() { # PID
	local stat
	read -r stat <"/proc/$1/stat"
	# shellcheck disable=SC2086 # the fields after the name
	set -- ${stat##*)}
	echo $((${12} + ${13}))
}

# bird does not exit: it has finished when it has used no processor time for a second. Wall time and processor time
# until then include the reading of the file; therefore a bird without kernel protocols is measured, too.
measure_bird() { # SIDE CONF
	local pid began last now quiet memory
	began=$(date +%s%N)
	bird -f -c "$2" -s "$WORK/bird.ctl" 2>"$WORK/bird.log" &
	pid=$!
	last=-1 quiet=0
	while [ $quiet -lt 5 ]; do
		sleep 0.2
		kill -0 $pid 2>/dev/null || { cat "$WORK/bird.log" >&2; die "bird ended"; }
		now=$(ticks $pid)
		if [ "$now" -eq $last ]; then
			quiet=$((quiet + 1))
		else
			quiet=0 last=$now ended=$(date +%s%N)
		fi
	done
	memory=$(sed -n 's/^VmHWM:[^0-9]*\([0-9]*\).*/\1/p' /proc/$pid/status)
	printf '%s\t%s\tbird\t%s\ttime\t%s\t%s\t%s\n' "$IPV4" "$PEERS" "$1" $(((ended - began) / 1000)) \
		$((last * 1000000 / $(getconf CLK_TCK))) "$memory" >>"$RESULT"
	kill -KILL $pid
	wait $pid 2>/dev/null || :
}

measure_kernel_sync() {
	make_interface
	grep -v '^protocol kernel' "$WORK/in/bird.conf" >"$WORK/reading.conf"
	measure_bird reading "$WORK/reading.conf"
	measure_bird bird "$WORK/in/bird.conf"
	[ "$(ip -4 route show proto bird | wc -l)" -eq "$IPV4" ] || die "bird's routes are not all in the kernel"
	ip link del wg0
}

# Whether this wg adds and removes single allowed IPs.
can_change_single() {
	make_interface
	wg set wg0 peer "$(wg show wg0 peers | head -n 1)" allowed-ips +192.0.2.1/32 2>/dev/null
}

inside() { # INPUTS SAMPLES IPV4 PEERS[:declared][:bird]
	local extras=:$4:
	SAMPLES=$2 IPV4=$3 PEERS=${4%%:*}
	BENCH=$BUILD/bench
	WORK=$(mktemp -d /tmp/bench.XXXXXX)
	RESULT=$WORK/result
	echo "measuring: $IPV4 IPv4 prefixes, $((IPV4 / 5)) IPv6, $PEERS peers" >&2
	ip link set lo up
	# Both sides read the inputs from memory.
	mkdir "$WORK/in"
	cp "$1"/* "$WORK/in"
	SET_CHANGES=
	if can_change_single; then SET_CHANGES=yes; fi
	measure_follow
	case $extras in *:declared:*) measure_declared ;; esac
	case $extras in *:bird:*) measure_kernel_sync ;; esac
	cat "$RESULT"
}

# ---- Outside ----

# One guest for each setting, so that the kernel has no remains of another one.
measure_all() { # SAMPLES; reads IPV4 PEERS
	local ipv4 peers inputs=$BUILD/bench/routes
	while read -r ipv4 peers; do
		rm -rf "$inputs"
		python3 "$here/bench_routes_input.py" "$inputs" "$ipv4" "$peers"
		sh "$tree/sim/guest.sh" --real-time --memory $MEMORY --timeout $TIMEOUT --writable "$BUILD" -- \
			sh "$here/bench_routes.sh" --inside "$BUILD" "$inputs/${peers%%:*}" "$1" "$ipv4" "$peers" \
			>>"$BUILD/bench/routes.raw" </dev/null
	done
	rm -rf "$inputs"
}

case ${1:-} in
--undeclare)
	undeclare "$2"
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
for tool in wg ip bird python3; do
	command -v $tool >/dev/null || die "$tool is missing: make deps"
done
make -s -C "$tree" BUILD="$BUILD" "$BUILD/wgreconcile"
compile() { # SOURCE PROGRAM OPTIONS...
	local source=$1 program=$2
	shift 2
	${CC:-cc} -O2 -Wall -Wextra -D_GNU_SOURCE -o "$BUILD/bench/$program" "$here/$source" "$@"
}
compile bench_run.c bench_run
compile bench_routes_load.c bench_routes_load -lmnl
compile bench_routes_dump.c bench_routes_dump -lmnl
compile bench_routes_netlink.c bench_routes_netlink.so -shared -fPIC
: >"$BUILD/bench/routes.raw"
case ${2:-full} in
full) echo "$FULL" | measure_all 3 ;;
small) echo "$SMALL" | measure_all 1 ;;
*)
	shift
	printf '%s\n' "$@" | measure_all 3
	;;
esac
python3 "$here/bench_routes_report.py" "$BUILD/bench_routes.tsv" "$BUILD/bench/routes.raw"
