#!/bin/sh
# A machine whose interface was made by wg(8) and ip(8), or by wg-quick(8), is taken over without a change: what show
# and import print is what is there.
# runs in: guest, host
set -eu

here=$(cd "$(dirname "$0")" && pwd)
# shellcheck source=sim/lab.sh
. "$here/../../../sim/lab.sh"

everything() {
	lab_exec client wg show wg0 dump | cut -f 1-5,8 | sort
	lab_exec client wg show wg0 allowed-ips | tr '\t' ' ' |
		while read -r key prefixes; do echo "$key" "$(echo "$prefixes" | tr ' ' '\n' | sort | tr '\n' ' ')"; done | sort
	lab_exec client ip -brief address show wg0
	lab_exec client ip -details link show wg0
	lab_exec client ip route show table all
	lab_exec client ip -6 route show table all
	lab_exec client ip rule show
}

# By hand: listen port, fwmark, MTU, addresses; peers with and without endpoint, preshared key, keepalive, allowed IPs.
make_by_hand() {
	lab_wireguard client wg0
	lab_exec client wg set wg0 private-key "$LAB/client.key" listen-port 51000 fwmark 0x99 \
		peer "$(cat "$LAB/a.pub")" preshared-key "$LAB/a.psk" endpoint 192.0.2.11:51820 \
		persistent-keepalive 25 allowed-ips 10.1.0.0/16,10.2.0.0/16,fd00:1::/64 \
		peer "$(cat "$LAB/b.pub")" endpoint "[2001:db8::12]:51820" allowed-ips 10.3.0.7/32,fd00:3::7/128 \
		peer "$(cat "$LAB/c.pub")" preshared-key "$LAB/c.psk" allowed-ips 10.4.0.0/16 \
		peer "$(cat "$LAB/d.pub")"
	lab_exec client ip address add 10.0.0.2/24 dev wg0
	lab_exec client ip address add 10.5.0.2/32 dev wg0
	lab_exec client ip address add fd00:5::2/64 dev wg0 nodad
	lab_exec client ip link set wg0 mtu 1380 up
	for route in 10.1.0.0/16 10.2.0.0/16 10.3.0.7/32 10.4.0.0/16; do
		lab_exec client ip route add "$route" dev wg0
	done
	for route in fd00:1::/64 fd00:3::7/128; do lab_exec client ip -6 route add "$route" dev wg0; done
}

# taken_over TEXT: the file that lies there is a valid one, and declares just what is there
taken_over() {
	everything >"$LAB/before"
	ok "$1: the file is valid" lab_wgr client validate /etc/wgreconcile/default.yaml
	ok "$1: plan is empty" lab_match 'Nothing to do' lab_wgr client plan
	ok "$1: apply has nothing to do" lab_match 'Nothing to do' lab_wgr client apply
	everything >"$LAB/after"
	ok "$1: nothing was changed" diff "$LAB/before" "$LAB/after"
}

declares() { # TEXT, PATTERN
	ok "$1" grep -q -- "$2" "$LAB/client/config/default.yaml"
}

# The file is complete: the machine can be configured from it.
restored_from_it() { # TEXT
	lab_exec client ip link delete wg0
	sed -i "s/create: false/create: true/" "$LAB/client/config/default.yaml"
	ok "$1: the machine is made from the file" lab_wgr client apply
	ok "$1: it has the private key" [ "$(lab_exec client wg show wg0 private-key)" = "$(cat "$LAB/client.key")" ]
	ok "$1: a preshared key" lab_match "$(cat "$LAB/a.psk")" lab_exec client wg show wg0 preshared-keys
	ok "$1: another one" lab_match "$(cat "$LAB/c.psk")" lab_exec client wg show wg0 preshared-keys
	ok "$1: the port" [ "$(lab_exec client wg show wg0 listen-port)" = 51000 ]
	ok "$1: the MTU" lab_match 'mtu 1380' lab_exec client ip link show wg0
	ok "$1: four peers" [ "$(lab_exec client wg show wg0 peers | wc -l)" = 4 ]
	ok "$1: the route" lab_match 'dev wg0' lab_exec client ip route show 10.1.0.0/16
	ok "$1: the IPv6 route" lab_match 'dev wg0' lab_exec client ip -6 route show fd00:1::/64
	ok "$1: then there is nothing to do" lab_wgr client plan
}

show() { # ARGUMENT...: to the client's file
	lab_wgr client show "$@" >"$LAB/shown" 2>"$LAB/said" || { cat "$LAB/said"; return 1; }
	cp "$LAB/shown" "$LAB/client/config/default.yaml"
}

