#!/usr/bin/env bash
# SPDX-License-Identifier: BSD-2-Clause
#
# A firmware whose allocations are not executable, and whose images have read-only code. The driver
# of tests/efi turns OVMF into one.
. tests/boot.sh

driver=$build/tests/efi/driver.efi
made "$boot/testkernel-5.elf" "$testkernel" -- objcopy \
	--add-symbol __pgtable_l5_enabled=.data:0,global "$testkernel" "$boot/testkernel-5.elf"
pack testkernel-nx "$testkernel" --cmdline "$from_image"

# protected NAME HOW IMAGE EXPECTED...
protected() {
	start --kernel "$driver" --cmdline "protection=$2" --disk "$boot/$3.efi" --timeout 60
	expect "${@:4}"
	finish_boot "$1"
}

prefix=DRIVER
protected "the control: no protocol to ask" only testkernel-nx page_fault

start --kernel "$driver" --cmdline protection=protocol --disk "$boot/testkernel-nx.efi" --timeout 60
expect "fault=protected failed=nothing exit=reached status=0x8???????????????\
 pages=0 pools=0 events=0 files=0 tables=0 wrong=0"
finish_boot "memory that is freed has its old attributes"

prefix=TESTKERNEL
expected=(failures=0 efi=ok efi_map=ok places=ok)
protected "test kernel, EFI_MEMORY_ATTRIBUTE_PROTOCOL" protocol testkernel-nx "${expected[@]}"
protected "test kernel, DXE services" services testkernel-nx "${expected[@]}"
protected "test kernel, DXE services, mirrored memory" reliable testkernel-nx "${expected[@]}"
start --kernel "$driver" --cmdline protection=refused --disk "$boot/testkernel-nx.efi" --timeout 60
expect "${expected[@]}"
line_of "bzboot: the firmware refuses to make memory executable*" >/dev/null || fault "no message"
finish_boot "test kernel, DXE services that fail: it warns and continues"

prefix=BZBOOT
for name in 6.1-cloud 6.12-cloud; do
	kernel "$name"
	pack_both "$name" "$boot/$name.vmlinuz"
	expected=("release=$(release "$name")" userspace=reached initrd=ok)
	protected "$name, DXE services" services "$name-full" "${expected[@]}"
	start --kernel "$driver" --cmdline protection=protocol --disk "$boot/$name-full.efi" --timeout 60
	expect "${expected[@]}"
	prefix=DRIVER expect "attribute=set base=0x* size=0x*000 what=RO" \
		"attribute=cleared base=0x* size=0x*000 what=XP"
	! sed '1,/^DRIVER protection=on/d' "$log" | grep -q '^DRIVER attribute=set .*what=XP' ||
		fault "data is made non-executable, which Linux's own stub never does"
	finish_boot "$name, EFI_MEMORY_ATTRIBUTE_PROTOCOL"
done
plan
