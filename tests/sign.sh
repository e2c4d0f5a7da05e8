# SPDX-License-Identifier: BSD-2-Clause
# shellcheck shell=bash
#
# Shared by tests of signing: keys, and a small image. Sourced by tests/cli_sign*.t.
# shellcheck source=tests/cli.sh
. tests/cli.sh
need openssl gcc zstd

# The user's environment must not matter.
unset SOURCE_DATE_EPOCH

# make_key NAME OPTION...: $work/NAME.key, and NAME.pem, self-signed
make_key() {
	openssl req -x509 -nodes -keyout "$work/$1.key" -out "$work/$1.pem" -days 3650 \
		-subj "/CN=test $1" "${@:2}" 2>"$work/log" || fail "openssl req: $(<"$work/log")"
}

# make_issued NAME ISSUER EXTENSION...: $work/NAME.key, and NAME.pem, signed by ISSUER
make_issued() {
	openssl req -newkey rsa:2048 -nodes -keyout "$work/$1.key" -out "$work/$1.csr" \
		-subj "/CN=test $1" 2>"$work/log" || fail "openssl req: $(<"$work/log")"
	printf '%s\n' "${@:3}" >"$work/$1.ext"
	openssl x509 -req -in "$work/$1.csr" -CA "$work/$2.pem" -CAkey "$work/$2.key" \
		-set_serial "0x$(openssl rand -hex 8)" -days 3650 -extfile "$work/$1.ext" \
		-out "$work/$1.pem" 2>"$work/log" || fail "openssl x509: $(<"$work/log")"
}

# make_image: $work/ours.efi
make_image() {
	make_kernel
	run pack "$work/kernel.elf" -o "$work/ours.efi" --level 1
	[ "$status" -eq 0 ] || fail "pack: $(<"$work/stderr")"
}

# expect_silence: the last run succeeded without a message
expect_silence() {
	same "exit status" 0 "$status"
	same stdout "" "$(<"$work/stdout")"
	same stderr "" "$(<"$work/stderr")"
}

# signs IMAGE OUT OPTION...: one run of sign, which prints only $saying, a line
signs() {
	run sign "$1" -o "$2" "${@:3}"
	same "exit status of sign" 0 "$status"
	same "stdout of sign" "" "$(<"$work/stdout")"
	same "stderr of sign" "${saying-}" "$(<"$work/stderr")"
}

# The message of a successful sign
# shellcheck disable=SC2034 # for scripts that source this
ecdsa="warning: firmware does not accept ECDSA signatures, only RSA"
# shellcheck disable=SC2034 # likewise
added="signature added: the image now has"

# verifies IMAGE OPTION...: one run of verify, all good and trusted
verifies() {
	run verify "$@"
	same "exit status of verify" 0 "$status"
	same "stderr of verify" "" "$(<"$work/stderr")"
}

# listed LABEL: the values that the last run of verify listed under LABEL, one line per signature
listed() {
	sed -n "s/^  $1  *//p" "$work/stdout"
}

# guid_bytes GUID
guid_bytes() {
	local hex=${1//-/} i
	for i in 3 2 1 0 5 4 7 6 8 9 10 11 12 13 14 15; do
		printf '%b' "\\x${hex:2*i:2}"
	done
}

# identical FILE FILE
identical() {
	cmp "$1" "$2" >"$work/cmp" 2>&1 || fault "$(<"$work/cmp")"
}

# field PATH IMAGE: one number of bzboot info
field() {
	run info --json "$2"
	jq "$1" "$work/stdout"
}
