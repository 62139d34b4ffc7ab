#!/bin/sh
# routes: declared routes through a peer, and routes of others that choose the peer: kernel route and allowed IP come
# and go together, nothing else is touched, and no route cuts the tunnel's own packets off.
# runs in: guest, host
set -eu

here=$(cd "$(dirname "$0")" && pwd)
# shellcheck source=sim/lab.sh
. "$here/../../../sim/lab.sh"
# shellcheck source=sim/uplink.sh
. "$here/../../../sim/uplink.sh"

MANY=10000 # prefixes

# router [LINE...]: three peers with an address each, on an interface with further lines
router() {
	local line
	{
		cat <<-YAML
		version: 1
		interfaces:
		  wg0:
		    private_key_file: wg0.key
		    addresses: [10.99.0.9/24, "fe80::9/64"]
		    implementation: $WIREGUARD
		YAML
		for line; do
			echo "    $line"
		done
		echo "    peers:"
		for n in 1 2 3; do
			cat <<-YAML
			      gw$n:
			        public_key: $(cat "$LAB/gw$n.pub")
			        endpoint: "192.0.2.1$n:51820"
			        allowed_ips: [10.99.0.$n/32, "fe80::$n/128"]
			YAML
		done
	} >"$LAB/client/config/default.yaml"
}

follows() { router "routes: none" "follow_routes: true"; }

route() { lab_exec client ip route "$@"; }
route6() { lab_exec client ip -6 route "$@"; }

has() { # PREFIX: the number of the gateway that has it, "" without
	local key
	key=$(lab_exec client wg show wg0 allowed-ips | awk -v prefix="$1" '{ for (i = 2; i <= NF; i++) if ($i == prefix) print $1 }')
	for n in 1 2 3; do
		if [ "$key" = "$(cat "$LAB/gw$n.pub")" ]; then echo "$n"; fi
	done
}

is_at() { # PREFIX GATEWAY, "" for nobody
	[ "$(has "$1")" = "$2" ]
}

follow() { # TEXT
	ok "$1" lab_wgr client apply
}

refused() { # PATTERN
	local status=0
	lab_wgr client apply >"$LAB/out" 2>&1 || status=$?
	[ $status -eq 1 ] && grep -q "$1" "$LAB/out"
}

test_declared() {
	router "routes: [{to: 10.9.0.0/16, via_peer: gw1, metric: 7, src: 10.99.0.9}]"
	ok "a route through a peer" lab_wgr client apply
	ok "the route is there" lab_match '^10.9.0.0/16 dev wg0 .*src 10.99.0.9 metric 7' route show
	ok "and no other of ours" [ "$(route show proto 87 | wc -l)" -eq 1 ]
	ok "its peer has it" is_at 10.9.0.0/16 1
	ok "then there is nothing to do" uplink_converged
	router "routes: [{to: 10.9.0.0/16, via_peer: gw2, metric: 7}]"
	ok "through another peer, without a source" lab_wgr client apply
	ok "that one has it" is_at 10.9.0.0/16 2
	not_ok "the route has no source" lab_match '^10.9.0.0/16 .* src' route show
	ok "the route is there" lab_match '^10.9.0.0/16 dev wg0 .* metric 7' route show
	ok "then there is nothing to do" uplink_converged
	router "routes: none"
	ok "not declared any more" lab_wgr client apply
	ok "nobody has it" is_at 10.9.0.0/16 ""
	ok "no route of ours is left" [ -z "$(route show proto 87)" ]
	ok "then there is nothing to do" uplink_converged
}

test_followed() {
	follows
	follow "follow_routes"
	route add 10.7.0.0/16 via 10.99.0.1 dev wg0 proto bird
	route6 add 2001:db8:7::/48 via fe80::2 dev wg0 proto bird
	route add 10.8.0.0/16 via inet6 fe80::3 dev wg0 proto bird
	route add 10.6.0.0/16 via 10.99.0.2 dev wg0 onlink proto static
	follow "routes come"
	ok "IPv4" is_at 10.7.0.0/16 1
	ok "IPv6" is_at 2001:db8:7::/48 2
	ok "IPv4 through an IPv6 next hop" is_at 10.8.0.0/16 3
	ok "onlink" is_at 10.6.0.0/16 2
	ok "what is declared stays" is_at 10.99.0.1/32 1
	ok "then there is nothing to do" uplink_converged
	route replace 10.7.0.0/16 via 10.99.0.3 dev wg0 proto bird
	follow "a route moves"
	ok "its prefix, too" is_at 10.7.0.0/16 3
	route add 10.7.0.0/16 via 10.99.0.1 dev wg0 proto bird metric 50
	ok "a worse route changes nothing" uplink_converged
	route delete 10.7.0.0/16 via 10.99.0.3
	follow "the better one goes"
	ok "the other one's peer takes over" is_at 10.7.0.0/16 1
	route delete 10.7.0.0/16
	route6 delete 2001:db8:7::/48
	follow "they go"
	ok "IPv4 has gone" is_at 10.7.0.0/16 ""
	ok "IPv6 has gone" is_at 2001:db8:7::/48 ""
	ok "the others are there" is_at 10.8.0.0/16 3
	route flush proto bird
	route flush proto static
	follow "all go"
	ok "then there is nothing to do" uplink_converged
}

