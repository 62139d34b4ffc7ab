#!/bin/sh
# The first process of a simulated machine, started by the kernel that guest.sh boots: makes the machine usable, runs
# the one command, leaves its exit status to guest.sh and switches the machine off. Most of the time that it takes is
# the start of processes.
#
# guest.sh keeps what belongs to one run in a directory of the host, and starts the kernel there, so that the
# directory has the same name in every run (/proc/self/cwd). The files in it:
#   init.sh          a link to this file
#   setup, command   from guest.sh: shell code to source
#   stdout, stderr   of the command, or just stdout for both; files, because a full pipe would make time jump
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

# Access times would be compared with the host's times, and make work for the kernel or not.
host=noatime,hostfs

# A directory of the host under its own name, also where a tmpfs covers that name.
from_host() { # DIRECTORY, ro|rw
	[ -d "$1" ] || try mkdir -p "$1"
	try mount -t hostfs -o "$2,$host=$1" none "$1"
}

mount -t proc proc /proc
mount -t tmpfs -o mode=755 tmpfs /run
over=/run/guest/over
mkdir -p "$job" /run/lock $over/etc $over/etc.work $over/var $over/var.work
mount -t hostfs -o "rw,$host=/proc/self/cwd" none "$job"
exec </dev/null >>"$job/stdout" 2>&1
[ ! -e "$job/stderr" ] || exec 2>>"$job/stderr"

# In /etc and /var, what the host has stays visible, and what is written goes to memory.
echo "
sysfs	/sys		sysfs	defaults
devpts	/dev/pts	devpts	mode=620,ptmxmode=666,x-mount.mkdir
tmpfs	/dev/shm	tmpfs	x-mount.mkdir
tmpfs	/tmp		tmpfs	defaults
overlay	/etc		overlay	lowerdir=/etc,upperdir=$over/etc,workdir=$over/etc.work
overlay	/var		overlay	lowerdir=/var,upperdir=$over/var,workdir=$over/var.work
tmpfs	/var/tmp	tmpfs	defaults
" >/run/guest/fstab
try mount -a -T /run/guest/fstab
try mkdir -p /dev/mqueue
ln -sfn /proc/self/fd /dev/fd
ln -sfn fd/0 /dev/stdin
ln -sfn fd/1 /dev/stdout
ln -sfn fd/2 /dev/stderr
chmod 666 /dev/net/tun
# Up, and a loopback interface.
echo 0x9 >/sys/class/net/lo/flags || finish 125
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
