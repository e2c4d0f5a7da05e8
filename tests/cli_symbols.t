#!/usr/bin/env bash
# SPDX-License-Identifier: BSD-2-Clause
#
# pack --symbols: the symbols of a kernel come back out of its image, are no part of what is loaded,
# and are dropped without the option. The build ID is always kept.
# shellcheck source=tests/cli.sh
. tests/cli.sh
need gcc nm objdump readelf strip

build=${BUILD:-build}
relocs=$build/tests/reloc
payload=$out/payload
mkdir "$out"

# packed IMAGE KERNEL OPTION...
packed() {
	run pack "$2" -o "$1" "${@:3}"
	same "exit status of pack ${*:2}" 0 "$status"
}

# extracted IMAGE FILE OPTION...
extracted() {
	run extract "$1" -o "$2" "${@:3}"
	same "exit status of extract ${*:3}" 0 "$status"
}

# fact KEY: a number of the manifest in $image
fact() {
	run info --json "$image"
	awk -v key="\"$1\":" '/"manifest":/ { inside = 1 } inside && $1 == key {
		sub(/,$/, "", $2); print $2; exit }' "$work/stdout"
}

# names FILE: its symbols, with their types
names() {
	nm -a "$1" 2>/dev/null | sort
}

# same_bytes WHAT FILE FILE
same_bytes() {
	cmp -s "$2" "$3" || fault "$1: $(cmp "$2" "$3" 2>&1 || true)"
}

# section FILE NAME: its type, offset and size
section() {
	readelf -SW "$1" 2>/dev/null | sed -n 's/^  \[ *[0-9]*\] //p' |
		awk -v name="$2" '$1 == name { print $2, $4, $5; exit }'
}

# comes_back NAME KERNEL: four tests
comes_back() {
	local kernel=$2 plain=$out/plain with=$out/with again=$out/again
	local size type offset bytes
	packed "$plain" "$kernel" --level 3
	packed "$with" "$kernel" --level 3 --symbols
	extracted "$with" "$payload"
	names "$kernel" | grep -v ' a \.[a-z_.]*$' >"$work/expected"
	names "$payload" | diff "$work/expected" - >"$work/diff" ||
		fault "other symbols: $(head -n 5 "$work/diff")"
	finish "$1: nm lists the same symbols, in the same kinds of sections"

	extracted "$with" "$out/debug" --no-relocs
	names "$out/debug" | diff -q "$work/expected" - >/dev/null || fault "other symbols"
	same "file format" elf64-x86-64 "$(objdump -f "$out/debug" | awk '/file format/ { print $NF }')"
	[ -z "$(section "$out/debug" .relr)$(section "$out/debug" .crel)" ] ||
		fault "there are relocations"
	finish "$1: with --no-relocs, binutils know the ELF"

	image=$plain
	size=$(fact elf_size)
	same "symbols_size without --symbols" 0 "$(fact symbols_size)"
	image=$with
	read -r type offset bytes < <(section "$payload" .symtab)
	same "type of .symtab" SYMTAB "$type"
	[ "$((16#$offset))" -ge "$(($(fact elf_size) - $(fact symbols_size)))" ] ||
		fault ".symtab is loaded"
	[ "$(($(fact elf_size) - $(fact symbols_size) - size))" -lt 4096 ] ||
		fault "$(fact elf_size) bytes with $(fact symbols_size) of symbols, $size without"
	[ "$(fact symbols_size)" -ge "$((16#$bytes))" ] || fault "symbols_size is too small"
	finish "$1: symbols are after the bytes that are loaded"

	packed "$again" "$with" --level 3 --symbols
	same_bytes "the image, packed again" "$with" "$again"
	packed "$again" "$payload" --level 3 --symbols
	same_bytes "an image of the extracted ELF" "$with" "$again"
	packed "$again" "$with" --level 3
	same_bytes "without --symbols" "$plain" "$again"
	finish "$1: packed again, with and without --symbols"
}

for name in exec exec-lld pie-rela; do
	comes_back "$name" "$relocs/$name.elf"
done
comes_back testkernel "$build/tests/kernel/testkernel.elf"

# Codecs: the same ELF, in one part more if the codec can cut there

kernel=$relocs/exec.elf
packed "$out/zstd" "$kernel" --level 3 --symbols
extracted "$out/zstd" "$payload"
image=$out/zstd
same "parts" 2 "$(fact parts)"
for how in "zstd --level 3 --parts 4:5" "zstd --best:2" "xz --level 1:2" "xz --level 1 --parts 2:3" \
	"xz --best:2" "lz4:1" "gzip --level 1:1" "lzma --level 1:1" "none:1"; do
	image=$out/by-codec
	# shellcheck disable=SC2086 # options
	packed "$image" "$kernel" --symbols --compress ${how%:*}
	extracted "$image" "$out/elf"
	same_bytes "$how: the ELF" "$payload" "$out/elf"
	same "$how: parts" "${how##*:}" "$(fact parts)"
	[ "$(fact symbols_size)" -gt 0 ] || fault "$how: symbols are loaded"
done
finish "every codec: the same ELF, symbols in a part of their own"

