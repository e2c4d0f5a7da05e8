#!/usr/bin/env bash
# SPDX-License-Identifier: BSD-2-Clause
# A boot loader that uses the library, with the page of code in docs/embedding.md, boots Debian's
# kernel from an image whose stub is wiped, and from Debian's own image.
. tests/boot.sh
. tests/kaslr.sh
. tests/embed/embed.sh

name=6.12-cloud
kernel "$name"
initramfs loader
pack_both "$name" "$boot/$name.vmlinuz"
wiped "$name"
wiped "$name-full"
damage "$name" "$name-damaged"
by_loader=(--image "$boot/$name-wiped.efi" --initrd "$boot/loader.cpio.gz" --cmdline)
expected=(userspace=reached initrd=ok firmware=bios "release=$(release "$name")")

rsdp='rsdp=*[1-9a-f]*'	# PVH passes it

# Two of three differ: three are equal once in 200,000 times. There is memory that the loader does
# not map.
for i in 1 2 3; do
	boot_embedded "$name, boot $i, 10 GiB" "${by_loader[@]}" "$from_loader" --memory 10240 \
		-- "${expected[@]}" initrd_id=loader "cmdline=$from_loader"
done
places_differ "$name: at random places" 2

boot_embedded "$name, PVH" --by pvh "${by_loader[@]}" "$from_loader" \
	-- "${expected[@]}" initrd_id=loader "cmdline=$from_loader" "$rsdp"
boot_embedded "$name, nokaslr" "${by_loader[@]}" "$from_loader nokaslr" \
	-- "${expected[@]}" initrd_id=loader "virtual=$link_address"
boot_embedded "$name, command line and initrd of the image" --image "$boot/$name-full-wiped.efi" \
	-- "${expected[@]}" initrd_id=image "cmdline=$from_image"

boot_embedded "$name, Debian's own image" --by pvh --image "$boot/$name.vmlinuz" \
	--initrd "$boot/loader.cpio.gz" --cmdline "$from_loader" \
	-- "${expected[@]}" initrd_id=loader "cmdline=$from_loader" "$rsdp"

# The machine state and boot_params, as the test kernel sees them
prefix=TESTKERNEL
cmdline="console=ttyS0 handoff one=1"
pack testkernel "$testkernel"
wiped testkernel
seen=(failures=0 bss=ok segments=ok registers=ok flags=ok header=ok load=ok e820=ok acpi=ok
	command_line=ok efi=absent type_of_loader=0xff levels=4 "cmdline=$cmdline")
mapfile -t -O ${#seen[@]} seen < <(initrd_lines "$boot/loader.cpio.gz")
by_loader=(--image "$boot/testkernel-wiped.efi" --initrd "$boot/loader.cpio.gz"
	--cmdline "$cmdline")
boot_ok "the test kernel" "${by_loader[@]}" -- "${seen[@]}" rsdp=0x0
boot_ok "the test kernel, PVH" --by pvh "${by_loader[@]}" -- "${seen[@]}" "$rsdp"
sign "$boot/testkernel-wiped.efi" "$temporary/signed.efi"
boot_ok "the test kernel, PVH, the initrd after signatures" --by pvh "${by_loader[@]}" \
	--image "$temporary/signed.efi" -- "${seen[@]}"

boot_refused_as "a damaged payload" "the kernel: compressed data that does not decompress" \
	--image "$boot/$name-damaged.efi"
boot_refused_as "a file that is not a kernel" "the image: the magic number of the format is missing" \
	--image "$boot/loader.cpio.gz"
boot_refused_as "too little memory" "no room for the kernel" --image "$boot/$name-wiped.efi" \
	--memory 64
plan
