#!/bin/sh
# What is wrong in the files is said with its place and nothing is changed; exit codes are what scripts rely on; and
# no key is in anything that is printed or recorded.
# runs in: guest, host
set -eu

here=$(cd "$(dirname "$0")" && pwd)
# shellcheck source=sim/lab.sh
. "$here/../../../sim/lab.sh"
# shellcheck source=sim/uplink.sh
. "$here/../../../sim/uplink.sh"

# exits STATUS TEXT ARGUMENT...: the program on the client does; its output is in LAB/output and goes to LAB/all
exits() {
	local wanted=$1 text=$2 status=0
	shift 2
	lab_wgr client "$@" >"$LAB/output" 2>&1 || status=$?
	cat "$LAB/output" >>"$LAB/all"
	ok "$text: exit status $wanted" same_status "$wanted" $status "$LAB/output"
}

same_status() {
	[ "$1" = "$2" ] || { echo "it is $2"; cat "$3"; return 1; }
}

kernel_now() {
	lab_exec client wg show all dump | cut -f 1-5 | sort
	lab_exec client wg show wg0 allowed-ips | sort
	lab_exec client ip -brief address
	lab_exec client ip route show table all
	lab_exec client ip -6 route show table all
	ls -l "$LAB/client/state"
	cat "$LAB"/client/state/*
}

# bad TEXT PLACE SED-SCRIPT: a file that was changed so is refused with PLACE, and nothing happens
bad() {
	local text=$1 place=$2
	kernel_now >"$LAB/before"
	cp "$LAB/client/config/default.yaml" "$LAB/good.yaml"
	sed -i "$3" "$LAB/client/config/default.yaml"
	not_ok "$text: the file is another one" cmp "$LAB/good.yaml" "$LAB/client/config/default.yaml"
	for command in "apply" "apply --json" plan status "apply --for 1s"; do
		# shellcheck disable=SC2086 # words
		exits 65 "$text: $command" $command
		case $command in
		*json)
			ok "$text: it says where as JSON" jq -e --arg place "^/etc/wgreconcile/default.yaml:$place" \
				'.errors | map(test($place)) | any' "$LAB/output"
			;;
		*) ok "$text: $command says where" grep -Eq "^/etc/wgreconcile/default.yaml:$place" "$LAB/output" ;;
		esac
	done
	kernel_now >"$LAB/after"
	ok "$text: nothing was changed" diff "$LAB/before" "$LAB/after"
	exits 65 "$text: validate" validate /etc/wgreconcile/default.yaml
	cp "$LAB/good.yaml" "$LAB/client/config/default.yaml"
}

test_bad_files() {
	bad "unknown key" '[0-9]+:[0-9]+: interfaces.wg0.adresses: .*addresses' 's/^    addresses:/    adresses:/'
	bad "YAML that is none" '[0-9]+:[0-9]+: ' 's/^    addresses: \[/    addresses: [[/'
	bad "a wrong value" '[0-9]+:[0-9]+: selectors.uplink.try_for: ' 's/try_for: .*/try_for: 5/'
	bad "two errors: the second one" '[0-9]+:[0-9]+: selectors.uplink.try_for: ' \
		's/try_for: .*/try_for: 5/; s/listen_port: .*/listen_port: 70000/'
	ok "and the first one" grep -q 'listen_port' "$LAB/output"
	ok "and how many there are" grep -q '2 errors' "$LAB/output"
}

# bad_key TEXT MESSAGE COMMAND...: the file with the private key was changed by COMMAND
bad_key() {
	local text=$1 message=$2
	shift 2
	kernel_now >"$LAB/before"
	lab_exec client cp -p /etc/wgreconcile/wg0.key /etc/wgreconcile/wg0.kept
	lab_exec client "$@"
	exits 65 "$text" apply
	ok "$text: it is said where" grep -Eq '^/etc/wgreconcile/default.yaml:[0-9]+:[0-9]+: .*private_key_file' "$LAB/output"
	ok "$text: and what" grep -q "$message" "$LAB/output"
	kernel_now >"$LAB/after"
	ok "$text: nothing was changed" diff "$LAB/before" "$LAB/after"
	lab_exec client rm -rf /etc/wgreconcile/wg0.key
	lab_exec client mv /etc/wgreconcile/wg0.kept /etc/wgreconcile/wg0.key
}

test_bad_keys() {
	bad_key "a key file that all can read" '' chmod 644 /etc/wgreconcile/wg0.key
	bad_key "no key file" 'No such file' rm /etc/wgreconcile/wg0.key
	bad_key "no key in it" '' sh -c 'echo nonsense >/etc/wgreconcile/wg0.key'
	bad_key "a directory" '' sh -c 'rm /etc/wgreconcile/wg0.key && mkdir /etc/wgreconcile/wg0.key'
}

