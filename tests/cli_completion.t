#!/usr/bin/env bash
# SPDX-License-Identifier: BSD-2-Clause
#
# bash, zsh and fish complete the commands, each option that --help lists, and the argument of each:
# files by type, keys, codecs and the like by value.
# shellcheck source=tests/cli.sh
. tests/cli.sh
need zsh fish

scripts=$(realpath "${BUILD:-build}/completion")
drivers=$(realpath tests/shells)
declare -A script=([bash]=$scripts/bzboot [zsh]=$scripts/_bzboot [fish]=$scripts/bzboot.fish)
declare -A shell=([bash]="bash --norc" [zsh]="zsh -f" [fish]="fish --no-config")

list_commands

# A folder with a file of each type
files="a.efi vmlinuz-1 initrd.img ucode.img db.key db.pem db.crt logo.bmp tree.dtb pcr.json sbat.csv ukify.conf
	stub.elf map.svg notes.txt"
mkdir -p "$work/here/folder"
# shellcheck disable=SC2086 # names
(cd "$work/here" && touch $files)
export BZBOOT_TEST_PIN=1

# The completions of each argument: a word that is typed already, or "-", then all candidates. Folders
# complete files, too. fish lists names with a dot when one is typed.
uris="pkcs11: handle: file:"
image="- a.efi vmlinuz-1 folder"
initrd="- initrd.img ucode.img folder"
key="- db.key db.pem folder $uris"
cert="- db.crt db.pem folder $uris"
any="- ${files//$'\n'/ } folder"
text="@no @notes.txt"
sections=".linux .osrel .cmdline .initrd .ucode .splash .dtb .uname .sbat .pcrsig .pcrpkey .profile
	.dtbauto .hwids .efifw"
none="-"
run check --list
checks=$(sed '/^$/q' "$work/stdout" | cut -d ' ' -f 1)
consumers=$(sed '1,/^$/d' "$work/stdout" | cut -d ' ' -f 1)
declare -A expected=(
	[output]=$image
	[extract output]=$any
	[shuffle output]=$any
	[symbols output]=$any
	[kallsyms]=$any [vmcore]=$any
	[info output]="- map.svg folder"
	[measure output]="- pcr.json folder"
	[zboot-magic]="- zimg zelf"
	[compress]="- zstd xz lzma gzip lz4 none"
	[parts]="- auto max"
	[payload]="- elf image"
	[efi-arch]="- x64 aa64 riscv64 loongarch64"
	[seed]=$none
	[units]="- functions objects" [shuffle-units]="- functions objects"
	[level]=$none [threads]=$none [max-size]=$none
	[cmdline]=$text [default-cmdline]=$text [os-release]=$text [uname]=$text
	[measure cmdline]=$none
	[pcrsig]=$text [pack profile]=$text [addon profile]=$text
	[append]=$none [title]=$none [version-text]=$none [policyref]=$none
	[edit profile]=$none [measure profile]=$none
	[initrd]=$initrd [default-initrd]=$initrd
	[microcode]="- ucode.img initrd.img folder"
	[sbat]="- sbat.csv folder"
	[stub]="- stub.elf folder"
	[config]="- ukify.conf folder"
	[devicetree]="- tree.dtb folder"
	[splash]="- logo.bmp folder"
	[pcrpkey]="- db.pem folder"
	[join-profile]=$image
	[pack section]=". $sections" [edit section]=". $sections" [addon section]=". $sections"
	[remove]=". $sections" [extract section]=". $sections"
	[key]=$key [pk-key]=$key [kek-key]=$key
	[cert]=$cert [pk-cert]=$cert [kek-cert]=$cert [ca]=$cert [chain]=$cert
	[digest]="- sha256 sha384 sha512"
	[signing-time]=$none
	[provider]="- default legacy fips tpm2 pkcs11"
	[provider-path]="- folder"
	[root]="- folder"
	[pin-file]=$any
	[pin-env]="BZBOOT_TEST_ BZBOOT_TEST_PIN"
	[prepare]=$any [prepared]=$any [attach]=$any
	[bank]="- sha1 sha256 sha384 sha512"
	[pcr]="- 4 9 11 12"
	[phase]="ent enter-initrd enter-initrd:leave-initrd enter-initrd:leave-initrd:sysinit
		enter-initrd:leave-initrd:sysinit:ready"
	[join]="- pcr.json folder" [measure append]="- pcr.json folder"
	[public-key]="- db.pem folder $uris"
	[for]="- $consumers"
	[esp]="- folder" [efivars]="- folder" [name]=$none [days]=$none
	[layout]="- uki bls none" [failure]="- error warn"
	[entry-token]=$none [tries]=$none [hook]=$none
	[also-db]="- db.crt db.pem folder" [also-kek]="- db.crt db.pem folder"
	[only]="- $checks" [except]="- $checks" [explain]="- $checks"
)

