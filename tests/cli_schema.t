#!/usr/bin/env bash
# SPDX-License-Identifier: BSD-2-Clause
#
# The JSON that bzboot prints about files of many kinds is as docs/*.schema.json say, and those say
# nothing that is not printed.
# shellcheck source=tests/uki.sh
. tests/uki.sh
# shellcheck source=tests/application.sh
. tests/application.sh
need jq gzip python3 xz

make_image
make_linked
make_key rsa -newkey rsa:2048
kernel=$work/kernel.elf
printf 'ID=test\nPRETTY_NAME="Test OS"\n' >"$work/osrel"
printf 'sbat,1,SBAT Version,sbat,1,https://example.org\nours,1,Us,ours,1,https://example.org\n' \
	>"$work/sbat"
seq 5000 >"$work/initrd"

# --- the files --------------------------------------------------------------------------

for codec in zstd gzip xz lzma lz4 none; do
	run pack "$kernel" -o "$work/$codec.efi" --compress $codec
	same "exit status of pack --compress $codec" 0 "$status"
done
for kept in "" default-; do
	run pack "$kernel" -o "$work/${kept}parts.efi" --level 1 "--${kept}cmdline" quiet \
		"--${kept}initrd" "$work/initrd" --sbat "@$work/sbat"
	same "exit status of pack --${kept}cmdline" 0 "$status"
done
run pack "$kernel" -o "$work/uki.efi" --level 1 --uki --os-release "@$work/osrel" --cmdline quiet
run addon -o "$work/rescue.efi" --profile "ID=rescue
TITLE=Rescue" --cmdline rescue
run pack "$kernel" -o "$work/profiles.efi" --level 1 --uki --os-release "@$work/osrel" \
	--profile "ID=main" --join-profile "$work/rescue.efi"
same "exit status of pack --profile" 0 "$status"
run addon -o "$work/addon.efi" --cmdline debug
run pack "$work/linked" -o "$work/moving.efi" --level 1
run pack "${BUILD:-build}/tests/kernel/testkernel-relocs.elf" -o "$work/units.efi" --level 1 --shuffle
cp "$work/moving.efi" "$work/small.efi"
put "$work/small.efi" 0x260 4 0x1000	# init_size
signs "$work/zstd.efi" "$work/signed.efi" --key "$work/rsa.key" --cert "$work/rsa.pem"
xz -c "$kernel" >"$work/kernel.xz"
cp "$kernel" "$work/module.elf"
append_module_signature "$work/module.elf" 300
gzip -nc "$kernel" >"$work/stream"
make_bzimage "$work/bzimage" "$work/stream"
{
	printf 'MZ\0\0zimg'
	bytes_le 4 64
	bytes_le 4 "$(size_of "$work/stream")"
	bytes_le 8 0
	printf 'gzip%28s' '' | tr ' ' '\0'
	bytes_le 4 0x818223cd
	bytes_le 4 64
	cat "$work/stream"
} >"$work/zboot"	# without headers of PE, which info misses
run pack "$kernel" -o "$work/zboot.efi" --level 1 --compress gzip
put "$work/zboot.efi" 0x44 2 0xaa64	# arm64
put "$work/zboot.efi" 0x1fe 2 0	# not a bzImage
cp "$work/zstd.efi" "$work/broken.efi"
make_application "$work/Image" arm64
make_stand_in "$work/stub" arm64 zstd
run pack "$work/Image" -o "$work/arm64.efi" --stub "$work/stub"
put "$work/broken.efi" "$("$bzboot" info --json "$work/zstd.efi" | jq .payload.offset) + 0x40" 8 0
cp "$work/gzip.efi" "$work/manifest.efi"
put "$work/manifest.efi" "$("$bzboot" info --json "$work/gzip.efi" |
	jq '.pe.sections[] | select(.name == ".data").raw_offset') + 12" 4 99