test_codes() {
	exits 2 "plan before" plan
	exits 2 "plan --json before" plan --json
	not_ok "plan has made nothing" lab_exec client ip link show wg0
	ok "nor recorded anything" [ -z "$(ls -A "$LAB/client/state")" ]
	exits 3 "status before" status
	lab_gateway_kill gw1
	exits 0 "the first apply" apply
	exits 3 "status, as long as nobody has answered" status --json
	lab_gateway_revive gw1
	lab_exec client ip link delete wg0
	exits 0 "apply again" apply
	sleep 3
	exits 0 "the second apply" apply --verbose
	exits 0 "plan after" plan
	exits 0 "plan --json after" plan --json
	exits 0 "status after" status
	exits 0 "status after --json" status --json
	for format in prometheus wgpeerselector; do exits 0 "status --format $format" status --format $format; done
	exits 0 "an apply with nothing to do" apply --json
	lab_exec client wg set wg0 peer "$(lab_exec client wg show wg0 peers | head -n 1)" remove
	exits 2 "plan, after a peer was deleted" plan
	exits 3 "status, after a peer was deleted" status
	exits 0 "apply repairs it" apply
	lab_exec client ip route delete 10.9.0.0/24
	exits 2 "plan, after a route was deleted" plan
	exits 3 "status, after a route was deleted" status
	exits 0 "apply repairs it, too" apply
	sleep 3
	exits 0 "and again" apply
	exits 0 "and all is well" status
}

test_usage() {
	exits 64 "no command"
	exits 64 "an unknown command" aply
	ok "the nearest one is named" grep -q "apply" "$LAB/output"
	exits 64 "an unknown option" apply --jsno
	exits 64 "an option of another command" plan --for 5s
	exits 64 "a wrong duration" apply --deadline soon
	exits 64 "--every without --for" apply --every 5s
	exits 64 "a wrong form" status --format xml
	exits 64 "import of something unknown" import openvpn file
	exits 65 "a file that is not there" apply /etc/wgreconcile/nowhere.yaml
	exits 1 "show of an interface that is not there" show wg77
	exits 0 "help" help
	exits 0 "version" version
}

test_show() {
	exits 0 "show" show
	exits 0 "show of one" show wg0
	exits 0 "help for plan" help plan
	exits 0 "plan --verbose" plan --verbose
}

# The keys in every possible printed form.
secrets() {
	local name
	for name in client.key member.psk peer.psk; do
		cat "$LAB/$name"
		base64 -d "$LAB/$name" | od -An -v -tx1 | tr -d ' \n'
		echo
	done
}

# exposed FILE...: one of them is in there
exposed() {
	secrets | grep -v '^$' >"$LAB/secrets"
	[ "$(wc -l <"$LAB/secrets")" -eq 6 ]
	grep -riF -f "$LAB/secrets" "$@"
}

test_secrets() {
	{ cat "$LAB/all"; cat "$LAB/client.key"; } >"$LAB/planted"
	ok "a key would be found" exposed "$LAB/planted"
	not_ok "no key was printed by all these" exposed "$LAB/all"
	ok "all these have printed a lot" [ "$(wc -l <"$LAB/all")" -ge 300 ]
	not_ok "no key is in the recorded state" exposed "$LAB/client/state"
	# A userspace program's socket is not a readable file.
	not_ok "no key is in /run" exposed "$LAB/client/run/wgreconcile"
	ok "the state is for its owner only" [ "$(stat -c %a "$LAB/client/state/default.json")" = 600 ]
	ok "the kernel has the preshared keys" [ "$(lab_exec client wg show wg0 preshared-keys | grep -cv none)" -ge 2 ]
}

lab_init
uplink_network 2
for name in member peer; do
	(umask 077 && wg genpsk >"$LAB/$name.psk")
	install -m 600 "$LAB/$name.psk" "$LAB/client/config/$name.psk"
done
lab_keys office
lab_exec gw1 wg set wg0 peer "$(cat "$LAB/client.pub")" preshared-key "$LAB/member.psk"
{
	uplink_interface "listen_port: 51000"
	cat <<-YAML
	    peers:
	      office:
	        public_key: $(cat "$LAB/office.pub")
	        preshared_key_file: peer.psk
	        allowed_ips: [10.77.0.0/16]
	YAML
	uplink_selector "strategy: ordered" "try_for: 2s"
	uplink_member gw1 1
	echo "        preshared_key_file: member.psk"
	uplink_member gw2 2
} >"$LAB/client/config/default.yaml"
test_codes
test_bad_files
test_bad_keys
test_usage
test_show
test_secrets
lab_finish
