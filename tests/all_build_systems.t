#!/usr/bin/env bash
# SPDX-License-Identifier: BSD-2-Clause
#
# The examples for other programs that make images (docs/build-systems.md), with these programs, in
# Debian 13 (tools/root.sh): dracut, initramfs-tools, live-build; and a disk, which boots under Secure
# Boot.
#
#   tests/all_build_systems.t		the disk has Debian's kernel and initrd, and busybox
#   tests/all_build_systems.t --all	a disk of Debian made by debootstrap, too: 5 minutes
# shellcheck source=tests/secure.sh
. tests/secure.sh
# shellcheck source=tests/debian13.sh
. tests/debian13.sh
PATH=$PATH:/usr/sbin:/sbin
need cpio cmp sfdisk mkfs.fat mke2fs e2fsck fsck.fat

# examples SCRIPT: commands in Debian 13, with bzboot for its examples: at a low level, because nothing
# depends on it
examples() {
	in_root env BZBOOT=/out/fast SOURCE_DATE_EPOCH=1 bash -euxc "version=\$(ls /lib/modules); $1" \
		>"$work/log" 2>&1 || fault "$(tail -n 20 "$work/log")"
}

copy_program
cat >"$work/fast" <<-'END'
	#!/bin/sh
	[ "$1" != pack ] || set -- "$@" --level 3
	LD_LIBRARY_PATH=/out exec /out/bzboot "$@"
END
chmod +x "$work/fast"
cp "$keys"/db.{key,pem} "$work"

# section FILE NAME: of $work/FILE.efi
section() {
	"$bzboot" extract "$work/$1.efi" --section ".$2" -o "$work/$1.$2" || fault "$1: no .$2"
	cat "$work/$1.$2"
}

# signed FILE: by our key
signed() {
	"$bzboot" verify "$1" --cert "$keys/db.pem" >"$work/log" 2>&1 || fault "$1: $(<"$work/log")"
}

# --- dracut -------------------------------------------------------------------

# The initrd has a file with dracut's own options.
parameters="*/build-parameter.txt"

# files FILE: those in an initrd, with their contents
files() {
	section "$1" initrd >/dev/null
	cpio -t -v --quiet -f "$parameters" <"$work/$1.initrd"
	cpio -i --to-stdout --quiet -f "$parameters" <"$work/$1.initrd" | sha256sum
}

# shellcheck disable=SC2016 # expanded inside
examples '
	printf "%s\n" "kernel_cmdline=\" quiet \"" uefi_secureboot_key=/out/db.key \
		uefi_secureboot_cert=/out/db.pem >/etc/dracut.conf.d/own.conf
	options=(--no-hostonly --reproducible --no-compress --modules "base rootfs-block"
		--kernel-cmdline root=/dev/vda2)
	dracut --uefi "${options[@]}" /out/theirs.efi "$version"
	examples/dracut.sh /out/ours.efi "$version" --uefi "${options[@]}"
	echo "$version" >/out/version'
release=$(<"$work/version") || fail "no kernel in Debian 13"
finish "dracut --uefi, and dracut.sh in its place"

files theirs >"$work/theirs.files"
files ours >"$work/ours.files"
difference=$(diff "$work"/{theirs,ours}.files) || fault "$difference"
[ "$(wc -l <"$work/ours.files")" -gt 100 ] || fault "$(wc -l <"$work/ours.files") files"
finish "dracut.sh: the same initrd"
same "os-release" "$(section theirs osrel)" "$(section ours osrel)"
same "the command line of dracut" " quiet  root=/dev/vda2 " "$(section theirs cmdline | tr -d '\0')"
same "the command line" "quiet root=/dev/vda2" "$(section ours cmdline)"
same "the release" "$release" "$(section ours uname)"
signed "$work/ours.efi"
signed "$work/theirs.efi"
finish "dracut.sh: the same command line, os-release and signer"

# --- initramfs-tools ----------------------------------------------------------

