#!/usr/bin/env bash
# SPDX-License-Identifier: BSD-2-Clause
#
# ovmf/run.sh reports a timeout, and gives each machine its own QEMU, firmware and disk. Its QEMU is
# a stand-in that boots nothing.
# shellcheck source=tests/cli.sh
. tests/cli.sh
need mdir mkimage

mkdir "$work/bin"
cat >"$work/bin/qemu-system-x86_64" <<-'END'
	#!/bin/sh
	printf '%s\n' "${0##*/}" "$@" >"$ARGUMENTS"
	for argument; do
		case $argument in
		if=virtio,*) mdir -b -i "${argument##*file=}" -s :: >"$ARGUMENTS.disk" ;;
		esac
	done
	exec sleep "${SECONDS_IT_TAKES-0}"
END
chmod +x "$work/bin/qemu-system-x86_64"
ln -s qemu-system-x86_64 "$work/bin/qemu-system-aarch64"
touch "$work/kernel"
export ARGUMENTS=$work/arguments

# run_sh ARGUMENT...: sets status, leaves $work/stderr, $work/arguments and $work/arguments.disk
run_sh() {
	status=0
	rm -f "$work"/arguments*
	PATH=$work/bin:$PATH ovmf/run.sh "$@" >/dev/null 2>"$work/stderr" || status=$?
}

SECONDS_IT_TAKES=60 run_sh --kernel "$work/kernel" --timeout 1
same "exit status" 124 "$status"
same "stderr" "run.sh: stopped after 1 seconds (--timeout)" "$(<"$work/stderr")"
finish "a virtual machine stopped by --timeout: a message"

run_sh --kernel "$work/kernel"
same "exit status" 0 "$status"
same "stderr" "" "$(<"$work/stderr")"
finish "a virtual machine that ends by itself: no message"

# given TEXT...: QEMU had each as an argument
given() {
	local text
	for text; do
		grep -qxF -e "$text" "$work/arguments" || fault "QEMU is not given $text"
	done
}

run_sh --kernel "$work/kernel" --cmdline one
given qemu-system-x86_64 q35 -vga -kernel "$work/kernel" one
! grep -q virt "$work/arguments" || fault "it has a disk"
finish "x86-64 is the default"

run_sh --disk "$work/kernel"
same "disk" "::/EFI/BOOT/BOOTX64.EFI" "$(grep -i '\.efi$' "$work/arguments.disk")"
run_sh --machine arm64 --disk "$work/kernel"
given qemu-system-aarch64 virt
same "disk" "::/EFI/BOOT/BOOTAA64.EFI" "$(grep -i '\.efi$' "$work/arguments.disk")"
finish "--disk: the file that the machine's firmware starts"

run_sh --machine arm64 --kernel "$work/kernel" --firmware none
given -kernel "$work/kernel"
! grep -q pflash "$work/arguments" || fault "it has firmware"
finish "--firmware none"

# refused MESSAGE ARGUMENT...
refused() {
	run_sh --kernel "$work/kernel" "${@:2}"
	same "exit status" 2 "$status"
	[[ $(<"$work/stderr") == "run.sh: $1"* ]] || fault "$(<"$work/stderr")"
}

refused "no machine is called 'z80'; there are " --machine z80
refused "arm64 has no firmware called '1.0'; it has " --machine arm64 --firmware 1.0
refused "x86-64 has no firmware called 'u-boot'; it has " --firmware u-boot
refused "--bits 32 is for x86-64 with its own firmware" --bits 32 --firmware 2022.11
refused "--bits 32 is for x86-64 with its own firmware" --bits 32 --machine arm64
finish "machines and firmware that do not exist"
plan
