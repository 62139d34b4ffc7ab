# SPDX-License-Identifier: MIT
# bash completion for wgreconcile. Commands and options are those that the
# program's own help lists, so that nothing has to be kept in step.

# The words that open lines of the list under "Commands:".
_wgreconcile_commands()
{
	local word listing=''

	"$1" help 2>/dev/null |
		while read -r word _; do
			case $word in
			Commands:) listing=1 ;;
			'') listing= ;;
			*) [[ $listing ]] && printf '%s\n' "$word" ;;
			esac
		done
}

# The options of a command, or of all of them: each line that begins with one.
_wgreconcile_options()
{
	local word rest

	"$1" help ${2:+"$2"} 2>/dev/null |
		while read -r word rest; do
			[[ $word == -?, ]] && {
				printf '%s\n' "${word%,}"
				read -r word _ <<<"$rest"
			}
			[[ $word == --* ]] && printf '%s\n' "$word"
		done
}

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

# Words from standard input that begin with what is typed.
_wgreconcile_offer()
{
	local word

	while read -r word; do
		[[ $word == "$1"* ]] && COMPREPLY+=("$word")
	done
}

# Directories, and files with one of the suffixes given (all, when none is).
_wgreconcile_files()
{
	local current=$1 path suffix
	shift

	compopt -o filenames 2>/dev/null
	while IFS= read -r path; do
		if [[ -d $path || $# -eq 0 ]]; then
			COMPREPLY+=("$path")
			continue
		fi
		for suffix in "$@"; do
			[[ $path == *"$suffix" ]] && COMPREPLY+=("$path")
		done
	done < <(compgen -f -- "$current")
}

# The argument of the option before the current word; false when it takes none.
_wgreconcile_argument()
{
	local option=$1 current=$2 command=$3 path

	case $option in
	-c | --config) _wgreconcile_files "$current" .yaml ;;
	-n | --name) _wgreconcile_offer "$current" < <(_wgreconcile_instances) ;;
	--state-dir | --run-dir | --keys)
		compopt -o filenames 2>/dev/null
		while IFS= read -r path; do
			COMPREPLY+=("$path")
		done < <(compgen -d -- "$current")
		;;
	--output) _wgreconcile_files "$current" ;;
	--deadline | --for | --every | --timeout)
		_wgreconcile_offer "$current" < <(printf '%s\n' 1s 2s 4s 5s 55s 10m)
		;;
	--format)
		_wgreconcile_offer "$current" < <(
			printf '%s\n' text json
			[[ $command == status || -z $command ]] && printf '%s\n' wgpeerselector prometheus
		)
		;;
	--interface) _wgreconcile_offer "$current" < <(_wgreconcile_interfaces) ;;
	--color) _wgreconcile_offer "$current" < <(printf '%s\n' auto always never) ;;
	*) return 1 ;;
	esac
}

# Sets command to the first word that is neither an option nor its argument, and
# arguments to how many follow it before the current word.
_wgreconcile_find_command()
{
	local i

	for ((i = 1; i < COMP_CWORD; i++)); do
		case ${COMP_WORDS[i]} in
		-c | -n | --config | --name | --state-dir | --run-dir | --deadline | --for | --every | --timeout | \
			--format | --output | --keys | --interface | --color)
			((i++))
			# With = as a separator of words, "--name=x" is three of them.
			[[ ${COMP_WORDS[i]} == = ]] && ((i++))
			;;
		-*) ;;
		*)
			if [[ $command ]]; then
				first=${first:-${COMP_WORDS[i]}}
				((arguments++))
			else
				command=${COMP_WORDS[i]}
			fi
			;;
		esac
	done
}

_wgreconcile()
{
	local program=$1 current=$2 previous=$3 command='' first='' arguments=0

	COMPREPLY=()
	_wgreconcile_find_command
	if [[ $previous == = ]]; then
		previous=${COMP_WORDS[COMP_CWORD - 2]}
	elif [[ $current == = ]]; then
		current=
	fi
	_wgreconcile_argument "$previous" "$current" "$command" && return
	if [[ $current == -* ]]; then
		_wgreconcile_offer "$current" < <(_wgreconcile_options "$program" "$command")
		return
	fi
	case $command in
	'') _wgreconcile_offer "$current" < <(_wgreconcile_commands "$program") ;;
	apply | plan | status | validate | wait) _wgreconcile_files "$current" .yaml ;;
	show) _wgreconcile_offer "$current" < <(_wgreconcile_interfaces) ;;
	import)
		if ((arguments == 0)); then
			_wgreconcile_offer "$current" < <(printf '%s\n' wg-quick showconf uci)
		elif [[ $first == showconf ]] && ((arguments == 2)); then
			_wgreconcile_offer "$current" < <(_wgreconcile_interfaces)
		else
			_wgreconcile_files "$current"
		fi
		;;
	help) ((arguments)) || _wgreconcile_offer "$current" < <(_wgreconcile_commands "$program") ;;
	esac
}

complete -F _wgreconcile wgreconcile
