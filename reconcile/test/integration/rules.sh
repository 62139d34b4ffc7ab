#!/bin/sh
# rules: fwmark: all traffic but WireGuard's own goes through the tunnel, in both families; no rule and no route stays
# when that is no longer declared.
# runs in: guest, host
set -eu

here=$(cd "$(dirname "$0")" && pwd)
# shellcheck source=sim/lab.sh
. "$here/../../../sim/lab.sh"
# shellcheck source=sim/uplink.sh
. "$here/../../../sim/uplink.sh"

# full_tunnel [LINE...]: a peer that all traffic goes to, on an interface with further lines
full_tunnel() {
	{
		uplink_interface "$@"
		cat <<-YAML
		    peers:
		      gateway:
		        public_key: $(cat "$LAB/gw1.pub")
		        endpoint: "192.0.2.11:51820"
		        allowed_ips: [0.0.0.0/0, "::/0"]
		YAML
	} >"$LAB/client/config/default.yaml"
}

with_rules() {
	full_tunnel "fwmark: 0xca6c" "table: 51820" "rules: fwmark" "$@"
}

rules() { # FAMILY
	lab_exec client ip "$1" rule show
}

both() { # TEXT, PATTERN of a rule
	ok "$1" lab_match "$2" rules -4
	ok "$1, IPv6" lab_match "$2" rules -6
}

neither() { # TEXT, PATTERN of a rule
	not_ok "$1" lab_match "$2" rules -4
	not_ok "$1, IPv6" lab_match "$2" rules -6
}

number_of_rules() { # NUMBER: in each family, three of them the kernel's (two with IPv6)
	[ "$(rules -4 | wc -l)" -eq "$((3 + $1))" ] && [ "$(rules -6 | wc -l)" -eq "$((2 + $1))" ]
}

goes() { # ADDRESS INTERFACE [MARK]
	lab_match "dev $2" lab_exec client ip route get "$1" ${3:+mark "$3"}
}

tables() {
	old_table
	lab_exec client ip route show table 777 2>/dev/null || :
}

test_made() {
	with_rules
	ok "plan shows the rules" lab_match '+ .*rule' plan_any
	ok "configured" lab_wgr client apply
	both "a rule for all without the mark" '^30001:.*not from all fwmark 0xca6c lookup 51820'
	both "main's routes first, but its default" '^30000:.*from all lookup main suppress_prefixlength 0'
	ok "and no other rule" number_of_rules 2
	ok "a route in the table" lab_match 'default dev wg0' lab_exec client ip route show table 51820
	ok "an IPv6 route in the table" lab_match 'default dev wg0' lab_exec client ip -6 route show table 51820
	not_ok "none in main" lab_match 'default dev wg0' lab_exec client ip route show
	ok "far addresses go to the tunnel" goes 198.51.100.1 wg0
	ok "IPv6 ones, too" goes 2001:db8:ffff::1 wg0
	ok "the gateway's own network does not" goes 192.0.2.11 eth0
	ok "traffic of WireGuard goes elsewhere" goes 198.51.100.1 eth0 0xca6c
	ok "traffic flows" uplink_works
	lab_exec client ping -c 1 -W 1 198.51.100.1 >/dev/null || :
	ok "to far addresses" lab_exec client ping -c 1 -W 1 198.51.100.1
	ok "to far IPv6 addresses" lab_exec client ping -c 1 -W 1 2001:db8:ffff::1
	ok "then there is nothing to do" uplink_converged
}

plan_any() {
	lab_wgr client plan || [ $? -eq 2 ]
}

test_repaired() {
	lab_exec client ip rule delete priority 30001
	lab_exec client ip -6 rule delete priority 30000
	ok "two rules were deleted: a run repairs it" lab_wgr client apply
	ok "all are there" number_of_rules 2
	both "the first" '^30000:.*suppress_prefixlength 0'
	both "the second" '^30001:.*lookup 51820'
	ok "then there is nothing to do" uplink_converged
}

