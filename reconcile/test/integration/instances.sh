#!/bin/sh
# An interface that another instance or another program made is left alone with an error, unless nothing would be lost
# or take_over is declared; an instance that was renamed does not delete what the new one has taken over.
# runs in: guest, host
set -eu

here=$(cd "$(dirname "$0")" && pwd)
# shellcheck source=sim/lab.sh
. "$here/../../../sim/lab.sh"

# declare_as INSTANCE PEER [LINE...]: wg0 with one peer and further lines
declare_as() {
	local instance=$1 peer=$2 line
	shift 2
	{
		cat <<-YAML
		version: 1
		interfaces:
		  wg0:
		    private_key_file: wg0.key
		    implementation: $WIREGUARD
		    addresses: [10.9.0.2/32]
		YAML
		for line; do echo "    $line"; done
		cat <<-YAML
		    peers:
		      $peer: {public_key: $(cat "$LAB/$peer.pub"), allowed_ips: [10.9.0.0/24]}
		YAML
	} >"$LAB/client/config/$instance.yaml"
}

apply_as() { # INSTANCE
	lab_wgr client apply "/etc/wgreconcile/$1.yaml"
}

peers() { lab_exec client wg show wg0 peers; }
alias_of() { lab_exec client cat /sys/class/net/wg0/ifalias; }

# refused INSTANCE PATTERN: exit code 1, the reason is reported, and the interface is as before
refused() {
	local rc=0
	peers >"$LAB/before"
	apply_as "$1" >"$LAB/output" 2>&1 || rc=$?
	cat "$LAB/output"
	[ "$rc" -eq 1 ] && grep -q "$2" "$LAB/output" && grep -q 'take_over: true' "$LAB/output" &&
		peers | diff "$LAB/before" -
}

test_two_instances() {
	declare_as one a
	declare_as two b
	ok "the first instance makes the interface" apply_as one
	ok "the second one is refused, and both are named" refused two 'instance "one".*instance "two"'
	ok "the first one has nothing to do" lab_wgr client plan /etc/wgreconcile/one.yaml
	printf 'version: 1\ninterfaces: {}\n' >"$LAB/client/config/two.yaml"
	ok "the second one gives it up" apply_as two
	ok "the peer of the first one is there" lab_match "$(cat "$LAB/a.pub")" peers
}

test_renamed() {
	declare_as site a
	ok "a renamed instance is refused at first" refused site 'instance "one"'
	declare_as site a "take_over: true"
	ok "it takes the interface over" apply_as site
	ok "whose alias names it" lab_match '^wgreconcile:site$' alias_of
	ok "then there is nothing to do" lab_wgr client plan /etc/wgreconcile/site.yaml
	printf 'version: 1\ninterfaces: {}\n' >"$LAB/client/config/one.yaml"
	ok "the old one runs once more" apply_as one
	ok "and the interface is there, with its peer" lab_match "$(cat "$LAB/a.pub")" peers
	ok "its address, too" lab_match 10.9.0.2/32 lab_exec client ip -brief address show wg0
	ok "its route, too" lab_match 'dev wg0' lab_exec client ip route show 10.9.0.0/24
	ok "and for the new one there is nothing to do" lab_wgr client plan /etc/wgreconcile/site.yaml
	printf 'version: 1\ninterfaces: {}\n' >"$LAB/client/config/site.yaml"
	ok "the new one no longer declares it" apply_as site
	not_ok "and it is gone" lab_exec client ip link show wg0
}

# As wg-quick, systemd-networkd or NetworkManager would make it.
make_foreign() { # PEER...
	local peer
	lab_wireguard client wg0
	lab_exec client wg set wg0 private-key "$LAB/client.key"
	for peer; do lab_exec client wg set wg0 peer "$(cat "$LAB/$peer.pub")"; done
	lab_exec client ip link set wg0 up
}

test_foreign() {
	make_foreign a b
	declare_as office a
	ok "an interface with a foreign peer is refused" refused office 'wg-quick, systemd-networkd or NetworkManager'
	ok "that peer is named" grep -qF "$(cat "$LAB/b.pub")" "$LAB/output"
	declare_as office a "unmanaged_peers: keep"
	ok "it is configured beside the foreign peer" apply_as office
	ok "which is there" lab_match "$(cat "$LAB/b.pub")" peers
	lab_exec client ip link delete wg0
	rm -rf "$LAB"/client/state/*
	make_foreign a b
	declare_as office a "take_over: true"
	ok "it is taken over" apply_as office
	not_ok "the foreign peer is gone" lab_match "$(cat "$LAB/b.pub")" peers
	ok "the alias names the instance" lab_match '^wgreconcile:office$' alias_of
	ok "then there is nothing to do" lab_wgr client plan /etc/wgreconcile/office.yaml
	lab_exec client ip link delete wg0
	rm -rf "$LAB"/client/state/*
	make_foreign a
	declare_as office a
	ok "one whose peers are all declared needs no word" apply_as office
	not_ok "and gets no alias" lab_match wgreconcile alias_of
}

lab_init
lab_node client
for name in client a b; do lab_keys $name; done
install -m 600 "$LAB/client.key" "$LAB/client/config/wg0.key"
test_two_instances
test_renamed
test_foreign
lab_finish
