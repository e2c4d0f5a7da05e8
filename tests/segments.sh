# SPDX-License-Identifier: BSD-2-Clause
# shellcheck shell=bash
# What the boot tests of segments share; sourced by them.
. tests/boot.sh

name=6.12-cloud
kernel "$name"
initramfs loader
by_loader=(--initrd "$boot/loader.cpio.gz" --cmdline "$from_loader")

# boot_segments SEGMENTS CPUS: one test
boot_segments() {
	pack "$name-segments-$1" "$boot/$name.vmlinuz" --segments "$1"
	same "segments" "${1/#1/0}" "$("$bzboot" info --json "$boot/$name-segments-$1.efi" |
		jq .manifest.segments)"
	boot_ok "$1 segments, $2 CPUs" --kernel "$boot/$name-segments-$1.efi" "${by_loader[@]}" \
		--cpus "$2" -- userspace=reached initrd=ok "cpus=$2"
}

# boot_damaged PART CPUS: one test: of three segments, what is at 1/PART of the stream is damaged
boot_damaged() {
	local offset size in=$boot/$name-segments-3.efi out=$boot/$name-segments-3-damaged-$1.efi
	pack "$name-segments-3" "$boot/$name.vmlinuz" --segments 3
	read -r offset size < <(od -An -t u4 --endian=little -j 8 -N 8 "$in")
	made "$out" "$in" -- flip_byte "$in" "$out" $((offset + size / $1))
	boot_refused "what is at 1/$1 of three segments is damaged, $2 CPUs" --kernel "$out" \
		"${by_loader[@]}" --cpus "$2"
}

# flip_byte IN OUT OFFSET
flip_byte() {
	local byte
	byte=$(od -An -t u1 -j "$3" -N 1 "$1")
	cp "$1" "$2.tmp"
	printf '%b' "\\x$(printf %x $((byte ^ 0xff)))" |
		dd of="$2.tmp" bs=1 seek="$3" conv=notrunc status=none
	mv "$2.tmp" "$2"
}
