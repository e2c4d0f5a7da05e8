#!/usr/bin/env bash
# SPDX-License-Identifier: BSD-2-Clause
#
# The payload of a position-independent kernel says twice which fields move: by sections, and by the
# PT_DYNAMIC that the linker made. Both move it alike.
# shellcheck source=tests/cli.sh
. tests/cli.sh

build=${BUILD:-build}
mover=$build/tests/reloc_dynamic
mkdir -p "$out"

# moves FILE SLIDE: both ways, with a result that differs from FILE
moves() {
	same "$2" moved "$("$mover" "$1" "$2" 2>&1)"
}

for kernel in pie-rela pie-rela-lld pie-relr pie-relr-lld; do
	run pack "$build/tests/reloc/$kernel.elf" -o "$out/$kernel" --compress none
	same "exit status of pack" 0 "$status"
	run extract "$out/$kernel" -o "$out/$kernel.elf"
	same "exit status of extract" 0 "$status"
	for slide in 0x200000 0x3a000000; do
		moves "$out/$kernel.elf" "$slide"
	done
	finish "$kernel"
done

# One relocation less: DT_RELRSZ is tag 35.
offset=$(LC_ALL=C grep -obUaP '\x23\0\0\0\0\0\0\0\x20\x03' "$out/pie-relr.elf" |
	head -n 1 | tr -dc 0-9)
put "$out/pie-relr.elf" "$((offset + 8))" 8 0x318
same "pie-relr" "reloc_dynamic: sections and PT_DYNAMIC leave different bytes" \
	"$("$mover" "$out/pie-relr.elf" 0x200000 2>&1)"
finish "the control: a DT_RELRSZ that is too small"
plan
