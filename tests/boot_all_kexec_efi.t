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

# put FILE PATH: copy FILE into the first kernel's initramfs
put() {
	install -D -m 755 "$1" "$tree/$2"
}

# first_initramfs: $boot/kexec.cpio, whose init starts the next kernel by kexec_load()
first_initramfs() {
	local file
	mkdir -p "$tree/dev"
	put /bin/busybox bin/busybox
	put "$(command -v kexec)" bin/kexec
	while read -r file; do
		put "$file" "$file"
	done < <(ldd "$(command -v kexec)" | grep -o '/[^ ]*')
	put "$boot/$name.efi" kernel
	put "$boot/loader.cpio.gz" initrd
	cat >"$tree/init" <<-END
		#!/bin/busybox sh
		/bin/busybox mkdir /proc /sys
		/bin/busybox mount -t proc proc /proc
		/bin/busybox mount -t sysfs sysfs /sys
		/bin/kexec --kexec-syscall --mem-min=$window_start --mem-max=$window_end --load /kernel \
			--initrd=/initrd --command-line='$from_loader panic=-1' && /bin/kexec --exec
	END
	chmod 755 "$tree/init"
	(cd "$tree" && find . | cpio -o -H newc --quiet --owner 0:0) >"$boot/kexec.cpio"
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
