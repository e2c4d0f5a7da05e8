#!/usr/bin/env bash
# SPDX-License-Identifier: BSD-2-Clause
#
# A unified kernel image boots from the menus that look for such images. Its sections are in PCR 11,
# the initrd and the command line in PCR 9, and the loader's choices in PCR 12, as bzboot measure predicts.
#
#   tests/boot_all_uki.t		the oldest and the newest systemd-boot
#   tests/boot_all_uki.t --all	one between them, too
# shellcheck source=tests/parity.sh
. tests/parity.sh
need python3

name=6.12-cloud
kernel "$name"
initramfs image
cat >"$sockets/os-release" <<-END
	ID=test
	PRETTY_NAME="Test OS"
END
pack "$name-menu" "$boot/$name.vmlinuz" --uki --os-release "@$sockets/os-release" \
	--cmdline "$from_image bzboot.handoff" --initrd "$boot/image.cpio.gz"

# hash: the SHA-256 of standard input
hash() {
	sha256sum | cut -d ' ' -f 1
}
os_release=$(hash <"$sockets/os-release")

# menu FOLDER PROGRAM: $tree, a disk with this boot menu and the image for it
menu() {
	tree=$sockets/$1
	mkdir -p "$tree/EFI/BOOT" "$tree/EFI/Linux"
	cp "$2" "$tree/EFI/BOOT/BOOTX64.EFI"
	cp "$boot/$name-menu.efi" "$tree/EFI/Linux/test.efi"
}

suites=(bookworm forky)
[ "${1-}" != --all ] || suites=(bookworm trixie forky)
for suite in "${suites[@]}"; do
	menu $suite "$(tools/unpacked.sh systemd-boot-efi/$suite)/usr/lib/systemd/boot/efi/systemd-bootx64.efi"
	start_with_tpm --tree "$tree" -- -device tpm-tis,tpmdev=tpm
	expect userspace=reached initrd=ok initrd_id=image "extra=444 /.extra/os-release $os_release"
	as_predicted "9 11" "$boot/$name-menu.efi"
	finish_boot "systemd-boot of $suite: PCR 9 and 11 are as predicted"
done

grub=/usr/lib/grub/x86_64-efi
menu grub "$(tools/unpacked.sh grub-efi-amd64-unsigned/forky)$grub/monolithic/grubx64.efi"
mkdir -p "$tree/EFI/debian/x86_64-efi"
cp "$(tools/unpacked.sh grub-efi-amd64-bin/forky)$grub"/*.{mod,lst} "$tree/EFI/debian/x86_64-efi"
printf '%s\n' "insmod blsuki" "set timeout=0" uki >"$tree/EFI/debian/grub.cfg"
start_with_tpm --tree "$tree" -- -device tpm-tis,tpmdev=tpm
expect userspace=reached initrd=ok initrd_id=image
as_predicted 11 "$boot/$name-menu.efi"	# GRUB measures files into PCR 9
finish_boot "GRUB of forky: PCR 11 is as predicted"

profile=$'ID=one\nTITLE=One\n' other=$'ID=other\nPRETTY_NAME="Other OS"\n'
python3 tests/uki/add_profile.py "$boot/$name-menu.efi" "$boot/$name-profiles.efi" .profile=ID=zero \
	".profile=$profile" ".osrel=$other" ".cmdline=never used"
start_with_tpm --kernel "$boot/$name-profiles.efi" --cmdline "@1 $from_loader bzboot.handoff" \
	-- -device tpm-tis,tpmdev=tpm
expect userspace=reached initrd=ok initrd_id=image "cmdline=$from_loader bzboot.handoff" \
	"extra=444 /.extra/os-release $(printf %s "$other" | hash)" \
	"extra=444 /.extra/profile $(printf %s "$profile" | hash)"
as_predicted "9 11 12" "$boot/$name-profiles.efi" --profile 1 --cmdline "$from_loader bzboot.handoff"
finish_boot "firmware alone, another profile and command line: PCR 9, 11 and 12 are as predicted"

plan
