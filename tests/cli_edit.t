#!/usr/bin/env bash
# SPDX-License-Identifier: BSD-2-Clause
#
# bzboot edit: sections of unified kernel images, of bzboot and of ukify, and of plain images are
# replaced, added and removed; nothing else changes. An image of bzboot becomes what pack makes of
# the same contents.
# shellcheck source=tests/uki.sh
. tests/uki.sh
need jq objcopy openssl python3 sbverify

make_kernel
make_key rsa -newkey rsa:2048
kernel=$work/kernel.elf
mkdir -p "$out"
printf 'ID=test\nPRETTY_NAME="Test OS"\nVERSION_ID=1\n' >"$work/osrel"
printf 'ID=other\nPRETTY_NAME="Other OS"\n' >"$work/osrel2"
seq 5000 >"$work/initrd"
seq 90000 >"$work/initrd2"
printf '070701 of microcode' >"$work/ucode"
printf '\0\1\2of a device tree\0' >"$work/tree"
printf '{"sha256":[{"pcrs":[11]}]}' >"$work/pcrsig"
printf 'sbat,1,SBAT Version,sbat,1,https://example.org\nours,3,a,b,c,d\n' >"$work/sbat"
{
	printf BM
	bytes_le 4 100
	head -c 94 /dev/zero
} >"$work/splash.bmp"
openssl pkey -in "$work/rsa.key" -pubout -out "$work/pub.pem"

# edits FILE OPTION...: $image, without a message
edits() {
	run edit "$1" -o "$image" "${@:2}"
	same "edit ${*:2}" "0 " "$status $(<"$work/stderr")"
}

# has SECTION FILE: the bytes of $image's SECTION are those of FILE
has() {
	bytes "$image" "$1" | cmp -s - "$2" || fault "$1 is not $2"
}

# keeps FILE EXCEPT: the sections of $image but EXCEPT, words, have the bytes of FILE's
keeps() {
	local name
	for name in $(names "$1"); do
		[[ " $2 " != *" $name "* ]] || continue
		cmp -s <(bytes "$1" "$name") <(bytes "$image" "$name") || fault "$name has changed"
	done
}

# packs FILE OPTION...
packs() {
	run pack "$kernel" -o "$1" --level 1 "${@:2}"
	same "pack ${*:2}" 0 "$status"
}

# --- images of bzboot ---------------------------------------------------------------------

uki=(--uki --os-release "@$work/osrel")
full=("${uki[@]}" --cmdline "quiet" --initrd "$work/initrd" --microcode "$work/ucode"
	--splash "$work/splash.bmp" --pcrpkey "$work/pub.pem" --section .more:text)
packs "$work/uki.efi" "${uki[@]}"
packs "$work/full.efi" "${full[@]}"
packs "$work/plain.efi" --cmdline quiet --initrd "$work/initrd"
packs "$work/bare.efi"
for name in uki full plain bare; do
	edits "$work/$name.efi"
	identical "$work/$name.efi" "$image"
done
edits "$work/full.efi" --cmdline quiet --initrd "$work/initrd" --section .more:text --os-release "@$work/osrel"
identical "$work/full.efi" "$image"
finish "an edit that changes nothing gives the same image"

# like NAME PACK-OPTION... -- FILE EDIT-OPTION...: one test: edit gives what pack gives
like() {
	local name=$1 options=()
	shift
	while [ "$1" != -- ]; do
		options+=("$1")
		shift
	done
	packs "$work/expected.efi" "${options[@]}"
	edits "${@:2}"
	identical "$work/expected.efi" "$image"
	! cmp -s "$2" "$image" || fault "nothing has changed"
	finish "as packed: $name"
}

like "a command line, an initrd and microcode that are new" "${uki[@]}" --cmdline "a b" \
	--initrd "$work/initrd2" --microcode "$work/ucode" -- "$work/uki.efi" --cmdline "a b" \
	--initrd "$work/initrd2" --microcode "$work/ucode"
like "all sections at once" "${full[@]}" -- "$work/uki.efi" "${full[@]:3}"
like "others that are there" "${full[@]/#quiet/quiet debug}" --title Title --uname 9 -- \
	"$work/full.efi" --append debug --title Title --uname 9
