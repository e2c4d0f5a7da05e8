#!/usr/bin/env bash
# SPDX-License-Identifier: BSD-2-Clause
#
# Kernels with relocations of their linker, which test that all fields were moved: tests/reloc. They
# run at their physical address, so fields move under KASLR, and without it if the load address is
# in use.
. tests/boot.sh
. tests/kaslr.sh

prefix=TESTKERNEL
of_all=(failures=0 wide=ok spread=ok unaligned=ok edges=ok outside=ok constants=ok got=ok)
of_fixed=(edge_absolute=ok constant_inside=ok half=ok half_constants=ok distances=ok code=ok
	missing=ok)

# boot_kernel NAME CMDLINE RUN-ARGUMENT...: one test; sets place to where the kernel was
boot_kernel() {
	local image=reloc-$1 expected=("${of_all[@]}")
	[[ $1 == pie* ]] || expected+=("${of_fixed[@]}")
	[[ $1 != *many ]] || expected+=(many=ok)
	pack "$image" "$build/tests/reloc/$1.elf"
	boot_ok "$1, ${2:-KASLR}" --kernel "$boot/$image.efi" --cmdline "$2" "${@:3}" \
		-- "${expected[@]}"
	place=$(said load_address)
}

for kernel in pie-rela pie-rela-lld pie-relr pie-relr-lld exec exec-lld exec-many; do
	boot_kernel "$kernel" ""
	[[ $kernel == *-lld ]] || boot_kernel "$kernel" nokaslr
done

# The last one again. With KASLR, places differ: tests/boot_core_own_kernel.t.
first=$place
boot_kernel "$kernel" nokaslr
same "the place" "${first:-known}" "$place"
finish "without KASLR a kernel is always at the same place"
plan
