# SPDX-License-Identifier: BSD-2-Clause
# shellcheck shell=bash
#
# Shared by boot tests: images and initramfs files to boot, and tests that print TAP. Sourced by
# tests/boot_*.t, which run in the root of the repository: prove -j2 tests/boot_core_*.t
#
# These files are made in build/boot, or a folder of it for another machine, by the first test that
# needs them, and again when they are older than their sources. BUILD= names another folder than
# build, BZBOOT= a program.
! declare -F boot_ok >/dev/null || return 0	# another file has sourced it already
# shellcheck source=tests/tap.sh
. tests/tap.sh

build=${BUILD:-build}
bzboot=${BZBOOT:-$build/bzboot}
boot=$build/boot
logs=$boot/log
# shellcheck disable=SC2034 # for the tests
testkernel=$build/tests/kernel/testkernel.elf
readonly build logs testkernel
mkdir -p "$logs"

# The command lines of the loader and of the image. Both make the kernel use the serial line and
# skip its test of the timer, whose interrupts come too late on a busy host.
from_loader="console=ttyS0 no_timer_check bzboot.from=loader"
from_image="console=ttyS0 no_timer_check bzboot.from=image"

boot_machine=x86-64
busybox=/bin/busybox

# use_machine MACHINE: boot kernels of this machine from now on. Its busybox is of the first release
# of Debian that has the machine.
use_machine() {
	local console=ttyS0
	boot_machine=$1
	case $boot_machine in
	arm64)
		console=ttyAMA0
		busybox=$(tools/unpacked.sh busybox-static:arm64/bookworm)/bin/busybox
		;;
	riscv64)
		busybox=$(tools/unpacked.sh busybox-static:riscv64/trixie)/usr/bin/busybox
		;;
	loong64)
		busybox=$(tools/unpacked.sh busybox-static:loong64/forky)/usr/bin/busybox
		;;
	esac
	from_loader="console=$console bzboot.from=loader"
	from_image="console=$console bzboot.from=image"
	boot=$build/boot/$boot_machine
	mkdir -p "$boot"
}

# made FILE SOURCE... -- COMMAND...: run COMMAND unless FILE exists and is newer than every SOURCE
made() {
	local file=$1 lock old=
	shift
	exec {lock}>"$boot/.${file##*/}.lock"
	flock "$lock"
	[ -e "$file" ] || old=yes
	while [ "$1" != -- ]; do
		[ -e "$1" ] || fail "$1 is missing"
		[ "$file" -nt "$1" ] || old=yes
		shift
	done
	shift
	if [ -n "$old" ]; then
		"$@" >/dev/null
	fi
	exec {lock}>&-
}

# kernel NAME[:ARCHITECTURE/SUITE]: $boot/NAME.vmlinuz, one of Debian's kernels; rm -rf build/boot to
# get newer ones
kernel() {
	local path
	path=$boot/${1%%:*}.vmlinuz
	made "$path" -- link_kernel "$1" "$path"
}

link_kernel() {
	local target
	target=$(tools/kernel.sh "$1") && ln -sfn "$target" "$2"
}

# release NAME: the output of uname -r in that kernel, taken from the name of its package
release() {
	local package
	package=$(readlink "$boot/$1.vmlinuz")
	package=$(basename "${package%_*}")	# linux-image-VERSION or linux-binary-VERSION
	echo "${package#linux-*-}"
}

# initramfs ID: $boot/ID.cpio.gz, which prints that ID
initramfs() {
	made "$boot/$1.cpio.gz" ovmf/initramfs.sh -- ovmf/initramfs.sh --busybox "$busybox" \
		"$boot/$1.cpio.gz" "$1"
}

# initramfs_of ROOT OUT PROGRAM...: OUT, an initramfs of the files in ROOT, busybox, these programs in
# /bin, and standard input as init
initramfs_of() {
	local root=$1 out=$2 program
	mkdir -p "$root"/{bin,dev}
	for program in /bin/busybox "${@:3}"; do
		program=$(command -v "$program")
		cp -L "$program" "$root/bin"
		put_libraries "$root" "$program"
	done
	cat >"$root/init"
	chmod 755 "$root/init"
	(cd "$root" && find . | cpio -o -H newc --quiet --owner 0:0) >"$out"
}

# put_libraries ROOT FILE: those of a program or a library, at their places in ROOT
put_libraries() {
	local library
	{ ldd "$2" 2>/dev/null || true; } | { grep -o '/[^ ]*' || true; } | while read -r library; do
		install -D -m 755 "$library" "$1/$library"
	done
}

# pack OUT KERNEL OPTION...: $boot/OUT.efi, at a low level, because no test depends on the level
pack() {
	local out=$boot/$1.efi sources=("$bzboot" "$2") level=(--level 3) option
	[[ " ${*:3} " != *" --compress none "* ]] || level=()	# none has no levels
	for option in "${@:3}"; do
		[ ! -f "$option" ] || sources+=("$option")
	done
	made "$out" "${sources[@]}" -- "$bzboot" pack "$2" -o "$out" ${level[@]+"${level[@]}"} "${@:3}"
}

# pack_both OUT KERNEL: $boot/OUT.efi, and OUT-full.efi with command line and initrd inside
pack_both() {
	initramfs image
	pack "$1" "$2"
	pack "$1-full" "$2" --cmdline "$from_image" --initrd "$boot/image.cpio.gz"
}

# damage IN OUT: $boot/OUT.efi, $boot/IN.efi with one byte changed in the middle of its payload
damage() {
	made "$boot/$2.efi" "$boot/$1.efi" -- flip_payload_byte "$boot/$1.efi" "$boot/$2.efi"
}

