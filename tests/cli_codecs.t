#!/usr/bin/env bash
# SPDX-License-Identifier: BSD-2-Clause
#
# Every codec of bzboot pack: the strictest reader accepts the streams, they are the same every
# time, and decompress to the original bytes.
# shellcheck source=tests/cli.sh
. tests/cli.sh

need gcc jq od zstd xz gzip lz4

make_kernel
kernel=$work/kernel.elf

# codec -> its first bytes: the magic number, and the fields of the header after it
declare -A headers=(
	[zstd]=28b52ffd			# then descriptor, content size
	[xz]=fd377a585a0000016922de36	# stream flags 00 01: CRC-32; their CRC-32
	[lzma]=5d00000001ffffffffffffffff	# lc/lp/pb 3/0/2, 16 MiB, size unknown
	[gzip]=1f8b080000000000		# no flags, no time
	[lz4]=02214c18
	[none]=7f454c46
)
declare -A unpackers=([zstd]="zstd -dcq" [xz]="xz -dc" [lzma]="xz -dc --format=lzma"
	[gzip]="gzip -dc" [lz4]="lz4 -dcq" [none]=cat)
declare -A numbers=([none]=0 [gzip]=1 [lzma]=2 [xz]=3 [lz4]=4 [zstd]=5)

# take_stream FILE: $work/stream, by the zboot header
take_stream() {
	dd if="$1" iflag=skip_bytes,count_bytes bs=64K status=none skip=$(($(get "$1" 8 4))) \
		count=$(($(get "$1" 12 4))) >"$work/stream"
}

# hex_of FILE OFFSET SIZE
hex_of() {
	od -An -v -t x1 -j $(($2)) -N "$3" "$1" | tr -d ' \n'
}

# packed ARGUMENT...: packs $kernel to $image; stderr has the warning about missing relocations
packed() {
	mkdir -p "$out"
	run pack "$kernel" -o "$image" "$@"
	same "exit status" 0 "$status"
}

# check_lengths CODEC: in both headers, the manifest, and the size after the stream
check_lengths() {
	local zboot_size offset length trailer=4
	[[ $1 != gzip && $1 != none ]] || trailer=0
	zboot_size=$(($(get "$image" 12 4)))
	length=$(($(get "$image" 0x24c 4)))
	same "payload_length" $((zboot_size + trailer)) "$length"
	offset=$(((0x$(hex_of "$image" 0x1f1 1) + 1) * 512 + $(get "$image" 0x248 4)))
	same "payload_offset" $(($(get "$image" 8 4))) "$offset"
	[ "$1" = none ] ||
		same "the suffix" "$(hex "$(size_of "$work/elf")")" \
			"$(get "$image" $((offset + length - 4)) 4)"
	run info --json "$image"
	same "the manifest's codec" "$1" "$(jq -r .payload.codec "$work/stdout")"
	same "the manifest's size" "$zboot_size" "$(jq .manifest.payload_size "$work/stdout")"
}

# check_header CODEC
check_header() {
	local header=${headers[$1]}
	same "the first bytes" "$header" "$(hex_of "$work/stream" 0 $((${#header} / 2)))"
	same "zboot's name" "$1" "$(dd if="$image" bs=1 skip=24 count=32 status=none | tr -d '\0')"
}

packed --compress none
take_stream "$image"
mv "$work/stream" "$work/elf"

for codec in zstd xz lzma gzip lz4 none; do
	packed --compress "$codec"
	take_stream "$image"
	check_header "$codec"
	check_lengths "$codec"
	# shellcheck disable=SC2086 # a command and its options
	${unpackers[$codec]} <"$work/stream" | cmp -s - "$work/elf" ||
		fault "${unpackers[$codec]} does not decompress it to the ELF"
	finish "$codec: the headers, and the stream decompresses to the ELF"

	cp "$image" "$work/first"
	packed --compress "$codec"
	cmp -s "$image" "$work/first" || fault "other bytes the second time"
	finish "$codec: the same bytes every time"

	cp "$image" "$work/packed.$codec"
	run pack "$work/packed.$codec" -o "$image" --compress none
	same "exit status" 0 "$status"
	take_stream "$image"
	cmp -s "$work/stream" "$work/elf" || fault "another ELF"
	finish "$codec: its image can be packed again"
done

packed
cmp -s "$image" "$work/packed.zstd" || fault "not the same as with --compress zstd"
finish "zstd is the default"

