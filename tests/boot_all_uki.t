#!/usr/bin/env bash
# SPDX-License-Identifier: BSD-2-Clause
#
# A unified kernel image boots from the menus that look for such images, and its sections are in
# PCR 11 as every tool that reads the file predicts it.
# shellcheck source=tests/parity.sh
. tests/parity.sh
need python3

name=6.12-cloud
kernel "$name"
initramfs image
cat >"$sockets/os-release" <<-END
	ID=test
	PRETTY_NAME="Test OS"
END
pack "$name-menu" "$boot/$name.vmlinuz" --uki --os-release "@$sockets/os-release" \
	--cmdline "$from_image bzboot.handoff" --initrd "$boot/image.cpio.gz"

# menu SUITE: $tree, a disk with systemd-boot of that suite of Debian, and the image for its menu
menu() {
	local folder
	folder=$(tools/unpacked.sh "systemd-boot-efi/$1")
	tree=$sockets/$1
	mkdir -p "$tree/EFI/BOOT" "$tree/EFI/Linux"
	cp "$folder/usr/lib/systemd/boot/efi/systemd-bootx64.efi" "$tree/EFI/BOOT/BOOTX64.EFI"
	ln "$boot/$name-menu.efi" "$tree/EFI/Linux/test.efi" 2>/dev/null ||
		cp "$boot/$name-menu.efi" "$tree/EFI/Linux/test.efi"
}

# predicted IMAGE: PCR 11 after the stub, by the names and the bytes of the sections in the file
predicted() {
	python3 - "$1" <<-'END'
		import hashlib, struct, sys

		image = open(sys.argv[1], "rb").read()
		pe = struct.unpack_from("<I", image, 0x3c)[0]
		count, = struct.unpack_from("<H", image, pe + 6)
		table = pe + 24 + struct.unpack_from("<H", image, pe + 20)[0]
		sections = {}
		for i in range(count):
		    name, virtual, _, raw, offset = struct.unpack_from("<8sIIII", image, table + 40 * i)
		    sections[name.rstrip(b"\0")] = image[offset:offset + min(raw, virtual)].ljust(virtual, b"\0")
		pcr = bytes(32)
		for name in ".linux .osrel .cmdline .initrd .ucode .splash .uname .sbat .pcrpkey".split():
		    data = sections.get(name.encode())
		    for part in [name.encode() + b"\0", data] if data else []:
		        pcr = hashlib.sha256(pcr + hashlib.sha256(part).digest()).digest()
		print(pcr.hex())
	END
}

# pcr_by_log PCR: from the event log of the last boot
pcr_by_log() {
	said "$log" event_log | base64 -d >"$sockets/log"
	tpm2_eventlog "$sockets/log" >"$sockets/events" 2>"$sockets/err" || fault "$(<"$sockets/err")"
	sed -n '/^pcrs:/,$p' "$sockets/events" | sed -n '/sha256:/,/sha384:/p' |
		sed -nE "s/^ *$1 *: 0x//p"
}

for suite in bookworm trixie; do
	menu $suite
	start_with_tpm --tree "$tree" -- -device tpm-tis,tpmdev=tpm
	expect userspace=reached initrd=ok initrd_id=image
	same "PCR 11" "$(predicted "$boot/$name-menu.efi")" "$(pcr_by_log 11)"
	finish_boot "systemd-boot of $suite: PCR 11 is as predicted"
done

start_with_tpm --kernel "$boot/$name-menu.efi" -- -device tpm-tis,tpmdev=tpm
expect userspace=reached initrd=ok initrd_id=image
same "PCR 11" "$(predicted "$boot/$name-menu.efi")" "$(pcr_by_log 11)"
finish_boot "firmware alone: PCR 11 is as predicted"

plan
