#!/usr/bin/env bash
# SPDX-License-Identifier: BSD-2-Clause
#
# bzboot pack inspects the command line: words copied from a running machine, and characters that do
# not belong in parameters, are packed all the same, with a warning of one line each.
# shellcheck source=tests/cli.sh
. tests/cli.sh
need objcopy ld

make_kernel
kernel=$work/kernel.elf
made=$work/made.efi
echo initrd >"$work/initrd"

# warned TEXT...: the warnings of the last run about the command line, without their common part
warned() {
	same "exit status" 0 "$status"
	same "warnings" "$(printf '%s\n' "$@")" \
		"$(sed -n "s|^bzboot: $made: warning: its command line ||p" "$work/stderr")"
}

# line NAME CMDLINE WARNING...: one test: packed alone
line() {
	run pack "$kernel" -o "$made" --level 1 --cmdline "$2"
	warned "${@:3}"
	finish "$1"
}

# both NAME CMDLINE WARNING...: one test: packed with an initrd
both() {
	run pack "$kernel" -o "$made" --level 1 --default-cmdline "$2" --default-initrd "$work/initrd"
	warned "${@:3}"
	finish "$1"
}

initrd="has initrd=, which is ignored because an initrd is packed: leave it out"
noinitrd="has noinitrd, so the packed initrd is ignored: leave out one of the two"
loader="has BOOT_IMAGE=, which boot loaders add: leave it out"
newline="has a newline: separate parameters with spaces"
control="has control characters: separate parameters with spaces"

line "an ordinary command line" " @ root=/dev/sda1 ro quiet my.initrd=1 xBOOT_IMAGE=1 user@host"
line "no command line" ""
line "initrd= without a packed initrd" 'initrd=\EFI\debian\initrd.img noinitrd'
both "an ordinary command line and an initrd" "quiet rdinit=/init noinitrd=1"
both "initrd= beside a packed initrd" 'quiet initrd=\EFI\debian\initrd.img' "$initrd"
both "noinitrd beside a packed initrd" "quiet noinitrd" "$noinitrd"
line "BOOT_IMAGE=" "BOOT_IMAGE=/vmlinuz quiet" "$loader"
line "a newline" $'quiet\ninitrd=x' "$newline"
line "a newline at the end" $'quiet\n' "$newline"
line "a tab" $'quiet\tro' "$control"
line "a control character" $'quiet\x7f' "$control"
both "all of them" $'ro\tBOOT_IMAGE=/vmlinuz\ninitrd=x noinitrd' \
	"$initrd" "$noinitrd" "$loader" "$newline" "$control"

run pack "$kernel" -o "$work/kept.efi" --level 1 --cmdline "BOOT_IMAGE=x"
run pack "$work/kept.efi" -o "$made" --level 1
warned "$loader"
finish "a command line that is kept"

# The setup header's cmdline_size, at 0x238
cp "$work/kept.efi" "$work/short.efi"
printf '\x0b\0\0\0' | dd of="$work/short.efi" bs=1 seek=$((0x238)) conv=notrunc status=none
run pack "$work/short.efi" -o "$made" --level 1 --cmdline "quiet ro 12"
warned
run pack "$work/short.efi" -o "$made" --level 1 --cmdline "quiet ro 123"
warned "has 12 bytes, and this kernel takes 11: shorten it"
finish "more than the limit in the kernel's setup header"
plan
