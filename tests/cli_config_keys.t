#!/usr/bin/env bash
# SPDX-License-Identifier: BSD-2-Clause
#
# Every option of pack, sign and install has a key in bzboot.conf, or is listed here with the reason.
# Each key gives what its option gives, and is in the manual page.
# shellcheck source=tests/sign.sh
. tests/sign.sh
need cmp gcc jq mandoc

# Options for one run: its files, where keys come from, its messages
one_run="output config system root prepare prepared attach hook efivars quiet verbose help"

# Keys that tests/cli_install.t tries
of_install="Layout ESP EntryToken Tries DropPrevious NoSignLoader Failure"

# A key for other machines than x86-64, which tests/cli_application.t tries, and those for kernels that
# can be shuffled, which tests/cli_pack_shuffle.t tries
not_x86=DeviceTree needs_symbols="Shuffle ShuffleUnits"

# Keys of ukify that are no options
no_options="EFIArch Linux"

# --- the list -------------------------------------------------------------------------------

# options COMMAND: the names of its options
options() {
	run "$1" --help
	sed -nE 's/^  (-., |    )--([a-z-]+)([ [].*)?$/\2/p' "$work/stdout"
}

run config --defaults --json --root "$work"
jq -r '.settings[] | "\(.section) \(.key)"' "$work/stdout" >"$work/keys"
for option in $(options pack) $(options sign) $(options install); do
	[[ " $one_run " != *" $option "* ]] || continue
	echo "${option//-/}"
done | sort -u >"$work/options"
[ "$(wc -l <"$work/options")" -gt 35 ] || fault "too few options: $(<"$work/options")"
{
	cut -d ' ' -f 2 "$work/keys" | grep -vxF "${no_options// /$'\n'}" | tr '[:upper:]' '[:lower:]'
} | sort >"$work/lower"
diff "$work/options" "$work/lower" >"$work/diff" || fault "options without keys (<) or keys without options (>):
$(<"$work/diff")"
finish "each option of pack, sign and install has a key: its name without dashes"

mandoc -T ascii -O width=1000 docs/man/bzboot.conf.5 | sed 's/.\x08//g' |
	sed -nE 's/^   \[(.*)\]$/section \1/p; s/^     ([A-Z][A-Za-z]*)=.*/\1/p' |
	awk '$1 == "section" { section = $2; next } section { print section, $1 }' | sort >"$work/page"
sort "$work/keys" >"$work/sorted"
diff "$work/sorted" "$work/page" >"$work/diff" ||
	fault "not in bzboot.conf(5) (<), or only there (>): $(<"$work/diff")"
finish "bzboot.conf(5) has each key, in its section"

# --- what they give ---------------------------------------------------------------------------

make_kernel
gcc -g -nostdlib -static -no-pie -Wl,--build-id=none -Wl,-z,max-page-size=4096 -Wl,-T,"$work/kernel.lds" \
	"$work/kernel.S" -o "$work/debug.elf" || fail "gcc cannot make a kernel with debug data"
make_key rsa -newkey rsa:2048
make_key other -newkey rsa:2048
openssl pkey -in "$work/rsa.key" -pubout -out "$work/pub.pem"
openssl pkcs8 -topk8 -in "$work/rsa.key" -out "$work/locked.key" -passout pass:secret
echo secret >"$work/pin"
export SECRET=secret
printf 'ID=test\nPRETTY_NAME="Test OS"\n' >"$work/osrel"
printf 'sbat,1,SBAT Version,sbat,1,https://example.org\nours,3,a,b,c,d\n' >"$work/sbat"
seq 100 >"$work/initrd"
seq 200 >"$work/other"
printf '070701 of microcode' >"$work/ucode"
{
	printf BM
	bytes_le 4 100
	head -c 94 /dev/zero
} >"$work/splash.bmp"
run addon -o "$work/rescue.efi" --profile "ID=rescue
TITLE=Rescue" --cmdline rescue
same "addon" "0 " "$status $(<"$work/stderr")"
kernel=$work/kernel.efi
run pack "$work/debug.elf" -o "$kernel" --fast --debug-data --initrd "$work/initrd"
same "exit status" 0 "$status"
finish "an image with an initrd and debug data, to be packed again"

uki=(--uki --os-release "@$work/osrel")
# shellcheck disable=SC2034 # used by name
base=(--fast) none=() signing=(--key "$work/rsa.key" --cert "$work/rsa.pem" --no-signing-time) \
	timed=(--key "$work/rsa.key" --cert "$work/rsa.pem") \
	locked=(--key "$work/locked.key" --cert "$work/rsa.pem" --no-signing-time) \
	named=(--os-release "@$work/osrel" --fast) marked=(--uki --fast) \
	profiled=("${uki[@]}" --profile ID=main) certified=(--cert "$work/rsa.pem" --signing-time 7) \
	keyed=(--key "$work/rsa.key" --signing-time 7)

