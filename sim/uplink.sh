# The network of the demo and the tests: a client, gateways that lead to the same inner network, and a name server, on
# one switch. To be sourced after lab.sh.
#
#	client 192.0.2.1 ----+-- names 192.0.2.53 (gw1.example, gw2.example, ...)
#	                     +-- gw1 192.0.2.11, 2001:db8::11   \
#	                     +-- gw2 192.0.2.12, 2001:db8::12    > inside: 10.9.0.1, fd09::1
#	                     +-- ...                            /
#
# shellcheck shell=dash

# uplink_network N: makes the network, with gateways gw1 to gwN, all alive
uplink_network() {
	local i
	lab_switch wan
	lab_node client
	lab_connect client wan 192.0.2.1/24 2001:db8::1/64
	lab_node names
	lab_connect names wan 192.0.2.53/24
	lab_dns names
	lab_use_dns client 192.0.2.53
	lab_keys client
	# The client's key is in its configuration directory.
	install -m 600 "$LAB/client.key" "$LAB/client/config/wg0.key"
	for i in $(seq 1 "$1"); do
		uplink_gateway "$i"
	done
}

# uplink_gateway I: gateway gwI
uplink_gateway() {
	lab_node "gw$1"
	lab_connect "gw$1" wan "192.0.2.1$1/24" "2001:db8::1$1/64"
	lab_keys "gw$1"
	lab_gateway "gw$1" wg0 51820 "$LAB/gw$1.key" "$(cat "$LAB/client.pub")" 10.9.0.2/32,fd09::2/128 10.9.0.1/24
	lab_exec "gw$1" ip address add fd09::1/64 dev wg0 nodad
	lab_dns_set "gw$1.example" "192.0.2.1$1"
}

# uplink_member NAME I [ENDPOINT]: YAML of a member, the gateway gwI
uplink_member() {
	cat <<-YAML
	      $1:
	        public_key: $(cat "$LAB/gw$2.pub")
	        endpoint: "${3:-gw$2.example:51820}"
	        allowed_ips: [10.9.0.0/24, "fd09::/64"]
	YAML
}

# uplink_interface [LINE...]: YAML of the client's interface, with further lines
uplink_interface() {
	local line
	cat <<-YAML
	version: 1
	interfaces:
	  wg0:
	    private_key_file: wg0.key
	    addresses: [10.9.0.2/32, "fd09::2/128"]
	    implementation: $WIREGUARD
	YAML
	for line; do
		echo "    $line"
	done
}

# uplink_selector [LINE...]: YAML of the selector, without its members, with further lines
uplink_selector() {
	local line
	printf 'selectors:\n  uplink:\n    interface: wg0\n'
	for line; do
		echo "    $line"
	done
	echo '    peers:'
}

# uplink_declare N [LINE...]: the client's /etc/wgreconcile/default.yaml, with members gw1 to gwN and further lines
# of the selector
uplink_declare() {
	local i n=$1
	shift
	{
		uplink_interface
		uplink_selector "$@"
		for i in $(seq 1 "$n"); do
			uplink_member "gw$i" "$i"
		done
	} >"$LAB/client/config/default.yaml"
}

# uplink_works: the inner network answers
uplink_works() {
	lab_exec client ping -c 1 -W 1 10.9.0.1
}

# uplink_active: prints the active members, one a line
uplink_active() {
	local name state rest
	# shellcheck disable=SC2034 # the other words
	lab_wgr client status | while read -r name state rest; do
		[ "${state%,}" != active ] || echo "${name%:}"
	done
}

# uplink_active_is NAME
uplink_active_is() {
	[ "$(uplink_active)" = "$1" ]
}

# uplink_apply [ARGUMENT...]: one run as by the timer; its JSON goes to standard output and to LAB/client.log
uplink_apply() {
	local status=0 output
	output=$(lab_wgr client apply --json "$@" 2>&1) || status=$?
	printf '%s\n' "$output" | tee -a "$LAB/client.log"
	return $status
}

# uplink_timer SECONDS: the same every SECONDS in the background, until lab_timer_stop client
uplink_timer() {
	lab_timer client "$1" apply --json
}

# uplink_log FILTER: prints the output of this jq filter for each run so far
uplink_log() {
	jq -rR "fromjson? | objects | $1" "$LAB/client.log"
}

# uplink_log_empty: removes the recorded runs
uplink_log_empty() {
	: >"$LAB/client.log"
}

# uplink_events KIND [REASON]: prints the peers of these events, in all runs so far
uplink_events() {
	uplink_log ".events[] | select(.kind == \"$1\" and (\"${2:-}\" == \"\" or .reason == \"${2:-}\")) | .peer // \"-\""
}

# uplink_happened KIND PEER [REASON]: there was such an event
uplink_happened() {
	uplink_events "$1" "${3:-}" | grep -qx "$2"
}

# uplink_forget: resets the client to the state before its first run: no interface, recorded state or log
uplink_forget() {
	lab_exec client sh -c 'ip link delete wg0 2>/dev/null; rm -rf /var/lib/wgreconcile/* /run/wgreconcile; :'
	uplink_log_empty
	# A gateway drops two initiations with the same time as a replay, and in the guest work takes no time.
	sleep 1
}

# uplink_converged: plan has no changes
uplink_converged() {
	lab_wgr client plan
}

# uplink_settled: a run, after which the inner network answers and a member is active
uplink_settled() {
	uplink_apply >/dev/null
	uplink_works && [ "$(uplink_active)" ]
}
