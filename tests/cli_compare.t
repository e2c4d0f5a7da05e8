#!/usr/bin/env bash
# SPDX-License-Identifier: BSD-2-Clause
#
# bzboot info A B: each kind of difference between two files is found, under its name, and nothing
# else is; what is the same nevertheless is named.
# shellcheck source=tests/uki.sh
. tests/uki.sh
need jq gzip zstd openssl python3

make_image
make_key rsa -newkey rsa:2048
make_key other -newkey rsa:2048
ours=$work/ours.efi
kernel=$work/kernel.elf
pe=0x40
optional=$((pe + 24))
printf 'ID=test\nPRETTY_NAME="Test OS"\n' >"$work/osrel"

# differs A B NAMES [SAME]: the names of what differs, apart from sha256, and of what is the same
differs() {
	run info --json "$1" "$2"
	same "exit status" 3 "$status"
	same stderr "" "$(<"$work/stderr")"
	cp "$work/stdout" "$work/json"
	same "what differs" "sha256 $3" "$(jq -r '[.differences[].name] | join(" ")' "$work/json")"
	same "what is the same" "${4-}" "$(jq -r '[.same[].name] | join(" ")' "$work/json")"
	same "the digests" "$(sha256sum "$1" "$2" | cut -d ' ' -f 1)" \
		"$(jq -r '.a.sha256, .b.sha256, (.differences[0] | if .a == .b then "alike" else empty end)' \
			"$work/json")"
	same "errors" 0 "$(jq '.a.errors + .b.errors | length' "$work/json")"
	run info "$1" "$2"
	same "exit status for text" 3 "$status"
	same "names in the text" "sha256 $3${4:+ $4}" "$(sed -n 's/: .*//p' "$work/stdout" | paste -sd ' ')"
}

# value NAME SIDE: of a difference, or first_difference
value() {
	jq -cr ".differences[] | select(.name == \"$1\").$2" "$work/json"
}

