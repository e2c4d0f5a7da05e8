#!/usr/bin/env bash
# SPDX-License-Identifier: BSD-2-Clause
#
# The memory under EFI that bzboot info --budget predicts is that in the firmware's map when the kernel
# is entered: for bzboot's images, for unified kernel images by systemd-stub, and for a distribution's.
# shellcheck source=tests/boot.sh
. tests/boot.sh
# shellcheck source=tests/systemd.sh
. tests/systemd.sh
need jq python3

name=6.12-cloud
limit=64	# KiB by which maps and boot_params of firmwares and machines may differ
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
kernel "$name"
initramfs image
cmdline="$from_image efi=debug"
printf 'ID=test\nPRETTY_NAME="Test OS"\n' >"$scratch/os-release"

# allocated: KiB of the loader's types in the map that the kernel prints
allocated() {
	sed -nE 's/.*efi: mem[0-9]+: \[Loader (Code|Data)[ |].*range=\[0x([0-9a-f]+)-0x([0-9a-f]+)\].*/\2 \3/p' \
		"$log" | while read -r start end; do
			echo $(((0x$end + 1 - 0x$start) / 1024))
		done | awk '{ sum += $1 } END { print sum + 0 }'
}

# as_budgeted NAME IMAGE BESIDE RUN-ARGUMENT...: one test: boot, and compare with the budget of IMAGE;
# BESIDE: an initrd that is not in it, or "-"
as_budgeted() {
	local predicted measured beside=0
	[ "$3" = - ] || beside=$(($(stat -c %s "$3") / 1024))
	start "${@:4}"
	expect userspace=reached initrd=ok
	predicted=$(("$("$bzboot" info --budget --json "$2" | jq .budget.memory.efi.peak)" / 1024 + beside))
	measured=$(allocated)
	echo "# $predicted KiB predicted, $measured allocated"
	if [ "$predicted" -lt $((measured - limit)) ] || [ "$predicted" -gt $((measured + limit)) ]; then
		fault "$predicted KiB are predicted, but $measured are allocated"
	fi
	finish_boot "$1"
}

pack "$name" "$boot/$name.vmlinuz"
as_budgeted "an image" "$boot/$name.efi" "$boot/image.cpio.gz" \
	--kernel "$boot/$name.efi" --initrd "$boot/image.cpio.gz" --cmdline "$cmdline"
as_budgeted "a distribution's image" "$boot/$name.vmlinuz" "$boot/image.cpio.gz" \
	--kernel "$boot/$name.vmlinuz" --initrd "$boot/image.cpio.gz" --cmdline "$cmdline"

pack "$name-budget" "$boot/$name.vmlinuz" --uki --os-release "@$scratch/os-release" \
	--cmdline "$cmdline" --initrd "$boot/image.cpio.gz"
as_budgeted "a unified kernel image" "$boot/$name-budget.efi" - --disk "$boot/$name-budget.efi"

for suite in bookworm trixie; do
	image=$boot/$name-$suite.efi
	stub=$(tools/unpacked.sh systemd-boot-efi/$suite)/usr/lib/systemd/boot/efi/linuxx64.efi.stub
	ukify257 build --stub "$stub" --linux "$(realpath "$boot/$name.vmlinuz")" \
		--initrd "$boot/image.cpio.gz" --cmdline "$cmdline" --os-release "@$scratch/os-release" \
		--output "$image" >"$scratch/ukify" 2>&1 || fail "ukify: $(<"$scratch/ukify")"
	as_budgeted "a unified kernel image by systemd-stub of $suite" "$image" - --disk "$image"
done

plan
