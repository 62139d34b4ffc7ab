#!/bin/sh
# Another tool alters what is ours: one run repairs it, and the run after that has nothing to do. What is not ours,
# and where a peer roamed to, is left as it is.
# runs in: guest, host
set -eu

here=$(cd "$(dirname "$0")" && pwd)
# shellcheck source=sim/lab.sh
. "$here/../../../sim/lab.sh"
# shellcheck source=sim/uplink.sh
. "$here/../../../sim/uplink.sh"

# declare_peers [LINE...]: two plain peers, gw1 and gw2, on an interface with further lines
declare_peers() {
	{
		uplink_interface "listen_port: 51000" "mtu: 1400" "$@"
		cat <<-YAML
		    peers:
		      gw1:
		        public_key: $(cat "$LAB/gw1.pub")
		        endpoint: "192.0.2.11:51820"
		        allowed_ips: [10.9.0.0/24, 10.20.0.0/16, "fd09::/64"]
		        persistent_keepalive: 5
		      gw2:
		        public_key: $(cat "$LAB/gw2.pub")
		        allowed_ips: [10.30.0.0/16, 10.31.0.0/16]
		YAML
	} >"$LAB/client/config/default.yaml"
}

# State that must not change: all displayed state, without handshakes, counters, and the interface's index. The order of
# allowed IPs and routes is the kernel's.
everything() {
	lab_exec client sh -c '
		wg show wg0 dump
		ip -brief link show wg0
		ip address show wg0
		ip route show table all dev wg0
		ip -6 route show table all dev wg0' | awk '
		NF == 4 && /\t/ { print "interface", $1, $2, $3, $4; next }
		NF == 8 && /\t/ {
			print "peer", $1, $2, $3, $8
			n = split($4, prefixes, ",")
			for (i = 1; i <= n; i++) print "peer", $1, prefixes[i]
			next
		}
		/ table local |fe80|ff00/ { next }
		$1 ~ /^[0-9]+:$/ { $1 = "" }
		!/valid_lft/ { print }' | sort
}

repair() { lab_wgr client apply --json >"$LAB/apply"; }

# apply made the changes listed by plan, in the same order.
as_planned() {
	jq '.changes[] | del(.result)' "$LAB/plan" >"$LAB/planned"
	jq '.changes[] | del(.result)' "$LAB/apply" | diff "$LAB/planned" - && [ -s "$LAB/planned" ]
}

# repaired TEXT COMMAND...: what COMMAND does to the client is undone by one run
repaired() {
	local text=$1
	shift
	ok "$text: done" lab_exec client "$@"
	everything >"$LAB/after" 2>&1 || :
	not_ok "$text: it is another state" cmp "$LAB/before" "$LAB/after"
	lab_wgr client plan --json >"$LAB/plan" || [ $? -eq 2 ]
	ok "$text: a run repairs it" repair
	ok "$text: it does what was planned" as_planned
	everything >"$LAB/after"
	ok "$text: all is as before" diff "$LAB/before" "$LAB/after"
	ok "$text: then there is nothing to do" uplink_converged
}