flip_payload_byte() {
	local magic offset size byte
	read -r magic < <(od -An -c -j 4 -N 4 "$1" | tr -d ' ')
	[ "$magic" = zimg ] || fail "$1 is not a zboot image"
	read -r offset size < <(od -An -t u4 --endian=little -j 8 -N 8 "$1")
	offset=$((offset + size / 2))
	byte=$(od -An -t u1 -j "$offset" -N 1 "$1")
	cp "$1" "$2.tmp"
	printf '%b' "\\x$(printf %x $((byte ^ 0xff)))" |
		dd of="$2.tmp" bs=1 seek="$offset" conv=notrunc status=none
	mv "$2.tmp" "$2"
}

prefix=BZBOOT	# the first word of lines that the kernel under test prints

# start RUN-ARGUMENT...: boot, and leave the serial console in $log as text, and failures in the
# array faults
start() {
	local status=0 begin=$SECONDS
	open_log
	ovmf/run.sh --machine "$boot_machine" --log "$log.raw" "$@" >"$log.err" 2>&1 || status=$?
	[ "$status" -eq 0 ] || fault "run.sh ended with $status: $(tr "\n" " " <"$log.err")"
	readable_log
	echo "# $((SECONDS - begin)) s: run.sh ${*@Q}"
}

# open_log: set log and empty it
open_log() {
	log=$logs/$(basename "$0" .t).$((tests + 1))
	: >"$log.raw"
}

# readable_log: turn the log into text, without the sequences that move the cursor or set colours
readable_log() {
	LC_ALL=C sed 's/\x1b\[[0-9;=?]*[[:alpha:]]//g; s/[^[:print:]\t]//g' "$log.raw" >"$log"
}

# finish_boot NAME: the line of a test, with the last lines of the console if there are faults
finish_boot() {
	if [ ${#faults[@]} -gt 0 ]; then
		fault "the end of $log:"
		fault "$({ grep -v '^ *$' "$log" || true; } | tail -n 40 | cut -c 1-160 |
			sed 's/^/  /')"
	fi
	finish "$1"
}

# line_of PATTERN: the number of the first line of the log that PATTERN matches as a whole
line_of() {
	local line number=0
	while IFS= read -r line || [ -n "$line" ]; do
		number=$((number + 1))
		# shellcheck disable=SC2053 # a pattern
		if [[ $line == $1 ]]; then
			echo "$number"
			return
		fi
	done <"$log"
	return 1
}

# expect KEY=VALUE...: the kernel prints each on a line; a VALUE may be a pattern
expect() {
	local pattern
	for pattern; do
		line_of "$prefix $pattern" >/dev/null || fault "no line: $prefix $pattern"
	done
}

# boot_ok NAME RUN-ARGUMENT... -- KEY=VALUE...: one test: boot, and expect these
boot_ok() {
	local last=$#
	while [ "${!last}" != -- ]; do
		last=$((last - 1))
	done
	start "${@:2:last-2}"
	expect "${@:last+1}"
	finish_boot "$1"
}

# boot_refused NAME RUN-ARGUMENT...: one test: the stub reports the payload as damaged and returns
# to the firmware, which continues with its shell
boot_refused() {
	local said went_on
	start --startup $'@echo -off\necho SHELL state=reached\nreset -s' "${@:2}"
	said=$(line_of '*bzboot*payload*') || fault "bzboot does not name the payload"
	went_on=$(line_of 'SHELL state=reached') || fault "the firmware did not continue"
	[ "${said:-0}" -le "${went_on:-0}" ] || fault "bzboot's message comes too late"
	finish_boot "$1"
}

# boot_control NAME[:ARCHITECTURE/SUITE] RUN-ARGUMENT...: the test of Debian's own image of a kernel.
# Sets name; expected, what the kernel reports in every boot; by_loader and seen, for a boot with an
# initrd from the loader.
boot_control() {
	name=${1%%:*}
	kernel "$1"
	initramfs loader
	expected=(userspace=reached initrd=ok firmware=efi "release=$(release "$name")")
	by_loader=(--initrd "$boot/loader.cpio.gz" --cmdline "$from_loader" "${@:2}")
	# The firmware, or ovmf/run.sh for U-Boot, adds "initrd=initrd".
	seen=("cmdline=$from_loader initrd=initrd" initrd_id=loader)
	boot_ok "$name, the control: -kernel" --kernel "$boot/$name.vmlinuz" "${by_loader[@]}" \
		-- "${expected[@]}" "${seen[@]}"
}

# boot_debian NAME[:ARCHITECTURE/SUITE] RUN-ARGUMENT...: the tests of each of Debian's kernels. The
# control is Debian's own image in the same harness, but not from disk, where nothing gives it a
# command line.
boot_debian() {
	local name expected by_loader seen
	boot_control "$@"
	pack_both "$name" "$boot/$name.vmlinuz"
	boot_ok "$name: -kernel" --kernel "$boot/$name.efi" "${by_loader[@]}" \
		-- "${expected[@]}" "${seen[@]}"
	boot_ok "$name: from disk, all in the image" --disk "$boot/$name-full.efi" "${@:2}" \
		-- "${expected[@]}" "cmdline=$from_image" initrd_id=image
}

# initrd_lines FILE: the lines that the test kernel prints for an initrd with these bytes
initrd_lines() {
	local crc32
	# A gzip file ends with the CRC-32 of its uncompressed data.
	read -r crc32 _ < <(gzip -1c "$1" | tail -c 8 | od -An -t x4 --endian=little)
	echo "initrd_size=$(stat -c %s "$1")"
	printf 'initrd_crc32=0x%x\n' "0x$crc32"
}
