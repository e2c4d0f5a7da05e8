#!/usr/bin/env bash
# SPDX-License-Identifier: BSD-2-Clause
# Little and much memory
. tests/boot.sh

initramfs loader
by_loader=(--initrd "$boot/loader.cpio.gz" --cmdline "$from_loader")
for name in 6.1 6.12; do
	kernel "$name"
	pack_both "$name" "$boot/$name.vmlinuz"
	expected=("release=$(release "$name")" userspace=reached initrd=ok)
	boot_ok "$name: OVMF -kernel, 512 MiB" \
		--kernel "$boot/$name.efi" "${by_loader[@]}" --memory 512 \
		-- "${expected[@]}" "memory_kb=4[0-9][0-9][0-9][0-9][0-9]"
	boot_ok "$name: from disk, 6 GiB" \
		--disk "$boot/$name-full.efi" --memory 6144 \
		-- "${expected[@]}" "memory_kb=6[0-9][0-9][0-9][0-9][0-9][0-9]"
done
plan
