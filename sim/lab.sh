# Small networks for tests and the demo: machines made of namespaces, each with its own network.
# To be sourced by a script that runs as root, on the host or in guest.sh. A comment at each function has its arguments.
#
# variables  LAB            the directory of this run (set by lab_init); LAB/NODE/... for each machine:
#                           config/ (its /etc/wgreconcile), state/ (its /var/lib/wgreconcile), run/, hosts, resolv.conf;
#                           LAB/NODE.log has the output of background commands
#            LAB_PID        the process started by lab_spawn
#            WIREGUARD      kernel or userspace (wireguard-go); detected unless set
#            WGRECONCILE    the program under test; default ./build/wgreconcile
#            LAB_ENTER      lab-enter (lab_enter.c), if it is beside the program; otherwise nsenter is used
#
# The namespaces have no names: a sleeping process holds those of each machine and dies with the script. So they cannot
# collide with objects of the host, and none stays behind, even after kill -9.
#
# shellcheck shell=dash

lab_say() { echo "# $*"; }
lab_die() { echo "lab: $*" >&2; return 1; }

### The laboratory

# lab_init: to be called first
lab_init() {
	[ "$(id -u)" -eq 0 ] || lab_die "needs root, or sim/guest.sh" || exit 1
	lab_passed=0 lab_failed=0 lab_finished='' lab_dns_node='' LAB_NODES=''
	LAB=$(mktemp -d "${TMPDIR:-/tmp}/wgr-lab.XXXXXX")
	trap lab_exit EXIT
	trap 'exit 130' INT
	trap 'exit 143' TERM
	if [ -z "${WIREGUARD:-}" ]; then
		WIREGUARD=userspace
		if unshare --net ip link add wg0 type wireguard 2>/dev/null; then WIREGUARD=kernel; fi
	fi
	WGRECONCILE=${WGRECONCILE:-./build/wgreconcile}
	case $WGRECONCILE in /*) ;; */*) WGRECONCILE=$PWD/$WGRECONCILE ;; esac
	LAB_ENTER=${WGRECONCILE%/*}/lab-enter
	[ -x "$LAB_ENTER" ] || LAB_ENTER=lab_nsenter
	export LAB WIREGUARD WGRECONCILE
	# In the first second after the boot ping(8) assumes an unset clock and sends without pauses.
	until [ "$(lab_now)" -ge 100 ]; do sleep 0.5; done
}

lab_exit() {
	local status=$?
	trap - EXIT INT TERM
	[ -n "$lab_finished" ] || lab_say "ended early, with status $status"
	lab_cleanup
	exit "$status"
}

# lab_cleanup: ends every process and with them the namespaces, removes every file; for a trap; may be called twice
lab_cleanup() {
	local node
	[ -n "${LAB:-}" ] && [ -d "$LAB" ] || return 0
	for node in $LAB_NODES; do
		lab_kill_all "$node"
	done
	for node in $LAB_NODES; do
		kill -KILL "$(lab_holder "$node")" 2>/dev/null
	done
	wait 2>/dev/null
	rm -rf "$LAB"
	LAB_NODES=
}

# lab_finish: the last line of a test; prints the sum and returns the exit status
lab_finish() {
	lab_finished=yes
	echo "$lab_passed passed, $lab_failed failed"
	[ "$lab_failed" -eq 0 ]
}

### Machines

# The script of a machine's first process, in its new namespaces: $0 is its name, $1 its directory.
# shellcheck disable=SC2016 # expanded there
lab_holder_script='
	set -e
	hostname "$0"
	mkdir "$1/over"
	mount -t tmpfs tmpfs "$1/over"
	# Overlays allow mount points that the host does not have.
	for tree in /etc /var/lib; do
		over=$1/over$(echo $tree | tr / -)
		mkdir "$over" "$over/upper" "$over/work"
		mount -t overlay -o "lowerdir=$tree,upperdir=$over/upper,workdir=$over/work" overlay $tree
	done
	mkdir -p /etc/wgreconcile /var/lib/wgreconcile
	rm -f /etc/hosts /etc/resolv.conf
	: >/etc/hosts
	: >/etc/resolv.conf
	for file in hosts resolv.conf; do mount --bind "$1/$file" /etc/$file; done
	mount --bind "$1/config" /etc/wgreconcile
	mount --bind "$1/state" /var/lib/wgreconcile
	# A container mounts over parts of /proc. If it deletes the file over the boot id, no other mount is possible there.
	mount -t proc proc /proc 2>/dev/null || umount /proc/sys/kernel/random/boot_id 2>/dev/null || :
	mount --bind "$1/boot_id" /proc/sys/kernel/random/boot_id || : >"$1/no_boot_id"
	mount -t sysfs sysfs /sys
	mount --bind "$1/run" /run
	# Addresses are usable at once, without duplicate address detection.
	for which in all default; do echo 0 >/proc/sys/net/ipv6/conf/$which/accept_dad; done
	ip link set lo up
	: >"$1/ready"
	exec sleep infinity'

# lab_node NAME: a machine with its own network, host name, /run, /etc/{hosts,resolv.conf,wgreconcile} and state
lab_node() {
	local dir=$LAB/$1 holder
	[ ! -e "$dir" ] || lab_die "there is a $1 already" || return
	mkdir "$dir" "$dir/config" "$dir/state" "$dir/run"
	chmod 700 "$dir/state"
	echo "127.0.0.1 localhost" >"$dir/hosts"
	: >"$dir/resolv.conf"
	cat /proc/sys/kernel/random/uuid >"$dir/boot_id"
	setpriv --pdeathsig KILL unshare --net --mount --uts sh -c "$lab_holder_script" "$1" "$dir" \
		</dev/null >"$LAB/$1.log" 2>&1 &
	holder=$!
	echo "$holder" >"$dir/pid"
	LAB_NODES="$LAB_NODES $1"
	until [ -e "$dir/ready" ]; do
		kill -0 "$holder" 2>/dev/null || lab_die "cannot make $1: $(cat "$LAB/$1.log")" || return
		sleep 0.01
	done
}

# The process that holds a machine's namespaces.
lab_holder() { # NODE
	local pid
	read -r pid <"$LAB/$1/pid" && echo "$pid"
}

# Replaces lab-enter: PID DIRECTORY COMMAND...
lab_nsenter() {
	local pid=$1
	shift
	# shellcheck disable=SC2016 # expanded there
	nsenter --target "$pid" --net --mount --uts -- sh -c 'cd "$0" 2>/dev/null; exec "$@"' "$@"
}

# lab_exec NODE COMMAND...: runs the command on the machine, in the current directory
lab_exec() {
	local pid
	read -r pid <"$LAB/$1/pid" || return
	shift
	"$LAB_ENTER" "$pid" "$PWD" "$@"
}

# lab_spawn NODE COMMAND...: the same in the background, until lab_cleanup; sets LAB_PID; output to LAB/NODE.log
lab_spawn() {
	local node=$1
	shift
	(
		# shellcheck disable=SC2016 # expanded there
		exec nsenter --target "$(lab_holder "$node")" --net --mount --uts -- \
			setpriv --pdeathsig KILL sh -c 'cd "$0" 2>/dev/null; exec "$@"' "$PWD" "$@"
	) </dev/null >>"$LAB/$node.log" 2>&1 &
	LAB_PID=$!
}

# Every process in a machine's network except its holder.
lab_processes() { # NODE
	local holder directory
	holder=$(lab_holder "$1")
	for directory in /proc/[0-9]*; do
		if [ "${directory#/proc/}" != "$holder" ] && [ "$directory/ns/net" -ef "/proc/$holder/ns/net" ]; then
			echo "${directory#/proc/}"
		fi
	done
}

# lab_kill_all NODE: kills all processes with SIGKILL
lab_kill_all() {
	local pids tries=0
	# Repeated: a process may have started a child meanwhile.
	while pids=$(lab_processes "$1") && [ -n "$pids" ] && [ $tries -lt 50 ]; do
		# shellcheck disable=SC2086 # a list
		kill -KILL $pids 2>/dev/null || :
		tries=$((tries + 1))
		sleep 0.02
	done
}

# lab_reboot NODE: removes processes, interfaces, routes, rules and the files of /run, and sets a new boot id; cables,
# their addresses, config and state stay
lab_reboot() {
	[ ! -e "$LAB/$1/no_boot_id" ] || lab_die "$1 cannot have another boot id here: $(cat "$LAB/$1.log")" || return
	lab_kill_all "$1"
	# shellcheck disable=SC2016 # expanded there
	lab_exec "$1" sh -c '
		for link in /sys/class/net/*; do
			link=${link##*/}
			case $(ip -d link show dev "$link") in
			*" veth "* | *"link/loopback"*) ;;
			*) ip link del "$link" ;;
			esac
		done
		for family in -4 -6; do
			# A route without a protocol, or with one of these, was not made by a program.
			ip $family route show table all | grep " proto " | grep -v " proto \(kernel\|boot\|ra\) " |
				while read -r route; do ip $family route del ${route%% linkdown*}; done
			ip $family rule show | grep -v "^\(0\|32766\|32767\):" |
				while IFS=: read -r preference rule; do ip $family rule del preference "$preference"; done
		done' || return
	find "$LAB/$1/run" -mindepth 1 -delete
	cat /proc/sys/kernel/random/uuid >"$LAB/$1/boot_id"
}

