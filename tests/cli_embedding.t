#!/usr/bin/env bash
# SPDX-License-Identifier: BSD-2-Clause
#
# docs/embedding.md: its code compiles without a warning against the installed files, loads an
# image, and is linked by the document's commands. (tests/boot_core_embed.t boots kernels with it.)
# shellcheck source=tests/cli.sh
. tests/cli.sh
need gcc clang make pkg-config objcopy readelf
unset MAKEFLAGS MFLAGS MAKELEVEL	# set by the make that runs this

prefix=$work/prefix
strict=(-std=gnu17 -O2 -Wall -Wextra -Wshadow -Wconversion -Werror)

make BUILD="${BUILD:-build}" NO_PACKAGES=1 install PREFIX="$prefix" >"$work/log" 2>&1 ||
	fault "make install: $(tail -n 3 "$work/log")"
for file in bin/bzboot share/man/man1/bzboot.1 lib/libbzboot.a include/bzboot/load.h \
	share/bzboot/decoders/{zstd,no_malloc}.c; do
	[ -s "$prefix/$file" ] || fault "$file is not installed"
done
strangers=$(find "$prefix/share/bzboot/decoders" -type f ! -name '*.[ch]')
[ -z "$strangers" ] || fault "not a source of the decoders: $strangers"
diff -r include/bzboot "$prefix/include/bzboot" >"$work/log" || fault "headers: $(<"$work/log")"
finish "the library is installed"

export PKG_CONFIG_PATH=$prefix/lib/pkgconfig
read -r -a cflags < <(pkg-config --cflags bzboot)
read -r -a libs < <(pkg-config --libs bzboot)
decoders=$(pkg-config --variable=decoders bzboot)
same "the version" "bzboot $(pkg-config --modversion bzboot)" "$("$bzboot" --version | head -n 1)"
same "the folder of the decoders" "$prefix/share/bzboot/decoders" "$decoders"
finish "pkg-config finds it"

page=$work/page
mkdir "$page"
tests/embed/block.sh c 1 >"$page/boot.h"
tests/embed/block.sh c 2 >"$page/boot.c"
tests/embed/block.sh asm 1 >"$page/enter.S"
tests/embed/block.sh sh 1 >"$page/link.sh"
gcc "${strict[@]}" "${cflags[@]}" -ffreestanding -c "$page/boot.c" -o "$work/boot.o" \
	2>"$work/log" || fault "gcc: $(<"$work/log")"
clang "${strict[@]}" "${cflags[@]}" -ffreestanding -m32 -c "$page/boot.c" \
	-o "$work/boot32.o" 2>"$work/log" || fault "clang -m32: $(<"$work/log")"
gcc -c "$page/enter.S" -o "$work/enter.o" 2>"$work/log" || fault "as: $(<"$work/log")"
nm "$work/enter.o" | grep -q ' T enter_kernel' || fault "no enter_kernel in the assembler"
finish "the code in the document compiles"

mkdir "$work/loader"
cp tests/embed/{entry.S,main.c,machine.c,multiboot.c,pvh.c,told.c,embed.h} tests/direct/mem.c \
	"$page"/{boot.h,boot.c,enter.S} "$work/loader"
cp tests/embed/embed.lds "$work/loader/loader.lds"
(cd "$work/loader" && bash -e "$page/link.sh") >"$work/log" 2>&1 || fault "it prints: $(<"$work/log")"
[[ $(readelf -h "$work/loader/multiboot.elf" 2>&1) == *ELF32*"Intel 80386"* ]] ||
	fault "multiboot.elf is not a 32-bit ELF"
finish "the commands in the document link it into a loader"

mapfile -t sources < <(find "$decoders" -name '*.c' ! -name no_malloc.c)	# a process has malloc()
gcc "${strict[@]}" "${cflags[@]}" -I"$page" tests/embed/page.c "$work/boot.o" "${sources[@]}" \
	"${libs[@]}" -lzstd -llzma -lz -llz4 -o "$work/in-process" 2>"$work/log" ||
	fail "gcc: $(<"$work/log")"

make_linked
seq 100 >"$work/initrd"
"$bzboot" pack "$work/linked" -o "$work/image" --compress zstd --level 1 \
	--default-cmdline "packed nokaslr" --default-initrd "$work/initrd" 2>/dev/null ||
	fail "bzboot cannot pack"

# load SEED [CMDLINE]: load the image; the results are in $work/said
load() {
	"$work/in-process" "$work/image" "$@" >"$work/said" || fault "seed $*: $(<"$work/said")"
}

# said KEY
said() {
	sed -n "s/^$1=//p" "$work/said"
}

entries=()
for seed in {1..20}; do
	load "$seed" "quiet xnokaslr nokaslr=1"
	entries+=("$(said entry)")
	same "the code there" "f4ebfd31" "$(said code)"	# hlt, jmp, "1" of the first number
	same "the memory map" 2 "$(said e820_entries)"
	same "the initrd" "$(size_of "$work/initrd")" "$(said initrd_size)"
	(($(said entry) % 0x200000 == 0)) || fault "not aligned: $(said entry)"
	(($(said entry) < 1 << 32)) || fault "not mapped: $(said entry)"
done
[ "$(printf '%s\n' "${entries[@]}" | sort -u | wc -l)" -ge 10 ] || fault "the same: ${entries[*]}"
finish "it loads a kernel to random places, which are mapped"

first_place=0x40200000	# the gap before the kernel is below it
load 1 "quiet xnokaslr nokaslr=1"
same "KASLR_FLAG" 1 "$(said kaslr)"
for cmdline in nokaslr "quiet nokaslr" "nokaslr quiet" $'quiet\tnokaslr\n'; do
	for seed in 1 2 3; do
		load "$seed" "$cmdline"
		same "KASLR_FLAG, $cmdline" 0 "$(said kaslr)"
		same "the slide, $cmdline" 0x0 "$(said slide)"
		same "the entry, $cmdline" "$first_place" "$(said entry)"
	done
done
finish "with nokaslr it moves nothing, and clears KASLR_FLAG"

load 1
same "the command line" "packed nokaslr" "$(said cmdline)"
same "the entry" "$first_place" "$(said entry)"
finish "it reads the packed command line before it chooses a place"

for codec in xz lzma gzip lz4 none; do
	"$bzboot" pack "$work/linked" -o "$work/image" --compress "$codec" 2>/dev/null ||
		fail "bzboot cannot pack $codec"
	load 1
	same "the code there, $codec" "f4ebfd31" "$(said code)"
done
finish "it finds the decoder of each codec"

entries=()
for seed in {1..10}; do
	"$work/in-process" "$work/linked" "$seed" quiet >"$work/said" || fault "$(<"$work/said")"
	same "the code there" "f4ebfd31" "$(said code)"
	same "KASLR_FLAG" 1 "$(said kaslr)"
	entries+=("$(said entry)")
done
[ "$(printf '%s\n' "${entries[@]}" | sort -u | wc -l)" -ge 5 ] || fault "the same: ${entries[*]}"
finish "it loads a kernel that bzboot did not pack"

put "$work/image" "$(get "$work/image" 8 4) + 20" 4 0
"$work/in-process" "$work/image" 1 >"$work/said" && fault "a damaged image is loaded"
[ -n "$(said refused)" ] || fault "it prints: $(<"$work/said")"
finish "it reports the error in a damaged image"
plan
