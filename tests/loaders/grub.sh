# SPDX-License-Identifier: BSD-2-Clause
# shellcheck shell=bash disable=SC2154
# GRUB, Debian's 2.06: linux enters the 32-bit code, also under EFI (after ExitBootServices());
# linux16 the 16-bit code; linuxefi, and under Secure Boot linux, too, the handover entry.

loader grub-bios 32-bit "GRUB, BIOS, linux" "cmdline=BOOT_IMAGE=/kernel @" firmware=bios \
	-- grub_bios linux initrd
loader grub-linux16 16-bit "GRUB, BIOS, linux16" "cmdline=BOOT_IMAGE=/kernel @" firmware=bios \
	-- grub_bios linux16 initrd16
loader grub-efi 32-bit "GRUB, EFI, linux" "cmdline=BOOT_IMAGE=/kernel @" firmware=efi \
	-- grub_efi linux initrd
loader grub-linuxefi handover "GRUB, EFI, linuxefi" "cmdline=BOOT_IMAGE=/kernel @" firmware=efi \
	-- grub_efi linuxefi initrdefi
loader grub-secure handover "shim and GRUB, Secure Boot, linux" "cmdline=BOOT_IMAGE=/kernel @" firmware=efi \
	-- grub_secure

without_control "grub-@(linuxefi|secure)" smp "error: kernel doesn't support EFI handover." \
	"tests/linux configures it without the handover entry"

# grub_config LINE...: the configuration of every GRUB here, with messages on the serial line. If
# the boot fails, the machine halts.
grub_config() {
	printf '%s\n' "serial --unit=0 --speed=115200" "terminal_output serial" "$@" boot halt
}

# grub_image FORMAT FILE LINE...: a GRUB with its configuration inside
grub_image() {
	local modules=(serial terminal boot halt linux)
	case $1 in
	i386-pc-eltorito) modules+=(biosdisk iso9660 linux16 multiboot2 gzio) ;;
	x86_64-efi) modules+=(part_msdos fat linuxefi) ;;
	esac
	grub_config "${@:3}" >"$work/grub.cfg"
	mkdir -p "$(dirname "$work/tree/$2")"
	grub-mkimage -O "$1" -p / -c "$work/grub.cfg" -o "$work/tree/$2" "${modules[@]}"
}

# grub_cd LINE...: run these from a CD, under BIOS
grub_cd() {
	grub_image i386-pc-eltorito grub.img "$@"
	cd_image grub.img --grub2-boot-info
}

# grub_bios LINUX INITRD: the names of the two commands
grub_bios() {
	put_kernel
	grub_cd "$1 /kernel $cmdline" "$2 /initrd"
	bios "${from_cd[@]}"
}

# grub_efi LINUX INITRD
grub_efi() {
	put_kernel
	grub_image x86_64-efi EFI/BOOT/BOOTX64.EFI 'set root=hd0,msdos1' \
		"$1 /kernel $cmdline" "$2 /initrd"
	fat_disk
	efi "${from_disk[@]}"
}

# grub_secure: Debian's shim and GRUB. The firmware has only the snakeoil key; shim starts GRUB
# because of the key in shim.
grub_secure() {
	put_kernel
	put /usr/lib/shim/shimx64.efi.signed EFI/BOOT/BOOTX64.EFI
	put /usr/lib/grub/x86_64-efi-signed/grubx64.efi.signed EFI/BOOT/grubx64.efi
	sign "$work/tree/EFI/BOOT/BOOTX64.EFI"
	sign "$work/tree/kernel"
	mkdir -p "$work/tree/EFI/debian"
	# shellcheck disable=SC2016 # a variable of GRUB, which is locked down under Secure Boot
	grub_config 'if [ "$lockdown" != y ]; then halt; fi' \
		"linux /kernel $cmdline" "initrd /initrd" >"$work/tree/EFI/debian/grub.cfg"
	fat_disk
	efi_secure "${from_disk[@]}"
}
