#!/bin/sh
# follow: apply --for --follow carries out what a routing daemon does at once, prefix by prefix, and comes to the same
# as a whole run, whatever the routes are.
# runs in: guest, host
set -eu

here=$(cd "$(dirname "$0")" && pwd)
# shellcheck source=sim/lab.sh
. "$here/../../../sim/lab.sh"
# shellcheck source=sim/uplink.sh
. "$here/../../../sim/uplink.sh"

AT_ONCE=0.2 # seconds; 0.1 and room for a slow machine
ROUNDS=30

router() {
	{
		cat <<-YAML
		version: 1
		interfaces:
		  wg0:
		    private_key_file: wg0.key
		    addresses: [10.99.0.9/24, "fe80::9/64"]
		    implementation: $WIREGUARD
		    routes: none
		    follow_routes: true
		    peers:
		YAML
		for n in 1 2 3; do
			cat <<-YAML
			      gw$n:
			        public_key: $(cat "$LAB/gw$n.pub")
			        allowed_ips: [10.99.0.$n/32, "fe80::$n/128", 10.200.$n.0/24]
			YAML
		done
	} >"$LAB/client/config/default.yaml"
}

route() { lab_exec client ip route "$@"; }

is_at() { # PREFIX GATEWAY, "" for nobody
	local key
	key=$(lab_exec client wg show wg0 allowed-ips | awk -v prefix="$1" '{ for (i = 2; i <= NF; i++) if ($i == prefix) print $1 }')
	if [ -z "$2" ]; then [ -z "$key" ]; else [ "$key" = "$(cat "$LAB/gw$2.pub")" ]; fi
}

runs() { grep -c '^Run ' "$LAB/client.log"; }

at_once() { # TEXT PREFIX GATEWAY
	sleep $AT_ONCE
	ok "$1" is_at "$2" "$3"
}

test_prefixes() {
	lab_spawn client "$WGRECONCILE" apply --for 1h --every 10m --follow
	loop=$LAB_PID
	sleep 2
	before=$(runs)
	route add 10.7.0.0/16 via 10.99.0.1 dev wg0 proto bird
	at_once "a route comes" 10.7.0.0/16 1
	route replace 10.7.0.0/16 via 10.99.0.2 dev wg0 proto bird
	at_once "it moves" 10.7.0.0/16 2
	lab_exec client ip -6 route add 2001:db8:7::/48 via fe80::3 dev wg0 proto bird
	at_once "IPv6" 2001:db8:7::/48 3
	route add 10.8.0.0/16 via inet6 fe80::1 dev wg0 proto bird
	at_once "IPv4 through an IPv6 next hop" 10.8.0.0/16 1
	route add 10.7.1.0/24 via 10.99.0.3 dev wg0 proto bird
	at_once "a more specific one" 10.7.1.0/24 3
	route add 10.7.0.0/24 via 10.99.0.1 dev wg0 proto bird
	at_once "one at its first address" 10.7.0.0/24 1
	route replace 10.7.0.0/16 via 10.99.0.3 dev wg0 proto bird
	at_once "the wider one moves behind it" 10.7.0.0/16 3
	route add 10.200.1.0/24 via 10.99.0.2 dev wg0 proto bird
	at_once "what is declared stays" 10.200.1.0/24 1
	route delete 10.200.1.0/24
	route delete 10.7.0.0/16
	at_once "it goes" 10.7.0.0/16 ""
	ok "the more specific one is there" is_at 10.7.1.0/24 3
	ok "all that without a whole run" [ "$(runs)" -eq "$before" ]
	ok "then there is nothing to do" uplink_converged
}

test_unclear() {
	route add 10.9.0.0/16 via 10.99.0.1 dev wg0 proto bird metric 10
	route add 10.9.0.0/16 via 10.99.0.2 dev wg0 proto bird metric 20
	at_once "of two metrics the lower one" 10.9.0.0/16 1
	route delete 10.9.0.0/16 metric 10
	at_once "then the other one" 10.9.0.0/16 2
	route flush proto bird
	sleep 1
	ok "all went at once" uplink_converged
	ok "nothing is left" is_at 10.9.0.0/16 ""
	route add 10.9.0.0/16 proto bird nexthop via 10.99.0.1 dev wg0 weight 1 nexthop via 10.99.0.2 dev wg0 weight 5
	at_once "several hops" 10.9.0.0/16 2
	route delete 10.9.0.0/16
	route add 10.9.0.0/16 via 10.99.0.77 dev wg0 proto bird
	sleep 1
	ok "a next hop that nobody has is reported" grep -q '10.99.0.77' "$LAB/client.log"
	route delete 10.9.0.0/16
	lab_exec client ip link set wg0 down
	sleep 1
	lab_exec client ip link set wg0 up
	sleep 1
	ok "the interface was down and is up" uplink_converged
}

# Random routes, including nested ones: after the loop's changes a whole run finds nothing to do.
random_routes() { # SEED
	awk -v seed="$1" 'BEGIN {
		srand(seed)
		for (i = 0; i < 60; i++) {
			length_ = 14 + int(rand() * 5)
			prefix = sprintf("10.%d.0.0/%d", 16 * int(rand() * 4), length_)
			if (rand() < 0.4) print "route delete " prefix
			else printf "route %s %s via 10.99.0.%d dev wg0 proto bird metric %d\n", rand() < 0.5 ? "replace" : "add", prefix, 1 + int(rand() * 3), 10 * int(rand() * 2)
		}
	}' | lab_exec client ip -force -batch - >/dev/null 2>&1 || :
}

test_random() {
	local wrong=0
	before=$(runs)
	for round in $(seq $ROUNDS); do
		random_routes "$round"
		sleep 0.5
		uplink_converged >"$LAB/out" 2>&1 || wrong=$((wrong + 1))
	done
	ok "$ROUNDS times random routes: all as a whole run has it" [ $wrong -eq 0 ]
	[ $wrong -eq 0 ] || cat "$LAB/out"
}

test_end() {
	kill -TERM "$loop"
	sleep 0.5
	not_ok "SIGTERM ends it" kill -0 "$loop" 2>/dev/null
	ok "nothing failed but what was to" [ "$(grep -v '10.99.0.77' "$LAB/client.log" | grep -c '^wgreconcile: ')" -eq 0 ]
}

# Output for single prefixes has the same format as all other output.
test_json() {
	route flush proto bird 2>/dev/null || :
	lab_exec client "$WGRECONCILE" apply >/dev/null
	lab_exec client "$WGRECONCILE" apply --for 3s --every 10m --follow --json >"$LAB/json" &
	sleep 1
	route add 10.7.0.0/16 via 10.99.0.1 dev wg0 proto bird
	sleep 0.5
	route delete 10.7.0.0/16
	sleep 2
	ok "three runs" [ "$(wc -l <"$LAB/json")" -eq 3 ]
	ok "as the schema says" /usr/bin/python3 - "$here/../../../schema" "$LAB/json" <<-'PYTHON'
	import json, pathlib, sys
	import jsonschema
	files = [json.loads(path.read_text()) for path in pathlib.Path(sys.argv[1]).glob("*.json")]
	store = {schema["$id"]: schema for schema in files if "$id" in schema}
	schema = next(s for s in files if "apply" in s.get("$id", ""))
	resolver = jsonschema.RefResolver(schema["$id"], schema, store)
	for line in open(sys.argv[2]):
	    jsonschema.Draft202012Validator(schema, resolver=resolver).validate(json.loads(line))
	PYTHON
}

lab_init
uplink_network 3
router
test_prefixes
test_unclear
test_random
test_end
test_json
lab_finish