test_show_without_keys() {
	ok "show" show
	not_ok "no private key is in it" grep -F "$(cat "$LAB/client.key")" "$LAB/shown" "$LAB/said"
	not_ok "no preshared key is in it" grep -F "$(cat "$LAB/a.psk")" "$LAB/shown" "$LAB/said"
	declares "a public key is" "$(cat "$LAB/a.pub")"
	declares "the endpoint is" '192.0.2.11:51820'
	declares "the port is" 'listen_port: 51000'
	taken_over "show"
	ok "show: the file is the same afterwards" cmp_show
}

cmp_show() {
	lab_wgr client show 2>/dev/null | diff "$LAB/shown" -
}

test_show_with_keys() {
	ok "show --keys" show --keys /etc/wgreconcile/keys
	not_ok "no private key is in it" grep -F "$(cat "$LAB/client.key")" "$LAB/shown" "$LAB/said"
	ok "the private key is in a file" grep -rqF "$(cat "$LAB/client.key")" "$LAB/client/config/keys"
	ok "the preshared keys, too" grep -rqF "$(cat "$LAB/c.psk")" "$LAB/client/config/keys"
	ok "they are for their owner only" [ -z "$(find "$LAB/client/config/keys" -type f ! -perm 600)" ]
	taken_over "show --keys"
	restored_from_it "show --keys"
}

# import_of KIND ARGUMENT...: the same interface, declared from what the other tool knows
import_of() {
	lab_wgr client import "$@" --keys /etc/wgreconcile/imported >"$LAB/shown" 2>"$LAB/said" ||
		{ cat "$LAB/said"; return 1; }
	cp "$LAB/shown" "$LAB/client/config/default.yaml"
}

test_import_wg_quick() {
	lab_exec client ip link delete wg0
	rm -rf "$LAB"/client/state/*
	make_by_hand
	cat >"$LAB/client/config/wg0.conf" <<-CONF
	[Interface]
	PrivateKey = $(cat "$LAB/client.key")
	ListenPort = 51000
	FwMark = 0x99
	Address = 10.0.0.2/24, 10.5.0.2/32
	Address = fd00:5::2/64
	MTU = 1380
	PostUp = echo up

	[Peer]
	PublicKey = $(cat "$LAB/a.pub")
	PresharedKey = $(cat "$LAB/a.psk")
	Endpoint = 192.0.2.11:51820
	PersistentKeepalive = 25
	AllowedIPs = 10.1.0.0/16, 10.2.0.0/16, fd00:1::/64

	[Peer]
	PublicKey = $(cat "$LAB/b.pub")
	Endpoint = [2001:db8::12]:51820
	AllowedIPs = 10.3.0.7, fd00:3::7

	[Peer]
	PublicKey = $(cat "$LAB/c.pub")
	PresharedKey = $(cat "$LAB/c.psk")
	AllowedIPs = 10.4.0.0/16

	[Peer]
	PublicKey = $(cat "$LAB/d.pub")
	CONF
	ok "import wg-quick" import_of wg-quick /etc/wgreconcile/wg0.conf
	sed -i "s/^  wg0:/&\n    implementation: $WIREGUARD/" "$LAB/client/config/default.yaml"
	not_ok "no private key is in it" grep -F "$(cat "$LAB/client.key")" "$LAB/shown" "$LAB/said"
	ok "what it cannot carry over it says" grep -q PostUp "$LAB/said"
	taken_over "import wg-quick"
	restored_from_it "import wg-quick"
}

test_import_showconf() {
	lab_exec client ip link delete wg0
	rm -rf "$LAB"/client/state/* "$LAB/client/config/imported"
	make_by_hand
	lab_exec client wg showconf wg0 >"$LAB/client/config/shown.conf"
	ok "import showconf" import_of showconf /etc/wgreconcile/shown.conf wg0
	sed -i "s/^  wg0:/&\n    implementation: $WIREGUARD/" "$LAB/client/config/default.yaml"
	taken_over "import showconf"
}

test_show_several() {
	lab_wireguard client wg7
	lab_wireguard client wg8
	lab_exec client wg set wg8 private-key "$LAB/d.key" listen-port 58000
	lab_exec client ip link set wg8 up
	ok "show, of interfaces of which one is down" show
	declares "says that it would set it up" 'down'
	lab_exec client ip link set wg7 up
	ok "show of three interfaces" show
	not_ok "now it does not" grep -q down "$LAB/shown"
	declares "the empty one is there" '^  wg7:'
	declares "the second one is there" '^  wg8:'
	taken_over "three interfaces"
	ok "show wg8" show wg8
	not_ok "is about that one only" grep -q 'wg0\|wg7' "$LAB/shown"
	taken_over "one of them"
}

lab_init
lab_switch wan
lab_node client
lab_connect client wan 192.0.2.1/24 2001:db8::1/64
lab_keys client
for name in a b c d; do
	lab_keys $name
	(umask 077 && wg genpsk >"$LAB/$name.psk")
done
make_by_hand
test_show_without_keys
test_show_with_keys
test_import_wg_quick
test_import_showconf
test_show_several
lab_finish
