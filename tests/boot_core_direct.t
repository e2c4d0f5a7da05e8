#!/usr/bin/env bash
# SPDX-License-Identifier: BSD-2-Clause
# The 32-bit and the 64-bit entry, as used by loaders other than firmware: the state that the kernel
# gets, whatever the loader leaves undefined; and Debian's kernel, up to userspace.
. tests/boot.sh
. tests/direct.sh

probing_initramfs probing 0
initrd=$boot/probing.cpio
mapfile -t same_initrd < <(initrd_lines "$initrd")

# --- the test kernel ----------------------------------------------------------

prefix=TESTKERNEL
cmdline="console=ttyS0 handoff one=1 two=\"a b\""
pack testkernel "$testkernel"

passes=(
	failures=0 bss=ok segments=ok registers=ok flags=ok header=ok load=ok e820=ok
	command_line=ok efi=absent places=ok acpi=ok screen=absent type_of_loader=0xff
	"${same_initrd[@]}"
)
intact=("${passes[@]}" given=ok holes=ok)

# handed LOADER-WORDS ARGUMENT... -- KEY=VALUE...: a test, with the common expectations; on $cpu
handed() {
	boot_ok "test kernel, $1${cpu:+, $cpu}" --image "$boot/testkernel.efi" \
		--initrd "$initrd" --cmdline "$cmdline" --timeout 30 ${cpu:+--cpu "$cpu"} \
		--loader "$@" "cmdline=$cmdline"
}
cpu=

for entry in 32 64; do
	handed "entry=$entry at=0x100000" -- "${intact[@]}" levels=4 mem_encryption=off
	for at in 0x200000 0x1000000 0x123400 0x7fffe00; do
		handed "entry=$entry at=$at junk=1" -- "${intact[@]}" levels=4
	done
	handed "entry=$entry sse=on" -- "${intact[@]}"
	# We set PAE, OSFXSR and OSXMMEXCPT, keep MCE, and clear PGE, SMEP, SMAP and UMIP.
	handed "entry=$entry cr4=0x3008c0" -- "${intact[@]}" cr4=0x660
	handed "entry=$entry selectors=shifted junk=1" -- "${intact[@]}"
	handed "entry=$entry at=0x200000 initrd=after" -- "${intact[@]}"
	handed "entry=$entry at=0x1000000 initrd=low" -- "${intact[@]}"
	handed "entry=$entry e820=300" -- "${intact[@]}" e820_entries=300
	# coreboot's boot_params have no setup_data, in which the loader describes what it passed.
	handed "entry=$entry style=coreboot" -- "${passes[@]}"
	handed "entry=$entry style=copy junk=1" -- "${intact[@]}"
done
handed "entry=64 at=0x140000000 junk=1" --memory 6144 -- "${intact[@]}" ram_above_4g_mib=3072
handed "entry=64 at=0x140000000 initrd=0x150000000 e820=200" --memory 6144 \
	-- "${intact[@]}" e820_entries=200
handed "entry=64 selectors=shifted map=1g initrd=0x150000000" --memory 6144 -- "${intact[@]}"
handed "entry=64 map=4g initrd=0x150000000" --memory 6144 -- "${intact[@]}"
# Room for five page tables, or four if the image is not on a page boundary
cpu=max,-pdpe1gb
for entry in 32 64; do
	handed "entry=$entry at=0x1000000 junk=1" --memory 3072 -- "${intact[@]}" levels=4
	for at in 0x3ffffe00 0x40000200; do
		handed "entry=$entry at=$at junk=1" --memory 3072 -- "${intact[@]}" levels=4
	done
done
handed "entry=64 at=0x140000200 junk=1" --memory 6144 -- "${intact[@]}" ram_above_4g_mib=3072
cpu=
# Its setup header does not declare support for five levels.
handed "entry=64 la57=1 junk=1" -- "${intact[@]}" levels=4

plain=$cmdline
cmdline+=" mem_encrypt=on"
for entry in 32 64; do
	handed "entry=$entry junk=1" -- "${intact[@]}" mem_encryption=on
done
cmdline=$plain

# With nokaslr a kernel is at 16 MiB, or elsewhere if the image, the initrd or the like is there.
cmdline+=" nokaslr"
handed "entry=64 at=0x100000" -- "${intact[@]}" load_address=0x1000000
for thing in initrd params cmdline setup_data; do
	handed "entry=64 at=0x100000 $thing=0x1700000" -- "${intact[@]}"
