#!/usr/bin/env bash
# SPDX-License-Identifier: BSD-2-Clause
#
# Debian 13, in a root of its own (tools/root.sh): bzboot builds without a warning with its
# compilers and libraries, the tests pass, and an image made there boots. With the gnu-efi of the
# next release, bzboot builds.
#
#   tests/all_debian13.t		those tests of the program that run others
#   tests/all_debian13.t --all	all tests of make check before it boots: the units under the
#				sanitizers and in 32 bits, too, the fuzzers, the program under them
# shellcheck source=tests/boot.sh
. tests/boot.sh
unset MAKEFLAGS MFLAGS MAKELEVEL	# of the make that this runs under

# shellcheck source=tests/debian13.sh
. tests/debian13.sh

# builds NAME TARGET...: make succeeds, and prints nothing but the files that it makes
builds() {
	in_root make -j2 BUILD=/out/build "${@:2}" >"$work/log" 2>&1 || fault "make fails"
	fault_lines "$(grep -v '^  [A-Z]* *[^ ]*$' "$work/log")"
	finish "$1"
}

# fault_lines TEXT: a fault for each of its lines, up to 40
fault_lines() {
	local line
	while read -r line; do
		fault "$line"
	done < <(sed '/^$/d' <<<"$1" | head -n 40)
}

# passes NAME PROGRAM [OPTION...] TEST...: these tests, with that program
passes() {
	in_root env BUILD=/out/build BZBOOT="$2" prove -j2 --exec '' "${@:3}" >"$work/log" 2>&1 ||
		fault_lines "$(tail -n 40 "$work/log")"
	finish "$1"
}

in_root true || fail "cannot run commands in Debian 13"
if [ "${1-}" = --all ]; then
	builds "builds without a warning, with all test programs" test-programs
	units=(tests/t_*.c)
	units=("${units[@]##*/}")
	units=("${units[@]%.c}")
	units=("${units[@]/#//out/build/tests/}")
	asan=("${units[@]/tests/asan/tests}")
	mapfile -t m32 < <(find "$work/build/m32/tests" -name 't_*' -type f -executable \
		-printf '/out/build/m32/tests/%f\n')
	passes "the units" /out/build/bzboot "${units[@]}"
	passes "the units, under the sanitizers" /out/build/bzboot "${asan[@]}"
	passes "the units, in 32 bits" /out/build/bzboot --exec tests/in_32_bits.sh "${m32[@]}"
	passes "symbols and sizes, the fuzzers" /out/build/bzboot tests/symbols.t tests/fuzz.t
	passes "the command line, under the sanitizers" /out/build/asan/bzboot tests/cli_*.t
else
	builds "builds without a warning" plain-programs
	passes "symbols and sizes" /out/build/bzboot tests/symbols.t
	# Shells, OpenSSL, and the programs that decompress: other releases than on Debian 12
	mapfile -t cli < <(printf 'tests/cli_%s.t\n' completion compressed sign sign_token uki)
	passes "the command line" /out/build/bzboot "${cli[@]}"
fi

kernel 6.12-cloud
initramfs image
cp -L "$boot/6.12-cloud.vmlinuz" "$boot/image.cpio.gz" "$work"
in_root /out/build/bzboot pack /out/6.12-cloud.vmlinuz -o /out/image.efi --level 3 \
	--cmdline "$from_image" --initrd /out/image.cpio.gz >"$work/log" 2>&1 || fault "$(<"$work/log")"
boot_ok "Debian's 6.12, packed there: from disk, by Debian 13's OVMF" \
	--firmware 2025.02 --disk "$work/image.efi" \
	-- userspace=reached initrd=ok firmware=efi "release=$(release 6.12-cloud)" initrd_id=image

# gnu-efi 4: the stub, and the programs linked with its library, by this machine's compiler.
efi=$(tools/unpacked.sh gnu-efi/forky) || fail "cannot unpack gnu-efi 4"
make -j2 BUILD="$work/forky" EFI_INCLUDE="$efi/usr/include/efi" \
	EFI_LIBDIR="$efi/usr/lib/x86_64-linux-gnu" "$work/forky/stub/none.elf" \
	"$work/forky/tests/secure/try.efi" "$work/forky/tests/efi/driver.efi" >"$work/log" 2>&1 ||
	fault "make fails"
grep -q _GNU_EFI_4_0 "$efi/usr/include/efi/efi.h" || fault "it is not gnu-efi 4"
fault_lines "$(grep -v '^  [A-Z]* *[^ ]*$' "$work/log")"
finish "gnu-efi 4 of the next release: builds without a warning"

plan
