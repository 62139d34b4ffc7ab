#!/bin/sh
# One run of an instance at a time: a second one leaves at once with 75 and changes nothing, that of another instance
# does not care, and no lock outlives its run.
# runs in: guest, host
set -eu

here=$(cd "$(dirname "$0")" && pwd)
# shellcheck source=sim/lab.sh
. "$here/../../../sim/lab.sh"

LOCK=/run/wgreconcile/default.lock

declare_interface() { # INSTANCE, IFNAME, ADDRESS
	cat >"$LAB/client/config/$1.yaml" <<-YAML
	version: 1
	interfaces:
	  $2:
	    private_key_file: wg0.key
	    implementation: $WIREGUARD
	    addresses: [$3]
	YAML
}

# status_of COMMAND...: prints its exit status
status_of() {
	local status=0
	"$@" >"$LAB/output" 2>&1 || status=$?
	echo $status
}

seconds_of() { # COMMAND...
	local began
	began=$(lab_now)
	"$@" >/dev/null 2>&1 || :
	echo $((($(lab_now) - began) / 100))
}

there() { lab_exec client ip link show "$1"; }

# hold: another process holds the lock, until release
hold() {
	lab_exec client mkdir -p -m 700 /run/wgreconcile
	rm -f "$LAB/client/run/held"
	lab_spawn client sh -c "exec 9>$LOCK; flock 9; : >/run/held; exec sleep 1000"
	holder=$LAB_PID
	until [ -e "$LAB/client/run/held" ]; do sleep 0.05; done
}

release() {
	kill "$holder"
	wait "$holder" 2>/dev/null || :
}

test_held() {
	hold
	ok "the lock is held: a run leaves with 75" [ "$(status_of lab_wgr client apply)" = 75 ]
	ok "and says why" grep -q 'another run' "$LAB/output"
	ok "with --json, too" [ "$(status_of lab_wgr client apply --json)" = 75 ]
	ok "and that is JSON" jq -e '.errors | length == 1' "$LAB/output"
	ok "it has changed nothing" lab_match '^0$' sh -c "ls $LAB/client/state | wc -l"
	not_ok "and made nothing" there wg0
	ok "it does not wait" [ "$(seconds_of lab_wgr client apply)" -le 1 ]
	ok "plan looks all the same" [ "$(status_of lab_wgr client plan)" = 2 ]
	ok "status looks all the same" [ "$(status_of lab_wgr client status)" = 3 ]
	ok "another instance does not care" lab_wgr client apply /etc/wgreconcile/other.yaml
	ok "its interface is there" there wg1
	ok "all runs of --for left with 75" \
		[ "$(status_of lab_wgr client apply --for 1s --every 500ms)" = 75 ]
	release
	ok "the lock is free: a run goes through" lab_wgr client apply
	ok "its interface is there" there wg0
}

# The first of two runs waits for a name server that does not answer.
test_two_runs() {
	declare_interface default wg0 10.52.0.1/32
	cat >>"$LAB/client/config/default.yaml" <<-YAML
	    peers:
	      office:
	        public_key: $(cat "$LAB/peer.pub")
	        endpoint: office.example:51820
	YAML
	lab_use_dns client 192.0.2.99
	lab_spawn client "$WGRECONCILE" apply --deadline 3s
	first=$LAB_PID
	sleep 0.5
	ok "while one run waits, the second leaves with 75" [ "$(status_of lab_wgr client apply)" = 75 ]
	status=0
	wait "$first" || status=$?
	ok "the first one was not disturbed: $status" [ $status -eq 0 -o $status -eq 1 ]
	ok "it has done its work" lab_match 10.52.0.1 lab_exec client ip address show wg0
	: >"$LAB/client/resolv.conf"
	not_ok "the lock is free again" [ "$(status_of lab_wgr client apply)" = 75 ]
	lab_use_dns client 192.0.2.99
	lab_spawn client "$WGRECONCILE" apply --deadline 30s
	first=$LAB_PID
	sleep 0.5
	ok "locked by a run" [ "$(status_of lab_wgr client apply --deadline 1s)" = 75 ]
	kill -KILL "$first"
	wait "$first" 2>/dev/null || :
	not_ok "killed, it leaves no lock behind" [ "$(status_of lab_wgr client apply --deadline 1s)" = 75 ]
}

# A stopped run blocks all others: they fail, and do not report success.
test_stopped() {
	lab_use_dns client 192.0.2.99
	lab_spawn client "$WGRECONCILE" apply --deadline 2s
	first=$LAB_PID
	sleep 0.5
	kill -STOP "$first"
	ok "locked by a run that was stopped" [ "$(status_of lab_wgr client apply)" = 75 ]
	ok "its process is named" grep -q "process $first" "$LAB/output"
	sleep 13
	ok "it can no longer be under way: 1" [ "$(status_of lab_wgr client apply)" = 1 ]
	ok "it is said what to do" grep -q "kill -KILL $first" "$LAB/output"
	ok "also with --quiet" [ "$(status_of lab_wgr client apply --quiet)" = 1 ]
	ok "it is said" grep -q "kill -KILL $first" "$LAB/output"
	kill -KILL "$first"
	wait "$first" 2>/dev/null || :
	: >"$LAB/client/resolv.conf"
	not_ok "the lock is free again" [ "$(status_of lab_wgr client apply)" = 75 ]
}

# Programs started by a run continue after it, and must not keep its lock.
test_program() {
	lab_exec client ip link delete wg1
	ok "a run starts a program" lab_wgr client apply /etc/wgreconcile/other.yaml
	ok "which does not hold its lock" lab_wgr client apply /etc/wgreconcile/other.yaml
}

# many at once: each ends with 0 or 75, at least one with 0, and what they made is right
test_many() {
	local i statuses='' status
	declare_interface default wg0 10.50.0.1/32
	: >"$LAB/client/resolv.conf"
	lab_exec client ip link delete wg0
	pids=
	for i in 1 2 3 4 5 6 7 8 9 10; do
		lab_spawn client "$WGRECONCILE" apply
		pids="$pids $LAB_PID"
	done
	for i in $pids; do
		status=0
		wait "$i" || status=$?
		statuses="$statuses$status "
	done
	ok "ten at once: each done or left: $statuses" sh -c "echo '$statuses' | grep -Eqx '((0|75) )+'"
	ok "at least one was done" lab_match '\b0\b' echo "$statuses"
	ok "there is nothing to do" lab_wgr client plan
}

lab_init
lab_switch wan
lab_node client
lab_connect client wan 192.0.2.1/24
lab_keys client
lab_keys peer
install -m 600 "$LAB/client.key" "$LAB/client/config/wg0.key"
declare_interface default wg0 10.50.0.1/32
declare_interface other wg1 10.51.0.1/32
test_held
test_two_runs
test_stopped
# If the kernel makes the interfaces no program is started.
[ "$WIREGUARD" = kernel ] || test_program
test_many
lab_finish
