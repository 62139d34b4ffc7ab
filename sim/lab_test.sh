#!/bin/sh
# Tests lab.sh: two machines and a switch, WireGuard between them, failures, and that nothing stays behind.
#
# usage: lab_test.sh     as root, or in guest.sh
set -eu

here=$(cd "$(dirname "$0")" && pwd)
# shellcheck source=sim/lab.sh
. "$here/lab.sh"

# Objects that a laboratory could leave behind.
traces() {
	for process in /proc/[0-9]*; do readlink "$process/ns/net" "$process/ns/mnt"; done 2>/dev/null | sort -u
	wc -l </proc/mounts
	ls -d "${TMPDIR:-/tmp}"/wgr-lab.* 2>/dev/null || :
}

test_tunnel() {
	lab_node a
	lab_node b
	lab_switch net
	lab_connect a net 192.0.2.1/24 2001:db8::1/64
	lab_connect b net 192.0.2.2/24 2001:db8::2/64
	ok "IPv4 over the switch" lab_exec a ping -c 1 -W 1 192.0.2.2
	ok "IPv6 over the switch, at once" lab_exec a ping -c 1 -W 1 2001:db8::2

	lab_keys a
	lab_keys b
	lab_gateway b wg0 51820 "$LAB/b.key" "$(cat "$LAB/a.pub")" 10.9.0.1/32,fd09::1/128 10.9.0.2/24
	lab_wireguard a wg0
	lab_exec a wg set wg0 private-key "$LAB/a.key" peer "$(cat "$LAB/b.pub")" \
		endpoint 192.0.2.2:51820 allowed-ips 10.9.0.0/24 persistent-keepalive 5
	lab_exec a ip address add 10.9.0.1/24 dev wg0
	lab_exec a ip link set wg0 up
	eventually 5 "the tunnel" lab_exec a ping -c 1 -W 1 10.9.0.2
	lab_gateway_kill b
	not_ok "no tunnel without the gateway" lab_exec a ping -c 1 -W 1 10.9.0.2
	lab_gateway_revive b
	eventually 30 "the tunnel again" lab_exec a ping -c 1 -W 1 10.9.0.2
	lab_link_down a eth0
	not_ok "no tunnel without the cable" lab_exec a ping -c 1 -W 1 10.9.0.2
	lab_link_up a eth0
	eventually 30 "the tunnel with the cable" lab_exec a ping -c 1 -W 1 10.9.0.2
}

test_names() {
	lab_dns b
	lab_use_dns a 192.0.2.2
	lab_dns_set gw.example.com 192.0.2.7 2001:db8::7
	ok "a name" lab_match '^192.0.2.7 ' lab_exec a getent ahostsv4 gw.example.com
	lab_dns_set gw.example.com 192.0.2.8
	ok "its new address" lab_match '^192.0.2.8 ' lab_exec a getent ahostsv4 gw.example.com
	lab_dns_set gw.example.com
	not_ok "the name is gone" lab_exec a getent hosts gw.example.com
}

test_machine() {
	ok "a host name" lab_match '^a$' lab_exec a hostname
	lab_exec a sh -c 'echo 1 >/etc/wgreconcile/x; echo 2 >/var/lib/wgreconcile/y; echo 3 >/run/z'
	ok "its files are its own" [ "$(cat "$LAB/a/config/x" "$LAB/a/state/y" "$LAB/a/run/z" | tr -d '\n')" = 123 ]
	not_ok "no other sees them" lab_exec b cat /etc/wgreconcile/x
	WGRECONCILE=/bin/echo
	lab_timer a 1 tick
	eventually 5 "a timer" lab_match '^[3-9]$' grep -c ^tick "$LAB/a.log"
	lab_timer_stop a
	boot=$(lab_exec a cat /proc/sys/kernel/random/boot_id)
	lab_exec a ip rule add fwmark 1 lookup 7
	lab_exec a ip route add unreachable 198.51.100.0/24 table 7 protocol 77
	lab_reboot a
	not_ok "no tunnel after a reboot" lab_exec a ip link show wg0
	not_ok "no route" lab_match . lab_exec a ip route show table 7
	not_ok "no rule" lab_match fwmark lab_exec a ip rule show
	ok "state stays" lab_exec a cat /var/lib/wgreconcile/y
	not_ok "/run does not" lab_exec a cat /run/z
	not_ok "another boot id" [ "$boot" = "$(lab_exec a cat /proc/sys/kernel/random/boot_id)" ]
	ok "the cable stays" lab_exec a ping -c 1 -W 1 192.0.2.2
}

before=$(traces)
status=0
(
	lab_init
	lab_say "WireGuard: $WIREGUARD"
	test_tunnel
	test_names
	test_machine
	lab_finish
) || status=$?
if [ "$(traces)" = "$before" ]; then
	echo "ok - nothing stays behind"
else
	echo "not ok - nothing stays behind"
	status=1
fi
exit $status
