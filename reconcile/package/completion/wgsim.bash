# SPDX-License-Identifier: MIT
# bash completion for wgsim.

# shellcheck source=reconcile/package/completion/_wgreconcile_functions
source "$(dirname -- "${BASH_SOURCE[0]}")/_wgreconcile_functions"

# The argument of an option.
_wgsim_value()
{
	local option=$1 current=$2

	case $option in
	--backend) _wgr_offer "$current" < <(printf '%s\n' auto time-travel guest kernel userspace) ;;
	--color) _wgr_offer "$current" < <(printf '%s\n' auto always never) ;;
	--format) _wgr_offer "$current" < <(printf '%s\n' svg png) ;;
	--program | --junit | -o | --output) _wgr_files "$current" ;;
	--at | --timeout) _wgr_offer "$current" < <(printf '%s\n' 30s 1m 5m 10m 1h) ;;
	--seeds) _wgr_offer "$current" < <(printf '%s\n' 1..10 1..100) ;;
	--memory) _wgr_offer "$current" < <(printf '%s\n' 512M 1G 2G 4G) ;;
	esac
}

# An argument of the command.
_wgsim_argument()
{
	local current=$1

	case $command in
	replay | report) _wgr_files "$current" .jsonl ;;
	shell) ((arguments)) || _wgr_files "$current" .yaml ;;
	help | version) ;;
	*) _wgr_files "$current" .yaml ;;
	esac
}

_wgsim()
{
	_wgr_complete _wgsim "$@"
}

complete -F _wgsim wgsim
