#!/usr/bin/env bash
# SPDX-License-Identifier: BSD-2-Clause
#
# machine.sh RELEASE: print the path of a folder, in a cache outside the checkout, with a machine of
# this release of Debian (bookworm or trixie), made by debootstrap. Each point release, and each
# change of this script, makes it again; a cached one is used without a network.
#
#   disk	GPT with an EFI system partition, mounted as /boot/efi, and a root. Debian's GRUB, at
#		the default path of firmware, starts the kernel "older".
#   older newer	the releases of two kernels: linux-image-cloud-amd64 depends on the older one, and
#		can be upgraded to the newer one
#
# The machine has no network. Its only archive is /packages: the newer kernel, and systemd-boot with
# what it needs. When it has started, it runs the file "script" of its first disk, with the serial
# console as output, and powers off.
#
# In an emulator, initramfs-tools takes minutes. So the machine has another mkinitramfs, in
# /usr/local/sbin, for update-initramfs, which is Debian's. The initramfs of the older kernel is by
# Debian's mkinitramfs, made here.
set -euo pipefail
here=$(realpath "${BASH_SOURCE[0]%/*}")
# shellcheck source=tools/apt.sh
. "$here/apt.sh"

disk_mib=2048 esp_mib=300
root_uuid=6f1d3c1e-6a7e-4f0e-9a55-0b2b007b0071
# As Debian's installer leaves it, without what only takes time here
bootstrapped=systemd-sysv,udev,initramfs-tools,zstd,xz-utils,busybox-static,e2fsprogs,kmod
installed="grub-efi-amd64-signed shim-signed efibootmgr"
# What an administrator's apt would fetch
declare -A offered=(
	[bookworm]="systemd-boot libjansson4 libzydis4.0"
	[trixie]="systemd-boot libjansson4 libzydis4.1"
)

# --- As root, in a mount namespace of its own: inside RELEASE OUT

# in_root COMMAND...
in_root() {
	env -i PATH=/usr/sbin:/usr/bin HOME=/root LC_ALL=C.UTF-8 DEBIAN_FRONTEND=noninteractive \
		chroot "$root" "$@" >&2
}

