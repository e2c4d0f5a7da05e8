#!/usr/bin/env bash
# SPDX-License-Identifier: BSD-2-Clause
#
# Parts and threads: the number of threads changes no byte, the number of parts changes no byte of
# the ELF, and every reader sees one ordinary stream.
# shellcheck source=tests/cli.sh
. tests/cli.sh
need gcc jq lz4 xz zstd

kernel=$work/kernel.elf
mkdir -p "$out"

declare -A unpackers=([zstd]="zstd -dcq" [xz]="xz -dc" [lz4]="lz4 -dcq")

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

# take_elf: $work/elf, of $kernel; set elf_size and gap
take_elf() {
	pack_to "$work/none" --compress none
	take_stream "$work/none"
	mv "$work/stream" "$work/elf"
	elf_size=$(size_of "$work/elf")
	gap=$(manifest "$work/none" gap)
}

# manifest FILE FIELD
manifest() {
	run info --json "$1"
	jq ".manifest.$2" "$work/stdout"
}

# read_table FILE: set count, and the arrays ends and elf_ends, by bzboot/manifest.h
read_table() {
	local offset i
	run info --json "$1"
	offset=$(jq '.pe.sections[] | select(.name == ".data").raw_offset' "$work/stdout")
	count=$(($(get "$1" $((offset + 0xc8)) 4)))
	ends=()
	elf_ends=()
	for ((i = 0; i < count; i++)); do
		ends+=($(($(get "$1" $((offset + 0x104 + 12 * i)) 4))))
		elf_ends+=($(($(get "$1" $((offset + 0x108 + 12 * i)) 4))))
	done
}

# check_cuts LEAST UNIT: each part has at least LEAST bytes and begins at a multiple of UNIT
check_cuts() {
	local i start=0
	for ((i = 0; i < count; i++)); do
		[ "$count" -eq 1 ] || [ $((elf_ends[i] - start)) -ge "$1" ] ||
			fault "part $i of $((elf_ends[i] - start)) bytes"
		[ $((start % $2)) -eq 0 ] || fault "part $i begins at $start"
		start=${elf_ends[i]}
	done
	same "the end" "$elf_size" "$start"
}

# check_gap UNIT: of several parts, where the codec can cut there, the first one is the gap
check_gap() {
	[ "$count" -eq 1 ] || [ $((gap % $1)) -ne 0 ] || same "the first part" "$gap" "${elf_ends[0]}"
}

# check_stream CODEC: the codec's own program reads the stream of $image
check_stream() {
	local list
	take_stream "$image"
	# shellcheck disable=SC2086 # a command and its options
	${unpackers[$1]} <"$work/stream" | cmp -s - "$work/elf" ||
		fault "${unpackers[$1]}: not the ELF"
	case $1 in
	zstd)
		[[ $(zstd -lv "$work/stream" 2>&1) =~ Frames:\ 1[[:space:]] ]] ||
			fault "not one frame"
		;;
	xz)
		mv "$work/stream" "$work/stream.xz"
		list=$(xz -lvv --robot "$work/stream.xz")
		same "streams and blocks" "1 $count" \
			"$(awk '$1 == "file" { print $2, $3 }' <<<"$list")"
		same "ends of blocks" "${ends[*]}" \
			"$(awk '$1 == "block" { print $5 + $7 }' <<<"$list" | paste -sd ' ')"
		same "ends of the decompressed parts" "${elf_ends[*]}" \
			"$(awk '$1 == "block" { print $6 + $8 }' <<<"$list" | paste -sd ' ')"
		;;
	esac
}

# parts CODEC LEVEL WANTED EXPECTED LEAST UNIT: one test
parts() {
	local options=(--compress "$1" --level "$2" --parts "$3") threads
	pack_to "$image" "${options[@]}"
	same "parts" "$4" "$(manifest "$image" parts)"
	read_table "$image"
	same "parts in the table" "$4" "$count"
	check_cuts "$5" "$6"
	check_stream "$1"
	for threads in 1 3 17; do	# one for each processor is the default
		pack_to "$work/again" "${options[@]}" --threads "$threads"
		cmp -s "$image" "$work/again" || fault "$threads threads give other bytes"
	done
	run extract "$image" -o "$work/extracted"
	cmp -s "$work/extracted" "$work/elf" || fault "extract: not the ELF"
	run pack "$image" -o "$work/again" "${options[@]}"
	cmp -s "$image" "$work/again" || fault "packed again, other bytes"
	finish "$1 --parts $3: $4 in the manifest; the same bytes with any number of threads"
}

KIB=1024
MIB=$((1024 * KIB))

