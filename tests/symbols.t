#!/usr/bin/env bash
# SPDX-License-Identifier: BSD-2-Clause
#
# formats/ is self-contained: with any compiler it needs four functions and nothing else, includes
# only its own headers, and keeps no state. A stub links no more of its decoder's library than it
# needs, which its size shows. Code for EFI is for EFI only.
#
#   tests/symbols.t		formats/ by two compilers, one for 64 bits, one for 32
#   tests/symbols.t --all	by both for both
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
declare -A compiled=([gcc]=64 [clang]=32)
[ "${1-}" != --all ] || compiled=([gcc]="64 32" [clang]="64 32")
for cc in gcc clang; do
	for bits in ${compiled[$cc]}; do
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
declare -A largest=([zstd]=184320 [xz]=102400 [lzma]=86016 [gzip]=86016 [lz4]=122880 [none]=65536)
for_uki=24576	# bytes by which the stub for unified kernel images is larger
for codec in zstd xz lzma gzip lz4 none; do
	largest[$codec-uki]=$((largest[$codec] + for_uki))
done
kinds=("${!largest[@]}")	# for every machine
for_shuffle=16384	# bytes by which a stub is larger that shuffles; there are none for other machines
for codec in "${kinds[@]}"; do
	largest[$codec-shuffle]=$((largest[$codec] + for_shuffle))
done
stubs=("${!largest[@]}")
for codec in "${stubs[@]}"; do
	size=$(stub_size "${BUILD:-build}/stub/$codec.elf")
	fault=
	[ "$size" -gt 0 ] && [ "$size" -le "${largest[$codec]}" ] || fault="it has $size"
	clean "the stub for $codec has at most ${largest[$codec]} bytes" "$fault"
done

# Outside EFI, page tables overwrite .efi (stub.lds), which has all of stub/efi, of what is linked
# besides (stub/plain or stub/uki), and the entry of its processors.

# globals FILE...: the names that objects define for others
globals() {
	nm -g --defined-only "$@" | sed -n 's/^[0-9a-f]* [A-Z] //p' | sort -u
}

target=${BUILD:-build}/target
efi=("$target"/stub/{efi,plain,uki}/*.o "$target/stub/x86/processor.o")
others=("${BUILD:-build}"/stub/entry-*.o)
for object in "$target"/{formats,decoders,stub,stub/loader,stub/fixed,stub/shuffle,stub/x86}/*.o; do
	[[ " ${efi[*]} " == *" $object "* ]] || others+=("$object")
done
clean "of the code for EFI, other code names only the handover" \
	"$(nm -u "${others[@]}" | sed -n 's/^ *U //p' | sort -u | grep -xF "$(globals "${efi[@]}")" |
		grep -vxF efi_handover || true)"

# address_of STUB NAME: in 16 hexadecimal digits
address_of() {
	nm "$1" | sed -n "s/^\([0-9a-f]*\) . $2$/\1/p"
}

# start_of STUB SECTION: likewise
start_of() {
	objdump -h "$1" | awk -v section="$2" '$2 == section { print $4 }'
}

# uses START END: the instructions in $work/text that have an operand in a range
uses() {
	awk -v start="x$1" -v end="x$2" '
		/>:$/ { in_function = $2 }
		/ [0-9a-f]+ <[^>]*>$/ {
			operand = "x" substr("0000000000000000" $(NF - 1), length($(NF - 1)) + 1)
			if (operand >= start && operand < end)
				print in_function, $0
		}' "$work/text"
}

for codec in "${stubs[@]}"; do
	stub=${BUILD:-build}/stub/$codec.elf.debug
	start=$(start_of "$stub" .efi)
	data=$(start_of "$stub" .data)
	tables=$(address_of "$stub" page_tables)
	end=$(address_of "$stub" page_tables_end)
	same "the last page table ends at" "$data" "$end"
	same "page tables are in .efi, at a page:" "5 pages, 0" \
		"$(((0x$end - 0x$tables) / 4096)) pages, $((0x$tables % 4096))"
	[ $((0x$tables)) -ge $((0x$start)) ] || fault "page tables at $tables, .efi at $start"
	finish "in the stub for $codec, page tables are in the last pages of .efi"

	[ $((0x$(address_of "$stub" efi_entry))) -ge $((0x$start)) ] || fault "the PE entry is not in .efi"
	# All but the entries
	objdump -d -j .text --start-address="0x$(address_of "$stub" kernel_info_end)" "$stub" >"$work/text"
	fault=$(uses "$start" "$data")
	[ -z "$fault" ] || fault "$fault"
	[ -n "$(uses "$data" ffffffffffffffff)" ] || fault "not even .data is used"
	finish "in the stub for $codec, no code of .text uses .efi"
done

# --- other machines: stub/pe/ ------------------------------------------------------

# loads FILE: the flags of its PT_LOADs
loads() {
	readelf -lW "$1" 2>/dev/null | awk '$1 == "LOAD" { print $7 $8 }' | paste -s -d ' ' |
		sed 's/0x[0-9a-f]*//g'
}

# check_foreign MACHINE CODEC
check_foreign() {
	local stub=${BUILD:-build}/stub/$1/$2.elf most=98304 size
	[[ $2 != *-uki ]] || most=$((most + for_uki))
	size=$(stub_size "$stub" 2>/dev/null)
	((size > 0 && size <= most)) || fault "it has $size bytes"
	same "PT_LOADs" "RE RW" "$(loads "$stub")"
	same "undefined symbols" "" "$(nm -u "$stub.debug" | sed -n 's/^ *U //p')"
	same "relocations with addends" "" \
		"$(readelf -SW "$stub" 2>/dev/null | grep -w RELA | grep -v ' 000000 18 ')"
	same "small data outside .data" "" \
		"$(readelf -SW "$stub" 2>/dev/null | grep -oE '\.s(data|bss|rodata)' || true)"
	finish "the stub of $1 for $2 has at most $most bytes, and needs nothing else"
}

for machine in arm64 riscv64 loong64; do
	if [ ! -e "${BUILD:-build}/stub/$machine/none.elf" ]; then
		finish "the stubs of $machine # SKIP they are not built"
		continue
	fi
	for codec in "${kinds[@]}"; do
		check_foreign "$machine" "$codec"
	done
done

plan
