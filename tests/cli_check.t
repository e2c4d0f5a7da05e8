#!/usr/bin/env bash
# SPDX-License-Identifier: BSD-2-Clause
#
# Each check of bzboot check is proved on a good file, in which it finds nothing, and on a broken
# one, in which it is the only one that finds something.
# shellcheck source=tests/cli.sh
. tests/cli.sh
need gcc jq openssl python3 gzip xz zstd lz4

good=$work/good
broken=$work/broken
mkdir "$good" "$broken"

# Checks that tests elsewhere prove: their files need more than one changed byte
elsewhere="wrong-kind"
# Notes about good files: most images are without a signature and without SBAT
absences="signature-missing sbat-missing"

# Xen's notes of a kernel that it takes as dom0: the entry of PVH, supported features (bit 11)
kernel_notes='
		.long 4, 4, 18
		.asciz "Xen"
		.long 0x1000000
		.long 4, 4, 17
		.asciz "Xen"
		.long 0x800'

# Good file -> a check that finds something that is so on purpose
declare -A accepted=([uki.efi]=pe-header-offset [full.efi]=pe-header-offset)

make_linked
cp "$work/linked" "$good/linked"
printf 'ID=test\nVERSION_ID=1\nPRETTY_NAME="Test OS 1"\n' >"$work/os-release"

# make_good NAME ARGUMENT...: pack an image
make_good() {
	run pack "$work/linked" -o "$good/$1" "${@:2}"
	same "exit status of pack" 0 "$status"
}

make_good plain.efi
cat >"$work/sbat" <<-'END'
	sbat,1,SBAT Version,sbat,1,https://github.com/rhboot/shim/blob/main/SBAT.md
	example,1,Example,linux,6.12,https://example.org/linux
END
openssl req -x509 -nodes -newkey rsa:2048 -keyout "$work/db.key" -out "$work/db.pem" -days 36500 \
	-subj "/CN=test" 2>"$work/log" || fail "openssl req: $(<"$work/log")"
make_good signed.efi --sbat "$work/sbat" --key "$work/db.key" --cert "$work/db.pem"
make_good uki.efi --uki --os-release "@$work/os-release" --cmdline "quiet"
python3 tests/check/bases.py "$work/linked" "$good" || fail "no other good files"

# A unified kernel image with all sections that x86-64 machines use, and two profiles; an addon
PYTHONPATH=tests/uki python3 tests/check/uki_files.py "$work"
openssl genrsa -out "$work/pcr.key" 2048 2>"$work/log" || fail "openssl: $(<"$work/log")"
openssl rsa -in "$work/pcr.key" -pubout -out "$work/pcr.pub" 2>"$work/log"
run addon -o "$work/rescue.efi" --profile ID=rescue --cmdline single
make_good full.efi --uki --os-release "@$work/os-release" --cmdline "quiet" --initrd "$work/initrd" \
	--microcode "$work/ucode" --splash "$work/splash.bmp" --pcrpkey "$work/pcr.pub" \
	--section .more:@"$work/more" --profile ID=main --join-profile "$work/rescue.efi"
run measure "$good/full.efi" --sign --key "$work/pcr.key" -o "$work/pcrsig"
run edit "$good/full.efi" --pcrsig "@$work/pcrsig" --profile 0
same "edit" "0 " "$status $(<"$work/stderr")"
run addon -o "$good/test.addon.efi" --cmdline debug --uname 1.2.3-test --microcode "$work/ucode"
same "addon" "0 " "$status $(<"$work/stderr")"
finish "good files are made"

# findings FILE: the checks that find something, each once
findings() {
	jq -r '.findings[].check' "$1" | sort -u | tr '\n' ' '
}

# check FILE [CHECK]: $work/json, without absences other than CHECK
check() {
	local absence except=()
	for absence in $absences; do
		[ "$absence" = "${2-}" ] || except+=(--except "$absence")
	done
	run check --json "${except[@]}" "$1"
	jq -e . "$work/stdout" >"$work/json" 2>&1 || fault "not JSON: $(head -c 200 "$work/stdout")"
}

for file in "$good"/*; do
	check "$file"
	same "exit status" 0 "$status"
	expected=${accepted[${file##*/}]-}
	same findings "${expected:+$expected }" "$(findings "$work/json")"
	finish "${file##*/}: nothing is found"
done

python3 tests/check/cases.py "$good" "$broken" >"$work/cases" || fail "no broken files"
while read -r name base also; do
	check "$broken/$name" "$name"
	expected=$(printf '%s\n' "$name" ${also:+$also} ${accepted[$base]-} | sort -u | tr '\n' ' ')
	same findings "$expected" "$(findings "$work/json")"
	finish "$name, in $base"
done <"$work/cases"

"$bzboot" check --list --json | jq -r '.checks[].name' | sort >"$work/checks"
same "checks without a broken file" "$(tr ' ' '\n' <<<"$elsewhere" | sort)" \
	"$(cut -d ' ' -f 1 "$work/cases" | sort | comm -23 "$work/checks" -)"
finish "each check has a broken file"

plan
