#!/bin/sh
# active: 2 with networks of their own behind each gateway: two carry traffic at once, one that dies is replaced and its
# routes go with it. A gateway with enabled: false is never tried, and is taken out when it becomes so.
# runs in: guest, host
set -eu

here=$(cd "$(dirname "$0")" && pwd)
# shellcheck source=sim/lab.sh
. "$here/../../../sim/lab.sh"
# shellcheck source=sim/uplink.sh
. "$here/../../../sim/uplink.sh"

# Gateway I leads to 10.9.I.0/24, too, and is 10.9.I.1 there.
declare_active() { # HOW MANY, GATEWAY THAT IS DISABLED (0: none)
	local i
	{
		uplink_interface
		uplink_selector "active: $1" "try_for: 1s" "probe: {target: 10.9.0.1, count: 2, timeout: 300ms, fail_after: 1}"
		for i in 1 2 3 4; do
			uplink_member "gw$i" "$i"
			echo "        allowed_ips: [10.9.$i.0/24]"
			echo "        probe_target: 10.9.$i.1"
			[ "$i" != "$2" ] || echo "        enabled: false"
		done | sed '/allowed_ips: .*fd09/d'
	} >"$LAB/client/config/default.yaml"
}

carrying() {
	local i
	for i in 1 2 3 4; do
		! lab_exec client ping -c 1 -W 1 "10.9.$i.1" >/dev/null || echo "gw$i"
	done
}

two_carry() {
	uplink_apply >/dev/null
	[ "$(uplink_active | sort)" = "$(carrying)" ] && [ "$(carrying | wc -l)" = 2 ]
}

routed() {
	lab_exec client ip route show proto 87 | sed -n 's/^10\.9\.\([1-4]\)\.0\/24 .*/gw\1/p' | sort
}

lab_init
uplink_network 4
for i in 1 2 3 4; do lab_exec "gw$i" ip address add "10.9.$i.1/24" dev wg0; done

declare_active 2 4
eventually 15 "two of three enabled ones carry traffic" two_carry
ok "each prefix has its route, no other has one" [ "$(routed)" = "$(carrying)" ]
ok "nothing to do" uplink_converged
not_ok "the disabled one is not tried" uplink_happened try gw4
first=$(carrying | head -n 1)
second=$(carrying | tail -n 1)

lab_gateway_kill "$first"
eventually 15 "one dies: two carry again" two_carry
ok "the other one went on" lab_match "^$second\$" carrying
not_ok "the dead one's route is gone" lab_match "^$first\$" routed
ok "it was left for its probe" uplink_happened left "$first" probe_failed
lab_gateway_revive "$first"

disabled=$second
declare_active 2 "${disabled#gw}"
ok "one that works becomes disabled" uplink_apply
not_ok "its route is gone at once" lab_match "^$disabled\$" routed
not_ok "it is not on the interface" lab_match "$(cat "$LAB/$disabled.pub")" lab_exec client wg show wg0 peers
eventually 15 "two others carry" two_carry
uplink_log_empty
lab_gateway_kill gw4
eventually 15 "one of them dies, if it was one" two_carry
not_ok "the disabled one is not tried even then" uplink_happened try "$disabled"
lab_gateway_revive gw4

declare_active 1 0
ok "one active is enough now" uplink_apply
ok "one remains" [ "$(carrying | wc -l)" = 1 ]
ok "nothing to do" uplink_converged
declare_active 4 0
for run in 1 2 3 4; do
	uplink_apply >/dev/null
	sleep 0.5
done
ok "all four of four" [ "$(carrying | wc -l)" = 4 ]
lab_finish
