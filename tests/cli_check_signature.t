#!/usr/bin/env bash
# SPDX-License-Identifier: BSD-2-Clause
#
# bzboot check, about images with several signatures, and about SBAT: which consumers refuse them.
# Each was tried with OVMF 2022.11 and 2025.02, shim 16.1, sbverify 0.9.4 and osslsigncode 2.9, with
# the certificate in db. tests/boot_all_check_signature.t tries files with one fault.
# shellcheck source=tests/sign.sh
. tests/sign.sh
need jq perl python3

make_kernel
cat >"$work/sbat" <<-'END'
	sbat,1,SBAT Version,sbat,1,https://github.com/rhboot/shim/blob/main/SBAT.md
	example,1,Example,linux,6.12,https://example.org/linux
END
run pack "$work/kernel.elf" -o "$work/good" --sbat "$work/sbat" --fast
same "exit status" 0 "$status"
mkdir "$work/files"
python3 tests/check/signature_mixes.py "$work/good" "$work/files" >"$work/names" ||
	fail "no files"
finish "files are made"

# found: the checks of the last run, without those about other parts
found() {
	jq -r '.findings[].check | select(test("^(signature|sbat)-"))' "$work/stdout" | sort -u |
		paste -sd ' '
}

# refusing CONSUMER...: those of them that refuse the file of the last run
refusing() {
	{ jq -r '.consumers[] | select(.verdict == "refuses") | .name' "$work/stdout" |
		grep -xF "$(printf '%s\n' "$@")" || true; } | paste -sd ' '
}

# verdict FILE CHECKS CONSUMERS: findings, and which of the programs that verify refuse the file
verdict() {
	run check --json "$work/files/$1"
	same findings "$2" "$(found)"
	same "refused by" "$3" "$(refusing firmware shim kexec-file sbsign osslsigncode)"
	echo "$1" >>"$work/tried"
	finish "$1"
}

verdict "forged, good" "signature-count signature-forged" "kexec-file osslsigncode"
verdict "good, forged" "signature-count signature-forged" "osslsigncode"
verdict "forged, forged" "signature-count signature-forged" \
	"firmware shim kexec-file sbsign osslsigncode"
verdict "garbage, good" "signature-count signature-not-pkcs7" "kexec-file sbsign osslsigncode"
verdict "good, garbage" "signature-count signature-not-pkcs7" "osslsigncode"
verdict "sha384, good" "signature-count signature-digest-algorithm" "sbsign osslsigncode"
verdict "forged, sha384" "signature-count signature-digest-algorithm signature-forged" \
	"shim kexec-file sbsign osslsigncode"
verdict "sha1" "signature-digest-algorithm" "shim sbsign"
verdict "ecdsa, good" "signature-count signature-key-algorithm" "osslsigncode"
verdict "pss" "signature-key-algorithm" "firmware shim kexec-file sbsign osslsigncode"
verdict "2011, 2023" "signature-count" "osslsigncode"
# dwLength of both entries (WIN_CERTIFICATE), which begin at multiples of eight bytes
read -r offset _ < <("$bzboot" info --json "$work/files/2011, 2023" | jq -r '.pe.certificate | "\(.offset) \(.size)"')
first=$(($(get "$work/files/2011, 2023" "$offset" 4)))
second=$(($(get "$work/files/2011, 2023" $((offset + (first + 7) / 8 * 8)) 4)))
same "the finding" "has 2 signatures, of $first, $second bytes" \
	"$(jq -r '.findings[] | select(.check == "signature-count").text' "$work/stdout")"
finish "the size of each signature"
verdict "2023" "signature-microsoft-ca" ""
verdict "rsa4096" "" ""
verdict "type guid" "signature-type" "shim kexec-file sbsign osslsigncode"
verdict "expired" "signature-expired" "osslsigncode"
export SOURCE_DATE_EPOCH=1500000000
verdict "expired" "" ""
for SOURCE_DATE_EPOCH in "" 1500000000x 99999999999999999999; do
	verdict "expired" "signature-expired" "osslsigncode"
done
unset SOURCE_DATE_EPOCH
verdict "sbat shim" "sbat-revoked" "shim"
verdict "sbat shim 4" "" ""
verdict "sbat proxmox" "sbat-revoked" ""
verdict "sbat 65536" "sbat-generation" "shim"
verdict "sbat fields" "sbat-malformed" "shim"
verdict "sbat 0" "sbat-generation" "shim"
same "files" "$(sort "$work/names")" "$(sort -u "$work/tried")"
finish "no other files"

# shim needs SBAT of what it starts itself: not of a kernel, which a boot loader starts.
run pack "$work/kernel.elf" -o "$work/files/kernel" --fast
verdict "kernel" "sbat-missing signature-missing" ""
printf 'ID=test\n' >"$work/os-release"
run pack "$work/kernel.elf" -o "$work/uki" --fast --uki --os-release "@$work/os-release"
perl -0777 -pe 's/\.sbat\0/.sbot\0/' "$work/uki" >"$work/files/uki"
verdict "uki" "sbat-missing signature-missing" "shim"
plan
