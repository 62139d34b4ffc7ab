#!/bin/sh
# Thousands of peers and one with 20,000 allowed IPs, which no netlink message holds: made, changed one by one without
# a touch of the others, taken away, and always with nothing left to do.
# runs in: guest, host
set -eu

here=$(cd "$(dirname "$0")" && pwd)
# shellcheck source=sim/lab.sh
. "$here/../../../sim/lab.sh"
# shellcheck source=sim/uplink.sh
. "$here/../../../sim/uplink.sh"

PEERS=2000
HUGE=20000

# So many public keys: 32 bytes each as base64, the last character of which has four bits.
public_keys() { # NUMBER
	head -c $(($1 * 33)) /dev/urandom | base64 -w 44 | head -n "$1" | sed 's/..$/A=/'
}

# LAB/plan: "KEY PREFIX" of all that is to be: three prefixes for each of PEERS, and HUGE of them for one more
plan_peers() {
	public_keys $((PEERS + 1)) >"$LAB/keys"
	head -n $PEERS "$LAB/keys" | awk '{
		printf "%s 10.%d.%d.0/24\n", $1, int(NR / 256), NR % 256
		printf "%s 172.%d.%d.7/32\n", $1, 16 + int(NR / 256), NR % 256
		printf "%s fd00:%x::/64\n", $1, NR
	}' >"$LAB/plan"
	huge=$(tail -n 1 "$LAB/keys")
	awk -v key="$huge" -v n=$HUGE 'BEGIN {
		for (i = 2; i < n + 2; i += 2) {
			printf "%s 11.%d.%d.%d/32\n", key, int(i / 65536), int(i / 256) % 256, i % 256
			printf "%s fd11::%x/128\n", key, i
		}
	}' >>"$LAB/plan"
}

# The client's file from LAB/plan; with gw1, which carries traffic, and without routes unless LINE... says so.
declare_plan() { # LINE...
	{
		uplink_interface "$@"
		cat <<-YAML
		    peers:
		      gw1:
		        public_key: $(cat "$LAB/gw1.pub")
		        endpoint: "192.0.2.11:51820"
		        allowed_ips: [10.9.0.0/24]
		        persistent_keepalive: 25
		YAML
		awk '
			$1 != key {
				if (key) print "]"
				key = $1
				printf "      p%d:\n        public_key: %s\n        allowed_ips: [", ++n, key
				separator = ""
			}
			{ printf "%s\"%s\"", separator, $2; separator = ", " }
			END { print "]" }' "$LAB/plan"
	} >"$LAB/client/config/default.yaml"
}

# What the kernel has, as "KEY PREFIX", without gw1.
there() {
	lab_exec client wg show wg0 allowed-ips | grep -v "^$(cat "$LAB/gw1.pub")" |
		awk '{ for (i = 2; i <= NF; i++) print $1, $i }' | LC_ALL=C sort
}

as_planned() {
	LC_ALL=C sort "$LAB/plan" >"$LAB/wanted"
	there >"$LAB/there"
	diff "$LAB/wanted" "$LAB/there" | head -n 20
	cmp "$LAB/wanted" "$LAB/there"
}

peers() {
	lab_exec client wg show wg0 peers | LC_ALL=C sort
}

