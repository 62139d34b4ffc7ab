#!/bin/sh
# create: false: the interface is somebody else's. It appears late, without a link, without a key; it is deleted and made
# again. The selector waits, begins anew each time, puts back what is missing, and leaves nothing behind.
# runs in: guest, host
set -eu

here=$(cd "$(dirname "$0")" && pwd)
# shellcheck source=sim/lab.sh
. "$here/../../../sim/lab.sh"
# shellcheck source=sim/uplink.sh
. "$here/../../../sim/uplink.sh"

declare_late() {
	{
		uplink_interface "create: false" | sed '/private_key_file/d; /implementation/d'
		uplink_selector "try_for: 500ms" "probe: {target: 10.9.0.1, count: 2, timeout: 300ms, fail_after: 2}"
		uplink_member gw1 1
		uplink_member gw2 2
	} >"$LAB/client/config/default.yaml"
}

# As netifd does it: the interface and its key, the rest is ours.
appear() {
	lab_wireguard client wg0
	lab_exec client wg set wg0 private-key "$LAB/client.key"
	lab_exec client ip link set wg0 up
}

vanish() {
	lab_exec client ip link del wg0
	until ! lab_exec client ip link show wg0 >/dev/null 2>&1; do sleep 0.1; done
}

ours() {
	lab_exec client ip -4 route show table all proto 87
	lab_exec client ip -6 route show table all proto 87
}

lab_init
uplink_network 2
declare_late
ok "a run before the interface exists goes well" uplink_apply
ok "and says that it waits" uplink_happened waiting -
ok "status says that something desired does not work" \
	lab_match 'wg0' lab_exec client sh -c '"$0" status; [ $? -eq 3 ]' "$WGRECONCILE"
not_ok "it is not made" lab_exec client ip link show wg0
ok "another run" uplink_apply
ok "changes nothing in between" [ "$(uplink_log '.changes | length' | uniq)" = 0 ]

appear
eventually 10 "it appears: a gateway is found" uplink_settled
ok "one peer is on it" [ "$(lab_exec client wg show wg0 peers | wc -l)" = 1 ]
ok "an interface of others gets no alias" [ "$(lab_exec client cat /sys/class/net/wg0/ifalias)" = "" ]
eventually 5 "nothing to do" uplink_converged
ok "status: all is well" lab_wgr client status

vanish
uplink_log_empty
ok "it is deleted: a run goes well" uplink_apply
ok "and waits again" uplink_happened waiting -
ok "no route is left" [ -z "$(ours)" ]
# Made again, by somebody who remembers an old peer of ours and has one of his own.
appear
lab_keys stranger
lab_exec client wg set wg0 peer "$(cat "$LAB/gw1.pub")" allowed-ips 10.9.0.0/24 \
	peer "$(cat "$LAB/gw2.pub")" allowed-ips fd09::/64 \
	peer "$(cat "$LAB/stranger.pub")" allowed-ips 198.51.100.0/24
eventually 10 "it is made again: a gateway is found" uplink_settled
ok "nothing is left of what was on it, but the stranger" [ "$(lab_exec client wg show wg0 peers | sort)" = \
	"$(cat "$LAB/$(uplink_active).pub" "$LAB/stranger.pub" | sort)" ]
ok "who keeps his allowed IPs" lab_match 198.51.100.0/24 lab_exec client wg show wg0 allowed-ips
eventually 5 "nothing to do" uplink_converged

# Down for a while, as when its owner restarts it: routes and IPv6 addresses go.
lab_exec client ip link set wg0 down
uplink_apply >/dev/null || :
ok "its owner takes it down: it stays so" lab_match 'state DOWN' lab_exec client ip link show wg0
lab_exec client ip link set wg0 up
eventually 5 "its owner takes it up: all is put back" uplink_settled
ok "the IPv6 address as well" lab_match fd09::2 lab_exec client ip -6 address show dev wg0
eventually 5 "nothing to do" uplink_converged

# No longer declared: it stays, without what was ours.
printf 'version: 1\ninterfaces: {}\n' >"$LAB/client/config/default.yaml"
ok "no longer declared: a run goes well" uplink_apply
ok "it stays" lab_exec client ip link show wg0
ok "the stranger is alone on it" [ "$(lab_exec client wg show wg0 peers)" = "$(cat "$LAB/stranger.pub")" ]
ok "none of our routes is left" [ -z "$(ours)" ]
not_ok "none of our addresses" lab_match '10.9.0.2\|fd09::2' lab_exec client ip address show dev wg0
ok "nothing to do" uplink_converged
lab_finish
