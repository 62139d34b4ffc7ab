#!/bin/sh
# SPDX-License-Identifier: MIT
# Tests the commands of README.md on a machine without manual installations: makes a bare Debian with the newest
# packages of its release, clones the last commit of this tree into it, and runs `make deps demo` and
# `make deps check` there, the second one with the packages of the first one. As root, on any machine with apt.
#
# usage: fresh.sh [12|13] [demo|check]...    default: 12, both commands
#
# The mirror and its options are those of apt on this machine. The root directory is below TMPDIR (default /var/tmp),
# has up to 4 GB and is removed at the end. The time-travel kernel's cache (WGR_CACHE, or its default) is shared, so
# that the kernel is built once. The script prints the time of each step. The last line is the last one of the tests,
# "N passed, N failed". Exit status 1 when a command fails.
set -eu

here=$(cd "$(dirname "$0")" && pwd)
tree=$(cd "$here/.." && pwd)
work=
packages=systemd,systemd-sysv,systemd-timesyncd,make,git

say() { echo "fresh.sh: $*"; }
die() { say "$*" >&2; exit 1; }

# ---- In new namespaces ----

device() { # NAME MAJOR MINOR: this machine's, or a new one
	mkdir -p "$(dirname "$root/dev/$1")"
	if [ -c "/dev/$1" ]; then
		: >"$root/dev/$1"
		mount --bind "/dev/$1" "$root/dev/$1"
	else
		mknod -m 666 "$root/dev/$1" c "$2" "$3" || say "there is no /dev/$1 here"
	fi
}

devices() {
	mount -t tmpfs -o mode=755 tmpfs "$root/dev"
	device null 1 3
	device zero 1 5
	device full 1 7
	device random 1 8
	device urandom 1 9
	device tty 5 0
	device net/tun 10 200
	mkdir "$root/dev/pts" "$root/dev/shm"
	mount -t devpts -o newinstance,ptmxmode=666,mode=620 devpts "$root/dev/pts"
	mount -t tmpfs -o mode=1777 tmpfs "$root/dev/shm"
	ln -s pts/ptmx "$root/dev/ptmx"
	ln -s /proc/self/fd "$root/dev/fd"
	ln -s fd/0 "$root/dev/stdin"
	ln -s fd/1 "$root/dev/stdout"
	ln -s fd/2 "$root/dev/stderr"
}

inside() { # ROOT CACHE COMMAND...
	root=$1 cache=$2
	shift 2
	mount --bind "$root" "$root"
	mount -t proc proc "$root/proc"
	mount -t sysfs sysfs "$root/sys"
	devices
	mount -t tmpfs -o mode=755 tmpfs "$root/run"
	mkdir "$root/run/lock"
	mount -t tmpfs -o mode=1777 tmpfs "$root/tmp"
	mkdir -p "$root/root/.cache/wgreconcile"
	mount --bind "$cache" "$root/root/.cache/wgreconcile"
	hostname fresh
	# pivot_root instead of chroot: namespaces made inside need a root that is a mount point.
	cd "$root"
	mkdir -p mnt/before
	pivot_root . mnt/before
	cd /
	umount -l /mnt/before
	exec "$@"
}

# ---- Outside ----

# Runs the command in the root; its output goes to the file and to standard output.
in_root() { # OUTPUT FILE, COMMAND...
	output=$1
	shift
	(
		status=0
		# shellcheck disable=SC2016 # expanded there
		sh -c 'echo $$ >"$0" && exec "$@"' "$work/pid" \
			unshare --mount --propagation private --pid --ipc --uts --fork --kill-child \
			sh "$here/fresh.sh" --inside "$work/root" "$cache" \
			env -i PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin \
			HOME=/root LANG=C.UTF-8 ${http_proxy:+"http_proxy=$http_proxy"} \
			${https_proxy:+"https_proxy=$https_proxy"} ${no_proxy:+"no_proxy=$no_proxy"} \
			"$@" 2>&1 </dev/null || status=$?
		echo "$status" >"$work/status"
	) | tee "$output" &
	wait $!
	return "$(cat "$work/status")"
}

tidy_up() {
	status=$?
	trap - EXIT INT TERM HUP
	# The end of unshare ends all of its processes and with them its mounts.
	[ ! -s "$work/pid" ] || kill -s KILL "$(cat "$work/pid")" 2>/dev/null || :
	[ -z "$maker" ] || kill -s TERM "$maker" 2>/dev/null || :
	wait
	rm -rf --one-file-system "$work"
	exit "$status"
}

