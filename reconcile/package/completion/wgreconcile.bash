# SPDX-License-Identifier: MIT
# bash completion for wgreconcile.

# shellcheck source=reconcile/package/completion/_wgreconcile_functions
source "$(dirname -- "${BASH_SOURCE[0]}")/_wgreconcile_functions"

_wgreconcile_instances()
{
	local file

	for file in "${WGRECONCILE_CONFIG_DIRECTORY:-/etc/wgreconcile}"/*.yaml; do
		[[ -e $file ]] || continue
		file=${file##*/}
		printf '%s\n' "${file%.yaml}"
	done
}

_wgreconcile_interfaces()
{
	local path

	for path in /sys/class/net/*; do
		[[ -e $path ]] && printf '%s\n' "${path##*/}"
	done
}

# The argument of an option.
_wgreconcile_value()
{
	local option=$1 current=$2 path

	case $option in
	-c | --config) _wgr_files "$current" .yaml ;;
	-n | --name) _wgr_offer "$current" < <(_wgreconcile_instances) ;;
	--state-dir | --run-dir | --keys)
		compopt -o filenames 2>/dev/null
		while IFS= read -r path; do
			COMPREPLY+=("$path")
		done < <(compgen -d -- "$current")
		;;
	--output) _wgr_files "$current" ;;
	--deadline | --for | --every | --timeout) _wgr_offer "$current" < <(printf '%s\n' 1s 2s 4s 5s 55s 10m) ;;
	--format)
		_wgr_offer "$current" < <(
			printf '%s\n' text json
			[[ $command == status || -z $command ]] && printf '%s\n' wgpeerselector prometheus
		)
		;;
	--interface) _wgr_offer "$current" < <(_wgreconcile_interfaces) ;;
	--color) _wgr_offer "$current" < <(printf '%s\n' auto always never) ;;
	esac
}

# An argument of the command.
_wgreconcile_argument()
{
	local current=$1

	case $command in
	apply | plan | status | validate | wait) _wgr_files "$current" .yaml ;;
	show) _wgr_offer "$current" < <(_wgreconcile_interfaces) ;;
	import)
		if ((arguments == 0)); then
			_wgr_offer "$current" < <(printf '%s\n' wg-quick wirelink showconf uci)
		elif [[ $first == showconf ]] && ((arguments == 2)); then
			_wgr_offer "$current" < <(_wgreconcile_interfaces)
		else
			_wgr_files "$current"
		fi
		;;
	esac
}

_wgreconcile()
{
	_wgr_complete _wgreconcile "$@"
}

complete -F _wgreconcile wgreconcile