test_changed() {
	with_rules "rule_priority: 20000"
	ok "another priority" lab_wgr client apply
	both "is there" '^20001:.*lookup 51820'
	neither "the old rules are not" '^3000[01]:'
	ok "no other rule" number_of_rules 2
	full_tunnel "fwmark: 0x77" "table: 777" "rules: fwmark" "rule_priority: 20000"
	ok "another mark and table" lab_wgr client apply
	both "are there" '^20001:.*not from all fwmark 0x77 lookup 777'
	neither "the old ones are not" 'lookup 51820'
	ok "no other rule" number_of_rules 2
	ok "the routes are there, too" lab_match 'default dev wg0' lab_exec client ip route show table 777
	not_ok "and not in the old table" lab_match wg0 old_table
	ok "traffic flows" uplink_works
	ok "then there is nothing to do" uplink_converged
}

old_table() {
	# A table without routes may not exist.
	lab_exec client ip route show table 51820 2>/dev/null || :
	lab_exec client ip -6 route show table 51820 2>/dev/null || :
}

# Foreign rules at the same priority.
test_foreign() {
	lab_exec client ip rule add from 10.77.0.0/16 table 77 priority 20000
	lab_exec client ip rule add from 10.78.0.0/16 table 77 priority 20001
	lab_exec client ip -6 rule add from fd77::/64 table 77 priority 500
	ok "others' rules: nothing to do" uplink_converged
	full_tunnel "fwmark: 0x77" "table: 777"
	ok "rules are no longer declared" lab_wgr client apply
	neither "ours are gone" 'suppress_prefixlength\|lookup 777'
	ok "others' at the same priority are there" lab_match '^20000:.*10.77.0.0/16 lookup 77' rules -4
	ok "that of the second, too" lab_match '^20001:.*10.78.0.0/16 lookup 77' rules -4
	ok "the IPv6 one is there" lab_match '^500:' rules -6
	ok "the routes stay, as they are declared" lab_match 'default dev wg0' lab_exec client ip route show table 777
	ok "then there is nothing to do" uplink_converged
	lab_exec client ip rule delete priority 20000
	lab_exec client ip rule delete priority 20001
	lab_exec client ip -6 rule delete priority 500
	ok "no rule is left" number_of_rules 0
}

test_interface_removed() {
	with_rules
	ok "with rules again" lab_wgr client apply
	ok "they are there" number_of_rules 2
	printf 'version: 1\ninterfaces: {}\n' >"$LAB/client/config/default.yaml"
	ok "the interface is no longer declared" lab_wgr client apply
	ok "no rule is left" number_of_rules 0
	ok "no route is left" [ -z "$(tables)" ]
	ok "far addresses go the old way" goes 198.51.100.1 eth0
	ok "then there is nothing to do" uplink_converged
}

# The kernel's state is sufficient.
test_state_lost() {
	with_rules
	ok "with rules once more" lab_wgr client apply
	printf 'version: 1\ninterfaces: {}\n' >"$LAB/client/config/default.yaml"
	rm -rf "$LAB"/client/state/* "$LAB"/client/run/wgreconcile
	ok "nothing is declared, and nothing is recorded" lab_wgr client apply
	ok "no rule is left" number_of_rules 0
	ok "no route is left" [ -z "$(tables)" ]
	ok "then there is nothing to do" uplink_converged
}

# One family only.
test_one_family() {
	with_rules
	sed -i 's/, "fd09::2\/128"//; s/, "::\/0"//' "$LAB/client/config/default.yaml"
	ok "IPv4 alone" lab_wgr client apply
	ok "has rules" lab_match '^30001:.*lookup 51820' rules -4
	not_ok "and no IPv6 ones" lab_match '^3000[01]:' rules -6
	ok "then there is nothing to do" uplink_converged
}

lab_init
uplink_network 1
# A route outside the tunnel.
lab_exec client ip route add default via 192.0.2.53
lab_exec client ip -6 route add default via 2001:db8::53 dev eth0
# Far addresses, behind the gateway.
lab_exec gw1 ip address add 198.51.100.1/32 dev lo
lab_exec gw1 ip address add 2001:db8:ffff::1/128 dev lo
test_made
test_repaired
test_changed
test_foreign
test_interface_removed
test_state_lost
test_one_family
lab_finish
