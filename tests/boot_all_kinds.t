#!/usr/bin/env bash
# SPDX-License-Identifier: BSD-2-Clause
#
# Kinds of memory that QEMU lacks: unaccepted, specific purpose, more reliable, hot-pluggable. The
# driver of tests/efi changes the firmware's map: the 2 GiB above 4 GiB are of such a kind.
. tests/boot.sh

driver=$build/tests/efi/driver.efi
pack testkernel-plain "$testkernel" --cmdline nokaslr
pack testkernel-nosoft "$testkernel" --cmdline "efi=debug,nosoftreserve"

# with KIND IMAGE EXPECTED...
with() {
	start --kernel "$driver" --cmdline "$1" --disk "$boot/$2.efi" --memory 4096
	expect "${@:3}"
}

prefix=TESTKERNEL
intact=(failures=0 efi=ok efi_map=ok e820=ok places=ok)

# The first page is missing, and so the rest of its unit of 2 MiB; the firmware has allocated some,
# too. The test kernel compares all of it with the map.
with unaccepted testkernel-plain "${intact[@]}" unaccepted_version=1 \
	unaccepted_base=0x100000000 "unaccepted_mib=204[46]" "ram_above_4g_mib=204[46]"
prefix=DRIVER expect unaccepted=allowed "fault=unaccepted * pages=0 * tables=0 wrong=0"
finish_boot "unaccepted memory: a table for a kernel that supports it"

with special testkernel-plain "${intact[@]}" "soft_reserved_mib=204[78]" ram_above_4g_mib=0
finish_boot "specific-purpose memory: soft reserved"
with special testkernel-nosoft "${intact[@]}" soft_reserved_mib=0 "ram_above_4g_mib=204[78]"
finish_boot "specific-purpose memory, efi=nosoftreserve: RAM"

# Without more reliable memory, it would be at the lowest place.
with reliable testkernel-plain "${intact[@]}" "load_address=0x1????????"
finish_boot "more reliable memory: the kernel is in it"

# By chance, KASLR would choose this memory every other time.
with pluggable testkernel-nosoft "${intact[@]}"
! line_of "$prefix load_address=0x1????????" >/dev/null || fault "it is there"
finish_boot "hot-pluggable memory: the kernel is not in it"

# Such a kernel would use the memory as RAM, although it must not be touched.
prefix=BZBOOT
kernel 6.1-cloud
pack_both 6.1-cloud "$boot/6.1-cloud.vmlinuz"
with unaccepted 6.1-cloud-full userspace=reached "memory_kb=1[0-9][0-9][0-9][0-9][0-9][0-9]"
prefix=DRIVER
! line_of "DRIVER unaccepted=allowed" >/dev/null || fault "it has been left unaccepted"
finish_boot "unaccepted memory: left out for a kernel that does not support it"
plan
