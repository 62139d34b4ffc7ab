#!/bin/sh
# SPDX-License-Identifier: MIT
# Installs the missing packages of ci/deps.list. Debian 12 and 13; as root, if any package is missing.
#
# usage: deps.sh [--missing] [build|demo|test|report|kernel|analysis|lint]...
#
# Without a purpose: all packages. --missing only prints the packages.
#
# No service is started, neither now nor at the next boot, and no package is removed. chrony would replace the present
# NTP service of this machine: then only its program is installed, in /usr/local/sbin, and only the tests start it.
set -eu

list=$(dirname "$0")/deps.list
policy=/usr/sbin/policy-rc.d
policy_mark='# made by ci/deps.sh, for a moment'
chronyd=/usr/local/sbin/chronyd
tmp=
before= # the packages that were installed before this script installs

say() { echo "deps.sh: $*"; }
die() { say "$*" >&2; exit 1; }

# "purpose package" for each line of the list
entries() { sed 's/[[:blank:]]*#.*//; /^[[:blank:]]*$/d' "$list"; }

wanted() { # PURPOSE...
	entries | while read -r purpose package; do
		case " ${*:-$purpose} " in *" $purpose "*) echo "$package" ;; esac
	done
}

is_installed() { # PACKAGE
	case $(dpkg-query -W -f '${Status}' "$1" 2>/dev/null) in "install ok installed") return 0 ;; esac
	[ "$1" = chrony ] && [ -x "$chronyd" ]
}

missing_of() { # PACKAGE...
	for package; do is_installed "$package" || printf '%s ' "$package"; done
}

# The packages that apt can install.
known() { # PACKAGE...
	for package; do
		if apt-cache policy "$package" | grep -q '^  Candidate: [^(]'; then printf '%s ' "$package"; fi
	done
}

elsewhere() {
	say "there is no apt-get here. Install by other means what Debian calls"
	for purpose in $(entries | cut -f1 | uniq); do
		say "  to $(purpose_text "$purpose"): $(wanted "$purpose" | paste -sd' ')"
	done
	exit 1
} >&2

purpose_text() { # PURPOSE
	case $1 in
	build) echo "build" ;;
	demo) echo "show the demo" ;;
	test) echo "test, besides what the demo needs" ;;
	analysis) echo "run the sanitizers, valgrind and the fuzzers" ;;
	report) echo "draw reports, and to test that" ;;
	kernel) echo "make the time-travel kernel (Linux 6.12's source as ${WGR_LINUX_SOURCE:-a tarball; WGR_LINUX_SOURCE names it})" ;;
	*) echo "$1" ;;
	esac
}

# ---- Installing ----

# invoke-rc.d and deb-systemd-invoke call this file first. A running service may still be restarted.
policy_put() {
	if [ -e "$policy" ] && ! grep -qxF "$policy_mark" "$policy"; then return; fi
	tmp=$(mktemp "$policy.XXXXXX")
	cat >"$tmp" <<-END
		#!/bin/sh
		$policy_mark
		case "\$*" in *start*) case "\$*" in *restart*) ;; *) exit 101 ;; esac ;; esac
	END
	chmod 755 "$tmp"
	mv "$tmp" "$policy"
}

installed() {
	dpkg-query -W -f '${Package} ${Status}\n' | sed -n 's/ install ok [a-z-]*$//p' | sort -u
}

# The units of packages that were not installed before. Those of systemd are needed for the boot.
new_units() {
	installed | while read -r package; do
		case $package in systemd* | dbus*) continue ;; esac
		printf '%s\n' "$before" | grep -qxF "$package" || dpkg-query -L "$package"
	done | sed -n 's|^\(/usr\)\{0,1\}/lib/systemd/system/\([^/@]*\.\(service\|socket\|timer\|path\)\)$|\2|p' | sort -u
}

