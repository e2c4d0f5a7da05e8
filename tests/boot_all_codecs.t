#!/usr/bin/env bash
# SPDX-License-Identifier: BSD-2-Clause
# Every codec, where the firmware is alive and where it is not: under OVMF, SeaBIOS and by kexec
. tests/tap.sh

build=${BUILD:-build}
bzboot=${BZBOOT:-$build/bzboot}
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
kernel=$(tools/kernel.sh 6.12-cloud)

for codec in xz lzma gzip lz4 none; do
	image=$work/$codec.efi
	"$bzboot" pack "$kernel" -o "$image" --compress "$codec" >/dev/null ||
		fault "pack ended with $?"
	tests/boot_matrix.t --loaders ovmf,seabios,kexec-load --kernel-file "$image" --jobs 1 \
		>"$work/log" || fault "$(<"$work/log")"
	rm "$image"
	finish "$codec: OVMF, SeaBIOS, kexec"
done
plan
