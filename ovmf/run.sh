#!/usr/bin/env bash
# SPDX-License-Identifier: BSD-2-Clause
#
# run.sh: start one image under QEMU and firmware: OVMF, or that of another machine. Each run has its
# own copy of the firmware's variables, its own disk and its own temporary files. The serial console
# goes to --log (default: standard output).
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
	[--machine MACHINE]	x86-64 (default), arm64, riscv64, loong64; the last two run in a
				QEMU of Debian 13
	[--firmware VERSION]	2022.11, 2025.02, or strictnx, which is 2025.02 with
				EFI_MEMORY_ATTRIBUTE_PROTOCOL; arm64 and riscv64: u-boot, too;
				arm64: none, so QEMU loads the kernel itself
				(default: that of this machine; riscv64 u-boot, loong64 2025.02)
	[--qemu RELEASE]	the QEMU of this release of Debian: trixie
	[--bits 32]		32-bit firmware (Debian's ovmf-ia32)
	[--secure STORE]	firmware with Secure Boot, and these variables (ovmf/keys.sh)
	[--variables OUT]	where to leave them, when QEMU has ended by itself
	[--memory MIB] [--cpus N] [--cpu MODEL] [--timeout SECONDS] [--log FILE]
	[--thread multi]	a host thread for each CPU
	[-- QEMU-ARGUMENT...]"

# MACHINE -> QEMU's name of it; its CPU, with pointer authentication that TCG need not compute; the
# file that firmware starts from a disk
declare -A qemu_names=([x86-64]=x86_64 [arm64]=aarch64 [riscv64]=riscv64 [loong64]=loongarch64)
declare -A cpus=([x86-64]=max [arm64]="max,pauth-impdef=on" [riscv64]=rv64 [loong64]=max)
declare -A boot_files=([x86-64]=BOOTX64 [arm64]=BOOTAA64 [riscv64]=BOOTRISCV64
	[loong64]=BOOTLOONGARCH64)
# MACHINE VERSION -> the package with this firmware. That of "MACHINE" alone is installed.
declare -A packages=(
	["x86-64 2022.11"]=ovmf/bookworm
	["x86-64 2025.02"]=ovmf/trixie
	["x86-64 strictnx"]=ovmf/trixie
	["arm64 2022.11"]=qemu-efi-aarch64/bookworm
	["arm64 2025.02"]=qemu-efi-aarch64/trixie
	["arm64 strictnx"]=qemu-efi-aarch64/trixie
	["arm64 u-boot"]=u-boot-qemu/trixie
	["arm64 none"]=""
	["riscv64 2025.02"]=qemu-efi-riscv64/trixie
	["riscv64 u-boot"]=u-boot-qemu/trixie
	["loong64 2025.02"]=qemu-efi-loongarch64/trixie
)
declare -A defaults=([riscv64]=u-boot [loong64]=2025.02)	# of --firmware
declare -A releases=([riscv64]=trixie [loong64]=trixie)		# of --qemu

wrong() {
	printf '%s\n' "$@" "$usage" >&2
	exit 2
}

declare -A option=([machine]=x86-64 [memory]=1024 [cpus]=1 [timeout]=120 [bits]=64 [thread]=single)
while [ $# -gt 0 ] && [ "$1" != -- ]; do
	case $1 in
	--kernel | --initrd | --cmdline | --disk | --startup | --log | --timeout | --memory | \
		--cpus | --cpu | --thread | --tree | --drive | --secure | --variables | --bits | \
		--machine | --firmware | --qemu)
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
machine=${option[machine]}
[ -n "${qemu_names[$machine]-}" ] ||
	wrong "run.sh: no machine is called '$machine'; there are ${!qemu_names[*]}"
firmware=${option[firmware]-${defaults[$machine]-}}
[ -z "$firmware" ] || [ -n "${packages[$machine $firmware]+known}" ] ||
	wrong "run.sh: $machine has no firmware called '$firmware'; it has $(
		printf '%s\n' "${!packages[@]}" | sed -n "s/^$machine //p" | sort | paste -s -d ' ')"
[ "${option[bits]}" = 64 ] || [ "$machine$firmware" = x86-64 ] ||
	wrong "run.sh: --bits ${option[bits]} is for x86-64 with its own firmware"
