#!/usr/bin/env bash
# SPDX-License-Identifier: BSD-2-Clause
#
# bzboot keys with a PK and a KEK that never leave a token: a TPM 2.0 in software, and OpenSSL's provider
# for it.
# shellcheck source=tests/keys.sh
. tests/keys.sh
# shellcheck source=tests/tpm.sh
. tests/tpm.sh
need swtpm tpm2_createprimary

start_tpm_server "$work/state"
trap 'stop_tpm; rm -rf "$work"' EXIT

# quietly COMMAND...: print its output only if it fails
quietly() {
	timeout 60 "$@" >"$work/log" 2>&1 || fail "$1: $(<"$work/log")"
}

# token_key HANDLE: an RSA key in the TPM
token_key() {
	quietly tpm2_create -Q -C "$work/primary" -G rsa2048 -u "$work/public" -r "$work/private" -p secret
	quietly tpm2_flushcontext -t
	quietly tpm2_load -Q -C "$work/primary" -u "$work/public" -r "$work/private" -c "$work/loaded"
	quietly tpm2_flushcontext -t
	quietly tpm2_evictcontrol -C o -c "$work/loaded" "$1"
	quietly tpm2_flushcontext -t
}
quietly tpm2_createprimary -Q -C o -c "$work/primary"
token_key 0x81000001
token_key 0x81000002
pk='handle:0x81000001?pass' kek='handle:0x81000002?pass'
echo secret >"$work/pin"
token=(--provider tpm2 --pin-file "$work/pin")
folder=$work/keys

# files FOLDER: the private keys in it
files() {
	(cd "$1" && echo *.key)
}

keys init "$folder" --name Example --pk-key "$pk" --kek-key "$kek" "${token[@]}"
expect_updates "$folder"
same "private keys" db.key "$(files "$folder")"
for name in PK KEK; do
	same "subject of $name" "subject=CN = Example $name" \
		"$(openssl x509 -in "$folder/$name.crt" -noout -subject -nameopt oneline)"
	openssl verify -CAfile "$folder/$name.crt" "$folder/$name.crt" >"$work/log" 2>&1 ||
		fault "$name.crt: $(<"$work/log")"
done
! cmp -s <(openssl x509 -in "$folder/PK.crt" -noout -pubkey) \
	<(openssl x509 -in "$folder/KEK.crt" -noout -pubkey) || fault "PK and KEK are one key"
finish "init: PK and KEK in the TPM; db in the folder"

run keys rotate "$folder"
expect_refusal 1 "$folder/KEK.key: cannot open: No such file or directory"
cp "$folder/db.crt" "$work/old.crt"
keys rotate "$folder" --kek-key "$kek" "${token[@]}"
expect_updates "$folder"
cmp -s "$work/old.crt" "$folder/db-old.crt" || fault "db-old.crt is not the old one"
same "private keys" "db-old.key db.key" "$(files "$folder")"
before=$(state "$folder")
run keys retire "$folder" --kek-key "$pk" "${token[@]}"
expect_refusal 1 "$pk: is not the key of $folder/KEK.crt"
same "the folder" "$before" "$(state "$folder")"
keys retire "$folder" --kek-key "$kek" "${token[@]}"
expect_updates "$folder"
finish "rotate, retire: the KEK in the TPM signs db"

keys init "$work/again" --pk-key "$pk" --pk-cert "$folder/PK.crt" "${token[@]}"
expect_updates "$work/again"
same "PK.crt" "$(<"$folder/PK.crt")" "$(<"$work/again/PK.crt")"
same "private keys" "KEK.key db.key" "$(files "$work/again")"
keys init "$work/encrypted" --kek-key "$kek" --encrypt "${token[@]}"
grep -q ENCRYPTED "$work/encrypted/db.key" || fault "db.key is not encrypted"
keys rotate "$work/encrypted" --kek-key "$kek" "${token[@]}"
expect_updates "$work/encrypted"
grep -q ENCRYPTED "$work/encrypted/db.key" || fault "the new db.key is not encrypted"
finish "init: the certificate of a PK that has one; encrypted keys beside the token"

keys init "$work/files" --pk-key "$work/again/KEK.key" --kek-key "$work/again/db.key" \
	--kek-cert "$work/again/db.crt"
expect_updates "$work/files"
finish "keys in files"

# refuses NAME STATUS SUBJECT ARGUMENT...: one test: init is refused, and makes nothing
refuses() {
	run keys init "$work/none" "${@:4}"
	same "exit status" "$2" "$status"
	[[ $(tail -n 1 "$work/stderr") == "bzboot: $3"* ]] || fault "$(tail -n 1 "$work/stderr")"
	[ ! -e "$work/none" ] || fault "the folder was made"
	finish "$1"
}
make_key curve -newkey ec -pkeyopt ec_paramgen_curve:prime256v1
refuses "a key that firmware does not accept" 1 "$work/curve.key: is a key of type EC: firmware accepts only RSA" \
	--pk-key "$work/curve.key"
refuses "the certificate of another key" 1 "$pk: is not the key of $folder/KEK.crt" --pk-key "$pk" \
	--pk-cert "$folder/KEK.crt" "${token[@]}"
refuses "a key without its provider" 1 "$pk: cannot open: handle: URIs need a provider (--provider tpm2)" \
	--pk-key "$pk" --pin-file "$work/pin"
echo wrong >"$work/pin"
refuses "a wrong PIN" 1 "$pk: cannot make a certificate of the key" --pk-key "$pk" "${token[@]}"
refuses "a certificate without its key" 2 "keys: --pk-cert needs --pk-key" --pk-cert "$folder/PK.crt"
plan
