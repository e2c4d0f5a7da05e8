#!/usr/bin/env bash
# SPDX-License-Identifier: BSD-2-Clause
#
# Kernel updates of Debian 13, in a root of its own (tools/root.sh), with its own packages: a
# kernel, initramfs-tools and systemd-boot are installed, upgraded and removed; dpkg and
# kernel-install run the hooks, which pack once. The EFI system partition is a file system in memory.
# shellcheck source=tests/sign.sh
. tests/sign.sh
# shellcheck source=tests/debian13.sh
. tests/debian13.sh

cat >"$work/bzboot.conf" <<'END'
[Compression]
Level=1
[Signing]
Key=/out/rsa.key
Cert=/out/rsa.pem
END

# An initrd that is made in a moment
cat >"$work/initramfs.sh" <<'END'
MODULES=list
COMPRESS=gzip
BUSYBOX=n
END

# The session in the root; in_session NAME COMMAND...: leaves NAME.log, NAME.status and NAME.esp
cat >"$work/session.sh" <<'END'
set -eu
export DEBIAN_FRONTEND=noninteractive SYSTEMD_RELAX_ESP_CHECKS=1
in_session() {
	name=$1
	shift
	status=0
	"$@" >"/out/$name.tty" 2>&1 </dev/null || status=$?
	tr -d '\r' <"/out/$name.tty" >"/out/$name.log"
	echo "$status" >"/out/$name.status"
	find /boot/efi/EFI/Linux /boot/efi/loader/entries "/boot/efi/$(cat /etc/machine-id)" \
		/var/lib/bzboot ! -type d -printf '%f %i\n' 2>/dev/null | sort >"/out/$name.esp"
}
install_packages() {
	apt-get install -y --no-install-recommends "$@" ||
		{ apt-get update && apt-get install -y --no-install-recommends "$@"; }
}
update() {
	run-parts --arg="$version" --arg="/boot/initrd.img-$version" /etc/initramfs/post-update.d
}

# The root has a kernel, and programs that make initrds, for other tests.
apt-get purge -y "linux-image-*" initramfs-tools initramfs-tools-core dracut-core systemd-boot-efi
cd /bzboot
make -s install-hooks DESTDIR=
cd /
install /out/bzboot /usr/bin
install /out/libZydis.so.* /usr/lib
systemd-machine-id-setup >/dev/null 2>&1
mkdir -p /boot/efi /etc/bzboot /etc/kernel /etc/initramfs-tools/conf.d
mount -t tmpfs -o size=150M tmpfs /boot/efi
mkdir /boot/efi/EFI /boot/efi/loader
cp /out/bzboot.conf /etc/bzboot
cp /out/initramfs.sh /etc/initramfs-tools/conf.d/test
echo root=/dev/vda1 >/etc/kernel/cmdline
cp /etc/machine-id /out

in_session install install_packages initramfs-tools linux-image-cloud-amd64 systemd-boot
kernel=$(dpkg-query -W -f '${db:Status-Abbrev} ${Package}\n' 'linux-image-*-cloud-amd64' |
	sed -n 's/^ii *//p')
version=${kernel#linux-image-}
echo "$version" >/out/version
in_session verify bzboot verify --cert /out/rsa.pem \
	"/boot/efi/EFI/Linux/$(cat /etc/machine-id)-$version.efi"
in_session upgrade apt-get install -y --reinstall --allow-downgrades "$kernel/trixie"
head -c 16M /dev/urandom >>"/boot/initrd.img-$version"
dd if=/dev/zero of=/boot/efi/full bs=1M status=none || :
in_session full update
printf '[Install]\nFailure=warn\n' >>/etc/bzboot/bzboot.conf
in_session warn update
rm /boot/efi/full
in_session space update
in_session removal apt-get purge -y "$kernel"
END

make_key rsa -newkey rsa:2048
copy_program
in_root sh /out/session.sh >"$work/log" 2>&1 || fail "in Debian 13: $(tail -n 20 "$work/log")"
version=$(<"$work/version")
name=$(<"$work/machine-id")-$version

# about NAME: the part of the session
about() {
	log=$work/$1.log
	mapfile -t esp <"$work/$1.esp"
	status=$(<"$work/$1.status")
}

# number FILE: the inode of a file on the ESP
number() {
	printf '%s\n' "${esp[@]}" | sed -n "s/^$1 //p"
}

# packs COUNT: that many images were made
packs() {
	same "images made" "$1" "$(grep -c 'bytes, signed$' "$log")"
}

# there FILE...: they are on the ESP, or records, and no others
there() {
	same "files" "$(printf '%s\n' "$@" | LC_ALL=C sort)" \
		"$(printf '%s\n' "${esp[@]% *}" | LC_ALL=C sort)"
}

# ends STATUS NAME
ends() {
	[ "$status" = "$1" ] || fault "exit status $status: $(tail -n 20 "$log")"
	finish "$2"
}

about verify
ends 0 "the image is signed"
about install
packs 2	# by the package, and because initramfs-tools is a new package
there "$name.efi" "$name~previous.efi" "$version.json"
ends 0 "a kernel is installed, with systemd-boot: kernel-install's own plugins make nothing"

old=$(number "$name.efi")
about upgrade
packs 1
there "$name.efi" "$name~previous.efi" "$version.json"
same "the previous image" "$old" "$(number "$name~previous.efi")"
ends 0 "the kernel's package is upgraded: one image is made, and the one before stays"

old=$(number "$name.efi")
about full
packs 0
grep -q "has no room for $version" "$log" || fault "no message: $(<"$log")"
same "the image" "$old" "$(number "$name.efi")"
[ "$status" != 0 ] || fault "no error"
ends "$status" "no room: an error, and the image stays"
about warn
packs 0
same "the image" "$old" "$(number "$name.efi")"
ends 0 "no room, Failure=warn: no error"
about space
packs 1
same "the previous image" "$old" "$(number "$name~previous.efi")"
ends 0 "room again: the image is made"

about removal
there
ends 0 "the kernel's package is removed: nothing is left"
plan
