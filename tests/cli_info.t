#!/usr/bin/env bash
# SPDX-License-Identifier: BSD-2-Clause
#
# The reports of bzboot info on one of Debian's kernels, on the image packed from it and on the ELF
# inside agree with objdump, readelf, file, zstd and the bytes themselves.
# shellcheck source=tests/cli.sh
. tests/cli.sh
need gcc jq objdump readelf file zstd od

cloud_kernel

json=$work/json

# read_info FILE: $json
read_info() {
	run info --json "$1"
	same "exit status" 0 "$status"
	same stderr "" "$(<"$work/stderr")"
	jq -e . "$work/stdout" >"$json" 2>&1 || fault "not JSON: $(head -c 200 "$work/stdout")"
}

# info PATH: one value, by its path in the JSON
info() {
	jq -r "$1" "$json"
}

# number PATH
number() {
	hex "$(info "$1")"
}

# same_number WHAT EXPECTED PATH
same_number() {
	same "$1 ($3)" "$(hex "$2")" "$(number "$3")"
}

# The setup header: info uses boot.rst's names of fields.
setup_fields="setup_sects 1f1 1  root_flags 1f2 2  syssize 1f4 4  ram_size 1f8 2  vid_mode 1fa 2
	root_dev 1fc 2  boot_flag 1fe 2  jump 200 2  header 202 4  version 206 2
	realmode_swtch 208 4  start_sys_seg 20c 2  kernel_version 20e 2  type_of_loader 210 1
	loadflags 211 1  setup_move_size 212 2  code32_start 214 4  ramdisk_image 218 4
	ramdisk_size 21c 4  bootsect_kludge 220 4  heap_end_ptr 224 2  ext_loader_ver 226 1
	ext_loader_type 227 1  cmd_line_ptr 228 4  initrd_addr_max 22c 4  kernel_alignment 230 4
	relocatable_kernel 234 1  min_alignment 235 1  xloadflags 236 2  cmdline_size 238 4
	hardware_subarch 23c 4  hardware_subarch_data 240 8  payload_offset 248 4
	payload_length 24c 4  setup_data 250 8  pref_address 258 8  init_size 260 4
	handover_offset 264 4  kernel_info_offset 268 4"

check_setup_header() {
	local name offset width
	while read -r name offset width; do
		same_number "the setup header" "$(get "$1" "0x$offset" "$width")" ".bzimage.$name"
	done < <(xargs -n 3 <<<"$setup_fields")
	same_number "setup" "($(get "$1" 0x1f1 1) + 1) * 512" .bzimage.setup_size
	same_number "kernel_info" "$(get "$1" "($(get "$1" 0x1f1 1) + 1) * 512 +\
		$(get "$1" 0x268 4) + 12" 4)" .bzimage.setup_type_max
}

# file(1) finds the kernel's version by the same pointer, and prints a comma after it.
check_version() {
	local text
	text=$(info .bzimage.version_string)
	[[ $(file -bL "$1") == *"bzImage, version $text,"* ]] ||
		fault "file(1) does not print version '$text': $(file -bL "$1")"
	[[ $text == 6.12.*" ("*") #1 "* ]] || fault "a strange version: $text"
}

# pe_field NAME: a field of the optional header, by objdump's name
pe_field() {
	awk -v name="$1" '$1 == name { print "0x" $2; exit }' "$work/objdump"
}

pe_fields="AddressOfEntryPoint entry  ImageBase image_base  SectionAlignment section_alignment
	FileAlignment file_alignment  SizeOfImage size_of_image  SizeOfHeaders size_of_headers
	CheckSum checksum  Subsystem subsystem  DllCharacteristics dll_characteristics
	MajorImageVersion:d major_image_version  MinorImageVersion:d minor_image_version"

