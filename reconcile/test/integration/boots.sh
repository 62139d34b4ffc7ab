#!/bin/sh
# Two boot ids in one boot, as containers show them to a shell and to a unit with a procfs of its own: runs of either
# kind leave a healthy tunnel alone. A session that another program made before the first run of a boot is kept.
# runs in: guest, host
set -eu

here=$(cd "$(dirname "$0")" && pwd)
# shellcheck source=sim/lab.sh
. "$here/../../../sim/lab.sh"
# shellcheck source=sim/uplink.sh
. "$here/../../../sim/uplink.sh"

# A run that sees the boot id of that file.
with_boot_id() { # FILE COMMAND [ARGUMENT...]
	# shellcheck disable=SC2016 # expanded there
	lab_exec client unshare --mount sh -c \
		'mount --bind "$1" /proc/sys/kernel/random/boot_id; shift; exec "$0" "$@"' "$WGRECONCILE" "$@"
}

# Output of ten runs with the two boot ids alternating.
alternate() {
	local round
	for round in 1 2 3 4 5; do
		with_boot_id "$LAB/client/boot_id" apply --json
		sleep 1
		with_boot_id "$LAB/other" apply --json
		sleep 1
	done
}

handshake() {
	lab_exec client wg show wg0 latest-handshakes
}

test_two_boot_ids() {
	local before
	eventually 15 "a gateway is found" uplink_settled
	ok "one run more" uplink_apply
	before=$(handshake)
	alternate >"$LAB/said"
	ok "ten runs were made" [ "$(jq -s length "$LAB/said")" = 10 ]
	ok "none decided anything" [ "$(jq -s 'map(.events | length) | add' "$LAB/said")" = 0 ]
	ok "none changed anything" [ "$(jq -s 'map(.changes | length) | add' "$LAB/said")" = 0 ]
	ok "the session is the same" [ "$(handshake)" = "$before" ]
	ok "status of either finds it well" with_boot_id "$LAB/other" status
	ok "and of the other" with_boot_id "$LAB/client/boot_id" status
}

# Without the memory of /run, as on its first run in a container whose /run is no tmpfs.
test_other_boot() {
	local active
	active=$(uplink_active)
	lab_exec client rm -f /run/wgreconcile/boot
	lab_exec client rm -f /run/wgreconcile/default.marks
	with_boot_id "$LAB/other" apply --json >"$LAB/said"
	ok "another boot, a live session: nothing is changed" [ "$(jq '.changes | length' "$LAB/said")" = 0 ]
	ok "and it is kept" lab_match 'found working on the interface, kept' cat "$LAB/said"
	sleep 6
	ok "another run" uplink_apply
	ok "the same is active" [ "$(uplink_active)" = "$active" ]
}

lab_init
uplink_network 2
uplink_declare 2 "try_for: 2s"
# A file that outlives the boot would not identify it.
lab_exec client mkdir -p /run/wgreconcile
lab_exec client mount -t tmpfs -o mode=700 tmpfs /run/wgreconcile
cat /proc/sys/kernel/random/uuid >"$LAB/other"
test_two_boot_ids
test_other_boot
lab_finish
