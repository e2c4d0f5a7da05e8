#!/usr/bin/env bash
# SPDX-License-Identifier: BSD-2-Clause
#
# arm64 under AAVMF: Debian's own kernels as controls, and images packed from them, also where memory
# is either writable or executable, and under Secure Boot; a damaged payload; an application in the
# place of the kernel that returns.
# shellcheck source=tests/arm64.sh
. tests/arm64.sh

boot_debian 6.1-cloud:arm64/bookworm
boot_debian latest-cloud:arm64/forky --firmware strictnx

damage 6.1-cloud 6.1-cloud-damaged
# The shell of 2022.11 crashes after any kernel that returns.
boot_refused "a damaged payload" --kernel "$boot/6.1-cloud-damaged.efi" --firmware 2025.02

application reports
echo "an initrd in the image" >"$sockets/initrd"
pack reports-full "$boot/reports.efi" --cmdline "packed" --initrd "$sockets/initrd"
call_returning "an application that returns leaves nothing behind" "$boot/reports-full.efi" \
	"PAYLOAD image=ok fixed=yes data=ok initrd=0x18 sum=0x$(sum_of "$sockets/initrd") options=return to the caller" \
	"bzboot: the kernel has returned to the firmware, with error 21" \
	"CALLER status=0x8000000000000015 "

# The firmware tries the first disk, then the second.
sign 6.1-cloud-signed "$boot/6.1-cloud-full.efi"
second_disk "$sockets/second" "$boot/6.1-cloud-signed.efi"
start --disk "$boot/6.1-cloud-full.efi" --secure "$keys/vars.fd" \
	-- -drive "if=virtio,format=raw,file=$sockets/second"
line_of '*failed to load*: Access Denied*' >/dev/null || fault "the unsigned one is not refused"
line_of '*secureboot: Secure boot enabled*' >/dev/null || fault "Linux sees no Secure Boot"
same "starts of Linux" 1 "$(grep -c 'Linux version' "$log")"
expect userspace=reached initrd=ok "cmdline=$from_image" initrd_id=image
finish_boot "Secure Boot: an unsigned image is refused, a signed one starts"
plan
