#!/usr/bin/env bash
# SPDX-License-Identifier: BSD-2-Clause
#
# Firmware starts or refuses an image by its variables: db, dbx, and the lists of shim. Folders of
# files stand for efivarfs; sbsiglist makes the lists.
# shellcheck source=tests/sign.sh
. tests/sign.sh
need sbsiglist sbsign

ask_trust=$(realpath "${BUILD:-build}/tests/ask_trust") || fail "make test-programs builds ask_trust"
efivars=$work/efivars
global=8be4df61-93ca-11d2-aa0d-00e098032b8c
database=d719b2cb-3d3a-4596-a3bc-dad00e67656f
shim=605dab50-e046-4300-abb6-3dd810dd8b23
declare -A guids=([SecureBoot]=$global [SetupMode]=$global [db]=$database [dbx]=$database
	[MokListRT]=$shim [MokListXRT]=$shim)

# --- images and lists --------------------------------------------------------------------------

make_image
for name in ours other; do
	make_key "$name" -newkey rsa:2048
done
make_issued leaf ours "basicConstraints=CA:FALSE"
make_key curve -newkey ec -pkeyopt ec_paramgen_curve:prime256v1
unsigned=$work/ours.efi
for name in ours other leaf curve; do
	sbsign --key "$work/$name.key" --cert "$work/$name.pem" --output "$work/$name-signed.efi" \
		"$unsigned" >"$work/log" 2>&1 || fail "sbsign: $(<"$work/log")"
done
sbsign --key "$work/other.key" --cert "$work/other.pem" --output "$work/both.efi" \
	"$work/ours-signed.efi" >"$work/log" 2>&1 || fail "sbsign: $(<"$work/log")"
signed=$work/ours-signed.efi
cp "$signed" "$work/changed.efi"
put "$work/changed.efi" $(($(size_of "$unsigned") - 4096)) 4 0x12345678

# certificate NAME: a list with it
certificate() {
	openssl x509 -in "$work/$1.pem" -outform DER -out "$work/der"
	sbsiglist --owner "$global" --type x509 --output "$work/esl" "$work/der"
	cat "$work/esl"
}

# entry TYPE: a list with one entry, standard input
entry() {
	local size
	cat >"$work/entry"
	size=$(size_of "$work/entry")
	guid_bytes "$1"
	bytes_le 4 $((28 + 16 + size))
	bytes_le 4 0
	bytes_le 4 $((16 + size))
	guid_bytes "$global"
	cat "$work/entry"
}

declare -A of_image=([sha256]=c1c41626-504c-4092-aca9-41f936934328
	[sha384]=ff3e5307-9fd0-48c9-85f1-8ad56c701e01 [sha512]=093e0fae-a6c4-4f50-9f1b-d41e2b89c19a)
declare -A of_certificate=([sha256]=3bd2a492-96c0-4079-b420-fcf98ef103ed
	[sha384]=7076876e-80c2-4ee6-aad2-28b349a6865b [sha512]=446dbf63-2502-4cda-bcfa-2465d2b0fe9d)

# digest ALGORITHM IMAGE: a list with the digest of the image
digest() {
	run hash "$2" --digest "$1"
	printf '%b' "$(sed 's/ .*//; s/../\\x&/g' "$work/stdout")" | entry "${of_image[$1]}"
}

# signed_part ALGORITHM NAME: a list with the digest of the signed part of a certificate, and a time
signed_part() {
	openssl asn1parse -in "$work/$2.pem" -strparse 4 -out "$work/tbs" -noout
	{ openssl dgst "-$1" -binary "$work/tbs"; head -c 16 /dev/zero; } | entry "${of_certificate[$1]}"
}

for name in ours other leaf curve; do
	certificate "$name" >"$work/$name.esl"
done
for algorithm in sha256 sha384 sha512; do
	digest "$algorithm" "$unsigned" >"$work/$algorithm.esl"
	signed_part "$algorithm" ours >"$work/tbs-$algorithm.esl"
	signed_part "$algorithm" leaf >"$work/tbs-leaf-$algorithm.esl"
done
same "size of the list of sha256" $((28 + 16 + 32)) "$(size_of "$work/sha256.esl")"
same "size of the list of sha512" $((28 + 16 + 64)) "$(size_of "$work/sha512.esl")"
! cmp -s "$unsigned" "$work/changed.efi" || fault "changed.efi is the same"
finish "images and lists"

# firmware SECUREBOOT [NAME=LIST,...]...: efivarfs has variables of these lists
firmware() {
	local variable lists
	rm -rf "$efivars"
	mkdir "$efivars"
	printf '\6\0\0\0%b' "\\x0$1" >"$efivars/SecureBoot-$global"
	printf '\6\0\0\0\0' >"$efivars/SetupMode-$global"
	for variable in "${@:2}"; do
		IFS=, read -ra lists <<<"${variable#*=}"
		{ printf '\x27\0\0\0'; cat "${lists[@]/#/$work/}"; } \
			>"$efivars/${variable%%=*}-${guids[${variable%%=*}]}"
	done
}

