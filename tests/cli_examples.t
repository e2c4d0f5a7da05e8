#!/usr/bin/env bash
# SPDX-License-Identifier: BSD-2-Clause
#
# examples/*.sh: usage, wrong command lines, and all steps before firmware starts: keys.sh and
# run.sh beside them, and dracut, are stand-ins. The disks of usb.sh and image.sh are real.
# (tests/all_build_systems.t has the real dracut, mkinitramfs and live-build.)
# shellcheck source=tests/sign.sh
. tests/sign.sh
PATH=$PATH:/usr/sbin:/sbin
need make jq sfdisk mkfs.fat mmd mcopy fsck.fat mke2fs debugfs

mkdir "$work"/{tools,ovmf}
cp -r examples "$work"
cp tools/bzimage.mk "$work/tools"
make_kernel
make_key db
kernel=$work/kernel.elf

# This stand-in copies keys, and logs that it ran.
cat >"$work/ovmf/keys.sh" <<-END
	#!/bin/sh
	mkdir "\$1" && cp "$work"/db.key "$work"/db.pem "\$1" && echo keys.sh >>"$work/started"
END
# This stand-in boots nothing, and logs its arguments.
cat >"$work/ovmf/run.sh" <<-END
	#!/bin/sh
	echo "run.sh \$*" >>"$work/started"
	exit \${RUN_STATUS-0}