[ -n "${option[kernel]-}${option[disk]-}${option[tree]-}${option[drive]-}" ] ||
	wrong "run.sh: nothing to start"
for file in "${option[kernel]-}" "${option[initrd]-}" "${option[disk]-}" "${option[tree]-}" \
	"${option[drive]-}" "${option[secure]-}"; do
	[ -z "$file" ] || [ -r "$file" ] || wrong "run.sh: cannot read $file"
done

temporary=$(mktemp -d)
trap 'rm -rf "$temporary"' EXIT

# make_disk: make a FAT disk with the image at the default boot path of firmware, or with a tree, or
# with the kernel and a script of U-Boot that starts it
make_disk() {
	local disk=$temporary/disk mbr=n kib=16384 file
	[ "$firmware" != u-boot ] || mbr=y	# it wants a partition
	for file in "${option[disk]-}" "${option[kernel]-}" "${option[initrd]-}"; do
		[ -z "$file" ] || kib=$((kib + $(stat -L -c %s "$file") / 1024))
	done
	[ -z "${option[tree]-}" ] ||
		kib=$((kib + $(du -s -k -L --apparent-size "${option[tree]}" | cut -f 1)))
	mkfs.fat --mbr=$mbr -C "$disk" "$kib" >/dev/null
	[ -z "${option[tree]-}" ] || mcopy -s -i "$disk" "${option[tree]}"/* ::
	if [ -n "${option[disk]-}" ]; then
		mmd -i "$disk" ::/EFI ::/EFI/BOOT
		mcopy -i "$disk" "${option[disk]}" "::/EFI/BOOT/${boot_files[$machine]}.EFI"
	fi
	if [ -n "${option[startup]-}" ]; then
		printf '%s\r\n' "${option[startup]}" | mcopy -i "$disk" - ::/startup.nsh
	fi
	[ -z "$script" ] || put_script "$disk"
}

# put_script DISK: the kernel, the initrd, and the script by which U-Boot starts the kernel as an EFI
# application
put_script() {
	local cmdline=${option[cmdline]-} file
	[ -z "${option[initrd]-}" ] || cmdline+=" initrd=initrd"
	# shellcheck disable=SC2016 # variables of U-Boot
	printf '%s\n' "setenv bootargs '${cmdline# }'" 'load virtio 0:1 ${kernel_addr_r} kernel' \
		'bootefi ${kernel_addr_r} ${fdtcontroladdr}' poweroff >"$temporary/script"
	mkimage -T script -C none -d "$temporary/script" "$temporary/boot.scr" >/dev/null
	mcopy -i "$1" "$temporary/boot.scr" ::
	for file in kernel initrd; do
		[ -z "${option[$file]-}" ] || mcopy -i "$1" "${option[$file]}" "::/$file"
	done
}

# unpacked PACKAGE: set root to the folder with its files
unpacked() {
	[ -x "$here/../tools/unpacked.sh" ] || wrong "run.sh: --firmware wants a clone of bzboot"
	root=$("$here/../tools/unpacked.sh" "$1")
}

# machine_MACHINE: add to qemu, and set code and variables, or none if the firmware is not in flash
# memory. The firmware's package is in $root.

machine_x86_64() {
	local folder=$root/usr/share/OVMF smm=
	# shellcheck disable=SC2054 # the comma is QEMU's
	qemu+=(-vga std -device isa-debug-exit,iobase=0xf4,iosize=0x04)
	code=$folder/OVMF_CODE_4M.fd
	variables=$folder/OVMF_VARS_4M.fd
	if [ "${option[bits]}" = 32 ]; then
		code=$folder/OVMF32_CODE_4M.secboot.fd
		variables=$folder/OVMF32_VARS_4M.fd
		smm=on
	elif [ -n "${option[secure]-}" ]; then
		code=$folder/OVMF_CODE_4M.secboot.fd
		smm=on
	fi
	if [ "$firmware" = strictnx ]; then
		code=$folder/OVMF_CODE_4M.secboot.strictnx.fd
		smm=on
	fi
	if [ -n "$smm" ]; then
		# Only system management mode may write the variables: otherwise any program could.
		# shellcheck disable=SC2054 # the comma is QEMU's
		qemu+=(-machine q35,smm=on -global driver=cfi.pflash01,property=secure,value=on)
	else
		qemu+=(-machine q35)
	fi
}

machine_arm64() {
	local folder=$root/usr/share/AAVMF
	qemu+=(-machine virt)
	code=$folder/AAVMF_CODE.fd
	variables=$folder/AAVMF_VARS.fd
	[ -z "${option[secure]-}" ] || code=$folder/AAVMF_CODE.ms.fd
	case $firmware in
	strictnx)
		code=$folder/AAVMF_CODE.secboot.strictnx.fd
		;;
	u-boot)
		code=
		qemu+=(-bios "$root/usr/lib/u-boot/qemu_arm64/u-boot.bin")
		;;
	none)
		code=
		;;
	esac
}

machine_riscv64() {
	local folder=$root/usr/share/qemu-efi-riscv64
	qemu+=(-machine virt)
	code=$folder/RISCV_VIRT_CODE.fd
	variables=$folder/RISCV_VIRT_VARS.fd
	if [ "$firmware" = u-boot ]; then
		code=
		qemu+=(-kernel "$root/usr/lib/u-boot/qemu-riscv64_smode/u-boot.bin")
		unpacked opensbi/trixie
		qemu+=(-bios "$root/usr/lib/riscv64-linux-gnu/opensbi/generic/fw_dynamic.bin")
	fi
}

machine_loong64() {
	local folder=$root/usr/share/qemu-efi-loongarch64
	qemu+=(-machine virt)
	code=$folder/QEMU_EFI.fd
	variables=$folder/QEMU_VARS.fd
}

# use_qemu RELEASE: that of its root; its libraries are other ones than this machine's
use_qemu() {
	[ -x "$here/../tools/root.sh" ] || wrong "run.sh: --qemu wants a clone of bzboot"
	root=$("$here/../tools/root.sh" "$1")
	qemu=("$root/lib64/ld-linux-x86-64.so.2" --library-path "$root/usr/lib/x86_64-linux-gnu"
		"$root/usr/bin/${qemu[0]}" -L "$root/usr/share/qemu" -L "$root/usr/share/seabios")
}

code="" variables="" script="" root=""
qemu=("qemu-system-${qemu_names[$machine]}")
release=${option[qemu]-${releases[$machine]-}}
[ -z "$release" ] || use_qemu "$release"
# One thread for all CPUs: with a thread for each, QEMU before 8.1 sometimes runs code that the
# guest has already changed, and Linux crashes at an int3 that it has removed. So --thread multi is
# only for measuring the time before Linux starts, with several CPUs.
# shellcheck disable=SC2054 # the commas are QEMU's
qemu+=(
	-accel "tcg,thread=${option[thread]}" -cpu "${option[cpu]-${cpus[$machine]}}"
	-smp "${option[cpus]}" -m "${option[memory]}"
	-nodefaults -nic none -display none -no-reboot
)
root=
[ -z "$firmware" ] || [ -z "${packages[$machine $firmware]}" ] ||
	unpacked "${packages[$machine $firmware]}"
case $machine in
x86-64) machine_x86_64 ;;
arm64) machine_arm64 ;;
riscv64) machine_riscv64 ;;
loong64) machine_loong64 ;;
esac
if [ -n "$code" ]; then
	cp --sparse=always "${option[secure]-$variables}" "$temporary/vars"
	chmod u+w "$temporary/vars"
	qemu+=(-drive "if=pflash,format=raw,unit=0,readonly=on,file=$code"
		-drive "if=pflash,format=raw,unit=1,file=$temporary/vars")
fi

if [ -n "${option[log]-}" ]; then
	qemu+=(-serial "file:${option[log]}")
else
	qemu+=(-serial stdio)
fi
if [ -n "${option[kernel]-}" ] && [ "$firmware" = u-boot ]; then
	script=yes
elif [ -n "${option[kernel]-}" ]; then
	qemu+=(-kernel "${option[kernel]}" -append "${option[cmdline]-}")
	[ -z "${option[initrd]-}" ] || qemu+=(-initrd "${option[initrd]}")
fi
if [ -n "${option[disk]-}${option[tree]-}${option[startup]-}$script" ]; then
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
