#!/usr/bin/env bash
# SPDX-License-Identifier: BSD-2-Clause
#
# The program for an arm64 machine, cross-compiled and run by QEMU: the target's compiler is not the
# host's, and the images are the same as those made on x86-64.
# shellcheck source=tests/tap.sh
. tests/tap.sh
need make aarch64-linux-gnu-gcc x86_64-linux-gnu-gcc qemu-aarch64-static jq
unset MAKEFLAGS MFLAGS MAKELEVEL	# set by the make that runs this

build=${BUILD:-build}
native=$build/bzboot
kernel=$build/tests/kernel/testkernel.elf
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

# Static libraries: the shared ones are in other packages than the headers.
cppflags=() ldflags=()
for package in libzstd liblzma zlib1g liblz4 libssl libjansson; do
	folder=$(tools/unpacked.sh "$package-dev:arm64/bookworm") || fail "no $package for arm64"
	cppflags+=("-I$folder/usr/include" "-I$folder/usr/include/aarch64-linux-gnu")
	ldflags+=("-L$folder/usr/lib/aarch64-linux-gnu")
done
make -j2 BUILD="$work/build" CC=aarch64-linux-gnu-gcc CPPFLAGS="${cppflags[*]}" \
	LDFLAGS="${ldflags[*]}" all >"$work/log" 2>&1 || fault "make fails"
said=$(grep -v '^  [A-Z]* *[^ ]*$' "$work/log") || true
[ -z "$said" ] || fault "make prints: $(head -n 20 <<<"$said")"
for stub in "$build"/stub/*.elf; do
	cmp -s "$stub" "$work/build/stub/${stub##*/}" || fault "$stub differs"
done
finish "builds without a warning; the stubs are those of x86-64"

# arm ARGUMENT...
arm() {
	qemu-aarch64-static -L /usr/aarch64-linux-gnu "$work/build/bzboot" "$@"
}

for codec in zstd xz lzma gzip lz4 none; do
	"$native" pack "$kernel" -o "$work/native.efi" --compress "$codec" >/dev/null 2>&1
	if arm pack "$kernel" -o "$work/arm.efi" --compress "$codec" >"$work/log" 2>&1; then
		# A library of another release may make another stream.
		"$native" extract "$work/native.efi" -o "$work/native.elf" >/dev/null 2>&1
		"$native" extract "$work/arm.efi" -o "$work/arm.elf" >"$work/log" 2>&1 ||
			fault "its image is not extracted: $(<"$work/log")"
		cmp -s "$work/native.elf" "$work/arm.elf" || fault "it packs another ELF"
		same "its info about an image" "$("$native" info --json "$work/native.efi")" \
			"$(arm info --json "$work/native.efi")"
	else
		fault "bzboot pack: $(<"$work/log")"
	fi
	finish "$codec: packs the same ELF, reads an image as on x86-64"
done

plan
