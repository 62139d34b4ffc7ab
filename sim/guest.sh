#!/bin/sh
# Runs one command, as root, on a simulated machine: user-mode Linux with a network of its own and virtual time.
#
# usage: guest.sh [OPTION...] [--] COMMAND [ARGUMENT...]
#   --real-time        the clock runs as ours does (without it, sleeping costs nothing)
#   --seed N           everything random comes from N: the same command does and prints the same again, to the last byte
#                      (the conditions are below). With --real-time the time differs, and is mixed into what is random.
#   --start SECONDS    what the virtual clock shows at the start, in seconds since 1970
#   --memory SIZE      the machine's memory; default 512M
#   --writable DIR     changes below DIR reach the host; everything else is read-only or goes to memory. Repeatable.
#   --env NAME[=VALUE] sets a variable for the command, or hands ours on. Nothing else is handed on. Repeatable.
#   --job DIR          the command finds the files of DIR in /run/guest/job, and changes there reach the host. What the
#                      machine itself leaves there (stdout, stderr, console, ...) stays. Without it: a temporary one.
#   --terminal         our standard input and output are the machine's /dev/tty1; the command's output goes to our
#                      standard error
#   --timeout SECONDS  kill the machine after so much of our time: exit status 124
#
# The command finds the host's files, an empty /tmp and /run, and no input. Its output and exit status are passed
# on; status 125 means that the machine itself failed. No root is needed.
#
# shellcheck disable=SC2317 # a trap calls cleanup
# shellcheck disable=SC3013 # test -ef is in POSIX since 2024, and in dash long since
set -eu

# Closed descriptors would be reused by the next opened file.
[ -e /proc/self/fd/0 ] || exec </dev/null
[ -e /proc/self/fd/1 ] || exec >/dev/null
[ -e /proc/self/fd/2 ] || exec 2>/dev/null
exec 3<&0 </dev/null

here=$(cd "$(dirname "$0")" && pwd)
start=1767225600 # 2026-01-01 00:00:00 UTC
memory=512M
timeout=0
seed=
real_time=
terminal=
kept=
job=
group=
watchdog=
relays=

say() { echo "guest.sh: $*" >&2; }
die() { say "$2"; exit "$1"; }

usage() {
	sed -n '2,/^# shellcheck/{/^# shellcheck/d;s/^# \{0,1\}//p}' "$0"
	exit "$1"
}

# One word of shell code.
quote() {
	case $1 in
	'' | *[!A-Za-z0-9_./:=,@%+-]*) printf '%s\n' "$1" | sed "s/'/'\\\\''/g; 1s/^/'/; \$s/\$/'/" ;;
	*) printf '%s\n' "$1" ;;
	esac
}

needs_value() { # OPTION, REMAINING ARGUMENTS
	[ "$2" -ge 2 ] || die 64 "$1 needs a value"
}

# A number without a sign; the shell's own have 63 bits.
fits_64_bits() { # TEXT
	case $1 in
	'' | *[!0-9]* | ?????????????????????*) return 1 ;;
	????????????????????) ;;
	*) return 0 ;;
	esac
	[ "${1%??????????}" -lt 1844674407 ] ||
		{ [ "${1%??????????}" -eq 1844674407 ] && [ "${1#??????????}" -le 3709551615 ]; }
}

# The host's directory DIR, for init.sh. hostfs takes its options as a list with commas.
share() { # DIR, ro|rw
	case $1 in *,*) die 64 "no comma may be in $1" ;; esac
	echo "from_host $(quote "$1") $2"
}

setup=
environment=
add_environment() { # NAME[=VALUE]
	case $1 in
	[!A-Za-z_]* | '' ) die 64 "--env $1: not a name" ;;
	*=*) environment="$environment $(quote "$1")" ;;
	*[!A-Za-z0-9_]*) die 64 "--env $1: not a name" ;;
	*)
		# An unset variable stays unset.
		eval "[ -z \"\${$1+set}\" ]" || environment="$environment $(eval "quote \"$1=\$$1\"")"
		;;
	esac
}

