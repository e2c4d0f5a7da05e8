# SPDX-License-Identifier: BSD-2-Clause
# shellcheck shell=bash
#
# Shared by tests of Secure Boot: firmware that starts only images signed by our key, or Debian's
# snakeoil key; signed images; and boots in which the firmware is asked to load many files. Sourced
# by tests/boot_*_secure.t.
# shellcheck source=tests/boot.sh
. tests/boot.sh
need openssl jq perl mcopy

# new_key FILE OPTION...: FILE.key, and a request or a certificate, FILE.pem
new_key() {
	openssl req -newkey rsa:2048 -nodes -keyout "$1.key" -out "$1.pem" -subj "/CN=${1##*/}" \
		"${@:2}" 2>"$logs/openssl" || fail "openssl: $(<"$logs/openssl")"
}

keys=$boot/secure	# made by ovmf/keys.sh, and stranger.key
# shellcheck disable=SC2034 # for the tests
own=$keys/vars.fd snakeoil=/usr/share/OVMF/OVMF_VARS_4M.snakeoil.fd
new_keys() {
	rm -f "$keys"/{PK,KEK,db}.* "$own"
	ovmf/keys.sh "$keys"
}
made "$own" ovmf/keys.sh -- new_keys
made "$keys/stranger.pem" -- new_key "$keys/stranger" -x509
ln -sf /usr/share/ovmf/PkKek-1-snakeoil.key "$keys/snakeoil.key"
ln -sf /usr/share/ovmf/PkKek-1-snakeoil.pem "$keys/snakeoil.pem"
export SNAKEOIL=snakeoil	# the passphrase of that key

# Linux prints the first line, and Debian's kernels then lock themselves down.
enabled="*secureboot: Secure boot enabled*"
locked="*Kernel is locked down from EFI Secure Boot*"

# sign OUT IMAGE KEY OPTION...: $boot/OUT.efi, signed with $keys/KEY.key
sign() {
	local out=$boot/$1.efi
	made "$out" "$bzboot" "$2" "$keys/$3.pem" -- "$bzboot" sign "$2" -o "$out" \
		--key "$keys/$3.key" --cert "$keys/$3.pem" --pin-env SNAKEOIL "${@:4}"
}

# pack_small CODEC: $boot/testkernel-CODEC.efi
pack_small() {
	local out=$boot/testkernel-$1.efi
	made "$out" "$bzboot" "$testkernel" -- "$bzboot" pack "$testkernel" -o "$out" \
		--compress "$1"
}

# expect_lines PATTERN...: each matches a line of the log
expect_lines() {
	local pattern
	for pattern; do
		line_of "$pattern" >/dev/null || fault "no line: $pattern"
	done
}

# secure_ok NAME RUN-ARGUMENT... -- KEY=VALUE...: one test: like boot_ok, and Linux reports Secure
# Boot
secure_ok() {
	local last=$#
	while [ "${!last}" != -- ]; do
		last=$((last - 1))
	done
	start "${@:2:last-2}"
	expect_lines "$enabled" "$locked"
	expect "${@:last+1}"
	finish_boot "$1"
}

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
tree=$work/tree	# of a disk with the program that loads images by the firmware, tests/secure/try.c
answers=()	# expected from the firmware, in any order

# new_tree KEY: the program is signed with KEY
new_tree() {
	sign "try-$1" "$build/tests/secure/try.efi" "$1"
	rm -rf "$tree"
	mkdir -p "$tree/EFI/BOOT" "$tree/try"
	cp "$boot/try-$1.efi" "$tree/EFI/BOOT/BOOTX64.EFI"
	answers=()
}

# to_load NAME STATUS IMAGE: the firmware will be asked to load IMAGE
to_load() {
	cp "$3" "$tree/try/$1"
	answers+=("file=$1 load=$2")
}

# to_change STATUS OFFSET...: the same for the image to be started, with a bit changed at OFFSET
to_change() {
	local offset
	for offset in "${@:2}"; do
		perl -e 'print pack "V", shift' "$offset" >>"$tree/changes"
		answers+=("$(printf 'change=0x%X load=%s' "$offset" "$1")")
	done
}

# expect_answers: the firmware has given exactly these answers
expect_answers() {
	local difference
	difference=$(diff <(printf '%s\n' "${answers[@]}" | sort) <(
		sed -n 's/^TRY \(file\|change\)=/\1=/p' "$log" | sort)) ||
		fault "the firmware's answers (>) are not as expected (<): $difference"
}

# try_ok NAME STORE KEY=VALUE...: one test: the answers are as expected, then the image is started
# and prints these lines, and no kernel was started before. Without a KEY there is no image.
try_ok() {
	start --tree "$tree" --secure "$2" --timeout 300
	expect_answers
	if [ $# -gt 2 ]; then
		expect_lines "TRY image load=Success"
		expect "${@:3}"
		same "starts of a kernel" 1 "$(grep -c -e 'Linux version' -e 'TESTKERNEL bss=' "$log")"
	fi
	finish_boot "$1 (${#answers[@]} answers)"
}

# refused_ok NAME STORE KEY IMAGE: one test: the firmware does not start IMAGE from the first disk,
# and continues with the second, which has a program signed by KEY
refused_ok() {
	local refused went_on
	new_tree "$3"
	mkfs.fat -C "$work/second" 4096 >/dev/null
	mcopy -s -i "$work/second" "$tree"/* ::
	start --disk "$4" --secure "$2" -- -drive "if=virtio,format=raw,file=$work/second"
	rm "$work/second"
	refused=$(line_of '*failed to load*: Access Denied*') || fault "it is not refused"
	went_on=$(line_of 'TRY started') || fault "the firmware did not continue"
	[ "${refused:-0}" -lt "${went_on:-0}" ] || fault "it was not the first"
	! grep -q 'Linux version' "$log" || fault "Linux was started"
	finish_boot "$1"
}

# spread COUNT FROM TO: COUNT offsets in that range, at equal distances from the first to the last
spread() {
	local i
	for ((i = 0; i < $1; i++)); do
		echo $(($2 + i * ($3 - 1 - $2) / ($1 - 1)))
	done
}
