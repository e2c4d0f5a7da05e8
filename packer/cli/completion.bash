# SPDX-License-Identifier: BSD-2-Clause
# shellcheck shell=bash
#
# bash completes command lines of bzboot from the table of completion.h, which the build puts in.

mapfile -t _bzboot_table <<'END'
@TABLE@
END

# _bzboot_split: words: those up to the cursor, whole: bash cuts them at '=', ':' and '@', too
_bzboot_split() {
	local rest=${COMP_LINE:0:COMP_POINT} word i bare
	words=()
	for ((i = 0; i <= COMP_CWORD; i++)); do
		bare=${rest#"${rest%%[![:space:]]*}"}
		word=${COMP_WORDS[i]}
		[ "$i" -lt "$COMP_CWORD" ] || word=$bare
		if [ ${#words[@]} -eq 0 ] || [ "$bare" != "$rest" ]; then
			words+=("$word")
		else
			words[-1]+=$word
		fi
		rest=${bare#"$word"}
	done
}

# _bzboot_read COMMAND: its lines, as arrays with the name of an option, or "", as index
_bzboot_read() {
	local line name
	local -a fields
	for line in "${_bzboot_table[@]}"; do
		[[ $line == "$1|"* ]] || continue
		IFS='|' read -ra fields <<<"$line"
		name=--${fields[1]}
		[ -n "${fields[1]}" ] || name=operand
		[ "$name" = operand ] || names+=("$name")
		[ -z "${fields[2]}" ] || letters[-${fields[2]}]=$name
		most[$name]=${fields[3]} excludes[$name]=${fields[4]} argument[$name]=${fields[5]}
		kind[$name]=${fields[6]} files[$name]=${fields[7]} values[$name]=${fields[8]}
	done
}

# _bzboot_known WORD: name: the option that it gives, also by its letter or the beginning of its name
_bzboot_known() {
	local word=${1%%=*} option
	name=${letters[$word]-}
	[ -z "$name" ] || return 0
	[[ $word == --?* ]] || return 1
	for option in "${names[@]}"; do
		[ "$option" != "$word" ] || { name=$option; return 0; }
		[[ $option != "$word"* ]] || name=$option
	done
	[ -n "$name" ]
}

# _bzboot_files f|d BEFORE PATH: files of the type $patterns; all, or folders, if there is none. BEFORE is
# in front of each reply.
_bzboot_files() {
	local path=${3//\\/} file pattern found=()
	[[ $path != [\"\']* ]] || path=${path:1}
	while IFS= read -r file; do
		for pattern in "${patterns[@]}"; do
			# shellcheck disable=SC2053 # a pattern
			[[ ! -d $file && ${file##*/} == $pattern ]] && found+=("$2$file") && break
		done
	done < <(compgen -f -- "$path")
	if [ ${#found[@]} -gt 0 ]; then
		mapfile -t -O ${#found[@]} found < <(compgen -d -P "$2" -- "$path")
	else
		mapfile -t found < <(compgen "-$1" -P "$2" -- "$path")
	fi
	[ ${#found[@]} -eq 0 ] || compopt -o filenames 2>/dev/null
	COMPREPLY+=("${found[@]}")
}

# _bzboot_after BEFORE: put BEFORE, with its '@', in front of files: readline would quote the '@', too
_bzboot_after() {
	local i path
	compopt +o filenames 2>/dev/null
	for i in "${!COMPREPLY[@]}"; do
		path=${COMPREPLY[i]}
		[ ! -d "$path" ] || { path+=/ && compopt -o nospace 2>/dev/null; }
		printf -v "COMPREPLY[$i]" '%s%q' "$1" "$path"
	done
}

# _bzboot_words BEFORE AFTER BEGINNING: those of the value; AFTER follows each reply
_bzboot_words() {
	[ -z "${values[$name]}" ] ||
		mapfile -t -O ${#COMPREPLY[@]} COMPREPLY < <(compgen -P "$1" -S "$2" \
			-W "${values[$name]}" -- "$3")
}

# _bzboot_value BEFORE BEGINNING: replies for the argument of option $name, or for the operand
_bzboot_value() {
	local before=$1 value=$2 patterns
	read -ra patterns <<<"${files[$name]}"
	case ${kind[$name]} in
	list)
		compopt -o nospace 2>/dev/null
		[[ $value != *,* ]] || before+=${value%,*},
		_bzboot_words "$before" "" "${value##*,}"
		;;
	at)
		if [[ $value == @* || ( -n ${values[$name]} && $value == *:@* ) ]]; then
			_bzboot_files f "" "${value#*@}"
			_bzboot_after "$before${value%%@*}@"
		else
			compopt -o nospace 2>/dev/null
			_bzboot_words "$before" : "$value"
		fi
		;;
	folder) _bzboot_files d "$before" "$value" ;;
	variable) mapfile -t COMPREPLY < <(compgen -e -P "$before" -- "$value") ;;
	plain)
		_bzboot_words "$before" "" "$value"
		[ "${COMPREPLY[*]}" = "${COMPREPLY[*]%:}" ] || compopt -o nospace 2>/dev/null
		[ ${#patterns[@]} -eq 0 ] || _bzboot_files f "$before" "$value"
		;;
	esac
}

# _bzboot_options: the options that may follow those before the cursor
_bzboot_options() {
	local option reply=()
	for option in "${names[@]}"; do
		[ "${most[$option]}" = '*' ] || [ -z "${given[$option]-}" ] || continue
		[ -n "${given[$option]-}" ] || ((!(${excludes[$option]:-0} & taken))) || continue
		reply+=("$option")
	done
	mapfile -t COMPREPLY < <(compgen -W "${reply[*]}" -- "$current")
}

# _bzboot_scan: given, taken, operands: what the words before the current one are; name: the option
# whose argument is the current one
_bzboot_scan() {
	local word
	name=
	for word in "${words[@]:2:${#words[@]}-3}"; do
		if [ -n "$name" ]; then
			name=
		elif [[ $word == -- ]]; then
			rest=yes
		elif [ -z "$rest" ] && [[ $word == -?* ]] && _bzboot_known "$word"; then
			given[$name]=yes
			taken=$((taken | ${excludes[$name]}))
			[ -n "${argument[$name]}" ] && [[ $word != --*=* ]] || name=
		else
			operands=$((operands + 1))
			name=
		fi
	done
}

_bzboot() {
	local words line current name='' rest='' operands=0 taken=0 cut i
	local -a names=()
	local -A letters=() most=() excludes=() argument=() kind=() files=() values=() given=()
	COMPREPLY=()
	_bzboot_split
	current=${words[-1]}
	if [ ${#words[@]} -eq 2 ]; then
		_bzboot_read ""
		for line in "${_bzboot_table[@]}"; do
			[[ ! $line =~ ^[a-z]+'|||' ]] || names+=("${line%%|*}")
		done
		_bzboot_options
		return
	fi
	_bzboot_read "${words[1]}"
	[ -n "${most[operand]-}" ] || return
	_bzboot_scan
	if [ -n "$name" ]; then
		_bzboot_value "" "$current"
	elif [ -z "$rest" ] && [[ $current == --*=* ]] && _bzboot_known "$current"; then
		_bzboot_value "${current%%=*}=" "${current#*=}"
	elif [ -z "$rest" ] && [[ $current == -* || ${most[operand]} -le $operands ]]; then
		_bzboot_options
	elif [ "$operands" -lt "${most[operand]}" ]; then
		name=operand
		_bzboot_value "" "$current"
		[[ -n $current || $rest ]] || [ ${#COMPREPLY[@]} -gt 0 ] || _bzboot_options
	fi
	# Readline replaces only what is behind the last of its breaks, and an '@' before that.
	cut=${current%"${current##*["$COMP_WORDBREAKS"]}"}
	cut=${cut%@}
	for ((i = 0; i < ${#COMPREPLY[@]}; i++)); do
		COMPREPLY[i]=${COMPREPLY[i]#"$cut"}
	done
}

complete -F _bzboot bzboot