for threads in 1 5; do
	packed "$out/threads" "$kernel" --level 3 --symbols --threads "$threads"
	same_bytes "$threads threads" "$out/zstd" "$out/threads"
done
finish "the image does not depend on the number of threads"

# LZ4's blocks have 8 MiB: the symbols begin in the last one of the kernel, or in the next.
{
	echo '.text; .globl start; start: hlt; .data; .globl data; data: .skip 9 << 20, 5'
	awk 'BEGIN { for (i = 0; i < 200000; i++) printf ".globl s%d; s%d = start\n", i, i }'
} >"$work/many.S"
gcc -nostdlib -static -no-pie -Wl,--build-id=none -Wl,-Ttext=0x1000000 -Wl,-e,start "$work/many.S" \
	-o "$work/many" || fail "gcc cannot make a kernel"
image=$out/lz4
packed "$image" "$work/many" --compress lz4 --level 1 --symbols
same "parts" 2 "$(fact parts)"
extracted "$image" "$payload"
same "symbols" 200000 "$(nm "$payload" | grep -c ' T s[0-9]*$')"
packed "$out/again" "$image" --compress lz4 --level 1 --symbols
same_bytes "packed again" "$image" "$out/again"
finish "lz4: parts end where its blocks do"

# Symbols of sections that are not in memory

cat >"$work/odd.S" <<'END'
	.text
	.globl start
start:	hlt
	.globl absolute
	.set absolute, 0x1234
	.section .comment.own, "", @progbits
	.globl dropped
dropped:
	.quad 1
	.data
	.globl kept
kept:	.quad 1
END
gcc -nostdlib -static -no-pie -Wl,--build-id=none -Wl,-Ttext=0x1000000 -Wl,-e,start "$work/odd.S" \
	-o "$work/odd" || fail "gcc cannot make a kernel"
image=$out/odd.efi
packed "$image" "$work/odd" --level 1 --symbols
extracted "$image" "$payload"
nm "$payload" | awk '{ print $(NF - 1), $NF }' >"$work/names"
for symbol in "T start" "A absolute" "D kept"; do
	grep -qx "$symbol" "$work/names" || fault "no symbol '$symbol'"
done
! grep -q dropped "$work/names" || fault "there is a symbol of a section that is not in memory"
finish "absolute symbols are kept, those of sections outside memory are not"

# The build ID

# build_id FILE: as readelf prints it from the sections
build_id() {
	readelf -nW "$1" 2>/dev/null | sed -n 's/^.*Build ID: //p' | sort -u
}

id=0123456789abcdef0123456789abcdef01234567
gcc -nostdlib -static -no-pie -Wl,--build-id=0x$id -Wl,-Ttext=0x1000000 -Wl,-e,start "$work/odd.S" \
	-o "$work/in" || fail "gcc cannot make a kernel"
# No section of it is in memory, as in a file to which a note was added afterwards.
objcopy --dump-section .note.gnu.build-id="$work/note" "$work/in"
objcopy --add-section .note.gnu.build-id="$work/note" \
	--set-section-flags .note.gnu.build-id=contents,readonly "$work/odd" "$work/after" ||
	fail "objcopy cannot add a note"
number=$(readelf -SW "$work/after" | sed -n 's/^  \[ *\([0-9]*\)\] \.note\.gnu\.build-id .*/\1/p')
put "$work/after" "$(($(get "$work/after" 0x28 8) + number * 64 + 4))" 4 7
for where in in after; do
	for options in "" --symbols; do
		packed "$image" "$work/$where" --level 1 ${options:+"$options"}
		extracted "$image" "$payload"
		same "build ID, $where a segment, ${options:-no symbols}" $id "$(build_id "$payload")"
		packed "$out/again" "$payload" --level 1 ${options:+"$options"}
		same_bytes "packed again" "$image" "$out/again"
	done
done
finish "the build ID is kept, with and without --symbols"

# Refusals

strip -o "$work/stripped" "$kernel"
none="ELF: it has no symbols (.symtab): pack the vmlinux that has them, or leave out --symbols"
refused "a kernel without symbols" 1 "$work/stripped: $none" \
	pack "$work/stripped" -o "$image" --symbols
run pack "$kernel" -o "$work/plain.efi" --level 1
refused "an image without symbols: those of .crel are not the kernel's" 1 \
	"$work/plain.efi: $none" pack "$work/plain.efi" -o "$image" --symbols
{
	echo '.text; .globl start; start: hlt'
	for ((i = 0; i < 512; i++)); do
		echo ".section .s$i, \"a\"; .quad $i"
	done
} >"$work/sections.S"
gcc -nostdlib -static -no-pie -Wl,--build-id=none -Wl,-Ttext=0x1000000 -Wl,-e,start \
	-Wl,--orphan-handling=place -Wl,--unique='.s*' "$work/sections.S" -o "$work/sections" ||
	fail "gcc cannot make a kernel with many sections"
refused "a kernel with too many sections" 1 \
	"$work/sections: ELF: 512 sections or more: leave out --symbols" \
	pack "$work/sections" -o "$image" --symbols
refused "--no-relocs and --raw" 2 "extract: --" \
	extract "$work/plain.efi" -o "$image" --no-relocs --raw
plan