# One frame: magic number, descriptor with single segment or content size, checksum. One stream: one
# block, with the x86 filter and LZMA2.
take_stream "$image"
[[ $(zstd -lv "$work/stream" 2>&1) =~ (# Zstandard Frames|Frames):\ 1[[:space:]] ]] ||
	fault "zstd: not one frame: $(zstd -lv "$work/stream" 2>&1)"
[[ $(zstd -lv "$work/stream" 2>&1) =~ Check:\ XXH64 ]] || fault "zstd: no checksum"
finish "zstd: one frame with a checksum"

take_stream "$work/packed.xz"
mv "$work/stream" "$work/stream.xz"
list=$(xz -lvv --robot "$work/stream.xz")
same "streams and blocks" "1 1" "$(awk '$1 == "file" { print $2, $3 }' <<<"$list")"
same "the check" CRC32 "$(awk '$1 == "file" { print $7 }' <<<"$list")"
[[ $(awk '$1 == "block" { print $0 }' <<<"$list") == *"--x86 --lzma2=dict="* ]] ||
	fault "not x86 and LZMA2: $list"
finish "xz: one stream, one block, CRC-32, the x86 filter and LZMA2"

# init_size includes the memory that the stub needs to decompress
plain=$(($(get "$work/packed.zstd" 0x260 4)))
for pair in lzma:$((16 << 20)) xz:4096 gzip:0; do
	codec=${pair%:*}
	[ $(($(get "$work/packed.$codec" 0x260 4))) -ge $((plain - (1 << 20) + ${pair#*:})) ] ||
		fault "$codec: init_size is $(get "$work/packed.$codec" 0x260 4)"
done
finish "init_size covers the dictionary"

# The manifest of an image names its codec, and the stub in it has the decoder.
for codec in "${!numbers[@]}"; do
	text=$((16#$(hex_of "$work/packed.$codec" 0x1f1 1) * 512 + 512))
	magic=$(LC_ALL=C grep -abPo 'bzboot\x00\x03' "$work/packed.$codec" | cut -d : -f 1 |
		awk -v least="$text" '$1 >= least && $1 % 4096 == 0' | head -n 1)
	[ -n "$magic" ] || fault "$codec: no manifest on a page"
	same "$codec: codec in the manifest" "$(hex "${numbers[$codec]}")" \
		"$(get "$work/packed.$codec" $((magic + 12)) 4)"
done
finish "the manifest has the codec's number"

# Levels
for row in zstd:1:22 xz:0:9 lzma:0:9 gzip:1:9 lz4:1:12; do
	IFS=: read -r codec least most <<<"$row"
	for level in "$least" "$most"; do
		packed --compress "$codec" --level "$level"
		take_stream "$image"
		# shellcheck disable=SC2086
		${unpackers[$codec]} <"$work/stream" | cmp -s - "$work/elf" ||
			fault "level $level: not the ELF"
	done
	finish "$codec: levels $least and $most"

	run pack --level "$least" --compress "$codec" -o "$image" "$kernel"
	same "exit status" 0 "$status"
	finish "$codec: --level before --compress"

	for level in $((least - 1)) $((most + 1)); do
		refused "$codec: level $level is refused" 2 \
			"pack: --level '$level' is not from $least to $most" \
			pack "$kernel" -o "$image" --compress "$codec" --level "$level"
	done

	run pack --help
	grep -q "^  $codec  *levels $least to $most (default: [0-9]*)$" "$work/stdout" ||
		fault "not in the help: $(grep "^  $codec" "$work/stdout")"
	finish "$codec: --help has its levels"
done

# --best
for codec in zstd xz lzma gzip lz4 none; do
	packed --compress "$codec" --best
	[ "$(size_of "$image")" -le "$(size_of "$work/packed.$codec")" ] ||
		fault "larger than without: $(size_of "$image") bytes"
	take_stream "$image"
	# shellcheck disable=SC2086
	${unpackers[$codec]} <"$work/stream" | cmp -s - "$work/elf" || fault "not the ELF"
	cp "$image" "$work/first"
	packed --compress "$codec" --best
	cmp -s "$image" "$work/first" || fault "other bytes the second time"
	finish "$codec --best: not larger, decompresses to the ELF, the same bytes every time"
done

refused "no such codec" 2 "pack: no such codec: brotli" pack "$kernel" -o "$image" --compress brotli
refused "a codec that is only read" 2 "pack: no such codec: bzip2" pack "$kernel" -o "$image" \
	--compress bzip2
refused "an empty name of a codec" 2 "pack: --compress CODEC: the argument is empty" pack "$kernel" -o "$image" \
	--compress ""
refused "none with a level" 2 "pack: 'none' has no levels" pack "$kernel" -o "$image" --compress none \
	--level 0
refused "--best and --level" 2 \
	"pack: --best and --level are mutually exclusive" \
	pack "$kernel" -o "$image" --best --level 3

# The stub must have the codec's decoder.
run pack "$kernel" -o "$image" --compress xz --stub "${BUILD:-build}/stub/xz.elf"
same "exit status" 0 "$status"
finish "a stub of the same codec is accepted"
other=${BUILD:-build}/stub/gzip.elf
refused "a stub of another codec is refused" 1 "$other: decompresses gzip, not xz" \
	pack "$kernel" -o "$image" --compress xz --stub "$other"
plan
