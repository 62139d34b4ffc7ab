#!/bin/sh
# The recorded state is damaged, hostile, of a later version, or cannot be written: the working connection is kept, and
# the gateway is still left when it dies.
# runs in: guest, host
set -eu

here=$(cd "$(dirname "$0")" && pwd)
# shellcheck source=sim/lab.sh
. "$here/../../../sim/lab.sh"
# shellcheck source=sim/uplink.sh
. "$here/../../../sim/uplink.sh"

state=
connections() {
	lab_exec client wg show wg0 endpoints
	lab_exec client wg show wg0 allowed-ips
	lab_exec client wg show wg0 latest-handshakes
}

# Runs as a timer would, until a peer is established.
settle() {
	local left=8
	while [ $left -gt 0 ] && ! [ "$(uplink_active)" ]; do
		lab_wgr client apply >/dev/null 2>&1 || :
		sleep 1
		left=$((left - 1))
	done
	[ "$(uplink_active)" ]
}

# damaged TEXT MESSAGE COMMAND...: COMMAND damages the file; it is set aside with MESSAGE, nothing else happens
damaged() {
	local text=$1 message=$2
	shift 2
	ok "$text: settled before" settle
	active=$(uplink_active)
	connections >"$LAB/before"
	"$@"
	ok "$text: status says so and goes on" lab_match "$message" lab_wgr_any client status
	not_ok "$text: and leaves it there" [ -e "$state.bad" ]
	ok "$text: a run sets it aside and says so" lab_match "default.json: .*$message.*set aside as default.json.bad" \
		lab_wgr client apply
	ok "$text: there it lies" [ -e "$state.bad" -o -L "$state.bad" ]
	connections >"$LAB/after"
	ok "$text: nothing has become of the connection" diff "$LAB/before" "$LAB/after"
	ok "$text: traffic flows" uplink_works
	ok "$text: it is recorded anew" [ -f "$state" -a ! -L "$state" ]
	not_ok "$text: the next run has nothing to say" lab_match 'default.json' lab_wgr client apply
	ok "$text: settled after" settle
	ok "$text: with the same gateway" uplink_active_is "$active"
	rm -r "$state.bad"
}

# Whatever its exit code is.
lab_wgr_any() {
	lab_wgr "$@" || :
}

truncate_it() { head -c 40 "$state" >"$state.new"; cat "$state.new" >"$state"; rm "$state.new"; }
empty_it() { : >"$state"; }
corrupt_it() { head -c 300 /dev/urandom >"$state"; }
future_it() { sed -i 's/"version":1/"version":2/' "$state"; }
nonsense_it() { sed -i 's/"slots":\[/"slots":[{"peer":7},/' "$state"; }
link_it() { cp "$state" "$LAB/elsewhere"; ln -sf "$LAB/elsewhere" "$state"; }
dangling_link_it() { ln -sf "$LAB/nowhere" "$state"; }
writable_it() { chmod 666 "$state"; }
directory_it() { rm "$state"; mkdir "$state"; }
pipe_it() { rm "$state"; mkfifo "$state"; }

test_damaged() {
	damaged "truncated" "" truncate_it
	damaged "empty" "" empty_it
	damaged "corrupt" "" corrupt_it
	damaged "of a future version" "version" future_it
	damaged "nonsense in a good form" "" nonsense_it
	damaged "a symbolic link" "symbolic link" link_it
	ok "what it led to is as it was" [ -s "$LAB/elsewhere" ]
	damaged "a link that leads nowhere" "symbolic link" dangling_link_it
	ok "nothing was made there" [ ! -e "$LAB/nowhere" ]
	damaged "writable by all" "others may write" writable_it
	damaged "a directory" "not a regular file" directory_it
	damaged "a pipe" "not a regular file" pipe_it
}

# An unknown section is kept when this version writes.
test_later_version() {
	local section='"a_later_one":{"list":[1,"two"]},' text="a later version's section"
	ok "$text: settled before" settle
	sed -i "s/^{/{$section/" "$state"
	not_ok "$text: status has nothing to say of it" lab_match 'default.json' lab_wgr_any client status
	not_ok "$text: nor has a run" lab_match 'default.json' lab_wgr client apply
	cp "$state" "$LAB/before"
	lab_gateway_kill "$(uplink_active)"
	eventually 30 "$text: failover" works_after_a_run
	not_ok "$text: the state was written" cmp -s "$state" "$LAB/before"
	ok "$text: it is there" grep -qF "$section" "$state"
	not_ok "$text: nothing is set aside" [ -e "$state.bad" ]
	for gateway in gw1 gw2 gw3; do lab_gateway_revive $gateway; done
}

