#!/bin/sh
# SPDX-License-Identifier: MIT
# Tests wgsim tune as a command: a small scenario in the time-travel kernel, output and files, parts that are joined to
# the same whole; and that the kept results in scenarios/tuning/ have the format that tune writes.
#
# usage: run_tune.sh BUILD
#
# The last line is "N passed, N failed".
set -u

[ $# -eq 1 ] || { sed -n '3,/^set/{/^set/d;s/^# \{0,1\}//p}' "$0" >&2; exit 64; }
here=$(cd "$(dirname "$0")" && pwd)
tree=$(cd "$here/../.." && pwd)
build=$(cd "$1" && pwd -P) || exit
wgsim=$build/wgsim
python=/usr/bin/python3 # Debian's, with jsonschema
passed=0
failed=0

work=$(mktemp -d "${TMPDIR:-/tmp}/run_tune.XXXXXX") || exit
trap 'cd /; rm -rf "$work"' EXIT
trap 'exit 130' INT
trap 'exit 143' TERM
cd "$work" || exit

holds() { # TEXT, COMMAND...
	text=$1
	shift
	if "$@"; then
		passed=$((passed + 1))
		return
	fi
	failed=$((failed + 1))
	echo "not ok - $text"
	sed 's/^/    out: /' out | head -n 40
	sed 's/^/    err: /' err | head -n 20
}

tune() { # STATUS, ARGUMENT...
	expected=$1
	shift
	status=0
	timeout 300 "$wgsim" tune "$@" >out 2>err </dev/null || status=$?
	holds "wgsim tune $*: exit status $status, not $expected" [ "$status" -eq "$expected" ]
}

has() { # FILE, REGULAR EXPRESSION
	holds "$1 has no line with $2" grep -qE -e "$2" "$1"
}

# Valid by the schema, and all figures agree with the samples.
verify() { # FILE
	"$python" "$here/check_tuning.py" "$1" >out 2>err
}

cat >cut.yaml <<'END'
# A cable is unplugged for a while.
version: 1
duration: 40s
variables: {cut: 5s, pause: 1s, limit: 30s, unused: "${cut}"}
links: {wan: {loss: 10%}}
nodes:
  one: {interfaces: {eth0: {link: wan, addresses: [192.0.2.1/24]}}}
  two: {interfaces: {eth0: {link: wan, addresses: [192.0.2.2/24]}}}
probes: {there: {from: one, to: 192.0.2.2, every: "${pause}"}}
timeline: [{at: {between: [10s, 20s]}, link_down: two.eth0, for: "${cut}"}]
expect: [{always: {outage: {probe: there, at_most: "${limit}"}}}]
measure:
  - {name: outage, outage: there}
  - {name: lost, lost: there}
  - {name: traffic, traffic: one}
END
cat >nothing.yaml <<'END'
version: 1
variables: {a: 1}
nodes: {one: {}}
END

# ---- Four simulations

tune 0 cut.yaml --vary cut=9s,2s --seeds 3..4 -o whole
has out '^cut: 2 combinations, 2 seeds each$'
has out '^front +cut +median +p95\* +max +mean\* +median +p95 +max +mean\*'
has out '^ {7}9s +(8|9|1[0-9])\.[0-9]'
has out '^    1  2s +[2-6]\.[0-9]'
has out '^1 of 2 on the front'
holds "settings are not in the order in which they were given" [ "$(grep -oE '^ {4}[ 1]  [92]s' out | tr -d ' 1\n')" = 9s2s ]
holds "whole/tuning.json" verify whole/tuning.json
holds "what is made of a varied variable is not fixed" "$python" -c \
	'import json; assert json.load(open("whole/tuning.json"))["fixed"] == {"pause": "1s", "limit": "30s"}'
holds "the traffic of a node that runs nothing" "$python" -c \
	'import json; assert all(one["values"][2] > 1000 for one in json.load(open("whole/tuning.json"))["combinations"][0]["samples"])'
holds "the seeds make no difference" "$python" -c \
	'import json; one, other = json.load(open("whole/tuning.json"))["combinations"][0]["samples"]; assert one["values"] != other["values"]'
holds "whole/tuning.svg is no XML" "$python" -c \
	'import xml.etree.ElementTree as tree; assert tree.parse("whole/tuning.svg").getroot().tag.endswith("svg")'
holds "whole/tuning.png is no PNG" [ "$(head -c 4 whole/tuning.png | tail -c 3)" = PNG ]
has whole/tuning.svg 'prefers-color-scheme: *dark'
has whole/tuning.svg 'outage, 95th percentile, in s'
has whole/tuning.svg 'traffic, mean, in kB'

# ---- Parts

for part in 1 2 3; do
	tune 0 cut.yaml --vary cut=9s,2s --seeds 3..4 --shard $part/3 -o part$part -j 1
done
tune 0 part*/tuning.json -o joined
holds "parts make the same whole" cmp whole/tuning.json joined/tuning.json
holds "parts make the same picture" cmp whole/tuning.svg joined/tuning.svg
tune 65 whole/tuning.json joined/tuning.json
has err '^wgsim: joined/tuning.json: seed 3 is there twice'

# ---- Failures in a simulation

tune 1 cut.yaml --vary cut=20s --set limit=10s --seeds 1..1 -o broken
has out '^FAILED cut\[cut=20s\] seed 1: 1 of 1 expectation failed'
has out '^    again:    wgsim run --seed 1 --set cut=20s --set limit=10s cut.yaml$'
has out '^    1  20s +2[0-9]\.'
has out '^0 passed, 1 failed, 0 skipped$'
holds "broken/tuning.json" verify broken/tuning.json

# ---- Wrong arguments

tune 65 cut.yaml --vary cot=1s,2s
has err 'cot: there is no such variable in cut.yaml: did you mean cut\?'
tune 65 cut.yaml --vary cut=1s,soon
has err 'cut.yaml:[0-9]+:[0-9]+: .*soon'
tune 65 nothing.yaml --vary a=1,2
has err 'nothing.yaml has no measures'
tune 65 nowhere.yaml
tune 65 nowhere.json
tune 64 cut.yaml nothing.yaml
tune 64 cut.yaml whole/tuning.json
tune 64 whole/tuning.json --vary cut=1s
for wrong in cut cut= =1 cut=1,,2 cut=1,1; do
	tune 64 cut.yaml --vary "$wrong"
done
tune 64 cut.yaml --vary cut=1s --vary cut=2s
tune 64 cut.yaml --vary cut=1s --set cut=2s
tune 64 cut.yaml --vary cut=1s --only nothing-like-it
tune 1 cut.yaml --vary cut=1s -o nowhere/at/all

# ---- Kept results

for kept in "$tree"/scenarios/tuning/results/*.json; do
	name=$(basename "$kept" .json)
	holds "$name.json" verify "$kept"
	tune 0 "$kept" -o again
	holds "$name.json is not what tune writes" cmp "$kept" again/tuning.json
	holds "there is no scenario of $name" [ -e "$tree/scenarios/tuning/$name.yaml" ]
	holds "$name.svg is no XML" "$python" -c \
		'import sys, xml.etree.ElementTree as tree; tree.parse(sys.argv[1])' "${kept%.json}.svg"
done
for scenario in "$tree"/scenarios/tuning/*.yaml; do
	holds "$scenario has no result" [ -e "${scenario%/*}/results/$(basename "$scenario" .yaml).json" ]
done

echo "$passed passed, $failed failed"
[ $failed -eq 0 ]
