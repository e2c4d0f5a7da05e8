#!/usr/bin/env bash
# SPDX-License-Identifier: BSD-2-Clause
# A boot loader on top of the library: all of Debian's kernels, started by QEMU and by GRUB, and
# every codec. No stub takes part.
. tests/boot.sh
. tests/kaslr.sh
. tests/embed/embed.sh

initramfs loader

# boot_wiped IMAGE KERNEL NAME ARGUMENT...
boot_wiped() {
	wiped "$1"
	boot_embedded "$3" --image "$boot/$1-wiped.efi" --initrd "$boot/loader.cpio.gz" \
		--cmdline "$from_loader" --memory 1024 "${@:4}" -- userspace=reached initrd=ok \
		firmware=bios initrd_id=loader "cmdline=$from_loader" "release=$(release "$2")"
}

for name in 6.1 6.1-cloud 6.12 6.12-cloud; do
	kernel "$name"
	pack "$name" "$boot/$name.vmlinuz"
	boot_wiped "$name" "$name" "$name, QEMU"
	boot_wiped "$name" "$name" "$name, GRUB" --grub yes
	expect "userspace=reached"
	line_of "EMBED magic=0x0000000036d76289" >/dev/null || fault "not by Multiboot2"
	finish "$name, GRUB: by Multiboot2"
done
places_differ "all of them: at random places" 4

name=6.12-cloud
for codec in xz lzma gzip lz4 none; do
	made "$boot/$name-$codec.efi" "$bzboot" "$boot/$name.vmlinuz" -- "$bzboot" pack \
		"$boot/$name.vmlinuz" -o "$boot/$name-$codec.efi" --compress "$codec"
	boot_wiped "$name-$codec" "$name" "$name, $codec"
done
plan