test_several_hops() {
	follows
	route add 10.7.0.0/16 proto bird nexthop via 10.99.0.1 dev wg0 weight 1 nexthop via 10.99.0.2 dev wg0 weight 5
	follow "two hops"
	ok "the heavier one's peer has it" is_at 10.7.0.0/16 2
	route delete 10.7.0.0/16
	lab_exec client ip nexthop add id 5 via 10.99.0.3 dev wg0
	route add 10.7.0.0/16 nhid 5 proto bird
	follow "a next hop object"
	ok "is followed" is_at 10.7.0.0/16 3
	route delete 10.7.0.0/16
	lab_exec client ip nexthop delete id 5
	follow "it goes"
}

test_which() {
	router "routes: none" "follow_routes: {tables: [main, 77], protocols: [bird]}"
	route add 10.7.0.0/16 via 10.99.0.1 dev wg0 proto static
	route add 10.8.0.0/16 via 10.99.0.2 dev wg0 proto bird table 77
	route add 10.9.0.0/16 via 10.99.0.3 dev wg0 proto bird table 78
	route add 10.10.0.0/16 via 192.0.2.53 proto bird
	follow "tables and protocols"
	ok "another protocol is not followed" is_at 10.7.0.0/16 ""
	ok "a listed table is" is_at 10.8.0.0/16 2
	ok "another table is not" is_at 10.9.0.0/16 ""
	ok "nor is a route elsewhere" is_at 10.10.0.0/16 ""
	route delete 10.7.0.0/16
	route delete 10.10.0.0/16
	route flush table 77
	route flush table 78
	follow "they go"
}

test_unknown() {
	follows
	route add 10.7.0.0/16 via 10.99.0.77 dev wg0 proto bird
	ok "a next hop that nobody has is reported" refused 'next hop 10.99.0.77.*10.7.0.0/16'
	ok "and not guessed" is_at 10.7.0.0/16 ""
	route delete 10.7.0.0/16
	route add 10.99.0.2/32 via 10.99.0.1 dev wg0 proto bird
	ok "so is a contradiction to what is declared" refused '10.99.0.2/32; what is declared stays'
	ok "which stays" is_at 10.99.0.2/32 2
	route delete 10.99.0.2/32
	ok "then there is nothing to do" uplink_converged
}

cuts_off() { # TEXT, LINE...
	local text=$1
	shift
	router "$@"
	ok "$text is refused" refused 'not added: it would lead .* into the tunnel'
	not_ok "and not there" lab_match 'dev wg0 proto 87' route show
	ok "gateways stay in reach" lab_match 'dev eth0' route get 192.0.2.11
}

test_cutoff() {
	cuts_off "the route to an endpoint" "routes: [{to: 192.0.2.11/32, via_peer: gw2}]"
	route delete 192.0.2.0/24
	route add default via 192.0.2.53 dev eth0 onlink
	cuts_off "a default route" "routes: [{to: 0.0.0.0/0, via_peer: gw1}]"
	router "routes: [{to: 0.0.0.0/0, via_peer: gw1}]" "fwmark: 0x7" "table: 51820" "rules: fwmark"
	ok "with rules it is made" lab_wgr client apply
	ok "in its table" lab_match 'default dev wg0' route show table 51820
	router "routes: none"
	ok "and goes" lab_wgr client apply
	route delete default
	route add 192.0.2.0/24 dev eth0
	router "routes: [{to: 0.0.0.0/0, via_peer: gw1}]"
	ok "where endpoints are on a link of ours, a default route is made" lab_wgr client apply
	ok "it is there" lab_match 'default dev wg0' route show
	router "routes: none"
	ok "and goes" lab_wgr client apply
}

# Three of four are moved, and some of them removed: only the difference is applied.
test_many() {
	follows
	seq 0 $((MANY - 1)) | awk '{ printf "route add 10.%d.%d.0/24 via 10.99.0.1 dev wg0 proto bird\n", 100 + int($1 / 256), $1 % 256 }' |
		lab_exec client ip -batch -
	lab_wgr client plan >"$LAB/out" || :
	ok "the plan is readable" [ "$(wc -l <"$LAB/out")" -lt 20 ]
	ok "it counts" lab_match "$MANY to add" cat "$LAB/out"
	ok "plan --all shows each" [ "$(lab_wgr client plan --all | grep -c '10\.[0-9]*\.[0-9]*\.0/24')" -eq $MANY ]
	follow "$MANY routes"
	ok "are followed" [ "$(lab_exec client wg show wg0 allowed-ips | tr ' \t' '\n\n' | grep -c '/24$')" -eq $MANY ]
	ok "then there is nothing to do" uplink_converged
	route replace 10.100.7.0/24 via 10.99.0.2 dev wg0 proto bird
	lab_wgr client plan >"$LAB/out" || :
	ok "one that moves is one change" lab_match '^Plan: 1 to add, 0 to change, 0 to remove' cat "$LAB/out"
	follow "it moves"
	ok "its prefix, too" is_at 10.100.7.0/24 2
	route flush proto bird
	follow "all go"
	ok "nothing is left" [ "$(lab_exec client wg show wg0 allowed-ips | tr ' \t' '\n\n' | grep -c '/24$')" -eq 0 ]
	ok "then there is nothing to do" uplink_converged
}

lab_init
uplink_network 3
test_declared
test_followed
test_several_hops
test_which
test_unknown
test_cutoff
test_many
lab_finish
