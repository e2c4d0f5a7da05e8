# SPDX-License-Identifier: BSD-2-Clause
# shellcheck shell=bash disable=SC2154
# QEMU -kernel: its own boot ROM enters the 16-bit code, and so does qboot; OVMF starts the PE
# image.

loader seabios "SeaBIOS, QEMU -kernel" "cmdline=@" firmware=bios -- qemu_kernel bios
loader qboot "qboot, QEMU -kernel" "cmdline=@" firmware=bios -- qemu_kernel bios -bios qboot.rom
loader ovmf "OVMF, QEMU -kernel" "cmdline=@ initrd=initrd" firmware=efi -- qemu_kernel efi

# qemu_kernel MACHINE ARGUMENT...
qemu_kernel() {
	"$@" -kernel "$kernel" -initrd "$initrd" -append "$cmdline"
}
