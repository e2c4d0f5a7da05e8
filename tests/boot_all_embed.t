#!/usr/bin/env bash
# SPDX-License-Identifier: BSD-2-Clause
# A boot loader that uses the library: old and new kernels, started by Multiboot 1, Multiboot2 and
# PVH, and every codec. No stub runs. Files that bzboot did not make, too.
#
#   tests/boot_all_embed.t		each way, each codec, the oldest and the newest kernel
#   tests/boot_all_embed.t --all	each way with two kernels or more
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

boots multiboot 6.12-cloud-as-{xz,lzma,gzip,lz4,none}
boots grub latest
boots pvh 6.1-as-xz
boots qboot 6.12-cloud
if [ "${1-}" = --all ]; then
	boots multiboot 6.1 latest-cloud
	boots grub 6.1-cloud
	boots pvh 6.12 6.1-cloud latest-as-gzip
fi
places_differ "all boots: random places" 4

# boot_foreign KERNEL FILE NAME: a file with one of Debian's kernels that bzboot did not make
boot_foreign() {
	boot_embedded "$3" --image "$2" --initrd "$boot/loader.cpio.gz" --cmdline "$from_loader" \
		--memory 1024 -- userspace=reached initrd=ok firmware=bios initrd_id=loader \
		"cmdline=$from_loader" "release=$(release "$1")"
}

forget_places
for name in 5.10 6.12-cloud latest; do
	kernel "$name"
	boot_foreign "$name" "$boot/$name.vmlinuz" "Debian's $name"
done
extracted=$boot/latest-cloud.vmlinux
kernel latest-cloud
made "$extracted" "$boot/latest-cloud.vmlinuz" -- "$bzboot" extract "$boot/latest-cloud.vmlinuz" -o "$extracted"
boot_foreign latest-cloud "$extracted" "latest-cloud, its ELF"
places_differ "foreign kernels: random places" 3

# They check their fields, and run at their physical address.
prefix=TESTKERNEL
forget_places
for name in pie-rela pie-relr-lld exec exec-lld; do
	boot_ok "$name, as it is" --image "$build/tests/reloc/$name.elf" --memory 4096 \
		-- failures=0 wide=ok spread=ok unaligned=ok
	physicals+=("$(said load_address)")
done
differ 3 places "${physicals[@]}"
finish "kernels with relocations of their linker: random places"
prefix=BZBOOT

plan
