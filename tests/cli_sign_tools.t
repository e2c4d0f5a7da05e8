#!/usr/bin/env bash
# SPDX-License-Identifier: BSD-2-Clause
#
# bzboot and other programs that sign for Secure Boot: they compute the same digest, verify each
# other's signatures, and unsign restores the unsigned image, whichever tool signed it. For images
# of ours with every codec, Debian's kernel, shim, GRUB, and systemd-boot, which has an odd length.
# shellcheck source=tests/sign.sh
. tests/sign.sh
need jq sbsign sbverify osslsigncode pesign certutil pk12util

make_key db -newkey rsa:2048
make_kernel
key=(--key "$work/db.key" --cert "$work/db.pem")
mkdir "$work/nss"
certutil -N -d "$work/nss" --empty-password
openssl pkcs12 -export -inkey "$work/db.key" -in "$work/db.pem" -name db -passout pass: \
	-out "$work/db.p12"
pk12util -i "$work/db.p12" -d "$work/nss" -W '' >"$work/log" || fail "pk12util: $(<"$work/log")"

# quietly COMMAND...: print its output only if it fails
quietly() {
	"$@" >"$work/log" 2>&1 || fault "$1: $(tail -n 3 "$work/log")"
}

# with_TOOL IMAGE OUT: sign; other signatures are kept

with_bzboot() {
	run sign "$1" -o "$2" "${key[@]}"
	same "exit status of sign" 0 "$status"
	same "stderr of sign" "" "$(sed "\\|^bzboot: $2: $added |d" "$work/stderr")"
}

with_sbsign() {
	quietly sbsign "${key[@]}" --output "$2" "$1"
}

with_pesign() {
	quietly pesign --force -n "$work/nss" -c db -s -i "$1" -o "$2"
}

# It supports only a nested second signature, which firmware ignores.
with_osslsigncode() {
	rm -f "$2"
	quietly osslsigncode sign -h sha256 -key "$work/db.key" -certs "$work/db.pem" \
		-in "$1" -out "$2"
}

# pesign_digest ARGUMENT...: the digest by pesign; some releases also print the file's name
pesign_digest() {
	pesign -h "$@" | grep -o '\<[0-9a-f]\{64\}\>'
}

# expect_good IMAGE DIGEST COUNT: every tool finds COUNT signatures of DIGEST, and they are good
expect_good() {
	verifies "$1" --cert "$work/db.pem"
	same "digests listed" "$3" "$(listed digest | grep -c "^sha256 $2\$")"
	same "signatures trusted" "$3" "$(listed trusted | grep -c '^yes$')"
	quietly sbverify --cert "$work/db.pem" "$1"
	same "signatures that sbverify lists" "$3" \
		"$(sbverify --list "$1" 2>/dev/null | grep -c '^signature ')"
	same "signatures that pesign lists" "$3" \
		"$(pesign -S -i "$1" | grep -c "signer's common name is test db")"
	same "digest by pesign" "$2" "$(pesign_digest -i "$1")"
	# osslsigncode considers a table with two entries corrupt.
	[ "$3" -ne 1 ] || quietly osslsigncode verify -in "$1" -CAfile "$work/db.pem"
}

# digest_of IMAGE
digest_of() {
	run hash "$1"
	cut -d ' ' -f 1 "$work/stdout"
}

signers=(bzboot sbsign pesign osslsigncode)

# interoperates NAME IMAGE: with all of them, one signature and two
interoperates() {
	local name=$1 image=$2 digest tool second
	digest=$(digest_of "$image")
	same "digest by pesign" "$digest" "$(pesign_digest -P -i "$image")"
	finish "$name: the digest is pesign's"
	for tool in "${signers[@]}"; do
		"with_$tool" "$image" "$work/one.efi"
		expect_good "$work/one.efi" "$digest" 1
		cp "$work/one.efi" "$work/unsigned.efi"
		run unsign "$work/unsigned.efi"
		identical "$image" "$work/unsigned.efi"
		finish "$name: signed by $tool, verified by all; unsign restores it"
	done
	for tool in "${signers[@]}"; do
		"with_$tool" "$image" "$work/one.efi"
		for second in bzboot sbsign pesign; do
			[ "$tool" = bzboot ] || [ "$second" = bzboot ] || continue
			"with_$second" "$work/one.efi" "$work/two.efi"
			expect_good "$work/two.efi" "$digest" 2
			run unsign "$work/two.efi"
			identical "$image" "$work/two.efi"
			finish "$name: signed by $tool and $second, verified by all"
		done
	done
}

