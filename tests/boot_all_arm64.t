#!/usr/bin/env bash
# SPDX-License-Identifier: BSD-2-Clause
#
# arm64: an image by each loader and with each codec, the control of a loader first. Without --all only
# what make check lacks of what is most used: a unified kernel image, device trees, and a loader under
# Secure Boot.
# shellcheck source=tests/arm64.sh
. tests/arm64.sh
need mkimage grub-mkimage
[ "${1-}" = --all ] && all=yes || all=

kernel 6.1-cloud:arm64/bookworm
initramfs loader
initramfs image
name=6.1-cloud
ours=$boot/$name.efi control=$boot/$name.vmlinuz
expected=(userspace=reached initrd=ok firmware=efi "release=$(release "$name")")
by_loader=(--initrd "$boot/loader.cpio.gz" --cmdline "$from_loader")
seen=("cmdline=$from_loader initrd=initrd" initrd_id=loader)

printf 'ID=test\nPRETTY_NAME="Test OS"\n' >"$sockets/os-release"
uki=(--uki --os-release "@$sockets/os-release")
device_tree "$boot/image.dtb" bzboot,in-image-
device_tree "$boot/addon.dtb" bzboot,in-addon-
pack "$name-unified" "$control" "${uki[@]}" --cmdline "$from_image" --initrd "$boot/image.cpio.gz" \
	--devicetree "$boot/image.dtb"
machine_options=(-machine acpi=off)
boot_ok "a unified kernel image with a device tree, from disk" --disk "$boot/$name-unified.efi" \
	-- "${machine_options[@]}" -- "${expected[@]}" "cmdline=$from_image" initrd_id=image model=bzboot,in-image-

# The device tree of an addon takes the place of that of the image, and both are gone afterwards.
application reports
pack reports-tree "$boot/reports.efi" "${uki[@]}" --devicetree "$boot/image.dtb"
"$bzboot" addon -o "$sockets/tree.addon.efi" --efi-arch aa64 --devicetree "$boot/addon.dtb"
call_returning "a kernel that returns leaves no device tree behind, also with an addon's" \
	"$boot/reports-tree.efi" "PAYLOAD image=ok fixed=yes data=ok initrd=0x" \
	" tree=0x$(sum_of "$boot/addon.dtb") options=return to the caller"

# new_tree LOADER KERNEL: a disk with this loader, and kernel and initrd beside it
new_tree() {
	tree=$sockets/tree
	rm -rf "$tree"
	mkdir -p "$tree/EFI/BOOT" "$tree/loader/entries"
	cp "$1" "$tree/EFI/BOOT/BOOTAA64.EFI"
	cp -L "$2" "$tree/kernel"
	cp "$boot/loader.cpio.gz" "$tree/initrd"
}

# sd_tree LOADER KERNEL: that disk, and the entry with which systemd-boot passes a command line and the
# initrd
sd_tree() {
	new_tree "$1" "$2"
	echo "timeout 0" >"$tree/loader/loader.conf"
	printf '%s\n' "title kernel" "linux /kernel" "initrd /initrd" "options $from_loader" \
		>"$tree/loader/entries/kernel.conf"
}

systemd_boot=$(tools/unpacked.sh systemd-boot-efi:arm64/trixie)/usr/lib/systemd/boot/efi/systemd-bootaa64.efi
pack_both "$name" "$control"
sign systemd-boot "$systemd_boot"
sign "$name-signed" "$boot/$name-full.efi"
sd_tree "$boot/systemd-boot.efi" "$boot/$name-signed.efi"
start --tree "$tree" --secure "$keys/vars.fd"
line_of '*secureboot: Secure boot enabled*' >/dev/null || fault "Linux sees no Secure Boot"
expect "${expected[@]}" "cmdline=$from_image" initrd_id=image
finish_boot "Secure Boot: systemd-boot cannot replace the command line and the initrd"

if [ -z "$all" ]; then
	plan
	exit
