#!/usr/bin/env bash
# SPDX-License-Identifier: BSD-2-Clause
#
# usb.sh: makes a disk that UEFI firmware boots from a kernel and an initrd. The disk has a partition
# table (GPT) and one EFI system partition, with the image as \EFI\BOOT\BOOTX64.EFI.
#
#   usb.sh /boot/vmlinuz usb.img --initrd /boot/initrd.img --cmdline "root=LABEL=stick"
#   dd if=usb.img of=/dev/sdX bs=4M conv=fsync	# sdX is the USB stick; its contents are lost
#
# The options are those of bzboot pack. BZBOOT= names the program (default: bzboot).
set -euo pipefail

usage="usage: usb.sh KERNEL DISK [OPTION-OF-BZBOOT-PACK]..."
bzboot=${BZBOOT:-bzboot}
PATH=$PATH:/usr/sbin:/sbin	# sfdisk, mkfs.fat

mib=$((1024 * 1024))
spare=64	# MiB of free space in the file system: more than the least that FAT32 has

# fail STATUS LINE...
fail() {
	printf '%s\n' "${@:2}" >&2
	exit "$1"
}

case ${1-} in
--help)
	echo "$usage"
	exit
	;;
-*)
	fail 2 "usb.sh: the first argument is the kernel" "$usage"
	;;
esac
[ $# -ge 2 ] || fail 2 "$usage"
kernel=$1
disk=$2
shift 2
[ ! -b "$disk" ] || fail 1 "usb.sh: $disk is a device: write to a file, then copy that with dd"
for command in "$bzboot" sfdisk mkfs.fat mmd mcopy; do
	command -v "$command" >/dev/null || fail 1 "usb.sh: $command is missing (sfdisk is in \
Debian's fdisk, mkfs.fat in dosfstools, mmd and mcopy are in mtools; BZBOOT= names bzboot)"
done

temporary=$(mktemp -d)
trap 'rm -rf "$temporary"' EXIT
image=$temporary/BOOTX64.EFI
partition=$temporary/partition
made=$temporary/disk

"$bzboot" pack "$kernel" -o "$image" "$@"

size=$(($(stat -c %s "$image") / mib + 1 + spare))	# of the partition, in MiB
mkfs.fat -C -F 32 -s 1 -n BZBOOT "$partition" $((size * 1024)) >/dev/null
mmd -i "$partition" ::/EFI ::/EFI/BOOT
mcopy -i "$partition" "$image" ::/EFI/BOOT/BOOTX64.EFI

# Tools begin the first partition at 1 MiB. The last MiB has the second copy of the table.
truncate -s $((1 + size + 1))M "$made"
sfdisk --quiet "$made" <<-END
	label: gpt
	start=1MiB, size=${size}MiB, type=uefi, name=BZBOOT
END
dd if="$partition" of="$made" bs=1M seek=1 conv=notrunc,sparse status=none

cp --sparse=always "$made" "$disk"
echo "$disk: $(stat -c %s "$disk") bytes, a disk that UEFI firmware boots"
