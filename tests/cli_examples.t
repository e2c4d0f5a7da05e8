#!/usr/bin/env bash
# SPDX-License-Identifier: BSD-2-Clause
#
# examples/*.sh: usage, wrong command lines, and all steps before firmware starts: keys.sh and
# run.sh beside them are stand-ins. The disk of usb.sh is real.
# shellcheck source=tests/sign.sh
. tests/sign.sh
PATH=$PATH:/usr/sbin:/sbin
need make jq sfdisk mkfs.fat mmd mcopy fsck.fat

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
)
for name in usb signed tree; do
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
same "all examples" "signed tree usb" "$(cd examples && echo *.sh | sed 's/\.sh//g')"
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
plan
