#!/bin/sh
# SPDX-License-Identifier: MIT
# Measures the ratio of simulated to real time, and the memory for each node: one simulated hour of 5, 20 and 60 nodes
# with a run of the reconciler every 5 s each, including the boot, the construction of the network, 720 runs a node and
# WireGuard's own traffic.
#
# usage: bench.sh BUILD
set -eu

GATEWAYS=3 # of bench.yaml
[ $# -eq 1 ] || { sed -n '3,/^set/{/^set/d;s/^# \{0,1\}//p}' "$0" >&2; exit 64; }
here=$(cd "$(dirname "$0")" && pwd)
build=$(cd "$1" && pwd)
output=$build/bench
mkdir -p "$output"

# The kernel's memory in use at the end, in KiB, as printed by a command of bench.yaml.
memory_of() { # TRACE
	jq -r 'select(.kind == "command") | .output | rtrimstr("\n")' "$1" | tail -n 1
}

printf '%-8s %-10s %-12s %-14s %s\n' nodes runs 'real time' 'simulated/real' 'memory in the machine'
first=
for nodes in 5 20 60; do
	rm -rf "${output:?}/$nodes"
	began=$(date +%s%N)
	"$build/wgsim" run --jobs 1 --memory 1G --program "$build/wgreconcile-lean" --set clients=$((nodes - GATEWAYS)) \
		-o "$output/$nodes" "$here/bench.yaml" >"$output/$nodes.log" || { cat "$output/$nodes.log"; exit 1; }
	took=$((($(date +%s%N) - began) / 1000000))
	trace=$(echo "$output/$nodes"/*.jsonl)
	memory=$(memory_of "$trace")
	printf '%-8s %-10s %-12s %-14s %s\n' "$nodes" "$(grep -c '"kind":"run"' "$trace")" "$((took / 1000)) s" \
		"$((3600000 / took))x" "$((memory / 1024)) MiB"
	[ -n "$first" ] || first=$memory
done
echo "a node costs $(((memory - first) / 55)) KiB of the machine's memory"
