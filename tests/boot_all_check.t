#!/usr/bin/env bash
# SPDX-License-Identifier: BSD-2-Clause
#
# bzboot check, on boot images of others and on a broken file for each check: firmware, shim, GRUB
# and kexec load and refuse what it says. None of the images is started.
#
#   tests/boot_all_check.t		kexec_file_load() of files with a broken setup header only
#   tests/boot_all_check.t --all	of all others that differ for kexec, too
# shellcheck source=tests/verdicts.sh
. tests/verdicts.sh
but=$foreign
# shellcheck disable=SC2119 # without an argument
judge_files

# Signatures do not count without Secure Boot: tests/boot_all_check_signature.t has firmware and shim
# with it, tests/boot_all_uki_kexec.t kexec.
only='!(signature-*|signed.efi)'
try firmware judge_firmware 2022.11
try firmware-nx judge_firmware strictnx
# Of the others, shim sees nothing else than firmware.
only='@(@(pe|nx|sbat|stub|shim|grub|systemd|fwupd|memtest86+|ipxe|refind|syslinux|xen)-*|plain.efi|vmlinuz-@(5.10|6.12-cloud))'
try shim judge_shim
# GRUB reads a kernel over its own memory if init_size is too small.
only='!(signature-*|signed.efi|bzimage-init-size.bz)'
try grub-bios judge_grub_bios
# GRUB under EFI does not free all memory of a kernel when it loads another one.
for only in 'vmlinuz-*' '!(vmlinuz-*|[p-z]*|bzimage-init-size.bz)' '!(vmlinuz-*|[!p-z]*|signature-*|signed.efi)'; do
	try grub-efi judge_grub_efi
done
# kexec reads neither PE headers, nor the sections of a unified kernel image, nor the payload. The
# kernel hashes what it loads: a whole one of each kind will do.
only='!(@(signature|pe|nx|sbat|stub|uki|addon|payload)-*|signed.efi|vmlinuz-!(6.1|6.12-cloud|latest-*))'
try kexec-load judge_kexec kexec
[ "${1-}" = --all ] || only='@(bzimage-*|gzip.bz|plain.efi|vmlinuz-6.12-cloud)'
try kexec-file judge_kexec kexec-file
consumers=(firmware firmware-nx shim grub-bios grub-efi kexec-load kexec-file)
unused_exceptions "${consumers[@]}"
judged_table "${consumers[@]}"

plan
