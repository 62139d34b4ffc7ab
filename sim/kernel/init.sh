#!/bin/sh
# The first process of a simulated machine, started by the kernel that guest.sh boots: makes the machine usable, runs
# the one command, leaves its exit status to guest.sh and switches the machine off.
#
# guest.sh keeps what belongs to one run in a directory of the host, and starts the kernel there, so that the
# directory has the same name in every run (/proc/self/cwd). The files in it:
#   setup, command   from guest.sh: shell code to source
#   stdout, stderr   of the command, or just stdout for both; a file, because a pipe that is full would make the virtual time jump
#   status           the exit status; guest.sh takes its absence for a crash

PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin
export PATH
umask 022
cd / || exit

job=/run/guest/job

# The directory on the host is the only thing that can say what went wrong.
finish() { # STATUS
	echo "$1" >"$job/status"
	cd /
	sync
	echo o >/proc/sysrq-trigger
	while :; do sleep 1; done
}

try() {
	"$@" || { echo "init.sh: failed: $*" >&2; finish 125; }
}

# What the host has there stays visible; what is written goes to memory.
writable() { # DIRECTORY
	over=/run/guest/over$(echo "$1" | tr / -)
	try mkdir -p "$over/upper" "$over/work"
	try mount -t overlay -o "lowerdir=$1,upperdir=$over/upper,workdir=$over/work" overlay "$1"
}

# The option has a name for a mount(8) that uses the new system calls (util-linux 2.39), and none for an older one.
mount_host() { # HOST DIRECTORY, MOUNT POINT, ro|rw
	mount -t hostfs -o "$3,hostfs=$1" none "$2" 2>/dev/null || mount -t hostfs -o "$3,$1" none "$2"
}

# A directory of the host under its own name, also where a tmpfs covers that name.
from_host() { # DIRECTORY, ro|rw
	[ -d "$1" ] || try mkdir -p "$1"
	try mount_host "$1" "$1" "$2"
}

mount -t proc proc /proc
mount -t tmpfs -o mode=755 tmpfs /run
mkdir -p "$job" /run/lock
mount_host /proc/self/cwd "$job" rw
exec </dev/null >>"$job/stdout" 2>&1
[ ! -e "$job/stderr" ] || exec 2>>"$job/stderr"

try mount -t sysfs sysfs /sys
try mkdir -p /dev/pts /dev/shm /dev/mqueue
try mount -t devpts -o mode=620,ptmxmode=666 devpts /dev/pts
try mount -t tmpfs tmpfs /dev/shm
ln -sfn /proc/self/fd /dev/fd
ln -sfn fd/0 /dev/stdin
ln -sfn fd/1 /dev/stdout
ln -sfn fd/2 /dev/stderr
chmod 666 /dev/net/tun
try mount -t tmpfs tmpfs /tmp
writable /etc
writable /var
try mount -t tmpfs tmpfs /var/tmp
try ip link set lo up
echo guest >/proc/sys/kernel/hostname

# shellcheck source=/dev/null
. "$job/setup"

(
	# shellcheck source=/dev/null
	. "$job/command"
)
status=$?
# What the command left running must not write any more.
kill -s KILL -- -1 2>/dev/null
finish "$status"
