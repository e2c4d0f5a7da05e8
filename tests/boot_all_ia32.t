#!/usr/bin/env bash
# SPDX-License-Identifier: BSD-2-Clause
#
# 32-bit firmware: OVMF as Debian builds it for IA32 starts no 64-bit image, neither Linux's nor
# ours; with -kernel it leaves itself and enters the kernel at the 32-bit entry.
. tests/boot.sh

name=6.12-cloud
kernel "$name"
initramfs loader
pack "$name" "$boot/$name.vmlinuz"

# The firmware searches for another file, and then starts its shell.
script=$'@echo -off\nFS0:\\EFI\\BOOT\\BOOTX64.EFI console=ttyS0\necho SHELL status=%lasterror%\nreset -s'

# refused NAME IMAGE: the firmware itself returns EFI_UNSUPPORTED
refused() {
	start --bits 32 --disk "$boot/$2" --startup "$script" --timeout 60
	line_of "SHELL status=0x80000003" >/dev/null || fault "it is not refused as unsupported"
	finish_boot "$1"
}

# boots NAME IMAGE
boots() {
	boot_ok "$1" --bits 32 --kernel "$boot/$2" --initrd "$boot/loader.cpio.gz" \
		--cmdline "$from_loader" \
		-- userspace=reached initrd=ok firmware=efi initrd_id=loader
}

refused "$name, the control, from disk: unsupported" "$name.vmlinuz"
refused "$name, from disk: unsupported" "$name.efi"
boots "$name, the control: OVMF -kernel" "$name.vmlinuz"
boots "$name: OVMF -kernel" "$name.efi"
plan
