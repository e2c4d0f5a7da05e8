#!/usr/bin/env bash
# SPDX-License-Identifier: BSD-2-Clause
#
# What moves in a payload is in sections that other tools read: standard types, sh_link and sh_info as
# the gABI has them, and fields that LLVM lists as bzboot does. Small kernels by both linkers, and
# Debian's.
# shellcheck source=tests/cli.sh
. tests/cli.sh
need gcc readelf

kernels=${BUILD:-build}/tests/reloc
llvm='llvm-readelf-19'
payload=$out/payload

# packed KERNEL: $image and, by extract, $payload
packed() {
	run pack "$1" -o "$image" --level 1
	same "exit status of pack" 0 "$status"
	run extract "$image" -o "$payload"
	same "exit status of extract" 0 "$status"
}

# sections FILE: "NUMBER NAME TYPE SIZE ENTSIZE LINK INFO" for each; the type is a number if readelf
# does not know it
sections() {
	readelf -tW "$1" | awk '
		match($0, /^  \[ *[0-9]+\]/) {
			number = substr($0, 1, RLENGTH)
			gsub(/[^0-9]/, "", number)
			name = substr($0, RLENGTH + 2)
			getline
			sub(/: <unknown>/, "")
			print number, name ? name : "-", $1, $4, $5, $6, $7
		}'
}

# section NAME FIELD...: of $work/sections
section() {
	local name=$1
	shift
	awk -v name="$name" -v fields="$*" '
		BEGIN { count = split(fields, field, " ") }
		$2 == name {
			for (i = 1; i <= count; i++)
				printf("%s%s", $field[i], i < count ? " " : "\n")
		}' "$work/sections"
}

# check_sections: types, and what .relr, .crel and .symtab refer to (gABI, "sh_link and sh_info
# Interpretation"); no section of fields is one of another section's, so its sh_info is 0
check_sections() {
	local number name type
	sections "$payload" >"$work/sections"
	while read -r number name type _; do
		[[ $type =~ ^(NULL|PROGBITS|SYMTAB|STRTAB|NOTE|RELR|CREL|40000014)$ ]] ||
			fault "section $number, $name, is of type $type"
	done <"$work/sections"
	[[ $(section .crel 3) =~ ^(CREL|40000014)$ ]] ||
		fault "the type of .crel is '$(section .crel 3)'"
	same "type, entry size, link and info of .relr" "RELR 08 0 0" "$(section .relr 3 5 6 7)"
	same "entry size, link and info of .crel" "01 $(section .symtab 1) 0" "$(section .crel 5 6 7)"
	same "type, size, entry size, link and info of .symtab" \
		"SYMTAB 000048 18 $(section .strtab 1) 3" "$(section .symtab 3 4 5 6 7)"
	same "type of .strtab" STRTAB "$(section .strtab 3)"
}

# check_symbols: an undefined one, one that is in code, which moves, and an absolute one
check_symbols() {
	local base code
	base=$(readelf -lW "$payload" | awk '$1 == "LOAD" { print substr($3, 3); exit }')
	code=$(awk '$3 == "PROGBITS" { print $1; exit }' "$work/sections")
	same "value, section and name of the symbols" "0000000000000000 UND -
$base $code kernel
0000000000000000 ABS absolute" \
		"$(readelf -sW "$payload" | awk '$1 ~ /^[0-9]+:$/ { print $2, $7, (NF > 7 ? $8 : "-") }')"
}

# fields_by_llvm: of $payload, as info --relocs prints them
fields_by_llvm() {
	"$llvm" -rW "$payload" | awk '
		/^Relocation section/ { relr = /\.relr/; next }
		/Offset|Entry|^$/ { next }
		relr { print "64 0x" ($1 ~ /:$/ ? $3 : $1); next }
		{ kind = $3 "-" $5 }
		kind == "R_X86_64_64-kernel" { print "64 0x" $1; next }
		kind == "R_X86_64_32S-kernel" { print "32 0x" $1; next }
		kind == "R_X86_64_PC32-absolute" { print "32-inverse 0x" $1; next }
		{ print }'
}

# check_fields KERNEL: LLVM lists the fields that info lists, of the image and of what it was made of
check_fields() {
	local file
	fields_by_llvm | sed 's/0x0*/0x/' | sort >"$work/theirs"
	for file in "$image" "$1"; do
		run info --relocs "$file"
		same "exit status of info --relocs $file" 0 "$status"
		sort "$work/stdout" | cmp -s - "$work/theirs" || fault "$file: other fields than LLVM lists:" \
			"$(sort "$work/stdout" | diff - "$work/theirs" | head -n 3)"
	done
	[ -s "$work/theirs" ] || fault "LLVM lists no field"
}

# shows NAME KERNEL: two tests
shows() {
	packed "$2"
	check_sections
	check_symbols
	finish "$1: sections have standard types, and refer to each other as the gABI says"
	if command -v "$llvm" >/dev/null; then
		check_fields "$2"
		finish "$1: LLVM lists the same fields as info --relocs"
	else
		finish "$1: LLVM lists the same fields as info --relocs # SKIP $llvm is not installed"
	fi
}

mkdir "$out"
for name in exec exec-lld; do
	[ -x "$kernels/$name.elf" ] || fail "$kernels/$name.elf is missing; make test-programs builds it"
	shows "$name" "$kernels/$name.elf"
done

# The payload of the last kernel, as images with an older manifest have one
LC_ALL=C sed 's/\.crel/.reld/' "$payload" >"$work/old"
refused "a payload with relocations of an older bzboot is refused" 1 \
	"$work/old: .reld: relocations as an older bzboot made them: pack the original kernel" \
	pack "$work/old" -o "$image"

mkdir -p "$out"
for name in 6.1-cloud 6.12-cloud latest-cloud; do
	shows "Debian's $name" "$(tools/kernel.sh "$name")"
done
plan
