# SPDX-License-Identifier: BSD-2-Clause
# shellcheck shell=bash
# Shared by boot tests of parts, which source it.
. tests/boot.sh

name=6.12-cloud
kernel "$name"
initramfs loader
by_loader=(--initrd "$boot/loader.cpio.gz" --cmdline "$from_loader")

# pack_parts PARTS [CODEC]: make an image and set image to it; PARTS may be "default"
pack_parts() {
	local codec=${2:-zstd} options=()
	[ "$1" = default ] || options=(--parts "$1")
	image=$name-$codec-parts-$1
	pack "$image" "$boot/$name.vmlinuz" --compress "$codec" "${options[@]}"
}

# boot_parts PARTS CPUS [CODEC]: one test; more than one part by default. Several have one more, the
# gap, but there are at most 64.
boot_parts() {
	local found expected=$1
	[ "$1" = default ] || [ "$1" -eq 1 ] || [ "$1" -eq 64 ] || expected=$(($1 + 1))
	pack_parts "$1" "${3-}"
	found=$("$bzboot" info --json "$boot/$image.efi" | jq .manifest.parts)
	if [ "$1" = default ]; then
		[ "$found" -gt 1 ] || fault "parts: $found"
	else
		same "parts" "$expected" "$found"
	fi
	boot_ok "$1 parts, ${3:-zstd}, $2 CPUs" --kernel "$boot/$image.efi" "${by_loader[@]}" \
		--cpus "$2" -- userspace=reached initrd=ok "cpus=$2"
}

# boot_damaged PART CPUS [CODEC]: one test: an image of three parts, damaged at 1/PART of the stream
boot_damaged() {
	local offset size in out
	pack_parts 3 "${3-}"
	in=$boot/$image.efi
	out=$boot/$image-damaged-$1.efi
	read -r offset size < <(od -An -t u4 --endian=little -j 8 -N 8 "$in")
	made "$out" "$in" -- flip_byte "$in" "$out" $((offset + size / $1))
	boot_refused "three parts, damaged at 1/$1 of the stream, ${3:-zstd}, $2 CPUs" \
		--kernel "$out" "${by_loader[@]}" --cpus "$2"
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