done
for holes in split overlap; do
	handed "entry=32 at=0x1e00000 holes=$holes" -- "${intact[@]}"
	handed "entry=64 at=0x1e00000 holes=$holes e820=300" -- "${intact[@]}"
done
handed "entry=32 at=0x1700000" -- "${intact[@]}"
# The loader may place its GDT and page tables anywhere.
handed "entry=32 at=0x100000 tables=0x1700000" -- "${intact[@]}" load_address=0x1000000
handed "entry=64 at=0x100000 tables=0x1700000" -- "${intact[@]}" load_address=0x1000000
crowded="params=0x1600000 cmdline=0x1800000 setup_data=0x1a00000 tables=0x1c00000"
handed "entry=32 at=0x100000 initrd=0x2000000 $crowded" -- "${intact[@]}"
handed "entry=64 at=0x1000000 initrd=0x2000000 $crowded" -- "${intact[@]}"

# --- Debian's kernel ----------------------------------------------------------

prefix=BZBOOT
name=6.12-cloud
kernel "$name"
pack "$name" "$boot/$name.vmlinuz"
by_loader=(--initrd "$initrd" --cmdline "$from_loader rdinit=/probe panic=-1")
userspace=(
	userspace=reached initrd=ok firmware=bios "cmdline=$from_loader rdinit=/probe panic=-1"
	"release=$(release "$name")" levels=5
)

for entry in 32 64; do
	boot_ok "$name, entry $entry, the control" --image "$boot/$name.vmlinuz" "${by_loader[@]}" \
		--loader "entry=$entry at=0x1000000" -- "${userspace[@]}"
	boot_ok "$name, entry $entry" --image "$boot/$name.efi" "${by_loader[@]}" \
		--loader "entry=$entry at=0x100000 initrd=after junk=1" \
		-- "${userspace[@]}"
done
boot_ok "$name, entry 64, five levels" --image "$boot/$name.efi" "${by_loader[@]}" \
	--loader "entry=64 at=0x1000000 la57=1" -- "${userspace[@]}"
# 42 ms of a clock that counts instructions: the interrupt comes during decompression.
boot_ok "$name, a non-maskable interrupt" --image "$boot/$name.efi" "${by_loader[@]}" \
	--loader "entry=64 nmi=50000" -- -icount 3 -- "${userspace[@]}"
for words in "entry=32 at=0x1000000" "entry=64 at=0x1000000 la57=1"; do
	boot_ok "$name, $words, no5lvl" --image "$boot/$name.efi" --initrd "$initrd" \
		--cmdline "$from_loader rdinit=/probe panic=-1 no5lvl" --loader "$words" \
		-- userspace=reached initrd=ok levels=4
done

# --- errors -------------------------------------------------------------------

cannot=(--initrd "$initrd" --loader "entry=32 at=0x1000000" --cmdline)
boot_halts "a processor without 64-bit mode, console=ttyS0" '*bzboot:*64-bit*' \
	--image "$boot/testkernel.efi" "${cannot[@]}" "console=ttyS0" --cpu max,-lm
boot_halts "a processor without 64-bit mode, earlyprintk=serial" '*bzboot:*64-bit*' \
	--image "$boot/testkernel.efi" "${cannot[@]}" "earlyprintk=serial" --cpu qemu32
for stub in overrun:stack missing:decoder; do
	pack "testkernel-${stub%:*}" "$testkernel" --compress none \
		--stub "$build/tests/stub/${stub%:*}.elf"
	boot_halts "a decoder that cannot continue: ${stub#*:}" "*bzboot: *${stub#*:}*" \
		--image "$boot/testkernel-${stub%:*}.efi" "${cannot[@]}" "console=ttyS0"
done
# Four of five tables cover the image where it crosses a GiB, and only four are complete.
for entry in 32 64; do
	for thing in params cmdline; do
		boot_halts "entry $entry: $thing cannot be mapped" '*bzboot: *too far apart*' \
			--image "$boot/testkernel.efi" --cpu max,-pdpe1gb --memory 3072 \
			--loader "entry=$entry at=0x3ffffe00 $thing=0x80010000"
	done
done
damage "$name" "$name-damaged"
boot_halts "a damaged payload" '*bzboot:*payload*' \
	--image "$boot/$name-damaged.efi" "${cannot[@]}" "console=ttyS0"
plan
