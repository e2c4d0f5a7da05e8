# SPDX-License-Identifier: BSD-2-Clause
# shellcheck shell=bash disable=SC2154
# kexec: a running kernel, under SeaBIOS, loads the next one, which is identified by its command
# line and initrd. With both system calls, the 64-bit code is entered. The first kernel is the
# distribution's own image of the same kernel, the usual case for kexec.

# kexec-tools' code between the kernels adds this if it finds a return address for the first one: it
# misreads data that newer kernels leave in memory.
jump_back="?( kexec_jump_back_entry=0x*)"

loader kexec-load 64-bit "kexec_load" "cmdline=@$jump_back" firmware=bios \
	-- kexec_from bios --kexec-syscall
loader kexec-file 64-bit "kexec_file_load" "cmdline=@" firmware=bios \
	-- kexec_from bios --kexec-file-syscall
loader kexec-elf ELF "kexec_load of the ELF inside" "cmdline=@$jump_back" firmware=bios \
	-- kexec_elf

# kexec_elf: without relocations it runs at its link address. It is entered directly, with the first
# kernel's levels of page tables, and the small kernel supports only four.
kexec_elf() {
	take_elf
	kexec_from bios "--kexec-syscall --type=elf-x86_64 --args-linux" no5lvl
}

# kexec_from MACHINE OPTION [WORD]: WORD is for the first kernel's command line
kexec_from() {
	kexec_initramfs "$2"
	"$1" -kernel "$(first_kernel)" -initrd "$work/first" \
		-append "console=ttyS0 no_timer_check panic=-1 ${3-}"
}

# first_kernel: the small kernel has no kexec
first_kernel() {
	case $name in
	smp) echo "$boot/6.12-cloud.vmlinuz" ;;
	*) echo "$boot/$name.vmlinuz" ;;
	esac
}

# kexec_initramfs OPTION: $work/first, which starts $kernel
kexec_initramfs() {
	put_kernel
	initramfs_of "$work/tree" "$work/first" kexec <<-END
		#!/bin/busybox sh
		/bin/busybox mkdir /proc /sys
		/bin/busybox mount -t proc proc /proc
		/bin/busybox mount -t sysfs sysfs /sys
		/bin/kexec $1 --load /kernel --initrd=/initrd --command-line='$cmdline' &&
			/bin/kexec --exec
	END
}