fi

# --- kernels, firmware and codecs ----------------------------------------------

boot_ok "the device tree, by U-Boot, which completes one" --kernel "$boot/$name-unified.efi" \
	--firmware u-boot --cpu cortex-a57 -- "${machine_options[@]}" \
	-- "${expected[@]}" "cmdline=$from_image" initrd_id=image model=bzboot,in-image-

# The first byte of the magic number: .dtb is before the payload.
cp "$boot/reports-tree.efi" "$sockets/spoiled.efi"
at=$(LC_ALL=C grep -abo -m 1 -P '\xd0\x0d\xfe\xed' "$sockets/spoiled.efi" | head -n 1)
printf '\xd1' | dd of="$sockets/spoiled.efi" bs=1 seek="${at%%:*}" conv=notrunc status=none
rm "$sockets/tree.addon.efi"
call_returning "a device tree that is invalid is ignored" "$sockets/spoiled.efi" \
	"bzboot: the device tree in .dtb is ignored: it is invalid" "PAYLOAD image=ok fixed=yes data=ok"

boot_debian 6.12-cloud:arm64/trixie --firmware 2025.02
boot_debian latest-cloud:arm64/forky --firmware u-boot --cpu cortex-a57
name=6.1-cloud expected=("${expected[@]/release=*/release=$(release 6.1-cloud)}")
for codec in xz lzma gzip lz4 none; do
	pack "$name-$codec" "$control" --compress "$codec"
	boot_ok "$codec" --kernel "$boot/$name-$codec.efi" "${by_loader[@]}" \
		-- "${expected[@]}" "${seen[@]}"
done
boot_ok "4 processors, 4 GiB" --kernel "$ours" "${by_loader[@]}" --cpus 4 --memory 4096 \
	-- "${expected[@]}" "${seen[@]}" cpus=4
boot_ok "512 MiB" --kernel "$ours" "${by_loader[@]}" --memory 512 -- "${expected[@]}" "${seen[@]}"

application_elf reports
pack reports-symbols "$boot/reports.elf" --payload elf --symbols --compress gzip
start --kernel "$boot/reports-symbols.efi" --firmware 2025.02
line_of '*PAYLOAD image=ok * data=ok *' >/dev/null || fault "$(grep -a PAYLOAD "$log")"
finish_boot "symbols that are decompressed with the kernel are not in its bss"

# --- what the kernel does without firmware -----------------------------------

boot_ok "QEMU 10 itself, the control" --kernel "$control" "${by_loader[@]}" --firmware none \
	--qemu trixie -- userspace=reached firmware=bios initrd_id=loader
boot_ok "QEMU 10 itself reads zboot, gzip" --kernel "$boot/$name-gzip.efi" "${by_loader[@]}" \
	--firmware none --qemu trixie -- userspace=reached firmware=bios initrd_id=loader

# kexec_initrd OUT KERNEL: an initrd whose init starts KERNEL, with the loader's initrd, by kexec-tools of
# Debian 13, the first with a reader of zboot images
kexec_initrd() {
	local root=$sockets/kexec folder package
	mkdir -p "$root"/{bin,lib,proc,sys,dev,tmp}
	for package in kexec-tools libc6 zlib1g libxenmisc4.20 libxencall1 libxendevicemodel1 \
		libxenevtchn1 libxenforeignmemory1 libxengnttab1 libxentoolcore1 libxentoollog1; do
		folder=$(tools/unpacked.sh "$package:arm64/trixie")
		find "$folder/usr/lib" -name '*.so*' -exec cp -L {} "$root/lib" \; 2>/dev/null || true
	done
	cp "$(tools/unpacked.sh kexec-tools:arm64/trixie)/usr/sbin/kexec" "$busybox" "$root/bin"
	cp -L "$2" "$root/kernel"
	cp "$boot/loader.cpio.gz" "$root/initrd"
	cat >"$root/init" <<-END
		#!/bin/busybox sh
		/bin/busybox mount -t proc proc /proc
		/bin/busybox mount -t sysfs sysfs /sys
		/bin/kexec --kexec-syscall --load /kernel --initrd=/initrd \
			--command-line='$from_loader' && /bin/kexec --exec
	END
	chmod 755 "$root/init"
	(cd "$root" && find . | cpio -o -H newc --quiet) | gzip -1 >"$1"
	rm -rf "$root"
}