like "other files" --uki --os-release "@$work/osrel2" --initrd "$work/initrd" --initrd "$work/initrd2" -- \
	"$work/uki.efi" --os-release "@$work/osrel2" --initrd "$work/initrd" --initrd "$work/initrd2"
like "a command line of a file" "${uki[@]}" --cmdline "a b" -- "$work/uki.efi" \
	--cmdline "@"<(printf 'a\nb\n')
like "SBAT" "${uki[@]}" --sbat "$work/sbat" -- "$work/uki.efi" --sbat "$work/sbat"
like "a text of a page" "${uki[@]}" --section ".page:$(head -c 4096 /dev/zero | tr '\0' x)" -- "$work/uki.efi" \
	--section ".page:$(head -c 4096 /dev/zero | tr '\0' x)"
like "sections removed" "${uki[@]}" -- "$work/full.efi" --remove .cmdline --remove .initrd \
	--remove .ucode --remove .splash --remove .pcrpkey --remove .more
like "a plain image" --cmdline "quiet debug" --initrd "$work/ucode" --initrd "$work/initrd2" -- \
	"$work/plain.efi" --append debug --initrd "$work/initrd2" --microcode "$work/ucode"
like "a plain image without any" --cmdline "a" --initrd "$work/initrd" --sbat "$work/sbat" -- \
	"$work/bare.efi" --cmdline a --initrd "$work/initrd" --sbat "$work/sbat"
like "a plain image, sections removed" -- "$work/plain.efi" --remove .bzcmd --remove .bzinit
like "a command line that is empty" --cmdline "" --initrd "$work/initrd" -- "$work/plain.efi" --cmdline ""

edits "$work/full.efi" --cmdline "$(seq -s ' ' 300)" --initrd "$work/initrd2"
cmp -s <(bytes "$work/full.efi" .linux) <(bytes "$image" .linux) || fault "another payload"
run extract "$image" -o "$work/got"
run extract "$work/full.efi" -o "$work/expected"
identical "$work/expected" "$work/got"
same "kind" uki "$(kind "$image")"
finish "the payload stays"

cp "$work/full.efi" "$work/place.efi"
chmod 640 "$work/place.efi"
run edit "$work/place.efi" --append more
same "exit status" "0" "$status$(<"$work/stderr")"
same "mode" 640 "$(stat -c %a "$work/place.efi")"
edits "$work/full.efi" --append more
identical "$image" "$work/place.efi"
finish "in place"

# --- images of ukify -----------------------------------------------------------------------

truncate -s 3000000 "$work/kernel"
seq 300000 | dd of="$work/kernel" conv=notrunc status=none
# builds FILE OPTION...: by ukify
builds() {
	ukify257 build --stub "$efi_stubs/linuxx64.efi.stub" --linux "$work/kernel" --uname 1.2.3 \
		--os-release "@$work/osrel" --output "$1" "${@:2}" >"$work/log" 2>&1 ||
		fail "ukify: $(<"$work/log")"
}
builds "$work/theirs.efi" --cmdline quiet --initrd "$work/initrd" --section ".custom:@$work/tree" \
	--devicetree "$work/tree" --splash "$work/splash.bmp"
theirs=$work/theirs.efi

# inspects NAME VALUE: ukify reads the text of a section so
inspects() {
	same "$1 by ukify" "$2" "$(ukify257 --json=short inspect "$image" | jq -r ".\"$1\".text")"
}

edits "$theirs"
identical "$theirs" "$image"
edits "$theirs" --cmdline quiet --initrd "$work/initrd" --uname 1.2.3
identical "$theirs" "$image"
finish "ukify's: an edit that changes nothing gives the same image"

