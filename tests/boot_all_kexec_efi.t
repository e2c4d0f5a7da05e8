#!/usr/bin/env bash
# SPDX-License-Identifier: BSD-2-Clause
#
# kexec from a kernel that EFI has started. The next kernel must stay where it was loaded: its e820
# map lists memory as RAM that contains the firmware's tables. kexec loads it into a window of an
# eighth of memory; by chance, three kernels at random places would all be in it once in 512 runs.
# The virtual address is random anyway.
. tests/boot.sh
. tests/kaslr.sh
need kexec cpio ldd

window_start=0x10000000
window_end=0x18000000
name=latest-cloud
kernel "$name"
pack "$name" "$boot/$name.vmlinuz"
initramfs loader
tree=$(mktemp -d)
trap 'rm -rf "$tree"' EXIT

# first_initramfs: $boot/kexec.cpio, whose init starts the next kernel by kexec_load()
first_initramfs() {
	cp "$boot/$name.efi" "$tree/kernel"
	cp "$boot/loader.cpio.gz" "$tree/initrd"
	initramfs_of "$tree" "$boot/kexec.cpio" kexec <<-END
		#!/bin/busybox sh
		/bin/busybox mkdir /proc /sys
		/bin/busybox mount -t proc proc /proc
		/bin/busybox mount -t sysfs sysfs /sys
		/bin/kexec --kexec-syscall --mem-min=$window_start --mem-max=$window_end --load /kernel \
			--initrd=/initrd --command-line='$from_loader panic=-1' && /bin/kexec --exec
	END
}

first_initramfs
for i in 1 2 3; do
	start --kernel "$boot/$name.efi" --initrd "$boot/kexec.cpio" \
		--cmdline "console=ttyS0 panic=-1"
	expect userspace=reached initrd=ok firmware=efi "cmdline=$from_loader panic=-1" "${anywhere[@]}"
	physical=$((16#0$(said physical)))
	[ "$physical" -ge $((window_start)) ] && [ "$physical" -lt $((window_end)) ] ||
		fault "the kernel is at $(printf %#x "$physical"), not where it was loaded"
	virtuals+=("$(said virtual)")
	finish_boot "kexec under EFI, $i: the kernel stays where it was loaded"
done
differ 2 "virtual addresses" "${virtuals[@]}"
finish "kexec under EFI: the virtual address is random"
plan
