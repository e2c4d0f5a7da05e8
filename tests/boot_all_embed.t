#!/usr/bin/env bash
# SPDX-License-Identifier: BSD-2-Clause
# A boot loader on top of the library: all of Debian's kernels, started by Multiboot 1, Multiboot2
# and PVH, and every codec. No stub takes part.
. tests/boot.sh
. tests/kaslr.sh
. tests/embed/embed.sh

initramfs loader

# boot_by WAY MAGIC IMAGE KERNEL NAME KEY=VALUE...: the loader is loaded so, and boots it
boot_by() {
	wiped "$3"
	boot_embedded "$5" --image "$boot/$3-wiped.efi" --initrd "$boot/loader.cpio.gz" \
		--cmdline "$from_loader" --memory 1024 --by "$1" -- userspace=reached initrd=ok \
		firmware=bios initrd_id=loader "cmdline=$from_loader" "release=$(release "$4")" \
		"${@:6}"
	line_of "EMBED magic=0x00000000$2" >/dev/null || fault "not by $1"
	finish "$5: by $1"
}

rsdp='rsdp=*[1-9a-f]*'	# by PVH a loader knows it
for name in 6.1 6.1-cloud 6.12 6.12-cloud; do
	kernel "$name"
	pack "$name" "$boot/$name.vmlinuz"
	boot_by multiboot 2badb002 "$name" "$name" "$name, QEMU"
	boot_by grub 36d76289 "$name" "$name" "$name, GRUB"
	boot_by pvh 336ec578 "$name" "$name" "$name, PVH" "$rsdp"
done
boot_by qboot 336ec578 "$name" "$name" "$name, PVH of qboot" "$rsdp"
places_differ "all of them: at random places" 4

# repack NAME CODEC: $boot/NAME-CODEC.efi
repack() {
	made "$boot/$1-$2.efi" "$bzboot" "$boot/$1.vmlinuz" -- "$bzboot" pack \
		"$boot/$1.vmlinuz" -o "$boot/$1-$2.efi" --compress "$2"
}

name=6.12-cloud
for codec in xz lzma gzip lz4 none; do
	repack "$name" "$codec"
	boot_by multiboot 2badb002 "$name-$codec" "$name" "$name, $codec"
done
for name in 6.1 6.12; do
	for codec in xz gzip; do
		repack "$name" "$codec"
		boot_by pvh 336ec578 "$name-$codec" "$name" "$name, $codec, PVH" "$rsdp"
	done
done
plan