END
chmod +x "$work"/ovmf/*.sh

# example NAME ARGUMENT...: sets status and started, leaves $work/stdout and $work/stderr
example() {
	status=0
	rm -f "$work/started"
	BZBOOT=$bzboot "$work/examples/$1.sh" "${@:2}" </dev/null >"$work/stdout" 2>"$work/stderr" ||
		status=$?
	started=$(cat "$work/started" 2>/dev/null) || true
}

declare -A usage=(
	[usb]="usage: usb.sh KERNEL DISK [OPTION-OF-BZBOOT-PACK]..."
	[signed]="usage: signed.sh KERNEL KEYS IMAGE [OPTION-OF-BZBOOT-PACK]..."
	[tree]="usage: tree.sh TREE OBJECTS [INITRD]"
	[image]="usage: image.sh ROOT DISK [OPTION-OF-BZBOOT-PACK]..."
	[dracut]="usage: dracut.sh IMAGE VERSION [OPTION-OF-DRACUT]... [-- OPTION-OF-BZBOOT-PACK...]"
	[mkinitramfs]="usage: mkinitramfs.sh PACKAGE IMAGE [OPTION-OF-BZBOOT-PACK]..."
)
for name in "${!usage[@]}"; do
	example "$name" --help
	same "exit status" 0 "$status"
	same "the help" "${usage[$name]}" "$(<"$work/stdout")"
	for arguments in "" "one" "--no-such one two three"; do
		# shellcheck disable=SC2086 # several arguments
		example "$name" $arguments
		same "exit status, '$arguments'" 2 "$status"
		same "the last line, '$arguments'" "${usage[$name]}" "$(tail -n 1 "$work/stderr")"
		same "programs started, '$arguments'" "" "$started"
	done
	finish "$name.sh: usage, and wrong command lines"
done
same "all examples" "dracut image live-build mkinitramfs signed tree usb" "$(cd examples && echo *.sh | sed 's/\.sh//g')"
finish "every example is tried"

# --- usb.sh -------------------------------------------------------------------

disk=$work/usb.img
example usb "$kernel" "$disk" --fast --cmdline "from=usb"
same "exit status" 0 "$status"
[ -s "$disk" ] || fail "usb.sh: $(<"$work/stderr")"
table=$(sfdisk --json "$disk" | jq -c '.partitiontable | [.label, (.partitions | length),
	.partitions[0].type, .partitions[0].start]')
same "the partition table" '["gpt",1,"C12A7328-F81F-11D2-BA4B-00A0C93EC93B",2048]' "$table"
sectors=$(sfdisk --json "$disk" | jq '.partitiontable.partitions[0].size')
dd if="$disk" of="$work/partition" bs=512 skip=2048 count="$sectors" status=none
fsck.fat -n "$work/partition" >"$work/log" 2>&1 || fault "fsck.fat: $(<"$work/log")"
mcopy -n -i "$work/partition" ::/EFI/BOOT/BOOTX64.EFI "$work/from_disk.efi" || fault "no image"
same "the image's command line" "from=usb" \
	"$("$bzboot" info --json "$work/from_disk.efi" | jq -r .manifest.cmdline)"
finish "usb.sh: an EFI system partition with the image at firmware's path"

rm "$disk"
example usb "$work/nothing" "$disk"
same "exit status" 1 "$status"
[ ! -e "$disk" ] || fault "the disk was written"
finish "usb.sh: without a kernel no disk is written"

# --- signed.sh ----------------------------------------------------------------

signed=$work/signed.efi
example signed "$kernel" "$work/keys" "$signed" --fast
same "exit status" 0 "$status"
same "programs started" "keys.sh
run.sh --disk $signed --secure $work/keys/vars.fd" "$started"
verifies "$signed" --cert "$work/db.pem"
finish "signed.sh: keys, a signed image, and a boot with these keys"

example signed "$kernel" "$work/keys" "$signed" --fast
same "programs started" "run.sh --disk $signed --secure $work/keys/vars.fd" "$started"
finish "signed.sh: existing keys are used"

rm "$work/keys/db.key"
example signed "$kernel" "$work/keys" "$signed" --fast
[ "$status" -ne 0 ] || fault "it does not fail"
same "programs started" "" "$started"
finish "signed.sh: without the key nothing is booted"

# --- tree.sh ------------------------------------------------------------------

# A tree with the parts of kbuild that bzimage.mk uses: linking copies a file.
tree=$work/linux
objects=$work/objects
mkdir "$tree"
touch "$tree/Kbuild"
cat >"$tree/Makefile" <<-'END'
	.RECIPEPREFIX = >
	vmlinux: $(O)/vmlinux
	$(O)/vmlinux: $(KERNEL_LINKED)
	> cp $< $@
	> $(MAKE) -C $(O) -f $(ARCH_POSTLINK) vmlinux
	x86_64_defconfig:
	> echo CONFIG_KERNEL_LZ4=y >$(O)/.config
END
export KERNEL_LINKED=$kernel
unset MAKEFLAGS MFLAGS MAKELEVEL BZBOOT_FLAGS	# of the make that this runs under
image=$objects/arch/x86/boot/bzImage

example tree "$tree" "$objects" "$work/initrd"
same "exit status" 0 "$status"
same "programs started" "run.sh --kernel $objects/arch/x86/boot/bzImage --cmdline console=ttyS0 \
panic=-1 --initrd $work/initrd" "$started"
same "the codec of the configuration" lz4 \
	"$("$bzboot" info --json "$image" 2>/dev/null | jq -r .manifest.codec)"
finish "tree.sh: configures, builds, and boots with an initrd"

echo CONFIG_KERNEL_GZIP=y >"$objects/.config"
example tree "$tree" "$objects"
same "exit status" 0 "$status"
same "the codec" gzip "$("$bzboot" info --json "$image" 2>/dev/null | jq -r .manifest.codec)"
[[ $started != *--initrd* ]] || fault "it starts: $started"
RUN_STATUS=124 example tree "$tree" "$objects"
same "exit status of a boot that times out" 124 "$status"
finish "tree.sh: keeps the tree's configuration, and needs no initrd"

example tree "$work/ovmf" "$work/none"
[ "$status" -ne 0 ] || fault "it does not fail"
same "programs started" "" "$started"
finish "tree.sh: without a tree nothing is booted"

# --- image.sh -----------------------------------------------------------------

system=$work/system
mkdir -p "$system"/{boot,etc}
echo "ID=own" >"$system/etc/os-release"
example image "$system" "$work/debian.img"
same "exit status" 1 "$status"
same "stderr" "image.sh: $system/boot has no kernel" "$(<"$work/stderr")"
[ ! -e "$work/debian.img" ] || fault "a disk"
finish "image.sh: a system without a kernel is refused"

for version in 6.9.0-1 6.12.0-1; do
	cp "$kernel" "$system/boot/vmlinuz-$version"
	echo "initrd of $version" >"$system/boot/initrd.img-$version"
done
CMDLINE="ro console=ttyS0" SIZE=8 example image "$system" "$work/debian.img" --fast \
	--key "$work/db.key" --cert "$work/db.pem"
same "exit status" 0 "$status"
[ -s "$work/debian.img" ] || fail "image.sh: $(<"$work/stderr")"
table=$(sfdisk --json "$work/debian.img" | jq -c '.partitiontable | [.label, (.partitions[].type)]')
same "the partition table" \
	'["gpt","C12A7328-F81F-11D2-BA4B-00A0C93EC93B","4F68BCE3-E8CD-4DB1-96E7-FBCAF984B709"]' "$table"
mcopy -n -i "$work/debian.img@@1M" ::/EFI/BOOT/BOOTX64.EFI "$work/uki.efi" || fault "no image"
verifies "$work/uki.efi" --cert "$work/db.pem"
uuid=$(sfdisk --json "$work/debian.img" | jq -r '.partitiontable.partitions[1].uuid')
same "the command line" "root=PARTUUID=${uuid,,} ro console=ttyS0" \
	"$("$bzboot" extract "$work/uki.efi" --section .cmdline -o -)"
[[ $("$bzboot" extract "$work/uki.efi" --section .initrd -o - | tr -d '\0') = "initrd of 6.12.0-1" ]] ||
	fault "not the newest kernel's initrd"
debugfs -R "cat /etc/os-release" "$work/debian.img?offset=$((513 << 20))" >"$work/log" 2>/dev/null
same "a file of the root" "ID=own" "$(<"$work/log")"
finish "image.sh: a signed image of the newest kernel, and the files of the system"

# --- dracut.sh ----------------------------------------------------------------

export DRACUT=$work/dracut
settings=$work/dracut.conf.d
mkdir "$settings"
# This stand-in has the settings of its --confdir as initrd.
cat >"$DRACUT" <<-'END'
	#!/bin/bash
	echo "$*" >"${0%/*}/started"
	initrd=${*: -2:1}
	while [ $# -gt 0 ]; do
		[ "$1" != --confdir ] || folder=$2
		shift
	done
	cat /dev/null $(find "$folder" -name '*.conf' | LC_ALL=C sort -V) >"$initrd"
END
chmod +x "$DRACUT"
cp "$work/db.key" "$work/db.pem" "$settings"
{
	echo "kernel_cmdline=\" quiet \""
	echo "uefi_secureboot_key=$settings/db.key"
	echo "uefi_secureboot_cert=$settings/db.pem"
} >"$settings/10-own.conf"
example dracut "$work/uki.efi" 1.2.3 --confdir="$settings" --uefi --kernel-image "$kernel" \
	--no-hostonly --kernel-cmdline root=/dev/sda2 --uefi-stub stub -- --fast
same "exit status" 0 "$status"
[[ $started == "--no-uefi --confdir $settings --no-hostonly --confdir "*" 1.2.3" ]] ||
	fault "dracut is started with $started"
verifies "$work/uki.efi" --cert "$work/db.pem"
same "the command line" "quiet root=/dev/sda2" \
	"$("$bzboot" extract "$work/uki.efi" --section .cmdline -o -)"
same "the release" 1.2.3 "$("$bzboot" extract "$work/uki.efi" --section .uname -o -)"
same "the last setting in the initrd" "kernel_cmdline=" \
	"$("$bzboot" extract "$work/uki.efi" --section .initrd -o - | tr -d '\0' | tail -n 1)"
finish "dracut.sh: options and settings of dracut"

example dracut "$work/uki.efi" 1.2.3 --kernel-image
same "exit status" 2 "$status"
same "the first line" "dracut.sh: --kernel-image wants a value" "$(head -n 1 "$work/stderr")"
finish "dracut.sh: an option without its value"

# --- live-build.sh ------------------------------------------------------------

mkdir -p "$work/live"/{binary/live,config/bzboot}
cp "$work"/db.{key,pem} "$work/live/config/bzboot"
# hook: as live-build runs it
hook() {
	status=0
	(cd "$work/live/binary" && BZBOOT=$bzboot "$work/examples/live-build.sh") \
		>"$work/stdout" 2>"$work/stderr" || status=$?
}
hook
same "exit status" 1 "$status"
finish "live-build.sh: without a kernel it fails"

cp "$kernel" "$work/live/binary/live/vmlinuz-1.2.3"
ln -s vmlinuz-1.2.3 "$work/live/binary/live/vmlinuz"
hook
same "exit status" 0 "$status"
same "packed" 1 "$(grep -c '^live/vmlinuz.* bytes' "$work/stdout")"
verifies "$work/live/binary/live/vmlinuz-1.2.3" --cert "$work/db.pem"
[ -L "$work/live/binary/live/vmlinuz" ] || fault "the link is replaced"
finish "live-build.sh: the kernel is packed and signed under its name"
plan
