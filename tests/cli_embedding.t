#!/usr/bin/env bash
# SPDX-License-Identifier: BSD-2-Clause
#
# docs/embedding.md: the code in it compiles without a warning against what is installed, and loads
# an image. (That kernels boot so is in tests/boot_core_embed.t.)
# shellcheck source=tests/cli.sh
. tests/cli.sh
need gcc clang make pkg-config
unset MAKEFLAGS MFLAGS MAKELEVEL	# of the make that this runs under

prefix=$work/prefix
strict=(-std=gnu17 -O2 -Wall -Wextra -Wshadow -Wconversion -Werror)

# code LANGUAGE: the block of that language in the document
code() {
	awk -v begin="\`\`\`$1" '$0 == "```" { on = 0 } on; $0 == begin { on = 1 }' docs/embedding.md
}

make BUILD="${BUILD:-build}" NO_PACKAGES=1 install PREFIX="$prefix" >"$work/log" 2>&1 ||
	fault "make install: $(tail -n 3 "$work/log")"
for file in bin/bzboot share/man/man1/bzboot.1 lib/libbzboot.a include/bzboot/load.h \
	share/bzboot/decoders/zstd.c; do
	[ -s "$prefix/$file" ] || fault "$file is not installed"
done
diff -r include/bzboot "$prefix/include/bzboot" >"$work/log" || fault "headers: $(<"$work/log")"
finish "the library is installed"

export PKG_CONFIG_PATH=$prefix/lib/pkgconfig
read -r -a cflags < <(pkg-config --cflags bzboot)
read -r -a libs < <(pkg-config --libs bzboot)
decoders=$(pkg-config --variable=decoders bzboot)
same "the version" "bzboot $(pkg-config --modversion bzboot)" "$("$bzboot" --version)"
same "where decoders are" "$prefix/share/bzboot/decoders" "$decoders"
finish "pkg-config knows it"

code c >"$work/boot.c"
code asm >"$work/enter.S"
[ "$(wc -l <"$work/boot.c")" -ge 30 ] || fault "the document has no page of code"
gcc "${strict[@]}" "${cflags[@]}" -ffreestanding -Wconversion -c "$work/boot.c" \
	-o "$work/boot.o" 2>"$work/log" || fault "gcc: $(<"$work/log")"
clang "${strict[@]}" "${cflags[@]}" -ffreestanding -m32 -c "$work/boot.c" \
	-o "$work/boot32.o" 2>"$work/log" || fault "clang -m32: $(<"$work/log")"
gcc -c "$work/enter.S" -o "$work/enter.o" 2>"$work/log" || fault "as: $(<"$work/log")"
nm "$work/enter.o" | grep -q ' T enter_kernel' || fault "no enter_kernel in the assembler"
finish "the code in the document compiles"

gcc "${strict[@]}" "${cflags[@]}" tests/embed/page.c "$work/boot.o" "$decoders/zstd.c" \
	"${libs[@]}" -lzstd -o "$work/page" 2>"$work/log" || fail "gcc: $(<"$work/log")"

make_kernel
"$bzboot" pack "$work/kernel.elf" -o "$work/image" --compress zstd 2>/dev/null ||
	fail "bzboot cannot pack"

# page SEED: have the image loaded; $work/said
page() {
	"$work/page" "$work/image" "$1" >"$work/said" || fault "refused: $(<"$work/said")"
}

# said KEY
said() {
	sed -n "s/^$1=//p" "$work/said"
}

entries=()
for seed in 1 2 3 4; do
	page "$seed"
	entries+=("$(said entry)")
	same "the code there" "f4ebfd31" "$(said code)"	# hlt, jmp, "1" of the first number
	same "the memory map" 1 "$(said e820_entries)"
	(($(said entry) % 0x200000 == 0)) || fault "not aligned: $(said entry)"
done
[ "$(printf '%s\n' "${entries[@]}" | sort -u | wc -l)" -ge 3 ] || fault "the same: ${entries[*]}"
finish "it loads a kernel, to random places"

put "$work/image" "$(get "$work/image" 8 4) + 20" 4 0
"$work/page" "$work/image" 1 >"$work/said" && fault "a damaged image is loaded"
[[ $(said refused) == *decompress* ]] || fault "it says: $(<"$work/said")"
finish "it says what is wrong with a damaged image"
plan
