# SPDX-License-Identifier: BSD-2-Clause
# shellcheck shell=bash
#
# Shared by the boot matrix and its loaders: the tables, machines, disks, and cells; a cell is one
# loader starting one kernel file. Sourced by tests/boot_matrix.t, which then sources the loaders,
# tests/loaders/*.sh. Each of these has a function that makes the files that the loader needs, and
# ends by calling a machine. These variables are set for it:
#
#   $kernel $initrd $cmdline   the files and the text to boot with
#   $name                      the kernel's name in the tables
#   $work                      its folder for disks and other files, also the current one
# shellcheck source=tests/boot.sh
. tests/boot.sh

boot=$(realpath "$boot")	# because loaders work in folders of their own
bzboot=$(realpath "$bzboot")
tools=$(realpath tools)
# shellcheck disable=SC2034 # for loaders/embed.sh
embed_loader=$(realpath -m "$build/tests/embed/multiboot.elf")
firmware=/usr/share/OVMF	# Debian's ovmf
limit=180	# seconds that a cell may take

# Tables

loader_names=()
declare -A loader_entry loader_about loader_expects loader_starts loader_alone	# by name
declare -A control_fails control_says	# by "LOADER KERNEL", a pattern
no_codec=()	# "LOADER CODEC", patterns

# loader NAME ENTRY ABOUT KEY=VALUE... -- FUNCTION WORD...: a loader: the entry that it uses, the
# lines that the initramfs prints, and the function that starts it. An @ in a VALUE is our command
# line.
loader() {
	local name=$1 expects=()
	loader_names+=("$name")
	# shellcheck disable=SC2034 # for the test
	loader_entry[$name]=$2 loader_about[$name]=$3
	shift 3
	while [ "$1" != -- ]; do
		expects+=("$1")
		shift
	done
	loader_expects[$name]=$(printf '%s\n' "${expects[@]}")
	loader_starts[$name]="${*:2}"
}

# alone LOADER REASON: the distribution's own image is not a control for this loader
alone() {
	# shellcheck disable=SC2034 # for the test
	loader_alone[$1]=$2
}

# without_control LOADER KERNEL LINE REASON: this loader cannot start the distribution's own image,
# and its log then has LINE. KERNEL and LINE are patterns.
without_control() {
	control_says["$1 $2"]=$3
	control_fails["$1 $2"]=$4
}

# without_codec LOADER CODEC: images with this codec are too large for this loader; both are
# patterns
without_codec() {
	no_codec+=("$1 $2")
}

# takes_codec LOADER CODEC
takes_codec() {
	local pattern
	for pattern in ${no_codec[@]+"${no_codec[@]}"}; do
		# shellcheck disable=SC2053 # a pattern
		[[ "$1 $2" != $pattern ]] || return 1
	done
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

# control NAME: make $boot/NAME.vmlinuz, the distribution's own image, or the kernel build's
control() {
	if [ "$1" = smp ]; then
		ln -sfn "$(tools/linux.sh smp)/result/bzImage" "$boot/smp.vmlinuz"
	else
		kernel "$1"
	fi
}

# image NAME CODEC: make our image; image_of prints its path
image() {
	local input=$boot/$1.vmlinuz options=(--compress "$2")
	[ "$1" != smp ] || input=$(tools/linux.sh smp)/result/vmlinux
	[ "$2" != uki ] || options=(--uki --os-release $'ID=test\nPRETTY_NAME="Test OS"')
	pack "$(basename "$(image_of "$1" "$2")" .efi)" "$input" "${options[@]}"
}

image_of() {
	[ "$2" = zstd ] && echo "$boot/$1.efi" || echo "$boot/$1-$2.efi"
}

# number FILE OFFSET SIZE
number() {
	od -An -t "u$3" --endian=little -j $(($2)) -N "$3" "$1" | tr -d ' '
}

# payload_of IMAGE: the payload of the distribution's own image, found without bzboot. Except for
# gzip, the size follows the stream (boot.rst: payload_offset).
payload_of() {
	local offset size stream=$boot/.${1##*/}.stream
	offset=$((($(number "$1" 0x1f1 1) + 1) * 512 + $(number "$1" 0x248 4)))
	size=$(number "$1" 0x24c 4)
	tail -c +$((offset + 1)) "$1" | head -c "$size" >"$stream"
	case $(od -An -t x1 -N 4 "$stream" | tr -d ' ') in
	1f8b*) gzip -dc "$stream" ;;
	28b52ffd) head -c -4 "$stream" | zstd -dcq ;;
	fd377a58) head -c -4 "$stream" | xz -dc ;;
	02214c18) head -c -4 "$stream" | lz4 -dcq ;;
	*) fail "$1: an unknown compression" ;;
	esac
	rm "$stream"
}