# The gateway that carries the traffic dies; another one carries it then, with a state that cannot be written.
fails_over() { # TEXT
	local active left=20 status
	settle_without_state || :
	active=$(active_in_kernel)
	ok "$1: there is a connection" uplink_works
	lab_gateway_kill "$active"
	while [ $left -gt 0 ] && ! uplink_works >/dev/null; do
		lab_wgr client apply >/dev/null 2>&1 || :
		sleep 1
		left=$((left - 1))
	done
	ok "$1: failover all the same" uplink_works
	not_ok "$1: it is another gateway" [ "$(active_in_kernel)" = "$active" ]
	lab_gateway_revive "$active"
}

settle_without_state() {
	local left=5
	while [ $left -gt 0 ]; do
		lab_wgr client apply >/dev/null 2>&1 || :
		sleep 1
		left=$((left - 1))
	done
}

active_in_kernel() {
	local key gateway
	key=$(lab_exec client wg show wg0 allowed-ips | awk -F '\t' '$2 != "(none)" { print $1; exit }')
	for gateway in gw1 gw2 gw3; do
		[ "$(cat "$LAB/$gateway.pub")" != "$key" ] || echo "$gateway"
	done
}

# failing TEXT MESSAGE: a first configuration ends with 1 and MESSAGE, and the kernel is right nevertheless
failing() {
	local output status=0
	# A gateway drops an initiation within 20 ms of the last one, and the next one comes after 5 s.
	sleep 1
	lab_exec client ip link delete wg0
	output=$(lab_wgr client apply 2>&1) || status=$?
	ok "$1: exit status 1, not $status" [ $status -eq 1 ]
	ok "$1: it is said why" lab_match "/var/lib/wgreconcile.*: $2" echo "$output"
	ok "$1: and that the interfaces are as they are" lab_match 'not recorded' echo "$output"
	ok "$1: once" [ "$(echo "$output" | grep -c '/var/lib/wgreconcile')" -eq 1 ]
	ok "$1: the kernel has a peer" [ "$(lab_exec client wg show wg0 peers | wc -l)" -eq 1 ]
	ok "$1: the address" lab_match 10.9.0.2 lab_exec client ip address show wg0
	ok "$1: the routes" lab_match '10.9.0.0/24 dev wg0' lab_exec client ip route show
	ok "$1: traffic flows" uplink_works
	fails_over "$1"
}

works_after_a_run() {
	lab_wgr client apply || :
	uplink_works
}

applied_and_works() {
	lab_wgr client apply && uplink_works
}

# It recovers automatically.
recovers() { # TEXT
	ok "$1: afterwards a run ends well" lab_wgr client apply
	ok "$1: it settles" settle
	# A gateway that was dead has lost the session.
	eventually 60 "$1: traffic flows" applied_and_works
	ok "$1: the state is there" [ -s "$state" ]
	ok "$1: and nothing else" [ "$(ls -A "$LAB/client/state")" = default.json ]
}

in_state() { # COMMAND: in the client's /var/lib/wgreconcile
	lab_exec client sh -c "cd /var/lib && $1"
}

test_full_disk() {
	in_state 'mount -t tmpfs -o size=8k,mode=700 tmpfs wgreconcile && ! cat /dev/zero >wgreconcile/filler 2>/dev/null'
	failing "full disk" "No space left on device"
	ok "full disk: no rest of the attempt" [ "$(in_state 'ls -A wgreconcile')" = filler ]
	in_state 'umount wgreconcile'
	recovers "full disk"
}

