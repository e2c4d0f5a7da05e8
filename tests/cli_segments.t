#!/usr/bin/env bash
# SPDX-License-Identifier: BSD-2-Clause
#
# Segments and threads: the number of threads changes no byte, segments change none of what comes
# out, and every reader sees one ordinary frame.
# shellcheck source=tests/cli.sh
. tests/cli.sh
need gcc jq zstd

make_kernel
kernel=$work/kernel.elf
mkdir -p "$out"

# pack_to FILE ARGUMENT...
pack_to() {
	run pack "$kernel" -o "$1" "${@:2}"
	same "exit status of pack ${*:2}" 0 "$status"
}

# take_stream FILE: $work/stream, by the zboot header
take_stream() {
	dd if="$1" iflag=skip_bytes,count_bytes bs=64K status=none skip=$(($(get "$1" 8 4))) \
		count=$(($(get "$1" 12 4))) >"$work/stream"
}

# manifest FILE FIELD
manifest() {
	run info --json "$1"
	jq ".manifest.$2" "$work/stdout"
}

pack_to "$work/none" --compress none
take_stream "$work/none"
mv "$work/stream" "$work/elf"
elf_size=$(size_of "$work/elf")

# No segment of less than 512 KiB: libzstd makes none.
most=$(((elf_size - 1) / 524288 + 1))
for row in "1 0" "2 2" "3 3" "5 5" "64 $most"; do
	read -r wanted expected <<<"$row"
	pack_to "$image" --segments "$wanted"
	same "segments" "$expected" "$(manifest "$image" segments)"
	if [ "$expected" -gt 0 ]; then
		size=$(manifest "$image" segment_size)
		[ $((size * expected)) -ge "$elf_size" ] && [ $((size % 4096)) -eq 0 ] ||
			fault "segments of $size bytes, an ELF of $elf_size"
	fi
	take_stream "$image"
	zstd -dcq <"$work/stream" | cmp -s - "$work/elf" || fault "zstd -d: not the ELF"
	[[ $(zstd -lv "$work/stream" 2>&1) =~ Frames:\ 1[[:space:]] ]] || fault "not one frame"
	for threads in 1 2 3 17; do
		pack_to "$work/again" --segments "$wanted" --threads "$threads"
		cmp -s "$image" "$work/again" || fault "$threads threads make other bytes"
	done
	run extract "$image" -o "$work/extracted"
	cmp -s "$work/extracted" "$work/elf" || fault "extract: not the ELF"
	run pack "$image" -o "$work/again" --segments "$wanted"
	cmp -s "$image" "$work/again" || fault "packed again, other bytes"
	finish "--segments $wanted: $expected in the manifest; any number of threads, the same bytes"
done

pack_to "$image"
same "segments" 0 "$(manifest "$image" segments)"
pack_to "$work/again" --segments 1
cmp -s "$image" "$work/again" || fault "not as with --segments 1"
finish "an ELF of less than 16 MiB is one segment unless told"

for row in zstd:3 xz:0 lzma:0 gzip:1 lz4:1; do
	IFS=: read -r codec least <<<"$row"
	pack_to "$image" --compress "$codec" --fast
	pack_to "$work/again" --compress "$codec" --level "$least"
	cmp -s "$image" "$work/again" || fault "not as with --level $least"
	finish "$codec: --fast is level $least"
done
pack_to "$image" --compress none --fast --threads 2
finish "none: --fast and --threads are no mistake"

for n in 0 65 -1 x "" 2x; do
	refused "--segments '$n' is refused" 2 "pack: --segments '$n' is not from 1 to 64" \
		pack "$kernel" -o "$image" --segments "$n"
done
for n in 0 257 x ""; do
	refused "--threads '$n' is refused" 2 "pack: --threads '$n' is not from 1 to 256" \
		pack "$kernel" -o "$image" --threads "$n"
done
for codec in xz lzma gzip lz4 none; do
	refused "$codec has no segments" 2 "pack: '$codec' has no segments" \
		pack "$kernel" -o "$image" --compress "$codec" --segments 2
done
refused "--best and --segments" 2 "pack: --best is without segments" \
	pack "$kernel" -o "$image" --best --segments 2
for pair in "--fast --best" "--fast --level 3" "--best --level 3"; do
	# shellcheck disable=SC2086 # two options
	refused "$pair" 2 "pack: --level, --best and --fast contradict each other" \
		pack "$kernel" -o "$image" $pair
done
plan
