#!/bin/sh
# wait: returns for events that concern the files and for no others, and at once if there are changes to make, except
# changes that failed in the last run; a loop of wait and apply follows a route within 100 ms, and does not spin.
# runs in: guest, host
set -eu

here=$(cd "$(dirname "$0")" && pwd)
# shellcheck source=sim/lab.sh
. "$here/../../../sim/lab.sh"

# LIMIT: from the event to the end of wait, in milliseconds. BEGIN: until wait has read the kernel's state, in seconds.
# In real time other processes take a part of the processor.
limits() {
	LIMIT=100 BEGIN=0.3
	[ "$WIREGUARD" = kernel ] || LIMIT=500 BEGIN=1
}

declare_network() { # [LINE...]: further lines of the interface
	{
		cat <<-YAML
		version: 1
		interfaces:
		  wg0:
		    private_key_file: wg0.key
		    implementation: $WIREGUARD
		    addresses: [10.9.0.1/24]
		YAML
		for line; do echo "    $line"; done
		cat <<-YAML
		    peers:
		      north: {public_key: $(cat "$LAB/north.pub"), allowed_ips: [10.9.0.2/32]}
		      south: {public_key: $(cat "$LAB/south.pub"), allowed_ips: [10.9.0.3/32, 10.40.0.0/16]}
		YAML
	} >"$LAB/client/config/default.yaml"
}

client() { lab_exec client "$@"; }
quietly() { "$@" >"$LAB/output" 2>&1; }

# status_of COMMAND...: prints the exit status of the command
status_of() {
	local status=0
	"$@" >"$LAB/output" 2>&1 || status=$?
	echo $status
}

milliseconds() { echo $(($(date +%s%N) / 1000000)); }

# begin [ARGUMENT...]: starts wait in the background, until it has read the kernel's state
begin() {
	# shellcheck disable=SC2016 # expanded there
	lab_spawn client sh -c '"$0" wait --json "$@" >/run/result; status=$?; date +%s%N >/run/back; exit $status' \
		"$WGRECONCILE" "$@"
	waiting=$LAB_PID
	sleep $BEGIN
}

# back: waits for the end of wait; prints its result and the milliseconds since $began
back() {
	wait "$waiting"
	jq -r '"\(.reason) \(.text)"' "$LAB/client/run/result"
	took=$(($(cat "$LAB/client/run/back") / 1000000 - began))
	lab_say "after $took ms"
}

# comes_back TEXT PATTERN COMMAND...: wait returns in time for the event that the command causes
comes_back() {
	local text=$1 pattern=$2
	shift 2
	begin
	began=$(milliseconds)
	quietly client "$@"
	back >"$LAB/output"
	ok "$text" grep -q "$pattern" "$LAB/output"
	ok "$text: within $LIMIT ms" [ $took -le $LIMIT ]
	ok "$text: a run" lab_wgr client apply
}

test_events() {
	comes_back "an address of ours is deleted" '^event address 10.9.0.1/24 of wg0 removed' \
		ip address del 10.9.0.1/24 dev wg0
	comes_back "a route of ours is deleted" '^event route 10.40.0.0/16 removed' ip route del 10.40.0.0/16 dev wg0
	comes_back "the interface is taken down" '^event ' ip link set wg0 down
	comes_back "it is deleted" '^event ' ip link del wg0
	declare_network "fwmark: 0x1" "table: 51820" "rules: fwmark"
	ok "with rules" lab_wgr client apply
	comes_back "a rule of ours is deleted" '^event policy rule removed' ip rule del priority 30000
	declare_network
	ok "without rules" lab_wgr client apply
	ok "nothing to do" lab_wgr client plan
}

# Foreign changes that do not concern the files, 100 per second.
test_others() {
	begin --timeout 3s
	began=$(milliseconds)
	client ip link add br9 type bridge
	client ip address add 10.77.0.1/24 dev eth0
	client ip rule add priority 100 table 77
	client ip link set eth0 mtu 1400
	# shellcheck disable=SC2016 # expanded there
	client sh -c 'i=0
		while [ $i -lt 60 ]; do
			i=$((i + 1))
			ip route add 10.78.$i.0/24 via 10.77.0.2
			ip route add 10.79.$i.0/24 dev wg0 proto 12
			sleep 0.01
		done'
	back >"$LAB/output"
	ok "what concerns others is nothing to come back for" grep -q '^timeout ' "$LAB/output"
	ok "it takes its time" jq -e '.waited >= 3' "$LAB/client/run/result"
	client ip link del br9
	client ip rule del priority 100
	client sh -c 'ip route flush root 10.78.0.0/15; ip address del 10.77.0.1/24 dev eth0; ip link set eth0 mtu 1500'
}

