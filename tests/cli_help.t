#!/usr/bin/env bash
# SPDX-License-Identifier: BSD-2-Clause
#
# bzboot's help and version on stdout, and its errors of usage, one line each, on stderr.
# shellcheck source=tests/cli.sh
. tests/cli.sh
need pkg-config

# expect_text: the last run printed something and did not complain
expect_text() {
	same "exit status" 0 "$status"
	same stderr "" "$(<"$work/stderr")"
	[ -s "$work/stdout" ] || fault "stdout is empty"
}

run --version
expect_text
[[ $(head -n 1 "$work/stdout") =~ ^bzboot\ [0-9]+\.[0-9]+(\.[0-9]+)?$ ]] ||
	fault "not a version: $(<"$work/stdout")"
finish "--version prints the version"

# The development packages are of the same versions as the libraries.
while read -r name package; do
	echo "$name $(pkg-config --modversion "$package")"
done >"$work/libraries" <<-'END'
	libzstd libzstd
	liblzma liblzma
	zlib zlib
	liblz4 liblz4
	OpenSSL libcrypto
	jansson jansson
END
# Debian 12 has no zydis.pc.
echo "Zydis $(dpkg-query -W -f '${Version}' libzydis-dev | sed 's/-.*//')" >>"$work/libraries"
same "libraries" "$(<"$work/libraries")" "$(sed '1d; $d' "$work/stdout")"
finish "--version prints the versions of the libraries"

same "the last line" "stubs: $(cd "${BUILD:-build}/stub" && for machine in x86-64 arm64 riscv64 loong64; do
	folder=$machine
	[ $machine != x86-64 ] || folder=.
	[ ! -e "$folder/none.elf" ] || echo "$machine"
done | paste -s -d ' ')" "$(tail -n 1 "$work/stdout")"
finish "--version names the machines that there are stubs for"

# alike ARGUMENTS...: each, words, prints what the last run did
alike() {
	local arguments
	cp "$work/stdout" "$work/expected"
	for arguments; do
		# shellcheck disable=SC2086 # words
		run $arguments
		expect_text
		cmp -s "$work/expected" "$work/stdout" || fault "$arguments prints something else"
	done
}

alike -V version --vers
finish "-V and version are --version"

list_commands
expect_text
[[ $(<"$work/stdout") == "usage: bzboot "* ]] || fault "no usage: $(head -n 1 "$work/stdout")"
for command in pack info; do
	[[ " ${commands[*]} " == *" $command "* ]] || fault "$command is not mentioned"
done
finish "--help lists the commands"

run --help
alike -h help -hV
finish "-h and help are --help"

for command in "${commands[@]}"; do
	run "$command" --help
	expect_text
	[[ $(<"$work/stdout") == "usage: bzboot $command "* ]] ||
		fault "no usage: $(head -n 1 "$work/stdout")"
	grep -q -e "^ .*--help " "$work/stdout" || fault "--help is not mentioned"
	awk 'length > 100' "$work/stdout" >"$work/long"
	[ ! -s "$work/long" ] || fault "a line of more than 100 characters: $(<"$work/long")"
	[ "$(grep -c '^  bzboot ' "$work/stdout")" -eq 2 ] || fault "not two examples"
	alike "$command -h" "help $command" "$command --hel" "$command --help --nonsense"
	finish "$command --help explains $command"

	run "$command" /nonexistent /nonexistent --help
	expect_text
	finish "$command --help prints the help whatever the other arguments are"

	[[ $command = @(config|install|status) ]] ||
		refused "$command without arguments is refused" 2 "$command: " "$command"
	refused "$command with an unknown option is refused" 2 "$command: " "$command" --nonsense
done

refused "help of an unknown command" 2 "no such command: nonsense" help nonsense
refused "help of two commands" 2 "help: more than one command" help pack check
refused "version with an argument" 2 "version takes no argument" version 1
refused "--version=1" 2 "--version takes no argument" --version=1
refused "--help=1" 2 "--help takes no argument" --help=1
refused "bzboot without arguments is refused" 2 ""
refused "an unknown command is refused" 2 "" nonsense
refused "an unknown option is refused" 2 "" --nonsense
refused "the beginning of a command is refused" 2 "" pac

# A text that cannot be written is an error.
for command in "${commands[@]}" ""; do
	status=0
	# shellcheck disable=SC2086 # an empty command is not an argument
	"$bzboot" $command --help >/dev/full 2>"$work/stderr" || status=$?
	: >"$work/stdout"
	expect_refusal 1 ""
	finish "${command:-bzboot} --help fails if it cannot be written"
done

plan
