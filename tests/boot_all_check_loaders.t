#!/usr/bin/env bash
# SPDX-License-Identifier: BSD-2-Clause
#
# As tests/boot_all_check.t, by other boot loaders. Each tries what it reads of a file: files that
# differ from a good one in something else are left out.
#
#   tests/boot_all_check_loaders.t		of bad files, Xen gets those that it refuses
#   tests/boot_all_check_loaders.t --all	48 files, a boot each
# shellcheck source=tests/verdicts.sh
. tests/verdicts.sh
but=$foreign
# shellcheck source=tests/judges_loaders.sh
. tests/judges_loaders.sh

# no_bzimages FOLDER: broken PE images that are bzImages, too, without the magic number of the setup header
no_bzimages() {
	local file out
	for file in "$files"/pe-*.efi "$files/signature-no-directory.efi"; do
		out=$1/only-${file##*/}
		cp -L "$file" "$out"
		printf none | dd of="$out" bs=1 seek=$((0x202)) conv=notrunc status=none
	done
}

judge_files no_bzimages

bzimages='bzimage-!(5level|above-4g|efi-kexec|init-size-*|kernel-*|payload-*|version-text).*|gzip.bz'
bzimages+='|vmlinuz-@(5.10|7.2-cloud)|memtest86+-[67]*|grub-2.06-lnxboot|plain.efi'
only="@($bzimages|*.lkrn)"
try u-boot judge_zboot
only='@(@(only|shim|fallback|mokmanager|systemd|fwupd|refind|syslinux|xen)-*|grub-2.*[!t]|ipxe-*.efi)'
try u-boot judge_bootefi
# iPXE's own setup does not jump to code32_start, but the copies with other code do.
only="@($bzimages)"
try syslinux judge_syslinux
try ipxe judge_ipxe
only='@(bzimage-@(header|version|setup*|*payload*).bz|payload-*.bz|@(gzip|xz|lzma|lz4|zstd).bz'
only+='|vmlinuz-@(6.12|6.12-cloud)|linked|@(kernel|compressed)-*|ipxe-1.0.lkrn|memtest86+-7.bin'
only+='|plain.efi)'
if [ "${1-}" != --all ]; then
	only='@(bzimage-@(header|no-payload|payload-range|setup-sects-zero).bz|@(gzip|xz|lzma|lz4|zstd).bz'
	only+='|payload-!(decoy|gzip-flags|not-compressed|trailing).bz|vmlinuz-6.12-cloud|plain.efi'
	only+='|kernel-@(elf|load-address|xen|notes))'
fi
try xen-dom0 judge_xen
only='@(pe-*|@(uki|policies|full|plain|theirs)*.efi|@(shim|grub|systemd|ipxe|refind|xen)-*|memtest*)'
try refind judge_refind
only='@(uki*|full.efi|policies.efi|theirs.efi|auto-uki*)'
try sd-boot judge_sd_boot
only='@(pe-@(dos-header|entry|headers|machine|section-alignment|subsystem|truncated).efi|stub-*|plain.efi)'
try sd-stub judge_sd_stub forky
consumers=(u-boot syslinux ipxe xen-dom0 refind sd-boot sd-stub)
unused_exceptions "${consumers[@]}"
judged_table "${consumers[@]}"

plan
