#!/bin/sh
# The demo: one client, four gateways of which two are dead, a name server; a failover, run by run.
#
# usage: demo.sh          on the time-travel kernel if it is built, otherwise on this machine, as root
#        demo.sh --here   on the kernel of this machine
#
# WGRECONCILE is the path of the program.
set -eu

here=$(cd "$(dirname "$0")" && pwd)
if [ "${1:-}" != --here ] && sh "$here/kernel/build.sh" --path >/dev/null 2>&1; then
	began=$(date +%s)
	echo "On the time-travel kernel: its WireGuard is Linux's own, and waiting costs nothing."
	sh "$here/guest.sh" --timeout 300 --env WGRECONCILE -- sh "$0" --here
	echo "On this machine it took $(($(date +%s) - began)) s."
	exit
fi
[ "${1:-}" = --here ] || echo "On this machine's own kernel, in real time ('make kernel' builds the time-travel kernel)."
# shellcheck source=sim/lab.sh
. "$here/lab.sh"
# shellcheck source=sim/uplink.sh
. "$here/uplink.sh"

PERIOD=2 # seconds; the timer's default of 5 is slow to watch

say() { printf '\n\033[1m%s\033[0m\n' "$*"; }

# One run as by the timer, with its output.
run() {
	printf '\n--- %s s: wgreconcile apply\n' "$(($(date +%s) - began))"
	lab_wgr client apply --color never || true
}

# Runs until the inner network answers through a gateway, at most $1 times.
run_until_it_works() {
	local left=$1
	while [ "$left" -gt 0 ]; do
		run
		if uplink_works >/dev/null 2>&1; then
			run
			return
		fi
		left=$((left - 1))
		sleep $PERIOD
	done
	echo "the demo failed: no gateway works after $1 runs" >&2
	exit 1
}

began=$(date +%s)
lab_init
say "A network of namespaces: client, gw1 to gw4, a name server ($WIREGUARD WireGuard)"
uplink_network 4
lab_gateway_kill gw2
lab_gateway_kill gw3
uplink_declare 4 "strategy: random" "try_for: ${PERIOD}s" \
	"probe: {target: 10.9.0.1, count: 2, timeout: 300ms, fail_after: 2}"
echo "gw2 and gw3 are dead; the client does not know. What it was told:"
sed 's/^/    /' "$LAB/client/config/default.yaml"

say "The timer starts"
run_until_it_works 12
chosen=$(uplink_active)
say "$chosen was found. It dies now."
lab_gateway_kill "$chosen"
lost=$(date +%s)
run_until_it_works 15
outage=$(($(date +%s) - lost))
say "What the client says of it: wgreconcile status"
lab_wgr client status --color never || true
say "Once more, with nothing to do: wgreconcile plan"
lab_wgr client plan --color never
now_active=$(uplink_active)
say "Shown: with two of four gateways dead the client found $chosen by itself; when that died, too, a run every \
$PERIOD s moved the traffic to $now_active within $outage s. All of it took $(($(date +%s) - began)) s."
lab_finished=yes
