#!/usr/bin/env bash
# SPDX-License-Identifier: BSD-2-Clause
#
# shim starts an image of ours directly, in place of a boot loader: the key is in MokList, and not
# in db. shim then requires .sbat, and obeys it. Debian's last shim 15, and its newest one; the
# firmware starts them because our key in db has signed them, too.
# shellcheck source=tests/secure.sh
. tests/secure.sh
need sbsiglist

# make_list LIST CERTIFICATE: UEFI 2.10, 32.4.1: EFI_SIGNATURE_LIST
make_list() {
	openssl x509 -in "$2" -outform DER -out "$work/der"
	sbsiglist --owner 11111111-2222-3333-4444-123456789abc --type x509 --output "$1" \
		"$work/der"
}

made "$keys/mok.pem" -- new_key "$keys/mok" -x509
made "$keys/mok.esl" "$keys/mok.pem" -- make_list "$keys/mok.esl" "$keys/mok.pem"

# sbat GENERATION: $boot/GENERATION.sbat
sbat() {
	made "$boot/$1.sbat" tests/boot_all_shim.t -- write_sbat "$1"
}

write_sbat() {
	cat >"$boot/$1.sbat" <<-END
		sbat,1,SBAT Version,sbat,1,https://github.com/rhboot/shim/blob/main/SBAT.md
		bzboot.test,$1,bzboot,bzboot,1,https://example.org
	END
}

# refused NAME IMAGE LINE: shim must refuse to start IMAGE, and print LINE
lines=()
refused() {
	cp "$2" "$tree/second/$1"
	lines+=("$1:$3")
}

# expect_refused: shim has refused each, in any order
expect_refused() {
	local line said
	for line in "${lines[@]}"; do
		said=$(awk -v name="${line%%:*}" '/^TRY / { if ($2 == "second=" name) printf "%s", said
			said = "" } { said = said $0 "\n" }' "$log")
		grep -q -e "${line#*:}" <<<"$said" || fault "${line%%:*}: no line: ${line#*:}"
	done
}

name=6.12-cloud
kernel "$name"
initramfs image
sbat 1
sbat 2
pack "$name-shim" "$boot/$name.vmlinuz" --sbat "$boot/2.sbat" --cmdline "$from_image" \
	--initrd "$boot/image.cpio.gz"
sign "$name-shim-mok" "$boot/$name-shim.efi" mok
pack testkernel "$testkernel"
sign testkernel-mok "$boot/testkernel.efi" mok
for generation in 1 2; do
	pack "testkernel-$generation" "$testkernel" --sbat "$boot/$generation.sbat"
	sign "testkernel-$generation-mok" "$boot/testkernel-$generation.efi" mok
done
sign testkernel-2-stranger "$boot/testkernel-2.efi" stranger

# shim_ok VERSION FILE: one test: of the images it is asked for, shim starts only the last
shim_ok() {
	local shim=$boot/shim-$1.efi
	sign "shim-$1" "$2" db
	same "the shim" "$1" "$("$bzboot" info --json "$shim" | jq -r '.sbat[] |
		select(.component_name == "shim.debian") | .vendor_version' | cut -c "-${#1}")"
	new_tree db
	mkdir "$tree/shim" "$tree/second"
	cp "$shim" "$tree/image.efi"
	# shim keeps an SbatLevel that is newer than its own.
	printf 'sbat,1,2099010100\nbzboot.test,2\n' >"$tree/shim/SbatLevel"
	cp "$keys/mok.esl" "$tree/shim/MokList"
	printf '\1' >"$tree/shim/SHIM_VERBOSE"
	lines=()
	refused none "$boot/testkernel-mok.efi" 'No .sbat section data'
	refused revoked "$boot/testkernel-1-mok.efi" \
		'bzboot.test, generation 1, was revoked by SbatLevel'
	refused stranger "$boot/testkernel-2-stranger.efi" 'Binary is not authorized'
	cp "$boot/$name-shim-mok.efi" "$tree/grubx64.efi"
	start --tree "$tree" --secure "$own" --timeout 300
	expect_refused
	same "starts of a kernel" 1 "$(grep -c -e 'Linux version' -e 'TESTKERNEL bss=' "$log")"
	expect_lines "$enabled" "$locked"
	expect userspace=reached initrd=ok firmware=efi "release=$(release "$name")" \
		"cmdline=$from_image" initrd_id=image
	finish_boot "shim $1: $name starts; ${#lines[@]} others do not"
}

shim_ok 15.8 "$(tools/unpacked.sh shim-signed/bullseye)/usr/lib/shim/shimx64.efi.signed"
shim_ok 16. /usr/lib/shim/shimx64.efi.signed
plan
