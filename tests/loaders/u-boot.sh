# SPDX-License-Identifier: BSD-2-Clause
# shellcheck shell=bash disable=SC2154
# U-Boot as the machine's firmware: the 32-bit build enters the 32-bit code, the 64-bit build the
# 64-bit code.

loader u-boot 32-bit "U-Boot, zboot" "cmdline=@" firmware=bios -- u_boot qemu-x86
loader u-boot64 64-bit "U-Boot of 64 bits, zboot" "cmdline=@" firmware=bios -- u_boot qemu-x86_64

without_control u-boot64 "*" "Loading bzImage at address 100000 *" \
	"its stack is at 0x10cc48, and it copies every kernel to 0x100000: over its own stack"

# It loads at most 15 MiB; since Linux 7.0 only these two codecs make kernels that small.
without_codec "u-boot*" "!(xz|lzma)"

# u_boot BUILD: the initrd far from the kernel, because U-Boot ignores init_size, and Linux unpacks
# itself over 64 MiB, the default address
u_boot() {
	put_kernel
	# shellcheck disable=SC2016 # variables of U-Boot
	printf '%s\n' "setenv bootargs $cmdline" 'setenv ramdisk_addr_r 0x20000000' \
		'load virtio 0 ${kernel_addr_r} kernel' \
		'load virtio 0 ${ramdisk_addr_r} initrd' \
		'zboot ${kernel_addr_r} - ${ramdisk_addr_r} ${filesize}' >"$work/script"
	mkimage -A x86 -T script -C none -d "$work/script" "$work/tree/boot.scr.uimg"
	fat_disk
	bios -bios "/usr/lib/u-boot/$1/u-boot.rom" "${from_disk[@]}"
}
