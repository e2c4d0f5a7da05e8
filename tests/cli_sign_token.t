#!/usr/bin/env bash
# SPDX-License-Identifier: BSD-2-Clause
#
# Keys that never leave a token: bzboot sign --provider, with a TPM 2.0 in software and OpenSSL's
# provider for it. (Debian 12 has no provider for PKCS #11.)
# shellcheck source=tests/sign.sh
. tests/sign.sh
# shellcheck source=tests/tpm.sh
. tests/tpm.sh
need swtpm tpm2_createprimary sbverify

make_image
ours=$work/ours.efi
signed=$work/signed.efi

start_tpm_server "$work/state"
trap 'stop_tpm; rm -rf "$work"' EXIT

# quietly COMMAND...: print its output only if it fails
quietly() {
	timeout 60 "$@" >"$work/log" 2>&1 || fail "$1: $(<"$work/log")"
}

# token_certificate NAME KEY: $work/NAME.pem for a key in the TPM
token_certificate() {
	quietly openssl req -x509 -provider tpm2 -provider default -propquery '?provider=tpm2' \
		-key "$2" -passin pass:secret -subj "/CN=test $1" -days 3650 -out "$work/$1.pem"
}

# An RSA key at a handle of the TPM, an ECDSA key in a file that only the TPM can read.
quietly tpm2_createprimary -Q -C o -c "$work/primary"
quietly tpm2_create -Q -C "$work/primary" -G rsa2048 -u "$work/public" -r "$work/private" -p secret
quietly tpm2_flushcontext -t
quietly tpm2_load -Q -C "$work/primary" -u "$work/public" -r "$work/private" -c "$work/loaded"
quietly tpm2_flushcontext -t
quietly tpm2_evictcontrol -C o -c "$work/loaded" 0x81000001
quietly tpm2_flushcontext -t
quietly openssl genpkey -provider tpm2 -algorithm EC -pkeyopt group:P-256 \
	-pkeyopt user-auth:secret -out "$work/ec.key"
handle='handle:0x81000001?pass'
token_certificate rsa "$handle"
token_certificate ec "$work/ec.key"

export PIN_OF_TEST=secret
echo secret >"$work/pin"

# with_token NAME KEY TYPE OPTION...: one test; sign prints only $saying
with_token() {
	signs "$ours" "$signed" --provider tpm2 --cert "$work/$1.pem" --key "$2" "${@:4}"
	verifies "$signed" --cert "$work/$1.pem"
	same key "$3" "$(listed key)"
	sbverify --cert "$work/$1.pem" "$signed" >"$work/log" 2>&1 || fault "$(<"$work/log")"
	finish "a key in the TPM: $3"
}

with_token rsa "$handle" "RSA, 2048 bits, sha256" --pin-env PIN_OF_TEST
saying="bzboot: $work/ec.pem: $ecdsa" with_token ec "$work/ec.key" "EC, 256 bits, sha256" --pin-file "$work/pin"

# refused_last NAME SUBJECT: the last run failed with one line of ours, maybe after the TPM's own
refused_last() {
	same "exit status" 1 "$status"
	same "lines" 1 "$(grep -c '^bzboot: ' "$work/stderr")"
	[[ $(tail -n 1 "$work/stderr") == "bzboot: $2"* ]] || fault "$(tail -n 1 "$work/stderr")"
	[ ! -e "$work/nothing" ] || fault "an image was written"
	finish "$1"
}

run sign "$ours" -o "$work/nothing" --cert "$work/rsa.pem" --key "$handle" --pin-env PIN_OF_TEST
refused_last "a key without its provider" \
	"$handle: cannot open: handle: URIs need a provider (--provider tpm2)"
PIN_OF_TEST=wrong
run sign "$ours" -o "$work/nothing" --provider tpm2 --cert "$work/rsa.pem" --key "$handle" \
	--pin-env PIN_OF_TEST
refused_last "a wrong PIN" "$ours: cannot sign with the key $handle"
PIN_OF_TEST=secret
run sign "$ours" -o "$work/nothing" --provider tpm2 --cert "$work/ec.pem" --key "$handle" \
	--pin-env PIN_OF_TEST
refused_last "a key of another certificate" "$handle: is not the key of $work/ec.pem"
run sign "$ours" -o "$work/nothing" --provider tpm2 --cert "$work/rsa.pem" \
	--key "handle:0x81000002" --pin-env PIN_OF_TEST
refused_last "a key that the token does not have" "handle:0x81000002: "

plan
