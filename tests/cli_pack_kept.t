#!/usr/bin/env bash
# SPDX-License-Identifier: BSD-2-Clause
#
# bzboot pack of an image keeps its command line and initrd with a message, unless options replace
# them; it warns about contents that it cannot keep.
# shellcheck source=tests/sign.sh
. tests/sign.sh
need objcopy ld cmp jq gzip

make_kernel
make_key rsa -newkey rsa:2048
kernel=$work/kernel.elf
seq 1 5001 >"$work/initrd"
seq 1 777 >"$work/other"
initrd_size=$(size_of "$work/initrd")
made=$work/made.efi
key=(--key "$work/rsa.key" --cert "$work/rsa.pem")

# packs OUT INPUT OPTION...: one run of pack
packs() {
	run pack "$2" -o "$1" --level 1 "${@:3}"
	same "exit status of pack" 0 "$status"
}

# said TEXT: the last run's line about kept contents, without the name; "" for none
said() {
	same "lines about kept contents" "$1" "$(sed -n "s|^$made: keeps ||p" "$work/stdout")"
}

version_of() {
	run info "$1" --json
	jq -r .bzimage.version_string "$work/stdout"
}

# warned TEXT: stderr of the last run without the usual warning; "" for none
warned() {
	same "warnings" "$1" "$(sed '/ no relocations: /d' "$work/stderr")"
}

packs "$work/full.efi" "$kernel" --cmdline "console=ttyS0 quiet" --initrd "$work/initrd"
packs "$work/cmdline.efi" "$kernel" --cmdline "console=ttyS0 quiet"
packs "$work/initrd.efi" "$kernel" --initrd "$work/initrd"
packs "$work/bare.efi" "$kernel"
finish "images"

cp "$work/full.efi" "$made"
packs "$made" "$made"
said "the command line (19 bytes) and the initrd ($((initrd_size + 3 & ~3)) bytes) of $made"
warned ""
identical "$work/full.efi" "$made"
finish "an image that is packed in place keeps both"

packs "$made" "$work/cmdline.efi"
said "the command line (19 bytes) of $work/cmdline.efi"
identical "$work/cmdline.efi" "$made"
packs "$made" "$work/initrd.efi"
said "the initrd ($((initrd_size + 3 & ~3)) bytes) of $work/initrd.efi"
identical "$work/initrd.efi" "$made"
packs "$made" "$work/bare.efi"
said ""
finish "an image with one of them, or neither"

packs "$made" "$work/full.efi" --default-cmdline "" --no-default-initrd
said ""
identical "$work/bare.efi" "$made"
packs "$made" "$work/full.efi" --no-default-initrd
said "the command line (19 bytes) of $work/full.efi"
identical "$work/cmdline.efi" "$made"
packs "$made" "$work/full.efi" --default-cmdline ""
identical "$work/initrd.efi" "$made"
finish "--default-cmdline '' and --no-default-initrd leave them out"

# Every kind of command line and of initrd, in place
for options in "--default-cmdline x" "--default-initrd $work/other" "--cmdline x --no-initrd" \
	"--default-cmdline x --initrd $work/other" "--cmdline x --default-initrd $work/other"; do
	# shellcheck disable=SC2086 # options and their arguments
	packs "$work/expected.efi" "$kernel" $options
	cp "$work/expected.efi" "$made"
	packs "$made" "$made"
	identical "$work/expected.efi" "$made"
done
finish "decided stays decided, a default stays a default"

packs "$made" "$work/full.efi" --cmdline "" --no-initrd
packs "$work/expected.efi" "$kernel" --cmdline "" --no-initrd
identical "$work/expected.efi" "$made"
packs "$made" "$made" --default-cmdline x --default-initrd "$work/other"
packs "$work/expected.efi" "$kernel" --default-cmdline x --default-initrd "$work/other"
identical "$work/expected.efi" "$made"
finish "another kind replaces the present one"