new_scripts() {
	installed | while read -r package; do
		printf '%s\n' "$before" | grep -qxF "$package" || dpkg-query -L "$package"
	done | sed -n 's|^/etc/init\.d/\([^/]*\)$|\1|p' | sort -u
}

# Packages enable their services for the next boot. A service disabled by systemctl stays disabled in an upgrade.
new_services_disable() {
	for unit in $(new_units); do
		! command -v systemctl >/dev/null || systemctl --quiet disable "$unit" >/dev/null 2>&1 || :
	done
	for script in $(new_scripts); do
		! command -v update-rc.d >/dev/null || update-rc.d "$script" disable >/dev/null 2>&1 || :
	done
}

tidy_up() {
	status=$?
	trap - EXIT
	[ -z "$before" ] || new_services_disable
	[ -z "$tmp" ] || rm -rf "$tmp" # policy_put() or chronyd_put() was interrupted
	if [ -e "$policy" ] && grep -qxF "$policy_mark" "$policy"; then rm -f "$policy"; fi
	exit "$status"
}

apt() { # SUBCOMMAND...
	DEBIAN_FRONTEND=noninteractive apt-get -o Dpkg::Use-Pty=0 -qq "$@"
}

# Prints the packages that the installation would remove.
displaces() { # PACKAGE
	apt-get -s --no-install-recommends install "$1" 2>/dev/null | grep '^Remv ' | cut -d' ' -f2 | paste -sd' '
}

# Only the program, with its libraries as packages.
chronyd_put() {
	tmp=$(mktemp -d)
	chown _apt "$tmp" 2>/dev/null || : # the user of the download
	chmod 755 "$tmp"
	(cd "$tmp" && apt download chrony && dpkg-deb -x chrony_*.deb .)
	libraries=$(dpkg-deb -f "$tmp"/chrony_*.deb Depends | tr ',' '\n' | sed 's/(.*//; s/|.*//; s/ //g' | grep '^lib')
	# shellcheck disable=SC2086 # a list
	apt install --no-install-recommends --no-remove -y $libraries >&2
	install -D -m 755 "$tmp/usr/sbin/chronyd" "$chronyd"
	rm -rf "$tmp"
	tmp=
}

install_packages() { # PACKAGE...
	trap tidy_up EXIT
	trap 'exit 130' INT
	trap 'exit 143' TERM
	say "missing: $*"
	before=$(installed)
	apt update
	packages=$(known "$@")
	unknown=$(for package; do case " $packages " in *" $package "*) ;; *) echo "$package" ;; esac; done)
	case " $packages " in
	*" chrony "*)
		instead_of=$(displaces chrony)
		if [ -n "$instead_of" ]; then
			say "$instead_of keeps this machine's clock and stays; chronyd goes to $chronyd"
			chronyd_put
			packages=$(echo " $packages " | sed 's/ chrony / /')
		fi
		;;
	esac
	policy_put
	# shellcheck disable=SC2086 # a list
	[ -z "${packages# }" ] || apt install --no-install-recommends --no-remove -y $packages
	[ -z "$unknown" ] || die "apt does not know: $(echo "$unknown" | paste -sd' '); has it all sources of this release?"
	say "done"
}

only_print=
if [ "${1:-}" = --missing ]; then
	only_print=yes
	shift
fi
for purpose; do
	entries | cut -f1 | grep -qxF "$purpose" || die "nothing is needed for '$purpose'"
done
command -v apt-get >/dev/null || elsewhere
# shellcheck disable=SC2046,SC2086 # lists
missing=$(missing_of $(wanted "$@"))
if [ -n "$only_print" ]; then
	[ -z "$missing" ] || echo "${missing% }"
elif [ -z "$missing" ]; then
	say "nothing is missing"
elif [ "$(id -u)" -ne 0 ]; then
	die "not root. Missing: $missing"
else
	# shellcheck disable=SC2086 # a list
	install_packages $missing
fi