check_pe_header() {
	local theirs ours value
	objdump -p "$1" >"$work/objdump"
	while read -r theirs ours; do
		value=$(pe_field "${theirs%:d}")
		[[ $theirs != *:d ]] || value=${value#0x}	# the versions are decimal
		same_number "objdump's $theirs" "$value" ".pe.$ours"
	done < <(xargs -n 2 <<<"$pe_fields")
	same_number "Machine" "$(get "$1" "$(get "$1" 0x3c 4) + 4" 2)" .pe.machine
	# Entry 4 000000000... 00000000 Security Directory
	read -r offset size < <(awk '/Security Directory/ { print "0x" $3, "0x" $4 }' "$work/objdump")
	same_number "the certificate directory" "$offset" .pe.certificate.offset
	same_number "the certificate directory" "$size" .pe.certificate.size
}

# objdump -h: index, name, size, VMA, LMA, offset, alignment; the size is that in the file
check_pe_sections() {
	local expected actual image_base
	image_base=$(info .pe.image_base)
	expected=$(objdump -h -w "$1" | awk '$1 ~ /^[0-9]+$/ { print $2, $3, $4, $6 }' |
		while read -r name size address offset; do
			echo "$name $(hex "0x$size") $(hex "0x$address - $image_base") $(hex "0x$offset")"
		done)
	actual=$(jq -r '.pe.sections[] | "\(.name) \(.raw_size) \(.virtual_address) \(.raw_offset)"' \
		"$json" | while read -r name size address offset; do
			echo "$name $(hex "$size") $(hex "$address") $(hex "$offset")"
		done)
	[ -n "$expected" ] || fault "objdump sees no sections"
	same "objdump's sections" "$expected" "$actual"
}

# The payload, cut out by the offsets in the setup header, not by those from info
check_payload() {
	local pm offset length
	pm=$((($(get "$1" 0x1f1 1) + 1) * 512))
	offset=$((pm + $(get "$1" 0x248 4)))
	length=$(($(get "$1" 0x24c 4)))
	same_number "the payload's offset" "$offset" .payload.offset
	same_number "the stream's size" "$length - 4" .payload.compressed_size
	same_number "the size after it" "$(get "$1" "$offset + $length - 4" 4)" .payload.size
	same "the codec" zstd "$(info .payload.codec)"
	dd if="$1" iflag=skip_bytes,count_bytes skip=$offset count=$((length - 4)) bs=1M status=none |
		zstd -dc >"$work/elf" || fault "zstd cannot decompress it"
	same_number "the decompressed size" "$(size_of "$work/elf")" .payload.size
}

# readelf -lW: type, offset, virtual and physical address, file and memory size, flags, alignment;
# spaces may separate the flags
readelf_segments() {
	readelf -lW "$work/elf" | awk '$1 ~ /^[A-Z]+$/ && $2 ~ /^0x/ {
		flags = ""
		for (i = 7; i < NF; i++)
			flags = flags $i
		sub(/E/, "X", flags)
		print $1, $2, $3, $4, $5, $6, $NF, flags "."
	}'
}

info_segments() {
	jq -r '.elf.segments[] | "\(.type) \(.offset) \(.vaddr) \(.paddr) \(.filesz) \(.memsz)" +
		" \(.align) \(.flags)."' "$json"
}

# in_hex: lines of readelf_segments or info_segments, their numbers spelled alike
in_hex() {
	local type offset vaddr paddr filesz memsz align flags
	while read -r type offset vaddr paddr filesz memsz align flags; do
		printf '%s %x %x %x %x %x %x %s\n' "$type" $((offset)) $((vaddr)) $((paddr)) \
			$((filesz)) $((memsz)) $((align)) "$flags"
	done
}

check_elf() {
	local expected
	expected=$(readelf_segments | in_hex)
	[[ $expected == *LOAD*LOAD* ]] || fault "readelf sees no segments"
	same "readelf's segments" "$expected" "$(info_segments | in_hex)"
	same "readelf's type" "$(readelf -hW "$work/elf" | awk '/^  Type:/ { print $2 }')" \
		"$(info .elf.type)"
	same_number "readelf's entry" "$(readelf -hW "$work/elf" | awk '/Entry point/ { print $4 }')" \
		.elf.entry
}

# The segments without their file offsets and the alignment of the per-CPU one; and without the file
# size of the last one, whose zeros at the end may be bss
segments_in_memory() {
	jq -c '[.elf.segments[] | del(.offset) | if .vaddr == "0x0" then del(.align) else . end] |
		(map(.type == "LOAD") | rindex(true)) as $last | del(.[$last].filesz)' "$json"
}

# The table that kernel builds append: 32-bit fields last, then inverse ones, then 64-bit ones.
count_relocs() {
	tail -c "$1" "$2" | od -An -v -w4 -t x4 --endian=little | tac |
		awk '{ if ($1 == "00000000") list++; else count[list + 0]++ }
		END { print count[2] + 0, count[1] + 0, count[0] + 0, list }'
}

kinds() {
	jq -r '.kinds | sort | join(" ")' "$json"
}

# Debian's kernel

