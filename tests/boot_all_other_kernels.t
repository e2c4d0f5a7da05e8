#!/usr/bin/env bash
# SPDX-License-Identifier: BSD-2-Clause
#
# Kernels in Debian that are not Linux: the messages of pack and check, and a boot of U-Boot by the
# code in docs/kernel.md.
. tests/boot.sh
. tests/bios.sh
need gcc ld

# refused NAME MESSAGE FILE...: one test: pack and check refuse each file with that message
refused() {
	local file
	for file in "${@:3}"; do
		[ -s "$file" ] || fail "$file is missing"
		if said=$("$bzboot" pack -o "$temporary/image" "$file" 2>&1); then
			fault "pack: $file is accepted"
		fi
		same "pack" "bzboot: $file: $2" "$said"
		if said=$("$bzboot" check --for bzboot --only kernel-pack "$file" 2>&1); then
			fault "check: $file is accepted"
		fi
		same "check" "$file: error: kernel-pack: $2" "$said"
	done
	finish "$1"
}

memtest=$(tools/unpacked.sh memtest86+)
no_payload="bzImage: no payload, so no ELF to unpack"
refused "Xen" "is a 32-bit ELF file for Multiboot loaders, not a kernel that bzboot packs" \
	/boot/xen-*-amd64.gz
refused "Xen for EFI" "is an x86-64 PE image, not a kernel that bzboot packs" /boot/xen-*-amd64.efi
refused "GRUB" "is a 32-bit x86 ELF file, not a kernel that bzboot packs" \
	/usr/lib/grub/i386-pc/kernel.img
refused "GRUB, lnxboot.img" "$no_payload (boot protocol 2.03)" /usr/lib/grub/i386-pc/lnxboot.img
refused "memtest86+" "$no_payload (boot protocol 2.12)" "$memtest"/boot/memtest86+*

# --- U-Boot -------------------------------------------------------------------

tests/embed/block.sh asm 2 kernel >"$temporary/u-boot.S"
gcc -c "$temporary/u-boot.S" -o "$temporary/u-boot.o"
ld -N --no-warn-rwx-segments -Ttext=0x1100000 "$temporary/u-boot.o" -o "$temporary/u-boot.elf"
pack u-boot "$temporary/u-boot.elf"
boot_stops "U-Boot starts to its prompt" '=>*' --kernel "$boot/u-boot.efi"
plan