test_already() {
	client ip address del 10.9.0.1/24 dev wg0
	began=$(milliseconds)
	ok "what has changed before: it comes back" lab_match '^changes ' \
		sh -c "'$WGRECONCILE' version >'$LAB/output'; nsenter --target $(lab_holder client) --net --mount --uts -- \
			'$WGRECONCILE' wait --json | jq -r '\"\\(.reason) \\(.text)\"'"
	took=$(($(milliseconds) - began))
	ok "at once: $took ms" [ $took -le $LIMIT ]
	ok "a run" lab_wgr client apply
}

test_timeout() {
	began=$(milliseconds)
	ok "without an event" lab_wgr client wait --timeout 700ms
	took=$(($(milliseconds) - began))
	ok "it comes back after the timeout: $took ms" [ $took -ge 700 -a $took -le $((700 + LIMIT)) ]
	ok "and prints nothing" lab_match '^$' lab_wgr client wait --timeout 10ms
	ok "with --verbose the reason" lab_match 'nothing has happened' lab_wgr client wait --timeout 10ms --verbose
	ok "with selectors: a run" lab_wgr client apply /etc/wgreconcile/selector.yaml
	began=$(milliseconds)
	ok "and a wait" lab_wgr client wait /etc/wgreconcile/selector.yaml
	took=$(($(milliseconds) - began))
	ok "of 5 s: $took ms" [ $took -ge 5000 -a $took -le $((5000 + LIMIT)) ]
	if [ "$WIREGUARD" = userspace ]; then
		lab_say "not tried here: without --timeout 30 s"
		return
	fi
	began=$(milliseconds)
	ok "without either of them" lab_wgr client wait
	took=$(($(milliseconds) - began))
	ok "30 s: $took ms" [ $took -ge 30000 -a $took -le $((30000 + LIMIT)) ]
}

test_errors() {
	printf 'version: 1\nnonsense: 1\n' >"$LAB/client/config/wrong.yaml"
	ok "a wrong file: 65" [ "$(status_of lab_wgr client wait /etc/wgreconcile/wrong.yaml)" = 65 ]
	ok "and it is said" grep -q 'nonsense' "$LAB/output"
	chmod 644 "$LAB/client/config/wg0.key"
	ok "a key that others may read: 65" [ "$(status_of lab_wgr client wait)" = 65 ]
	chmod 600 "$LAB/client/config/wg0.key"
	client ip address del 10.9.0.1/24 dev wg0
	ok "no run could be made: 1" [ "$(status_of lab_wgr client wait --run-dir /etc/hosts/run)" = 1 ]
	ok "a run" lab_wgr client apply
}

test_signals() {
	local status
	# shellcheck disable=SC2016 # expanded there
	for signal in INT TERM; do
		status=0
		lab_spawn client "$WGRECONCILE" wait
		sleep $BEGIN
		kill -$signal "$LAB_PID"
		wait "$LAB_PID" || status=$?
		case $signal in
		INT) ok "SIGINT: 130" [ $status = 130 ] ;;
		TERM) ok "SIGTERM: 143, so that a loop ends" [ $status = 143 ] ;;
		esac
	done
}

# Another run is in progress: it makes the changes, so wait must not return.
test_locked() {
	lab_spawn client sh -c 'exec 9>/run/wgreconcile/default.lock; flock 9; : >/run/held; exec sleep 1000'
	holder=$LAB_PID
	until [ -e "$LAB/client/run/held" ]; do sleep 0.05; done
	client ip address del 10.9.0.1/24 dev wg0
	began=$(milliseconds)
	ok "another run is under way" lab_wgr client wait --timeout 600ms
	took=$(($(milliseconds) - began))
	ok "it does not come back before its time: $took ms" [ $took -ge 600 ]
	begin
	kill "$holder"
	wait "$holder" 2>/dev/null || :
	began=$(milliseconds)
	back >"$LAB/output"
	ok "that run ends: it comes back" grep -q '^changes ' "$LAB/output"
	ok "soon: $took ms" [ $took -le $((LIMIT + 50)) ]
	ok "a run" lab_wgr client apply
}

