#!/usr/bin/env bash
# SPDX-License-Identifier: BSD-2-Clause
#
# arm64: a kernel built with CONFIG_EFI_ZBOOT, so that its own image is an EFI zboot image. It is read as
# it is, and packed like the Image in it; Linux's own rules say which bytes the payload has.
# shellcheck source=tests/arm64.sh
. tests/arm64.sh
need jq zstd

result=$(tools/linux.sh arm64-zboot)/result
control=$result/vmlinuz.efi
initramfs loader
expected=(userspace=reached initrd=ok firmware=efi "cmdline=$from_loader initrd=initrd"
	initrd_id=loader "release=$(grep -aom 1 'Linux version [^ ]*' "$result/Image" | cut -d ' ' -f 3)")
by_loader=(--initrd "$boot/loader.cpio.gz" --cmdline "$from_loader")

boot_ok "the control: vmlinuz.efi" --kernel "$control" "${by_loader[@]}" -- "${expected[@]}"

# Makefile.zboot compresses this: the Image, with zeros up to the size in its header
payload=$sockets/payload
read -r size < <(od -An -t u8 --endian=little -j 16 -N 8 "$result/Image")
cp "$result/Image" "$payload"
truncate -s "$size" "$payload"
read -r offset length < <(od -An -t u4 --endian=little -j 8 -N 8 "$control")
dd if="$control" iflag=skip_bytes,count_bytes skip="$offset" count="$length" bs=64K status=none |
	zstd -dcq | cmp - "$payload" || fault "upstream's payload is another one"
"$bzboot" extract "$control" -o "$sockets/extracted" >/dev/null
cmp "$sockets/extracted" "$payload" || fault "extract writes other bytes"
same "machine and codec" "$((0xaa64)) zstd" \
	"$("$bzboot" info --json "$control" | jq -r '"\(.pe.machine) \(.zboot.codec)"')"
said=$("$bzboot" check "$control") || fault "check: $said"
finish "vmlinuz.efi is read: info, check, extract"

pack zboot "$control"
for input in Image vmlinux; do
	pack "zboot-$input" "$result/$input"
	cmp "$boot/zboot.efi" "$boot/zboot-$input.efi" || fault "packed from $input, it has other bytes"
done
"$bzboot" extract "$boot/zboot.efi" -o "$sockets/extracted" >/dev/null
cmp "$sockets/extracted" "$payload" || fault "the payload is another one"
finish "vmlinuz.efi, Image and vmlinux are the same image; its payload is upstream's, byte for byte"

boot_ok "it boots" --kernel "$boot/zboot.efi" "${by_loader[@]}" -- "${expected[@]}"
plan
