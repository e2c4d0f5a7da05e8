#!/usr/bin/env bash
# SPDX-License-Identifier: BSD-2-Clause
#
# pack --symbols, pack --debug-data: the symbols and the debug data of a kernel come back out of its
# image, are no part of what is loaded, and are dropped without the option. The build ID is always
# kept.
# shellcheck source=tests/cli.sh
. tests/cli.sh
need addr2line gcc nm objcopy objdump readelf strip

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

# header FILE NAME: the file offset of that section header
header() {
	local number
	number=$(readelf -SW "$1" | sed -n "s/^  \[ *\([0-9]*\)\] ${2//./\\.} .*/\1/p")
	echo $(($(get "$1" 0x28 8) + number * 64))
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

cp "$work/odd" "$work/elsewhere"
data=$(header "$work/elsewhere" .data)
put "$work/elsewhere" $((data + 0x10)) 8 0x123456000
put "$work/elsewhere" $(($(get "$work/elsewhere" $((data + 0x18)) 8))) 8 0
packed "$image" "$work/elsewhere" --level 1 --symbols
extracted "$image" "$payload"
same "symbols" "absolute start" "$(nm "$payload" | awk '{ print $NF }' | grep -E '^[a-z]*$' |
	sort | xargs)"
packed "$out/again" "$image" --level 1 --symbols
same_bytes "packed again" "$image" "$out/again"
finish "bss whose address is not that of its segment is not kept"

# Debug data

# The entry is in line 3.
cat >"$work/debug.c" <<'END'
static volatile int data = 1;

void start(void) { data++; for (;;); }

__asm__(".pushsection .debug_gdb_scripts, \"MS\", @progbits, 1\n"
	".byte 1; .asciz \"script.py\"\n"
	".section .gdb_index, \"\", @progbits\n"
	".long 9\n"
	".popsection");
END