test_late_interface() {
	cat >"$LAB/client/config/late.yaml" <<-YAML
	version: 1
	interfaces:
	  wg7: {create: false, addresses: [10.70.0.1/24]}
	YAML
	ok "an interface of others is not there: nothing to do" lab_wgr client apply /etc/wgreconcile/late.yaml
	begin /etc/wgreconcile/late.yaml
	began=$(milliseconds)
	client ip link add wg7 type bridge
	back >"$LAB/output"
	ok "it appears" grep -q '^event interface wg7' "$LAB/output"
	ok "within $LIMIT ms" [ $took -le $LIMIT ]
	client ip link del wg7
}

### The loop

# loop [ARGUMENT...]: starts a loop of wait and apply for $instance; the output of each run goes to LAB/client.log
loop() {
	: >"$LAB/client.log"
	# shellcheck disable=SC2016 # expanded there
	lab_spawn client sh -c '
		name=$1
		shift
		while "$0" wait --name "$name" "$@"; do
			"$0" apply --name "$name" --json
		done
		echo "{\"ended\": $?}"' "$WGRECONCILE" "$instance" "$@"
	looping=$LAB_PID
	sleep $BEGIN
}

loop_end() {
	# Including the wait in progress.
	end_children "$looping"
	kill "$looping" 2>/dev/null || :
	wait "$looping" 2>/dev/null || :
}

end_children() { # PID
	local directory
	for directory in /proc/[0-9]*; do
		if grep -q "^PPid:	$1\$" "$directory/status" 2>/dev/null; then kill "${directory#/proc/}" 2>/dev/null || :; fi
	done
}

runs() { jq -rR 'fromjson? | objects | .instance // empty' "$LAB/client.log" | wc -l; }

has_prefix() { # PEER PREFIX
	client wg show wg0 allowed-ips | grep -q "^$(cat "$LAB/$1.pub")	.*$2\( \|\$\)"
}

# followed TEXT PEER PREFIX COMMAND...: within LIMIT after the command the peer has the prefix; with !PEER: not any more
followed() {
	local text=$1 peer=$2 prefix=$3 not=''
	shift 3
	case $peer in '!'*) not=! peer=${peer#!} ;; esac
	# shellcheck disable=SC2016 # expanded there
	took=$(client sh -c '
		key=$1 prefix=$2 not=$3
		shift 3
		began=$(date +%s%N)
		"$@"
		while :; do
			now=$((($(date +%s%N) - began) / 1000000))
			found=
			wg show wg0 allowed-ips | grep -q "^$key	.*$prefix\( \|\$\)" && found=yes
			case $not$found in yes | !) break ;; esac
			[ $now -lt 10000 ] || break
			sleep 0.005
		done
		echo $now' sh "$(cat "$LAB/$peer.pub")" "$prefix" "$not" "$@")
	ok "$text: after $took ms" [ "$took" -le $LIMIT ]
}

test_follow() {
	declare_network "follow_routes: true"
	ok "routes are followed" lab_wgr client apply
	loop
	followed "a route" north 10.50.0.0/16 ip route add 10.50.0.0/16 via 10.9.0.2
	sleep 1
	followed "it moves to another peer" south 10.50.0.0/16 ip route replace 10.50.0.0/16 via 10.9.0.3
	sleep 1
	followed "it goes" !south 10.50.0.0/16 ip route del 10.50.0.0/16
	sleep 1
	# In quick succession: each event may come between a run and the next wait.
	followed "a second one" north 10.51.0.0/16 ip route add 10.51.0.0/16 via 10.9.0.2
	followed "and a third" south 10.52.0.0/16 ip route add 10.52.0.0/16 via 10.9.0.3
	followed "and without it" !south 10.52.0.0/16 ip route del 10.52.0.0/16
	client ip route del 10.51.0.0/16
	eventually 2 "nothing to do" lab_wgr client plan
	loop_end
	lab_say "$(runs) runs"
	not_ok "no run failed" lab_match . jq -rR 'fromjson? | objects | .errors[]?' "$LAB/client.log"
}

