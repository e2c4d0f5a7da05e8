#!/usr/bin/env bash
# SPDX-License-Identifier: BSD-2-Clause
# Little memory, much memory, and memory above 4 GiB
. tests/boot.sh
. tests/kaslr.sh

initramfs loader
by_loader=(--initrd "$boot/loader.cpio.gz" --cmdline "$from_loader")
for name in 6.1-cloud 6.12; do
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

# below_4_gib MIB CMDLINE: set run to a boot with 2 GiB of memory, at most MIB of it below 4 GiB
below_4_gib() {
	run=(--kernel "$boot/6.12.efi" --initrd "$boot/loader.cpio.gz" --cmdline "$from_loader$2"
		--memory 2048 -- -machine "q35,max-ram-below-4g=$1M")
}

# The firmware leaves too little of 128 MiB for a kernel, but enough of 512 MiB.
expected=("release=$(release 6.12)" userspace=reached initrd=ok)
below_4_gib 512 " nokaslr"
boot_ok "512 MiB below 4 GiB, nokaslr: there" "${run[@]}" \
	-- "${expected[@]}" "virtual=$link_address" "physical=0???????"
below_4_gib 128 " nokaslr"
boot_somewhere "128 MiB below 4 GiB, nokaslr: above" "${run[@]}" \
	-- "${expected[@]}" "virtual=$link_address"
below_4_gib 128 ""
# With hundreds of places above, three boots do not have the same one.
for i in 1 2; do
	boot_somewhere "128 MiB below 4 GiB: above, boot $i" "${run[@]}" -- "${expected[@]}"
done
differ 2 "physical addresses" "${physicals[@]}"
none_below 100000000
finish "128 MiB below 4 GiB: above, at two places"
plan
