#!/usr/bin/env bash
# SPDX-License-Identifier: BSD-2-Clause
#
# examples/kernel, a kernel that is not Linux, in each way that it is linked: through OVMF, and by
# SeaBIOS. It prints pointers that are in its tables, so it says nothing if a field is wrong. So does
# the whole kernel in docs/kernel.md.
. tests/boot.sh
. tests/kaslr.sh
need gcc ld ld.lld

prefix=KERNEL
kernels=(pie-ld pie-lld exec-ld exec-lld)
link_virtual=ffffffff81000000
cmdline="console=ttyS0 of=loader"

# boot_kernel NAME CMDLINE: a boot of that kernel; its place is noted
boot_kernel() {
	start --kernel "$build/tests/example/$1.efi" --cmdline "$2"
	expect "cmdline=$2*"
	virtuals+=("$(said virtual)")
	physicals+=("$(said physical)")
}

# moved: the last boot was at an aligned place, and as far from the link address as it says
moved() {
	local virtual=${virtuals[-1]#0x} physical=${physicals[-1]#0x}
	[[ $virtual == ffffffff[89ab]??00000 ]] || fault "virtual address: '$virtual'"
	[[ $physical == ?????????*00000 ]] || fault "physical address: '$physical'"
	(((16#${virtual:-0} | 16#${physical:-0}) % 0x200000 == 0)) || fault "not aligned to 2 MiB"
	expect "$(printf 'slide=0x%016x' $((16#${virtual:-0} - 16#$link_virtual)))"
}

for kernel in "${kernels[@]}"; do
	boot_kernel "$kernel" "$cmdline"
	moved
	finish_boot "$kernel, OVMF, KASLR"
done
differ 2 "virtual addresses" "${virtuals[@]}"
differ 2 "physical addresses" "${physicals[@]}"
finish "OVMF: KASLR puts kernels to different places, physically and virtually"

# --- SeaBIOS ------------------------------------------------------------------

. tests/bios.sh
forget_places
for kernel in "${kernels[@]}"; do
	boot_kernel "$kernel" "$cmdline"
	moved
	finish_boot "$kernel, SeaBIOS, KASLR"
	[[ $kernel != *-lld ]] || continue
	boot_kernel "$kernel" "nokaslr $cmdline"
	expect physical=0x0000000001000000 virtual=0x$link_virtual slide=0x0000000000000000
	finish_boot "$kernel, SeaBIOS, no KASLR"
done
differ 3 "virtual addresses" "${virtuals[@]}"
differ 3 "physical addresses" "${physicals[@]}"
finish "SeaBIOS: KASLR puts kernels to different places, physically and virtually"

# --- the kernel in docs/kernel.md ---------------------------------------------

tests/embed/block.sh asm 1 kernel >"$temporary/start.S"
tests/embed/block.sh c 1 kernel >"$temporary/kernel.c"
tests/embed/block.sh sh 1 kernel >"$temporary/link.sh"
said=$(cd "$temporary" && bash -e link.sh 2>&1) || fail "docs/kernel.md: $said"
[ -z "$said" ] || fault "its commands print: $said"
for linker in ld lld; do
	pack "page-$linker" "$temporary/kernel-$linker.elf"
	boot_ok "docs/kernel.md, $linker" --kernel "$boot/page-$linker.efi" \
		--cmdline "linked by $linker" -- "cmdline=linked by $linker*"
done
plan
