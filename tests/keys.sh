# SPDX-License-Identifier: BSD-2-Clause
# shellcheck shell=bash
#
# Shared by tests of bzboot keys: whether OpenSSL verifies the updates of variables in a folder. Sourced
# by tests/cli_keys*.t.
# shellcheck source=tests/sign.sh
. tests/sign.sh

global=8be4df61-93ca-11d2-aa0d-00e098032b8c
declare -A guids=([PK]=$global [KEK]=$global [db]=d719b2cb-3d3a-4596-a3bc-dad00e67656f)
declare -A signers=([PK]=PK [KEK]=PK [db]=KEK [noPK]=PK)

# keys ARGUMENT...: a run that succeeds and says nothing
keys() {
	run keys "$@"
	expect_silence
}

# der TAG: standard input in a DER structure with this tag, for more than 255 bytes
der() {
	cat >"$work/inside"
	printf '%b' "\\x$1\\x82$(printf '\\x%02x\\x%02x' \
		$(($(size_of "$work/inside") >> 8)) $(($(size_of "$work/inside") & 255)))"
	cat "$work/inside"
}

# split_update FILE: $work/signature.der, $work/value
split_update() {
	local size
	size=$(($(get "$1" 16 4) - 24))
	same "$1: revision and type" "0xef10200" "$(get "$1" 20 4)"
	guid_bytes 4aafd29d-68df-49ee-8aa9-347d375665a7 | cmp -s - <(tail -c +25 "$1" | head -c 16) ||
		fault "$1: not EFI_CERT_TYPE_PKCS7_GUID"
	tail -c +41 "$1" | head -c "$size" | der a0 >"$work/signed"
	{ printf '\x06\x09\x2a\x86\x48\x86\xf7\x0d\x01\x07\x02' && cat "$work/signed"; } | der 30 \
		>"$work/signature.der"
	tail -c +$((41 + size)) "$1" >"$work/value"
}

# is_signed FOLDER STEM NAME CERTIFICATE: true if OpenSSL verifies FOLDER/STEM.auth as an update of NAME
is_signed() {
	split_update "$1/$2.auth"
	{
		printf '%s' "$3" | sed 's/./&\n/g' | tr '\n' '\0'
		guid_bytes "${guids[$3]}"
		printf '\x27\0\0\0'
		head -c 16 "$1/$2.auth"
		cat "$work/value"
	} >"$work/content"
	openssl smime -verify -inform DER -in "$work/signature.der" -content "$work/content" \
		-CAfile "$4" -purpose any -binary -out /dev/null 2>"$work/log"
}

# expect_updates FOLDER: all of its updates are of its lists, and signed by the right key, only
expect_updates() {
	local name
	for name in PK KEK db; do
		is_signed "$1" "$name" "$name" "$1/${signers[$name]}.crt" ||
			fault "$1/$name.auth: $(<"$work/log")"
		identical "$1/$name.esl" "$work/value"
	done
	is_signed "$1" noPK PK "$1/PK.crt" || fault "$1/noPK.auth: $(<"$work/log")"
	same "size of the value of noPK" 0 "$(size_of "$work/value")"
}