while [ $# -gt 0 ]; do
	case $1 in
	--real-time) real_time=yes ;;
	--terminal) terminal=con1=fd:3,fd:4 ;;
	--seed | --start | --memory | --writable | --env | --job | --timeout)
		needs_value "$1" $#
		case $1 in
		--seed)
			fits_64_bits "$2" || die 64 "--seed $2: not a number from 0 to 18446744073709551615"
			seed=wgsim.seed=$2
			;;
		--start) start=$2 ;;
		--memory) memory=$2 ;;
		--timeout) timeout=$2 ;;
		--env) add_environment "$2" ;;
		--job) kept=$(cd "$2" && pwd -P) || die 64 "--job $2: no such directory" ;;
		--writable)
			directory=$(cd "$2" && pwd -P) || die 64 "--writable $2: no such directory"
			setup="$setup$(share "$directory" rw)
"
			;;
		esac
		shift
		;;
	-h | --help) usage 0 ;;
	--)
		shift
		break
		;;
	-*) die 64 "unknown option $1; --help lists them" ;;
	*) break ;;
	esac
	shift
done
[ $# -gt 0 ] || usage 64 >&2
for number in "$start" "$timeout"; do
	case $number in '' | *[!0-9]*) die 64 "not a number of seconds: $number" ;; esac
done

# Directories hidden by init.sh must be mounted explicitly: this tree, and the current directory.
where=$(pwd -P)
tree=$(cd "$here/.." && pwd -P)
for directory in "$where" "$tree"; do
	case $directory/ in
	/tmp/?* | /run/?* | /var/tmp/?* | /dev/shm/?*) setup="$(share "$directory" ro)
$setup" ;;
	esac
done

cleanup() {
	status=$?
	trap - EXIT INT TERM
	for leader in $group $watchdog; do
		kill -s KILL -- "-$leader" 2>/dev/null || :
	done
	# shellcheck disable=SC2086 # a list
	[ -z "$relays" ] || kill $relays 2>/dev/null || :
	wait 2>/dev/null || :
	[ -z "$job" ] || [ -n "$kept" ] || rm -rf "$job"
	exit "$status"
}

kernel=$("$here/kernel/build.sh")
trap cleanup EXIT
trap 'exit 130' INT
trap 'exit 143' TERM
job=${kept:-$(mktemp -d "${TMPDIR:-/tmp}/wgsim-guest.XXXXXX")}
if [ -n "$terminal" ]; then
	exec 4>&1 >&2
else
	exec 3<&-
fi
printf '%s' "$setup" >"$job/setup"
{
	echo "cd $(quote "$where") || exit"
	# shellcheck disable=SC2016 # the guest expands PATH
	printf 'exec env -i PATH="$PATH" HOME=/tmp LANG=C.UTF-8%s' "$environment"
	for word; do printf ' %s' "$(quote "$word")"; done
	echo
} >"$job/command"
: >"$job/stdout"
# If our two outputs are one file, the order of their lines is kept.
[ /proc/self/fd/1 -ef /proc/self/fd/2 ] || : >"$job/stderr"

# The kernel keeps the guest's memory in a file in /dev/shm, which is small in many containers.
kilobytes() { # SIZE
	case $1 in
	*[Gg]) echo $((${1%?} * 1048576)) ;;
	*[Mm]) echo $((${1%?} * 1024)) ;;
	*[Kk]) echo "${1%?}" ;;
	*) echo $(($1 / 1024)) ;;
	esac
}
free=$(df -kP /dev/shm 2>/dev/null | awk 'END { print $4 }')
if [ "${free:-0}" -ge "$(kilobytes "$memory")" ]; then
	ln -sf -t "$job" "$here/kernel/init.sh" /dev/shm
else
	ln -sf -t "$job" "$here/kernel/init.sh"
	mkdir -p "$job/shm"
fi