# kexec NAME KERNEL: one test
kexec() {
	kexec_initrd "$sockets/kexec.initrd" "$2"
	boot_ok "$1" --kernel "$control" --initrd "$sockets/kexec.initrd" \
		--cmdline "${from_loader/loader/first} panic=-1" --firmware none --timeout 300 \
		-- userspace=reached "cmdline=$from_loader" initrd_id=loader
}

kexec "kexec-tools, the control" "$control"
kexec "kexec-tools reads zboot, gzip" "$boot/$name-gzip.efi"

# --- loaders -----------------------------------------------------------------

# sd_boot NAME KERNEL: one test: systemd-boot starts it
sd_boot() {
	sd_tree "$systemd_boot" "$2"
	boot_ok "$1" --tree "$tree" -- "${expected[@]}" initrd_id=loader
}

# grub NAME KERNEL: one test: GRUB 2.06 starts it
grub() {
	local modules
	modules=$(tools/unpacked.sh grub-efi-arm64-bin:arm64/bookworm)/usr/lib/grub/arm64-efi
	printf '%s\n' 'set root=hd0' "linux /kernel $from_loader" "initrd /initrd" boot halt \
		>"$sockets/grub.cfg"
	grub-mkimage -d "$modules" -O arm64-efi -p / -c "$sockets/grub.cfg" -o "$sockets/grub.efi" \
		boot halt linux fat part_msdos
	new_tree "$sockets/grub.efi" "$2"
	boot_ok "$1" --tree "$tree" -- "${expected[@]}" "cmdline=BOOT_IMAGE=/kernel $from_loader" \
		initrd_id=loader
}

for loader in sd_boot grub; do
	"$loader" "$loader, the control" "$control"
	"$loader" "$loader" "$ours"
done
sd_boot "sd_boot passes its own to the image whose own are decided, without Secure Boot" \
	"$boot/$name-signed.efi"

# --- measurements ------------------------------------------------------------

# with_modules OUT NAME...: the initrd with these modules of the kernel, which has no driver of this TPM
# in itself
with_modules() {
	local package root=$sockets/root module number=0
	package=$(readlink "$boot/$name.vmlinuz")
	package=$(basename "${package%_*}")
	package=$(tools/unpacked.sh "$package:arm64/bookworm")
	mkdir -p "$root/modules"
	for module in "${@:2}"; do
		number=$((number + 1))	# init loads them by name
		find "$package/lib/modules" -name "$module" -exec cp {} "$root/modules/$number.ko" \;
	done
	(cd "$root" && find . | cpio -o -H newc --quiet) | gzip >"$sockets/modules"
	cat "$boot/loader.cpio.gz" "$sockets/modules" >"$1"
}

# measured KERNEL: boot it with a TPM
measured() {
	start_with_tpm --kernel "$1" --initrd "$sockets/initrd" \
		--cmdline "$from_loader bzboot.handoff" -- -device tpm-tis-device,tpmdev=tpm
	expect userspace=reached initrd=ok initrd_id=loader
}

with_modules "$sockets/initrd" tpm_tis_core.ko tpm_tis.ko
measured "$control"
theirs=$log
finish_boot "with a TPM: the control"
measured "$ours"
same_lines PCRs "$log" "$theirs" pcrs_of
replayed "$log"
[ "$(said "$log" pcr4)" != "$(said "$theirs" pcr4)" ] || fault "the same image is measured"
finish_boot "with a TPM: the same measurements but that of the image (PCR 4)"
plan