# The earlier state stays intact.
test_disk_fills() {
	in_state 'mount -t tmpfs -o size=16k,mode=700 tmpfs wgreconcile'
	# The first run there records something.
	settle_without_state
	ok "disk fills up: settled before" settle
	in_state 'cp wgreconcile/default.json /run/before; ! cat /dev/zero >wgreconcile/filler 2>/dev/null'
	failing_later=0
	lab_gateway_kill "$(uplink_active)"
	sleep 1
	# shellcheck disable=SC2034 # so often
	for attempt in 1 2 3; do
		lab_wgr client apply >"$LAB/output" 2>&1 || failing_later=$?
		sleep 1
	done
	ok "disk fills up: exit status 1, not $failing_later" [ $failing_later -eq 1 ]
	eventually 20 "disk fills up: failover all the same" works_after_a_run
	settle_without_state
	now_active=$(active_in_kernel)
	settle_without_state
	ok "disk fills up: runs that follow leave it at that" [ "$(active_in_kernel)" = "$now_active" ]
	ok "disk fills up: and it works" uplink_works
	ok "disk fills up: the old state is whole" in_state 'cmp wgreconcile/default.json /run/before'
	not_ok "disk fills up: it is said in each run" lab_wgr client apply
	in_state 'umount wgreconcile'
	for gateway in gw1 gw2 gw3; do lab_gateway_revive $gateway; done
	recovers "disk fills up"
}

test_read_only() {
	in_state 'mount -t tmpfs -o size=64k,mode=700 tmpfs wgreconcile && mount -o remount,ro wgreconcile'
	failing "read-only" "Read-only file system"
	in_state 'umount wgreconcile'
	recovers "read-only"
}

# It may be valid: it is not set aside, and no changes are made without it.
test_unreadable() {
	local status=0
	chmod 000 "$state"
	connections >"$LAB/before"
	# Root can read everything, unless that capability is dropped.
	lab_exec client setpriv --bounding-set -dac_override,-dac_read_search \
		--inh-caps -dac_override,-dac_read_search "$WGRECONCILE" apply >"$LAB/output" 2>&1 || status=$?
	ok "a file that cannot be read: exit status 1, not $status" [ $status -eq 1 ]
	ok "it is said which" grep -q 'default.json: Permission denied' "$LAB/output"
	connections >"$LAB/after"
	ok "the connection is kept" diff "$LAB/before" "$LAB/after"
	ok "it is still there" [ -e "$state" ]
	chmod 600 "$state"
	recovers "a file that cannot be read"
}

test_owned_by_others() {
	local status=0
	rm -f "$state"
	chmod 777 "$LAB/client/state"
	lab_wgr client status >"$LAB/output" 2>&1 || status=$?
	ok "a directory that all can write to: status refuses it, with 1, not $status" [ $status -eq 1 ]
	ok "it is said what to do" grep -q 'chmod go-w' "$LAB/output"
	ok "a run goes on" lab_wgr client apply
	ok "the directory is our own again" [ "$(stat -c %a "$LAB/client/state")" = 755 ]
	ok "the connection is kept" uplink_works
	chmod 777 "$LAB/client/state"
	ok "it is said" lab_match "state.*others could write to it\|lib/wgreconcile: others could write" lab_wgr client apply
	chmod 700 "$LAB/client/state"
	recovers "directory that all can write to"
}

# Without a place for the lock and the samples.
test_full_run() {
	lab_exec client sh -c 'rm -rf /run/wgreconcile; mkdir -m 700 /run/wgreconcile
		mount -t tmpfs -o size=4k,nr_inodes=2,mode=700 tmpfs /run/wgreconcile && : >/run/wgreconcile/filler'
	not_ok "full /run: nothing more can be made there" lab_exec client touch /run/wgreconcile/x
	lab_wgr client apply >"$LAB/output" 2>&1 || :
	ok "full /run: a run goes on" lab_wgr client apply
	ok "full /run: it is said" lab_match '/run/wgreconcile.*No space left' lab_wgr client apply
	ok "full /run: the connection is kept" uplink_works
	lab_gateway_kill "$(active_in_kernel)"
	eventually 30 "full /run: failover" works_after_a_run
	for gateway in gw1 gw2 gw3; do lab_gateway_revive $gateway; done
	lab_exec client umount /run/wgreconcile
	rm -f "$LAB/client/state/default.lock"
	recovers "full /run"
}

lab_init
state=$LAB/client/state/default.json
uplink_network 3
uplink_declare 3 "try_for: 1s" "probe: {target: 10.9.0.1, count: 2, timeout: 200ms, fail_after: 2}"
test_damaged
test_later_version
test_full_disk
test_disk_fills
test_read_only
test_unreadable
test_owned_by_others
test_full_run
lab_finish
