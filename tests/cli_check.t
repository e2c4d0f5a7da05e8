#!/usr/bin/env bash
# SPDX-License-Identifier: BSD-2-Clause
#
# Each check of bzboot check is proved on a good file, in which it finds nothing, and on a broken
# one, in which it is the only one that finds something.
#
#   tests/cli_check.t --make FOLDER	only make the files: FOLDER/good, FOLDER/broken; signatures by
#					FOLDER/db.key and db.pem, if there are
# shellcheck source=tests/cli.sh
. tests/cli.sh
need gcc jq openssl python3 gzip xz zstd lz4

make=
[ "${1-}" != --make ] || make=$2
good=${make:-$work}/good
broken=${make:-$work}/broken
mkdir "$good" "$broken"

# Checks that tests elsewhere prove: their files need more than one changed byte
elsewhere="wrong-kind uki-pcrsig-digest kernel-shuffle"
# Notes about good files: most images are without a signature and without SBAT, and the kernel has
# nothing that can be shuffled
absences="signature-missing sbat-missing kernel-shuffle"

# Xen's notes of a kernel that it takes as dom0: for Xen 3.0, of Linux, where it begins and is linked,
# the entry of PVH, supported features (bit 11)
kernel_notes='
		.long 4, 8, 5
		.asciz "Xen"
		.asciz "xen-3.0"
		.long 4, 6, 6
		.asciz "Xen"
		.asciz "linux"
		.balign 4
		.long 4, 8, 1
		.asciz "Xen"
		.quad 0xffffffff81000000
		.long 4, 8, 3
		.asciz "Xen"
		.quad 0xffffffff80000000
		.long 4, 4, 18
		.asciz "Xen"
		.long 0x1000000
		.long 4, 4, 17
		.asciz "Xen"
		.long 0x800'

# Good file -> a check that finds something that is so on purpose
declare -A accepted=([uki.efi]=pe-header-offset [full.efi]=pe-header-offset
	[policies.efi]=pe-header-offset
	[theirs.efi]=signature-digests-differ)

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
if [ -e "$make/db.key" ]; then
	cp "$make"/db.{key,pem} "$work"
else
	openssl req -x509 -nodes -newkey rsa:2048 -keyout "$work/db.key" -out "$work/db.pem" \
		-days 36500 -subj "/CN=test" 2>"$work/log" || fail "openssl req: $(<"$work/log")"
fi
make_good signed.efi --sbat "$work/sbat" --key "$work/db.key" --cert "$work/db.pem"
make_good uki.efi --uki --os-release "@$work/os-release" --cmdline "quiet"
python3 tests/check/bases.py "$work/linked" "$good" || fail "no other good files"

# A unified kernel image with all that one has, one with signed policies, one with a stub that starts
# the kernel in .linux; an addon. The first two have two profiles.
export PYTHONPATH=tests/uki
python3 tests/check/uki_files.py "$work"
openssl genrsa -out "$work/pcr.key" 2048 2>"$work/log" || fail "openssl: $(<"$work/log")"
openssl rsa -in "$work/pcr.key" -pubout -out "$work/pcr.pub" 2>"$work/log"
run addon -o "$work/rescue.efi" --profile ID=rescue --cmdline single
profiles=(--profile ID=main --join-profile "$work/rescue.efi")
make_good full.efi --uki --os-release "@$work/os-release" --cmdline "quiet" --initrd "$work/initrd" \
	--microcode "$work/ucode" --splash "$work/splash.bmp" --section .more:@"$work/more" "${profiles[@]}"
make_good policies.efi --uki --os-release "@$work/os-release" --cmdline "quiet" \
	--pcrpkey "$work/pcr.pub" "${profiles[@]}"
for profile in 0 1; do
	run measure "$good/policies.efi" --profile $profile --sign --key "$work/pcr.key" -o "$work/pcrsig"
	run edit "$good/policies.efi" --profile $profile --pcrsig "@$work/pcrsig"
	same "edit" "0 " "$status $(<"$work/stderr")"
done
run addon -o "$work/stub.efi" --cmdline quiet
python3 tests/uki/add_profile.py "$work/stub.efi" "$good/theirs.efi" .osrel="@$work/os-release" \
	.uname=1.2.3-test ".sdmagic=#### LoaderInfo: systemd-stub 258 ####" .linux="@$good/plain.efi" \
	.profile=ID=main
run addon -o "$good/test.addon.efi" --cmdline debug --uname 1.2.3-test --microcode "$work/ucode"
same "addon" "0 " "$status $(<"$work/stderr")"
finish "good files are made"
if [ -n "$make" ]; then
	python3 tests/check/cases.py "$good" "$broken" >"$make/cases"
	plan
	exit
fi

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
	expected=${accepted[${file##*/}]-}
	[ -n "$expected" ] || same "exit status" 0 "$status"
	same findings "${expected:+$expected }" "$(findings "$work/json")"
	finish "${file##*/}: nothing is found"
done

python3 tests/check/cases.py "$good" "$broken" >"$work/cases" || fail "no broken files"
while read -r name file base also; do
	check "$broken/$file" "$name"
	also+=" ${accepted[$base]-}"
	expected=$(printf '%s\n' "$name" ${also:+$also} | sort -u | tr '\n' ' ')
	same findings "$expected" "$(findings "$work/json")"
	finish "$name, in $base: $file"
done <"$work/cases"

# As systemd-measure 257 signs the bank of SHA-384
policy=$(jq -r '.sha384[0].pol' "$work/pcrsig")
signature=$(python3 -c 'import sys; sys.stdout.buffer.write(bytes.fromhex(sys.argv[1]))' "$policy" |
	openssl dgst -sha384 -sign "$work/pcr.key" | base64 -w 0)
jq -c --arg signature "$signature" '.sha384[0].sig = $signature' "$work/pcrsig" >"$work/pcrsig.384"
run edit "$good/policies.efi" -o "$broken/digest.efi" --profile 1 --pcrsig "@$work/pcrsig.384"
check "$broken/digest.efi"
same findings "pe-header-offset uki-pcrsig-digest " "$(findings "$work/json")"
finish "uki-pcrsig-digest, in policies.efi"

"$bzboot" check --list --json | jq -r '.checks[].name' | sort >"$work/checks"
same "checks without a broken file" "$(tr ' ' '\n' <<<"$elsewhere" | sort)" \
	"$(cut -d ' ' -f 1 "$work/cases" | sort | comm -23 "$work/checks" -)"
finish "each check has a broken file"

plan
