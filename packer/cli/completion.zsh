#compdef bzboot
# SPDX-License-Identifier: BSD-2-Clause
#
# zsh completes command lines of bzboot from the table of completion.h, which the build puts in.

local table
IFS= read -r -d '' table <<'END'
@TABLE@
END
local -a bzboot_table=("${(@f)table}") bzboot_lines

# bzboot_lines are those of the command.

# _bzboot_value OPTION... LINE: what the argument of an option, or the operand, can be; options are for
# compadd
_bzboot_value() {
	local -a fields=("${(@s:|:)bzboot_lines[$argv[-1]]}")
	local -a files=(${=fields[8]}) values=(${=fields[9]})
	local argument=$fields[6] found=1
	argv[-1]=()
	case $fields[7] in
	list) _values -s , $argument $values && found=0 ;;
	at)
		if [[ -n $values ]] && ! compset -P '*:@' && ! compset -P '@'; then
			compadd "$@" -S : -a values && found=0
		elif [[ -n $values ]] || compset -P '@'; then
			_files "$@" && found=0
		else
			_message $argument
		fi
		;;
	folder) _files "$@" -/ && found=0 ;;
	variable) _parameters "$@" -g '*export*' && found=0 ;;
	plain)
		compadd "$@" -S '' -- ${(M)values:#*:} && found=0
		compadd "$@" -- ${values:#*:} && found=0
		(( $#files )) && _files "$@" -g "(${(j:|:)files}|)" && found=0
		;;
	*) _message $argument ;;
	esac
	return found
}

_bzboot_commands() {
	local -a fields commands
	local line
	for line in ${(M)bzboot_table:#[a-z]##"|||"*}; do
		fields=("${(@s:|:)line}")
		commands+=("$fields[1]:$fields[10]")
	done
	_describe command commands
}

# _bzboot_others LINE: what an option excludes: itself, unless it may be repeated, and others
_bzboot_others() {
	local -a mine=("${(@s:|:)bzboot_lines[$1]}") fields
	local line
	for line in $bzboot_lines; do
		fields=("${(@s:|:)line}")
		[[ -n $fields[2] ]] || continue
		if [[ $fields[2] == $mine[2] ]]; then
			[[ $mine[4] != '*' ]] || continue
		elif (( ! (fields[5] & mine[5]) )); then
			continue
		fi
		reply+=(--$fields[2] ${fields[3]:+-$fields[3]})
	done
}

local command text argument i
local -a fields specs reply
local curcontext=$curcontext
if (( CURRENT > 2 )); then
	command=$words[2]
	shift words
	(( CURRENT-- ))
else
	specs=('1:command:_bzboot_commands')
fi
bzboot_lines=(${(M)bzboot_table:#$command"|"*})
for (( i = 1; i <= $#bzboot_lines; i++ )); do
	fields=("${(@s:|:)bzboot_lines[i]}")
	argument=${fields[6]:+:$fields[6]:_bzboot_value $i}
	if [[ -z $fields[2] ]]; then
		(( fields[4] < 1 )) || specs+=("1$argument")
		(( fields[4] < 2 )) || specs+=("2$argument")
		(( fields[4] < 3 )) || specs+=("*$argument")
		continue
	fi
	text=${${fields[10]//\[/\\[}//\]/\\]}
	reply=()
	_bzboot_others $i
	text="[$text]$argument"
	specs+=("(${reply[*]})${${(M)fields[4]:#\*}}--$fields[2]${argument:+=}$text")
	[[ -z $fields[3] ]] || specs+=("(${reply[*]})-$fields[3]${argument:++}$text")
done
(( $#specs )) && _arguments -s -S : $specs
