#!/usr/bin/env bash
# SPDX-License-Identifier: BSD-2-Clause
# Several CPUs, of new and old models
. tests/boot.sh

initramfs loader
by_loader=(--initrd "$boot/loader.cpio.gz" --cmdline "$from_loader")
for name in 6.1-cloud latest-cloud; do
	kernel "$name"
	pack_both "$name" "$boot/$name.vmlinuz"
	expected=("release=$(release "$name")" userspace=reached initrd=ok)
	boot_ok "$name: OVMF -kernel, 2 CPUs" \
		--kernel "$boot/$name.efi" "${by_loader[@]}" --cpus 2 \
		-- "${expected[@]}" cpus=2
	boot_ok "$name: from disk, 2 CPUs without RDRAND" \
		--disk "$boot/$name-full.efi" --cpus 2 --cpu qemu64 \
		-- "${expected[@]}" cpus=2
done
plan
