#!/usr/bin/env bash
# SPDX-License-Identifier: BSD-2-Clause
#
# The program for an arm64 machine, cross-compiled and run by QEMU: the target's compiler is not the
# host's, and the images are the same as those made on x86-64.
# shellcheck source=tests/tap.sh
. tests/tap.sh
# shellcheck source=tests/application.sh
. tests/application.sh
need make gcc objcopy aarch64-linux-gnu-gcc x86_64-linux-gnu-gcc qemu-aarch64-static jq
unset MAKEFLAGS MFLAGS MAKELEVEL	# set by the make that runs this

build=${BUILD:-build}
native=$build/bzboot
kernel=$build/tests/kernel/testkernel.elf
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

# Static libraries: the shared ones are in other packages than the headers.
cppflags=() ldflags=("-L$work/lib")
for package in libzstd liblzma zlib1g liblz4 libssl libjansson libzydis libzycore; do
	folder=$(tools/unpacked.sh "$package-dev:arm64/bookworm") || fail "no $package for arm64"
	cppflags+=("-I$folder/usr/include" "-I$folder/usr/include/aarch64-linux-gnu")
	ldflags+=("-L$folder/usr/lib/aarch64-linux-gnu")
done
mkdir "$work/lib"
for package in libzydis4.0 libzycore1.4; do	# no static ones
	folder=$(tools/unpacked.sh "$package:arm64/bookworm") || fail "no $package for arm64"
	cp -P "$folder"/usr/lib/aarch64-linux-gnu/lib*.so.* "$work/lib"
done
ln -s libZydis.so.4.0 "$work/lib/libZydis.so"
make -j2 BUILD="$work/build" CC=aarch64-linux-gnu-gcc CPPFLAGS="${cppflags[*]}" \
	LDFLAGS="${ldflags[*]}" all >"$work/log" 2>&1 || fault "make fails"
said=$(grep -v '^  [A-Z]* *[^ ]*$' "$work/log") || true
[ -z "$said" ] || fault "make prints: $(head -n 20 <<<"$said")"
for stub in "$build"/stub/*.elf "$build"/stub/*64/*.elf; do
	[ ! -e "$stub" ] || cmp -s "$stub" "$work/build/${stub#"$build/"}" || fault "$stub differs"
done
finish "builds without a warning; the stubs are those made on x86-64"

# arm ARGUMENT...
arm() {
	qemu-aarch64-static -L /usr/aarch64-linux-gnu -E LD_LIBRARY_PATH="$work/lib" \
		"$work/build/bzboot" "$@"
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

# The native stub, in an image that has no stream of a library
make_application "$work/Image" arm64
"$native" pack "$work/Image" -o "$work/native.efi" --compress none -q 2>"$work/log" ||
	fault "on x86-64: $(<"$work/log")"
arm pack "$work/Image" -o "$work/arm.efi" --compress none -q 2>"$work/log" ||
	fault "bzboot pack: $(<"$work/log")"
cmp "$work/native.efi" "$work/arm.efi" >"$work/log" 2>&1 || fault "$(<"$work/log")"
finish "packs an Image for arm64, as on x86-64"

# --- the library in a loader for arm64 ----------------------------------------

aarch64-linux-gnu-gcc -static -O2 -Iinclude formats/*.c decoders/none.c tests/reloc_elf.c \
	-o "$work/mover" 2>"$work/log" || fault "gcc: $(<"$work/log")"
aarch64-linux-gnu-gcc -O1 -ffreestanding -fPIE -c tests/reloc/machine.c -o "$work/program.o" \
	2>"$work/log" || fault "gcc: $(<"$work/log")"
for address in 0x40200000 0x900200000; do
	aarch64-linux-gnu-ld -pie --no-dynamic-linker --no-warn-rwx-segments -Ttext=$address \
		-T tests/reloc/machine.lds "$work/program.o" -o "$work/$address" 2>"$work/log" ||
		fault "ld: $(<"$work/log")"
done

# moved FILE [ADDRESS]
moved() {
	qemu-aarch64-static "$work/mover" "$@"
}

moved "$work/0x40200000" 0x900200000 >"$work/moved" || fault "it is not loaded"
moved "$work/0x900200000" >"$work/linked" || fault "it is not loaded where it is linked"
cmp "$work/moved" "$work/linked" >"$work/log" 2>&1 || fault "moved: $(<"$work/log")"
finish "the library, compiled for arm64, moves a program for it"

moved "$kernel" >"$work/moved" 2>"$work/log" && fault "it is loaded"
[ -s "$work/moved" ] && fault "it prints bytes"
finish "it refuses one for x86-64"

plan