# 100 changes a second for 10 seconds.
test_flap() {
	local before after
	loop
	before=$(memory_of "$looping")
	# shellcheck disable=SC2016 # expanded there
	client sh -c '
		began=$(date +%s%N) i=0
		while [ $((($(date +%s%N) - began) / 1000000)) -lt 10000 ]; do
			ip route add 10.60.0.0/16 via 10.9.0.2
			sleep 0.01
			ip route del 10.60.0.0/16
			sleep 0.01
			i=$((i + 2))
		done
		ip route add 10.60.0.0/16 via 10.9.0.2
		echo $i >/run/flaps'
	flapped=$(runs)
	eventually 1 "a route flaps $(cat "$LAB/client/run/flaps") times in 10 s: what is right at its end" \
		has_prefix north 10.60.0.0/16
	ok "not more than a dozen runs a second: $flapped" [ "$flapped" -le 128 ]
	lab_say "the loop took $(cut -d' ' -f16,17 "/proc/$looping/stat") hundredths of a second (user, system)"
	ok "but it was followed" [ "$flapped" -ge 20 ]
	after=$(memory_of "$looping")
	ok "the loop has not grown: $before KiB, $after KiB" [ "$after" -le $((before + 256)) ]
	sleep 2
	flapped=$(runs)
	sleep 3
	ok "then it is quiet" [ "$(runs)" -eq "$flapped" ]
	client ip route del 10.60.0.0/16
	eventually 1 "the route goes" lab_wgr client plan
	loop_end
}

memory_of() { # PID
	sed -n 's/^VmRSS:[^0-9]*\([0-9]*\) kB$/\1/p' "/proc/$1/status"
}

# A foreign route exists in place of a declared one.
test_in_vain() {
	declare_network
	ok "configured" lab_wgr client apply
	client ip route del 10.40.0.0/16 dev wg0
	client ip route add 10.40.0.0/16 dev eth0
	loop --timeout 2s
	sleep 10
	ok "what fails always is tried again after the timeout, not before: $(runs) runs in 10 s" [ "$(runs)" -le 7 ]
	ok "and it is tried" [ "$(runs)" -ge 4 ]
	began=$(milliseconds)
	client ip address del 10.9.0.1/24 dev wg0
	eventually 1 "meanwhile an event is followed as ever" lab_match 10.9.0.1/24 lab_exec client ip address show wg0
	client ip route del 10.40.0.0/16 dev eth0
	eventually 3 "what was in the way is gone" lab_match 'dev wg0' lab_exec client ip route show 10.40.0.0/16
	eventually 3 "nothing is left" lab_wgr client plan
	eventually 1 "and no note of it" lab_match '^$' sh -c "ls $LAB/client/run/wgreconcile | grep pending || :"
	loop_end
}

# The loop ends when its wait is terminated.
test_loop_ends() {
	loop
	end_children "$looping"
	wait "$looping" 2>/dev/null || :
	ok "SIGTERM for its wait ends a loop" lab_match '"ended"' cat "$LAB/client.log"
	ok "without another run" [ "$(runs)" = 0 ]
}

# Two dead gateways, one of them with an unknown name: they are tried in turn, at the rate of a timer.
test_selector() {
	if [ "$WIREGUARD" = userspace ]; then
		lab_say "not tried here: a selector for 60 s"
		return
	fi
	cat >"$LAB/client/config/trials.yaml" <<-YAML
	version: 1
	interfaces:
	  wg9: {private_key_file: wg0.key}
	selectors:
	  uplink:
	    interface: wg9
	    peers:
	      north: {public_key: $(cat "$LAB/north.pub"), endpoint: "192.0.2.2:51820", allowed_ips: [10.80.0.0/16]}
	      south: {public_key: $(cat "$LAB/south.pub"), endpoint: "nowhere.example:51820", allowed_ips: [10.80.0.0/16]}
	YAML
	instance=trials
	loop
	sleep 60
	ok "a selector without a live member: $(runs) runs in 60 s" [ "$(runs)" -ge 8 -a "$(runs)" -le 16 ]
	ok "and one after the other was tried" lab_match north \
		jq -rR 'fromjson? | objects | .events[]? | select(.kind == "left") | .peer' "$LAB/client.log"
	loop_end
	instance=default
}

lab_init
limits
instance=default
lab_switch wan
lab_node client
lab_connect client wan 192.0.2.1/24
lab_keys client
lab_keys north
lab_keys south
install -m 600 "$LAB/client.key" "$LAB/client/config/wg0.key"
declare_network
cat >"$LAB/client/config/selector.yaml" <<-YAML
	version: 1
	interfaces:
	  wg8: {create: false}
	selectors:
	  uplink:
	    interface: wg8
	    peers:
	      north: {public_key: $(cat "$LAB/north.pub"), endpoint: "192.0.2.2:51820", allowed_ips: [10.80.0.0/16]}
YAML
ok "nothing is there yet: it comes back" lab_match '"changes"' lab_wgr client wait --json
ok "a run" lab_wgr client apply
test_events
test_others
test_already
test_timeout
test_errors
test_signals
test_locked
test_late_interface
test_in_vain
test_follow
test_flap
test_selector
test_loop_ends
lab_finish