test_ours() {
	local gw1 gw2
	gw1=$(cat "$LAB/gw1.pub") gw2=$(cat "$LAB/gw2.pub")
	repaired "a peer is deleted" wg set wg0 peer "$gw1" remove
	repaired "all peers are deleted" sh -c 'for peer in $(wg show wg0 peers); do wg set wg0 peer $peer remove; done'
	repaired "a route is deleted" ip route delete 10.20.0.0/16
	repaired "an IPv6 route is deleted" ip -6 route delete fd09::/64 dev wg0
	repaired "all routes are flushed" ip route flush dev wg0
	repaired "an address is deleted" ip address delete 10.9.0.2/32 dev wg0
	repaired "an IPv6 address is deleted" ip address delete fd09::2/128 dev wg0
	repaired "an allowed IP is taken away" wg set wg0 peer "$gw1" allowed-ips 10.9.0.0/24,fd09::/64
	repaired "an allowed IP is added" wg set wg0 peer "$gw2" allowed-ips 10.30.0.0/16,10.31.0.0/16,10.99.0.0/16
	repaired "an allowed IP is moved to another peer" \
		wg set wg0 peer "$gw2" allowed-ips 10.30.0.0/16,10.31.0.0/16,10.20.0.0/16
	repaired "allowed IPs are taken from all" \
		sh -c "wg set wg0 peer '$gw1' allowed-ips '' peer '$gw2' allowed-ips ''"
	repaired "the keepalive is changed" wg set wg0 peer "$gw1" persistent-keepalive 77
	repaired "a preshared key is set" \
		sh -c "wg genpsk >$LAB/client.psk && wg set wg0 peer '$gw1' preshared-key $LAB/client.psk"
	repaired "the listen port is changed" wg set wg0 listen-port 52000
	repaired "the private key is changed" \
		sh -c "wg genkey >$LAB/other.key && wg set wg0 private-key $LAB/other.key"
	repaired "the MTU is changed" ip link set wg0 mtu 1300
	repaired "the interface is set down" ip link set wg0 down
	repaired "a peer is added that nobody declared" sh -c "wg set wg0 peer \$(wg genkey | wg pubkey) allowed-ips 10.66.0.0/16"
	if [ "$WIREGUARD" = kernel ]; then
		repaired "the interface is deleted and another one made in its place" \
			sh -c 'ip link delete wg0 && ip link add wg0 type wireguard && ip link set wg0 up'
	fi
	repaired "the interface is deleted" ip link delete wg0
}

test_roamed() {
	# A gateway treats two initiations within 50 ms as an attack; a repair causes some.
	sleep 6
	ok "gw1 answers" uplink_works
	# The gateway roams, and its packets show the new address.
	lab_exec gw1 ip address delete 192.0.2.11/24 dev eth0
	lab_exec gw1 ip address add 192.0.2.77/24 dev eth0
	eventually 20 "gw1 roams, and its keepalive tells" roamed
	ok "a run leaves it there" lab_match 'Nothing to do' lab_wgr client apply
	ok "it is still there" roamed
	ok "gw1 still answers" uplink_works
	lab_exec gw1 ip address delete 192.0.2.77/24 dev eth0
	lab_exec gw1 ip address add 192.0.2.11/24 dev eth0
}

roamed() {
	# Nothing else triggers packets.
	lab_exec gw1 ping -c 1 -W 1 10.9.0.2
	lab_match '192.0.2.77:51820' lab_exec client wg show wg0 endpoints
}

foreign_routes() {
	lab_exec client ip route show table all | grep -E '10.(77|78|79)\.' | sort
	lab_exec client ip -6 route show table all | grep -E 'fd7[789]:' | sort
	lab_exec client ip rule show
	lab_exec client ip address show dev wg0 | grep -E '10.88|fd88'
	lab_exec client ip address show dev eth0 | grep inet
}

