#!/usr/bin/env bash
# SPDX-License-Identifier: BSD-2-Clause
# What is for guests of SEV-SNP, on a machine that is none: whatever firmware or loader say of it,
# no kernel may follow. What such a guest gets is shown by tests/t_stub_guest.c alone.
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

prefix=BZBOOT
name=6.12-cloud
kernel "$name"
pack "$name" "$boot/$name.vmlinuz"
initramfs loader
boot_ok "$name, junk" --image "$boot/$name.efi" --initrd "$boot/loader.cpio.gz" \
	--cmdline "$from_loader panic=-1" --loader "entry=64 cc_blob=0xdeadbeef" \
	-- userspace=reached
plan
