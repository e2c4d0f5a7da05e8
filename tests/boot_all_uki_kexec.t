#!/usr/bin/env bash
# SPDX-License-Identifier: BSD-2-Clause
#
# With Secure Boot on, a locked-down kernel starts a signed unified kernel image by kexec_file_load()
# as it is: the file is a bzImage, too, and brings its command line and initrd. It does not start the
# image if one bit is changed, nor any kernel by kexec_load().
# shellcheck source=tests/secure.sh
. tests/secure.sh
need kexec cpio ldd

name=6.12-cloud
kernel "$name"
initramfs image
first=$work/first
mkdir "$first"
osrel=$'ID=test\nPRETTY_NAME="Test OS"'

# uki OUT INITRD: $boot/OUT-db.efi, signed with our key
uki() {
	pack "$1" "$boot/$name.vmlinuz" --uki --os-release "$osrel" --cmdline "$from_image" \
		--initrd "$2"
	sign "$1-db" "$boot/$1.efi" db
}

# first_initramfs: $work/first.cpio
first_initramfs() {
	cp "$boot/uki-kexec-db.efi" "$first/next.efi"
	cp "$work/changed.efi" "$first/changed.efi"
	initramfs_of "$first" "$work/first.cpio" kexec <<-END
		#!/bin/busybox sh
		/bin/busybox --install -s /bin
		mkdir /proc /sys
		mount -t proc proc /proc
		mount -t sysfs sysfs /sys
		mount -t securityfs none /sys/kernel/security
		dmesg -n 1
		exec </dev/console >/dev/console 2>&1
		echo "BZBOOT lockdown=\$(cat /sys/kernel/security/lockdown)"
		given="$from_image bzboot.kexec"
		kexec --kexec-file-syscall --load /changed.efi --command-line="\$given" ||
			echo "BZBOOT changed=refused"
		kexec --kexec-syscall --load /next.efi --command-line="\$given" ||
			echo "BZBOOT unverified=refused"
		kexec --kexec-file-syscall --load /next.efi --command-line="\$given" &&
			echo "BZBOOT signed=taken" && kexec --exec
		stty -echo
		poweroff -f
	END
}

uki uki-kexec "$boot/image.cpio.gz"
flip_payload_byte "$boot/uki-kexec-db.efi" "$work/changed.efi"
first_initramfs
uki uki-first "$work/first.cpio"
start --disk "$boot/uki-first-db.efi" --secure "$own"
expect_lines "$enabled" "$locked"
expect changed=refused unverified=refused signed=taken "lockdown=*\[integrity\]*" \
	userspace=reached initrd=ok initrd_id=image "cmdline=$from_image bzboot.kexec"
finish_boot "kexec under lockdown starts a signed unified kernel image"
plan
