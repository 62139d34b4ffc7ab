#!/bin/sh
# Builds the user-mode Linux kernel that the simulator boots, once, and prints the path of the binary.
#
# usage: build.sh           build it unless it is cached; progress on stderr
#        build.sh --path    only look it up: exit status 1 when it has not been built yet
#
# WGR_LINUX is the version, 6.12 (the default) or 7.2: patches/ has a directory for each. The source is Debian's package
# linux-source-VERSION, where it is installed; a later Linux than this Debian has is taken from the backports of Debian 13
# by apt, which checks it. WGR_LINUX_SOURCE names another tarball.
#
# The binary is kept outside of the source tree, in $WGR_CACHE (default: wgreconcile/ in the user's cache), under
# a name that changes with everything that goes into it.
set -eu

here=$(cd "$(dirname "$0")" && pwd)
linux=${WGR_LINUX:-6.12}
package=linux-source-$linux
tarball=${WGR_LINUX_SOURCE:-/usr/src/$package.tar.xz}
cache=${WGR_CACHE:-${XDG_CACHE_HOME:-${HOME:-/root}/.cache}/wgreconcile}
keyring=/usr/share/keyrings/debian-archive-keyring.gpg

say() { echo "build.sh: $*" >&2; }
die() { say "$*"; exit 1; }

# Whether the source is fetched by this script: the package does not exist in the Debian releases that are supported.
is_fetched() {
	[ "$linux" != 6.12 ] && [ -z "${WGR_LINUX_SOURCE:-}" ] && [ ! -r "$tarball" ]
}

# The package's version names its tarball well, and is read faster than 150 MB are summed. What is fetched is the newest
# of its version, and a binary made from an earlier one is kept.
source_version() {
	if is_fetched; then
		echo "$package of the backports"
		return
	fi
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
		cat "$here/build.sh" "$here/config" "$here"/patches/*.patch "$here/patches/$linux"/*.patch
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

# The address of Debian's packages that apt uses here.
mirror() {
	# shellcheck disable=SC2016 # apt's variables
	found=$(apt-get indextargets --format '$(LABEL) $(REPO_URI)' 'Created-By: Packages' 2>/dev/null |
		sed -n 's/^Debian //p' | head -n 1)
	echo "${found:-http://deb.debian.org/debian}"
}

# apt with one source and directories of its own; the machine's own lists are not changed.
apt_apart() { # DIRECTORY, SUBCOMMAND...
	apart=$1
	shift
	apt-get -qq -o Dir::Etc::SourceList="$apart/sources" -o Dir::Etc::SourceParts=/dev/null \
		-o Dir::State::Lists="$apart/lists" -o Dir::Cache="$apart/cache" -o APT::Sandbox::User=root "$@" >&2
}

# Puts the tarball there.
fetch_source() { # DIRECTORY
	if ! command -v apt-get >/dev/null || [ ! -r "$keyring" ]; then
		die "$package is not installed, and this is no Debian to fetch it; WGR_LINUX_SOURCE names a tarball"
	fi
	mkdir -p "$1/lists/partial" "$1/cache/archives/partial"
	echo "deb [signed-by=$keyring] $(mirror) trixie-backports main" >"$1/sources"
	say "fetching $package from Debian's backports"
	apt_apart "$1" update || die "the index of Debian's backports cannot be read"
	(cd "$1" && apt_apart "$1" download "$package") || die "Debian's backports have no $package"
	dpkg-deb --fsys-tarfile "$1/${package}"_*.deb | tar -C "$1" -x "./usr/src/$package.tar.xz"
	tarball=$1/usr/src/$package.tar.xz
}

build() { # TEMPORARY DIRECTORY, RESULT
	if is_fetched; then fetch_source "$1"; fi
	say "unpacking $tarball"
	mkdir "$1/linux"
	tar -C "$1/linux" --strip-components=1 -xf "$tarball"
	cd "$1/linux"
	for patch in "$here"/patches/*.patch "$here/patches/$linux"/*.patch; do
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
	say "compiling Linux $linux with $(nproc) jobs; this takes some minutes"
	make -s -j"$(nproc)" linux
	strip -o "$1/result" linux
	cd "$cache"
	mv "$1/result" "$2"
}

[ -d "$here/patches/$linux" ] ||
	die "WGR_LINUX=$linux: there are patches for $(cd "$here/patches" && echo [0-9]*/ | sed 's|/||g')"
case ${1:-} in
'' | --path) ;;
--build-in)
	build "$2" "$3"
	exit
	;;
*) die "usage: build.sh [--path]" ;;
esac
[ -r "$tarball" ] || is_fetched || die "$tarball is missing; 'make deps' installs it (package $package)"
kernel=$cache/linux-um-$(key)
if [ "${1:-}" != --path ] && [ ! -x "$kernel" ]; then
	mkdir -p "$cache"
	# Two builds at a time: the second waits for the first and finds its result.
	exec 9>"$cache/linux-um.lock"
	flock -n 9 || { say "waiting for another build"; flock 9; }
	if [ ! -x "$kernel" ]; then
		# No other build runs now: what lies here was left by one that was killed.
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
