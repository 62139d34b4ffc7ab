#!/bin/sh
# Other tools meddle: a peer, a prefix, a route, an address, a key, the link itself is changed or deleted behind our back. One run
# repairs it and the next has nothing to do; what others made is never touched, and a peer that roamed stays where it is.
# runs in: guest, host
set -eu

here=$(cd "$(dirname "$0")" && pwd)
# shellcheck source=sim/lab.sh
. "$here/../../../sim/lab.sh"
# shellcheck source=sim/uplink.sh
. "$here/../../../sim/uplink.sh"

# Two plain peers, gw1 and gw2, with networks of their own.
declare_plain() { # LINE OF THE INTERFACE...
	local i
	{
		uplink_interface "mtu: 1400" "listen_port: 51000" "fwmark: 0x77" "$@" "peers:"
		for i in 1 2; do
			uplink_member "gw$i" "$i" "192.0.2.1$i:51820"
			echo "        allowed_ips: [10.9.$i.0/24, 10.20.$i.0/24]"
			echo "        persistent_keepalive: 25"
		done | sed '/allowed_ips: .*fd09/d'
	} >"$LAB/client/config/default.yaml"
}

# What can be seen of the client's wg0, without what changes by itself or has no order.
seen() {
	lab_exec client sh -c '
		wg show wg0 dump | cut -f 1,2,3,8 | sort
		wg show wg0 allowed-ips | awk "{ for (i = 2; i <= NF; i++) print \$1, \$i }" | sort
		ip -brief address show dev wg0 | grep -o " [0-9a-f.:]*/[0-9]*" | grep -v fe80
		ip -4 route show table all dev wg0
		ip -6 route show table all dev wg0 | grep -v fe80 | grep -v multicast
		cat /sys/class/net/wg0/mtu /sys/class/net/wg0/ifalias
		ip link show wg0 | grep -o "[<,]UP[,>]"'
}

works() {
	lab_exec client ping -c 1 -W 1 10.9.1.1 >/dev/null && lab_exec client ping -c 1 -W 1 10.9.2.1 >/dev/null
}

# COMMAND... in the client damages something; one run repairs it.
repaired() { # TEXT, COMMAND...
	local text=$1 before
	shift
	before=$(seen)
	lab_exec client "$@" || lab_fail "$text: the damage" $? "" "$@"
	not_ok "$text: it is damaged" [ "$(seen)" = "$before" ]
	not_ok "$text: plan sees it" uplink_converged
	ok "$text: one run" uplink_apply
	ok "$text: is as before" [ "$(seen)" = "$before" ]
	ok "$text: the next run has nothing to do" uplink_converged
}

test_repairs() {
	repaired "a peer is removed" wg set wg0 peer "$(cat "$LAB/gw1.pub")" remove
	repaired "allowed IPs are moved" wg set wg0 peer "$(cat "$LAB/gw2.pub")" allowed-ips 10.9.1.0/24
	repaired "allowed IPs are taken away" wg set wg0 peer "$(cat "$LAB/gw1.pub")" allowed-ips ""
	repaired "allowed IPs are added" wg set wg0 peer "$(cat "$LAB/gw1.pub")" \
		allowed-ips 10.9.1.0/24,10.20.1.0/24,10.66.0.0/16
	repaired "a stranger becomes a peer" wg set wg0 peer "$(cat "$LAB/stranger.pub")" allowed-ips 10.20.2.0/24
	repaired "keepalive is switched off" wg set wg0 peer "$(cat "$LAB/gw1.pub")" persistent-keepalive 0
	repaired "a preshared key appears" wg set wg0 peer "$(cat "$LAB/gw1.pub")" preshared-key "$LAB/stranger.key"
	repaired "the private key is another" wg set wg0 private-key "$LAB/stranger.key"
	repaired "the port is another" wg set wg0 listen-port 51999
	repaired "the mark is gone" wg set wg0 fwmark 0
	repaired "a route is deleted" ip route del 10.20.1.0/24
	repaired "an address is deleted" ip address del 10.9.0.2/32 dev wg0
	repaired "an IPv6 address is deleted" ip address del fd09::2/128 dev wg0
	repaired "the MTU is another" ip link set wg0 mtu 1280
	repaired "the link is down" ip link set wg0 down
	eventually 10 "after all of it, the traffic flows" works
}

test_deleted() {
	local before
	before=$(seen)
	lab_exec client ip link del wg0
	sleep 0.5
	ok "the interface is deleted: one run" uplink_apply
	ok "is as before" [ "$(seen)" = "$before" ]
	ok "the next run has nothing to do" uplink_converged
	eventually 10 "the traffic flows" works
}

