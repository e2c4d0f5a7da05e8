# SPDX-License-Identifier: BSD-2-Clause
# shellcheck shell=bash
#
# complete.bash SCRIPT: complete command lines as readline does. Reads them from standard input, and
# prints the current word after each completion, and after each line a line with a dot.
# shellcheck source=/dev/null
. "$1"

breaks='=:@'

# split LINE: COMP_WORDS, cut at blanks and at readline's breaks, which are words, too
split() {
	local word
	COMP_WORDS=() COMP_LINE=$1 COMP_POINT=${#1}
	for word in $1; do
		while [[ $word =~ ^([^$breaks]+|[$breaks]+)(.*) ]]; do
			COMP_WORDS+=("${BASH_REMATCH[1]}")
			word=${BASH_REMATCH[2]}
		done
	done
	[[ $1 != *' ' ]] || COMP_WORDS+=("")
	COMP_CWORD=$((${#COMP_WORDS[@]} - 1))
}

while IFS= read -r line; do
	split "$line"
	COMP_WORDBREAKS=$' \t\n"\'@><=;|&(:'
	_bzboot
	word=${line##* }
	before=${word%"${word##*["$breaks"]}"}
	before=${before%@}	# in $rl_special_prefixes of readline: replaced, too
	[ ${#COMPREPLY[@]} -eq 0 ] || printf '%s\n' "${COMPREPLY[@]/#/"$before"}"
	echo .
done
