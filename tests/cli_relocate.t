#!/usr/bin/env bash
# SPDX-License-Identifier: BSD-2-Clause
#
# A kernel that was moved is right in every byte. Debian's kernels, packed, decompressed and moved,
# equal the ELF in Debian's file after tests/reloc_oracle.c has applied the table that follows it.
# Kernels with relocations of their linker equal the output of the linker for the new address.
# shellcheck source=tests/cli.sh
. tests/cli.sh
need zstd lz4 cmp jq

oracle=${BUILD:-build}/tests/reloc_oracle
apply=${BUILD:-build}/tests/reloc_apply
kernels=${BUILD:-build}/tests/reloc
for file in "$oracle" "$apply" "$kernels"/exec{,-lld}{,-elsewhere}.elf; do
	[ -x "$file" ] || fail "$file is missing; make builds it"
done

# Slides: none; one place; places in between; the most for a kernel of 60 MiB linked to 16 MiB.
slides=(
	0x0 0x200000 0x400000 0x1000000 0x6a00000 0x10000000 0x1fe00000 0x20000000 0x2d400000
	0x39e00000
)

# part FILE OFFSET SIZE
part() {
	dd if="$1" bs=64K iflag=skip_bytes,count_bytes skip="$2" count="$3" status=none
}

# original CODEC VMLINUZ: the ELF of Debian's bzImage, with its table after it, to $work/vmlinux
original() {
	local start size
	start=$((($(get "$2" 0x1f1 1) + 1) * 512 + $(get "$2" 0x248 4)))
	size=$(($(get "$2" 0x24c 4) - 4))	# without the size of the ELF after the stream
	part "$2" "$start" "$size" | "$1" -dc >"$work/vmlinux" ||
		fail "$2: its payload is not compressed by $1"
}

# packed VMLINUZ: the payload of the image packed from it, to $work/payload
packed() {
	run pack "$1" -o "$image" --level 1
	if [ "$status" -ne 0 ]; then
		fault "it is not packed: $(<"$work/stderr")"
		return 1
	fi
	part "$image" $(($(get "$image" 8 4))) $(($(get "$image" 12 4))) |
		zstd -dc >"$work/payload" || fault "its payload is not compressed by zstd"
}

# moved_by_oracle SLIDE LISTS: memory and the number of fields of each kind are the oracle's
moved_by_oracle() {
	cmp <("$oracle" "$work/vmlinux" "$1" "$2" 2>"$work/oracle") \
		<("$apply" "$work/payload" "$1" 2>"$work/apply") >"$work/cmp" 2>&1 ||
		fault "at $1: $(<"$work/cmp")"
	same "fields (32 bits, inverse, 64 bits)" "$(<"$work/oracle")" "$(<"$work/apply")"
	[[ "$2 $(<"$work/oracle")" =~ ^(3\ [1-9][0-9]*\ [1-9][0-9]*|2\ [1-9][0-9]*\ 0)\ [1-9] ]] ||
		fault "a list is empty: $(<"$work/oracle")"
}

mkdir "$out"
while read -r name codec lists; do
	kernel=$(tools/kernel.sh "$name")
	original "$codec" "$kernel"
	packed "$kernel" || true
	finish "Debian's $name is packed"
	for slide in "${slides[@]}"; do
		moved_by_oracle "$slide" "$lists"
	done
	finish "Debian's $name, whose table has $lists lists, moves as by its own code, to\
 ${#slides[@]} places"
done <<'END'
6.1-cloud lz4 3
6.12-cloud zstd 3
latest-cloud zstd 2
END

# load_address: of the last kernel that was packed
load_address() {
	run info --json "$image"
	hex "$(jq -r .elf.load_address "$work/stdout")"
}

# moved_by_linker NAME
moved_by_linker() {
	local slide
	packed "$kernels/$1-elsewhere.elf" || return 0
	mv "$work/payload" "$work/elsewhere"
	slide=$(load_address)
	packed "$kernels/$1.elf" || return 0
	slide=$(hex "$slide - $(load_address)")
	((slide > 0)) || fault "it is linked at the same address"
	cmp <("$apply" "$work/elsewhere" 0 2>"$work/counts") \
		<("$apply" "$work/payload" "$slide" 2>"$work/apply") >"$work/cmp" 2>&1 ||
		fault "at $slide: $(<"$work/cmp")"
	same "fields (32 bits, inverse, 64 bits)" "$(<"$work/counts")" "$(<"$work/apply")"
}

for name in exec exec-lld; do
	moved_by_linker "$name"
	finish "$name, moved, is the same as linked there"
done
plan
