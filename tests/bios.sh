# SPDX-License-Identifier: BSD-2-Clause
# shellcheck shell=bash
#
# Boots by the 16-bit entry: SeaBIOS (or another BIOS, by a QEMU argument) under QEMU. Sourced by
# tests/boot_*_bios.t after tests/boot.sh, whose start it replaces, so boot_ok takes these
# arguments:
#
#   --kernel FILE [--initrd FILE] [--cmdline TEXT] [--memory MIB] [--cpu MODEL] [--timeout SECONDS]
#   [-- QEMU-ARGUMENT...]
# shellcheck disable=SC2154 # of boot.sh

temporary=$(mktemp -d)
trap 'rm -rf "$temporary"' EXIT

# bios_qemu ARGUMENT...: set the array qemu, and log and seconds
bios_qemu() {
	local -A option=([initrd]="" [cmdline]="" [memory]=512 [cpu]=max [timeout]=120)
	while [ $# -gt 0 ] && [ "$1" != -- ]; do
		[ $# -ge 2 ] || fail "$1 needs a value"
		option[${1#--}]=$2
		shift 2
	done
	seconds=${option[timeout]}
	open_log
	# "$@" comes last and so overrides the others. The commas are QEMU's.
	# shellcheck disable=SC2054
	qemu=(
		qemu-system-x86_64 -machine pc -accel tcg,thread=single -cpu "${option[cpu]}"
		-m "${option[memory]}" -nodefaults -nic none -display none -no-reboot
		-kernel "${option[kernel]}" -append "${option[cmdline]}"
		${option[initrd]:+-initrd "${option[initrd]}"} "${@:2}"
	)
	[[ " $* " == *" -vga "* ]] || qemu+=(-vga std)
	[[ " $* " == *" -serial "* ]] || qemu+=(-serial "file:$log.raw")
}

# start ARGUMENT...: like start in boot.sh
start() {
	local status=0 begin=$SECONDS
	bios_qemu "$@"
	timeout --foreground --kill-after 10 "$seconds" "${qemu[@]}" </dev/null >"$log.err" 2>&1 ||
		status=$?
	[ "$status" -eq 0 ] || fault "QEMU ended with $status: $(tr "\n" " " <"$log.err")"
	readable_log
	echo "# $((SECONDS - begin)) s: ${*@Q}" | cut -c 1-300
}

# boot_stops NAME PATTERN ARGUMENT...: one test: a whole line of the serial console matches
# PATTERN, and nothing happens after it
boot_stops() {
	local name=$1 pattern=$2 pid before
	bios_qemu "${@:3}"
	timeout --kill-after 10 "$seconds" "${qemu[@]}" </dev/null >"$log.err" 2>&1 &
	pid=$!
	until readable_log && line_of "$pattern" >/dev/null; do
		kill -0 "$pid" 2>/dev/null || break
		sleep 0.2
	done
	line_of "$pattern" >/dev/null || fault "no line: $pattern"
	sleep 1
	before=$(stat -c %s "$log.raw")
	sleep 2
	same "size of the log, later" "$before" "$(stat -c %s "$log.raw")"
	kill "$pid" 2>/dev/null || fault "QEMU has ended: $(tr "\n" " " <"$log.err")"
	wait "$pid" || true
	readable_log
	finish_boot "$name"
}

# --- boot_params --------------------------------------------------------------

# An initramfs that prints the kernel's boot_params, 16 bytes per line:
# BZBOOT params_0010=00 00 ...
params_initramfs() {
	made "$boot/params.cpio.gz" tests/bios.sh ovmf/initramfs.sh -- \
		make_params_initramfs "$boot/params.cpio.gz"
}

make_params_initramfs() {
	local root=$temporary/params
	rm -rf "$root"
	mkdir "$root"
	cat >"$root/params" <<-'PARAMS'
		#!/bin/sh
		mount -t proc proc /proc
		mount -t sysfs sysfs /sys
		busybox dmesg -n 1
		echo >/dev/console
		busybox od -v -A x -t x1 /sys/kernel/boot_params/data |
			sed -n 's/^..\(....\) /BZBOOT params_\1=/p' >/dev/console
		busybox umount /sys
		busybox umount /proc
		exec /init
	PARAMS
	chmod 755 "$root/params"
	ovmf/initramfs.sh "$1.tmp" params
	# The kernel unpacks one archive after another.
	(cd "$root" && echo params | cpio -o -H newc --quiet --owner 0:0) | gzip -9n >>"$1.tmp"
	mv "$1.tmp" "$1"
}

# read_params ARRAY: set it to the 4096 bytes that the last boot printed
read_params() {
	local -n ret=$1
	# shellcheck disable=SC2034 # a reference
	mapfile -t ret < <(sed -n "s/^$prefix params_....=//p" "$log" | tr -s ' ' '\n' | grep .)
	[ ${#ret[@]} -eq 4096 ] || fault "boot_params have ${#ret[@]} bytes, not 4096"
}

# Bytes that describe the image or are unused and so may differ: FIRST-LAST
may_differ=(
	070-077		# acpi_rsdp_addr: if it is 0, the kernel searches for the RSDP
	1f1-1f1		# setup_sects
	1f4-1f7		# syssize
	20c-20d		# start_sys_seg: for protocols before 2.00
	20e-20f		# kernel_version: the offset of the text
	212-213		# setup_move_size: for protocols before 2.02
	224-225		# heap_end_ptr: set by the loader, or else the image's default
	236-237		# xloadflags
	248-24f		# payload_offset, payload_length
	260-26b		# init_size, handover_offset, kernel_info_offset
)

# must_equal OFFSET: true if no range in may_differ contains it
must_equal() {
	local range
	for range in "${may_differ[@]}"; do
		((16#${range%-*} > $1 || $1 > 16#${range#*-})) || return 1
	done
}

# compare_params: a fault for every byte that differs between the arrays theirs and ours
compare_params() {
	local i
	for ((i = 0; i < 4096; i++)); do
		if [ "${theirs[i]-}" != "${ours[i]-}" ] && must_equal "$i"; then
			fault "$(printf 'boot_params 0x%03x: Debian has %s, we have %s' "$i" \
				"${theirs[i]-}" "${ours[i]-}")"
		fi
	done
}

# same_params NAME OFFSET=BYTE... -- ARGUMENT...: one test: Debian's image and ours make the
# same boot_params, with these bytes in it, which prove that the BIOS did its part
same_params() {
	local name=$1 known=() theirs=() ours=() byte offset
	shift
	while [ "$1" != -- ]; do
		known+=("$1")
		shift
	done
	shift
	start --kernel "$control" "$@"
	expect userspace=reached
	read_params theirs
	start --kernel "$image" "$@"
	expect userspace=reached initrd=ok initrd_id=params firmware=bios
	read_params ours
	for byte in ${known[@]+"${known[@]}"}; do
		offset=$((16#${byte%=*}))
		same "boot_params 0x${byte%=*}" "${byte#*=}" "${ours[offset]-}"
	done
	compare_params
	finish_boot "$name"
}

# --- other ways to enter ------------------------------------------------------

# enter_by OUT CODE: $boot/OUT.efi is $image, but CODE runs first when QEMU enters it; CODE
# continues by "jmp *" to "setup", at CS = the segment + 0x20. It is stored in the room after the
# 16-bit code, so it runs where the loader put it: DS:room. FS is overwritten.
enter_by() {
	made "$boot/$1.efi" "$image" tests/bios.sh "$0" -- make_enter_by "$boot/$1.efi" "$2"
}

room=0x1f80	# between the kernel's version text and the protected-mode part

make_enter_by() {
	local work=$temporary/enter first distance=$((room - 0x26c - 3))
	[ -z "$(dd if="$image" bs=1 skip=$((room)) count=128 status=none | tr -d '\0')" ] ||
		fail "$image has something at $room"
	# The jump to CODE replaces the first bytes; the code restores them.
	read -r first < <(od -An -t u4 --endian=little -j $((0x26c)) -N 4 "$image")
	cat >"$work.S" <<-END
		.code16
		movl	\$$first, 0x26c
		$2
	END
	as --32 -o "$work.o" "$work.S"
	ld -m elf_i386 -Ttext "$room" --oformat binary --defsym setup=0x26c -e 0 -o "$work.bin" \
		"$work.o"
	[ "$(stat -c %s "$work.bin")" -le 128 ] || fail "$1: the code is too long"
	cp "$image" "$1.tmp"
	dd if="$work.bin" of="$1.tmp" bs=1 seek=$((room)) conv=notrunc status=none
	# jmp near, 3 bytes long
	printf %b "$(printf '\\xe9\\x%02x\\x%02x' $((distance & 255)) $((distance >> 8)))" |
		dd of="$1.tmp" bs=1 seek=$((0x26c)) conv=notrunc status=none
	mv "$1.tmp" "$1"
}
