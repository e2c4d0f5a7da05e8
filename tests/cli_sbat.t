#!/usr/bin/env bash
# SPDX-License-Identifier: BSD-2-Clause
#
# .sbat: the texts that pack --sbat accepts and refuses, the text kept from an input, how both are
# merged, the report of bzboot info; programs that sign and verify agree on images with it.
# shellcheck source=tests/sign.sh
. tests/sign.sh
need jq objcopy objdump sbverify osslsigncode pesign

make_kernel
kernel=$work/kernel.elf
first="sbat,1,SBAT Version,sbat,1,https://github.com/rhboot/shim/blob/main/SBAT.md"
linux="linux,1,Linux,linux,6.16,https://kernel.org"
debian="linux.debian,2,Debian,linux,6.16-1,https://tracker.debian.org/pkg/linux"
ours="bzboot.test,3,Test,bzboot,1,https://example.org"

# packs ARGUMENT...: make $image
packs() {
	mkdir -p "$out"
	run pack "$@" -o "$image" --fast
	same "exit status" 0 "$status"
	[ "$status" -eq 0 ] || fault "$(<"$work/stderr")"
}

# expect_sbat IMAGE LINE...: these lines are its .sbat, with zeros up to a page
expect_sbat() {
	printf '%s\n' "${@:2}" >"$work/expected"
	truncate -s %4096 "$work/expected"
	objcopy -O binary -j .sbat "$1" "$work/section" || fault "objcopy"
	cmp -s "$work/expected" "$work/section" || fault ".sbat is $(tr -d '\0' <"$work/section")"
}

# sections IMAGE: their names
sections() {
	objdump -h "$1" | sed -n 's/^ *[0-9]* \(\.[a-z]*\) .*/\1/p' | paste -sd ' '
}

# --- from --sbat

packs "$kernel"
same sections ".setup .text .data .payload" "$(sections "$image")"
finish "no .sbat without --sbat"

printf '%s\n' "$first" "$ours" >"$work/ours"
packs "$kernel" --sbat "$work/ours"
same sections ".setup .text .data .payload .sbat" "$(sections "$image")"
expect_sbat "$image" "$first" "$ours"
same "sizes" "4096 4096" "$(run info --json "$image" &&
	jq -r '.pe.sections[] | select(.name == ".sbat") | "\(.virtual_size) \(.raw_size)"' \
		"$work/stdout")"
finish "the lines of a file"
cp "$image" "$work/with.efi"

printf '\r\n%s\r\n\r\n\n%s' "$first" "$ours" >"$work/dos"
packs "$kernel" --sbat "$work/dos"
expect_sbat "$image" "$first" "$ours"
finish "CR LF, empty lines, no newline at the end"

printf '%s\n' "$first" "$ours,more,even more" "a,65535,b,c,d,e" >"$work/more"
packs "$kernel" --sbat "$work/more"
expect_sbat "$image" "$first" "$ours,more,even more" "a,65535,b,c,d,e"
finish "more than six fields; the largest generation"

# --- from the input

# as_bzimage, as_zboot: our image as other programs make one: with one of the two headers only, and
# without a manifest
as_bzimage() {
	cp "$1" "$2"
	put "$2" 4 4 0
	put "$2" "$(($(grep -abo 'bzboot.' "$2" | head -n 1 | cut -d : -f 1)))" 4 0
}

as_zboot() {
	cp "$1" "$2"
	put "$2" 0x202 4 0
	put "$2" "$(($(grep -abo 'bzboot.' "$2" | head -n 1 | cut -d : -f 1)))" 4 0
}

printf '%s\n' "$first" "$linux" "$debian" >"$work/linux"
packs "$kernel" --sbat "$work/linux"
cp "$image" "$work/bzboot"
as_bzimage "$image" "$work/bzImage"
as_zboot "$image" "$work/zboot"
for kind in bzboot bzImage zboot; do
	run info --json "$work/$kind"
	same kinds "$([ "$kind" = bzboot ] && echo "PE bzImage zboot bzboot" || echo "PE $kind")" \
		"$(jq -r '.kinds | join(" ")' "$work/stdout")"
	packs "$work/$kind"
	expect_sbat "$image" "$first" "$linux" "$debian"
	same warnings 0 "$(grep -c sbat "$work/stderr")"
	finish "the .sbat of the input is kept: $kind"
