#!/usr/bin/env bash
# SPDX-License-Identifier: BSD-2-Clause
# The choice between the loader's and the image's command line and initrd; damaged payloads.
. tests/boot.sh

name=6.1-cloud
kernel "$name"
initramfs loader
pack_both "$name" "$boot/$name.vmlinuz"
damage "$name" "$name-damaged"
damage "$name-full" "$name-full-damaged"

boot_ok "the image's are used when the loader gives none" \
	--kernel "$boot/$name-full.efi" \
	-- userspace=reached initrd=ok "cmdline=$from_image" initrd_id=image
boot_ok "the loader's command line replaces the image's" \
	--kernel "$boot/$name-full.efi" --cmdline "$from_loader" \
	-- userspace=reached initrd=ok "cmdline=$from_loader" initrd_id=image
boot_ok "the loader's command line and initrd replace the image's" \
	--kernel "$boot/$name-full.efi" --cmdline "$from_loader" --initrd "$boot/loader.cpio.gz" \
	-- userspace=reached initrd=ok "cmdline=$from_loader initrd=initrd" initrd_id=loader

boot_refused "a damaged payload: OVMF -kernel" \
	--kernel "$boot/$name-damaged.efi" --cmdline "$from_loader" --initrd "$boot/loader.cpio.gz"
boot_refused "a damaged payload: from disk" --disk "$boot/$name-full-damaged.efi"
plan
