#!/usr/bin/env bash
# SPDX-License-Identifier: BSD-2-Clause
#
# The memory map that the kernel gets, entry by entry: Linux's own stub and ours, on the same
# machine.
. tests/boot.sh

name=6.12-cloud
kernel "$name"
initramfs loader
pack "$name" "$boot/$name.vmlinuz"

# e820_of IMAGE RUN-ARGUMENT...: boot it, and set entries to the map that the kernel prints
e820_of() {
	start --kernel "$boot/$1" "${@:2}" --initrd "$boot/loader.cpio.gz" \
		--cmdline "$from_loader nokaslr"
	expect userspace=reached
	entries=$(sed -n 's/.*BIOS-e820: //p' "$log")
	[ "$(wc -l <<<"$entries")" -ge 10 ] || fault "only: $entries"
}

for memory in 1024 6144; do
	e820_of "$name.vmlinuz" --memory "$memory"
	control=$entries
	e820_of "$name.efi" --memory "$memory"
	[ "$control" = "$entries" ] ||
		fault "$(diff <(echo "$control") <(echo "$entries") || true)"
	finish_boot "$name, $memory MiB: e820 as of Linux's own stub"
done
plan
