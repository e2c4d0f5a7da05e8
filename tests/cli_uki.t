#!/usr/bin/env bash
# SPDX-License-Identifier: BSD-2-Clause
#
# bzboot pack --uki: the image is what readers of unified kernel images want, and is a bzImage and a
# zboot image as before; what they would not read is refused. A plain image is neither a unified
# kernel image nor an addon.
# shellcheck source=tests/uki.sh
. tests/uki.sh
need jq objcopy openssl python3 unshare

make_kernel
make_key rsa -newkey rsa:2048
kernel=$work/kernel.elf
mkdir -p "$out"
printf 'ID=test\nPRETTY_NAME="Test OS"\nVERSION_ID=1\n' >"$work/osrel"
seq 5000 >"$work/initrd"
printf '070701 of microcode' >"$work/ucode"
openssl pkey -in "$work/rsa.key" -pubout -out "$work/pub.pem"
{
	printf BM
	bytes_le 4 100
	head -c 94 /dev/zero
} >"$work/splash.bmp"

# packs OPTION...: $image
packs() {
	run pack "$kernel" -o "$image" --level 1 "$@"
	same "exit status of pack" "0 " "$status $(sed '/ no relocations: /d' "$work/stderr")"
}

# section NAME: its bytes, as long as VirtualSize says, in $work/section
section() {
	run extract "$image" --section "$1" -o "$work/section"
	same "exit status of extract $1" 0 "$status"
}

# header FIELD NAME: a number of a section header
header() {
	run info --json "$image"
	jq ".pe.sections[] | select(.name == \"$2\").$1" "$work/stdout"
}

full=(--uki --os-release "@$work/osrel" --cmdline "console=ttyS0 quiet" --initrd "$work/initrd"
	--microcode "$work/ucode" --splash "$work/splash.bmp" --pcrpkey "$work/pub.pem" --section
	".more:some text" --section ".file:@$work/osrel")
packs "${full[@]}"
run info --json "$image"
same "kinds" '["PE","bzImage","zboot","bzboot","UKI"]' "$(jq -c .kinds "$work/stdout")"
same "sections" ".text .data .osrel .cmdline .uname .splash .pcrpkey .linux .ucode .initrd .sbat \
.sdmagic .more .file" "$(jq -r '[.pe.sections[].name] | join(" ")' "$work/stdout")"
same "profiles" '[{"profile":0,"id":"","title":"","os":"Test OS","uname":"1.2.3-test","cmdline":"console=ttyS0 quiet"}]' \
	"$(jq -c .profiles "$work/stdout")"
finish "the sections of a unified kernel image"

same "kind by bootctl" uki "$(kind "$image")"
for suite in trixie forky; do
	bootctl_of $suite kernel-inspect "$image" >"$work/stdout"
	same "kernel-inspect of $suite" "Kernel Type: uki|Cmdline: console=ttyS0 quiet|\
Version: 1.2.3-test|OS: Test OS" "$(sed 's/^ *//' "$work/stdout" | paste -sd '|')"
done
finish "bootctl shows its command line, release and system"

# listed_by SUITE: how that bootctl lists the image, which is alone on a partition
listed_by() {
	# shellcheck disable=SC2016 # for the other shell
	SYSTEMD_RELAX_ESP_CHECKS=1 unshare -m bash -c '. tests/systemd.sh
		mount -t tmpfs none "$1" && mkdir -p "$1/EFI/Linux" && cp "$2" "$1/EFI/Linux/test.efi" &&
		bootctl_of "$3" --esp-path="$1" list' bash "$work/esp" "$image" "$1" |
		sed -n 's/^ *\(title\|id\|options\): //p' | paste -sd '|'
}

mkdir "$work/esp"
for suite in bookworm trixie forky; do
	same "list of $suite" "Test OS (default) (not reported/new)|test.efi|console=ttyS0 quiet" \
		"$(listed_by $suite)"
done
finish "bootctl lists it"

# GRUB 2.14 takes the section table from where it is after 16 directories.
pe=$(($(get "$image" 0x3c 4)))
same "directories" 16 $(($(get "$image" $((pe + 24 + 108)) 4)))
same "size of the optional header" $((112 + 16 * 8)) $(($(get "$image" $((pe + 20)) 2)))
[ $((pe % 8)) -eq 0 ] || fault "the PE headers are at $pe"
same "bytes where the headers of a plain image are" 0 \
	"$(dd if="$image" bs=1 skip=64 count=431 status=none | tr -d '\0' | wc -c)"
