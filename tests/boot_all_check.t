#!/usr/bin/env bash
# SPDX-License-Identifier: BSD-2-Clause
#
# bzboot check, on boot images of others and on a broken file for each check: firmware, shim, GRUB
# and kexec load and refuse what it says. None of the images is started.
# shellcheck source=tests/verdicts.sh
. tests/verdicts.sh
judge_files

# Nobody looks at signatures without Secure Boot. kexec under it is in tests/boot_all_uki_kexec.t.
only='@(signature-*|signed.efi)'
try firmware judge_secure_boot
try shim judge_shim signed
only='!(signature-*|signed.efi)'
try firmware judge_firmware 2022.11
try firmware judge_firmware 2025.02
try firmware-nx judge_firmware strictnx
try shim judge_shim
# GRUB reads a kernel over its own memory if init_size is too small.
only='!(signature-*|signed.efi|bzimage-init-size.bz)'
try grub-bios judge_grub_bios
# GRUB under EFI does not free all memory of a kernel when it loads another one.
for only in 'vmlinuz-*' '!(vmlinuz-*|signature-*|signed.efi|bzimage-init-size.bz)'; do
	try grub-efi judge_grub_efi
done
only='!(signature-*|signed.efi)'
try kexec-load judge_kexec kexec
try kexec-file judge_kexec kexec-file
consumers=(firmware firmware-nx shim grub-bios grub-efi kexec-load kexec-file)
unused_exceptions "${consumers[@]}"
judged_table "${consumers[@]}"

plan
