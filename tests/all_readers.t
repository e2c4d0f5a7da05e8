#!/usr/bin/env bash
# SPDX-License-Identifier: BSD-2-Clause
#
# Every program that extracts a kernel from an image gets exactly the ELF that was packed, with
# every codec: Linux's own decompressors, as in its x86 stub (built here for the host), its
# scripts/extract-vmlinux, Xen's rules, the program of each compression, Python's modules.
#
#   tests/all_readers.t		the default levels, but a low one of lzma, whose streams are like xz's
#   tests/all_readers.t --all	lzma's, and zstd's largest window; readers notice damaged streams
# shellcheck source=tests/tap.sh
. tests/tap.sh

need gcc jq od cmp python3 zstd xz gzip lz4 readelf file grep tail
bzboot=${BZBOOT:-${BUILD:-build}/bzboot}
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
linux=$(tools/linux.sh source)
kernel=$(tools/kernel.sh 6.12-cloud)

# The magic numbers of Xen (xen/common/decompress.c) and boot.rst
declare -A magics=(
	[gzip]=1f8b [lzma]=5d00 [xz]=fd377a585a00 [lz4]=02214c18 [zstd]=28b52ffd [none]=7f454c46
)

# codec -> the command that tests a file of it, and the one that decompresses its standard input
declare -A testers=([gzip]="gzip -t" [lzma]="xz -t --format=lzma" [xz]="xz -t" [lz4]="lz4 -tq"
	[zstd]="zstd -tq")
declare -A unpackers=([gzip]="gzip -dc" [lzma]="xz -dc --format=lzma" [xz]="xz -dc" [lz4]="lz4 -dc"
	[zstd]="zstd -dcq" [none]=cat)

# build_reader CODEC: $work/reader.CODEC
build_reader() {
	if ! tests/readers/build.sh "$1" "$work/$1.o" 2>"$work/log"; then
		fail "cannot build Linux's decompressor for the host: $(<"$work/log")"
	fi
	gcc -O2 -Itests/readers tests/readers/main.c "$work/$1.o" -o "$work/reader.$1"
}

# get FILE OFFSET WIDTH: a little-endian number
get() {
	od -An -v --endian=little -t "u$3" -j $(($2)) -N "$3" "$1" | tr -d ' '
}

# part FILE OFFSET SIZE
part() {
	dd if="$1" iflag=skip_bytes,count_bytes bs=64K status=none skip="$2" count="$3"
}

# same_elf WHAT FILE
same_elf() {
	cmp -s "$work/elf" "$2" || fault "$1: not the ELF that was packed: $(cmp "$work/elf" "$2" 2>&1)"
}

# check_xen: by the setup header: the magic number, and the suffix, which a raw ELF (none) lacks
check_xen() {
	local offset length bytes
	offset=$((($(get "$image" 0x1f1 1) + 1) * 512 + $(get "$image" 0x248 4)))
	length=$(get "$image" 0x24c 4)
	bytes=$((${#magics[$codec]} / 2))
	same "the magic number" "${magics[$codec]}" \
		"$(od -An -v -t x1 -j "$offset" -N "$bytes" "$image" | tr -d ' \n')"
	if [ "$codec" = none ]; then
		same "the length" "$size" "$length"
	else
		same "the suffix" "$size" "$(get "$image" $((offset + length - 4)) 4)"
	fi
}

# check_zboot: the stream alone is a file of the codec that the zboot header names
check_zboot() {
	same "the name" "$codec" "$(part "$image" 24 32 | tr -d '\0')"
	part "$image" "$(get "$image" 8 4)" "$(get "$image" 12 4)" >"$work/stream"
	# shellcheck disable=SC2086 # a command and its options
	${unpackers[$codec]} <"$work/stream" >"$work/out" || fault "${unpackers[$codec]} ended with $?"
	same_elf "${unpackers[$codec]}" "$work/out"
	if [ "$codec" != none ]; then
		mv "$work/stream" "$work/stream.$codec"
		# shellcheck disable=SC2086
		${testers[$codec]} "$work/stream.$codec" || fault "${testers[$codec]} ended with $?"
	fi
}

# check_linux: with the heap that Linux's stub gives it
check_linux() {
	"$work/reader.$codec" "$image" >"$work/out" 2>"$work/log" || fault "Linux: $(<"$work/log")"
	same_elf Linux "$work/out"
}

# check_extract: unxz and unlzma end with an error, because the suffix follows, and write files with
# holes: zeros at the end are missing then.
check_extract() {
	sh "$linux/scripts/extract-vmlinux" "$image" >"$work/out" 2>/dev/null ||
		fault "extract-vmlinux ended with $?"
	[[ $codec != xz && $codec != lzma ]] || [ ! -s "$work/out" ] ||
		truncate -s "$size" "$work/out"
	same_elf extract-vmlinux "$work/out"
}

# check_python: the modules of its standard library
check_python() {
	python3 - "$1" "$work/stream.$codec" "$work/out" <<-'END' || fault "python3: $1 failed"
		import importlib, sys
		module = importlib.import_module(sys.argv[1])
		with module.open(sys.argv[2]) as stream, open(sys.argv[3], "wb") as out:
		    out.write(stream.read())
	END
	same_elf "python3: $1" "$work/out"
}

# check_file: file(1) identifies the image
check_file() {
	[[ $(file -b "$image") == "Linux kernel x86 boot executable bzImage, version 6.12."* ]] ||
		fault "file prints: $(file -b "$image")"
}

for codec in "${!testers[@]}"; do
	build_reader "$codec"
done
"$bzboot" pack "$kernel" -o "$work/none" --compress none >/dev/null || fail "pack ended with $?"
part "$work/none" "$(get "$work/none" 8 4)" "$(get "$work/none" 12 4)" >"$work/elf"
readelf -h "$work/elf" >/dev/null || fail "the payload of --compress none is not an ELF"
size=$(stat -c %s "$work/elf")

image=$work/image
runs=("zstd 19" "xz 8" "lzma 1" "gzip 9" "lz4 9" "none")
[ "${1-}" != --all ] || runs+=("lzma 8" "zstd 22")
for codec in "${runs[@]}"; do
	read -r codec level <<<"$codec"
	# shellcheck disable=SC2086 # an option and its value, or nothing
	"$bzboot" pack "$kernel" -o "$image" --compress "$codec" ${level:+--level $level} \
		>/dev/null || fail "pack --compress $codec ended with $?"
	check_xen
	check_zboot
	check_file
	if [ "$codec" != none ]; then
		check_linux
		check_extract
	fi
	case $codec in
	gzip) check_python gzip ;;
	xz | lzma) check_python lzma ;;
	esac
	finish "$codec${level:+ level $level}: every reader extracts the ELF"
done

# A reader that accepts damaged data proves nothing.
[ "${1-}" = --all ] || testers=()
for codec in "${!testers[@]}"; do
	"$bzboot" pack "$kernel" -o "$image" --compress "$codec" --level 1 >/dev/null
	offset=$((($(get "$image" 0x1f1 1) + 1) * 512 + $(get "$image" 0x248 4) + 100000))
	byte=$(get "$image" "$offset" 1)
	# shellcheck disable=SC2059 # an octal escape
	printf "\\$(printf %o $((byte ^ 0x10)))" |
		dd of="$image" bs=1 seek="$offset" conv=notrunc status=none
	if "$work/reader.$codec" "$image" >"$work/out" 2>/dev/null &&
		cmp -s "$work/elf" "$work/out"; then
		fault "Linux's decompressor does not notice a damaged byte"
	fi
	finish "control: $codec, damaged, is not the ELF"
done
plan
