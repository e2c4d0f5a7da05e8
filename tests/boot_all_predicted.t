#!/usr/bin/env bash
# SPDX-License-Identifier: BSD-2-Clause
#
# What bzboot predicts of a boot under EFI is so when the kernel is entered: the PCRs (bzboot measure),
# and the memory in the firmware's map (bzboot info --budget). For images of bzboot, for a
# distribution's, and for unified kernel images that ukify makes with systemd-stub 252 and 257.
# shellcheck source=tests/parity.sh
. tests/parity.sh
# shellcheck source=tests/systemd.sh
. tests/systemd.sh
need python3

name=6.12-cloud
limit=64	# KiB by which maps and boot_params of firmwares and machines may differ
kernel "$name"
initramfs image
cmdline="$from_image efi=debug bzboot.handoff"
printf 'ID=test\nPRETTY_NAME="Test OS"\n' >"$sockets/os-release"
printf 'ID=test\nTITLE=Test\n' >"$sockets/profile"
stub=/usr/lib/systemd/boot/efi/linuxx64.efi.stub
# shellcheck disable=SC2054 # the comma is QEMU's
tpm=(-device tpm-tis,tpmdev=tpm)

# ukify SUITE OPTION...: $boot/ukify-SUITE.efi, with the systemd-stub of that suite of Debian
ukify() {
	ukify257 build --linux="$boot/$name.vmlinuz" --initrd="$boot/image.cpio.gz" \
		--stub="$(tools/unpacked.sh "systemd-boot-efi/$1")$stub" \
		--cmdline="$cmdline" --os-release="@$sockets/os-release" \
		--uname=6.12-test "${@:2}" --output="$boot/ukify-$1.efi" >"$sockets/log" 2>&1 ||
		fail "ukify: $(<"$sockets/log")"
}

# allocated: KiB of the loader's types in the map that the kernel printed in the last boot; bzboot.handoff
# prints its messages once more
allocated() {
	sed -nE '/^BZBOOT /d; s/.*efi: mem[0-9]+: \[Loader (Code|Data)[ |].*range=\[0x([0-9a-f]+)-0x([0-9a-f]+)\].*/\2 \3/p' \
		"$log" | while read -r start end; do
			echo $(((0x$end + 1 - 0x$start) / 1024))
		done | awk '{ sum += $1 } END { print sum + 0 }'
}

# as_budgeted NAME IMAGE [INITRD]: one test: the last boot took the memory that the budget of IMAGE has;
# INITRD is not in it
as_budgeted() {
	local predicted measured beside=0
	[ $# -lt 3 ] || beside=$(($(stat -c %s "$3") / 1024))
	predicted=$(("$("$bzboot" info --budget --json "$2" | jq .budget.memory.efi.peak)" / 1024 + beside))
	measured=$(allocated)
	echo "# $predicted KiB predicted, $measured allocated"
	if [ "$predicted" -lt $((measured - limit)) ] || [ "$predicted" -gt $((measured + limit)) ]; then
		fault "$predicted KiB are predicted, but $measured are allocated"
	fi
	finish "$1: memory"
}

pack "$name" "$boot/$name.vmlinuz"
for image in efi vmlinuz; do
	start --kernel "$boot/$name.$image" --initrd "$boot/image.cpio.gz" --cmdline "$cmdline"
	expect userspace=reached initrd=ok
	finish_boot "$name.$image boots"
	as_budgeted "$name.$image" "$boot/$name.$image" "$boot/image.cpio.gz"
done

pack "$name-measure" "$boot/$name.vmlinuz" --uki --os-release "@$sockets/os-release" \
	--cmdline "$cmdline" --initrd "$boot/image.cpio.gz"
ours=$boot/$name-measure.efi
start_with_tpm --disk "$ours" -- "${tpm[@]}"
expect userspace=reached initrd=ok initrd_id=image
as_predicted "4 9 11" "$ours" --direct
finish_boot "an image of bzboot, as the firmware's boot option: PCRs 4, 9 and 11"
as_budgeted "an image of bzboot, as the firmware's boot option" "$ours"

other=(--cmdline "$from_loader bzboot.handoff")
for suite in bookworm trixie; do
	ukify $suite
	start_with_tpm --disk "$boot/ukify-$suite.efi" -- "${tpm[@]}"
	expect userspace=reached initrd=ok
	as_predicted "9 11" "$boot/ukify-$suite.efi"
	finish_boot "systemd-stub of $suite: PCRs 9 and 11"
	as_budgeted "systemd-stub of $suite" "$boot/ukify-$suite.efi"
done

ukify trixie --profile="@$sockets/profile"
start_with_tpm --kernel "$boot/ukify-trixie.efi" "${other[@]}" -- "${tpm[@]}"
expect "cmdline=$from_loader bzboot.handoff"
as_predicted "9 11 12" "$boot/ukify-trixie.efi" "${other[@]}"
finish_boot "systemd-stub of trixie, a profile, another command line: PCRs 9, 11 and 12"

plan
