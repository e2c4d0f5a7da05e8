#!/usr/bin/env bash
# SPDX-License-Identifier: BSD-2-Clause
#
# Unified kernel images that bzboot edit changed, of ukify and of bzboot, boot with Secure Boot on, with
# their new command line and initrd. An addon of bzboot addon counts if our key signed it.
# shellcheck source=tests/secure.sh
. tests/secure.sh
# shellcheck source=tests/systemd.sh
. tests/systemd.sh
need python3

name=6.12-cloud
kernel "$name"
initramfs image
initramfs edited
printf '%s\n' ID=test 'PRETTY_NAME="Test OS"' >"$work/os-release"
key=(--key "$keys/db.key" --cert "$keys/db.pem")
parts=(--os-release "@$work/os-release" --cmdline "$from_image" --initrd "$boot/image.cpio.gz")

ukify257 build --stub "$efi_stubs/linuxx64.efi.stub" --linux "$boot/$name.vmlinuz" "${parts[@]}" \
	--output "$work/theirs.efi" >"$work/log" 2>&1 || fail "ukify: $(<"$work/log")"
pack "$name-edit" "$boot/$name.vmlinuz" --uki "${parts[@]}"
cp "$boot/$name-edit.efi" "$work/ours.efi"

beside=$tree/EFI/BOOT/BOOTX64.EFI.extra.d
mkdir -p "$beside"
"$bzboot" addon -o "$beside/ours.addon.efi" --cmdline addon.ours=1 --uname "$(release "$name")" "${key[@]}"
"$bzboot" addon -o "$beside/stranger.addon.efi" --cmdline addon.stranger=1 --key "$keys/stranger.key" \
	--cert "$keys/stranger.pem"

for image in theirs ours; do
	"$bzboot" sign "$work/$image.efi" "${key[@]}"
	"$bzboot" edit "$work/$image.efi" -o "$tree/EFI/BOOT/BOOTX64.EFI" --append edited=1 \
		--initrd "$boot/edited.cpio.gz" --title "A longer title of an operating system" "${key[@]}"
	start --tree "$tree" --secure "$own" --timeout 300
	expect_lines "$enabled"
	expect userspace=reached initrd=ok initrd_id=edited "cmdline=$from_image edited=1 addon.ours=1"
	finish_boot "$image.efi, edited and signed again, with an addon"
done

plan
