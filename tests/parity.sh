# SPDX-License-Identifier: BSD-2-Clause
# shellcheck shell=bash
#
# The same kernel by Linux's own EFI stub and by ours, on the same machine: the facts that it gets,
# and the measurements. Sourced by tests/boot_*_parity.t; docs/parity.md explains every difference.
# shellcheck source=tests/boot.sh
. tests/boot.sh
# shellcheck source=tests/tpm.sh
. tests/tpm.sh
need swtpm tpm2_eventlog base64

sockets=$(mktemp -d)
trap 'rm -rf "$sockets"' EXIT

# start_with_tpm RUN-ARGUMENT... -- QEMU-ARGUMENT...: boot on a machine with a TPM, a new one unless its
# state is there
start_with_tpm() {
	local state=$sockets/$tests
	start_tpm "$state" --ctrl "type=unixio,path=$state/socket" --terminate
	start "$@" -chardev "socket,id=tpm,path=$state/socket" \
		-tpmdev emulator,id=tpm,chardev=tpm
	stop_tpm
}

# said LOG KEY: the values that a kernel printed
said() {
	sed -n "s/^BZBOOT $2=//p" "$1"
}

# Bytes of boot_params that differ: the first and the last one, and their fields
different=(
	"070 077 acpi_rsdp_addr"
	"0c0 0cb ext_ramdisk_image, ext_cmd_line_ptr"
	"1d0 1d7 efi_memmap and its size"
	"1dc 1df efi_memmap_hi"
	"1e0 1e3 alt_mem_k"
	"1f1 1f1 setup_sects"
	"1f4 1f7 syssize"
	"1fe 20f boot_flag .. kernel_version"
	"211 217 loadflags .. code32_start"
	"218 21b ramdisk_image"
	"224 22b heap_end_ptr, cmd_line_ptr"
	"230 237 kernel_alignment .. xloadflags"
	"238 23b cmdline_size"
	"248 257 payload_offset, payload_length, setup_data"
	"258 26b pref_address .. kernel_info_offset"
)

# is_different OFFSET: true if that byte may differ
is_different() {
	local first last name
	for row in "${different[@]}"; do
		read -r first last name <<<"$row"
		if ((0x$first <= $1 && $1 <= 0x$last)); then
			return 0
		fi
	done
	return 1
}

# same_params LOG LOG: all other bytes of boot_params are equal
same_params() {
	local ours theirs
	ours=$(said "$1" params)
	theirs=$(said "$2" params)
	same "digits of boot_params" 8192 ${#ours}
	for ((at = 0; at < ${#ours}; at += 2)); do
		[ "${ours:at:2}" != "${theirs:at:2}" ] || continue
		is_different $((at / 2)) || fault "boot_params $(printf 0x%x $((at / 2))):" \
			"ours ${ours:at:2}, Linux's ${theirs:at:2}"
	done
}

# kernel_lines LOG: the kernel's messages about the hand-off, without addresses
kernel_lines() {
	said "$1" dmesg | grep -vE 'Remove mem|Freeing EFI boot|^integrity|Machine keyring' |
		sed -E '/^BIOS-e820/!s/0x[0-9a-f]+/ADDRESS/g' | tr ' ' '\n' | sort
}

# same_lines WHAT LOG LOG FILTER...: the filter prints the same of both logs
same_lines() {
	local what=$1 ours=$2 theirs=$3
	shift 3
	"$@" "$theirs" >"$sockets/theirs"
	"$@" "$ours" >"$sockets/ours"
	[ -s "$sockets/ours" ] || fault "$what: none"
	cmp -s "$sockets/theirs" "$sockets/ours" ||
		fault "$what: $(diff "$sockets/theirs" "$sockets/ours" | head -n 20)"
}

# setup_data_of LOG: the nodes of setup_data, sorted
setup_data_of() {
	said "$1" setup_data | sort
}

# pcrs_of LOG: the PCRs that depend neither on the image itself (4) nor on user space
pcrs_of() {
	for pcr in 0 1 2 3 5 6 7 8 9; do
		echo "$pcr $(said "$1" "pcr$pcr")"
	done
}

# events_of LOG: $sockets/events, its event log as text
events_of() {
	said "$1" event_log | base64 -d >"$sockets/log"
	[ -s "$sockets/log" ] || fault "no event log"
	tpm2_eventlog "$sockets/log" >"$sockets/events" 2>"$sockets/err" || fault "$(<"$sockets/err")"
}

# pcr_by_events PCR BANK: its value, in lower case
pcr_by_events() {
	sed -n '/^pcrs:/,$p' "$sockets/events" | sed -n "/^ *$2:/,/^ *sha[0-9]*:/p" |
		sed -nE "s/^ *$1 *: 0x//p"
}

# replayed LOG: the event log agrees with the TPM, and PCR 9 was extended twice
replayed() {
	events_of "$1"
	for pcr in 0 4 7 9; do
		same "PCR $pcr by the log" "$(said "$1" "pcr$pcr" | tr A-F a-f)" \
			"$(pcr_by_events "$pcr" sha256)"
	done
	same "events in PCR 9" 2 "$(grep -c 'PCRIndex: 9$' "$sockets/events")"
}

# with_both NAME KERNEL: boot it by Linux's stub and by ours; the tests of the pair
with_both() {
	local theirs ours machine=(-device virtio-rng-pci -device tpm-tis,tpmdev=tpm)
	local loader=(--initrd "$boot/loader.cpio.gz" --cmdline "$from_loader bzboot.handoff")
	start_with_tpm --kernel "$boot/$2.vmlinuz" "${loader[@]}" -- "${machine[@]}"
	theirs=$log
	expect userspace=reached initrd=ok
	finish_boot "$1: the control"

	start_with_tpm --kernel "$boot/$2.efi" "${loader[@]}" -- "${machine[@]}"
	ours=$log
	expect userspace=reached initrd=ok initrd_id=loader
	finish_boot "$1: ours"

	same_params "$ours" "$theirs"
	same_lines setup_data "$ours" "$theirs" setup_data_of
	finish "$1: boot_params"
	same_lines "lines of the kernel" "$ours" "$theirs" kernel_lines
	for what in RNG= TPMEventLog= TPMFinalLog= INITRD= "crng init done"; do
		said "$ours" dmesg | grep "$what" >/dev/null || fault "no $what"
	done
	finish "$1: the kernel's messages"
	same_lines PCRs "$ours" "$theirs" pcrs_of
	replayed "$ours"
	finish "$1: the measurements"
}

# as_predicted PCRS IMAGE OPTION...: these PCRs of the last boot are those that bzboot measure prints
# with these options
as_predicted() {
	local pcr bank value
	events_of "$log"
	for pcr in $1; do
		for bank in sha1 sha256; do
			value=$("$bzboot" measure "$2" --pcr "$pcr" --bank $bank --phase "" "${@:3}" |
				sed -n "s/^$pcr:$bank=//p")
			[ -n "$value" ] || fault "PCR $pcr, $bank is not predicted"
			same "PCR $pcr, $bank" "$value" "$(pcr_by_events "$pcr" $bank)"
		done
	done
}