# words TEXT: sets words, an array with these keys; what zsh prints as a prefix or a suffix is left out
words() {
	local word list
	words=()
	read -r -d '' -a list <<<"$1" || true
	for word in ${list[@]+"${list[@]}"}; do
		word=${word%/}
		word=${word%:}
		[[ $word != -? ]] || continue
		[ "$shell_name" != zsh ] || word=${word#@}
		[ -z "$word" ] || words[$word]=
	done
}

# --- questions: the lines to complete; with answers[LINE] of one shell after ask -----------------

questions=()
declare -A answers

# ask SHELL: answers
ask() {
	local line number=0
	answers=()
	shell_name=$1
	# shellcheck disable=SC2086 # a command and its options
	(cd "$work/here" && printf '%s\n' "${questions[@]}" |
		timeout 300 ${shell[$1]} "$drivers/complete.$1" "${script[$1]}") \
		>"$work/answers" 2>"$work/log" || fault "$1: $(tail -n 3 "$work/log")"
	[ ! -s "$work/log" ] || fault "$1 complains: $(head -n 3 "$work/log")"
	while IFS= read -r line; do
		if [ "$line" = . ]; then
			number=$((number + 1))
		else
			answers[${questions[number]}]+=$line$'\n'
		fi
	done <"$work/answers"
	same "$1: number of answers" ${#questions[@]} "$number"
}

# completes LINE CANDIDATES: these complete the line, and no others
completes() {
	local word
	local -A words=() wanted=()
	words "$2"
	for word in "${!words[@]}"; do
		wanted[$word]=
	done
	words "${answers[$1]-}"
	for word in "${!words[@]}"; do
		[ -n "${wanted[$word]+set}" ] || fault "'$1' is completed with '$word'"
		unset -v "wanted[$word]"
	done
	[ ${#wanted[@]} -eq 0 ] || fault "'$1' is not completed with: ${!wanted[*]}"
}

# lacks LINE CANDIDATE: fish offers others that are only like what is typed
lacks() {
	[[ $'\n'${answers[$1]-} != *$'\n'"$2"$'\n'* ]] || fault "'$1': $2"
}

# question LINE
question() {
	questions+=("$1")
}

declare -A typed candidates help
for command in "${commands[@]}"; do
	list_options "$command"
	help[$command]="${option_names[*]/#/--}"
	question "bzboot $command --"
	for name in "${option_names[@]}"; do
		[ -n "${option_argument[$name]}" ] || continue
		row=${expected[$command $name]-${expected[$name]-unknown}}
		[ "$row" != unknown ] || fail "no expectation for $command --$name"
		read -r word rest <<<"${row//[$'\n\t']/ }"
		word=${word/#-}
		typed[$command $name]=$word candidates[$command $name]=$rest
		question "bzboot $command --$name $word"
	done
done
others="bzboot |bzboot pa|bzboot --v|bzboot help |bzboot help ex|bzboot nonsense |bzboot version |\
bzboot pack |bzboot hash a|bzboot hash a.efi |bzboot info a.efi |bzboot hash a.efi a|bzboot addon -|\
bzboot pack --best --l|bzboot pack --level 3 --be|bzboot pack --best --be|bzboot pack --initrd i --in|\
bzboot pack -o x -|bzboot pack -o |bzboot hash -- |bzboot verify --cert=db.crt |\
bzboot check --for shim,kexec-|bzboot pack --section .osrel:@no|bzboot hash folder/|\
bzboot pack --splash no|bzboot pack --compress=|bzboot pack --key="
while IFS= read -r -d '|' line; do
	question "$line"
done <<<"$others|"
[ ${#questions[@]} -gt 200 ] || fail "only ${#questions[@]} questions"

run completion
same "exit status" 0 "$status"
same "lines with too few or too many fields" "" "$(awk -F '|' 'NF != 10' "$work/stdout")"
finish "the table has ten fields in each line"

for name in bash zsh fish; do
	# shellcheck disable=SC2086 # a command and its options
	${shell[$name]} -n "${script[$name]}" 2>"$work/log" || fault "exit status $?"
	same "complaints" "" "$(<"$work/log")"
	! grep -q '@TABLE@' "${script[$name]}" || fault "without the table"
	finish "$name: the script parses"

	ask "$name"
	# zsh lists options when a '-' is typed.
	options="--help --version"
	[ "$name" != zsh ] || options=
	completes "bzboot " "${commands[*]} help version $options"
	completes "bzboot pa" "pack"
	completes "bzboot --v" "--version"
	completes "bzboot help " "${commands[*]}"
	completes "bzboot help ex" "extract"
	completes "bzboot nonsense " ""
	completes "bzboot version " ""
	finish "$name: commands"

	for command in "${commands[@]}"; do
		list_options "$command"
		completes "bzboot $command --" "${help[$command]}"
		for option in "${option_names[@]}"; do
			[ -n "${option_argument[$option]}" ] || continue
			completes "bzboot $command --$option ${typed[$command $option]}" \
				"${candidates[$command $option]}"
		done
		finish "$name: options of $command, and their arguments"
	done

	completes "bzboot pack " "a.efi vmlinuz-1 stub.elf folder"
	completes "bzboot hash a" "a.efi"
	completes "bzboot info a.efi " "a.efi vmlinuz-1 stub.elf folder"
	lacks "bzboot hash a.efi a" a.efi
	completes "bzboot hash a.efi " "${help[hash]}"
	completes "bzboot addon -" "${help[addon]}"
	completes "bzboot hash -- " "a.efi vmlinuz-1 folder"
	completes "bzboot verify --cert=db.crt " "a.efi vmlinuz-1 folder"
	finish "$name: operands"

	lacks "bzboot pack --best --l" --level
	lacks "bzboot pack --level 3 --be" --best
	lacks "bzboot pack --best --be" --best
	completes "bzboot pack --initrd i --in" "--initrd"
	lacks "bzboot pack -o x -" --output
	completes "bzboot pack -o " "a.efi vmlinuz-1 folder"
	finish "$name: options that are given, that exclude others, or that may be repeated"

	# zsh prints candidates without what is in front of them.
	[ "$name" != zsh ] && front=yes || front=
	set -- zstd xz lzma gzip lz4 none
	completes "bzboot pack --compress=" "${*/#/${front:+--compress=}}"
	# shellcheck disable=SC2086 # likewise
	set -- db.key db.pem folder $uris
	completes "bzboot pack --key=" "${*/#/${front:+--key=}}"
	set -- kexec-load kexec-file
	completes "bzboot check --for shim,kexec-" "${*/#/${front:+shim,}}"
	completes "bzboot pack --section .osrel:@no" "${front:+.osrel:@}notes.txt"
	completes "bzboot pack --splash no" notes.txt
	completes "bzboot hash folder/" ""
	finish "$name: arguments after '=', lists, files after a section, files of no known type"
done


plan