stub=${BUILD:-build}/stub/zstd.elf
manifest=$(LC_ALL=C grep -abPo 'bzboot\x00\x03' "$stub" | cut -d : -f 1 | awk '$1 % 4096 == 0' | head -n 1)
cp "$stub" "$work/stub"
put "$work/stub" "$manifest + 0xbf" 1 0
refused "a kept decision, for a stub that does not obey it" 1 "$work/stub: " \
	pack "$work/full.efi" -o "$out/image.efi" --stub "$work/stub"

packs "$work/expected.efi" "$kernel" --cmdline other --initrd "$work/other"
packs "$made" "$work/full.efi" --cmdline other --initrd "$work/other"
said ""
identical "$work/expected.efi" "$made"
refused "--initrd with --no-initrd" 2 "pack: " pack "$work/full.efi" -o "$out/image.efi" \
	--initrd "$work/other" --no-initrd
finish "--cmdline and --initrd replace them"

signs "$work/full.efi" "$work/signed.efi" "${key[@]}"
packs "$made" "$work/signed.efi"
warned "bzboot: $work/signed.efi: warning: its signature is left out, because it is not valid for the \
new image: sign again with 'bzboot sign IMAGE --key KEY --cert CERT'"
identical "$work/full.efi" "$made"
packs "$made" "$work/signed.efi" "${key[@]}" --no-signing-time
warned ""
verifies "$made" --cert "$work/rsa.pem"
finish "a signature is left out, with a warning unless the new image is signed"

# --- unified kernel images ------------------------------------------------------------

# make_uki FILE NAME=CONTENT-FILE...: a PE image with these sections
make_uki() {
	local file=$1 address=0x1000000 section options=()
	shift
	printf '.globl efi_main\nefi_main: ret\n' | gcc -c -x assembler - -o "$work/pe.o"
	objcopy -O pe-x86-64 "$work/pe.o" "$work/pe.obj"
	ld -m i386pep --image-base 0 --subsystem 10 -e efi_main "$work/pe.obj" -o "$work/stub.pe"
	for section; do
		options+=(--add-section "$section" --change-section-vma "${section%%=*}=$address")
		address=$(hex "$address + 0x1000000")
	done
	objcopy "${options[@]}" "$work/stub.pe" "$file"
}

printf 'console=ttyS0\nquiet \n\0' >"$work/uki-cmdline"
printf 'ID=test\n' >"$work/osrel"
printf '070701' >"$work/ucode"	# six bytes: the initrd begins at the next multiple of four
{
	cat "$work/ucode"
	bytes_le 2 0
	cat "$work/initrd"
} >"$work/joined"

make_uki "$work/uki" .linux="$work/bare.efi" .cmdline="$work/uki-cmdline" .osrel="$work/osrel" \
	.initrd="$work/initrd" .ucode="$work/ucode" .pcrsig="$work/osrel"
packs "$made" "$work/uki"
said "the command line (19 bytes) and the initrd ($((initrd_size + 8)) bytes) of $work/uki"
warned "bzboot: $work/uki: warning: not in the image: .osrel, .pcrsig"
run extract "$made" --section .bzcmd -o "$work/got"
same "command line" "console=ttyS0 quiet" "$(tr -d '\0' <"$work/got")"
run extract "$made" --section .bzinit -o "$work/got"
cmp -s -n "$(size_of "$work/joined")" "$work/joined" "$work/got" || fault "another initrd"
finish "a unified kernel image: kernel, command line, microcode and initrd"

run info --json "$made"
same "kinds" '"decided" "decided"' "$(jq -c '.manifest | .cmdline_kind, .initrd_kind' \
	"$work/stdout" | xargs -n 2 printf '"%s" "%s"')"
finish "the contents of a unified kernel image are decided"

