#!/usr/bin/env bash
# SPDX-License-Identifier: BSD-2-Clause
#
# initramfs.sh [--busybox FILE] OUT [ID [MODULE]]: write an initramfs whose /init prints a report on
# the console and powers off. Every line of it is "BZBOOT KEY=VALUE". The same ID gives the same
# bytes. FILE is a static busybox of the machine that will run it (default: this machine's, of
# Debian's busybox-static). MODULE is that of tests/linux/module, for the kernel that will run: it is
# loaded, and its parameters are checked.
set -euo pipefail

busybox=/bin/busybox
if [ "${1-}" = --busybox ]; then
	busybox=${2-}
	shift 2
fi
out=${1:?usage: initramfs.sh [--busybox FILE] OUT [ID [MODULE]]}
id=${2:-default}
module=${3-}
applets="sh mount cat cut grep sed awk sha256sum stty dmesg poweroff insmod od tr base64 find stat sort"

root=$(mktemp -d)
trap 'rm -rf "$root" "$out.$$"' EXIT
umask 022

# incompressible NAME: write 1 MiB that looks random and is the same each time, so that damage
# anywhere in the initrd is detected, with any compression
incompressible() {
	perl -MDigest::SHA=sha256 -e 'print sha256("bzboot $_") for 1..32768' >"$1"
}

chmod 755 "$root"
mkdir "$root"/{bin,proc,sys,dev}
cp "$busybox" "$root/bin/busybox"
for applet in $applets; do
	ln -s busybox "$root/bin/$applet"
done
incompressible "$root/data"
(cd "$root" && sha256sum data >data.sha256)
echo "$id" >"$root/id"
[ -z "$module" ] || cp "$module" "$root/module.ko"

cat >"$root/init" <<'INIT'
#!/bin/sh
mount -t proc proc /proc
mount -t sysfs sysfs /sys
mount -t devtmpfs devtmpfs /dev
# Messages of the kernel must not interrupt the lines of the report.
dmesg -n 1
exec </dev/console >/dev/console 2>&1

boot_params=/sys/kernel/boot_params/data	# on x86

# Modules that a test has put in another archive, after this one
for module in /modules/*.ko; do
	[ ! -e "$module" ] || insmod "$module"
done

report() {
	echo "BZBOOT $1=$2"
}

# ask_module: load it, and check that each of its parameters is the address of the kernel's _printk
ask_module() {
	insmod /module.ko || return 1
	address=$(sed -n 's/ . _printk$//p; T; q' /proc/kallsyms)
	cd /sys/module/bzboot_module/parameters || return 1
	[ "$(cat data)" = "$address" ] && [ "$(cat immediate)" = "$address" ] &&
		[ "$(cat distance)" = "$address" ]
}

# hex FILE...: print the bytes on one line
hex() {
	cat "$@" | od -An -v -t x1 | tr -d ' \n'
}

# report_hand_off: report boot_params with setup_data, the kernel's messages about them, the stub's
# files, and the measurements; called if the command line has "bzboot.handoff"
report_hand_off() {
	[ ! -e $boot_params ] || report params "$(hex $boot_params)"
	for node in /sys/kernel/boot_params/setup_data/*; do
		[ -e "$node/type" ] || continue
		report setup_data "$(cat "$node/type"):$(sha256sum <"$node/data" | cut -c 1-64)"
	done
	dmesg | sed -n 's/^\[[^]]*\] /BZBOOT dmesg=/p' |
		grep -iE '=(efi:|efifb|BIOS-e820|secureboot|random: crng|Secure boot|tpm|printk|integrity:|ima:)'
	find /.extra -type f 2>/dev/null | sort | while read -r file; do
		report extra "$(stat -c "%a %n" "$file") $(sha256sum <"$file" | cut -c 1-64)"
	done
	mount -t securityfs securityfs /sys/kernel/security 2>/dev/null || return 0
	for pcr in /sys/class/tpm/tpm0/pcr-sha256/*; do
		[ ! -e "$pcr" ] || report "pcr${pcr##*/}" "$(cat "$pcr")"
	done
	log=/sys/kernel/security/tpm0/binary_bios_measurements
	[ ! -e "$log" ] || report event_log "$(base64 <"$log" | tr -d '\n')"
}

echo
grep -qw bzboot.handoff /proc/cmdline && report_hand_off
report release "$(cut -d ' ' -f 3 /proc/version)"
report cmdline "$(cat /proc/cmdline)"
report cpus "$(grep -c ^processor /proc/cpuinfo)"
report memory_kb "$(awk '/^MemTotal/ { print $2 }' /proc/meminfo)"
model=/sys/firmware/devicetree/base/model	# NUL-terminated; none with ACPI
[ ! -e $model ] || report model "$(tr -d '\0' <$model)"
report firmware "$([ -d /sys/firmware/efi ] && echo efi || echo bios)"
if [ -e $boot_params ]; then
	report levels "$(grep -qw la57 /proc/cpuinfo && echo 5 || echo 4)"
	# boot_params.acpi_rsdp_addr
	report rsdp "$(od -A n -t x8 -j 0x70 -N 8 $boot_params | tr -d ' ')"
fi
report physical "$(sed -n 's/^ *\(.*\)-.* : Kernel code/\1/p' /proc/iomem)"
report virtual "$(sed -n 's/ . _s\?text$//p; T; q' /proc/kallsyms)"
report initrd_id "$(cat /id)"
report initrd "$(sha256sum -c -s data.sha256 && echo ok || echo damaged)"
[ ! -e /module.ko ] || report module "$(ask_module && echo ok || echo damaged)"
report uptime "$(cut -d ' ' -f 1 /proc/uptime)"
report userspace reached
# Setting the mode of a terminal waits until all output is sent.
stty -echo
poweroff -f
INIT
chmod 755 "$root/init"

find "$root" -exec touch -h -d @0 {} +
(cd "$root" && find . | LC_ALL=C sort | cpio -o -H newc --quiet --reproducible --owner 0:0) |
	gzip -9n >"$out.$$"
mv "$out.$$" "$out"