run info --json "$image"
same "headers" "$(jq .bzimage.setup_size "$work/stdout")" "$(jq .pe.size_of_headers "$work/stdout")"
same "gaps" "" "$(jq -r '.pe | .size_of_headers as $first | .sections |
	[[$first] + map(.raw_offset + .raw_size), map(.raw_offset)] | transpose[] |
	select(.[1] and .[0] != .[1]) | "at \(.[0])"' "$work/stdout")"
same "addresses other than offsets" "" "$(objdump -h "$image" | awk '/^ *[0-9]/ &&
	substr($4, 9) != $6')"
finish "the PE headers are after the setup code, with 16 directories"

for row in ".osrel osrel" ".splash splash.bmp" ".pcrpkey pub.pem" ".ucode ucode" ".file osrel"; do
	read -r name file <<<"$row"
	section "$name"
	cmp -s "$work/$file" "$work/section" || fault "$name is not $file"
	same "size of $name" "$(size_of "$work/$file")" "$(header virtual_size "$name")"
done
for row in ".cmdline|console=ttyS0 quiet" ".uname|1.2.3-test" ".more|some text"; do
	section "${row%%|*}"
	text=${row#*|}
	same "${row%%|*}" "$text" "$(<"$work/section")"
	same "size of ${row%%|*}" ${#text} "$(header virtual_size "${row%%|*}")"
done
for name in .osrel .cmdline .uname .pcrpkey .sbat .sdmagic .more; do
	[ "$(header raw_size $name)" -gt "$(header virtual_size $name)" ] || fault "$name: no NUL"
done
finish "a section is as long as its bytes; a NUL follows a text"

text=$(head -c 4096 /dev/zero | tr '\0' x)
packs --uki --os-release "@$work/osrel" --section ".page:$text"
same "bytes" "4096 8192" "$(header virtual_size .page) $(header raw_size .page)"
finish "a NUL follows a text that ends with a page"

packs "${full[@]}"
run info --json "$image"
read -r start size < <(jq -r '.manifest | "\(.initrd_offset) \(.initrd_size)"' "$work/stdout")
{
	cat "$work/ucode"
	head -c $((4096 - $(size_of "$work/ucode"))) /dev/zero
	cat "$work/initrd"
} >"$work/joined"
dd if="$image" iflag=skip_bytes,count_bytes skip="$start" count="$size" status=none |
	cmp -s -n "$(size_of "$work/joined")" - "$work/joined" || fault "another initrd"
finish "outside EFI the initrd is microcode, zeros, and the initrd"

sbat_lines() {
	section .sbat
	cut -d , -f 1 "$work/section" | paste -sd ' '
}
same "SBAT" "sbat uki" "$(sbat_lines)"
printf 'sbat,1,SBAT Version,sbat,1,https://example.org\nours,3,a,b,c,d\n' >"$work/sbat"
packs --uki --os-release "@$work/osrel" --sbat "$work/sbat"
same "SBAT" "sbat ours uki" "$(sbat_lines)"
finish "SBAT: one first line, the user's and that of all unified kernel images"

packs --uki --os-release "@$work/osrel" --title 'Test "5" $x' --uname 9.9.9
section .osrel
same "title" 'Test "5" $x' "$(. "$work/section" && echo "$PRETTY_NAME")"
same "the rest" "$(grep -v PRETTY "$work/osrel")" "$(grep -v PRETTY "$work/section")"
section .uname
same "uname" 9.9.9 "$(<"$work/section")"
finish "--title and --uname"

packs --uki --os-release "@$work/osrel" --pcrsig '{"sha256":[]}' --section .more:x --profile TITLE=x
section .pcrsig
same "pcrsig" '{"sha256":[]}' "$(<"$work/section")"
run info --json "$image"
same "last sections" ".more .profile .pcrsig" "$(jq -r '[.pe.sections[].name] | .[-3:] | join(" ")' "$work/stdout")"
finish "--pcrsig, of the first profile"

packs --uki --os-release "$(<"$work/osrel")"
section .osrel
same "os-release" "$(<"$work/osrel")" "$(<"$work/section")"
finish "os-release as a text"

packs "${full[@]}"
signs "$image" "$work/signed.efi" --key "$work/rsa.key" --cert "$work/rsa.pem"
verifies "$work/signed.efi" --cert "$work/rsa.pem"
run extract "$image" -o "$work/got"
same "extract" 0 "$status"
run pack "$kernel" -o "$work/plain.efi" --level 1
run extract "$work/plain.efi" -o "$work/expected"
cmp -s "$work/expected" "$work/got" || fault "another kernel"
finish "it is signed, and its kernel extracted, as any image"

run pack "$kernel" -o "$image" --level 1 --cmdline quiet --initrd "$work/initrd" --microcode "$work/ucode"
same "microcode in a plain image" "070701 of microcode" "$(run extract "$image" --section .bzinit \
	-o "$work/section" && head -c 19 "$work/section")"
run info --json "$image"
same "sections" ".bzcmd .bzinit" "$(jq -r '[.pe.sections[].name | select(startswith(".bz"))] |
	join(" ")' "$work/stdout")"
same "kinds" '["PE","bzImage","zboot","bzboot"]' "$(jq -c .kinds "$work/stdout")"
same "kind by bootctl" pe "$(kind "$image")"
finish "a plain image has no section of a unified kernel image or an addon"

packs "${full[@]}"
cp "$image" "$work/full.efi"
run pack "$work/full.efi" -o "$image" --level 1 --uki
same "exit status" 0 "$status"
[[ $(<"$work/stderr") != *"not in the image"* ]] || fault "$(<"$work/stderr")"
identical "$work/full.efi" "$image"
finish "an image that is packed again keeps its sections"

run pack "$work/full.efi" -o "$image" --level 1 --uki --title "Other" --uname 2 --section ".more:new" \
	--section ".file:@$work/osrel"
same "exit status" 0 "$status"
section .osrel
same "title" 'PRETTY_NAME="Other"' "$(grep PRETTY "$work/section")"
section .uname
same "uname" 2 "$(<"$work/section")"
section .more
same "another section" "new" "$(<"$work/section")"
section .splash
cmp -s "$work/splash.bmp" "$work/section" || fault "another picture"
finish "an image that is packed again: options replace sections"

run pack "$work/full.efi" -o "$image" --level 1
same "stderr" "bzboot: $work/full.efi: warning: not in the image: .osrel, .uname, .splash, .pcrpkey, .more, .file" \
	"$(grep "not in" "$work/stderr")"
packs --uki --os-release "@$work/osrel" --pcrsig '{"sha256":[]}' --section .more:x --profile TITLE=x
cp "$image" "$work/signatures.efi"
run pack "$work/signatures.efi" -o "$image" --level 1 --uki
same "stderr" "bzboot: $work/signatures.efi: warning: not in the image: .pcrsig, .profile" \
	"$(grep "not in" "$work/stderr")"
finish "an image that is packed again: what it does not keep"

# --- ukify's configuration ----------------------------------------------------------------

mkdir "$work/etc"
printf 'sbat,1,SBAT Version,sbat,1,https://example.org\nours,3,a,b,c,d\n' >"$work/etc/sbat"
cat >"$work/uki.conf" <<-END
	# a comment
	[UKI]
	Linux = $kernel
	OSRelease=@$work/osrel
	Cmdline = console=ttyS0   a=b#c   # a comment
	  quiet
	    more
	Uname = 7	# the last one counts
	Uname = 8
	Initrd = $work/initrd
	  $work/ucode
	Microcode=$work/ucode
	Splash=$work/splash.bmp
	PCRPKey=$work/pub.pem
	SBAT=@$work/etc/sbat
	Profile=ID=main
	EFIArch=x64
	SecureBootPrivateKey=$work/rsa.key
	SecureBootCertificate=$work/rsa.pem
END
run pack --config "$work/uki.conf" -o "$image" --level 1 --no-signing-time
same "pack" "0 " "$status $(sed '/ no relocations: /d' "$work/stderr")"
cp "$image" "$work/conf.efi"
run pack "$kernel" -o "$image" --level 1 --uki --os-release "@$work/osrel" \
	--cmdline "console=ttyS0 a=b#c quiet more" --uname 8 --initrd "$work/initrd" --initrd "$work/ucode" \
	--microcode "$work/ucode" --splash "$work/splash.bmp" --pcrpkey "$work/pub.pem" \
	--sbat "$(<"$work/etc/sbat")" --profile ID=main --key "$work/rsa.key" --cert "$work/rsa.pem" --no-signing-time
identical "$image" "$work/conf.efi"
finish "a configuration of ukify gives what options give"

run pack "$work/full.efi" --config "$work/uki.conf" -o "$image" --level 1 --cmdline "@$work/osrel" \
	--initrd "$work/splash.bmp" --uname 9
same "exit status" 0 "$status"
section .cmdline
same "command line" 'ID=test PRETTY_NAME="Test OS" VERSION_ID=1' "$(<"$work/section")"
section .uname
same "uname" 9 "$(<"$work/section")"
section .initrd
{
	cat "$work/initrd"
	head -c $((-$(size_of "$work/initrd") & 3)) /dev/zero
	cat "$work/ucode"
	head -c $((-$(size_of "$work/ucode") & 3)) /dev/zero
	cat "$work/splash.bmp"
} >"$work/joined"
cmp -s "$work/joined" "$work/section" || fault "the initrds are not those of the file and then of the option"
finish "options come before a configuration of ukify"

printf '[UKI]\nOSRelease=@%s\nStub=x\nPCRBanks=sha256\nMicrocode=\n\n[PCRSignature:a]\nPhases=enter-initrd\n' \
	"$work/osrel" >"$work/other.conf"
run pack "$kernel" --config "$work/other.conf" -o "$image" --level 1
same "exit status" 0 "$status"
same "warnings" "3: warning: [UKI] Stub is not used|4: warning: [UKI] PCRBanks is not used|\
8: warning: [PCRSignature:a] Phases is not used" \
	"$(sed -n "s|bzboot: $work/other.conf:||p" "$work/stderr" | paste -sd '|')"
finish "keys of a configuration that are not used"

for row in "1: not in a section|x=1" "2: not 'KEY = VALUE'|[UKI]
nonsense" "1: not '[SECTION]'|[UKI" "4: not 'KEY = VALUE'|[UKI]
Uname=1
# a comment ends the value
  2" "2: not 'KEY = VALUE'|[UKI]
= x"; do
	printf '%s\n' "${row#*|}" >"$work/bad.conf"
	refused "a configuration, line ${row%%|*}" 1 "$work/bad.conf:${row%%|*}" pack "$kernel" -o "$image" --config \
		"$work/bad.conf"
done
printf '; a comment\n[UKI]\n  ; another\nOSRelease=@%s\nUname=a \\#b;\\\nc\nCmdline=x \\\n y #z\n' \
	"$work/osrel" >"$work/joined.conf"
packs --config "$work/joined.conf"
section .uname
same "uname" "a #b; c" "$(<"$work/section")"
section .cmdline
same "command line" "x y" "$(<"$work/section")"
finish "a configuration: comments and lines as systemd has them"

printf '[UKI]\nOSRelease=@%s\n' "$work/osrel" >"$work/short.conf"
refused "--config without a kernel" 2 "pack: missing argument: kernel" pack -o "$image" --config "$work/short.conf"
refused "--config of a file that is not there" 1 "$work/none.conf: cannot open" pack "$kernel" -o "$image" \
	--config "$work/none.conf"

# --- refused ---------------------------------------------------------------------------

printf 'ID=test\n\0' >"$work/nul"
printf 'VERSION_ID=1\n' >"$work/nameless"
printf 'BM12345678' >"$work/other.bmp"
gzip -c "$work/ucode" >"$work/ucode.gz"
uki=(pack "$kernel" -o "$image" --uki --os-release "@$work/osrel")
refused "--uki without os-release" 1 "--uki: needs --os-release" pack "$kernel" -o "$image" --uki
refused "an option that needs --uki" 2 "pack: --os-release, " pack "$kernel" -o "$image" \
	--os-release "@$work/osrel"
for row in "nul:not a text" "nameless:not an os-release" "missing:"; do
	refused "os-release: ${row%%:*}" 1 "$work/${row%%:*}: ${row#*:}" pack "$kernel" -o "$image" --uki \
		--os-release "@$work/${row%%:*}"
done
refused "a text that is no os-release" 1 "--os-release: not an os-release, which has lines like ID=debian and \
PRETTY_NAME=\"Debian\" (@FILE reads a file)" pack "$kernel" -o "$image" --uki \
	--os-release quiet
refused "a picture that is no BMP" 1 "$work/other.bmp: not a BMP" "${uki[@]}" --splash "$work/other.bmp"
refused "a key that is private" 1 "$work/rsa.key: not a public key" "${uki[@]}" --pcrpkey "$work/rsa.key"
refused "microcode that is compressed" 1 "$work/ucode.gz: not microcode" "${uki[@]}" \
	--microcode "$work/ucode.gz"
for row in "x:text|the name of a section" ".x|not NAME:TEXT" ".ninechars:x|the name of a section" \
	".linux:x|section .linux has" ".osrel:x|section .osrel has" ".:x|the name of a section" \
	".a b:x|the name of the section"; do
	refused "--section '${row%%|*}'" 1 "${row%%|*}: ${row#*|}" "${uki[@]}" --section "${row%%|*}"
done
for option in --devicetree-auto --hwids --efifw; do
	refused "$option" 2 "pack: --devicetree-auto, --hwids and --efifw: the stub does not choose" \
		"${uki[@]}" $option "$work/osrel"
done
refused "a section twice" 1 ".x:2: section .x is given twice" "${uki[@]}" --section .x:1 --section .x:2
many=()
for i in {1..30}; do
	many+=(--section ".x$i:$i")
done
refused "too many sections" 1 "$image: section .x18 is one more" "${uki[@]}" "${many[@]}"

plan