read_info "$vmlinuz"
same "errors" 0 "$(info '.errors | length')"
same "kinds" "PE bzImage" "$(kinds)"
same_number "the size" "$(stat -L -c %s "$vmlinuz")" .size
finish "Debian's kernel: JSON, its kinds, without errors"
check_setup_header "$vmlinuz"
finish "Debian's kernel: the setup header"
check_version "$vmlinuz"
finish "Debian's kernel: its version"
check_pe_header "$vmlinuz"
finish "Debian's kernel: the PE headers"
check_pe_sections "$vmlinuz"
finish "Debian's kernel: the sections"
check_payload "$vmlinuz"
finish "Debian's kernel: the payload"
check_elf
finish "Debian's kernel: the ELF inside"
# The table follows the ELF: a word for each field and, before Linux 6.15, three zeros.
table=$(jq '.elf.relocs | (.count64 + .count32_inverse + .count32 + 3) * 4' "$json")
same "relocations" "$(count_relocs $((table)) "$work/elf")" \
	"$(jq -r '.elf.relocs | "\(.count64) \(.count32_inverse) \(.count32) 3"' "$json")"
relocations=$(jq -c '.elf.relocs' "$json")
kernel_segments=$(segments_in_memory)
version=$(info .bzimage.version_string)
setup_type_max=$(info .bzimage.setup_type_max)
finish "Debian's kernel: the relocations"

# The image packed from it

read_info "$packed"
same "errors" 0 "$(info '.errors | length')"
same "kinds" "PE bzImage bzboot zboot" "$(kinds)"
same_number "the size" "$(size_of "$packed")" .size
finish "the image: JSON, its kinds, without errors"
check_setup_header "$packed"
same_number "setup_type_max, as the kernel's own" "$setup_type_max" .bzimage.setup_type_max
finish "the image: the setup header"
check_version "$packed"
same "the version" "$version" "$(info .bzimage.version_string)"
finish "the image: its version is the kernel's"
check_pe_header "$packed"
finish "the image: the PE headers"
check_pe_sections "$packed"
finish "the image: the sections"
check_payload "$packed"
finish "the image: the payload"
check_elf
finish "the image: the ELF inside"

# zboot-header.S: offset, size without the bytes after the stream, name of the compression
same_number "zboot's payload" "$(get "$packed" 0x08 4)" .zboot.payload_offset
same_number "zboot's payload" "$(number .payload.offset)" .zboot.payload_offset
same_number "zboot's size" "$(get "$packed" 0x0c 4)" .zboot.payload_size
same_number "zboot's size" "$(number .payload.compressed_size)" .zboot.payload_size
codec=$(dd if="$packed" iflag=skip_bytes,count_bytes skip=24 count=32 status=none | tr -d '\0')
same "zboot's codec" "$codec" "$(info .zboot.codec)"
same_number "zboot's PE header" "$(get "$packed" 0x3c 4)" .zboot.pe_offset
finish "the image: the zboot header"

same "the segments in memory" "$kernel_segments" "$(segments_in_memory)"
same_number "the lowest physical address" "$(number .bzimage.pref_address)" .elf.load_address
finish "the image: the segments are the kernel's"
same "relocations" "$relocations" "$(jq -c '.elf.relocs' "$json")"
finish "the image: the relocations are the kernel's"

same_number "the manifest's payload" "$(number .payload.offset)" .manifest.payload_offset
same_number "the manifest's payload" "$(number .payload.compressed_size)" .manifest.payload_size
same_number "the manifest's ELF" "$(size_of "$work/elf")" .manifest.elf_size
same_number "the manifest's image" "$(size_of "$packed")" .manifest.image_size
same_number "the manifest's address" "$(number .bzimage.pref_address)" .manifest.load_address
same_number "the manifest's memory" "$(number .elf.memory_size) + $(number .elf.gap)" \
	.manifest.memory_size
data=$(jq '.pe.sections[] | select(.name == ".data").raw_offset' "$json")
same_number "the manifest's parts" "$(get "$packed" $((data + 0xc8)) 4)" .manifest.parts
finish "the image: the manifest agrees with everything else"

# Other kernels and errors

make_kernel
cp "$work/kernel.elf" "$work/elf"
read_info "$work/elf"
same "kinds" ELF "$(kinds)"
check_elf
finish "an ELF on its own, with bss"

