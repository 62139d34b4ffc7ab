# SPDX-License-Identifier: MIT
# bash completion for wgsim. Commands, options and whether they take an argument are what the program's own help lists,
# so that nothing has to be kept in step.

# The words that open lines of the list under "Commands:".
_wgsim_commands()
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

# The options of a command, or of all of them, with "=" behind those that take an argument. A line of the list is
# "  -j, --jobs N              what it does", with two blanks at least before the text.
_wgsim_options()
{
	local line form letter

	"$1" help ${2:+"$2"} 2>/dev/null |
		while IFS= read -r line; do
			[[ $line =~ ^\ {2,}((-.),\ )?(--[a-z-]+)(\ [^ ]+)?\ \  ]] || continue
			letter=${BASH_REMATCH[2]}
			form=${BASH_REMATCH[4]:+=}
			printf '%s\n' "${BASH_REMATCH[3]}$form"
			[[ $letter ]] && printf '%s\n' "$letter$form"
		done
}

# Words from standard input that begin with what is typed.
_wgsim_offer()
{
	local word

	while read -r word; do
		[[ $word == "$1"* ]] && COMPREPLY+=("$word")
	done
}

# Directories, and files with one of the suffixes given (all, when none is).
_wgsim_files()
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

# The argument of an option.
_wgsim_value()
{
	local option=$1 current=$2

	case $option in
	--backend) _wgsim_offer "$current" < <(printf '%s\n' auto time-travel guest kernel userspace) ;;
	--color) _wgsim_offer "$current" < <(printf '%s\n' auto always never) ;;
	--format) _wgsim_offer "$current" < <(printf '%s\n' svg png) ;;
	--program | --junit | -o | --output) _wgsim_files "$current" ;;
	--at | --timeout) _wgsim_offer "$current" < <(printf '%s\n' 30s 1m 5m 10m 1h) ;;
	--seeds) _wgsim_offer "$current" < <(printf '%s\n' 1..10 1..100) ;;
	--memory) _wgsim_offer "$current" < <(printf '%s\n' 512M 1G 2G 4G) ;;
	esac
}

# Sets command to the first word that is neither an option nor its argument, and arguments to how many follow it
# before the current word.
_wgsim_find_command()
{
	local i options

	options=" $(_wgsim_options "$1" | tr '\n' ' ')"

	for ((i = 1; i < COMP_CWORD; i++)); do
		case ${COMP_WORDS[i]} in
		-*)
			[[ $options == *" ${COMP_WORDS[i]}= "* ]] || continue
			((i++))
			# With = as a separator of words, "--seed=1" is three of them.
			[[ ${COMP_WORDS[i]} == = ]] && ((i++))
			;;
		*)
			if [[ $command ]]; then
				((arguments++))
			else
				command=${COMP_WORDS[i]}
			fi
			;;
		esac
	done
}

_wgsim()
{
	local program=$1 current=$2 previous=$3 command='' arguments=0

	COMPREPLY=()
	_wgsim_find_command "$program"
	if [[ $previous == = ]]; then
		previous=${COMP_WORDS[COMP_CWORD - 2]}
	elif [[ $current == = ]]; then
		current=
	fi
	if [[ $previous == -* && " $(_wgsim_options "$program" | tr '\n' ' ')" == *" $previous= "* ]]; then
		_wgsim_value "$previous" "$current"
		return
	fi
	if [[ $current == -* ]]; then
		_wgsim_offer "$current" < <(_wgsim_options "$program" "$command" | tr -d =)
		return
	fi
	case $command in
	'') _wgsim_offer "$current" < <(_wgsim_commands "$program") ;;
	replay | report) _wgsim_files "$current" .jsonl ;;
	shell) ((arguments)) || _wgsim_files "$current" .yaml ;;
	help) ((arguments)) || _wgsim_offer "$current" < <(_wgsim_commands "$program") ;;
	version) ;;
	*) _wgsim_files "$current" .yaml ;;
	esac
}

complete -F _wgsim wgsim
