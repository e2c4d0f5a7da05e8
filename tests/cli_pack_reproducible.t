#!/usr/bin/env bash
# SPDX-License-Identifier: BSD-2-Clause
#
# The same kernel always makes the same image, whenever and wherever it is packed, and however
# often.
# shellcheck source=tests/cli.sh
. tests/cli.sh
need gcc zstd

make_kernel
kernel=$work/kernel.elf
seq 1 5000 >"$work/initrd"

# pack IMAGE KERNEL OPTION...: $work/IMAGE
pack() {
	run pack "$2" -o "$work/$1" "${@:3}"
	same "exit status" 0 "$status"
	# Most kernels made here have no relocations, and some run at only one place.
	same stderr "" "$(sed -E "/: warning: (no relocations: KASLR|it runs only at) /d" "$work/stderr")"
}

# identical A B: images in $work
identical() {
	cmp "$work/$1" "$work/$2" >"$work/cmp" 2>&1 || fault "$(<"$work/cmp")"
}

# different A B
different() {
	! cmp -s "$work/$1" "$work/$2" || fault "$1 and $2 are the same"
}

pack first "$kernel"
sleep 1
pack second "$kernel"
identical first second
finish "packing twice gives the same bytes"

pack first "$kernel"
mkdir "$work/elsewhere"
cp "$kernel" "$work/elsewhere/other-name"
runner=(env -C "$work/elsewhere" -i TZ=Asia/Kathmandu LC_ALL=C.UTF-8)
run pack other-name -o ../second
runner=()
identical first second
finish "packing elsewhere, under another name, gives the same bytes"

pack again "$work/first"
identical first again
pack again "$work/again"
identical first again
finish "packing an image again gives the same bytes"

pack low "$kernel" --level 1
pack again "$work/low"
different low first
identical first again
finish "packing an image again gives the same bytes, whatever its level was"

pack full "$kernel" --cmdline "console=ttyS0" --initrd "$work/initrd" --initrd "$work/initrd"
pack again "$work/full" --cmdline "console=ttyS0" --initrd "$work/initrd" --initrd "$work/initrd"
different full first
identical full again
finish "the same with a command line and initrds inside"

# After the ELF, where kernel builds append it: one 64-bit, no inverse, two 32-bit relocations.
cp "$kernel" "$work/relocatable"
for word in 0 0x81200000 0 0 0x81000010 0x81000020; do
	bytes_le 4 "$word" >>"$work/relocatable"
done
zstd -q "$work/relocatable" -o "$work/stream"
make_payload "$work/stream" "$work/relocatable" >"$work/payload"
make_bzimage "$work/bzimage" "$work/payload"
pack first "$work/bzimage"
pack again "$work/first"
identical first again
run info --json "$work/again"
same "relocations" "1 0 2" "$(jq -r '.elf.relocs |
	"\(.count64) \(.count32_inverse) \(.count32)"' "$work/stdout")"
finish "the same with a relocation table"

plan