# answers NAME [IMAGE ANSWER]...: one test: ask about images
answers() {
	local name=$1 images=() expected=
	shift
	while [ $# -gt 0 ]; do
		images+=("$1")
		case $2 in
			revoked | none) expected+="$2 3 -1"$'\n' ;;
			*) expected+="$2 3 0"$'\n' ;;
		esac
		shift 2
	done
	same answers "${expected%$'\n'}" "$("$ask_trust" "$efivars" "${images[@]}" 2>&1)"
	finish "$name"
}

firmware 1
answers "nothing in any list" "$unsigned" none "$signed" none
firmware 1 db=other.esl,ours.esl
answers "a certificate in db" "$unsigned" none "$signed" db "$work/other-signed.efi" db \
	"$work/leaf-signed.efi" db "$work/both.efi" db "$work/changed.efi" none
firmware 1 db=leaf.esl
answers "the certificate of the signer, not that of its issuer" "$signed" none \
	"$work/leaf-signed.efi" db
firmware 1 db=curve.esl
answers "ECDSA, which firmware does not verify" "$work/curve-signed.efi" none
for algorithm in sha256 sha384 sha512; do
	firmware 1 db="$algorithm.esl"
	answers "a digest in db: $algorithm" "$unsigned" digest "$signed" digest "$work/changed.efi" none
	firmware 1 db=ours.esl dbx="other.esl,$algorithm.esl"
	answers "a digest in dbx: $algorithm" "$signed" revoked "$work/changed.efi" none
	firmware 1 db=ours.esl dbx="tbs-$algorithm.esl"
	answers "the digest of a certificate in dbx: $algorithm" "$signed" revoked
	firmware 1 db=ours.esl dbx="tbs-leaf-$algorithm.esl"
	answers "the digest of another certificate in dbx: $algorithm" "$signed" db \
		"$work/leaf-signed.efi" revoked
done
firmware 1 db=ours.esl dbx=other.esl
answers "a certificate in dbx" "$signed" db "$work/other-signed.efi" revoked "$work/both.efi" revoked
firmware 1 db=ours.esl,sha256.esl dbx=ours.esl
answers "a certificate in dbx counts before db" "$unsigned" digest "$signed" revoked \
	"$work/leaf-signed.efi" revoked
firmware 1 MokListRT=ours.esl db=other.esl
answers "a certificate in MokListRT" "$unsigned" none "$signed" mok "$work/other-signed.efi" db
firmware 1 MokListRT=sha256.esl
answers "a digest in MokListRT" "$unsigned" mok "$signed" mok
firmware 1 MokListRT=ours.esl MokListXRT=sha256.esl
answers "a digest in MokListXRT" "$signed" revoked "$work/changed.efi" none
firmware 1 MokListRT=ours.esl,other.esl MokListXRT=other.esl
answers "a certificate in MokListXRT" "$signed" mok "$work/other-signed.efi" revoked

# --- Secure Boot is not on -----------------------------------------------------------------------

# state_is EXPECTED FOLDER
state_is() {
	same "$2" "$1" "$("$ask_trust" "$2" "$unsigned" 2>&1)"
}
firmware 0 db=ours.esl dbx=sha256.esl
state_is "off 1 0" "$efivars"
printf '\6\0\0\0\1' >"$efivars/SetupMode-$global"
state_is "off 2 0" "$efivars"
rm "$efivars/SecureBoot-$global"
state_is "unknown 0 0" "$efivars"
state_is "unknown 0 0" "$work/none"
finish "Secure Boot is off, in setup mode, or there is no firmware"

# --- what cannot be read ---------------------------------------------------------------------------

# refuses MESSAGE FILE
refuses() {
	local said status=0
	said=$("$ask_trust" "$efivars" "$2" 2>&1) || status=$?
	same "exit status" 1 "$status"
	same message "bzboot: $1" "$said"
}
head -c 100 "$work/ours.esl" >"$work/cut.esl"
firmware 1 db=ours.esl dbx=cut.esl
refuses "$efivars: variable dbx: is not a list of signatures" "$signed"
firmware 1 db=ours.esl
refuses "$work/ours.esl: is a file of unknown format, not a PE image" \
	"$work/ours.esl"
echo nonsense | entry a5c059a1-94e4-4aa7-87b5-ab155c2bf072 >"$work/nonsense.esl"
firmware 1 db=nonsense.esl,ours.esl
same "answer after a certificate that cannot be read" "db 3 0" "$("$ask_trust" "$efivars" "$signed" 2>&1)"
finish "lists and files that cannot be read"
plan