make_root() {
	debootstrap --variant=minbase --keyring="$archive_keyring" --include="$bootstrapped" \
		"$release" "$root" "$archive_url/debian" >&2
	mount -t proc proc "$root/proc"
	mount --rbind /dev "$root/dev"
	cp /etc/resolv.conf "$root/etc/resolv.conf"
	printf '#!/bin/sh\nexit 101\n' >"$root/usr/sbin/policy-rc.d"
	chmod 755 "$root/usr/sbin/policy-rc.d"
	printf '%s\n' force-unsafe-io >"$root/etc/dpkg/dpkg.cfg.d/machine"
	apt-config dump | grep -E '^Acquire::https?::' >"$root/etc/apt/apt.conf.d/build" || true
	printf "deb $archive_url/%s main\n" "debian $release" "debian-security $release-security" \
		>"$root/etc/apt/sources.list"
	rm "$root"/var/cache/apt/archives/*.deb
	echo 'Acquire::Languages "none";' >>"$root/etc/apt/apt.conf.d/build"
	in_root apt-get -q update
	echo 'APT::Install-Recommends "false";' >"$root/etc/apt/apt.conf.d/machine"
	# shellcheck disable=SC2086 # words
	in_root apt-get -q -y install $installed
	rm "$root"/var/cache/apt/archives/*.deb
	configure_initramfs
}

# configure_initramfs: few modules, compressed quickly
configure_initramfs() {
	printf '%s\n' MODULES=list COMPRESS=zstd COMPRESSLEVEL=1 \
		>"$root/etc/initramfs-tools/conf.d/machine"
	printf '%s\n' virtio_pci virtio_blk ext4 >>"$root/etc/initramfs-tools/modules"
}

# choose_kernels: the newest one of the release, and the one before it
choose_kernels() {
	newer=$(in_root apt-cache depends linux-image-cloud-amd64 2>&1 |
		sed -n 's/^ *Depends: linux-image-//p')
	older=$(in_root apt-cache pkgnames linux-image- 2>&1 |
		sed -nE 's/^linux-image-([0-9].*-cloud-amd64)$/\1/p' | { cat; echo "$newer"; } |
		sort -uV | grep -xF -B 1 "$newer" | head -n 1)
	[ "$older" != "$newer" ] || fail "$release has only one kernel"
}

# put_mkinitramfs: busybox, the modules for the root, and nothing else
put_mkinitramfs() {
	mkdir "$root/usr/local/lib/mkinitramfs"
	cat >"$root/usr/local/lib/mkinitramfs/init" <<-'END'
		#!/bin/busybox sh
		/bin/busybox --install -s /bin
		mount -t devtmpfs dev /dev
		mount -t proc proc /proc
		for module in /modules/*; do
			insmod "$module"
		done
		mount -o ro "$(sed 's/.*root=\([^ ]*\).*/\1/' /proc/cmdline)" /root
		umount /proc /dev
		exec switch_root /root /sbin/init
	END
	cat >"$root/usr/local/sbin/mkinitramfs" <<-'END'
		#!/bin/sh
		set -e
		[ $# -gt 2 ] || exec /usr/sbin/mkinitramfs "$@"	# --version
		shift $(($# - 2))
		folder=$(mktemp -d)
		mkdir "$folder/bin" "$folder/dev" "$folder/proc" "$folder/root" "$folder/modules"
		cp /bin/busybox "$folder/bin"
		cp /usr/local/lib/mkinitramfs/init "$folder"
		chmod 755 "$folder/init"
		modprobe --set-version "$2" --show-depends --all virtio_pci virtio_blk ext4 |
			sed -n 's/^insmod \([^ ]*\).*/\1/p' | awk '!seen[$0]++ { print 100 + NR, $0 }' |
			while read -r number module; do
				xz -dc "$module" >"$folder/modules/$number" 2>/dev/null ||
					cp "$module" "$folder/modules/$number"
			done
		(cd "$folder" && find . | cpio -o -H newc --quiet --owner 0:0) | zstd -1 -q >"$1"
		rm -r "$folder"
	END
	chmod 755 "$root/usr/local/sbin/mkinitramfs"
}

# repack DEB [SED-COMMAND...]: into /packages, not compressed, because unpacking is slow in an
# emulator; changes of its control file
repack() {
	local files=$work/files
	rm -rf "$files"
	dpkg-deb -R "$1" "$files"
	[ $# -eq 1 ] || sed -i "${@:2}" "$files/DEBIAN/control"
	dpkg-deb -Znone -b "$files" "$root/packages" >&2
}

# offer: make /packages, and install the older kernel from there
offer() {
	local debs=$root/var/cache/apt/archives deb
	# shellcheck disable=SC2086 # words
	in_root apt-get -q -y install --download-only linux-image-cloud-amd64 \
		"linux-image-$older" ${offered[$release]}
	mkdir "$root/packages"
	for deb in "$debs"/*.deb; do
		repack "$deb"
	done
	deb=$(echo "$debs"/linux-image-cloud-amd64_*.deb)
	repack "$deb" -e "s/^Version: .*/Version: 1/" -e "s/linux-image-${newer}[^,]*/linux-image-$older/"
	rm "$debs"/*.deb
	(cd "$root/packages" && dpkg-scanpackages --multiversion . >Packages 2>"$work/scan")
	rm "$root/etc/apt/apt.conf.d/build" "$root/etc/resolv.conf"
	echo "deb [trusted=yes] file:/packages ./" >"$root/etc/apt/sources.list"
	echo 'APT::Get::Assume-Yes "true";' >>"$root/etc/apt/apt.conf.d/machine"
	echo 'quiet "1"; Dpkg::Use-Pty "0"; DPkg::Path "/usr/local/sbin:/usr/sbin:/usr/bin:/sbin:/bin";' \
		>>"$root/etc/apt/apt.conf.d/machine"
	rm -f "$root/etc/apt/apt.conf.d/70debconf"
	rm -rf "$root"/var/lib/apt/lists/*
	in_root apt-get -q update
	in_root apt-get -q -y install linux-image-cloud-amd64=1
}

# mask: what takes time in an emulator, and is not needed here
mask() {
	local -a units=(
		{apt-daily{,-upgrade},dpkg-db-backup,e2scrub_all,fstrim,systemd-tmpfiles-clean}.timer
		{dev-hugepages,dev-mqueue,sys-kernel-{config,debug,tracing},tmp}.mount
		modprobe@{configfs,drm,efi_pstore,fuse}.service
		{e2scrub_reap,getty@tty1,getty-static,ldconfig,serial-getty@ttyS0}.service
		systemd-{binfmt,hwdb-update,networkd-wait-online,random-seed,sysusers}.service
		systemd-{journal-{catalog-update,flush},pcrmachine,tpm2-setup{,-early},update-done}.service
	)
	in_root systemctl mask "${units[@]}"
}

# settle: everything that is neither a package nor a kernel
settle() {
	rm "$root/usr/sbin/policy-rc.d"
	echo machine >"$root/etc/hostname"
	cat >"$root/etc/fstab" <<-END
		UUID=$root_uuid / ext4 errors=remount-ro 0 0
		LABEL=ESP /boot/efi vfat umask=0077 0 0
	END
	mkdir "$root/boot/efi"
	put_mkinitramfs
	touch "$root"/{etc,var}/.updated	# no work at the first start
	in_root systemd-machine-id-setup
	cat >"$root/etc/systemd/system/script.service" <<-END
		[Unit]
		After=local-fs.target systemd-remount-fs.service
		[Service]
		Type=idle
		ExecStartPre=mount -o ro /dev/vda /media
		ExecStart=sh -c 'bash /media/script; systemctl poweroff'
		Environment=HOME=/root TERM=dumb DEBIAN_FRONTEND=noninteractive
		StandardOutput=tty
		StandardError=inherit
		TTYPath=/dev/ttyS0
		[Install]
		WantedBy=multi-user.target
	END
	in_root systemctl enable script.service
	mask
	mkdir -p "$root"/etc/systemd/system/systemd-udev-trigger.service.d
	printf '%s\n' '[Service]' ExecStart= 'ExecStart=udevadm trigger --subsystem-match=block' \
		>"$root/etc/systemd/system/systemd-udev-trigger.service.d/machine.conf"
	mkdir -p "$root/etc/systemd/journald.conf.d"
	printf '%s\n' '[Journal]' Storage=volatile >"$root/etc/systemd/journald.conf.d/machine.conf"
}

# make_esp: with GRUB. The emulator needs no mitigations, and is slow with them.
make_esp() {
	local esp=$work/esp tree=$work/tree options="console=ttyS0 no_timer_check mitigations=off"
	mkdir -p "$tree/EFI/BOOT" "$tree/EFI/debian"
	cp "$root/usr/lib/grub/x86_64-efi-signed/grubx64.efi.signed" "$tree/EFI/BOOT/BOOTX64.EFI"
	cat >"$tree/EFI/debian/grub.cfg" <<-END
		search.fs_uuid $root_uuid root
		linux /boot/vmlinuz-$older root=UUID=$root_uuid ro quiet $options
		initrd /boot/initrd.img-$older
		boot
	END
	mkfs.fat -n ESP -C "$esp" $((esp_mib * 1024)) >&2
	mcopy -s -i "$esp" "$tree"/* ::
	dd if="$esp" of="$out/disk" bs=1M seek=1 conv=notrunc,sparse status=none
}

make_disk() {
	local begin=$((esp_mib + 1))
	truncate -s "${disk_mib}M" "$out/disk"
	sfdisk -q "$out/disk" >&2 <<-END
		label: gpt
		start=1MiB, size=${esp_mib}MiB, type=uefi
		start=${begin}MiB, size=$((disk_mib - begin - 1))MiB, type=linux
	END
	make_esp
	mke2fs -q -t ext4 -U "$root_uuid" -E "offset=$((begin << 20)),root_owner=0:0" -d "$root" \
		"$out/disk" $(((disk_mib - begin - 1) << 10)) >&2
	echo "$older" >"$out/older"
	echo "$newer" >"$out/newer"
}

if [ "${1-}" = inside ]; then
	release=$2 out=$3
	mount -t tmpfs tmpfs /mnt
	root=/mnt/root work=/mnt/work
	mkdir "$root" "$work"
	make_root
	choose_kernels
	offer
	settle
	umount -R "$root/proc" "$root/dev"
	make_disk
	exit
fi

[ $# -eq 1 ] || fail "usage: machine.sh RELEASE"
release=$1
machines=$bzboot_cache/machines
mkdir -p "$machines"
exec {lock}>"$machines/.lock"
flock "$lock"
see_to_archive
kind=$(sha256sum "$0" | head -c 8)
machine=$machines/$release-$(published "$release" || echo unknown)-$kind
if [ ! -d "$machine" ]; then
	echo "machine.sh: making a machine of $release" >&2
	temporary=$machines/.$release.making
	as_root rm -rf "$temporary"
	mkdir "$temporary"
	as_root unshare --mount "$0" inside "$release" "$temporary" ||
		fail "cannot make a machine of $release"
	as_root chown -R "$(id -u)" "$temporary"
	find "$machines/" -mindepth 1 -maxdepth 1 -name "$release-*" -exec rm -rf {} +
	mv -T "$temporary" "$machine"
fi
echo "$machine"
