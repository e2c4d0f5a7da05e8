# SPDX-License-Identifier: BSD-2-Clause
# shellcheck shell=bash
#
# What the boot matrix and its loaders share: the tables, machines, disks, and the cell, which is
# one loader starting one kernel file. Sourced by tests/boot_matrix.t, which then sources the
# loaders, tests/loaders/*.sh. Each of these has a function that makes what the loader starts from,
# and ends by calling a machine. Set for it are
#
#   $kernel $initrd $cmdline   what to start
#   $work                      its folder for disks and the like, which is the current one, too
# shellcheck source=tests/boot.sh
. tests/boot.sh

boot=$(realpath "$boot")	# for loaders work in folders of their own
bzboot=$(realpath "$bzboot")
firmware=/usr/share/OVMF	# Debian's ovmf
limit=180	# seconds that a cell may take

# Tables

loader_names=()
declare -A loader_about loader_expects loader_starts	# by name
declare -A control_fails control_says	# by "LOADER KERNEL", a pattern

# loader NAME ABOUT KEY=VALUE... -- FUNCTION WORD...: a loader, what the initramfs says of it, and
# what starts it. An @ in a VALUE is our command line.
loader() {
	local name=$1 expects=()
	loader_names+=("$name")
	# shellcheck disable=SC2034 # for the test
	loader_about[$name]=$2
	shift 2
	while [ "$1" != -- ]; do
		expects+=("$1")
		shift
	done
	loader_expects[$name]=$(printf '%s\n' "${expects[@]}")
	loader_starts[$name]="${*:2}"
}

# without_control LOADER KERNEL LINE REASON: this loader cannot start the distribution's own image,
# and LINE is in the log when it has tried. KERNEL and LINE are patterns.
without_control() {
	control_says["$1 $2"]=$3
	control_fails["$1 $2"]=$4
}

# why_no_control LOADER KERNEL: set reason, and reason_line to its LINE; or fail
why_no_control() {
	local cell
	for cell in "${!control_fails[@]}"; do
		# shellcheck disable=SC2053 # a pattern
		if [[ "$1 $2" == $cell ]]; then
			# shellcheck disable=SC2034 # for the test
			reason=${control_fails[$cell]} reason_line=${control_says[$cell]}
			return
		fi
	done
	return 1
}

# see_to_kernel NAME: have $boot/NAME.vmlinuz, the control, and $boot/NAME.efi, ours
see_to_kernel() {
	local objects
	if [ "$1" = smp ]; then
		objects=$(tools/linux.sh smp)
		ln -sfn "$objects/result/bzImage" "$boot/smp.vmlinuz"
		pack smp "$objects/result/vmlinux"
	else
		kernel "$1"
		pack "$1" "$boot/$1.vmlinuz"
	fi
}

# release_of IMAGE: what uname -r will say, from its setup header (boot.rst: kernel_version)
release_of() {
	local at
	at=$(od -An -t u2 --endian=little -j $((0x20e)) -N 2 "$1")
	tail -c +$((at + 0x200 + 1)) "$1" | head -c 64 | tr '\0' ' ' | cut -d ' ' -f 1
}

# Machines

# qemu ARGUMENT...: run it until the guest ends, or is stopped at the limit; $log.raw is the serial
# line. Why one thread: ovmf/run.sh.
qemu() {
	timeout --foreground --kill-after 10 "$limit" qemu-system-x86_64 \
		-accel tcg,thread=single -cpu max -m 1024 -nodefaults -nic none \
		-vga std -display none -no-reboot -serial "file:$log.raw" "$@" </dev/null
}

# bios ARGUMENT...: a PC with SeaBIOS
bios() {
	qemu -machine pc "$@"
}

# efi ARGUMENT...: one with OVMF
efi() {
	ovmf "" "" -machine q35 "$@"
}

# efi_secure ARGUMENT...: one with OVMF that starts nothing but what the snakeoil key has signed
efi_secure() {
	ovmf .secboot .snakeoil -machine q35,smm=on \
		-global driver=cfi.pflash01,property=secure,value=on "$@"
}

# ovmf CODE VARIABLES ARGUMENT...: a machine with these variants of Debian's firmware
ovmf() {
	cp "$firmware/OVMF_VARS_4M$2.fd" "$work/vars"
	qemu -drive "if=pflash,format=raw,unit=0,readonly=on,file=$firmware/OVMF_CODE_4M$1.fd" \
		-drive "if=pflash,format=raw,unit=1,file=$work/vars" "${@:3}"
}

