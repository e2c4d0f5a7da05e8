#!/usr/bin/env bash
# SPDX-License-Identifier: BSD-2-Clause
#
# Files beside a unified kernel image, with Secure Boot on, by systemd-stub and by ours: the system
# finds credentials and extensions, addons of our key count, and each byte is measured as an
# independent program predicts it.
# shellcheck source=tests/parity.sh
. tests/parity.sh
# shellcheck source=tests/secure.sh
. tests/secure.sh
need python3 cpio
trap 'rm -rf "$sockets" "$work"' EXIT

name=6.12-cloud
kernel "$name"
initramfs image
printf '%s\n' ID=test 'PRETTY_NAME="Test OS"' >"$work/os-release"
pack "$name-companions" "$boot/$name.vmlinuz" --uki --os-release "@$work/os-release" \
	--cmdline "$from_image bzboot.handoff" --initrd "$boot/image.cpio.gz"

# archive FILE PATH: an initrd with one file, which has its own path as its text
archive() {
	local root=$work/archive
	rm -rf "$root"
	mkdir -p "$root/${2%/*}"
	echo "$2" >"$root/$2"
	(cd "$root" && find . | LC_ALL=C sort | cpio -o -H newc --quiet) >"$1"
}

# addon KEY FILE NAME=TEXT...: an addon signed by KEY; it is made again, because it is small
addon() {
	python3 tests/uki/companions.py addon "$work/unsigned" "${@:3}"
	"$bzboot" sign "$work/unsigned" -o "$2" --key "$keys/$1.key" --cert "$keys/$1.pem" >/dev/null
}

image=EFI/BOOT/BOOTX64.EFI
beside=$tree/$image.extra.d
mkdir -p "$beside/folder.cred" "$tree"/loader/{credentials,extensions,addons}
printf second >"$beside/b.cred"
printf first >"$beside/Upper.CRED"
: >"$beside/empty.cred"
printf hidden >"$beside/.hidden.cred"
printf other >"$beside/other.credential"
head -c 3000001 /dev/zero >"$beside/large.raw"
printf ext >"$beside/x.sysext.raw"
printf conf >"$beside/x.confext.raw"
printf global >"$tree/loader/credentials/global.cred"
archive "$work/microcode" kernel/x86/microcode/none.bin
archive "$work/initrd" .extra/from-addon
addon db "$tree/loader/addons/first.addon.efi" $'.cmdline=addon.first=1 \n'
addon db "$beside/own.addon.efi" .cmdline=addon.own=2 ".uname=$(release "$name")" \
	".initrd=@$work/initrd"
addon db "$beside/more.addon.efi" ".ucode=@$work/microcode"
addon stranger "$beside/stranger-ignored.addon.efi" .cmdline=addon.stranger
addon db "$beside/uname-ignored.addon.efi" .cmdline=addon.uname .uname=1.0
# control OUT: $boot/OUT.efi, a unified kernel image with systemd-stub of Debian 13
control() {
	local stub
	stub=$(tools/unpacked.sh systemd-boot-efi/trixie)/usr/lib/systemd/boot/efi/linuxx64.efi.stub
	made "$boot/$1.efi" "$stub" "$boot/$name.vmlinuz" -- python3 tests/uki/add_profile.py "$stub" \
		"$boot/$1.efi" ".osrel=@$work/os-release" ".cmdline=$from_image bzboot.handoff" \
		".initrd=@$boot/image.cpio.gz" ".uname=$(release "$name")" ".linux=@$boot/$name.vmlinuz"
}

# same_lines_as_predicted WHAT FOUND: what the boot had is as predicted
same_lines_as_predicted() {
	local difference
	difference=$(diff <(grep "^$1 " "$work/predicted") - <<<"$2") ||
		fault "$1: predicted (<), found (>): $difference"
}

# with_image NAME OUT: the tests of $boot/OUT.efi
with_image() {
	cp "$boot/$2.efi" "$tree/$image"
	python3 tests/uki/companions.py predict "$tree" $image host=3 >"$work/predicted"
	sign "$2-signed" "$boot/$2.efi" db
	cp "$boot/$2-signed.efi" "$tree/$image"
	start_with_tpm --tree "$tree" --secure "$own" --timeout 300 -- -device tpm-tis,tpmdev=tpm \
		-smbios type=11,value=io.systemd.stub.kernel-cmdline-extra=host=3
	expect_lines "$enabled"
	expect userspace=reached initrd=ok initrd_id=image
	same "the command line" "$(sed -n 's/^cmdline //p' "$work/predicted")" \
		"$(said "$log" cmdline)"
	finish_boot "$1: addons of our key change the command line, those of a stranger do not"

	expect "extra=644 /.extra/from-addon $(echo .extra/from-addon | sha256sum | cut -c 1-64)"
	same_lines_as_predicted extra \
		"$(said "$log" extra | sed '/from-addon/d; s/^/extra /' | LC_ALL=C sort)"
	finish "$1: the system finds the files"

	said "$log" event_log | base64 -d >"$work/log"
	same_lines_as_predicted event \
		"$(python3 tests/uki/companions.py events "$work/log" | sort -s -n -k 2,2)"
	finish "$1: the measurements are as predicted"
}

control "$name-systemd"
with_image "the control, systemd-stub" "$name-systemd"

# systemd-stub has these since 258.
printf global1 >"$tree/loader/extensions/global.raw"
printf global12 >"$tree/loader/extensions/global.confext.raw"
with_image ours "$name-companions"
expect_lines "*stranger-ignored.addon.efi: the firmware does not load it, ignored*" \
	"*uname-ignored.addon.efi: it is for another kernel, ignored*"
finish_boot "ours: a message names each addon that is ignored"

# menu IMAGE: a disk whose systemd-boot starts IMAGE with another command line
menu() {
	local folder
	folder=$(tools/unpacked.sh systemd-boot-efi/trixie)
	rm -rf "$tree"
	mkdir -p "$tree/EFI/BOOT" "$tree/loader/entries"
	"$bzboot" sign "$folder/usr/lib/systemd/boot/efi/systemd-bootx64.efi" --key "$keys/db.key" \
		--cert "$keys/db.pem" -o "$tree/EFI/BOOT/BOOTX64.EFI" >/dev/null
	cp "$1" "$tree/test.efi"
	echo default test.conf >"$tree/loader/loader.conf"
	printf '%s\n' "title Test" "efi /test.efi" "options $from_loader" \
		>"$tree/loader/entries/test.conf"
}

# A default would give way to the boot loader's, without Secure Boot.
pack "$name-default" "$boot/$name.vmlinuz" --uki --os-release "@$work/os-release" \
	--default-cmdline "$from_image bzboot.handoff" --initrd "$boot/image.cpio.gz"
sign "$name-default-signed" "$boot/$name-default.efi" db
for image in systemd default; do
	menu "$boot/$name-$image-signed.efi"
	start --tree "$tree" --secure "$own" --timeout 300
	expect_lines "$enabled"
	expect userspace=reached initrd_id=image "cmdline=$from_image bzboot.handoff"
	[ $image = systemd ] || expect_lines "*Secure Boot: the image's command line counts, *"
	finish_boot "systemd-boot, the stub of $image: another command line does not count"
done

plan
