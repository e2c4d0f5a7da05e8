#!/usr/bin/env bash
# SPDX-License-Identifier: BSD-2-Clause
# The code for guests of SEV-SNP, on a machine that is not one: no claim of firmware or loader may
# make the kernel act like such a guest. The state that a real guest gets is tested by
# tests/t_stub_guest.c only. The loader of tests/direct simulates a guest of SEV-ES in one respect:
# CPUID faults.
. tests/boot.sh

pack testkernel "$testkernel"
prefix=TESTKERNEL
for what in blob handover=params; do
	boot_ok "test kernel under EFI, $what" --kernel "$build/tests/efi/driver.efi" \
		--cmdline "$what" --disk "$boot/testkernel.efi" -- failures=0 efi=ok cc_blob=0x0
done

. tests/direct.sh
for words in "entry=32" "entry=64"; do
	boot_ok "test kernel, $words, junk" --image "$boot/testkernel.efi" --cmdline quiet --timeout 30 \
		--loader "$words cc_blob=0xdeadbeef" -- failures=0 cc_blob=0x0
done

start --image "$boot/testkernel.efi" --timeout 30 --cmdline "console=ttyS0 nokaslr bzboot.debug" \
	--loader "entry=64 sev=1"
expect failures=0 levels=4 entry_high_bits=0x8
! line_of 'bzboot: *' >/dev/null || fault "bzboot used the serial port"
finish_boot "test kernel, a guest of SEV-ES: no CPUID, no ports, an encryption bit"

prefix=BZBOOT
name=6.12-cloud
kernel "$name"
pack "$name" "$boot/$name.vmlinuz"
initramfs loader
boot_ok "$name, junk" --image "$boot/$name.efi" --initrd "$boot/loader.cpio.gz" \
	--cmdline "$from_loader panic=-1" --loader "entry=64 cc_blob=0xdeadbeef" \
	-- userspace=reached
plan
