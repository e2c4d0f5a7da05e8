#!/usr/bin/env bash
# SPDX-License-Identifier: BSD-2-Clause
# A boot loader that uses the library: old and new kernels, started by Multiboot 1, Multiboot2 and
# PVH, and every codec. No stub runs.
. tests/boot.sh
. tests/kaslr.sh
. tests/embed/embed.sh

initramfs loader

# boot_by WAY MAGIC IMAGE KERNEL NAME KEY=VALUE...: the loader is loaded by WAY, and boots IMAGE
boot_by() {
	wiped "$3"
	boot_embedded "$5" --image "$boot/$3-wiped.efi" --initrd "$boot/loader.cpio.gz" \
		--cmdline "$from_loader" --memory 1024 --by "$1" -- userspace=reached initrd=ok \
		firmware=bios initrd_id=loader "cmdline=$from_loader" "release=$(release "$4")" \
		"${@:6}"
	line_of "EMBED magic=0x00000000$2" >/dev/null || fault "not by $1"
	finish "$5: by $1"
}

# boots WAY KERNEL[-as-CODEC]...
declare -A magics=([multiboot]=2badb002 [grub]=36d76289 [pvh]=336ec578 [qboot]=336ec578)
boots() {
	local told=() name codec image
	[ "${magics[$1]}" != "${magics[pvh]}" ] || told=('rsdp=*[1-9a-f]*')	# only PVH passes it
	for image in "${@:2}"; do
		name=${image%-as-*} codec=${image#*-as-}
		[ "$codec" != "$image" ] || codec=zstd
		kernel "$name"
		pack "$image" "$boot/$name.vmlinuz" --compress "$codec"
		boot_by "$1" "${magics[$1]}" "$image" "$name" "$image, $1" ${told[@]+"${told[@]}"}
	done
}

boots multiboot 6.1 latest-cloud
boots grub 6.1-cloud latest
boots pvh 6.12 6.1-cloud
boots qboot 6.12-cloud
places_differ "all boots: random places" 4
boots multiboot 6.12-cloud-as-{xz,lzma,gzip,lz4,none}
boots pvh 6.1-as-xz latest-as-gzip
plan
