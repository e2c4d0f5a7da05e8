#!/usr/bin/env bash
# SPDX-License-Identifier: BSD-2-Clause
#
# The manifest says whether command line and initrd are decided or a default, where a stub finds it,
# and bzboot info prints it.
# shellcheck source=tests/cli.sh
. tests/cli.sh
need gcc jq

make_kernel
echo "an initrd" >"$work/initrd"

# kinds NAME EXPECTED OPTION...: one test: EXPECTED are the kinds of command line and initrd ("-" if
# there is none) and the flags in the manifest
kinds() {
	local data
	run pack "$work/kernel.elf" -o "$work/image" --fast "${@:3}"
	same "exit status" 0 "$status"
	run info --json "$work/image"
	data=$(jq '.pe.sections[] | select(.name == ".data") | .raw_offset' "$work/stdout")
	same "kinds and flags" "$2" \
		"$(jq -r '.manifest | "\(.cmdline_kind // "-") \(.initrd_kind // "-")"' "$work/stdout") $((\
		$(get "$work/image" "$data + 0xbf" 1)))"
	run info "$work/image"
	same "kinds as text" "$(tr ' ' '\n' <<<"${2% *}" | grep -v '^-$')" \
		"$(sed -n 's/^  \(cmdline\|initrd\)_kind: //p' "$work/stdout")"
	finish "$1"
}

kinds "neither" "- - 0"
kinds "a command line" "decided - 2" --cmdline x
kinds "a default command line" "default - 0" --default-cmdline x
kinds "an empty command line" "decided - 2" --cmdline ""
kinds "an empty default is none" "- - 0" --default-cmdline ""
kinds "an initrd" "- decided 4" --initrd "$work/initrd"
kinds "a default initrd" "- default 0" --default-initrd "$work/initrd"
kinds "no initrd" "- decided 4" --no-initrd
kinds "both" "decided decided 6" --cmdline x --initrd "$work/initrd" --initrd "$work/initrd"
kinds "both as defaults" "default default 0" --default-cmdline x --default-initrd "$work/initrd" \
	--default-initrd "$work/initrd"
kinds "a command line, a default initrd" "decided default 2" --cmdline x \
	--default-initrd "$work/initrd"
kinds "a default command line, an initrd" "default decided 4" --default-cmdline x \
	--initrd "$work/initrd"
# Files with a command line

# cmdline_is NAME EXPECTED FILE: one test: with both options, FILE gives the command line EXPECTED
cmdline_is() {
	local option
	for option in --cmdline --default-cmdline; do
		run pack "$work/kernel.elf" -o "$work/image" --level 1 "$option" "@$3"
		same "exit status" 0 "$status"
		run info "$work/image" --json
		same "$option" "$2" "$(jq -r '.manifest.cmdline // ""' "$work/stdout")"
	done
	finish "$1"
}

text=$work/text
printf 'root=/dev/sda1 quiet' >"$text"
cmdline_is "a command line from a file" "root=/dev/sda1 quiet" "$text"
printf 'root=/dev/sda1\n\tquiet \r\n\n' >"$text"
cmdline_is "a file of several lines" "root=/dev/sda1  quiet" "$text"
printf '%2047s\n' x >"$text"
cmdline_is "a file of 2047 characters" "$(printf '%2047s' x)" "$text"
printf '\n' >"$text"
cmdline_is "a file with only a newline" "" "$text"
run pack "$work/kernel.elf" -o "$work/image" --level 1 --cmdline " @$text"
run info "$work/image" --json
same "command line" " @$text" "$(jq -r .manifest.cmdline "$work/stdout")"
finish "a space before @ makes it part of the command line"
printf '%2048s\n' x >"$text"
refused "a file of 2048 characters" 1 "$text: the command line has 2048 characters, more than 2047" \
	pack "$work/kernel.elf" -o "$image" --cmdline "@$text"
printf 'quiet\0splash' >"$text"
refused "a file with a NUL" 1 "$text: not a text: it has a NUL character at offset 5" \
	pack "$work/kernel.elf" -o "$image" --default-cmdline "@$text"
refused "a file that is not there" 1 "$work/none: " \
	pack "$work/kernel.elf" -o "$image" --cmdline "@$work/none"
refused "a file without a name" 1 ": " pack "$work/kernel.elf" -o "$image" --cmdline @
plan
