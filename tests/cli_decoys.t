#!/usr/bin/env bash
# SPDX-License-Identifier: BSD-2-Clause
#
# Tools that search an image for the kernel by magic numbers, like binwalk and Linux's
# scripts/extract-vmlinux, find the payload first: no stub, which comes before it, has a magic
# number.
# shellcheck source=tests/cli.sh
. tests/cli.sh
need objcopy ld jq perl

make_kernel
image=$work/image.efi

# Magic numbers as these tools search for them. The first two bytes of LZMA, with zeros after them,
# are common in code, so only a header that xz accepts counts: a dictionary of 2^n or 2^n + 2^(n-1)
# bytes, at least 64 KiB, and a size that is unknown or below 256 GiB.
dictionary='\x00\x00(?:[\x01-\x04\x06\x08\x0c\x10\x18\x20\x30\x40\x60\x80\xc0]\x00|\x00[\x01-\x04\x06\x08\x0c\x10\x18\x20\x30\x40\x60\x80\xc0])'
magics=(
	"gzip \\x1f\\x8b\\x08"
	"xz \\xfd7zXZ\\x00"
	"lz4 \\x02\\x21\\x4c\\x18"
	"lz4-frame \\x04\\x22\\x4d\\x18"
	"zstd \\x28\\xb5\\x2f\\xfd"
	"lzma \\x5d$dictionary(?:\\xff{8}|[\\x00-\\xff]{4}[\\x00-\\x3f]\\x00\\x00\\x00)"
	"bzip2 BZh[1-9]"
	"lzop \\x89LZO"
)

# found_before OFFSET: print "NAME at OFFSET" for each magic number before OFFSET
found_before() {
	local magic
	for magic in "${magics[@]}"; do
		head -c "$1" "$image" | MAGIC=${magic#* } NAME=${magic%% *} perl -0777 -ne \
			'print "$ENV{NAME} at $-[0]\n" while /$ENV{MAGIC}/gs'
	done
}

# own CODEC: magic numbers in the code of the decoder's library. libzstd compares with its own magic
# number in three instructions of one object file, which is linked as a whole.
own() {
	[ "$1" != zstd ] || printf '%s\n' zstd zstd zstd
}

for codec in zstd xz lzma gzip lz4 none; do
	run pack "$work/kernel.elf" -o "$image" --compress "$codec"
	same "exit status" 0 "$status"
	run info --json "$image"
	offset=$(jq .manifest.payload_offset "$work/stdout")
	[ "$offset" -gt 4096 ] || fault "the payload is at $offset"
	found=$(found_before "$offset")
	[ "$(sed 's/ at .*//' <<<"$found")" = "$(own "$codec")" ] || fault "$found"
	finish "the stub for $codec has no magic number of a compression of its own"
done

printf '\x1f\x8b\x08\0' | dd of="$image" bs=1 seek=5000 conv=notrunc status=none
same "a magic number in the stub" "gzip at 5000" "$(found_before "$offset")"
finish "control: a magic number in the stub is found"
plan
