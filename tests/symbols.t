#!/usr/bin/env bash
# SPDX-License-Identifier: BSD-2-Clause
#
# formats/ is self-contained: with any compiler it needs four functions and nothing else, includes
# only its own headers, and keeps no state. A stub links no more of its decoder's library than it
# needs, which its size shows.
# shellcheck source=tests/tap.sh
. tests/tap.sh

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

# has_symbols OBJECT TYPES: the symbols to which nm gives one of these letters
has_symbols() {
	nm "$1" | sed -n "s/^[0-9a-f ]* [$2] \(.*\)/\1/p" | sort -u
}

# Without position independence, which adds a table of addresses and a function that finds it.
flags=(-std=gnu17 -ffreestanding -fno-stack-protector -fno-pie -O2
	-Wall -Wextra -Wshadow -Wconversion -Werror -Iinclude)
sources=(formats/*.c)

# build CC BITS: $work/CC-BITS.o, all of formats/
build() {
	local source objects=()
	local -A emulation=([64]=elf_x86_64 [32]=elf_i386)
	for source in "${sources[@]}"; do
		objects+=("$work/$1-$2-$(basename "$source" .c).o")
		"$1" "-m$2" "${flags[@]}" -c "$source" -o "${objects[-1]}" || return 1
	done
	ld -r -m "${emulation[$2]}" "${objects[@]}" -o "$work/$1-$2.o"
}

needed=$(printf '%s\n' memcmp memcpy memmove memset)
for cc in gcc clang; do
	for bits in 64 32; do
		what="formats/ by $cc -m$bits"
		object=$work/$cc-$bits.o
		fault=
		build "$cc" "$bits" 2>"$work/log" || fault=$(head -n 20 "$work/log")
		[ -e "$object" ] || fault="not built: $fault"
		clean "$what compiles without a warning" "$fault"
		[ -e "$object" ] || continue
		clean "$what needs only memcmp, memcpy, memmove and memset" \
			"$(has_symbols "$object" Uwv | grep -vxF "$needed" || true)"
		clean "$what has no writable data" "$(has_symbols "$object" BbDdCGgSs)"
		clean "$what exports only bzb_ names" \
			"$(has_symbols "$object" TRVWi | grep -v '^bzb_' || true)"
	done
done

fault=
for header in include/bzboot/*.h; do
	header=${header#include/}
	for cc in "gcc -m64" "clang -m32"; do
		# shellcheck disable=SC2086 # a compiler and its option
		echo "#include <$header>" | $cc "${flags[@]}" -fsyntax-only -x c - 2>"$work/log" ||
			fault+="$header by $cc: $(head -n 5 "$work/log") "
	done
done
clean "every header of include/ stands alone" "$fault"

# includes FILE...: FILE:LINE:HEADER, with quotes or brackets
includes() {
	grep -nH '^[[:space:]]*#[[:space:]]*\(include\|embed\)' "$@" |
		sed 's/#[[:space:]]*[a-z]*[[:space:]]*//'
}

clean "formats/ includes only <bzboot/...>" \
	"$(includes formats/* | grep -v ':<bzboot/[a-z_]*\.h>$' || true)"
clean "include/ includes only <bzboot/...> and, in env.h, the compiler's headers" \
	"$(includes include/bzboot/* | grep -v -e ':<bzboot/[a-z_]*\.h>$' \
		-e '^include/bzboot/env\.h:[0-9]*:<std\(bool\|def\|int\)\.h>$' || true)"

# taken FILE...: places where a macro, a type or a constant has a name of the EFI specifications,
# which gnu-efi may define
taken() {
	grep -nHE -e '^[[:space:]]*#[[:space:]]*define[[:space:]]+_?(EFI_|[A-Z0-9_]+_(GUID|PROTOCOL)\>)' \
		-e '^typedef\>.*[ *][A-Z][A-Z0-9_]+(;|\)\()' \
		-e '^(struct|union|enum)[[:space:]]+_?EFI_[A-Z0-9_]+[[:space:]]*\{' \
		-e '(^|[{,])[[:space:]]*EFI_[A-Z0-9_]+[[:space:]]*=' "$@" |
		grep -v 'define[[:space:]]*STUB_' || true
}

clean "no name collides with one that gnu-efi may define" \
	"$(taken stub/*.[ch] stub/*/*.[ch] tests/efi/*.[ch] tests/secure/*.c tests/t_stub_*.c)"
clean "macros of the stub's headers beside gnu-efi begin with STUB_" \
	"$(grep -nHP '^\s*#\s*define\s+(?!STUB_)' stub/efi/*.h || true)"

# stub_size FILE: .text and .data in whole pages, the size that a stub adds to an image
stub_size() {
	local type address size rest start=0 end=0
	while read -r type _ address _ _ size rest; do
		[ "$type" = LOAD ] || continue
		end=$(((address + size + 4095) / 4096 * 4096))
		[[ $rest != "R E"* ]] || start=$((address))
	done < <(readelf -lW "$1")
	echo $((end - start))
}

# The sizes with the compiler and the libraries of Debian 13, which are those of Debian 12
# (docs/format.md), or a page more.
declare -A largest=([zstd]=204800 [xz]=122880 [lzma]=106496 [gzip]=106496 [lz4]=143360 [none]=86016)
for codec in zstd xz lzma gzip lz4 none; do
	size=$(stub_size "${BUILD:-build}/stub/$codec.elf")
	fault=
	[ "$size" -gt 0 ] && [ "$size" -le "${largest[$codec]}" ] || fault="it has $size"
	clean "the stub for $codec has at most ${largest[$codec]} bytes" "$fault"
done

plan