edits "$theirs" --append "debug x" --title "New title" --initrd "$work/initrd2"
same "names" "$(names "$theirs")" "$(names "$image")"
keeps "$theirs" ".cmdline .osrel .initrd"
has .initrd "$work/initrd2"
inspects .cmdline "quiet debug x"
same "title" 'PRETTY_NAME="New title"' "$(bytes "$image" .osrel | grep PRETTY)"
same "kind" uki "$(kind "$image")"
bootctl_of trixie kernel-inspect "$image" >"$work/got" || fault "kernel-inspect"
grep -q "OS: New title" "$work/got" || fault "kernel-inspect: $(<"$work/got")"
run hash "$image"
same "doubts of the digest" "" "$(<"$work/stderr")"
finish "ukify's: sections replaced"

edits "$theirs" --microcode "$work/ucode" --pcrpkey "$work/pub.pem" --section ".mine:some text"
same "names" "$(names "$theirs") .pcrpkey .ucode .mine" "$(names "$image")"
keeps "$theirs" ""
has .ucode "$work/ucode"
has .pcrpkey "$work/pub.pem"
same "text" "some text" "$(bytes "$image" .mine)"
cp "$image" "$work/more.efi"
edits "$work/more.efi" --remove .mine --remove .ucode --remove .pcrpkey
same "names" "$(names "$theirs")" "$(names "$image")"
identical "$theirs" "$image"
finish "ukify's: sections added and removed"

{
	cat "$work/sbat"
	seq -f "component-%g,1,a vendor with a name of some length,package,version,https://example.org" 60
} >"$work/long.sbat"
edits "$theirs" --cmdline "$(head -c 2000 /dev/zero | tr '\0' x)" --sbat "$work/long.sbat" \
	--section ".custom:@$work/initrd2"
keeps "$theirs" ".cmdline .sbat .custom"
has .custom "$work/initrd2"
same "SBAT" "sbat ours systemd-stub systemd-stub.debian uki" \
	"$(bytes "$image" .sbat | cut -d , -f 1 | sed /component/d | paste -sd ' ')"
python3 - "$image" >"$work/got" <<-'END'
	import struct, sys
	image = open(sys.argv[1], "rb").read()
	pe = struct.unpack_from("<I", image, 0x3c)[0]
	count, = struct.unpack_from("<H", image, pe + 6)
	size_of_image, = struct.unpack_from("<I", image, pe + 24 + 56)
	table = pe + 24 + struct.unpack_from("<H", image, pe + 20)[0]
	at = [struct.unpack_from("<IIII", image, table + 40 * i + 8) for i in range(count)]
	memory = sorted((va, va + vs) for vs, va, _, _ in at)
	for (_, end), (start, _) in zip(memory, memory[1:] + [(size_of_image, 0)]):
	    if end > start:
	        print("memory: %x %x" % (end, start))
	file = sorted((raw, raw + size) for _, _, size, raw in at)
	for (_, end), (start, _) in zip(file, file[1:] + [(len(image), 0)]):
	    if end != start:
	        print("file: %x %x" % (end, start))
	for vs, va, size, raw in at:
	    if va % 4096 or raw % 512 or size % 512 or vs > size:
	        print("section: %x %x %x %x" % (vs, va, size, raw))
END
same "overlaps" "" "$(<"$work/got")"
finish "ukify's: longer sections overlap nothing, and leave no gap"

# header OFFSET WIDTH FILE: a field of the PE headers
header() {
	get "$3" $(($(get "$3" 0x3c 4) + $1)) "$2"
}

# At 0x50 are SizeOfImage, at 0x58 CheckSum, at 0x0c the place of symbols, which objcopy appends.
cp "$theirs" "$work/odd.efi"
pe=$(($(get "$theirs" 0x3c 4)))
put "$work/odd.efi" $((pe + 0x50)) 4 $(($(header 0x50 4 "$theirs") + 0x5000))
put "$work/odd.efi" $((pe + 0x58)) 4 1
put "$work/odd.efi" $((pe + 0x0c)) 4 "$(size_of "$theirs")"
seq 1000 >>"$work/odd.efi"
edits "$work/odd.efi" --section ".mine:@$work/osrel"
same "growth" 512 $(($(size_of "$image") - $(size_of "$work/odd.efi")))
cmp -s <(tail -c "$(seq 1000 | wc -c)" "$image") <(seq 1000) || fault "bytes at the end are lost"
same "place of symbols" $(($(size_of "$theirs") + 512)) $(($(header 0x0c 4 "$image")))
same "room in memory" $((0x1000)) $(($(header 0x50 4 "$image") - $(header 0x50 4 "$work/odd.efi")))
same "CheckSum" "$(python_pe -c "import pefile
print(pefile.PE('$image').generate_checksum())")" $(($(header 0x58 4 "$image")))
finish "ukify's: bytes at the end, room in memory and CheckSum are kept"

