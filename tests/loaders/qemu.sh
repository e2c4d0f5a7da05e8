# SPDX-License-Identifier: BSD-2-Clause
# shellcheck shell=bash disable=SC2154
# QEMU -kernel: its own boot ROM enters the 16-bit code, and so does qboot; OVMF starts the PE
# image.

loader seabios 16-bit "SeaBIOS, QEMU -kernel" "cmdline=@" firmware=bios -- qemu_kernel bios
loader qboot 16-bit "qboot, QEMU -kernel" "cmdline=@" firmware=bios -- qemu_kernel bios -bios qboot.rom
loader ovmf PE "OVMF, QEMU -kernel" "cmdline=@ initrd=initrd" firmware=efi -- qemu_kernel efi
loader ovmf-2022 PE "OVMF 2022.11, three boots: KASLR moves the kernel" "cmdline=@ initrd=initrd" \
	firmware=efi -- moving qemu_kernel efi_2022
loader ovmf-2025 PE "OVMF 2025.02" "cmdline=@ initrd=initrd" firmware=efi -- qemu_kernel efi_2025
loader ovmf-strictnx PE "OVMF 2025.02, strict NX" "cmdline=@ initrd=initrd" firmware=efi \
	-- qemu_kernel efi_strictnx

# qemu_kernel MACHINE ARGUMENT...
qemu_kernel() {
	"$@" -kernel "$kernel" -initrd "$initrd" -append "$cmdline"
}

# moving COMMAND...: run it three times, or once for the control. There are about 500 places,
# physical and virtual: three boots have the same address once in 250,000 times.
moving() {
	local address
	"$@"
	[ "$kernel" != "$(realpath "$boot/$name.vmlinuz")" ] || return 0
	for _ in 2 3; do
		cat "$log.raw" >>"$work/boots"
		"$@"
	done
	cat "$log.raw" >>"$work/boots"
	for address in virtual physical; do
		[ "$(grep -a "^BZBOOT $address=" "$work/boots" | sort -u | wc -l)" -gt 1 ] || {
			echo "three boots, one $address address" >&2
			return 1
		}
	done
}