# line NAME TEXT: the text for people about it
line() {
	same "the line of $1" "$2" "$(awk -v start="$1: " 'index($0, start) == 1' "$work/stdout" |
		cut -c $((${#1} + 3))-)"
}

# changed OFFSET WIDTH VALUE: $work/changed is $ours with other bytes
changed() {
	cp "$ours" "$work/changed"
	put "$work/changed" "$@"
}

# sha256_at FILE OFFSET SIZE
sha256_at() {
	head -c $(($2 + $3)) "$1" | tail -c $(($3)) | sha256sum | cut -d ' ' -f 1
}

# --- the same ---------------------------------------------------------------------------

cp "$ours" "$work/copy"
run info "$ours" "$work/copy"
same "exit status" 0 "$status"
same stdout "the files are the same" "$(<"$work/stdout")"
run info "$ours" "$work/copy" --json
same "exit status" 0 "$status"
same "differences" "[] []" "$(jq -r '"\(.differences) \(.same)"' "$work/stdout")"
finish "files with the same bytes"

"$bzboot" info - "$work/copy" <"$ours" >"$work/stdout" || fault "exit status $?"
"$bzboot" info "$ours" - <"$work/copy" >"$work/stdout" || fault "exit status $?"
finish "one of the files may be standard input"

# --- one field of headers ---------------------------------------------------------------

kept="payload.stream"

changed $((optional + 0x40)) 4 0x1234
differs "$ours" "$work/changed" pe.checksum "$kept authenticode"
line pe.checksum "0x0 -> 0x1234"
digest=$("$bzboot" hash "$ours" | cut -d ' ' -f 1)
line authenticode "the digest is the same: it leaves out the bytes that differ: $digest"
same "the number" "0 4660" "$(value pe.checksum a) $(value pe.checksum b)"
finish "CheckSum: the Authenticode digest is the same"

changed $((pe + 8)) 4 0x5f5e1000
differs "$ours" "$work/changed" "pe.time_date_stamp authenticode" "$kept"
line pe.time_date_stamp "0x0 -> 0x5f5e1000"
line authenticode "$digest -> $("$bzboot" hash "$work/changed" | cut -d ' ' -f 1)"
finish "a field of the PE headers that info does not show"

changed $((optional + 0x46)) 2 0x140
differs "$ours" "$work/changed" "pe.dll_characteristics authenticode" "$kept"
line pe.dll_characteristics "NX_COMPAT -> DYNAMIC_BASE, NX_COMPAT"
same "the numbers" "256 320" \
	"$(value pe.dll_characteristics a) $(value pe.dll_characteristics b)"
finish "a flag of the PE headers: words in the text, numbers in JSON"

changed $((optional + 112 + 5 * 8)) 8 $((0x3000 | 12 << 32))
differs "$ours" "$work/changed" "pe.directories[base_relocation] authenticode" "$kept"
line "pe.directories[base_relocation]" \
	"virtual_address 0x0, size 0 -> virtual_address 0x3000, size 12"
finish "a data directory"

changed 0x236 2 $(($(get "$ours" 0x236 2) & ~0x10))
differs "$ours" "$work/changed" "bzimage.xloadflags authenticode" "$kept"
line bzimage.xloadflags "$("$bzboot" info "$ours" | sed -n 's/^  xloadflags: //p') -> \
$("$bzboot" info "$work/changed" | sed -n 's/^  xloadflags: //p')"
grep -q '^bzimage.xloadflags: .* EFI_KEXEC,.* -> [^>]*$' "$work/stdout" || fault "no EFI_KEXEC"
finish "a flag of the setup header"

changed 4 4 0x666c657a	# zelf
differs "$ours" "$work/changed" "zboot.magic authenticode" "$kept"
finish "a field of the zboot header"

# The first section header is after 6 directories; two of its fields are not in info.
table=$((optional + 112 + 6 * 8))
changed $((table + 24)) 4 0x1000
differs "$ours" "$work/changed" "pe.headers.contents authenticode" "$kept"
same "first difference" "{\"a\":$((table + 25)),\"b\":$((table + 25))}" \
	"$(value pe.headers.contents first_difference)"
same "its digest" "{\"size\":4096,\"sha256\":\"$(sha256_at "$ours" 0 4096)\"}" \
	"$(value pe.headers.contents a)"
finish "a byte of the headers that is not a field"

# --- sections ---------------------------------------------------------------------------

changed $((table + 40 + 36)) 4 0xe0000020
differs "$ours" "$work/changed" \
	"pe.sections[.text].characteristics pe.sections[.text].flags authenticode" "$kept"
line "pe.sections[.text].characteristics" "CODE, EXECUTE, READ -> CODE, EXECUTE, READ, WRITE"
finish "the flags of a section"

text=$("$bzboot" info --json "$ours" | jq '.pe.sections[] | select(.name == ".text").raw_offset')
size=$("$bzboot" info --json "$ours" | jq '.pe.sections[] | select(.name == ".text").raw_size')
at=$((text + size - 9))
changed $at 1 $(($(get "$ours" $at 1) ^ 1))
differs "$ours" "$work/changed" "pe.sections[.text].contents authenticode" "$kept"
same "first difference" "{\"a\":$at,\"b\":$at}" \
	"$(value "pe.sections[.text].contents" first_difference)"
before=$(sha256_at "$ours" "$text" "$size") after=$(sha256_at "$work/changed" "$text" "$size")
same "digests" "$before $after" "$(value "pe.sections[.text].contents" a.sha256) $(
	value "pe.sections[.text].contents" b.sha256)"
line "pe.sections[.text].contents" "$size bytes, sha256 ${before::16}... -> $size bytes, \
sha256 ${after::16}...; first difference at $(hex $at)"
finish "a byte of a section"

changed $((table + 40)) 8 0x7478656e2e	# .next
differs "$ours" "$work/changed" "pe.sections[.text] pe.sections[.next] \
pe.sections[.text].contents pe.sections[.next].contents authenticode" "$kept"
same "the section" .next "$(value "pe.sections[.next]" b.name)"
same "its place in the other file" null "$(value "pe.sections[.next]" a)"
line "pe.sections[.next].contents" "none -> $size bytes, sha256 ${before::16}..."
line "pe.sections[.text].contents" "$size bytes, sha256 ${before::16}... -> none"
[[ $(grep '^pe.sections\[.next\]: ' "$work/stdout") == *": none -> name .next, virtual_address 0x"*\
"characteristics CODE, EXECUTE, READ, flags RX" ]] || fault "$(<"$work/stdout")"
finish "a section that is added, and one that is removed"

changed $((table + 40)) 8 0x70757465732e	# .setup
differs "$ours" "$work/changed" "pe.sections[.text] pe.sections[.setup#2] \
pe.sections[.text].contents pe.sections[.setup#2].contents authenticode" "$kept"
finish "two sections of one name"

# The section .payload moves by a sector, after bytes that belong to no section.
payload=$("$bzboot" info --json "$ours" | jq '.pe.sections[] | select(.name == ".payload").raw_offset')
header=$((table + 3 * 40))
for byte in 0 1; do
	head -c "$payload" "$ours"
	bytes_le 1 "$byte"
	head -c 511 /dev/zero
	tail -c +$((payload + 1)) "$ours"
done >"$work/both"
half=$(($(size_of "$work/both") / 2))
head -c $half "$work/both" >"$work/gap0"
tail -c $half "$work/both" >"$work/gap1"
for byte in 0 1; do
	put "$work/gap$byte" $((header + 20)) 4 $((payload + 512))
	put "$work/gap$byte" 0x248 4 0	# no payload where the setup header says
	put "$work/gap$byte" 0x24c 4 0
done
run info --json "$work/gap0" "$work/gap1"
same "what differs" "sha256 pe.gap_before[.payload].contents" \
	"$(jq -r '[.differences[].name] | join(" ")' "$work/stdout")"
same "what is the same" authenticode "$(jq -r '.same[].name' "$work/stdout")"
finish "a byte between sections, which firmware does not hash"

{ cat "$ours" && head -c 16 /dev/zero; } >"$work/longer"
differs "$ours" "$work/longer" "size pe.after_sections.contents authenticode" "$kept"
line pe.after_sections.contents "none -> 16 bytes, sha256 $(head -c 16 /dev/zero | sha256sum | cut -c -16)..."
finish "bytes after the last section"

# --- signatures -------------------------------------------------------------------------

for name in rsa other; do
	signs "$ours" "$work/$name.efi" --key "$work/$name.key" --cert "$work/$name.pem" --no-signing-time
done
differs "$ours" "$work/rsa.efi" "size pe.certificate.offset pe.certificate.size \
pe.certificates[0].contents" "$kept authenticode"
finish "a signature: the Authenticode digest is the same"

run info --json "$work/rsa.efi" "$work/other.efi"
[[ $(jq -r '[.differences[].name] | join(" ")' "$work/stdout") =~ \
	^"sha256 "(size pe.certificate.size )?"pe.certificates[0].contents"$ ]] ||
	fault "$(<"$work/stdout")"
same "what is the same" "payload.stream authenticode" \
	"$(jq -r '[.same[].name] | join(" ")' "$work/stdout")"
finish "signatures of two keys"

# --- payload, manifest, SBAT ------------------------------------------------------------

# names_of A B: what differs and what is the same, a line for each
names_of() {
	run info --json "$1" "$2"
	same "exit status" 3 "$status"
	cp "$work/stdout" "$work/json"
	jq -r '(.differences[].name), ("same " + .same[].name)' "$work/json"
}

# mentions NAMES NAME...: all are among the lines
mentions() {
	local name
	for name in "${@:2}"; do
		grep -qxF -e "$name" <<<"$1" || fault "$name is not among: $(paste -sd ' ' <<<"$1")"
	done
}

run pack "$kernel" -o "$work/gzip.efi" --level 1 --compress gzip
names=$(names_of "$ours" "$work/gzip.efi")
mentions "$names" manifest.codec payload.codec payload.stream "same payload.contents"
[[ $names != *elf.* ]] || fault "the ELF differs: $names"
"$bzboot" extract "$ours" -o "$work/elf" >"$work/log"
same "digest of the ELF" "$(sha256_at "$work/elf" 0 "$(size_of "$work/elf")")" \
	"$(jq -r '.same[] | select(.name == "payload.contents").value' "$work/json")"
finish "another compression: the kernel inside is the same"

cp "$kernel" "$work/other.elf"
data=$(readelf -SW "$kernel" | awk '$2 == ".data" || $3 == ".data" { print "0x" $(NF - 6); exit }')
put "$work/other.elf" $((data + 8)) 1 0x6c	# "Linux" becomes "linux"
run pack "$work/other.elf" -o "$work/other.efi" --level 1 --version-text "1.2.3-test"
run pack "$kernel" -o "$work/one.efi" --level 1 --version-text "1.2.3-test"
names=$(names_of "$work/one.efi" "$work/other.efi")
mentions "$names" payload.stream payload.contents "elf.segments[1].contents"
[[ $names != *"elf.segments[0].contents"* ]] || fault "the text differs: $names"
finish "another kernel: the segment that differs"

run pack "$kernel" -o "$work/cmdline.efi" --level 1 --cmdline quiet
names=$(names_of "$ours" "$work/cmdline.efi")
mentions "$names" manifest.flags manifest.cmdline "pe.sections[.bzcmd]" "same payload.stream"
same "the command line" "null quiet" "$(value manifest.cmdline a) $(value manifest.cmdline b)"
finish "a command line"

for generation in 1 2; do
	run pack "$kernel" -o "$work/sbat$generation.efi" --level 1 \
		--sbat "sbat,1,SBAT Version,sbat,1,https://example.org
ours,$generation,Us,ours,1,https://example.org"
	same "exit status of pack" 0 "$status"
done
names=$(names_of "$work/sbat1.efi" "$work/sbat2.efi")
mentions "$names" "sbat[ours].component_generation" "pe.sections[.sbat].contents"
finish "a line of SBAT"

# --- unified kernel images --------------------------------------------------------------

for text in one two; do
	run pack "$kernel" -o "$work/uki-$text.efi" --level 1 --uki --os-release "@$work/osrel" \
		--cmdline "$text" --section ".more:text"
	run edit "$work/uki-one.efi" -o "$work/uki-$text-more.efi" --section ".more:$text"
done
names=$(names_of "$work/uki-one.efi" "$work/uki-two.efi")
mentions "$names" "pe.sections[.cmdline].contents" "profiles[0].cmdline" authenticode "pcr11[0]"
measured=$("$bzboot" measure "$work/uki-one.efi" --bank sha256 --pcr 11 --json --phase : |
	jq -r '.sha256[0].hash')
same "PCR 11" "$measured" "$(value "pcr11[0]" a)"
names=$(names_of "$work/uki-one-more.efi" "$work/uki-two-more.efi")
mentions "$names" "pe.sections[.more].contents" authenticode "same pcr11[0]"
finish "sections of a unified kernel image, and its PCR 11"

# The kernel of an image of ukify is a bzImage in .linux.
for codec in zstd gzip; do
	run pack "$kernel" -o "$work/$codec.efi" --level 1 --compress $codec
	ukify257 build --stub "$efi_stubs/linuxx64.efi.stub" --linux "$work/$codec.efi" \
		--os-release "@$work/osrel" --cmdline quiet --uname 1.2.3 \
		--output "$work/ukify-$codec.efi" >"$work/log" 2>&1 || fault "ukify: $(<"$work/log")"
done
names=$(names_of "$work/ukify-zstd.efi" "$work/ukify-gzip.efi")
mentions "$names" "pe.sections[.linux].contents" linux.manifest.codec linux.payload.codec \
	linux.authenticode "same linux.payload.contents" "pcr11[0]"
finish "the kernel in .linux"

# --- other files ------------------------------------------------------------------------

differs "$kernel" "$work/other.elf" "elf.segments[1].contents elf.sections[.data].contents"
same "first difference" "{\"a\":$((data + 8)),\"b\":$((data + 8))}" \
	"$(value "elf.sections[.data].contents" first_difference)"
finish "a byte of an ELF"

cp "$kernel" "$work/flags.elf"
put "$work/flags.elf" 0x30 4 1
differs "$kernel" "$work/flags.elf" contents
same "first difference" '{"a":48,"b":48}' "$(value contents first_difference)"
finish "a field of an ELF that info does not show"

# 20 sections of all bytes
for byte in 0 1; do
	python3 - "$kernel" "$work/overlap$byte" $byte $((data + 8)) <<-'END'
		import struct, sys
		elf = bytearray(open(sys.argv[1], "rb").read())
		start, number, names = *struct.unpack_from("<Q", elf, 0x28), *struct.unpack_from("<HH", elf, 0x3c)
		headers = elf[start:start + 64 * number]
		elf[int(sys.argv[4])] += int(sys.argv[3])
		struct.pack_into("<Q", elf, 0x28, len(elf))
		struct.pack_into("<H", elf, 0x3c, number + 20)
		headers += 20 * struct.pack("<IIQQQQIIQQ", 1, 1, 0, 0, 0, len(elf), 0, 0, 1, 0)
		open(sys.argv[2], "wb").write(elf + headers)
	END
done
differs "$work/overlap0" "$work/overlap1" contents
finish "an ELF whose sections overlap is compared as a whole"

gzip -nc "$kernel" >"$work/kernel.gz"
zstd -q "$kernel" -o "$work/kernel.zst"
differs "$kernel" "$work/kernel.gz" compressed contents
differs "$work/kernel.zst" "$work/kernel.gz" "compressed.codec compressed.size" contents
gzip -c "$kernel" >"$work/dated.gz"
differs "$work/kernel.gz" "$work/dated.gz" compressed.size contents
finish "files that are compressed as a whole"

gzip -nc "$kernel" >"$work/stream"	# which ends with the size
make_bzimage "$work/old" "$work/stream"
cp "$work/old" "$work/old2"
put "$work/old2" 0x300 1 1
differs "$work/old" "$work/old2" bzimage.setup.contents payload.stream
finish "a bzImage that is not a PE image"

# --- errors -----------------------------------------------------------------------------

cp "$ours" "$work/broken"
put "$work/broken" $((payload + 0x100)) 8 0
run info "$ours" "$work/broken"
same "exit status" 1 "$status"
[[ $(<"$work/stderr") == "bzboot: $work/broken: "* ]] || fault "$(<"$work/stderr")"
grep -qF "pe.sections[.payload].contents: " "$work/stdout" || fault "the difference is missing"
run info --json "$ours" "$work/broken"
same "exit status" 1 "$status"
same stderr "" "$(<"$work/stderr")"
same "errors" "0 1" "$(jq -r '"\(.a.errors | length) \(.b.errors | length)"' "$work/stdout")"
finish "a broken image is an error, and is compared nevertheless"

# Sections that overlap are nothing to info, but cannot be hashed.
cp "$ours" "$work/overlap"
put "$work/overlap" $((table + 40 + 20)) 4 $(($(get "$ours" $((table + 40 + 20)) 4) - 512))
run info --json "$ours" "$work/overlap"
same "exit status" 1 "$status"
same "errors" "0 1" "$(jq -r '"\(.a.errors | length) \(.b.errors | length)"' "$work/stdout")"
run info "$ours" "$work/overlap"
same "exit status" 1 "$status"
run hash "$work/overlap"
why=$(<"$work/stderr")
run info "$ours" "$work/overlap"
same stderr "$why" "$(<"$work/stderr")"
finish "an image that cannot be hashed is an error"

: >"$work/empty"
run info "$ours" "$work/empty"
same "exit status" 1 "$status"
finish "an empty file"

refused "a missing file" 1 "$work/missing: " info "$ours" "$work/missing"
refused "a missing first file" 1 "$work/missing: " info "$work/missing" "$ours"
refused "three files" 2 "info: more than two files" info a b c
refused "an empty name" 2 "info: the name of a file is empty" info "$ours" ""
refused "an empty first name" 2 "info: the name of the file is empty" info "" "$ours"
refused "--headers" 2 "info: --headers is for one file" info --headers "$ours" "$ours"
refused "--budget" 2 "info: --budget is for one file" info --budget "$ours" "$ours"
refused "--map" 2 "info: --map is for one file" info --map "$ours" "$ours"
refused "--relocs" 2 "info: --relocs is for one file" info --relocs "$ours" "$ours"
refused "standard input twice" 2 "info: both files are standard input" info - -

status=0
"$bzboot" info "$ours" "$work/broken" >/dev/full 2>"$work/stderr" || status=$?
same "exit status" 1 "$status"
finish "a full output is an error"

plan
