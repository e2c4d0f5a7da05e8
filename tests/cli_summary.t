#!/usr/bin/env bash
# SPDX-License-Identifier: BSD-2-Clause
#
# The size that pack prints: the payload's, compared with a similar one.
# shellcheck source=tests/cli.sh
. tests/cli.sh
need gcc jq objcopy

# payload_of FILE: the size of its payload in bytes
payload_of() {
	"$bzboot" info --json "$1" | jq .manifest.payload_size
}

# says_payload NAME OTHER TEXT ARGUMENT...: pack compares its payload with OTHER bytes
says_payload() {
	local size percent
	run pack "${@:4}" -o "$work/said.efi"
	size=$(payload_of "$work/said.efi")
	percent=$(awk "BEGIN { printf \"%.1f\", 100 * $size / $2 }")
	[[ $(<"$work/stdout") == *"; payload $size bytes, $percent % of $3 ($2 bytes)"* ]] ||
		fault "it prints: $(<"$work/stdout")"
	finish "$1"
}

make_kernel
"$bzboot" pack "$work/kernel.elf" -o "$work/first.efi" --compress lz4 >"$work/log"
head -c 1000000 /dev/zero >"$work/megabyte"
objcopy --add-section .debug_info="$work/megabyte" "$work/kernel.elf" "$work/unstripped"
"$bzboot" extract "$work/first.efi" -o "$work/held" >"$work/log"
elf=$(size_of "$work/held")
says_payload "of an ELF: the payload is compared with the payload ELF" "$elf" "the ELF it holds" \
	"$work/kernel.elf"
says_payload "of an unstripped ELF: the same" "$elf" "the ELF it holds" "$work/unstripped"
says_payload "an initrd is not included" "$elf" "the ELF it holds" "$work/kernel.elf" \
	--initrd "$work/megabyte"
says_payload "of an image: the payload is compared with that image's payload" "$(payload_of "$work/first.efi")" \
	"that of the input" "$work/first.efi" --compress xz
plan
