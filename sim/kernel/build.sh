#!/bin/sh
# Builds the user-mode Linux kernel that the simulator boots, once, and prints the path of the binary.
#
# usage: build.sh           build it unless it is cached; progress on stderr
#        build.sh --path    only look it up: exit status 1 when it has not been built yet
#
# The binary is kept outside of the source tree, in $WGR_CACHE (default: wgreconcile/ in the user's cache), under
# a name that changes with everything that goes into it.
set -eu

here=$(cd "$(dirname "$0")" && pwd)
package=linux-source-6.12
tarball=${WGR_LINUX_SOURCE:-/usr/src/$package.tar.xz}
cache=${WGR_CACHE:-${XDG_CACHE_HOME:-${HOME:-/root}/.cache}/wgreconcile}

say() { echo "build.sh: $*" >&2; }
die() { say "$*"; exit 1; }

# The package's version names its tarball well, and is read faster than 150 MB are summed.
source_version() {
	if [ -z "${WGR_LINUX_SOURCE:-}" ]; then
		dpkg-query -W -f '${Version}\n' "$package" 2>/dev/null && return
	fi
	sha256sum <"$tarball"
}

# The name of this machine's result.
key() {
	{
		uname -m
		source_version
		cat "$here/build.sh" "$here/config" "$here"/patches/*.patch
	} | sha256sum | cut -c1-16
}

# A line "CONFIG_X=n" of the fragment holds when the option is off or does not exist.
check_config() { # FRAGMENT .CONFIG
	missing=
	while IFS= read -r line; do
		case $line in
		CONFIG_*=n) if grep -q "^${line%=n}=" "$2"; then missing="$missing $line"; fi ;;
		CONFIG_*) if ! grep -qxF "$line" "$2"; then missing="$missing $line"; fi ;;
		esac
	done <"$1"
	[ -z "$missing" ] || die "the kernel's configuration did not take:$missing"
}

build() { # TEMPORARY DIRECTORY, RESULT
	say "unpacking $tarball"
	mkdir "$1/linux"
	tar -C "$1/linux" --strip-components=1 -xf "$tarball"
	cd "$1/linux"
	for patch in "$here"/patches/*.patch; do
		say "applying ${patch##*/}"
		patch -s -p1 <"$patch"
	done
	# The same input gives the same binary.
	export ARCH=um KBUILD_BUILD_USER=wgsim KBUILD_BUILD_HOST=wgsim KBUILD_BUILD_VERSION=1
	export KBUILD_BUILD_TIMESTAMP='1970-01-01 00:00:00 UTC' SOURCE_DATE_EPOCH=0
	make -s defconfig
	scripts/kconfig/merge_config.sh -m .config "$here/config" >/dev/null
	make -s olddefconfig
	check_config "$here/config" .config
	say "compiling with $(nproc) jobs; this takes some minutes"
	make -s -j"$(nproc)" linux
	strip -o "$1/result" linux
	cd "$cache"
	mv "$1/result" "$2"
}

case ${1:-} in
'' | --path) ;;
--build-in)
	build "$2" "$3"
	exit
	;;
*) die "usage: build.sh [--path]" ;;
esac
[ -r "$tarball" ] || die "$tarball is missing; 'make deps' installs it (package $package)"
kernel=$cache/linux-um-$(key)
if [ "${1:-}" != --path ] && [ ! -x "$kernel" ]; then
	mkdir -p "$cache"
	# Two builds at a time: the second waits for the first and finds its result.
	exec 9>"$cache/linux-um.lock"
	flock -n 9 || { say "waiting for another build"; flock 9; }
	if [ ! -x "$kernel" ]; then
		# Nobody else is building now: what lies here was left by a build that was killed.
		rm -rf "$cache"/linux-um-build.*
		tmp=$(mktemp -d "$cache/linux-um-build.XXXXXX")
		trap 'rm -rf "$tmp"' EXIT
		# A session of its own, so that a signal ends make and all of its compilers at once.
		setsid "$0" --build-in "$tmp" "$kernel" 9>&- >&2 &
		builder=$!
		trap 'kill -s TERM -- "-$builder"; wait; exit 130' INT
		trap 'kill -s TERM -- "-$builder"; wait; exit 143' TERM
		wait "$builder" || exit
		say "built $kernel"
	fi
fi
[ -x "$kernel" ] || exit 1
echo "$kernel"
