#!/usr/bin/env bash
# SPDX-License-Identifier: BSD-2-Clause
#
# run.sh: start one image under QEMU and OVMF. Each run has its own copy of the firmware's
# variables, its own disk and its own temporary files. The serial console goes to --log (default:
# standard output).
#
#   ovmf/run.sh --kernel build/boot/6.12.efi --initrd build/boot/disk.cpio --cmdline console=ttyS0
#
# Exit status: 0 QEMU ended by itself (power off, or isa-debug-exit at port 0xf4 with a value
# other than 0); 124 it was stopped after the timeout; 1 it did not start; 2 the command line is
# invalid.
set -euo pipefail

here=${BASH_SOURCE[0]%/*}
usage="usage: run.sh --kernel IMAGE [--initrd FILE] [--cmdline TEXT] | --disk IMAGE | --tree FOLDER |
	--drive DISK		a whole disk; it is not changed
	[--startup TEXT]	on the disk: what the UEFI shell runs, when it gets its turn
	[--firmware VERSION]	2022.11, 2025.02, or strictnx, which is 2025.02 with
				EFI_MEMORY_ATTRIBUTE_PROTOCOL
				(default: that of this machine)
	[--bits 32]		32-bit firmware (Debian's ovmf-ia32)
	[--secure STORE]	firmware with Secure Boot, and these variables (ovmf/keys.sh)
	[--variables OUT]	where to leave them, when QEMU has ended by itself
	[--memory MIB] [--cpus N] [--cpu MODEL] [--timeout SECONDS] [--log FILE]
	[--thread multi]	a host thread for each CPU
	[-- QEMU-ARGUMENT...]"
firmware=/usr/share/OVMF	# Debian's ovmf
# VERSION of --firmware -> its release of Debian
declare -A releases=([2022.11]=bookworm [2025.02]=trixie [strictnx]=trixie)

wrong() {
	printf '%s\n' "$@" "$usage" >&2
	exit 2
}

declare -A option=([memory]=1024 [cpus]=1 [cpu]=max [timeout]=120 [bits]=64 [thread]=single)
while [ $# -gt 0 ] && [ "$1" != -- ]; do
	case $1 in
	--kernel | --initrd | --cmdline | --disk | --startup | --log | --timeout | --memory | \
		--cpus | --cpu | --thread | --tree | --drive | --secure | --variables | --bits | --firmware)
		[ $# -ge 2 ] || wrong "run.sh: $1 wants a value"
		option[${1#--}]=$2
		shift 2
		;;
	--help)
		echo "$usage"
		exit
		;;
	*)
		wrong "run.sh: unknown option $1"
		;;
	esac
done
[ $# -eq 0 ] || shift	# the --
[ -z "${option[firmware]-}" ] || [ -n "${releases[${option[firmware]}]-}" ] ||
	wrong "run.sh: no firmware is called '${option[firmware]}'; there are ${!releases[*]}"
[ -z "${option[firmware]-}" ] || [ "${option[bits]}" = 64 ] ||
	wrong "run.sh: --firmware is of 64 bits"
[ -n "${option[kernel]-}${option[disk]-}${option[tree]-}${option[drive]-}" ] ||
	wrong "run.sh: nothing to start"
for file in "${option[kernel]-}" "${option[initrd]-}" "${option[disk]-}" "${option[tree]-}" \
	"${option[drive]-}" "${option[secure]-}"; do
	[ -z "$file" ] || [ -r "$file" ] || wrong "run.sh: cannot read $file"
done

temporary=$(mktemp -d)
trap 'rm -rf "$temporary"' EXIT

# make_disk: make a FAT disk with the image at the default boot path of firmware, or with a tree
make_disk() {
	local disk=$temporary/disk kib=16384
	[ -z "${option[disk]-}" ] || kib=$((kib + $(stat -L -c %s "${option[disk]}") / 1024))
	[ -z "${option[tree]-}" ] ||
		kib=$((kib + $(du -s -k -L --apparent-size "${option[tree]}" | cut -f 1)))
	mkfs.fat -C "$disk" "$kib" >/dev/null
	[ -z "${option[tree]-}" ] || mcopy -s -i "$disk" "${option[tree]}"/* ::
	if [ -n "${option[disk]-}" ]; then
		mmd -i "$disk" ::/EFI ::/EFI/BOOT
		mcopy -i "$disk" "${option[disk]}" ::/EFI/BOOT/BOOTX64.EFI
	fi
	if [ -n "${option[startup]-}" ]; then
		printf '%s\r\n' "${option[startup]}" | mcopy -i "$disk" - ::/startup.nsh
	fi
}

# One thread for all CPUs: with a thread for each, QEMU before 8.1 sometimes runs code that the
# guest has already changed, and Linux crashes at an int3 that it has removed. So --thread multi is
# only for measuring the time before Linux starts, with several CPUs.
# shellcheck disable=SC2054 # the commas are QEMU's
qemu=(
	qemu-system-x86_64 -accel "tcg,thread=${option[thread]}"
	-cpu "${option[cpu]}" -smp "${option[cpus]}" -m "${option[memory]}"
	-nodefaults -nic none -vga std -display none -no-reboot
	-drive "if=pflash,format=raw,unit=1,file=$temporary/vars"
	-device isa-debug-exit,iobase=0xf4,iosize=0x04
)
if [ -n "${option[firmware]-}" ]; then
	[ -x "$here/../tools/unpacked.sh" ] || wrong "run.sh: --firmware wants a clone of bzboot"
	firmware=$("$here/../tools/unpacked.sh" "ovmf/${releases[${option[firmware]}]}")
	firmware+=/usr/share/OVMF
fi
code=$firmware/OVMF_CODE_4M.fd
variables=$firmware/OVMF_VARS_4M.fd
smm=
if [ "${option[bits]}" = 32 ]; then
	code=$firmware/OVMF32_CODE_4M.secboot.fd
	variables=$firmware/OVMF32_VARS_4M.fd
	smm=on
elif [ -n "${option[secure]-}" ]; then
	code=$firmware/OVMF_CODE_4M.secboot.fd
	variables=${option[secure]}
	smm=on
fi
if [ "${option[firmware]-}" = strictnx ]; then
	code=$firmware/OVMF_CODE_4M.secboot.strictnx.fd
	smm=on
fi
if [ -n "$smm" ]; then
	# Only system management mode may write the variables: otherwise any program could.
	# shellcheck disable=SC2054 # the comma is QEMU's
	qemu+=(-machine q35,smm=on -global driver=cfi.pflash01,property=secure,value=on)
else
	qemu+=(-machine q35)
fi
qemu+=(-drive "if=pflash,format=raw,unit=0,readonly=on,file=$code")
cp "$variables" "$temporary/vars"
chmod u+w "$temporary/vars"

if [ -n "${option[log]-}" ]; then
	qemu+=(-serial "file:${option[log]}")
else
	qemu+=(-serial stdio)
fi
if [ -n "${option[kernel]-}" ]; then
	qemu+=(-kernel "${option[kernel]}" -append "${option[cmdline]-}")
	[ -z "${option[initrd]-}" ] || qemu+=(-initrd "${option[initrd]}")
fi
if [ -n "${option[disk]-}${option[tree]-}${option[startup]-}" ]; then
	make_disk
	qemu+=(-drive "if=virtio,format=raw,file=$temporary/disk")
fi
[ -z "${option[drive]-}" ] ||
	qemu+=(-drive "if=virtio,format=raw,snapshot=on,file=${option[drive]}")

status=0
timeout --foreground --kill-after 10 "${option[timeout]}" "${qemu[@]}" "$@" </dev/null || status=$?
[ "$status" -ne 124 ] ||
	echo "run.sh: stopped after ${option[timeout]} seconds (--timeout)" >&2
# The exit status of isa-debug-exit is odd: 2 * value + 1.
[ "$status" -lt 3 ] || [ $((status % 2)) -eq 0 ] || status=0
[ "$status" -ne 0 ] || [ -z "${option[variables]-}" ] || cp "$temporary/vars" "${option[variables]}"
exit "$status"
