# SPDX-License-Identifier: BSD-2-Clause
# shellcheck shell=bash
#
# A copy of this system for tests of kernel updates: what is written to /etc, /usr, /var/lib and
# /boot lasts until the test ends. Its initramfs-tools, systemd-boot and ESP are stand-ins, its
# kernel-install, run-parts and installkernel are the real ones.
# Sourced after tests/cli.sh, by root, in a mount namespace of the test.
# shellcheck disable=SC2034,SC2154 # variables of tests/cli.sh, and for the test
need mount unshare run-parts kernel-install installkernel make

places=(/etc /usr/lib /usr/share /var/lib)
layers=$work/layers
mkdir "$layers"
trap 'umount -l "${places[@]}" /boot "$layers"; rm -rf "$work"' EXIT
for place in "$layers" /boot; do
	mount -t tmpfs tmpfs "$place" || fail "cannot mount a file system"
done
for place in "${places[@]}"; do
	layer=$layers/${place//\//-}
	mkdir -p "$layer/upper" "$layer/work"
	mount -t overlay -o "lowerdir=$place,upperdir=$layer/upper,workdir=$layer/work" overlay "$place" ||
		fail "cannot mount a copy of $place"
done
rm -rf /etc/kernel /etc/initramfs /usr/share/kernel
mkdir -p /etc/kernel/{install,postinst,postrm}.d /etc/initramfs/post-update.d

version=6.1.2-test
kernel=/boot/vmlinuz-$version
initrd=/boot/initrd.img-$version
token=0123456789abcdef0123456789abcdef
esp=/boot/efi
mkdir "$work/bin"
PATH=$work/bin:$PATH
unset DEB_MAINT_PARAMS INITRD MAKEFLAGS MFLAGS MAKELEVEL
echo kernel >"$kernel"
echo initrd >"$initrd"
echo "root=/dev/vda1" >/etc/kernel/cmdline
export BOOT_ROOT=$esp MACHINE_ID=$token	# for kernel-install

# empty_esp
empty_esp() {
	rm -rf "$esp"
	mkdir -p "$esp/EFI/Linux" "$esp/loader/entries"
}

# hook FILE: it becomes an executable of standard input
hook() {
	mkdir -p "${1%/*}"
	cat >"$1"
	chmod 755 "$1"
}

# systemd_boot FOLDER: its hooks; $work/systemd-boot stands for the files on the ESP
systemd_boot() {
	: >"$work/systemd-boot"
	rm -f {/etc,/usr/share}/kernel/*/zz-systemd-boot
	hook "$1/zz-systemd-boot" <<-'END'
		#!/bin/sh
		bootctl is-installed --quiet || exit 0
		kernel-install add "$1" "$2"
	END
	hook "${1/postinst/postrm}/zz-systemd-boot" <<-'END'
		#!/bin/sh
		bootctl is-installed --quiet || exit 0
		kernel-install remove "$1"
	END
	hook /etc/initramfs/post-update.d/systemd-boot <<-'END'
		#!/bin/sh
		bootctl is-installed --quiet || exit 0
		kernel-install add "$1" "/boot/vmlinuz-$1" "$2"
	END
}

hook "$work/bin/bootctl" <<-END
	#!/bin/sh
	[ -e "$work/systemd-boot" ]
END
hook "$work/bin/update-initramfs" <<-END
	#!/bin/sh
	echo "initrd of \$1" >/boot/initrd.img-\$1
	run-parts --arg="\$1" --arg="/boot/initrd.img-\$1" /etc/initramfs/post-update.d
END
hook /etc/kernel/postinst.d/initramfs-tools <<-'END'
	#!/bin/sh
	[ "$INITRD" = No ] || exec update-initramfs "$1"
END

# hooks_of EVENT: run its hooks as packages do
hooks_of() {
	local folders=() folder
	for folder in {/etc,/usr/share}/kernel/"$1.d"; do
		[ ! -d "$folder" ] || folders+=("$folder")
	done
	if run-parts --help | grep -q 'DIRECTORY \['; then
		run-parts --report --exit-on-error --arg="$version" --arg="$kernel" "${folders[@]}"
	else
		for folder in "${folders[@]}"; do
			run-parts --report --exit-on-error --arg="$version" --arg="$kernel" "$folder" || return
		done
	fi
}

event_package() {
	DEB_MAINT_PARAMS=${1-configure} hooks_of postinst
}

event_removal() {
	DEB_MAINT_PARAMS=${1-remove} hooks_of postrm
}

event_update-initramfs() {
	update-initramfs "$version"
}

event_installkernel() {
	local image=$work/bzImage
	cp "$kernel" "$image"
	echo symbols >"$work/System.map"
	installkernel "$version" "$image" "$work/System.map" /boot
}

# event NAME [MAINTAINER-PARAMETERS]: sets status, leaves $work/stdout and $work/stderr
event() {
	status=0
	"event_$1" "${@:2}" </dev/null >"$work/stdout" 2>"$work/stderr" || status=$?
}

# kernel_install ARGUMENT...: sets status, leaves $work/stdout and $work/stderr
kernel_install() {
	status=0
	kernel-install "$@" </dev/null >"$work/stdout" 2>"$work/stderr" || status=$?
}

empty_esp
make -s install-hooks DESTDIR= >"$work/log" 2>&1 || fail "make install-hooks: $(<"$work/log")"
