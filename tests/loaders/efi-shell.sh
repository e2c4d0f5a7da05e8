# SPDX-License-Identifier: BSD-2-Clause
# shellcheck shell=bash disable=SC2154
# The UEFI shell in OVMF starts the PE image; its command line names the initrd. Linux's own stub
# takes the name of the file as part of the command line.

loader efi-shell PE "UEFI shell" "cmdline=?(kernel.efi )@ initrd=\\\\initrd" firmware=efi -- efi_shell

efi_shell() {
	put "$kernel" kernel.efi
	put "$initrd" initrd
	put_text startup.nsh "fs0:" "kernel.efi $cmdline initrd=\\initrd"
	fat_disk
	efi "${from_disk[@]}"
}