done

packs "$work/bzImage" --sbat "$work/ours"
expect_sbat "$image" "$first" "$ours" "$linux" "$debian"
finish "lines of both, the first line once"

newer=${linux/,1,/,5,}
printf '%s\n' "$first" "$newer" >"$work/newer"
packs "$work/bzImage" --sbat "$work/ours" --sbat "$work/newer"
expect_sbat "$image" "$first" "$newer" "$ours" "$debian"
finish "lines of the same component: those of the last --sbat are kept"

# A prefix of a component's name is another component.
printf '%s\n' "$first" "linux.d,7,a,b,c,d" "linu,7,a,b,c,d" >"$work/similar"
packs "$work/bzImage" --sbat "$work/similar"
expect_sbat "$image" "$first" "linux.d,7,a,b,c,d" "linu,7,a,b,c,d" "$linux" "$debian"
finish "a prefix of a name is another component"

cp "$work/bzImage" "$work/broken"
put "$work/broken" "$(grep -abo "$debian" "$work/broken" | head -n 1 | cut -d : -f 1)" 1 1
packs "$work/broken"
same sections ".setup .text .data .payload" "$(sections "$image")"
same warnings 1 "$(grep -c "^bzboot: $work/broken: warning: its .sbat is left out, because it is broken.*line 3" \
	"$work/stderr")"
finish "a broken .sbat is left out, with a warning"
packs "$work/broken" --sbat "$work/ours"
expect_sbat "$image" "$first" "$ours"
finish "a broken .sbat, and --sbat"
run info --json "$work/broken"
same "exit status" 1 "$status"
same errors ".sbat: line 3: 0x01 is not a printable ASCII character" \
	"$(jq -r '.errors | join("; ")' "$work/stdout")"
finish "a broken .sbat: info prints the error"

# Debian's kernels have no .sbat yet. A section of zeros counts as none.
cp "$work/bzImage" "$work/empty"
at=$(grep -abo "$first" "$work/empty" | head -n 1 | cut -d : -f 1)
dd if=/dev/zero of="$work/empty" bs=1 seek="$at" count=400 conv=notrunc status=none
packs "$work/empty"
same sections ".setup .text .data .payload" "$(sections "$image")"
same warnings 0 "$(grep -c sbat "$work/stderr")"
finish "an empty .sbat counts as none"

# --- refused

# bad NAME LINE TEXT...: printf's format
bad() {
	# shellcheck disable=SC2059 # the format is the file
	printf "$3" >"$work/bad"
	refused "refused: $1" 1 "$work/bad: $2" pack "$kernel" -o "$image" --sbat "$work/bad"
}

bad "no lines" "does not contain SBAT lines" '\n\r\n'
bad "a wrong first line" "line 1: " "$ours\n$first\n"
bad "the first line is missing" "line 3: " "\n\n$ours\n"
bad "SBAT of another version" "line 1: " "${first/,1,/,2,}\n"
bad "'sbat' again" "line 3: " "$first\n$ours\n$first\n"
bad "not ASCII" "line 2: 0xc3 " "$first\na,1,b,M\xc3\xbcller,c,d\n"
bad "a byte order mark" "line 1: 0xef " "\xef\xbb\xbf$first\n"
bad "a tab" "line 2: 0x09 " "$first\na,1,b\t,c,d,e\n"
bad "a NUL" "line 2: 0x00 " "$first\na,1,b,c,d,e\\000\n"
bad "CR within a line" "line 2: 0x0d " "$first\na,1,b\r,c,d,e\n"
bad "too few fields" "line 3: field 6 " "$first\n\na,1,b,c,d\n"
bad "one word" "line 2: field 2 " "$first\nlinux\n"
bad "an empty field" "line 2: field 3 " "$first\na,1,,c,d,e\n"
bad "an empty component" "line 2: field 1 " "$first\n,1,b,c,d,e\n"
bad "an empty field at the end" "line 2: field 6 " "$first\na,1,b,c,d,\n"
for generation in 0 65536 99999999999 -1 +1 " 1" "1 " 0x1 1.0 one; do
	bad "generation '$generation'" "line 2: the generation " "$first\na,$generation,b,c,d,e\n"