# Bit 6 of xloadflags, without the symbol that decides it
for row in 6.15.3-tst:0 6.16.0-tst:1 7.20.3-tst:1; do
	sed "s/Linux version 1.2.3-test/Linux version ${row%:*}/" "$work/kernel.elf" >"$work/elf"
	run pack "$work/elf" -o "$work/levels.efi" --level 1
	read_info "$work/levels.efi"
	same "five levels" "${row#*:}" "$(($(info .bzimage.xloadflags) >> 6 & 1))"
	finish "an ELF of Linux ${row%.*} without symbols: five levels of page tables, or four"
done

run info "$packed"
same "exit status" 0 "$status"
same stderr "" "$(<"$work/stderr")"
for word in "$version" zstd .text .data LOAD; do
	grep -q -F -e "$word" "$work/stdout" || fault "$word is not mentioned"
done
finish "the text for people has all facts"

# words_of FILE MEMBER TEXT: the text for people has this for the first member of that name
words_of() {
	run info --headers "$1"
	same "$2" "$3" "$(sed -n "s/^ *$2: //p" "$work/stdout" | head -n 1)"
}

words_of "$packed" machine AMD64
words_of "$packed" subsystem EFI_APPLICATION
words_of "$packed" characteristics "EXECUTABLE_IMAGE, LARGE_ADDRESS_AWARE"
words_of "$packed" dll_characteristics NX_COMPAT
words_of "$packed" header HdrS
words_of "$packed" version 2.15
words_of "$packed" boot_flag 0xaa55
words_of "$packed" vid_mode NORMAL
words_of "$packed" loadflags LOADED_HIGH
words_of "$packed" xloadflags "KERNEL_64, CAN_BE_LOADED_ABOVE_4G, EFI_HANDOVER_64, EFI_KEXEC, 5LEVEL, 5LEVEL_ENABLED"
words_of "$packed" hardware_subarch PC
words_of "$packed" flags none
grep -Eq "^    \.text .* CODE, EXECUTE, READ +RX$" "$work/stdout" || fault "no words for .text"
finish "flags and values are words in the text for people"

cp "$packed" "$work/words.efi"
put "$work/words.efi" "$(get "$packed" 0x3c 4) + 4" 2 0x1234
put "$work/words.efi" "$(get "$packed" 0x3c 4) + 24 + 0x44" 2 99
put "$work/words.efi" "$(get "$packed" 0x3c 4) + 24 + 0x46" 2 0x8101
put "$work/words.efi" 0x236 2 0x8001
words_of "$work/words.efi" machine 0x1234
words_of "$work/words.efi" subsystem 0x63
words_of "$work/words.efi" dll_characteristics "NX_COMPAT, TERMINAL_SERVER_AWARE, 0x1"
words_of "$work/words.efi" xloadflags "KERNEL_64, 0x8000"
finish "bits and values without a name are hexadecimal"

# headers_of FILE MEMBER...: --headers shows all but these members
headers_of() {
	local members=.skipped name
	for name in "${@:2}"; do
		members+=,.$name
	done
	read_info "$1"
	jq -S "del($members)" "$json" >"$work/all"
	run info --headers --json "$1"
	same "exit status" 0 "$status"
	same stderr "" "$(<"$work/stderr")"
	same skipped "${*:2}" "$(jq -r '.skipped | join(" ")' "$work/stdout")"
	same "the other members" "$(<"$work/all")" "$(jq -S 'del(.skipped)' "$work/stdout")"
}

headers_of "$packed" payload.kinds elf
headers_of "$vmlinuz" payload.kinds elf
headers_of "$work/kernel.elf" elf.relocs
headers_of "$work/elf" elf.relocs
gzip -c "$work/kernel.elf" >"$work/kernel.gz"
headers_of "$work/kernel.gz" elf.relocs
finish "--headers shows what is in headers, and says what is missing"

"$bzboot" info --json "$packed" >"$work/packed.json"
cp "$packed" "$work/broken.efi"
put "$work/broken.efi" "$(jq .payload.offset "$work/packed.json") + 0x1000" 8 0
run info "$work/broken.efi"
same "exit status" 1 "$status"
run info --headers "$work/broken.efi"
same "exit status with --headers" 0 "$status"
grep -qx "skipped: payload.kinds, elf" "$work/stdout" || fault "it does not say what is missing"
finish "--headers does not decompress the payload"

refused "a file that is missing" 1 "$work/missing: " info "$work/missing"
refused "a folder" 1 "$work: " info --json "$work"
status=0
"$bzboot" info --json "$packed" >/dev/full 2>"$work/stderr" || status=$?
: >"$work/stdout"
expect_refusal 1 ""
finish "a full output is an error"

plan
