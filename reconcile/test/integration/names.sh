#!/bin/sh
# Endpoints that are names: one whose host moves is found at its new address; of several addresses each is tried once before any
# twice; a name that fails costs no time; families are preferred as declared, and skipped where no route leads.
# runs in: guest, host
set -eu

here=$(cd "$(dirname "$0")" && pwd)
# shellcheck source=sim/lab.sh
. "$here/../../../sim/lab.sh"
# shellcheck source=sim/uplink.sh
. "$here/../../../sim/uplink.sh"

# The endpoints set in the kernel, in order.
endpoints() {
	uplink_log '.changes[] | select(.kind == "peer_add" or .kind == "peer_endpoint") | .endpoint'
}

# Without recorded state and without configuration.
fresh() {
	uplink_forget
}

# This many attempts, one try_for apart. A single member is left by one run and tried again by the next.
attempts() {
	local before
	before=$(endpoints | wc -l)
	while [ $(($(endpoints | wc -l) - before)) -lt "$1" ]; do
		uplink_apply >/dev/null || return
		[ -z "$(uplink_log '.events[].kind' | tail -n 1 | grep try)" ] || sleep 0.5
	done
}

test_moves() {
	uplink_declare 1 "try_for: 500ms" "probe: {target: 10.9.0.1, count: 2, timeout: 200ms, fail_after: 2}"
	eventually 10 "found by its name" uplink_settled
	ok "a run more" uplink_apply
	# Another machine takes over its key and its name.
	lab_link_down gw1 eth0
	lab_exec gw2 wg set wg0 private-key "$LAB/gw1.key"
	lab_dns_set gw1.example 192.0.2.12
	eventually 15 "found at its new address" uplink_settled
	ok "which is the new host's" lab_match '192.0.2.12:51820' lab_exec client wg show wg0 endpoints
	lab_exec gw2 wg set wg0 private-key "$LAB/gw2.key"
	lab_link_up gw1 eth0
}

# A plain peer's name is queried again when its session is dead, 180 s after the last handshake.
test_plain_moves() {
	fresh
	{
		uplink_interface "peers:"
		uplink_member gw1 1
		echo "        persistent_keepalive: 25"
	} >"$LAB/client/config/default.yaml"
	lab_dns_set gw1.example 192.0.2.11
	uplink_timer 5
	eventually 10 "a plain peer's name" uplink_works
	sleep 60
	lab_link_down gw1 eth0
	lab_exec gw2 wg set wg0 private-key "$LAB/gw1.key"
	sleep 5
	lab_dns_set gw1.example 192.0.2.12
	eventually 250 "the plain peer is found at its new address" uplink_works
	lab_exec gw2 wg set wg0 private-key "$LAB/gw2.key"
	lab_link_up gw1 eth0
	# A live peer is not changed, however long.
	lab_dns_set gw1.example 192.0.2.11
	eventually 400 "and at its old one" uplink_works
	uplink_log_empty
	lab_dns_set gw1.example 192.0.2.12
	sleep 600
	ok "a live one is left alone, whatever its name says" [ -z "$(endpoints)" ]
	lab_timer_stop client
	lab_dns_set gw1.example 192.0.2.11
}

test_rotation() {
	fresh
	uplink_declare 1 "try_for: 500ms"
	lab_dns_set gw1.example 192.0.2.201 192.0.2.202 2001:db8::201 2001:db8::202
	attempts 8
	ok "four dead addresses: each was tried before any twice" [ "$(endpoints | head -n 4 | sort -u | wc -l)" = 4 ]
	ok "and so in the second round" [ "$(endpoints | sed -n 5,8p | sort -u | wc -l)" = 4 ]
	fresh
	uplink_declare 1 "try_for: 500ms"
	lab_dns_set gw1.example 192.0.2.201 192.0.2.202 "$1"
	eventually 5 "of three addresses the one that works is found" uplink_settled
	ok "none was tried twice" [ -z "$(endpoints | sort | uniq -d)" ]
	ok "it is $1" lab_exec client sh -c "wg show wg0 endpoints | grep -qF '$1'"
	lab_dns_set gw1.example 192.0.2.11
}

test_failing() {
	fresh
	uplink_declare 3 "strategy: ordered"
	lab_dns_set gw1.example
	lab_dns_set gw2.example
	ok "two of three names do not exist: one run" uplink_apply
	ok "the first is left for it" uplink_happened left gw1 name_unresolved
	ok "the second as well" uplink_happened left gw2 name_unresolved
	ok "the third is tried in the same run" uplink_happened try gw3
	eventually 5 "and works" uplink_works
	fresh
	lab_dns_set gw3.example
	ok "no name exists: a run goes well all the same" uplink_apply
	ok "nobody is tried" [ -z "$(uplink_events try)" ]
	lab_dns_set gw2.example 192.0.2.12
	eventually 5 "one comes into being: it is used" uplink_settled
	lab_dns_set gw1.example 192.0.2.11
	lab_dns_set gw3.example 192.0.2.13
}

# Three addresses of each family, none of which works.
test_preferred() { # FAMILY, PATTERN OF ITS ENDPOINTS
	fresh
	uplink_declare 1 "try_for: 500ms" "prefer_family: $1"
	attempts 6
	ok "prefer_family: $1: those come first" [ "$(endpoints | head -n 3 | grep -c "$2")" = 3 ]
	ok "prefer_family: $1: then the others" [ "$(endpoints | sed -n 4,6p | grep -c "$2")" = 0 ]
}

test_no_route() {
	fresh
	lab_exec client ip address del 2001:db8::1/64 dev eth0
	uplink_declare 2 "strategy: ordered" "try_for: 500ms"
	lab_dns_set gw1.example 2001:db8::11
	lab_dns_set gw2.example 2001:db8::12 2001:db8::201 2001:db8::202 192.0.2.12
	ok "no route leads to IPv6" uplink_apply
	ok "a name with only IPv6 is left for it" uplink_happened left gw1 no_route
	eventually 5 "of one with both, IPv4 is used" uplink_settled
	ok "and nothing else was tried" [ "$(endpoints)" = 192.0.2.12:51820 ]
	lab_exec client ip address add 2001:db8::1/64 dev eth0 nodad
}

lab_init
uplink_network 3
test_moves
# wireguard-go 0.0.20231211 (Debian 13), after it has sent to IPv4 addresses, sends to the first 4 bytes of an IPv6 one
# (conn/bind_std.go, Send(): an address of 16 bytes is copied to where there is room for 4).
if [ "$WIREGUARD" = kernel ]; then
	test_rotation 2001:db8::11
else
	test_rotation 192.0.2.11
fi
test_failing
test_no_route
if [ "$WIREGUARD" = kernel ]; then
	lab_dns_set gw1.example 192.0.2.201 192.0.2.202 192.0.2.203 2001:db8::201 2001:db8::202 2001:db8::203
	test_preferred ipv6 '^\['
	test_preferred ipv4 '^192'
	test_plain_moves
fi
lab_finish