# The address of Debian's packages: that of apt on this machine, if it is a Debian.
mirror() { # LABEL, DEFAULT
	found=$(apt-get indextargets --format '$(LABEL) $(REPO_URI)' 'Created-By: Packages' 2>/dev/null |
		sed -n "s/^$1 //p" | head -n 1)
	echo "${found:-$2}"
}

sources() { # CODENAME
	main=$(mirror Debian http://deb.debian.org/debian)
	security=$(mirror Debian-Security http://deb.debian.org/debian-security)
	echo "deb $main $1 main"
	echo "deb $main $1-updates main"
	echo "deb $security $1-security main"
}

# This machine's options of apt for the mirror: proxies, certificates, checks.
apt_options() {
	apt-config dump | grep -E '^Acquire::((http|https|ftp)::|Check-|Max-|Min-|Retries|ForceIPv)' || :
}

make_root() { # CODENAME
	if ! command -v mmdebstrap >/dev/null; then
		apt-get update -qq
		DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends mmdebstrap
	fi
	sources "$1" >"$work/sources"
	apt_options >"$work/apt.conf"
	case $(cat "$work/sources") in *https:*) packages=$packages,ca-certificates ;; esac
	# Without --dpkgopt half of the time is spent waiting for the disk.
	mmdebstrap --quiet --mode=root --variant=minbase --include="$packages" --aptopt="$work/apt.conf" \
		--dpkgopt=force-unsafe-io "$1" "$work/root" "$work/sources" </dev/null >"$work/log" 2>&1 &
	maker=$!
	wait "$maker" || { cat "$work/log" >&2; die "no root of Debian $1"; }
	maker=
	cp -L /etc/resolv.conf /etc/hosts "$work/root/etc"
	# Certificates in the options of apt.
	sed -n 's/^.*::Ca[A-Za-z]* "\(.*\)";$/\1/p' "$work/apt.conf" | while read -r file; do
		[ ! -f "$file" ] || install -D -m 644 "$file" "$work/root$file"
	done
}

# git does not read the repository of another user without safe.directory.
clone() {
	printf '[safe]\n\tdirectory = *\n' >"$work/gitconfig"
	export GIT_CONFIG_GLOBAL="$work/gitconfig"
	commit=$(git -C "$tree" rev-parse HEAD)
	git clone -q --no-hardlinks "$tree" "$work/root/root/wgreconcile" 2>&1
	git -C "$work/root/root/wgreconcile" checkout -q --detach "$commit"
	say "the commit is $(git -C "$tree" log -1 --format='%h %s' "$commit")"
	[ -z "$(git -C "$tree" status --porcelain)" ] || say "changes that are not committed are not in it"
}

try() { # GOAL
	began=$(date +%s)
	result=0
	say "Debian $release: make deps $1"
	in_root "$work/$1" make -C /root/wgreconcile deps "$1" || result=$?
	took="$took; make deps $1: $(($(date +%s) - began)) s, status $result"
	[ $result -eq 0 ] || failed="$failed $1"
}

if [ "${1:-}" = --inside ]; then
	shift
	inside "$@"
fi
release=12
case ${1:-} in 12 | 13)
	release=$1
	shift
	;;
esac
[ $# -gt 0 ] || set -- demo check
for goal; do
	case $goal in demo | check) ;; *) sed -n '3,/^set/{/^set/d;s/^# \{0,1\}//p}' "$0" >&2; exit 64 ;; esac
done
[ "$(id -u)" -eq 0 ] || die "it needs root"
case $release in 12) codename=bookworm ;; 13) codename=trixie ;; esac
cache=${WGR_CACHE:-${XDG_CACHE_HOME:-${HOME:-/root}/.cache}/wgreconcile}
mkdir -p "$cache"
maker=
failed=
work=$(mktemp -d "${TMPDIR:-/var/tmp}/wgreconcile-fresh.XXXXXX")
trap tidy_up EXIT
trap 'exit 129' HUP
trap 'exit 130' INT
trap 'exit 143' TERM
began=$(date +%s)
make_root "$codename"
took="a bare root: $(($(date +%s) - began)) s"
clone
for goal; do try "$goal"; done
say "Debian $release: $took"
[ ! -e "$work/check" ] || grep '^[0-9][0-9]* passed, [0-9][0-9]* failed' "$work/check" | tail -n 1
[ -z "$failed" ]
