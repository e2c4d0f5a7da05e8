#!/usr/bin/env bash
# SPDX-License-Identifier: BSD-2-Clause
#
# The library moves position-independent programs for arm64, riscv64 and loong64: moved, they are the
# same, byte for byte, as linked to that address.
# shellcheck source=tests/tap.sh
. tests/tap.sh
need clang-19 ld.lld-19 readelf cmp

mover=${BUILD:-build}/tests/reloc_elf
[ -x "$mover" ] || fail "$mover is missing; make builds it"
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

near=0x40200000 far=0x900200000

# link ADDRESS OPTION...: $work/ADDRESS
link() {
	ld.lld-19 -pie --no-dynamic-linker -z max-page-size=4096 -z norelro "${@:2}" -Ttext="$1" \
		-T tests/reloc/machine.lds "$work/program.o" -o "$work/$1" || fail "ld.lld fails"
}

# fields FILE SECTION: number of fields that the section lists
fields() {
	readelf -rW "$1" 2>/dev/null | sed -n "/'$2'/,/^$/p" | grep -cE '^[0-9a-f]{16}( .*RELATIVE.*)?$'
}

# moves TARGET NAME RELA RELR OPTION...: one test; the numbers of fields that tables have
moves() {
	link "$near" "${@:5}"
	link "$far" "${@:5}"
	same "fields in .rela.dyn" "$3" "$(fields "$work/$near" .rela.dyn)"
	same "fields in .relr.dyn" "$4" "$(fields "$work/$near" .relr.dyn)"
	"$mover" "$work/$near" >"$work/unmoved" || fault "it is not loaded"
	"$mover" "$work/$near" "$far" >"$work/moved" || fault "it is not moved"
	"$mover" "$work/$far" >"$work/linked" || fault "it is not loaded where it is linked"
	cmp -s "$work/unmoved" "$work/linked" && fault "the address makes no difference"
	cmp "$work/moved" "$work/linked" >"$work/said" 2>&1 || fault "moved: $(<"$work/said")"
	finish "$1, $2"
}

for target in aarch64 riscv64 loongarch64; do
	clang-19 --target="$target-unknown-none" -O1 -ffreestanding -fPIE -c tests/reloc/machine.c \
		-o "$work/program.o" || fail "clang fails for $target"
	moves "$target" "DT_RELR" 2 84 --pack-dyn-relocs=relr
	moves "$target" "DT_RELA" 86 0 -z rela
	link "$near" -z rel
	"$mover" "$work/$near" "$far" >"$work/moved" 2>"$work/said" && fault "it is loaded"
	same "the message" "reloc_elf: a relocation is corrupt or lies outside the kernel" \
		"$(<"$work/said")"
	finish "$target, DT_REL is refused"
done
plan
