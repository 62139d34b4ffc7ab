#!/bin/sh
# The exchange of facts between a router and two leaves: they link directly, fall back to the router when the direct
# path is cut, and link again.
# runs in: guest
set -eu

here=$(cd "$(dirname "$0")" && pwd)
# shellcheck source=sim/lab.sh
. "$here/../../../sim/lab.sh"

make_node() { # NAME ADDRESS
	lab_node "$1"
	lab_connect "$1" wan "$2/24"
	lab_keys "$1"
	install -m 600 "$LAB/$1.key" "$LAB/$1/config/wg0.key"
}

declare_leaf() { # NAME INNER
	cat >"$LAB/$1/config/default.yaml" <<-YAML
	version: 1
	interfaces:
	  wg0:
	    private_key_file: wg0.key
	    listen_port: 51820
	    addresses: [$2/32]
	    routes: allowed_ips
	    facts: {}
	    peers:
	      hub:
	        public_key: $(cat "$LAB/hub.pub")
	        endpoint: 192.0.2.1:51820
	        allowed_ips: [10.9.0.0/24]
	YAML
}

declare_hub() {
	cat >"$LAB/hub/config/default.yaml" <<-YAML
	version: 1
	interfaces:
	  wg0:
	    private_key_file: wg0.key
	    listen_port: 51820
	    addresses: [10.9.0.1/24]
	    routes: allowed_ips
	    facts: {}
	    peers:
	      alice: {public_key: $(cat "$LAB/alice.pub"), allowed_ips: [10.9.0.2/32]}
	      bob: {public_key: $(cat "$LAB/bob.pub"), allowed_ips: [10.9.0.3/32]}
	YAML
}

loop() { # NODE: as a service that holds the socket
	lab_spawn "$1" sh -c "exec $WGRECONCILE apply --for 1h --every 5s --json >>'$LAB/$1.log' 2>&1"
}

is_direct() {
	lab_exec alice wg show wg0 allowed-ips | grep "$(cat "$LAB/bob.pub")" | grep -q 10.9.0.3/32
}

is_indirect() {
	! is_direct
}

reaches() {
	lab_exec alice ping -c 1 -W 1 10.9.0.3
}

# What status of alice prints of the link to bob.
link_is() { # TEXT
	local link
	link=$(lab_wgr alice status | awk '/^peer: / { bob = $2 == "bob" } bob && sub(/^  link: /, "")')
	echo "$link"
	[ "$link" = "$1" ]
}

lists_fact() { # TEXT
	lab_wgr alice status --facts | grep -F "$1"
}

path() { # add|del: packets between alice and bob are dropped, or no longer
	lab_exec alice ip route "$1" blackhole 192.0.2.3/32
	lab_exec bob ip route "$1" blackhole 192.0.2.2/32
}

lab_init
lab_switch wan
make_node hub 192.0.2.1
make_node alice 192.0.2.2
make_node bob 192.0.2.3
lab_exec hub sysctl -qw net.ipv4.ip_forward=1
declare_hub
declare_leaf alice 10.9.0.2
declare_leaf bob 10.9.0.3
for node in hub alice bob; do loop $node; done
eventually 20 "a direct link" is_direct
# bob moves its prefix when alice's packet arrives.
eventually 2 "it carries traffic" reaches
ok "status prints it" link_is "direct, healthy and alive"
ok "and from where bob's endpoint is known" lists_fact "bob: endpoint 192.0.2.3:51820, from hub"
sleep 100
ok "it stays" is_direct
ok "it carries traffic still" reaches
path add
eventually 120 "without it, the router forwards" is_indirect
eventually 20 "traffic goes on, when bob has noticed it, too" reaches
ok "status prints the router" link_is "by hub, unhealthy but alive?"
ok "which is not degraded" lab_wgr alice status
path del
eventually 60 "a direct link again" is_direct
ok "status prints it, too" link_is "direct, healthy and alive"
lab_finish
