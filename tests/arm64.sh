# SPDX-License-Identifier: BSD-2-Clause
# shellcheck shell=bash
#
# Shared by the boot tests of arm64: EFI applications, keys and disks. Sourced by tests/boot_*_arm64.t.
# shellcheck source=tests/parity.sh
. tests/parity.sh
need clang lld-link ld.lld mcopy
use_machine arm64

# application NAME: $boot/NAME.efi, of tests/application/NAME.c. clang and lld make PE directly. Sections
# are in the file as in memory, as in a kernel's Image.
application() {
	made "$boot/$1.efi" "tests/application/$1.c" tests/application/say.h -- \
		build_application "$1" "$boot/$1.efi"
}

build_application() {
	local headers
	headers=$(tools/unpacked.sh gnu-efi:arm64/bookworm)/usr/include/efi || return 1
	clang --target=aarch64-unknown-windows -std=gnu17 -O1 -Wall -Wextra -Werror -ffreestanding \
		-fno-builtin -fno-stack-protector -fshort-wchar -isystem "$headers" \
		-isystem "$headers/aarch64" -c "tests/application/$1.c" -o "$2.o"
	lld-link -subsystem:efi_application -entry:efi_main -nodefaultlib -timestamp:0 \
		-filealign:4096 -out:"$2" "$2.o"
}

# application_elf NAME: $boot/NAME.elf, an ELF whose only segment is that application, with symbols:
# far more bytes than the application's bss has
application_elf() {
	application "$1"
	made "$boot/$1.elf" "$boot/$1.efi" tests/arm64.sh -- build_application_elf "$1"
}

build_application_elf() {
	{
		printf '.globl _start\n_start: .incbin "%s"\n' "$boot/$1.efi"
		seq -f 'symbol%.0f:' 20000
	} | clang --target=aarch64-linux-gnu -c -x assembler - -o "$boot/$1.elf.o" || return 1
	echo 'PHDRS { all PT_LOAD; } SECTIONS { .text 0x200000 : { *(.text) } :all }' >"$boot/$1.lds"
	ld.lld -T "$boot/$1.lds" "$boot/$1.elf.o" -o "$boot/$1.elf"
}

# sum_of FILE: of its bytes, in hexadecimal digits
sum_of() {
	od -An -v -t u1 "$1" | tr -s ' ' '\n' | awk '{ sum += $1 } END { printf "%x", sum }'
}

# call_returning NAME IMAGE EXPECTED...: one test: the application called by tests/application/caller.c
# returns, with these lines, and leaves nothing behind, not even over eight calls. Addons in $sockets
# are for it.
machine_options=()	# of QEMU's
call_returning() {
	local free lost
	application caller
	rm -rf "$sockets/tree"
	mkdir -p "$sockets/tree/EFI/BOOT"
	cp "$boot/caller.efi" "$sockets/tree/EFI/BOOT/BOOTAA64.EFI"
	cp "$2" "$sockets/tree/image.efi"
	if compgen -G "$sockets/*.addon.efi" >/dev/null; then
		mkdir -p "$sockets/tree/loader/addons"
		cp "$sockets"/*.addon.efi "$sockets/tree/loader/addons"
	fi
	start --tree "$sockets/tree" -- ${machine_options[@]+"${machine_options[@]}"}
	for line in "${@:3}"; do
		same "lines: $line" 8 "$(grep -cF -e "$line" "$log")"
	done
	same "calls that leave nothing" 8 \
		"$(grep -c '^CALLER .* image=same protocols=same handles=same tree=same ' "$log")"
	mapfile -t free < <(sed -n 's/^CALLER .* free=//p' "$log")
	lost=$((${free[1]-0} - ${free[-1]-0}))	# the console may take some for the first line
	[ "$lost" -le 1 ] || fault "$lost pages are lost over six calls"
	finish_boot "$1"
}

# device_tree FILE MODEL: the machine's own device tree, but with this model, of 16 characters. It is
# for -machine acpi=off: with ACPI, some devices are not there.
device_tree() {
	made "$1" -- make_device_tree "$@"
}

make_device_tree() {
	qemu-system-aarch64 -machine "virt,acpi=off,dumpdtb=$1.own" -cpu max,pauth-impdef=on -m 1024 \
		-nodefaults -display none 2>/dev/null || return 1
	LC_ALL=C sed "s/linux,dummy-virt/$2/g" "$1.own" >"$1"
}

keys=$boot/secure	# made by ovmf/keys.sh
new_keys() {
	rm -rf "$keys"
	ovmf/keys.sh "$keys" --machine arm64
}

# sign OUT IMAGE: $boot/OUT.efi, signed with our key
sign() {
	made "$keys/vars.fd" ovmf/keys.sh -- new_keys
	made "$boot/$1.efi" "$bzboot" "$2" "$keys/db.pem" -- "$bzboot" sign "$2" -o "$boot/$1.efi" \
		--key "$keys/db.key" --cert "$keys/db.pem"
}

# second_disk FILE IMAGE: a disk whose default boot file is this image
second_disk() {
	rm -f "$1"
	mkfs.fat -C "$1" $(($(stat -L -c %s "$2") / 1024 + 1024)) >/dev/null
	mmd -i "$1" ::/EFI ::/EFI/BOOT
	mcopy -i "$1" "$2" ::/EFI/BOOT/BOOTAA64.EFI
}