# debug_sections FILE: a line for each, with its name, type, flags, alignment and a digest
debug_sections() {
	local name type offset size flags align
	readelf -SW "$1" 2>/dev/null | sed -n 's/^  \[ *[0-9]*\] //p' |
		grep -E '^\.(debug_|gdb_index)' | while read -r name type _ offset size _ flags; do
		align=${flags##* }
		flags=${flags%% *}
		echo "$name $type $flags $align $(tail -c +$((16#$offset + 1)) "$1" |
			head -c $((16#$size)) | sha256sum)"
	done
}

# debug_data_comes_back NAME OPTION...: a test of a kernel that gcc makes so
debug_data_comes_back() {
	local kernel=$work/debug with=$out/with again=$out/again
	gcc -g -nostdlib -static -no-pie -Wl,--build-id=none -Wl,-Ttext=0x1000000 -Wl,-e,start \
		"${@:2}" "$work/debug.c" -o "$kernel" || fail "gcc cannot make a kernel"
	packed "$with" "$kernel" --level 3 --debug-data
	extracted "$with" "$payload" --no-relocs
	debug_sections "$kernel" >"$work/expected"
	[ "$(grep -cE '^\.(debug_(info|line|gdb_scripts)|gdb_index) ' "$work/expected")" -eq 4 ] ||
		fault "gcc writes other sections: $(<"$work/expected")"
	debug_sections "$payload" | diff "$work/expected" - >"$work/diff" ||
		fault "other sections: $(<"$work/diff")"
	same "the line of the entry" "$work/debug.c:3" \
		"$(addr2line -e "$payload" "$(nm "$payload" | awk '$3 == "start" { print $1 }')")"
	! readelf -SW "$payload" | grep -q ' \.rela\.debug' || fault "relocations of debug data"
	[ -n "$(section "$payload" .symtab)" ] || fault "there are no symbols"

	packed "$again" "$with" --level 3 --debug-data --symbols
	same_bytes "the image, packed again" "$with" "$again"
	packed "$again" "$with" --level 3 --symbols
	packed "$with" "$kernel" --level 3 --symbols
	same_bytes "with --symbols only" "$with" "$again"
	extracted "$with" "$payload"
	same "with --symbols only" "" "$(debug_sections "$payload")"
	finish "debug data comes back: $1"
}

debug_data_comes_back "DWARF as gcc writes it"
debug_data_comes_back "DWARF 4" -gdwarf-4
debug_data_comes_back "compressed" -gz
[[ $(<"$work/expected") == *$'\n.debug_info PROGBITS C '* ]] || fail "gcc does not compress"
debug_data_comes_back "with relocations" -Wl,--emit-relocs

# An alignment of 0 is valid, and means 1; the others are not.
odd=$work/align
for align in 0 3 $((1 << 62)); do
	cp "$work/debug" "$odd"
	put "$odd" $(($(header "$odd" .debug_info) + 0x30)) 8 "$align"
	packed "$image" "$odd" --level 1 --debug-data
	extracted "$image" "$payload"
	debug_sections "$odd" | sed "s/^\(\.debug_info .*\) $align /\1 1 /" >"$work/expected"
	debug_sections "$payload" | diff "$work/expected" - >"$work/diff" ||
		fault "$align: other sections: $(<"$work/diff")"
	packed "$out/again" "$image" --level 1 --debug-data
	same_bytes "$align: packed again" "$image" "$out/again"
done
finish "sections of debug data are aligned"

# number FILE KEY: as info shows it for the ELF
number() {
	run info --json "$1"
	awk -v key="\"$2\":" '/"elf":/ { inside = 1 } inside && $1 == key {
		sub(/,$/, "", $2); print $2; exit }' "$work/stdout"
}

# size_in FILE PATTERN: bytes of the sections whose names match
size_in() {
	local sum=0 size
	for size in $(readelf -SW "$1" 2>/dev/null | sed -n 's/^  \[ *[0-9]*\] //p' |
		awk -v pattern="$2" '$1 ~ pattern { print $5 }'); do
		sum=$((sum + 16#$size))
	done
	echo "$sum"
}

debug=$work/debug
image=$out/debug.efi
packed "$image" "$debug" --level 3 --debug-data
symbols=$(size_in "$debug" '^[.](symtab|strtab)$')
debug_data=$(size_in "$debug" '^[.](debug_|gdb_index)')
same "symbols_size of the kernel" "$symbols" "$(number "$debug" symbols_size)"
same "debug_data_size of the kernel" "$debug_data" "$(number "$debug" debug_data_size)"
same "debug_data_size in the image" "$debug_data" "$(number "$image" debug_data_size)"
kept=$(number "$image" symbols_size)
[ "$kept" -gt $((symbols / 2)) ] || fault "symbols_size in the image: $kept"
[ "$kept" -le "$symbols" ] || fault "symbols_size in the image: $kept"
size=$(fact symbols_size)
[ "$size" -ge $((kept + debug_data)) ] || fault "$size bytes are not loaded"
[ "$size" -le $((kept + debug_data + 100)) ] || fault "$size bytes are not loaded"
finish "info shows the bytes of symbols and debug data"

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
put "$work/after" $(($(header "$work/after" .note.gnu.build-id) + 4)) 4 7
cp "$work/after" "$work/unaligned"
put "$work/unaligned" $(($(header "$work/after" .note.gnu.build-id) + 0x30)) 8 0
for where in in after unaligned; do
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
strip -K dropped -o "$work/dropped" "$work/odd"
same "symbols" "dropped" "$(nm "$work/dropped" | awk '{ print $NF }')"
refused "a kernel whose symbols are all of sections outside memory" 1 "$work/dropped: $none" \
	pack "$work/dropped" -o "$image" --symbols
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
refused "more sections, with --debug-data" 1 \
	"$work/sections: ELF: 512 sections or more: leave out --debug-data" \
	pack "$work/sections" -o "$image" --debug-data
refused "a kernel without debug data" 1 "$work/odd: ELF: it has no debug data (.debug_info): pack \
the vmlinux that has it, or leave out --debug-data" pack "$work/odd" -o "$image" --debug-data

cp "$work/debug" "$work/nameless"
put "$work/nameless" $(($(header "$work/nameless" .symtab) + 4)) 4 0
refused "debug data without symbols" 1 "$work/nameless: ELF: it has no symbols (.symtab): pack \
the vmlinux that has them, or leave out --debug-data" pack "$work/nameless" -o "$image" --debug-data

# 72 sections that share 15 MiB of the file
{
	echo '.text; .globl start; start: hlt'
	for ((i = 0; i < 72; i++)); do
		echo ".section .debug_$i; .byte 1"
	done
} >"$work/large.S"
gcc -nostdlib -static -no-pie -Wl,--build-id=none -Wl,-Ttext=0x1000000 -Wl,-e,start \
	"$work/large.S" -o "$work/large" || fail "gcc cannot make a kernel"
truncate -s 15M "$work/large"
at=$(header "$work/large" .debug_0)
for ((i = 0; i < 72; i++)); do
	put "$work/large" $((at + i * 64 + 0x18)) 8 0
	put "$work/large" $((at + i * 64 + 0x20)) 8 $((15 << 20))
done
refused "more than 1 GiB with debug data" 1 \
	"$work/large: ELF: with its symbols and debug data it has 11" \
	pack "$work/large" -o "$image" --debug-data
run pack "$work/large" -o "$image" --level 1
same "exit status without --debug-data" 0 "$status"
finish "the same kernel without debug data"

refused "--no-relocs and --raw" 2 "extract: --" \
	extract "$work/plain.efi" -o "$image" --no-relocs --raw
plan