text=$(head -c 512 /dev/zero | tr '\0' x)
edits "$theirs" --section ".page:$text"
same "sizes" "512 1024" "$("$bzboot" info --json "$image" | jq -r '.pe.sections[] | select(.name == ".page") |
	"\(.virtual_size) \(.raw_size)"')"
finish "ukify's: a NUL follows a text"

# profile NAME OPTION...: $work/NAME.efi, to join
profile() {
	ukify257 build --stub "$efi_stubs/addonx64.efi.stub" --profile "ID=$1" --output "$work/$1.efi" "${@:2}" \
		>"$work/log" 2>&1 || fail "ukify: $(<"$work/log")"
}
profile one --cmdline "of one"
profile two --cmdline "of two"
profiles=$work/profiles.efi
builds "$profiles" --cmdline base --profile ID=zero --join-profile "$work/one.efi" --join-profile "$work/two.efi"
edits "$profiles" --pcrsig "@$work/pcrsig"
mv "$image" "$profiles"
edits "$profiles" --pcrsig "@$work/pcrsig" --profile 2
mv "$image" "$profiles"
same "names" ".pcrsig .profile .profile .cmdline .profile .cmdline .pcrsig" \
	"$(names "$profiles" | sed "s/.*\.linux //")"
edits "$profiles" --profile 1 --append debug
same "command lines" "base|of one debug|of two" \
	"$(for n in 0 1 2; do bytes "$image" .cmdline $n; echo; done | paste -sd '|')"
same "names" "$(names "$profiles")" "$(names "$image")"
edits "$profiles" --profile 0 --initrd "$work/initrd2" --append more
same "names" "$(names "$profiles" | sed 's/ \.profile \.cmdline/ .cmdline .initrd&/')" "$(names "$image")"
same "command line of profile 0" "base more" "$(bytes "$image" .cmdline 1)"
same "command line of the base" "base" "$(bytes "$image" .cmdline 0)"
finish "profiles: one is edited, by itself"

run edit "$profiles" -o "$image" --append debug
same "exit status" 0 "$status"
same "stderr" "bzboot: $image: warning: its PCR signatures are left out, because they are not valid \
for the new sections: give --pcrsig" "$(<"$work/stderr")"
same "names" "$(names "$profiles" | sed 's/ .pcrsig//g')" "$(names "$image")"
edits "$profiles" --section .mine:x
same "names with .pcrsig" 2 "$(names "$image" | grep -o pcrsig | wc -l)"
edits "$work/theirs.efi" --append x --pcrsig "@$work/pcrsig"
has .pcrsig "$work/pcrsig"
finish "PCR signatures of other sections are left out"

# --- signatures -----------------------------------------------------------------------------

for name in full theirs; do
	signs "$work/$name.efi" "$work/signed.efi" --key "$work/rsa.key" --cert "$work/rsa.pem"
	run edit "$work/signed.efi" -o "$image" --append debug
	same "exit status" 0 "$status"
	same "stderr" "bzboot: $image: warning: its signatures are left out, because they are not valid \
for the new image: sign again with 'bzboot sign IMAGE --key KEY --cert CERT'" "$(<"$work/stderr")"
	run verify "$image"
	grep -q "not signed" "$work/stdout" "$work/stderr" || fault "still signed"
	edits "$work/signed.efi" --append debug --key "$work/rsa.key" --cert "$work/rsa.pem"
	verifies "$image" --cert "$work/rsa.pem"
	sbverify --cert "$work/rsa.pem" "$image" >"$work/log" 2>&1 || fault "sbverify: $(<"$work/log")"
	edits "$work/signed.efi"
	identical "$work/signed.efi" "$image"
	finish "$name.efi: a signature that no longer holds is left out, or made again"
