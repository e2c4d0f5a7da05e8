#!/usr/bin/env bash
# SPDX-License-Identifier: BSD-2-Clause
#
# boot.sh [KERNEL]: the program of `make boot`. Pack a kernel (default: Debian's
# linux-image-cloud-amd64), boot it with an initramfs under QEMU and OVMF, and print the time that
# each step took.
set -euo pipefail

build=${BUILD:-build}
boot=$build/boot
image=$boot/boot.efi
initrd=$boot/boot.cpio.gz
log=$boot/log/boot.log

# row STEP BEGIN END TEXT: print a line of the report; the times are seconds of the clock
row() {
	awk -v step="$1" -v seconds="$(awk "BEGIN { print $3 - $2 }")" -v text="$4" \
		'BEGIN { printf "%-22s %6.2f s   %s\n", step, seconds, text }'
}

# said KEY: print the value that the initramfs reported, from the log
said() {
	LC_ALL=C sed -n "s/^[^ ]* BZBOOT $1=\([^\r]*\).*/\1/p" "$log"
}

# give_up MESSAGE
give_up() {
	echo "boot.sh: $1; the end of $log:" >&2
	tail -n 30 "$log" | cut -d ' ' -f 2- >&2
	exit 1
}

mkdir -p "$boot/log"
begin=$EPOCHREALTIME
kernel=${1:-$(tools/kernel.sh 6.1-cloud)}
row fetch "$begin" "$EPOCHREALTIME" "$kernel"

begin=$EPOCHREALTIME
summary=$("$build/bzboot" pack "$kernel" -o "$image")
end=$EPOCHREALTIME
before=$(stat -L -c %s "$kernel")
after=$(stat -c %s "$image")
row pack "$begin" "$end" \
	"$before -> $after bytes$(sed -n '1 s/.*; payload/; payload/p' <<<"$summary")"

ovmf/initramfs.sh "$initrd"
begin=$EPOCHREALTIME
# Every line in the log begins with the time at which it arrived.
ovmf/run.sh --kernel "$image" --initrd "$initrd" --cmdline console=ttyS0 |
	while IFS= read -r line; do
		printf '%s %s\n' "$EPOCHREALTIME" "$line"
	done >"$log" || give_up "QEMU did not end by itself"
reached=$(sed -n 's/ BZBOOT userspace=reached.*//p' "$log")
[ -n "$reached" ] || give_up "the kernel did not reach userspace"
[ "$(said initrd)" = ok ] || give_up "the initrd is damaged"

started=$(awk "BEGIN { printf \"%.6f\", $reached - $(said uptime) }")
row "firmware and stub" "$begin" "$started" "OVMF, $image"
row "kernel to userspace" "$started" "$reached" "Linux $(said release)"
echo "command line: $(said cmdline)"