# Prints the processors that we may use, starting at a random one.
processors() {
	while read -r key list; do
		[ "$key" != Cpus_allowed_list: ] || break
	done </proc/self/status
	all=
	while [ -n "$list" ]; do
		range=${list%%,*}
		list=${list#"$range"}
		list=${list#,}
		number=${range%-*}
		while [ "$number" -le "${range#*-}" ]; do
			all="$all $number"
			number=$((number + 1))
		done
	done
	# shellcheck disable=SC2086 # a list
	set -- $all
	skip=$(($$ % $#))
	while [ $skip -gt 0 ]; do
		first=$1
		shift
		set -- "$@" "$first"
		skip=$((skip - 1))
	done
	echo "$@"
}

# A processor that no other guest uses, as a command that binds to it: the kernel and its processes alternate, some
# hundred times for each program that is started, and a switch takes three times as long between processors. We
# hold it with a lock on descriptor 8. If all are taken, the host decides.
bind=
for number in $(processors); do
	lock=${kernel%/*}/processor-$number.lock
	{ true >>"$lock"; } 2>/dev/null || break
	exec 8>>"$lock"
	if flock -n 8; then
		bind="taskset -c $number"
		break
	fi
	exec 8>&-
done

travel=
[ -n "$real_time" ] || travel="time-travel=inf-cpu time-travel-start=${start}000000000"

# The guest's processes can be entered without ptrace, which takes a third of the processor time away.
enter=seccomp=auto

fixed=
if [ -n "$seed" ]; then
	fixed="setarch -R"
	if ! $fixed true 2>/dev/null; then
		say "no fixed addresses here (setarch -R): how much memory is free differs from run to run"
		fixed=
	fi
fi

# Reproducible with --seed, and why:
#   - All randomness comes from the seed (kernel/patches/), and the host's is not mixed in (kernel/config).
#   - The command line is the same, because the kernel mixes it into its random numbers: nothing in it depends on
#     where this tree, the job's directory or the command lie. Environment, descriptors and umid are the same, too.
#   - The clock starts at a time that is given, and moves only when everything sleeps.
#   - No addresses are random on the host: the kernel's own size, and so its free memory, would depend on them.
#   - The host's files are mounted read-only or without access times: an inode to be written wakes a thread.
#   - Output goes to files, never to pipes: the kernel never waits for the host.
# What remains of the host, and must not reach a decision or be printed: its files' contents, times, inode numbers
# and their order in a directory; free space; what the processor says of itself (cpuid, rdtsc, rdrand).
#
# A session of its own lets us end all of its processes together, and should this script be killed with -9, the
# kernel goes with it. For the scheduler a session is a group, in which a nice value counts only inside (autogroup,
# sched(7)): the group gets ours.
#
# shellcheck disable=SC2016 # expanded there
grouped='[ "$(nice)" -eq 0 ] || { nice >/proc/self/autogroup; } 2>/dev/null || :; exec "$@"'
# shellcheck disable=SC2086 # lists of words
(
	cd "$job"
	[ -n "$terminal" ] || exec 3<&- 4<&-
	exec 5<&- 6<&- 7<&- 8<&- 9<&-
	exec setsid sh -c "$grouped" sh setpriv --pdeathsig KILL $bind $fixed env -i TMPDIR=shm "$kernel" "mem=$memory" \
		root=/dev/root rootfstype=hostfs rootflags=/ ro init=/proc/self/cwd/init.sh \
		con=null con0=null,fd:2 quiet dummy.numdummies=0 ifb.numifbs=0 uml_dir=. umid=uml $travel \
		$enter $seed $terminal
) >"$job/console" 2>&1 &
group=$!
if [ "$timeout" -gt 0 ]; then
	# shellcheck disable=SC2016 # expanded there
	setsid sh -c 'sleep "$0"; : >"$1/timed-out"; kill -s KILL -- "-$2"' "$timeout" "$job" "$group" >/dev/null 2>&1 &
	watchdog=$!
fi
relay() { # FILE
	exec setpriv --pdeathsig KILL tail -s 0.05 -f -c +1 --pid="$group" "$1" 2>/dev/null
}
relay "$job/stdout" &
relays=$!
if [ -e "$job/stderr" ]; then
	relay "$job/stderr" >&2 &
	relays="$relays $!"
fi

ended=0
wait "$group" 2>/dev/null || ended=$?
# Only what is no longer waited for counts as ended for tail, which looks for it when the file seems to change.
truncate -c -s +0 "$job/stdout" "$job/stderr"
# shellcheck disable=SC2086 # a list
wait $relays || :
if [ -s "$job/status" ]; then
	exit "$(cat "$job/status")"
fi
[ ! -e "$job/timed-out" ] || die 124 "no end after $timeout s"
say "the simulated machine failed (its kernel's exit status: $ended). The last lines of its console:"
# Without the frames of a stack.
sed '/^ \[</d' "$job/console" | tail -n 20 | sed 's/^/  /' >&2
if grep -q 'memory on the host side' "$job/console"; then
	say "raise vm.max_map_count on the host, or give it more memory"
fi
exit 125