# sign FILE: add a signature by the snakeoil key, which comes with the firmware
sign() {
	local key=/usr/share/ovmf/PkKek-1-snakeoil
	passphrase=snakeoil "$bzboot" sign "$1" --key "$key.key" --cert "$key.pem" \
		--pin-env passphrase
}

# Disks. What is on them lies in $work/tree first.

# put FILE TARGET: into the tree
put() {
	mkdir -p "$(dirname "$work/tree/$2")"
	cp -L "$1" "$work/tree/$2"
}

# put_text TARGET LINE...: into the tree
put_text() {
	mkdir -p "$(dirname "$work/tree/$1")"
	printf '%s\n' "${@:2}" >"$work/tree/$1"
}

# take_elf: make $kernel the ELF inside, for loaders that know no other format
take_elf() {
	"$bzboot" extract "$kernel" -o "$work/elf"
	kernel=$work/elf
}

# put_kernel: as /kernel and /initrd
put_kernel() {
	put "$kernel" kernel
	put "$initrd" initrd
}

# fat_disk: $work/disk, with the tree in its one partition, which is active
partition=2048	# where it begins, in sectors
fat_disk() {
	local mib
	mib=$(du -sm --apparent-size "$work/tree" | cut -f 1)
	truncate -s $((mib + 16))M "$work/disk"
	sfdisk -q "$work/disk" <<<"$partition,,c,*"
	mkfs.fat --offset "$partition" "$work/disk" $(((mib + 15) * 1024)) >/dev/null
	mcopy -s -i "$work/disk@@$((partition * 512))" "$work/tree"/* ::
}

# cd_image BOOTFILE OPTION...: $work/cd, of the tree, El Torito without emulation
cd_image() {
	xorriso -report_about WARNING -as mkisofs -quiet -R -o "$work/cd" \
		-b "$1" -no-emul-boot -boot-load-size 4 -boot-info-table "${@:2}" "$work/tree"
}

# The arguments for a machine that has them
# shellcheck disable=SC2034 # for the loaders
from_disk=(-drive "if=virtio,format=raw,file=disk") from_cd=(-cdrom cd)

# Cells

# run_cell LOADER FILE FOLDER: have LOADER start FILE, and leave in FOLDER what became of it: result
# (ok or failed, and how many seconds it took), log, and if it failed, faults and all else
run_cell() {
	local work=$3 begin=$SECONDS status kernel initrd cmdline
	kernel=$(realpath "$2")
	initrd=$boot/loader.cpio.gz
	cmdline="console=ttyS0 panic=-1 bzboot.loader=$1"
	log=$work/log
	faults=()
	rm -rf "$work"
	mkdir -p "$work/tree"
	: >"$log.raw"
	set +e	# or else it has no effect in there
	(set -e && cd "$work" && ${loader_starts[$1]}) >"$work/output" 2>&1
	status=$?
	set -e
	readable_log
	[ "$status" -eq 0 ] ||
		fault "${loader_starts[$1]} ended with $status: $(tail -n 5 "$work/output")"
	expect_boot "$1"
	end_cell "$work" $((SECONDS - begin))
}

# expect_boot LOADER: that it has started $kernel with $initrd and $cmdline
expect_boot() {
	local expects
	mapfile -t expects <<<"${loader_expects[$1]//@/"$cmdline"}"
	expect userspace=reached initrd=ok initrd_id=loader "release=$(release_of "$kernel")" \
		"${expects[@]}"
}

# end_cell FOLDER SECONDS
end_cell() {
	if [ ${#faults[@]} -eq 0 ]; then
		rm -rf "$1"/{tree,disk,cd,vars,first,elf,log.raw}
		echo "ok $2" >"$1/result"
		return
	fi
	{
		printf '%s\n' "${faults[@]}" "the end of $log:"
		{ grep -v '^ *$' "$log" || true; } | tail -n 40 | cut -c 1-160 | sed 's/^/  /'
	} >"$1/faults"
	echo "failed $2" >"$1/result"
}

# harness: a checksum of all that a control depends on, but for the kernel
harness() {
	{
		cat tests/matrix.sh tests/loaders/*.sh ovmf/initramfs.sh
		dpkg-query -W -f '${Package} ${Version} ${db:Status-Abbrev}\n' | grep -E \
			-e '^(qemu|seabios|ovmf|grub|shim|syslinux|isolinux|ipxe)' \
			-e '^(systemd-boot|refind|kexec|xen|u-boot|busybox)'
	} | sha256sum
}
