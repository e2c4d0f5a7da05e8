#!/usr/bin/env bash
# SPDX-License-Identifier: BSD-2-Clause
# KASLR of Debian's kernels: the places it chooses, the options that turn it off, its sources of
# randomness
#
#   tests/boot_all_kaslr.t		the places of the oldest and the newest of three kernels
#   tests/boot_all_kaslr.t --all	of all three
. tests/boot.sh
. tests/kaslr.sh

weak='bzboot: KASLR is weak: neither processor nor firmware has random numbers'
initramfs loader

# by_loader NAME CMDLINE RUN-ARGUMENT...: set run
by_loader() {
	run=(--kernel "$boot/$1.efi" --initrd "$boot/loader.cpio.gz"
		--cmdline "$from_loader${2:+ $2}" "${@:3}")
}

# The lowest place is the first that the firmware leaves free: the same one for all kernels. There
# are about 500 places, physical and virtual: three boots have the same address once in 250,000
# times.
lowest=
for name in 6.1-cloud 6.12-cloud latest; do
	kernel "$name"
	pack "$name" "$boot/$name.vmlinuz"
	[ "$name" != 6.12-cloud ] || [ "${1-}" = --all ] || continue
	expected=("release=$(release "$name")" userspace=reached initrd=ok)
	by_loader "$name" nokaslr
	boot_ok "$name, nokaslr: where it was linked, at the lowest place" "${run[@]}" \
		-- "${expected[@]}" "virtual=$link_address" "physical=${lowest:-*[02468ace]00000}"
	lowest=${lowest:-$(said physical)}

	by_loader "$name" ""
	forget_places
	for i in 1 2 3; do
		boot_somewhere "$name, boot $i" "${run[@]}" -- "${expected[@]}"
	done
	none_below "$lowest"
	places_differ "$name: not where it was" 2
done

# The firmware does not know of all reserved memory: the physical address is not random.
forget_places
for words in "6.1-cloud mem=512M" "6.12-cloud memmap=16M\$0x30000000"; do
	read -r name word <<<"$words"
	by_loader "$name" "$word"
	boot_somewhere "$name, $word: at the lowest place" "${run[@]}" \
		-- userspace=reached initrd=ok "physical=$lowest"
done
differ 2 "virtual addresses" "$link_address" "${virtuals[@]}"
finish "mem= and memmap=: the virtual address is random"

# OVMF's random numbers come from a virtio-rng device.
name=6.12-cloud
by_loader "$name" "" --cpu qemu64
forget_places
for i in 1 2 3; do
	boot_somewhere "no RDRAND, no EFI_RNG_PROTOCOL, boot $i" "${run[@]}" -- userspace=reached
	same "lines '$weak'" 1 "$(grep -cF "$weak" "$log" || true)"
done
places_differ "no RDRAND, no EFI_RNG_PROTOCOL: bzboot warns, and places are random" 2

by_loader "$name" "" --cpu qemu64 -- -device virtio-rng-pci
forget_places
for i in 1 2 3; do
	boot_somewhere "no RDRAND, but EFI_RNG_PROTOCOL, boot $i" "${run[@]}" \
		-- userspace=reached
	! grep -qF "$weak" "$log" || fault "boot $i: bzboot warns that KASLR is weak"
done
places_differ "no RDRAND, but EFI_RNG_PROTOCOL: random" 2
plan