done

# --- refused --------------------------------------------------------------------------------

cp "$work/full.efi" "$work/other.efi"
run info --json "$work/full.efi"
data=$(jq '.pe.sections[] | select(.name == ".data").raw_offset' "$work/stdout")
put "$work/other.efi" $((data + 7)) 1 99
cp "$work/full.efi" "$work/bent.efi"
put "$work/bent.efi" $((data - 1)) 1 77
put "$work/bent.efi" 0x236 1 0xff
head -c 20000 "$work/full.efi" >"$work/cut.efi"
cp "$theirs" "$work/crowded.efi"
pe=$(($(get "$theirs" 0x3c 4)))
count=$(($(get "$theirs" $((pe + 6)) 2)))
put "$work/crowded.efi" $((pe + 24 + 240 + 40 * count)) 4 0x12345678
head -c 3000 /dev/urandom >"$work/noise"
edit=(edit "$work/full.efi" -o "$image")
refused "no PE image" 1 "$work/noise: " edit "$work/noise" -o "$image" --append x
refused "an EFI application that is no such image" 1 "$efi_stubs/systemd-bootx64.efi: is an x86-64 PE image, not a unified" \
	edit "$efi_stubs/systemd-bootx64.efi" -o "$image" --append x
refused "an image of another version" 1 "$work/other.efi: made by another version of bzboot" \
	edit "$work/other.efi" -o "$image" --append x
refused "an image whose setup header was changed" 1 "$work/bent.efi: not as this version" \
	edit "$work/bent.efi" -o "$image" --append x
refused "a truncated image" 1 "$work/cut.efi: " edit "$work/cut.efi" -o "$image" --append x
refused "headers without room" 1 "$work/crowded.efi: its PE headers have no room for $((count + 1)) sections" \
	edit "$work/crowded.efi" -o "$image" --section .x:x
refused "a profile that is not there" 1 "$work/full.efi: has no profile 0: it has none" \
	"${edit[@]}" --profile 0 --append x
refused "a profile after the last one" 1 "$profiles: has no profile 3: it has 3, from 0 on" \
	edit "$profiles" -o "$image" --profile 3 --append x
refused "--profile x" 2 "edit: --profile 'x'" "${edit[@]}" --profile x
refused "--remove of a section that is not there" 1 "--remove: there is no section '.none'" \
	"${edit[@]}" --remove .none
for name in .linux .text .data .osrel .sdmagic; do
	refused "--remove $name" 1 "--remove: the image does not work without section $name" \
		"${edit[@]}" --remove $name
done
refused "--remove of a stub's section" 1 "--remove: the image does not work without section .reloc" \
	edit "$theirs" -o "$image" --remove .reloc
refused "a section of the stub" 1 "--section: section .rodata is part of the stub" \
	edit "$theirs" -o "$image" --section .rodata:x
refused "a section with a meaning" 1 ".dtb:x: section .dtb has" "${edit[@]}" --section .dtb:x
refused "--uname of a plain image" 1 "$work/plain.efi: not a unified kernel image" \
	edit "$work/plain.efi" -o "$image" --uname x
refused "--microcode of a plain image" 1 "$work/plain.efi: its microcode is part of its initrd" \
	edit "$work/plain.efi" -o "$image" --microcode "$work/ucode"
refused "a command line that gets too long" 1 "--append: the command line has 2053 characters" \
	"${edit[@]}" --append "$(head -c 2047 /dev/zero | tr '\0' x)"
refused "signatures that are no JSON" 1 "--pcrsig: not PCR signatures in JSON: " "${edit[@]}" --pcrsig nonsense
refused "--key without --cert" 2 "edit: --key and --cert" "${edit[@]}" --key "$work/rsa.key"
many=()
for i in {1..30}; do
	many+=(--section ".x$i:$i")
done
refused "too many sections" 1 "$work/full.efi: section .x" "${edit[@]}" "${many[@]}"

plan