# A key, its value, and the variable with the options beside it
rows="
ZbootMagic|zelf|base
Compress|xz|none
Level|2|none
Best|yes|none
Fast|yes|none
Threads|1|base
Parts|2|none
Cmdline|quiet splash|base
DefaultCmdline|quiet splash|base
Initrd|$work/other|base
NoInitrd|yes|base
DefaultInitrd|$work/other|base
NoDefaultInitrd|yes|base
SBAT|$work/sbat|base
Microcode|$work/ucode|uki
Payload|elf|base
VersionText|7.8-test (a@b) \\#1|base
Symbols|yes|base
DebugData|yes|base
Stub|${BUILD:-build}/stub/zstd.elf|base
UKI|yes|named
OSRelease|@$work/osrel|marked
Title|A title|uki
Uname|9.9|uki
Splash|$work/splash.bmp|uki
PCRPKey|$work/pub.pem|uki
PCRSig|{\"sha256\":[]}|uki
Profile|ID=main|uki
JoinProfile|$work/rescue.efi|profiled
Section|.more:text|uki
Key|$work/rsa.key|certified
Cert|$work/rsa.pem|keyed
Chain|$work/other.pem|signing
Digest|sha512|signing
SigningTime|7|timed
NoSigningTime|yes|timed
Provider|default|signing
ProviderPath|$work|signing
PINFile|$work/pin|locked
PINEnv|SECRET|locked
"
sed -n 's/^\([A-Za-z]*\)|.*/\1/p' <<<"$rows" | sort >"$work/tried"
cut -d ' ' -f 2 "$work/keys" | grep -vxF -e "${no_options// /$'\n'}" -e "${of_install// /$'\n'}" -e "$not_x86" -e "${needs_symbols// /$'\n'}" | sort |
	diff - "$work/tried" >"$work/diff" ||
	fault "keys that are not tried below (<): $(<"$work/diff")"
finish "each key is tried"

# Those that do not change this image
unchanged="Threads Best Fast Stub Provider ProviderPath Parts Payload"

# option_of KEY: the option whose name is the key without dashes, in small letters
option_of() {
	local option
	for option in $all_options; do
		[ "${option//-/}" != "${1,,}" ] || echo "$option"
	done
}
all_options=$(options pack)

# packs NAME OPTION...: $work/NAME.efi
packs() {
	run pack "$kernel" -o "$work/$1.efi" "${with[@]}" "${@:2}"
}

while IFS='|' read -r key value beside; do
	[ -n "$key" ] || continue
	section=$(sed -n "s/ $key\$//p" "$work/keys")
	option=--$(option_of "$key")
	declare -n with=$beside
	given=("$option")
	[ "$value" = yes ] || given+=("${value//\\#/#}")
	rm -f "$work"/{plain,option,key}.efi

	# --config implies --uki.
	printf '[UKI]\nUKI=no\n[%s]\n%s=%s\n' "$section" "$key" "$value" >"$work/one.conf"
	packs plain
	packs option "${given[@]}"
	same "exit status with $option" "0" "$status"
	packs key --config "$work/one.conf"
	same "exit status with $key=" 0 "$status"
	identical "$work/option.efi" "$work/key.efi"
	if [[ " $unchanged " != *" $key "* ]] && [ -e "$work/plain.efi" ]; then
		! cmp -s "$work/plain.efi" "$work/key.efi" || fault "$key changes nothing"
	fi
	unset -n with
	finish "$key= gives what $option gives"
done <<<"$rows"

printf '[UKI]\nUKI=no\nLinux=%s\n[Compression]\nFast=yes\n' "$kernel" >"$work/one.conf"
run pack --config "$work/one.conf" -o "$work/key.efi"
same "exit status" 0 "$status"
run pack "$kernel" --fast -o "$work/option.efi"
identical "$work/option.efi" "$work/key.efi"
finish "Linux= gives the kernel"

# named NAME VALUE: the key that ukify's name of it sets
named() {
	printf '[UKI]\n%s=%s\n' "$1" "$2" >"$work/root/etc/bzboot/bzboot.conf"
	run config --root "$work/root" --json
	jq -r '.settings[] | "\(.section) \(.key)"' "$work/stdout"
}

mkdir -p "$work/root/etc/bzboot"
touch "$work/root/file"
same "Cmdline" "Contents Cmdline" "$(named Cmdline x)"
same "Initrd" "Contents Initrd" "$(named Initrd /file)"
same "Microcode" "Contents Microcode" "$(named Microcode /file)"
same "SBAT" "Contents SBAT" "$(named SBAT @/file)"
same "SigningProvider" "Signing Provider" "$(named SigningProvider x)"
same "CertificateProvider" "Signing Provider" "$(named CertificateProvider x)"
same "SecureBootPrivateKey" "Signing Cert Signing Key" "$(named SecureBootCertificate "pkcs11:x
SecureBootPrivateKey=pkcs11:x" | sort | paste -sd ' ')"
finish "ukify's names of keys"

plan
