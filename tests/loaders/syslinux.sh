# SPDX-License-Identifier: BSD-2-Clause
# shellcheck shell=bash disable=SC2154
# SYSLINUX: under BIOS it enters the 16-bit code, under EFI the handover entry.

loader syslinux 16-bit "SYSLINUX, BIOS" "cmdline=BOOT_IMAGE=/kernel @ initrd=/initrd" firmware=bios \
	-- syslinux_disk
loader isolinux 16-bit "ISOLINUX, BIOS" "cmdline=BOOT_IMAGE=/kernel @ initrd=/initrd" firmware=bios \
	-- syslinux_cd
loader syslinux-efi handover "SYSLINUX, EFI" "cmdline=BOOT_IMAGE=/kernel @ initrd=/initrd" firmware=efi \
	-- syslinux_efi

# syslinux_config FILE: the configuration of every SYSLINUX here
syslinux_config() {
	put_text "$1" "SERIAL 0 115200" "DEFAULT kernel" "LABEL kernel" "LINUX /kernel" \
		"INITRD /initrd" "APPEND $cmdline"
}

syslinux_disk() {
	put_kernel
	syslinux_config syslinux.cfg
	syslinux_install
	bios "${from_disk[@]}"
}

# syslinux_install: $work/disk with SYSLINUX and the tree
syslinux_install() {
	fat_disk
	dd if=/usr/lib/syslinux/mbr/mbr.bin of="$work/disk" conv=notrunc status=none
	syslinux --offset $((partition * 512)) --install "$work/disk"
}

syslinux_cd() {
	put_kernel
	syslinux_config isolinux.cfg
	put /usr/lib/ISOLINUX/isolinux.bin isolinux.bin
	put /usr/lib/syslinux/modules/bios/ldlinux.c32 ldlinux.c32
	cd_image isolinux.bin
	bios "${from_cd[@]}"
}

syslinux_efi() {
	put_kernel
	syslinux_config EFI/BOOT/syslinux.cfg
	put /usr/lib/SYSLINUX.EFI/efi64/syslinux.efi EFI/BOOT/BOOTX64.EFI
	put /usr/lib/syslinux/modules/efi64/ldlinux.e64 EFI/BOOT/ldlinux.e64
	fat_disk
	efi "${from_disk[@]}"
}
