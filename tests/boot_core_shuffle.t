#!/usr/bin/env bash
# SPDX-License-Identifier: BSD-2-Clause
#
# The stub puts the functions of a kernel in another order: by each of its entries, the test kernel
# has the text that bzboot shuffle gives it by the same seed; noshuffle and nokaslr leave it as it was
# linked. With Secure Boot on, the seed cannot be chosen. tests/boot_all_shuffle.t boots Debian's kernel.
# shellcheck source=tests/secure.sh
. tests/secure.sh
need gzip objcopy

kernel=$build/tests/kernel/testkernel-relocs.elf
seed=bzboot.seed=5
prefix=TESTKERNEL

# text_of KERNEL: the line that the test kernel prints for its text, from text_first to text_last
text_of() {
	objcopy -O binary -j .text "$1" "$work/text"
	head -c -8 "$work/text" >"$work/without_last"
	initrd_lines "$work/without_last" | sed -n 's/^initrd_crc32/text_crc32/p'
}

"$bzboot" shuffle "$kernel" -o "$work/shuffled.elf" --seed 5 --quiet
linked=$(text_of "$kernel")
shuffled=$(text_of "$work/shuffled.elf")
[[ $linked == text_crc32=0x* && $linked != "$shuffled" ]] || fault "$linked, and shuffled $shuffled"
finish "the text of the kernel as it is linked, and in the order of a seed"

printf 'ID=test\nPRETTY_NAME="Test OS"\n' >"$work/osrel"
pack shuffle "$kernel" --shuffle
pack shuffle-5 "$kernel" --shuffle=5
pack shuffle-uki "$kernel" --shuffle --uki --os-release "@$work/osrel" --uname 1 \
	--cmdline "console=ttyS0 $seed"
sign shuffle-db "$boot/shuffle.efi" db

boot_ok "EFI, a seed" --kernel "$boot/shuffle.efi" --cmdline "console=ttyS0 $seed" \
	-- failures=0 "$shuffled"
boot_ok "a unified kernel image, a seed in its command line" --disk "$boot/shuffle-uki.efi" \
	-- failures=0 "$shuffled"
start --kernel "$boot/shuffle-db.efi" --cmdline "console=ttyS0 $seed" --secure "$own"
expect secure_boot=3 failures=0
expect_lines "*bzboot: bzboot.seed= is left out: Secure Boot is on"
finish_boot "EFI, Secure Boot is on: the seed is left out"

# shellcheck source=tests/direct.sh
. tests/direct.sh
trap 'rm -rf "$work" "$temporary"' EXIT

# entered IMAGE WORDS TEXT ENTRY: one test, without firmware
entered() {
	boot_ok "entry $4, ${1}${2:+, $2}" --image "$boot/$1.efi" --loader "entry=$4 at=0x1000000" \
		--cmdline "console=ttyS0 $2" --timeout 60 -- failures=0 "$3"
}

entered shuffle $seed "$shuffled" 64
entered shuffle $seed "$shuffled" 32
entered shuffle-5 "" "$shuffled" 64
entered shuffle "$seed noshuffle" "$linked" 64
entered shuffle "$seed nokaslr" "$linked" 32
plan
