#!/usr/bin/env bash
# SPDX-License-Identifier: BSD-2-Clause
#
# image.sh: makes a disk that boots Debian, without mounting anything. The disk has a partition table
# (GPT), an EFI system partition with a unified kernel image as \EFI\BOOT\BOOTX64.EFI, and a file system
# (ext4) with the files of the folder ROOT. If ROOT does not exist, debootstrap makes it.
#
#   sudo image.sh root debian.img --key db.key --cert db.pem
#
# The kernel is the newest in ROOT/boot. Change the files in ROOT, and run the script again: the root
# account, for example, has no password before `chroot root passwd`. The options are those of bzboot
# pack, without --cmdline. BZBOOT= names the program (default: bzboot). Other variables:
#
#   SUITE=      the release of Debian (default: trixie)
#   PACKAGES=   packages besides the essential ones (default: linux-image-amd64 systemd-sysv)
#   CMDLINE=    what follows root= on the kernel's command line (default: rw quiet)
#   SIZE=       of the file system, in MiB (default: that of the files, and half as much again)
set -euo pipefail

usage="usage: image.sh ROOT DISK [OPTION-OF-BZBOOT-PACK]..."
bzboot=${BZBOOT:-bzboot}
suite=${SUITE:-trixie}
packages=${PACKAGES:-linux-image-amd64 systemd-sysv}
PATH=$PATH:/usr/sbin:/sbin	# sfdisk, mkfs.fat, mke2fs, debootstrap

esp_size=512	# MiB: several kernels

# fail STATUS LINE...
fail() {
	printf '%s\n' "${@:2}" >&2
	exit "$1"
}

# make_system: without this machine's name and resolver, which debootstrap copies
make_system() {
	echo "image.sh: making $root, Debian $suite"
	debootstrap --variant=minbase --include="${packages// /,}" "$suite" "$root.new"
	echo debian >"$root.new/etc/hostname"
	: >"$root.new/etc/machine-id"	# made at the first boot
	rm -f "$root.new/etc/resolv.conf"
	mv -T "$root.new" "$root"
}

# find_kernel: sets version, kernel and initrd
find_kernel() {
	version=$(find "$root/boot" -name 'vmlinuz-*' -printf '%f\n' | sort -V | tail -n 1)
	version=${version#vmlinuz-}
	kernel=$root/boot/vmlinuz-$version
	initrd=$root/boot/initrd.img-$version
	[ -n "$version" ] || fail 1 "image.sh: $root/boot has no kernel"
	[ -e "$initrd" ] || fail 1 "image.sh: $initrd is missing"
}

# make_disk: with the partition table
make_disk() {
	# Tools begin the first partition at 1 MiB. The last MiB has the second copy of the table.
	truncate -s $((1 + esp_size + size + 1))M "$disk.new"
	sfdisk --quiet "$disk.new" <<-END
		label: gpt
		start=1MiB, size=${esp_size}MiB, type=uefi, name=ESP
		size=${size}MiB, type=linux-root-x86-64, uuid=$uuid, name=root
	END
}

# fill_esp: the first partition, with the image
fill_esp() {
	local esp=$temporary/esp
	mkfs.fat -C -F 32 -n ESP "$esp" $((esp_size * 1024)) >/dev/null
	mmd -i "$esp" ::/EFI ::/EFI/BOOT
	mcopy -i "$esp" "$temporary/linux.efi" ::/EFI/BOOT/BOOTX64.EFI
	dd if="$esp" of="$disk.new" bs=1M seek=1 conv=notrunc,sparse status=none
}

# fill_root: the second, with the files
fill_root() {
	mke2fs -q -t ext4 -L root -d "$root" -E "offset=$(((1 + esp_size) << 20))" "$disk.new" "${size}M"
}

case ${1-} in
--help)
	echo "$usage"
	exit
	;;
-*)
	fail 2 "image.sh: the first argument is the folder of the system" "$usage"
	;;
esac
[ $# -ge 2 ] || fail 2 "$usage"
root=$1
disk=$2
shift 2
[ ! -b "$disk" ] || fail 1 "image.sh: $disk is a device: write to a file, then copy that with dd"
for command in "$bzboot" sfdisk mkfs.fat mke2fs mmd mcopy; do
	command -v "$command" >/dev/null || fail 1 "image.sh: $command is missing (sfdisk is in \
Debian's fdisk, mkfs.fat in dosfstools, mke2fs in e2fsprogs, mmd and mcopy are in mtools; BZBOOT= \
names bzboot)"
done

temporary=$(mktemp -d)
trap 'rm -rf "$temporary" "$disk.new"' EXIT
uuid=$(</proc/sys/kernel/random/uuid)	# of the partition, for the command line

[ -d "$root" ] || make_system
find_kernel
size=${SIZE:-$(($(du -s --apparent-size -m "$root" | cut -f 1) * 3 / 2 + 64))}
"$bzboot" pack "$kernel" -o "$temporary/linux.efi" --uki --os-release @"$root/etc/os-release" \
	--initrd "$initrd" --cmdline "root=PARTUUID=$uuid ${CMDLINE-rw quiet}" "$@"
make_disk
fill_esp
fill_root
mv "$disk.new" "$disk"
echo "$disk: $(stat -c %s "$disk") bytes, a disk that UEFI firmware boots: $version"
