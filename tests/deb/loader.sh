#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
#
# On Debian, as root, with bzboot installed: systemd-boot is installed, and its boot loader on the
# EFI system partition is signed; then it is another one, and is signed when its package is upgraded.
# tests/all_deb.t runs it in a root of its own.
set -eu
export DEBIAN_FRONTEND=noninteractive SYSTEMD_RELAX_ESP_CHECKS=1

# signed FILE
signed() {
	bzboot verify --cert /etc/bzboot/cert "$1"
}

loader=/boot/efi/EFI/systemd/systemd-bootx64.efi
mkdir -p /boot/efi /etc/bzboot /etc/kernel
mount -t tmpfs tmpfs /boot/efi
mkdir /boot/efi/EFI
systemd-machine-id-setup
# dracut, if it is installed, would make an initrd: the kernel below has no modules for it.
mkdir -p /etc/kernel/install.d
ln -s /dev/null /etc/kernel/install.d/50-dracut.install
make -C /usr/share/bzboot/examples/kernel O=/tmp/kernel
cp "$(find /tmp/kernel -name '*.efi' | sort | head -n 1)" /boot/vmlinuz-1
openssl req -x509 -newkey rsa:2048 -nodes -subj /CN=test \
	-keyout /etc/bzboot/key -out /etc/bzboot/cert
cat >/etc/bzboot/bzboot.conf <<'END'
[Contents]
NoInitrd=yes
Cmdline=quiet
[Signing]
Key=/etc/bzboot/key
Cert=/etc/bzboot/cert
END

install="apt-get install -y --no-install-recommends systemd-boot systemd-boot-efi-amd64-signed"
$install || { apt-get update && $install; }
signed /boot/efi/EFI/Linux/*-1.efi
signed "$loader"

cp /usr/lib/systemd/boot/efi/systemd-bootx64.efi.signed "$loader"
! signed "$loader" || exit 1
apt-get install -y --reinstall systemd-boot-efi-amd64-signed
signed "$loader"

apt-get purge -y systemd-boot
umount /boot/efi
rm -r /etc/bzboot /boot/vmlinuz-1 /tmp/kernel /etc/kernel/install.d/50-dracut.install
mkdir -p /var/lib/bzboot
touch /var/lib/bzboot/1.json # for the purge of bzboot