test_foreign() {
	local before
	lab_exec client sh -c '
		ip route add 198.51.100.0/24 dev wg0
		ip route add 198.51.101.0/24 dev wg0 proto static metric 7
		ip route add 10.20.1.0/24 dev wg0 table 99
		ip route add 203.0.113.0/24 dev eth0 proto static
		ip address add 10.77.0.1/32 dev wg0
		ip address add fd77::1/128 dev wg0
		ip rule add fwmark 9 lookup 99'
	lab_exec client wg set wg0 peer "$(cat "$LAB/stranger.pub")" allowed-ips 10.66.0.0/16
	declare_plain "unmanaged_peers: keep"
	before=$(seen; lab_exec client ip rule show; lab_exec client ip route show)
	ok "nothing of it is ours: nothing to do" uplink_converged
	ok "a run" uplink_apply
	ok "leaves it alone" [ "$(seen; lab_exec client ip rule show; lab_exec client ip route show)" = "$before" ]
	lab_exec client wg set wg0 peer "$(cat "$LAB/gw1.pub")" remove
	lab_exec client ip route del 10.20.2.0/24
	ok "a run that repairs what is ours" uplink_apply
	ok "leaves it alone, too" [ "$(seen | sort; lab_exec client ip rule show)" = \
		"$(echo "$before" | grep -v 'eth0' | sed '/^0:/,$d' | sort; lab_exec client ip rule show)" ]
	declare_plain
	ok "unmanaged_peers: remove (the default): a run" uplink_apply
	not_ok "takes the stranger out" lab_match "$(cat "$LAB/stranger.pub")" lab_exec client wg show wg0 peers
	lab_exec client sh -c '
		ip address del 10.77.0.1/32 dev wg0; ip address del fd77::1/128 dev wg0
		ip route del 198.51.100.0/24; ip route del 198.51.101.0/24; ip route del 10.20.1.0/24 table 99
		ip route del 203.0.113.0/24; ip rule del fwmark 9'
}

# The gateway moves to another address and speaks first, as a roaming peer does.
test_roaming() {
	lab_exec gw1 ip address add 192.0.2.99/24 dev eth0
	lab_exec gw1 ip address del 192.0.2.11/24 dev eth0
	lab_exec gw1 ip address replace 192.0.2.99/24 dev eth0
	lab_exec gw1 ip -brief address >&2; lab_exec gw1 wg show >&2;  lab_exec client wg show >&2
	ok "a gateway roams" lab_exec gw1 ping -c 1 -W 2 10.9.0.2
	ok "the kernel has learned it" lab_match 192.0.2.99:51820 lab_exec client wg show wg0 endpoints
	ok "there is nothing to do" uplink_converged
	ok "a run" uplink_apply
	ok "leaves the learned endpoint" lab_match 192.0.2.99:51820 lab_exec client wg show wg0 endpoints
	lab_exec gw1 ip address add 192.0.2.11/24 dev eth0
	declare_plain
	sed -i 's/192.0.2.11:51820/192.0.2.99:51821/' "$LAB/client/config/default.yaml"
	ok "a changed declaration" uplink_apply
	ok "overwrites it" lab_match 192.0.2.99:51821 lab_exec client wg show wg0 endpoints
	declare_plain
	ok "and the first one" uplink_apply
	ok "once more" lab_match 192.0.2.11:51820 lab_exec client wg show wg0 endpoints
}

# The same with the peer of a selector.
test_selector() {
	local before
	lab_exec client ip link del wg0
	sleep 0.5
	uplink_declare 2 "strategy: ordered" "try_for: 1s"
	eventually 10 "a selector" uplink_settled
	ok "its first peer is alone" [ "$(lab_exec client wg show wg0 peers)" = "$(cat "$LAB/gw1.pub")" ]
	eventually 5 "nothing to do" uplink_converged
	repaired_selector "its peer is removed" wg set wg0 peer "$(cat "$LAB/gw1.pub")" remove
	repaired_selector "its allowed IPs are gone" wg set wg0 peer "$(cat "$LAB/gw1.pub")" allowed-ips ""
	repaired_selector "its route is gone" ip route del 10.9.0.0/24
	lab_exec client wg set wg0 peer "$(cat "$LAB/gw2.pub")" allowed-ips 10.9.0.0/24
	ok "another member is put in by hand, with the traffic: a run" uplink_apply
	ok "takes it out" [ "$(lab_exec client wg show wg0 peers)" = "$(cat "$LAB/gw1.pub")" ]
	ok "and the traffic flows" uplink_works
}

repaired_selector() { # TEXT, COMMAND...
	local text=$1
	shift
	lab_exec client "$@"
	not_ok "$text: no traffic" uplink_works
	ok "$text: one run" uplink_apply
	eventually 3 "$text: the traffic flows" uplink_works
	ok "$text: another run" uplink_apply
	ok "$text: gw1 is active" uplink_active_is gw1
	ok "$text: nothing to do" uplink_converged
}

test_undeclared() {
	lab_exec client ip link add other type bridge
	lab_exec client ip link set other alias wgreconcile:somebody-else
	printf 'version: 1\ninterfaces: {}\n' >"$LAB/client/config/default.yaml"
	ok "wg0 is no longer declared: a run" uplink_apply
	not_ok "it is deleted" lab_exec client ip link show wg0
	ok "none of our routes is left" [ -z "$(lab_exec client ip route show table all proto 87)" ]
	ok "the interface of another instance stays" lab_exec client ip link show other
	ok "nothing to do" uplink_converged
}

lab_init
uplink_network 2
lab_keys stranger
for i in 1 2; do
	lab_exec "gw$i" ip address add "10.9.$i.1/24" dev wg0
done
declare_plain
ok "two plain peers" uplink_apply
eventually 5 "the traffic flows" works
ok "nothing to do" uplink_converged
test_repairs
test_deleted
test_foreign
test_roaming
test_selector
test_undeclared
lab_finish