check_kernel "$work/uki"
checked=$(sed "s|^$work/uki||" "$work/stdout")
run info "$work/uki" --relocs
relocs=$(<"$work/stdout")
gzip -c "$work/uki" >"$work/uki.gz"
check_kernel "$work/uki.gz"
same "the report of check" "$checked" "$(sed "s|^$work/uki.gz||" "$work/stdout")"
run info "$work/uki.gz" --relocs
same "the report of info" "0 $relocs" "$status $(<"$work/stdout")"
run extract "$work/uki.gz" -o "$work/got"
run extract "$work/uki" -o "$work/expected"
cmp -s "$work/expected" "$work/got" || fault "extract: $(<"$work/stderr")"
cp "$made" "$work/expected"
packs "$made" "$work/uki.gz"
identical "$work/expected" "$made"
finish "a unified kernel image that is compressed"

make_uki "$work/inner" .linux="$work/full.efi"
packs "$made" "$work/inner"
said "the command line (19 bytes) and the initrd ($((initrd_size + 3 & ~3)) bytes) of $work/inner"
identical "$work/full.efi" "$made"
make_uki "$work/inner" .linux="$work/full.efi" .initrd="$work/other"
packs "$made" "$work/inner"
run extract "$made" --section .bzinit -o "$work/got"
cmp -s -n "$(size_of "$work/other")" "$work/other" "$work/got" || fault "another initrd"
run extract "$made" --section .bzcmd -o "$work/got"
same "command line" "console=ttyS0 quiet" "$(tr -d '\0' <"$work/got")"
finish "an image of ours in a unified kernel image keeps contents that it does not replace"

printf 'sbat,1,SBAT Version,sbat,1,https://example.org\n' >"$work/sbat"
make_uki "$work/inner" .linux="$work/bare.efi" .sbat="$work/sbat"
packs "$made" "$work/inner"
warned "bzboot: $work/inner: warning: not in the image: .sbat"
finish "the SBAT of a unified kernel image is left out, with a warning"

cp "$work/full.efi" "$work/older.efi"
run info "$work/full.efi" --json
manifest=$(jq '.pe.sections[] | select(.name == ".data").raw_offset' "$work/stdout")
printf '\1' | dd of="$work/older.efi" bs=1 seek=$((manifest + 7)) conv=notrunc status=none
packs "$made" "$work/older.efi"
warned "bzboot: $work/older.efi: warning: not in the image: .bzcmd, .bzinit"
finish "the contents of an image with another manifest are left out, with a warning"

packs "$made" "$work/uki" --default-cmdline "" --no-default-initrd
identical "$work/bare.efi" "$made"
check_kernel "$work/uki"
same "exit status of check" 0 "$status"
finish "a unified kernel image, without its command line and initrd"

head -c 3000 /dev/zero | tr '\0' a >"$work/long"
make_uki "$work/uki" .linux="$kernel" .cmdline="$work/long"
refused "a command line that is too long" 1 "$work/uki: its command line " pack "$work/uki" \
	-o "$out/image.efi"
packs "$made" "$work/uki" --cmdline short
finish "another command line replaces one that is too long"

make_uki "$work/uki" .linux="$work/osrel"
refused "a unified kernel image without a kernel" 1 "$work/uki: section .linux: is " pack \
	"$work/uki" -o "$out/image.efi"

# --version-text

sed 's/Linux version/Other version/' "$kernel" >"$work/other.elf"
packs "$work/unknown.efi" "$work/other.elf"
same "version" "unknown (unknown@unknown) #1" "$(version_of "$work/unknown.efi")"
finish "a kernel without a version"
for given in "Other-1.0" "Other-1.0 (me@here) #7 2026" "$(printf '%127s' x | tr ' ' y)"; do
	packs "$made" "$work/other.elf" --version-text "$given"
	same "version" "$given" "$(version_of "$made")"
	packs "$work/again.efi" "$made"
	identical "$made" "$work/again.efi"
	run extract "$made" -o "$work/extracted"
	packs "$work/again.efi" "$work/extracted"
	identical "$made" "$work/again.efi"
	packs "$work/again.efi" "$made" --version-text "2.0"
	same "another version" 2.0 "$(version_of "$work/again.efi")"
	finish "--version-text of ${#given} characters: it stays"
done
packs "$made" "$kernel" --version-text "Mine-1"
same "version" Mine-1 "$(version_of "$made")"
finish "--version-text instead of Linux's banner"

plan
