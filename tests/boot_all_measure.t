#!/usr/bin/env bash
# SPDX-License-Identifier: BSD-2-Clause
#
# The PCRs after a boot are those that bzboot measure predicts: of its own images, and of unified
# kernel images that ukify makes with systemd-stub 252 and 257.
# shellcheck source=tests/parity.sh
. tests/parity.sh
# shellcheck source=tests/systemd.sh
. tests/systemd.sh
need python3

name=6.12-cloud
kernel "$name"
initramfs image
printf 'ID=test\nPRETTY_NAME="Test OS"\n' >"$sockets/os-release"
printf 'ID=test\nTITLE=Test\n' >"$sockets/profile"
stub=/usr/lib/systemd/boot/efi/linuxx64.efi.stub
# shellcheck disable=SC2054 # the comma is QEMU's
tpm=(-device tpm-tis,tpmdev=tpm)

pack "$name-measure" "$boot/$name.vmlinuz" --uki --os-release "@$sockets/os-release" \
	--cmdline "$from_image bzboot.handoff" --initrd "$boot/image.cpio.gz"
ours=$boot/$name-measure.efi

# ukify SUITE OPTION...: $boot/ukify-SUITE.efi, with the systemd-stub of that suite of Debian
ukify() {
	ukify257 build --linux="$boot/$name.vmlinuz" --initrd="$boot/image.cpio.gz" \
		--stub="$(tools/unpacked.sh "systemd-boot-efi/$1")$stub" \
		--cmdline="$from_image bzboot.handoff" --os-release="@$sockets/os-release" \
		--uname=6.12-test "${@:2}" --output="$boot/ukify-$1.efi" >"$sockets/log" 2>&1 ||
		fail "ukify: $(<"$sockets/log")"
}

start_with_tpm --disk "$ours" -- "${tpm[@]}"
expect userspace=reached initrd=ok initrd_id=image
as_predicted "4 9 11" "$ours" --direct
finish_boot "an image of bzboot, as the firmware's boot option: PCRs 4, 9 and 11"

other=(--cmdline "$from_loader bzboot.handoff")
for suite in bookworm trixie; do
	ukify $suite
	start_with_tpm --disk "$boot/ukify-$suite.efi" -- "${tpm[@]}"
	as_predicted "9 11" "$boot/ukify-$suite.efi"
	finish_boot "systemd-stub of $suite: PCRs 9 and 11"
done

ukify trixie --profile="@$sockets/profile"
start_with_tpm --kernel "$boot/ukify-trixie.efi" "${other[@]}" -- "${tpm[@]}"
expect "cmdline=$from_loader bzboot.handoff"
as_predicted "9 11 12" "$boot/ukify-trixie.efi" "${other[@]}"
finish_boot "systemd-stub of trixie, a profile, another command line: PCRs 9, 11 and 12"

plan