apply() { # [NUMBER OF CHANGES [KIND]]
	local status=0
	lab_wgr client apply --deadline 100s --json >"$LAB/output" || status=$?
	[ $status -eq 0 ] || { jq -c '.errors, .counts' "$LAB/output"; return $status; }
	jq -c '[.changes[].kind] | group_by(.) | map({(.[0]): length}) | add' "$LAB/output"
	[ $# -lt 1 ] || jq -e ".changes | length == $1" "$LAB/output" || return
	[ $# -lt 2 ] || jq -e ".changes | all(.kind == \"$2\")" "$LAB/output"
}

converged() {
	lab_wgr client plan --deadline 100s
}

# State that a recreated or changed peer would lose.
session() {
	lab_exec client wg show wg0 latest-handshakes | grep "^$(cat "$LAB/gw1.pub")"
}

# changed TEXT NUMBER KIND: the plan was changed by so many; just they are done
changed() {
	declare_plan "routes: none"
	session >"$LAB/session"
	ok "$1: applied, $2 changes" apply "$2" "$3"
	ok "$1: as planned" as_planned
	session | ok "$1: the session of another peer goes on" diff "$LAB/session" -
	ok "$1: nothing left to do" converged
}

test_made() {
	plan_peers
	declare_plan "routes: none"
	ok "made" apply
	ok "all $((PEERS * 3 + HUGE)) allowed IPs of $((PEERS + 1)) peers are there" as_planned
	ok "one peer has $HUGE" [ "$(grep -c "^$huge" "$LAB/there")" = $HUGE ]
	ok "all peers are there" [ "$(peers | wc -l)" = $((PEERS + 2)) ]
	ok "nothing left to do" converged
	ok "an apply has nothing to do" apply 0
	eventually 15 "one of them has a handshake" has_session
}

has_session() {
	# Without a route, only its keepalive triggers one.
	session | grep -v '	0$'
}

test_moved() {
	local one other
	one=$(sed -n 700p "$LAB/keys") other=$(sed -n 1400p "$LAB/keys")
	# From one to another: the plan must be in the order of keys.
	grep "^$one" "$LAB/plan" | sed -n 1p | sed "s|^[^ ]*|$other|" >"$LAB/moved"
	awk -v one="$one" -v other="$other" -v moved="$(cat "$LAB/moved")" '
		$1 == one && !found { found = 1; next }
		{ print }
		$1 == other && !done { done = 1; print moved }' "$LAB/plan" >"$LAB/plan.new"
	mv "$LAB/plan.new" "$LAB/plan"
	changed "one allowed IP moved" 1 allowed_ip_add
	ok "it says from whom" jq -e '.changes[0].from_peer // .changes[0].text | test("p700")' "$LAB/output"
}

test_huge_changed() {
	echo "$huge 12.0.0.1/32" >>"$LAB/plan"
	changed "one more for the peer with many" 1 allowed_ip_add
	sed -i '/ 12.0.0.1\/32$/d' "$LAB/plan"
	changed "one less" 1 allowed_ip_remove
	awk -v key="$huge" '$1 != key || n++ % 2' "$LAB/plan" >"$LAB/plan.new"
	mv "$LAB/plan.new" "$LAB/plan"
	changed "half of them less" $((HUGE / 2)) allowed_ip_remove
	ok "it has the other half" [ "$(grep -c "^$huge" "$LAB/there")" = $((HUGE / 2)) ]
}

test_peers_removed() {
	sed -n '1~2p' "$LAB/keys" | head -n $((PEERS / 2)) >"$LAB/gone"
	awk 'NR == FNR { gone[$1]; next } !($1 in gone)' "$LAB/gone" "$LAB/plan" >"$LAB/plan.new"
	mv "$LAB/plan.new" "$LAB/plan"
	changed "half of the peers are gone" $((PEERS / 2)) peer_remove
	ok "the others are there" [ "$(peers | wc -l)" = $((PEERS / 2 + 2)) ]
}

test_peers_added() {
	public_keys 300 | awk '{ printf "%s 13.%d.%d.0/24\n", $1, int(NR / 256), NR % 256 }' >>"$LAB/plan"
	changed "300 peers more" 300 peer_add
}

routes_there() {
	lab_exec client ip route show dev wg0 | awk '{ print $1 }' | sed 's|^[^/]*$|&/32|' | LC_ALL=C sort
}

test_routes() {
	grep -v "^$huge" "$LAB/plan" >"$LAB/plan.new"
	mv "$LAB/plan.new" "$LAB/plan"
	declare_plan
	ok "with routes" apply
	{ echo 10.9.0.0/24; awk '$2 !~ /:/ { print $2 }' "$LAB/plan"; } | LC_ALL=C sort >"$LAB/wanted"
	routes_there >"$LAB/there"
	ok "there are thousands" [ "$(wc -l <"$LAB/wanted")" -ge 2000 ]
	ok "each is there" diff "$LAB/wanted" "$LAB/there"
	ok "nothing left to do" converged
	declare_plan "routes: none"
	ok "without routes" apply
	ok "none is there" [ -z "$(routes_there)" ]
	ok "nothing left to do" converged
}

lab_init
uplink_network 1
test_made
test_moved
test_huge_changed
test_peers_removed
test_peers_added
test_routes
lab_finish