### Cables

# lab_switch NAME: a switch for cables; an Ethernet
lab_switch() {
	lab_node "$1" || return
	lab_exec "$1" ip link add br0 up type bridge stp_state 0 forward_delay 0 mcast_snooping 0
}

# lab_connect NODE SWITCH ADDRESS/LENGTH... [IFNAME]: a cable, up; default of IFNAME: the next free of eth0, eth1, ...
lab_connect() {
	local node=$1 switch=$2 ifname='' addresses='' number=0 word
	shift 2
	for word; do
		case $word in
		*/*) addresses="$addresses $word" ;;
		*) ifname=$word ;;
		esac
	done
	if [ -z "$ifname" ]; then
		while [ -e "$LAB/$node/cable.eth$number" ]; do number=$((number + 1)); done
		ifname=eth$number
	fi
	number=0
	while [ -e "$LAB/$switch/port.p$number" ]; do number=$((number + 1)); done
	: >"$LAB/$switch/port.p$number"
	echo "$switch p$number" >"$LAB/$node/cable.$ifname"
	ip link add "$ifname" netns "$(lab_holder "$node")" type veth \
		peer name "p$number" netns "$(lab_holder "$switch")" || return
	lab_exec "$switch" ip link set "p$number" up master br0 || return
	lab_exec "$node" ip link set "$ifname" up || return
	for word in $addresses; do
		lab_exec "$node" ip address add "$word" dev "$ifname" || return
	done
}

lab_port() { # NODE IFNAME up|down
	local switch port
	read -r switch port <"$LAB/$1/cable.$2" || lab_die "$1 has no cable $2" || return
	lab_exec "$switch" ip link set "$port" "$3"
}

# lab_link_down NODE IFNAME: unplugs the cable at the other end; addresses and routes stay, the carrier is lost
lab_link_down() { lab_port "$1" "$2" down; }
# lab_link_up NODE IFNAME
lab_link_up() { lab_port "$1" "$2" up; }

# lab_netem NODE IFNAME NETEM-ARGUMENT...: delay, loss, ... of packets sent there (see tc-netem(8))
lab_netem() {
	local node=$1 ifname=$2
	shift 2
	lab_exec "$node" tc qdisc replace dev "$ifname" root netem "$@" ||
		lab_die "no netem here (has the kernel CONFIG_NET_SCH_NETEM?)"
}

### WireGuard without the program under test

# lab_keys NAME: makes LAB/NAME.key and LAB/NAME.pub
lab_keys() {
	(umask 077 && wg genkey >"$LAB/$1.key") && wg pubkey <"$LAB/$1.key" >"$LAB/$1.pub"
}

# lab_wireguard NODE IFNAME: an empty interface of the kind $WIREGUARD
lab_wireguard() {
	local socket=$LAB/$1/run/wireguard/$2.sock tries=0
	if [ "$WIREGUARD" = kernel ]; then
		lab_exec "$1" ip link add "$2" type wireguard
		return
	fi
	lab_spawn "$1" env WG_I_PREFER_BUGGY_USERSPACE_TO_POLISHED_KMOD=1 wireguard-go --foreground "$2"
	until [ -S "$socket" ]; do
		tries=$((tries + 1))
		[ $tries -le 200 ] && kill -0 "$LAB_PID" 2>/dev/null ||
			lab_die "wireguard-go did not start: $(tail -n 5 "$LAB/$1.log")" || return
		sleep 0.05
	done
}

# lab_gateway NODE IFNAME PORT KEYFILE CLIENT_PUBKEY ALLOWED ADDRESS/LENGTH: a gateway with one client;
# ALLOWED is separated by commas
lab_gateway() {
	local node=$1 ifname=$2 port=$3 keyfile=$4 client=$5 allowed=$6 address=$7
	lab_wireguard "$node" "$ifname" || return
	lab_exec "$node" wg set "$ifname" listen-port "$port" private-key "$keyfile" \
		peer "$client" allowed-ips "$allowed" || return
	echo "$ifname $keyfile $address $allowed" >>"$LAB/$node/gateways"
	lab_gateway_revive "$node"
}

# lab_gateway_kill NODE: its gateways do not answer any more
lab_gateway_kill() {
	local ifname rest
	# shellcheck disable=SC2034 # the other words
	while read -r ifname rest; do
		lab_exec "$1" ip link set "$ifname" down </dev/null || return
		# wireguard-go may not detect that and would still answer handshakes.
		lab_exec "$1" wg set "$ifname" private-key /dev/null </dev/null || return
	done <"$LAB/$1/gateways"
}

# lab_gateway_revive NODE: its gateways answer again
lab_gateway_revive() {
	local ifname keyfile address allowed prefix
	while read -r ifname keyfile address allowed; do
		lab_exec "$1" wg set "$ifname" private-key "$keyfile" </dev/null || return
		lab_exec "$1" ip link set "$ifname" up </dev/null || return
		lab_exec "$1" ip address replace "$address" dev "$ifname" </dev/null || return
		for prefix in $(echo "$allowed" | tr , ' '); do
			lab_exec "$1" ip route replace "$prefix" dev "$ifname" </dev/null || return
		done
	done <"$LAB/$1/gateways"
}

### Names

# lab_dns NODE: starts the name server for the names of lab_dns_set; at most one
lab_dns() {
	lab_dns_node=$1
	: >"$LAB/dns.hosts"
	lab_spawn "$1" dnsmasq --keep-in-foreground --conf-file=/dev/null --user=root --pid-file= --no-resolv \
		--no-hosts --addn-hosts="$LAB/dns.hosts" --local=/#/ --local-ttl=0 --no-negcache --log-facility=-
	echo "$LAB_PID" >"$LAB/$1/dnsmasq"
	# Ready when the port is open.
	until lab_exec "$1" grep -qi ':0035 ' /proc/net/udp; do
		kill -0 "$LAB_PID" 2>/dev/null || lab_die "no dnsmasq: $(tail -n 5 "$LAB/$1.log")" || return
		sleep 0.05
	done
}

# lab_dns_set NAME [ADDRESS...]: sets the addresses of the name; without an address the name does not exist
lab_dns_set() {
	local name=$1 address pid
	shift
	grep -v " $name\$" "$LAB/dns.hosts" >"$LAB/dns.hosts.new" || :
	for address; do
		echo "$address $name" >>"$LAB/dns.hosts.new"
	done
	cat "$LAB/dns.hosts.new" >"$LAB/dns.hosts"
	read -r pid <"$LAB/$lab_dns_node/dnsmasq"
	kill -HUP "$pid"
	# dnsmasq reads the file some time after the signal.
	sleep 0.1
}

# lab_use_dns NODE ADDRESS: NODE uses the name server at ADDRESS
lab_use_dns() {
	printf 'nameserver %s\noptions timeout:1 attempts:1\n' "$2" >"$LAB/$1/resolv.conf"
}

### The program under test

# lab_wgr NODE ARGUMENT...: one run
lab_wgr() {
	local node=$1
	shift
	lab_exec "$node" "$WGRECONCILE" "$@"
}

# lab_timer NODE SECONDS ARGUMENT...: periodic runs in the background, as by a timer; output to LAB/NODE.log
lab_timer() {
	local node=$1 seconds=$2
	shift 2
	# shellcheck disable=SC2016 # expanded there
	lab_spawn "$node" sh -c '
		seconds=$0
		while :; do
			"$@" || echo "exit status $?"
			sleep "$seconds"
		done' "$seconds" "$WGRECONCILE" "$@"
	echo "$LAB_PID" >"$LAB/$node/timer"
}

# lab_timer_stop NODE: no further run is started; a run in progress may end
lab_timer_stop() {
	local pid
	read -r pid <"$LAB/$1/timer" || lab_die "$1 has no timer" || return
	rm -f "$LAB/$1/timer"
	kill "$pid" 2>/dev/null || :
	wait "$pid" 2>/dev/null || :
}

### Assertions. They always return 0, so that the test goes on; lab_finish returns the result.

lab_pass() { # TEXT
	lab_passed=$((lab_passed + 1))
	echo "ok - $1"
}

lab_fail() { # TEXT STATUS OUTPUT COMMAND...
	local text=$1 status=$2 output=$3
	shift 3
	lab_failed=$((lab_failed + 1))
	echo "not ok - $text"
	lab_say "ran: $*"
	lab_say "exit status $status, output:"
	[ -z "$output" ] || printf '%s\n' "$output" | sed 's/^/#   /'
	# The state is printed for the first failure only.
	[ $lab_failed -gt 1 ] || lab_state | sed 's/^/#   /'
}

# lab_state: prints the state of every machine for a person
lab_state() {
	local node
	for node in $LAB_NODES; do
		echo "--- $node"
		lab_exec "$node" ip -brief address
		lab_exec "$node" ip route
		lab_exec "$node" ip -6 route
		lab_exec "$node" timeout 5 wg show
		tail -n 10 "$LAB/$node.log"
	done 2>&1
}

# ok TEXT COMMAND...: the command succeeds
ok() {
	local text=$1 output status=0
	shift
	output=$("$@" 2>&1) || status=$?
	if [ $status -eq 0 ]; then lab_pass "$text"; else lab_fail "$text" $status "$output" "$@"; fi
}

# not_ok TEXT COMMAND...: the command fails
not_ok() {
	local text=$1 output status=0
	shift
	output=$("$@" 2>&1) || status=$?
	if [ $status -ne 0 ]; then lab_pass "$text"; else lab_fail "$text" $status "$output" "$@"; fi
}

# lab_match PATTERN COMMAND...: a line of the output matches (for the assertions, which take one command)
lab_match() {
	local pattern=$1 output status=0
	shift
	output=$("$@" 2>&1) || status=$?
	printf '%s\n' "$output"
	[ $status -eq 0 ] && printf '%s\n' "$output" | grep -q -- "$pattern"
}

# Hundredths of a second since the boot, because tests set the wall clock.
lab_now() {
	local now
	read -r now _ </proc/uptime
	echo "${now%.*}${now#*.}"
}

# eventually SECONDS TEXT COMMAND...: the command succeeds within SECONDS
eventually() {
	local began now limit=$(($1 * 100)) text=$2 output status pause=0.2
	shift 2
	began=$(lab_now)
	while :; do
		status=0
		output=$("$@" 2>&1) || status=$?
		now=$(($(lab_now) - began))
		if [ $status -eq 0 ]; then
			lab_pass "$text (after $((now / 100)).$((now / 10 % 10)) s)"
			return
		elif [ $now -ge $limit ]; then
			lab_fail "$text (within $((limit / 100)) s)" $status "$output" "$@"
			return
		fi
		[ $now -lt 200 ] || pause=1
		[ $now -lt 6000 ] || pause=5
		sleep $pause
	done
}
