# SPDX-License-Identifier: BSD-2-Clause
# shellcheck shell=bash
#
# Boots by the loader of tests/direct, which enters an image's 32-bit or 64-bit entry itself, in
# place of firmware. Sourced by tests/boot_*_direct.t after tests/boot.sh, whose start it replaces:
# boot_ok and the functions that use it take these arguments:
#
#   --image FILE [--initrd FILE] [--loader WORDS] [--cmdline TEXT] [--memory MIB] [--cpu MODEL]
#   [--cpus N] [--timeout SECONDS] [-- QEMU-ARGUMENT...]
#
# WORDS are the options of tests/direct/options.c.
# shellcheck disable=SC2154 # of boot.sh
direct_loader=$build/tests/direct/loader.elf

# direct_options ARGUMENT...: set the array option, and QEMU's own arguments in extra
declare -A option=()
extra=()
direct_options() {
	option=([initrd]="" [loader]="" [cmdline]="" [memory]=1024 [cpu]=max [cpus]=1 [timeout]=120)
	while [ $# -gt 0 ] && [ "$1" != -- ]; do
		[ $# -ge 2 ] || fail "$1 needs a value"
		option[${1#--}]=$2
		shift 2
	done
	extra=("${@:2}")
	local file
	for file in "$direct_loader" "${option[image]}" ${option[initrd]:+"${option[initrd]}"}; do
		[ -r "$file" ] || fail "cannot read $file"
	done
}

# direct_qemu: set the array qemu. The modules have short names in $temporary, because QEMU ends a
# name at a comma or a blank.
direct_qemu() {
	local modules=$temporary/image
	ln -sfn "$(realpath "${option[image]}")" "$temporary/image"
	ln -sfn "$(realpath "$direct_loader")" "$temporary/loader"
	if [ -n "${option[initrd]}" ]; then
		ln -sfn "$(realpath "${option[initrd]}")" "$temporary/initrd"
		modules+=,$temporary/initrd
	fi
	# shellcheck disable=SC2054 # the commas are QEMU's
	qemu=(
		qemu-system-x86_64 -machine pc -accel tcg,thread=single
		-cpu "${option[cpu]}" -smp "${option[cpus]}" -m "${option[memory]}"
		-nodefaults -nic none -vga std -display none -no-reboot
		-device isa-debug-exit,iobase=0xf4,iosize=0x04
		-kernel "$temporary/loader" -initrd "$modules"
		-append "${option[loader]} -- ${option[cmdline]}"
		-serial "file:$log.raw" "${extra[@]}"
	)
}

temporary=$(mktemp -d)
trap 'rm -rf "$temporary"' EXIT

# start ARGUMENT...: like start in boot.sh. The test kernel ends QEMU with status 3 or 5, the loader
# with 7 if it cannot do what its options ask for.
start() {
	local status=0 begin=$SECONDS
	direct_options "$@"
	open_log
	direct_qemu
	timeout --foreground --kill-after 10 "${option[timeout]}" "${qemu[@]}" \
		</dev/null >"$log.err" 2>&1 || status=$?
	case $status in
	0 | 3 | 5) ;;
	124) fault "stopped after ${option[timeout]} s" ;;
	*) fault "QEMU ended with $status: $(tr "\n" " " <"$log.err")" ;;
	esac
	readable_log
	echo "# $((SECONDS - begin)) s: ${*@Q}" | cut -c 1-300
}

# boot_halts NAME PATTERN ARGUMENT...: one test: a whole line of the serial console matches PATTERN,
# and the processor is then halted for good
boot_halts() {
	local name=$1 pattern=$2 pid begin=$SECONDS
	shift 2
	direct_options "$@"
	open_log
	direct_qemu
	rm -f "$temporary/monitor.in" "$temporary/monitor.out"
	mkfifo "$temporary/monitor.in" "$temporary/monitor.out"
	timeout --kill-after 10 "${option[timeout]}" "${qemu[@]}" \
		-chardev "pipe,id=monitor,path=$temporary/monitor" -mon monitor >"$log.err" 2>&1 &
	pid=$!
	exec {monitor}<>"$temporary/monitor.in" {answers}<>"$temporary/monitor.out"
	wait_for_line "$pid" "$pattern" || fault "no line: $pattern"
	sleep 1
	check_halted
	echo quit >&"$monitor"
	exec {monitor}>&- {answers}>&-
	wait "$pid" || fault "QEMU ended with $?: $(tr "\n" " " <"$log.err")"
	readable_log
	echo "# $((SECONDS - begin)) s: ${*@Q}" | cut -c 1-300
	finish_boot "$name"
}

# wait_for_line PID PATTERN: false if QEMU ends, or is stopped, before such a line
wait_for_line() {
	while kill -0 "$1" 2>/dev/null; do
		readable_log
		! line_of "$2" >/dev/null || return 0
		sleep 0.3
	done
	return 1
}

# check_halted: ask QEMU's monitor. With interrupts off, the halt is permanent.
check_halted() {
	local line state=
	echo "info registers" >&"$monitor"
	while [[ $state != *HLT=* ]] && IFS= read -r -t 5 line <&"$answers"; do
		[[ $line != *FL=* ]] || state=$line
	done
	[[ $state == *HLT=1* ]] || fault "not halted: $state"
	if [[ ! $state =~ FL=([0-9a-f]+) ]] || (((16#${BASH_REMATCH[1]} & 0x200) != 0)); then
		fault "halted, but interrupts are on: $state"
	fi
}

# probing_initramfs ID BYTES: $boot/ID.cpio: the initramfs of boot.sh, BYTES zeros, and an archive
# with /probe: rdinit=/probe runs only if the end of the file is intact. It prints the number of
# levels of page tables.
probing_initramfs() {
	initramfs loader
	made "$boot/$1.cpio" "$boot/loader.cpio.gz" tests/direct.sh -- \
		join_initramfs "$boot/$1.cpio" "$2"
}

join_initramfs() {
	local root=$temporary/probe
	rm -rf "$root"
	mkdir "$root"
	cat >"$root/probe" <<-'PROBE'
		#!/bin/sh
		busybox dmesg -n 1
		mount -t proc proc /proc
		levels=4
		! grep -qw la57 /proc/cpuinfo || levels=5
		echo >/dev/console
		echo "BZBOOT levels=$levels" >/dev/console
		busybox umount /proc
		exec /init
	PROBE
	chmod 755 "$root/probe"
	cp "$boot/loader.cpio.gz" "$1.tmp"
	truncate -s %4 "$1.tmp"
	truncate -s +"$2" "$1.tmp"
	(cd "$root" && echo probe | cpio -o -H newc --quiet --owner 0:0) >>"$1.tmp"
	mv "$1.tmp" "$1"
}