done
{
	echo "$first"
	seq -f "a%g,$ours" 2000
} >"$work/large"
refused "refused: larger than 64 KiB" 1 "$work/large: " pack "$kernel" -o "$image" \
	--sbat "$work/large"
refused "refused: a file that is missing" 1 "$work/missing: " pack "$kernel" -o "$image" \
	--sbat "$work/missing"
refused "refused: the second of two" 1 "$work/bad: line 2" pack "$kernel" -o "$image" \
	--sbat "$work/ours" --sbat "$work/bad"

# A page full of text is followed by a NUL.
{
	echo "$first"
	printf 'a,1,b,c,d,%*s\n' $((4096 - ${#first} - 1 - 11)) e
} >"$work/page"
same "the page" 4096 "$(size_of "$work/page")"
packs "$kernel" --sbat "$work/page"
same "the section" 8192 "$(objcopy -O binary -j .sbat "$image" "$work/section" &&
	size_of "$work/section")"
packs "$image"
cmp -s -n 4096 "$work/page" "$work/section" || fault "another text"
finish "a text that ends with a page"

# --- with all other sections, and its readers

seq 5000 >"$work/initrd"
packs "$kernel" --sbat "$work/ours" --cmdline "one two" --initrd "$work/initrd"
same sections ".text .data .payload .sbat .bzcmd .bzinit" "$(sections "$image")"
expect_sbat "$image" "$first" "$ours"
run info --json "$image"
same "exit status" 0 "$status"
same "the end of the headers" "$(jq -r .bzimage.setup_size "$work/stdout")" \
	"$(jq -r .pe.size_of_headers "$work/stdout")"
same "command line" "one two" "$(jq -r .manifest.cmdline "$work/stdout")"
same "initrd" "$(sha256sum <"$work/initrd")" "$(
	run extract "$image" --section .bzinit -o "$work/section" &&
		head -c "$(size_of "$work/initrd")" "$work/section" | sha256sum)"
finish "command line, initrd and .sbat: six sections"
cp "$image" "$work/all.efi"

run info --json "$image"
same "as JSON" '["sbat 1","bzboot.test 3"]' \
	"$(jq -c '[.sbat[] | "\(.component_name) \(.component_generation)"]' "$work/stdout")"
same "vendor, package, version, URL" "Test bzboot 1 https://example.org" "$(jq -r '.sbat[1] |
	"\(.vendor_name) \(.vendor_package_name) \(.vendor_version) \(.vendor_url)"' "$work/stdout")"
run info "$image"
grep -q 'bzboot.test  *3 .*https://example.org' "$work/stdout" || fault "not in the text"
run pack "$kernel" -o "$image" --fast
run info --json "$image"
same "of an image without .sbat" null "$(jq -c .sbat "$work/stdout")"
finish "info prints it"

make_key db -newkey rsa:2048
for name in with all; do
	run hash "$work/$name.efi"
	digest=$(cut -d ' ' -f 1 "$work/stdout")
	same "digest by pesign" "$digest" "$(pesign -h -P -i "$work/$name.efi" |
		grep -o '\<[0-9a-f]\{64\}\>')"
	signs "$work/$name.efi" "$work/signed.efi" --key "$work/db.key" --cert "$work/db.pem"
	sbverify --cert "$work/db.pem" "$work/signed.efi" >"$work/log" 2>&1 ||
		fault "sbverify: $(<"$work/log")"
	osslsigncode verify -in "$work/signed.efi" -CAfile "$work/db.pem" >"$work/log" 2>&1 ||
		fault "osslsigncode: $(<"$work/log")"
	finish "signed, $name: sbverify, osslsigncode and pesign agree"
done
plan