test_foreign() {
	local stranger
	stranger=$(wg genkey | wg pubkey)
	lab_exec client ip route add 10.77.0.0/16 dev wg0
	lab_exec client ip route add 10.78.0.0/16 dev wg0 proto static metric 50
	lab_exec client ip route add 10.78.0.0/16 dev wg0 proto bird table 77
	lab_exec client ip route add 10.79.0.0/16 via 192.0.2.11
	lab_exec client ip -6 route add fd77::/64 dev wg0
	lab_exec client ip -6 route add fd78::/64 dev wg0 proto bird table 77
	lab_exec client ip rule add from 10.77.0.0/16 table 77 priority 500
	lab_exec client ip address add 10.88.0.1/24 dev wg0
	lab_exec client ip address add fd88::1/64 dev wg0 nodad
	foreign_routes >"$LAB/foreign"
	ok "foreign things are there" [ "$(wc -l <"$LAB/foreign")" -ge 14 ]
	ok "foreign routes, rules and addresses: nothing to do" uplink_converged
	lab_exec client wg set wg0 peer "$(cat "$LAB/gw1.pub")" remove
	lab_exec client ip route delete 10.30.0.0/16
	ok "a repair beside them" lab_wgr client apply
	foreign_routes >"$LAB/foreign.after"
	ok "they are as they were" diff "$LAB/foreign" "$LAB/foreign.after"
	declare_peers "routes: none" "unmanaged_peers: keep"
	ok "our routes are not declared any more" lab_wgr client apply
	not_ok "our routes are gone" lab_match '10.20.0.0/16' lab_exec client ip route show
	foreign_routes >"$LAB/foreign.after"
	ok "foreign ones are still there" diff "$LAB/foreign" "$LAB/foreign.after"
	lab_exec client wg set wg0 peer "$stranger" allowed-ips 10.55.0.0/16 endpoint 192.0.2.99:1
	lab_exec client wg set wg0 peer "$(cat "$LAB/gw2.pub")" remove
	ok "unmanaged_peers: keep: a repair beside a foreign peer" lab_wgr client apply
	ok "the foreign peer is as it was" lab_match "$stranger	10.55.0.0/16" lab_exec client wg show wg0 allowed-ips
	ok "ours is back" lab_match "$(cat "$LAB/gw2.pub")" lab_exec client wg show wg0 peers
	ok "then there is nothing to do" uplink_converged
	# A peer of ours stays ours when it is no longer declared.
	sed -i '/^      gw2:/,$d' "$LAB/client/config/default.yaml"
	ok "unmanaged_peers: keep: a peer is not declared any more" lab_wgr client apply
	not_ok "it is gone" lab_match "$(cat "$LAB/gw2.pub")" lab_exec client wg show wg0 peers
	ok "the foreign one stays" lab_match "$stranger" lab_exec client wg show wg0 peers
	sed -i 's/unmanaged_peers: keep/unmanaged_peers: remove/' "$LAB/client/config/default.yaml"
	ok "unmanaged_peers: remove" lab_wgr client apply
	not_ok "now it is gone" lab_match "$stranger" lab_exec client wg show wg0 peers
}

# traffic_back TEXT COMMAND...: what COMMAND does to the client ends the traffic, one run brings it back
traffic_back() {
	local text=$1
	shift
	# A handshake at the same time as the last one would be refused.
	sleep 0.1
	lab_exec client "$@"
	not_ok "$text: no traffic" uplink_works
	ok "$text: one run" lab_wgr client apply
	eventually 3 "$text: the traffic flows" uplink_works
	ok "$text: another run" lab_wgr client apply
	ok "$text: gw1 is active" uplink_active_is gw1
	ok "$text: there is nothing to do" uplink_converged
}

# Peers that a selector chose are repaired, not left.
test_selector() {
	uplink_forget
	uplink_declare 2 "strategy: ordered"
	eventually 10 "a selector" uplink_settled
	ok "a run that sees it work" lab_wgr client apply
	traffic_back "its peer is deleted" wg set wg0 peer "$(cat "$LAB/gw1.pub")" remove
	traffic_back "its allowed IPs are taken away" wg set wg0 peer "$(cat "$LAB/gw1.pub")" allowed-ips ""
	traffic_back "its route is deleted" ip route delete 10.9.0.0/24
	lab_exec client wg set wg0 peer "$(cat "$LAB/gw2.pub")" allowed-ips 10.9.0.0/24
	ok "another member is put in, and takes the traffic" lab_wgr client apply
	ok "a run takes it out" [ "$(lab_exec client wg show wg0 peers)" = "$(cat "$LAB/gw1.pub")" ]
	eventually 3 "the traffic flows" uplink_works
}

lab_init
uplink_network 2
declare_peers
ok "configured" lab_wgr client apply
ok "there is nothing to do" uplink_converged
everything >"$LAB/before"
ok "it is complete" [ "$(wc -l <"$LAB/before")" -ge 15 ]
test_ours
test_roamed
test_foreign
test_selector
lab_finish