cp "$kernel" "$work/huge.elf"
put "$work/huge.elf" "$(get "$kernel" 0x20 8) + 0x30" 8 0xfffffffffffffff0	# p_align
head -c 100 "$kernel" >"$work/cut.elf"
echo "a text" >"$work/text"
: >"$work/empty"

mkdir -p "$work/root/etc/bzboot"
mkdir -p "$work/root/efi/EFI"
echo ID=test >"$work/root/etc/os-release"
printf '[Compression]\nLevel=3\n[Contents]\nInitrd=/etc/bzboot/bzboot.conf\n' >"$work/root/etc/bzboot/bzboot.conf"

installed=$work/installed
mkdir -p "$installed"/{boot,efi/EFI/Linux,etc/kernel,var/lib/bzboot}
echo test >"$installed/etc/kernel/entry-token"
echo quiet >"$installed/etc/kernel/cmdline"
echo >"$installed/boot/vmlinuz-6.2"
cp "$work/signed.efi" "$installed/efi/EFI/Linux/test-6.1.efi"
echo >"$installed/efi/EFI/Linux/test-6.0.efi"
cat >"$installed/var/lib/bzboot/6.1.json" <<END
{ "version": "6.1", "token": "test", "layout": "uki", "time": 1, "files": [], "folders": [],
  "current": "$(printf '0%.0s' {1..64})", "sources": [], "cmdline": "debug", "inputs": "none",
  "certificate": null }
END

cloud_kernel
finish "the files"

# --- what is printed --------------------------------------------------------------------

# A schema, a definition in it or "-", and a command
rows="
info report info --json zstd.efi
info report info --json gzip.efi
info report info --json xz.efi
info report info --json lzma.efi
info report info --json lz4.efi
info report info --json none.efi
info report info --json parts.efi
info report info --json default-parts.efi
info report info --json uki.efi
info report info --json arm64.efi
info report info --json profiles.efi
info report info --json addon.efi
info report info --json signed.efi
info report info --json kernel.elf
info report info --json module.elf
info report info --json moving.efi
info report info --json units.efi
info report info --json kernel.xz
info report info --json bzimage
info report info --json zboot
info report info --json zboot.efi
info report info --json $vmlinuz
info report info --json $packed
info report info --json --headers zstd.efi
info report info --json --headers kernel.elf
info report info --json broken.efi
info report info --json manifest.efi
info report info --json huge.elf
info report info --json cut.elf
info report info --json text
info report info --json empty
info budget_report info --budget --json zstd.efi
info budget_report info --budget --json gzip.efi
info budget_report info --budget --json none.efi
info budget_report info --budget --json lz4.efi
info budget_report info --budget --json parts.efi
info budget_report info --budget --json uki.efi
info budget_report info --budget --json profiles.efi
info budget_report info --budget --json addon.efi
info budget_report info --budget --json signed.efi
info budget_report info --budget --json kernel.elf
info budget_report info --budget --json module.elf
info budget_report info --budget --json kernel.xz
info budget_report info --budget --json bzimage
info budget_report info --budget --json zboot
info budget_report info --budget --json zboot.efi
info budget_report info --budget --json $vmlinuz
info budget_report info --budget --json $packed
info budget_report info --budget --json broken.efi
info budget_report info --budget --json cut.elf
info budget_report info --budget --json text
info budget_report info --budget --json empty
info comparison info --json zstd.efi zstd.efi
info comparison info --json zstd.efi gzip.efi
info comparison info --json zstd.efi parts.efi
info comparison info --json parts.efi default-parts.efi
info comparison info --json signed.efi zstd.efi
info comparison info --json uki.efi profiles.efi
info comparison info --json profiles.efi addon.efi
info comparison info --json $vmlinuz $packed
info comparison info --json kernel.elf zstd.efi
info comparison info --json moving.efi zstd.efi
info comparison info --json kernel.xz module.elf
info comparison info --json broken.efi empty
check - check --json zstd.efi
check - check --json addon.efi
check - check --json broken.efi
check - check --json small.efi
check - check --json kernel.elf
config - config --json --root root
config - config --json --defaults --root root
status - status --json --root root
status - status --json --root installed
"

