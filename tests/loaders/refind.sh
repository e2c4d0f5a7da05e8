# SPDX-License-Identifier: BSD-2-Clause
# shellcheck shell=bash disable=SC2154
# rEFInd starts the PE image.

loader refind PE "rEFInd" "cmdline=@ initrd=\\\\initrd" firmware=efi -- refind

# It looks for PE headers in the first 384 bytes of a file. Those of a unified kernel image are behind
# the setup code.
without_codec refind uki

refind() {
	put_kernel
	put /usr/share/refind/refind/refind_x64.efi EFI/BOOT/BOOTX64.EFI
	put_text EFI/BOOT/refind.conf "timeout -1" "textonly true" "scanfor manual" \
		"default_selection kernel" "menuentry kernel {" "loader /kernel" "initrd /initrd" \
		"options \"$cmdline\"" "}"
	fat_disk
	efi "${from_disk[@]}"
}
