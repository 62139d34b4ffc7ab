#!/bin/sh
# Interfaces that are no longer declared: one that we made is deleted with all that is on it, one that somebody else
# made is only cleaned of what we put there, and those of others and of other instances are not touched.
# runs in: guest, host
set -eu

here=$(cd "$(dirname "$0")" && pwd)
# shellcheck source=sim/lab.sh
. "$here/../../../sim/lab.sh"

there() { lab_exec client ip link show "$1"; }
routes() { lab_exec client sh -c 'ip route show table all; ip -6 route show table all'; }

# interface NAME NUMBER [LINE...]: YAML of an interface with one peer
interface() {
	local name=$1 number=$2 line
	shift 2
	cat <<-YAML
	  $name:
	    addresses: [10.$number.0.1/32, "fd$number::1/128"]
	YAML
	for line; do echo "    $line"; done
	cat <<-YAML
	    peers:
	      office:
	        public_key: $(cat "$LAB/peer.pub")
	        allowed_ips: [10.1$number.0.0/16, "fd00:1$number::/64"]
	YAML
}

ours() { # NAME NUMBER
	interface "$1" "$2" "private_key_file: wg0.key" "implementation: $WIREGUARD"
}

declared() { # instance's YAML from standard input
	{ echo "version: 1"; echo "interfaces:"; cat; } >"$LAB/client/config/${1:-default}.yaml"
}

converged() {
	lab_wgr client plan "$@"
}

# What the other's interface has that is not ours.
others_part() {
	lab_exec client wg show theirs peers | grep -v "$(cat "$LAB/peer.pub")"
	lab_exec client wg show theirs listen-port
	lab_exec client wg show theirs private-key
	lab_exec client ip -brief address show theirs | grep -o '10.200[^ ]*'
	lab_exec client ip route show | grep '10.201'
	lab_exec client ip -details link show theirs | grep -c alias || :
}

test_deleted() {
	{ ours wg0 50; ours wg1 51; } | declared
	{ ours wg2 52; } | declared other
	lab_wireguard client foreign
	lab_exec client wg set foreign listen-port 53000 peer "$(cat "$LAB/stranger.pub")" allowed-ips 10.199.0.0/16
	ok "two interfaces are made" lab_wgr client apply
	ok "and one of another instance" lab_wgr client apply /etc/wgreconcile/other.yaml
	ok "with routes" lab_match '10.151.0.0/16 dev wg1' routes
	lab_exec client ip route add 10.198.0.0/16 dev wg1
	{ ours wg0 50; } | declared
	ok "one is no longer declared" lab_wgr client apply
	not_ok "it is gone" there wg1
	not_ok "its routes, too" lab_match 'wg1' routes
	ok "the other one stays" lab_match '10.150.0.0/16 dev wg0' routes
	ok "the other instance's stays" lab_match '10.152.0.0/16 dev wg2' routes
	ok "a foreign one stays" lab_match '10.199.0.0/16' lab_exec client wg show foreign allowed-ips
	ok "then there is nothing to do" converged
	ok "for the other instance, too" converged /etc/wgreconcile/other.yaml
	printf 'version: 1\ninterfaces: {}\n' >"$LAB/client/config/default.yaml"
	# What the kernel shows is enough.
	rm -rf "$LAB"/client/state/* "$LAB"/client/run/wgreconcile
	ok "nothing is declared, and nothing is recorded" lab_wgr client apply
	not_ok "the last one is gone" there wg0
	ok "the other instance's is not" there wg2
	ok "a foreign one is not" there foreign
	ok "then there is nothing to do" converged
	echo 'version: 1' >"$LAB/client/config/other.yaml"
	ok "the other instance's is given up" lab_wgr client apply /etc/wgreconcile/other.yaml
	not_ok "it is gone" there wg2
	ok "a foreign one is still there" there foreign
}

test_cleaned() {
	lab_wireguard client theirs
	lab_exec client wg set theirs listen-port 54000 private-key "$LAB/stranger.key" \
		peer "$(wg genkey | wg pubkey)" allowed-ips 10.197.0.0/16
	lab_exec client ip address add 10.200.0.1/24 dev theirs
	lab_exec client ip link set theirs up
	lab_exec client ip route add 10.201.0.0/16 dev theirs
	others_part >"$LAB/before"
	ok "an interface of somebody else has something on it" [ "$(wc -l <"$LAB/before")" -eq 6 ]
	interface theirs 53 "create: false" | declared
	ok "it is declared with create: false" lab_wgr client apply
	ok "our peer is on it" lab_match "$(cat "$LAB/peer.pub")" lab_exec client wg show theirs peers
	ok "our route is on it" lab_match '10.153.0.0/16 dev theirs' routes
	ok "our IPv6 route is on it" lab_match 'fd00:153::/64 dev theirs' routes
	ok "our address is on it" lab_match '10.53.0.1/32' lab_exec client ip -brief address show theirs
	others_part >"$LAB/after"
	ok "what was there is as it was" diff "$LAB/before" "$LAB/after"
	ok "then there is nothing to do" converged
	printf 'version: 1\ninterfaces: {}\n' >"$LAB/client/config/default.yaml"
	ok "it is no longer declared" lab_wgr client apply
	ok "it is still there" there theirs
	not_ok "our peer is gone" lab_match "$(cat "$LAB/peer.pub")" lab_exec client wg show theirs peers
	not_ok "our routes are gone" lab_match '153' routes
	not_ok "our addresses are gone" lab_match '10.53.0.1\|fd53' lab_exec client ip -brief address show theirs
	others_part >"$LAB/after"
	ok "what was there before is as it was" diff "$LAB/before" "$LAB/after"
	ok "then there is nothing to do" converged
}

# With the state lost, routes and addresses are still known to be ours.
test_cleaned_while_declared() {
	interface theirs 53 "create: false" | declared
	ok "create: false again" lab_wgr client apply
	interface theirs 54 "create: false" | declared
	ok "with other addresses and routes" lab_wgr client apply
	not_ok "the old routes are gone" lab_match 'fd00:153\|10.153' routes
	not_ok "the old addresses are gone" lab_match '10.53.0.1\|fd53' lab_exec client ip -brief address show theirs
	ok "the new route is there" lab_match '10.154.0.0/16 dev theirs' routes
	ok "the new address is there" lab_match '10.54.0.1/32' lab_exec client ip -brief address show theirs
	others_part >"$LAB/after"
	ok "what is not ours is as it was" diff "$LAB/before" "$LAB/after"
	ok "then there is nothing to do" converged
}

# An interface of the same name that is something else is nobody's to delete.
test_not_wireguard() {
	lab_exec client ip link add wg9 type bridge
	ours wg9 59 | declared
	not_ok "a bridge stands where our interface should be" lab_wgr client apply
	ok "it is still one" lab_match bridge lab_exec client ip -details link show wg9
	printf 'version: 1\ninterfaces: {}\n' >"$LAB/client/config/default.yaml"
	ok "it is no longer declared" lab_wgr client apply
	ok "it is still there" there wg9
}

lab_init
lab_node client
lab_keys client
lab_keys peer
lab_keys stranger
install -m 600 "$LAB/client.key" "$LAB/client/config/wg0.key"
test_deleted
test_cleaned
test_cleaned_while_declared
test_not_wireguard
lab_finish