# A package of the installed files; then they are removed.
# shellcheck disable=SC2016
examples '
	mkdir -p /out/deb/boot /out/deb/DEBIAN /out/deb/usr/lib/modules
	cp -al "/usr/lib/modules/$version" /out/deb/usr/lib/modules 2>/dev/null ||
		cp -a "/usr/lib/modules/$version" /out/deb/usr/lib/modules
	cp -a "/boot/vmlinuz-$version" "/boot/config-$version" /out/deb/boot
	printf "%s\n" "Package: linux" "Version: 1" "Architecture: amd64" "Maintainer: n" \
		"Description: n" >/out/deb/DEBIAN/control
	rm -f "/out/deb/usr/lib/modules/$version"/modules.dep*
	dpkg-deb -Znone -b /out/deb /out/linux.deb
	rm -rf /usr/lib/modules/* /boot/* /out/deb
	examples/mkinitramfs.sh /out/linux.deb /out/initramfs.efi --uki --os-release @/etc/os-release
	ls /usr/lib/modules /boot >/out/left'
same "the release" "$release" "$(section initramfs uname)"
same "files of the machine" $'/boot:\n\n/usr/lib/modules:' "$(<"$work/left")"
section initramfs initrd >/dev/null
finish "mkinitramfs.sh: a kernel that is not installed, with an initrd; the machine stays as it is"

# --- live-build ---------------------------------------------------------------

# Its own steps, on a system that has only a kernel: the others mount file systems and download a
# distribution.
# shellcheck disable=SC2016
examples '
	mkdir -p /live/chroot/boot /live/.build
	cp /boot/vmlinuz-* /boot/initrd.img-* /live/chroot/boot
	hook=$PWD/examples/live-build.sh
	cd /live
	lb config --distribution trixie
	touch .build/config .build/bootstrap
	cp "$hook" config/hooks/normal/9900-bzboot.hook.binary
	mkdir config/bzboot
	cp /out/db.key /out/db.pem config/bzboot
	lb binary_linux-image
	lb binary_hooks
	cp "binary/live/vmlinuz-$version" /out/live.efi
	stat -c "%a %U" binary/live/* >/out/modes
	cp "/boot/vmlinuz-$version" /out/vmlinuz'
"$bzboot" info --json "$work/live.efi" | jq -e '.kinds | contains(["bzboot", "bzImage"])' >/dev/null ||
	fault "not an image of bzboot"
signed "$work/live.efi"
same "modes" "644 root" "$(sort -u "$work/modes")"
finish "live-build.sh: lb binary_hooks packs and signs the kernel of the live system"

# --- a disk -------------------------------------------------------------------

# root_uuid DISK: of its second partition
root_uuid() {
	sfdisk --json "$work/$1.img" | jq -r '.partitiontable.partitions[1].uuid | ascii_downcase'
}

system=$work/system
mkdir -p "$system"/{boot,bin,dev,etc,proc,root,run,sbin,sys}
mv "$work/vmlinuz" "$system/boot/vmlinuz-$release"
mv "$work/initramfs.initrd" "$system/boot/initrd.img-$release"
cp /etc/os-release "$system/etc"
cp /bin/busybox "$system/bin"
cat >"$system/sbin/init" <<-'END'
	#!/bin/busybox sh
	busybox mount -t proc proc /proc 2>/dev/null
	echo "BZBOOT userspace=reached"
	echo "BZBOOT cmdline=$(busybox cat /proc/cmdline)"
	echo "BZBOOT root=$(busybox grep -c ' / ext4 rw' /proc/mounts)"
	busybox poweroff -f
END
chmod 755 "$system/sbin/init"
cmdline="rw console=ttyS0 no_timer_check"
BZBOOT=$bzboot CMDLINE=$cmdline examples/image.sh "$system" "$work/busybox.img" --level 3 \
	--key "$keys/db.key" --cert "$keys/db.pem" >"$work/log" 2>&1 || fault "$(tail -n 5 "$work/log")"
dd if="$work/busybox.img" of="$work/esp" bs=1M skip=1 count=512 conv=sparse status=none
dd if="$work/busybox.img" of="$work/files" bs=1M skip=513 conv=sparse status=none
fsck.fat -n "$work/esp" >"$work/log" 2>&1 || fault "fsck.fat: $(<"$work/log")"
e2fsck -f -n "$work/files" >"$work/log" 2>&1 || fault "e2fsck: $(<"$work/log")"
mcopy -n -i "$work/esp" ::/EFI/BOOT/BOOTX64.EFI "$work/disk.efi" || fault "no image"
signed "$work/disk.efi"
rm "$work/esp" "$work/files"
finish "image.sh: an EFI system partition and a root, without faults; the image is signed"
secure_ok "image.sh: Secure Boot starts the disk, and Debian's initrd finds its root" \
	--drive "$work/busybox.img" --secure "$own" --timeout 240 \
	-- userspace=reached root=1 "cmdline=root=PARTUUID=$(root_uuid busybox) $cmdline"

if [ "${1-}" = --all ]; then
	# systemd runs the command, and ends the machine.
	cmdline='rw console=ttyS0 no_timer_check systemd.run="cp /proc/cmdline /dev/ttyS0"'
	examples "
		export PACKAGES='linux-image-cloud-amd64 systemd-sysv' CMDLINE='$cmdline'"'
		examples/image.sh /out/debian /out/debian.img --key /out/db.key --cert /out/db.pem
		rm -rf /out/debian'
	uuid=$(root_uuid debian)
	start --drive "$work/debian.img" --secure "$own" --timeout 300
	expect_lines "$enabled" "$locked" "root=PARTUUID=$uuid $cmdline"
	finish_boot "image.sh: a disk of Debian, made by debootstrap, boots to systemd"
fi
plan