# same_payload IMAGE: extract finds the same
same_payload() {
	local elf=$boot/.${1##*/}.elf
	"$bzboot" extract "$1" -o "$elf"
	payload_of "$1" | cmp - "$elf"
	rm "$elf"
}

# release_of IMAGE: the output of uname -r, from its setup header (boot.rst: kernel_version)
release_of() {
	local at
	at=$(od -An -t u2 --endian=little -j $((0x20e)) -N 2 "$1")
	tail -c +$((at + 0x200 + 1)) "$1" | head -c 64 | tr '\0' ' ' | cut -d ' ' -f 1
}

# Machines

# qemu ARGUMENT...: run it until the guest ends, or the limit is reached; $log.raw is the serial
# line. ovmf/run.sh gives the reason for one thread.
qemu() {
	timeout --foreground --kill-after 10 "$limit" qemu-system-x86_64 \
		-accel tcg,thread=single -cpu max -m 1024 -nodefaults -nic none \
		-vga std -display none -no-reboot -serial "file:$log.raw" "$@" </dev/null
}

# bios ARGUMENT...: a PC with SeaBIOS
bios() {
	qemu -machine pc "$@"
}

# efi ARGUMENT...: a PC with OVMF
efi() {
	ovmf "" "" -machine q35 "$@"
}

# efi_secure ARGUMENT...: one with OVMF that starts only images signed by the snakeoil key
efi_secure() {
	ovmf .secboot .snakeoil -machine q35,smm=on \
		-global driver=cfi.pflash01,property=secure,value=on "$@"
}

# efi_2022, efi_2025, efi_strictnx ARGUMENT...: with OVMF of Debian 12 and 13, whichever runs here
efi_2022() {
	firmware=$("$tools/unpacked.sh" ovmf/bookworm)/usr/share/OVMF
	efi "$@"
}

efi_2025() {
	firmware=$("$tools/unpacked.sh" ovmf/trixie)/usr/share/OVMF
	efi "$@"
}

efi_strictnx() {
	firmware=$("$tools/unpacked.sh" ovmf/trixie)/usr/share/OVMF
	ovmf .secboot.strictnx "" -machine q35,smm=on \
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

# Disks. Their files are collected in $work/tree.

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

# take_elf: make $kernel the ELF inside, for loaders that support no other format
take_elf() {
	"$bzboot" extract "$kernel" -o "$work/elf"
	kernel=$work/elf
}

# put_kernel: put kernel and initrd as /kernel and /initrd
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

# cd_image BOOTFILE OPTION...: $work/cd with the tree, El Torito without emulation
cd_image() {
	xorriso -report_about WARNING -as mkisofs -quiet -R -o "$work/cd" \
		-b "$1" -no-emul-boot -boot-load-size 4 -boot-info-table "${@:2}" "$work/tree"
}

# The arguments for a machine that has them
# shellcheck disable=SC2034 # for the loaders
from_disk=(-drive "if=virtio,format=raw,file=disk") from_cd=(-cdrom cd)

# Cells

# run_cell LOADER NAME FILE FOLDER: LOADER starts FILE, the kernel NAME. FOLDER gets result (ok or
# failed, and the seconds it took), log, and after a failure, faults and all other files
run_cell() {
	local name=$2 work=$4 begin=$SECONDS status kernel initrd cmdline
	kernel=$(realpath "$3")
	initrd=$boot/loader.cpio.gz
	cmdline="console=ttyS0 no_timer_check panic=-1 bzboot.loader=$1"
	log=$work/log
	faults=()
	rm -rf "$work"
	mkdir -p "$work/tree"
	: >"$log.raw"
	set +e	# otherwise set -e has no effect in the subshell
	(set -e && cd "$work" && ${loader_starts[$1]}) >"$work/output" 2>&1
	status=$?
	set -e
	readable_log
	[ "$status" -eq 0 ] ||
		fault "${loader_starts[$1]} ended with $status: $(tail -n 5 "$work/output")"
	expect_boot "$1"
	end_cell "$work" $((SECONDS - begin))
}

# expect_boot LOADER: it has started $kernel with $initrd and $cmdline
expect_boot() {
	local expects
	mapfile -t expects <<<"${loader_expects[$1]//@/"$cmdline"}"
	expect userspace=reached initrd=ok initrd_id=loader "release=$(release_of "$kernel")" \
		"${expects[@]}"
}

# end_cell FOLDER SECONDS
end_cell() {
	echo "$2 tests/boot_matrix.t: ${1##*/}" >>"$build/times"	# see tests/timed.sh
	if [ ${#faults[@]} -eq 0 ]; then
		rm -rf "$1"/{tree,disk,cd,vars,first,elf,boots,log.raw}
		echo "ok $2" >"$1/result"
		return
	fi
	{
		printf '%s\n' "${faults[@]}" "the end of $log:"
		{ grep -v '^ *$' "$log" || true; } | tail -n 40 | cut -c 1-160 | sed 's/^/  /'
	} >"$1/faults"
	echo "failed $2" >"$1/result"
}

# harness: a checksum of everything that a control depends on except the kernel
harness() {
	{
		cat tests/matrix.sh tests/boot.sh tests/loaders/*.sh ovmf/initramfs.sh
		dpkg-query -W -f '${Package} ${Version} ${db:Status-Abbrev}\n' | grep -E \
			-e '^(qemu|seabios|ovmf|grub|shim|syslinux|isolinux|ipxe)' \
			-e '^(systemd-boot|refind|kexec|xen|u-boot|busybox)'
	} | sha256sum
}