# their_signatures NAME IMAGE COUNT SIGNER: an image signed by the distribution COUNT times, first
# by SIGNER
their_signatures() {
	local certificate=$work/theirs.pem
	run verify "$2"
	same "exit status" 1 "$status"
	same "signatures" "$3" "$(listed good | grep -c '^yes$')"
	same "signer" "$4" "$(listed signer | head -n 1 | sed 's/.*CN = //')"
	same "signatures that sbverify lists" "$3" \
		"$(sbverify --list "$2" 2>/dev/null | grep -c '^signature ')"
	# The signer's certificate is in the signature, the first one. A file, because openssl does not
	# read what follows the signature.
	tail -c "+$(($(get "$2" "$(certificate_directory "$2")" 4) + 9))" "$2" >"$work/pkcs7"
	openssl pkcs7 -inform DER -in "$work/pkcs7" -print_certs 2>"$work/log" >"$certificate" ||
		fault "openssl pkcs7: $(<"$work/log")"
	verifies "$2" --cert "$certificate"
	run verify "$2" --cert "$work/db.pem"
	same "exit status with another certificate" 1 "$status"
	finish "$1: signed $3 times, by '$4'"
}

# certificate_directory IMAGE: the offset of the directory of certificates in a PE32+ image
certificate_directory() {
	echo $(($(get "$1" 0x3c 4) + 24 + 112 + 4 * 8))
}

# unsigned IMAGE: $work/base.efi
unsigned() {
	run unsign "$1" -o "$work/base.efi"
	expect_silence
}

for codec in zstd xz lzma gzip lz4 none; do
	run pack "$work/kernel.elf" -o "$work/ours.efi" --compress "$codec"
	same "exit status of pack" 0 "$status"
	interoperates "an image of ours, $codec" "$work/ours.efi"
done

kernel=$(tools/kernel.sh 6.12-cloud)
their_signatures "Debian's kernel" "$kernel" 1 "Debian Secure Boot Signer 2022 - linux"
unsigned "$kernel"
interoperates "Debian's kernel" "$work/base.efi"

shim=$(tools/unpacked.sh shim-signed)/usr/lib/shim
their_signatures "shim" "$shim/shimx64.efi.signed" 2 "Microsoft Windows UEFI Driver Publisher"
unsigned "$shim/shimx64.efi.signed"
identical "$(tools/unpacked.sh shim-unsigned)/usr/lib/shim/shimx64.efi" "$work/base.efi"
finish "shim: unsign restores the file that Microsoft signed"
interoperates "shim" "$work/base.efi"

grub=$(tools/unpacked.sh grub-efi-amd64-signed)/usr/lib/grub/x86_64-efi-signed/grubx64.efi.signed
their_signatures "GRUB" "$grub" 1 "Debian Secure Boot Signer 2022 - grub2"
unsigned "$grub"
interoperates "GRUB" "$work/base.efi"

# Debian 13's has no CheckSum: unsign does not restore it after sbsign and osslsigncode
# (docs/signing.md).
systemd=$(tools/unpacked.sh systemd-boot-efi/bookworm)/usr/lib/systemd/boot/efi/systemd-bootx64.efi
[ $(($(size_of "$systemd") % 8)) -ne 0 ] || fault "its length is a multiple of eight"
finish "control: systemd-boot has an odd length"
interoperates "systemd-boot" "$systemd"

plan