make_kernel
take_elf
for codec in zstd xz; do
	most=$((elf_size / (512 * KIB)))
	[ "$most" -gt 5 ] || fault "an ELF of $elf_size bytes"
	for row in "1 1" "2 2" "3 3" "5 5" "64 $most"; do
		read -r wanted expected <<<"$row"
		parts "$codec" 6 "$wanted" "$expected" $((512 * KIB)) $((64 * KIB))
	done
done
parts lz4 1 2 1 0 1
pack_to "$image" --level 1 --parts 64
pack_to "$work/again" --level 1 --parts max
cmp -s "$image" "$work/again" || fault "not the same as with --parts 64"
finish "--parts max is 64"

for codec in zstd xz lzma gzip lz4 none; do
	pack_to "$image" --compress "$codec"
	same "parts" 1 "$(manifest "$image" parts)"
	pack_to "$work/again" --compress "$codec" --parts 1
	cmp -s "$image" "$work/again" || fault "not the same as with --parts 1"
	finish "$codec: an ELF of less than 16 MiB is one part by default"
done

for codec in zstd xz lz4; do
	pack_to "$image" --compress "$codec" --best --parts 1
	same "parts" 1 "$(manifest "$image" parts)"
	finish "$codec: --best is one part"
done

for row in zstd:3 xz:0 lzma:0 gzip:1 lz4:1; do
	IFS=: read -r codec least <<<"$row"
	pack_to "$image" --compress "$codec" --fast
	pack_to "$work/again" --compress "$codec" --level "$least"
	cmp -s "$image" "$work/again" || fault "not the same as with --level $least"
	finish "$codec: --fast is level $least"
done
# The steps of --verbose, without their times
steps="read the kernel, find the fields that move, read the contents, choose the cuts, compress, "
steps+="decompress it again, assemble the image, check the image, write the image, all"
pack_to "$work/again" --fast
pack_to "$image" --fast --verbose
same steps "$steps" "$(sed -n -E 's/^bzboot: (.*): [0-9.]+ s, [0-9.]+ s of CPU time.*/\1/p' \
	"$work/stderr" | paste -s -d , | sed 's/,/, /g')"
cmp -s "$work/again" "$image" || fault "the image is another one"
finish "--verbose prints the time of each step"

pack_to "$image" --compress none --fast --threads 2
finish "none: --fast and --threads are accepted"

for n in 0 65 -1 x 2x; do
	refused "--parts '$n' is refused" 2 "pack: --parts '$n' is not from 1 to 64, auto or max" \
		pack "$kernel" -o "$image" --parts "$n"
done
for n in 0 257 x; do
	refused "--threads '$n' is refused" 2 "pack: --threads '$n' is not from 1 to 256" \
		pack "$kernel" -o "$image" --threads "$n"
done
for codec in lzma gzip none; do
	refused "$codec with parts" 2 "pack: '$codec' has no parts" \
		pack "$kernel" -o "$image" --compress "$codec" --parts 2
done
refused "--best and --parts" 2 "pack: --best makes one part: leave out --parts" \
	pack "$kernel" -o "$image" --best --parts 2
for pair in "--fast --best" "--fast --level 3" "--best --level 3"; do
	# shellcheck disable=SC2086 # two options
	refused "$pair" 2 "pack: ${pair%% *} and --" \
		pack "$kernel" -o "$image" $pair
done

# Of more than 32 MiB

text_numbers=4300000
make_kernel
take_elf
[ $((elf_size / (8 * MIB))) -eq 4 ] || fault "an ELF of $elf_size bytes"
for row in "1 1" "2 2" "3 3" "64 4"; do
	read -r wanted expected <<<"$row"
	parts lz4 3 "$wanted" "$expected" $((8 * MIB)) $((8 * MIB))
done
# Numbers that ascend have as much in common everywhere: each cut for zstd would cost too much.
for row in "zstd 1 1 64" "xz 0 3 64" "lz4 1 4 8192"; do
	read -r codec level expected unit <<<"$row"
	pack_to "$image" --compress "$codec" --level "$level"
	pack_to "$work/again" --compress "$codec" --level "$level" --parts auto
	cmp -s "$image" "$work/again" || fault "not the same as with --parts auto"
	read_table "$image"
	same "parts" "$expected" "$count"
	check_cuts $((512 * KIB)) $((unit * KIB))
	check_gap $((unit * KIB))
	check_stream "$codec"
	finish "$codec: an ELF of 32 MiB is $expected parts by default"
done
pack_to "$image" --compress lz4 --best
same "parts" 1 "$(manifest "$image" parts)"
finish "lz4: --best is one part, also of an ELF of 32 MiB"
plan