# validate SCHEMA DEFINITION FILE: print what is wrong
cat >"$work/validate.py" <<'END'
import json
import sys

import jsonschema

schema = json.load(open(sys.argv[1]))
jsonschema.Draft202012Validator.check_schema(schema)
if sys.argv[2] != "-":
    schema = {"$ref": "#/$defs/" + sys.argv[2], "$defs": schema["$defs"]}
for error in jsonschema.Draft202012Validator(schema).iter_errors(json.load(open(sys.argv[3]))):
    print(error.json_path + ": " + error.message[:300])
END
validate() {
	python3 "$work/validate.py" "docs/$1.schema.json" "$2" "$3" 2>&1
}

mkdir "$work/printed"
while read -r schema definition command; do
	[ -n "$schema" ] || continue
	printed=$work/printed/$tests.$schema
	# shellcheck disable=SC2086 # words
	(cd "$work" && exec "$bzboot" $command) >"$printed" 2>"$work/stderr" || [ $? -lt 4 ] ||
		fault "it fails: $(<"$work/stderr")"
	[ -s "$printed" ] || fault "nothing is printed: $(<"$work/stderr")"
	clean "$command" "$(validate "$schema" "$definition" "$printed")"
done <<<"$rows"

# members FILE...: their names, one line each, sorted
members() {
	jq -r '.. | objects | keys[]' "$@" | sort -u
}
for schema in info check config status; do
	jq -r '.. | objects | select(has("additionalProperties")).properties | keys[]' \
		"docs/$schema.schema.json" | sort -u >"$work/known"
	members "$work/printed/"*".$schema" >"$work/seen"
	same "members of $schema.schema.json that are not printed" "" \
		"$(comm -23 "$work/known" "$work/seen" | paste -sd ' ')"
	same "objects that may have other members" 0 "$(jq '[.. | objects |
		select(.type == "object" and .additionalProperties != false)] | length' \
		"docs/$schema.schema.json")"
done
finish "the schemas have no other members, and allow none"

# --- the schema refuses -----------------------------------------------------------------

# breaks NAME DEFINITION FILTER COMMAND...: what the command prints, changed by jq, is not valid
breaks() {
	"$bzboot" "${@:4}" >"$work/good" 2>"$work/stderr" || [ $? -eq 3 ] || fault "it fails"
	jq "$3" "$work/good" >"$work/bad"
	same "as printed" "" "$(validate info "$2" "$work/good")"
	[ -n "$(validate info "$2" "$work/bad")" ] || fault "it is valid"
	finish "$1 is refused"
}

one=(info --json "$work/zstd.efi") two=(info --json "$work/zstd.efi" "$work/gzip.efi")
breaks "a further member" report '.more = 1' "${one[@]}"
breaks "a further member of pe" report '.pe.more = 1' "${one[@]}"
breaks "a further member of a section" report '.pe.sections[0].more = 1' "${one[@]}"
breaks "a missing member" report 'del(.size)' "${one[@]}"
breaks "a missing chapter" report 'del(.manifest)' "${one[@]}"
breaks "a missing field" report 'del(.bzimage.xloadflags)' "${one[@]}"
breaks "a number for an address" report '.pe.entry = 4096' "${one[@]}"
breaks "a text for flags" report '.bzimage.xloadflags = "KERNEL_64"' "${one[@]}"
breaks "another kind" report '.kinds += ["more"]' "${one[@]}"
breaks "a number that is too large" report '.bzimage.loadflags = 256' "${one[@]}"
breaks "a further member of budget" budget_report '.budget.more = 1' info --budget --json "$kernel"
breaks "a difference without a value" comparison 'del(.differences[0].b)' "${two[@]}"
breaks "a difference with another value" comparison '.differences[0].b = { more: 1 }' "${two[@]}"
breaks "a digest that is short" comparison '.same[0].value = "00"' "${two[@]}"

plan
