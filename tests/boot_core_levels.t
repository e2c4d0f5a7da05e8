#!/usr/bin/env bash
# SPDX-License-Identifier: BSD-2-Clause
#
# The number of levels of page tables that a kernel runs with: OVMF uses four, -cpu max supports
# five. Linux keeps the number at its entry. Entries other than EFI's: tests/boot_core_direct.t.
. tests/boot.sh

name=6.12-cloud
kernel "$name"
initramfs loader
pack "$name" "$boot/$name.vmlinuz"

# both HOW EXPECTED RUN-ARGUMENT...: our image does the same as the control; HOW are words for the
# kernel
both() {
	local image which
	for image in "$name.vmlinuz" "$name.efi"; do
		which="$name${1:+, $1}"
		[ "$image" != "$name.vmlinuz" ] || which+=", the control"
		boot_ok "$which: $2 levels" --kernel "$boot/$image" "${@:3}" \
			--initrd "$boot/loader.cpio.gz" --cmdline "$from_loader${1:+ $1}" \
			-- userspace=reached initrd=ok "levels=$2"
	done
}

both "" 5
both no5lvl 4
boot_ok "$name, a CPU without them: 4 levels" --kernel "$boot/$name.efi" --cpu max,-la57 \
	--initrd "$boot/loader.cpio.gz" --cmdline "$from_loader" -- userspace=reached levels=4
boot_ok "$name, 6 GiB: 5 levels" --kernel "$boot/$name.efi" --memory 6144 \
	--initrd "$boot/loader.cpio.gz" --cmdline "$from_loader" -- userspace=reached levels=5
plan
