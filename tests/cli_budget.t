#!/usr/bin/env bash
# SPDX-License-Identifier: BSD-2-Clause
#
# bzboot info --budget: the sizes add up to the file, the PCRs are those of bzboot measure, the memory is
# what docs/benchmarks.md has measured, and the estimates are in proportion to its tables.
# shellcheck source=tests/sign.sh
. tests/sign.sh
need gcc jq python3

cloud_kernel
vmlinuz=$(realpath "$vmlinuz")

benchmarks=docs/benchmarks.md
mkdir -p "$out"
make_kernel
make_key db -newkey rsa:2048
printf 'ID=test\nPRETTY_NAME="Test OS"\n' >"$work/osrel"
seq 5000 >"$work/initrd"

# budget FILE [STATUS]: $json; made once, because a kernel takes several seconds
budget() {
	json=$work/budget.${1##*/}
	[ ! "$json" -nt "$1" ] || return 0
	run info --budget --json "$1"
	same "exit status for ${1##*/}" "${2-0}" "$status"
	same "stderr for ${1##*/}" "" "$(<"$work/stderr")"
	cp "$work/stdout" "$json"
	jq -e .budget "$json" >"$work/log" 2>&1 || fault "${1##*/}: $(head -c 200 "$work/log")"
}

# value PATH: in the budget
value() {
	jq -r ".budget$1" "$json"
}

# adds_up FILE: the pieces follow each other from the first byte to the last
adds_up() {
	same "the pieces of ${1##*/}" "$(size_of "$1") true" "$(jq -r '.budget.file |
		"\(map(.size) | add // 0) \(. as $all | [range(length)] |
			all(. as $i | $all[$i].offset == ($all[:$i] | map(.size) | add // 0)))"' "$json")"
	same "the sizes by kind of ${1##*/}" "$(size_of "$1")" "$(value '.sizes | map(.size) | add // 0')"
	same "the kinds of ${1##*/}" true "$(value ' | (.file | group_by(.kind) |
		map({key: .[0].kind, value: (map(.size) | add)}) | from_entries) ==
		(.sizes | map({key: .kind, value: .size}) | from_entries)')"
}

# payload_adds_up SIZE COMPRESSED: the shares of the payload, as "estimated_size" or "compressed_size"
payload_adds_up() {
	same "the kernel" "$1" "$(value '.payload | map(.size) | add')"
	same "the stream" "$2" "$(value ".payload | map(.$3) | add")"
}

# kind NAME: the bytes of a kind
kind() {
	value ".sizes[] | select(.kind == \"$1\").size"
}

# near WHAT EXPECTED ACTUAL PERMILLE
near() {
	awk -v a="$2" -v b="$3" -v limit="$4" 'BEGIN {
		exit !(b + 0 > 0 && (a > b ? a - b : b - a) <= a * limit / 1000) }' ||
		fault "$1: expected $2, within $4 of 1000, but it is $3"
}

# --- sizes ------------------------------------------------------------------------------------

budget "$vmlinuz"
adds_up "$vmlinuz"
payload_adds_up "$(value .decompression.size)" "$(value .decompression.compressed_size)" estimated_size
same "the certificates" "$("$bzboot" info --headers --json "$vmlinuz" | jq .pe.certificate.size)" \
	"$(kind certificates)"
for name in code rodata data tables relocations; do
	[ "$(value ".payload[] | select(.kind == \"$name\").estimated_size")" -gt 100000 ] ||
		fault "the payload of a Linux kernel has too little $name"
done
finish "a distribution's vmlinuz: the sizes add up"

budget "$packed"
adds_up "$packed"
payload_adds_up "$(value .decompression.size)" "$(value .decompression.compressed_size)" estimated_size
relocations=$("$bzboot" info --json "$packed" | jq '.elf.tables | add')
same "the relocations" "$relocations" "$(value '.payload[] | select(.kind == "relocations").size')"
finish "an image: the sizes add up, the relocations are those of the ELF"

run pack "$work/kernel.elf" -o "$work/plain.efi" --compress none --cmdline "quiet splash" \
	--initrd "$work/initrd" --key "$work/db.key" --cert "$work/db.pem"
same "exit status" 0 "$status"
budget "$work/plain.efi"
adds_up "$work/plain.efi"
payload_adds_up "$(value .decompression.size)" "$(value .decompression.size)" compressed_size
same "the command line" 12 "$(kind "command line")"
same "the initrd, in words of four bytes" "$((($(size_of "$work/initrd") + 3) / 4 * 4))" "$(kind initrd)"
same "the certificates" "$("$bzboot" info --headers --json "$work/plain.efi" |
	jq .pe.certificate.size)" "$(kind certificates)"
finish "an image with command line, initrd and signature: their bytes"

run pack "$work/kernel.elf" -o "$work/uki.efi" --uki --os-release "@$work/osrel" --level 1 \
	--cmdline "quiet splash" --initrd "$work/initrd" --profile ID=other
same "exit status" 0 "$status"
budget "$work/uki.efi"
adds_up "$work/uki.efi"
same "the command line" 12 "$(kind "command line")"
same "the initrd, in words of four bytes" "$((($(size_of "$work/initrd") + 3) / 4 * 4))" "$(kind initrd)"
finish "a unified kernel image: the sizes add up"

# Unified kernel images of another program
printf 'quiet splash' >"$work/cmdline"
seq 100000 110000 >"$work/stub"
python3 tests/uki/sections_of.py "$work/foreign.efi" .text="$work/stub" .osrel="$work/osrel" .cmdline="$work/cmdline" \
	.initrd="$work/initrd" .linux="$vmlinuz"
budget "$work/foreign.efi"
adds_up "$work/foreign.efi"
same "the command line" 12 "$(kind "command line")"
same "the initrd" "$(size_of "$work/initrd")" "$(kind initrd)"
payload_adds_up "$(value .decompression.size)" "$(value .decompression.compressed_size)" estimated_size
same "the peak under EFI, which is not known" null "$(value .memory.efi.peak)"
finish "a unified kernel image of another program: the sizes add up, the kernel's too"

# Its payload is a section, with padding after the stream.
python3 tests/uki/sections_of.py "$work/nested.efi" .text="$work/stub" .linux="$work/uki.efi"
budget "$work/nested.efi"
adds_up "$work/nested.efi"
same "the payload is the stream" "$(value .decompression.compressed_size)" "$(kind payload)"
finish "an image of bzboot in a unified kernel image of another program"

# An EFI zboot image of another machine: no setup header, and what is inside is not an ELF
budget "$packed"
payload=$(value '.file[] | select(.name == "payload").offset')
python3 - "$work/zboot.efi" <<-'END'
	import gzip, struct, sys
	stream = gzip.compress(b"Image " * 40000, mtime=0)
	head = b"MZ\0\0zimg" + struct.pack("<II", 0x1000, len(stream)) + bytes(8) + b"gzip".ljust(32, b"\0")
	head += struct.pack("<II", 0x818223cd, 0x40)
	headers = struct.pack("<8sIIIIIIHHI", b".data", 0x2000, 0x1000, 0x2000, 0x1000, 0, 0, 0, 0, 0x40000040)
	pe = b"PE\0\0" + struct.pack("<HHIIIHH", 0xaa64, 1, 0, 0, 0, 240, 0x22)
	pe += struct.pack("<HBBIIIII", 0x20b, 0, 0, 0, 0, 0, 0x1000, 0x1000)
	pe += struct.pack("<QIIHHHHHHIIIIHHQQQQII", 0, 0x1000, 512, 0, 0, 0, 0, 0, 0, 0,
	                  0x3000, 0x1000, 0, 10, 0x100, 0, 0, 0, 0, 0, 16)
	open(sys.argv[1], "wb").write((head + pe + bytes(128) + headers).ljust(0x1000, b"\0") +
	                              stream.ljust(0x2000, b"\0"))
END
budget "$work/zboot.efi"
adds_up "$work/zboot.efi"
same "the decompressed size" 240000 "$(value .decompression.size)"
same "estimates, memory without EFI, peak and shares, which are not known" "null null null null" \
	"$(value ' | "\(.decompression.estimates) \(.memory.loader) \(.memory.efi.peak) \(.payload)"')"
finish "a zboot image of another machine: what is not known is missing"

budget "$work/kernel.elf"
adds_up "$work/kernel.elf"
same "other members" "file sizes" "$(value ' | keys | join(" ")')"
gzip -c "$work/kernel.elf" >"$work/kernel.gz"
budget "$work/kernel.gz"
same "the size of a file that is compressed as a whole" "$(size_of "$work/kernel.elf")" \
	"$(value '.file | map(.size) | add')"
finish "an ELF, also compressed: the sizes add up"

# --- measurements -----------------------------------------------------------------------------

for name in uki.efi plain.efi foreign.efi; do
	budget "$work/$name"
	"$bzboot" measure --json --bank sha256 "$work/$name" >"$work/measured"
	same "PCR 4 of $name" "$(jq -r '.sha256[] | select(.pcr == 4).event' "$work/measured")" \
		"$(value .pcr_4_event)"
	same "PCR 11 of $name" "$(jq -c '[.sha256[] | select(.pcr == 11) | [.phase, .hash]]' \
		"$work/measured")" "$(jq -c '[.budget.pcr_11[]? | [.phase, .sha256]]' "$json")"
done
finish "the PCRs are those of bzboot measure"

budget "$work/plain.efi"
same "bytes that are read" "$(size_of "$work/plain.efi")" "$(value .firmware.read)"
# CheckSum has four bytes, and the directory of certificates eight.
same "bytes that are hashed" "$(($(size_of "$work/plain.efi") - $(kind certificates) - 12))" \
	"$(value .firmware.hashed)"
finish "the firmware hashes all but CheckSum and certificates"

# --- memory -----------------------------------------------------------------------------------

# cell KERNEL COLUMN: of "Memory at boot": kernel, bzboot, distribution, ratio, image, memory_size, image
cell() {
	awk -F ' *[|] *' -v kernel="$1" -v column="$2" '/^## / { here = /Memory at boot/ }
		here && $2 == kernel { print $(column + 1) }' "$benchmarks"
}

measured_initrd=$(awk '/^## / { here = /Memory at boot/ }
	here && /^[0-9]+ KiB, the same for both/ { print $1 }' "$benchmarks")

# Beside the image, whose size depends on the level
budget "$packed"
near "memory of an image under EFI, KiB" \
	"$(($(cell 6.12-cloud 2) - $(cell 6.12-cloud 5) - measured_initrd))" \
	"$((($(value .memory.efi.peak) - $(value '.memory.efi.pieces[0].size')) / 1024))" 5
same "the pieces" "$(value .memory.efi.peak)" "$(value '.memory.efi.pieces | map(.size) | add')"
same "init_size" "$("$bzboot" info --headers --json "$packed" | jq .bzimage.init_size)" \
	"$(value .memory.loader.set_aside)"
budget "$vmlinuz"
near "memory of a distribution's image under EFI, KiB" \
	"$(($(cell 6.12-cloud 3) - measured_initrd))" "$(($(value .memory.efi.peak) / 1024))" 5
finish "the memory under EFI is that of docs/benchmarks.md"

# least KERNEL COLUMN: of "Least memory without EFI", MiB
least() {
	awk -F ' *[|] *' -v kernel="$1" -v column="$2" '/^## / { here = /Least memory/ }
		here && $2 == kernel { print $(column + 1) }' "$benchmarks"
}

# The kernel itself, its initrd and the firmware need some MiB more.
for row in "$vmlinuz 2" "$packed 3"; do
	budget "${row% *}"
	mib=$(($(value .memory.loader.least) >> 20)) measured=$(least 6.12-cloud "${row#* }")
	if [ "$mib" -gt "$measured" ] || [ "$mib" -lt $((measured - 5)) ]; then
		fault "${row% *}: $mib MiB, but $measured were measured"
	fi
done
finish "the least memory without EFI is a little below that of docs/benchmarks.md"

budget "$work/uki.efi"
same "the initrd that the stub joins" "$((($(size_of "$work/initrd") + 3) / 4 * 4))" \
	"$(value '.memory.efi.pieces[] | select(.kind == "initrd").size')"
finish "the stub of a unified kernel image has its initrd twice"

# --- estimates --------------------------------------------------------------------------------

# codec of the source -> its name in documents
rows=$(sed -nE 's/^\t\{ MAKER_([A-Z]+), BZB_CODEC_([A-Z0-9]+), ([0-9]+), ([0-9]+), ([0-9]+) \},$/\1 \2 \3 \4 \5/p' \
	packer/info/estimates.c | tr '[:upper:]' '[:lower:]')
[ "$(wc -l <<<"$rows")" -eq 9 ] || fault "the table of estimates.c has changed its form"
while read -r maker codec instructions size microseconds; do
	column=3 kernel=6.12-cloud
	[ "$maker" = bzboot ] || column=4
	case $maker-$codec in
		linux-xz) kernel=6.1 ;;
		linux-lz4) kernel=6.1-cloud ;;
	esac
	millions=$(awk -F ' *[|] *' -v kernel="$kernel" -v codec="$codec" -v column="$column" '
		/^## / { here = /^## Instructions/ }
		here && $2 == kernel && $3 == codec { print $(column + 1); exit }' "$benchmarks")
	same "instructions, $maker, $codec" "$(awk "BEGIN { print $millions * 10 }")" "$instructions"
	same "size and time, $maker, $codec" "$(awk -F ' *[|] *' -v codec="$codec" -v maker="$maker" '
		/^## / { here = /^## Estimates/ }
		here && tolower($2) == maker && $3 == codec {
			print $4, $5 == "-" ? 0 : $5 * 1000; exit }' "$benchmarks")" "$size $microseconds"
done <<<"$rows"
finish "the constants are those of docs/benchmarks.md"

budget "$packed"
near "instructions" "$(awk -v size="$(value .decompression.size)" 'BEGIN { print 5210 * 1e5 / 42814344 * size }')" \
	"$(value '.decompression.estimates[0].instructions')" 1
near "the time is in proportion to the instructions" \
	"$(value '.decompression.estimates | .[-1].instructions / .[0].instructions * 1e6')" \
	"$(value '.decompression.estimates | .[-1].microseconds / .[0].microseconds * 1e6')" 10
finish "instructions are in proportion to the decompressed size"

# paths FILE: the work of the busiest of 1, 2, 4 and 8 processors, of 10000, by the manifest
paths() {
	python3 - "$1" "$("$bzboot" info --headers --json "$1" |
		jq '.pe.sections[] | select(.name == ".data").raw_offset')" <<-'END'
		import struct, sys
		data = open(sys.argv[1], "rb").read()[int(sys.argv[2]):]
		count, start = struct.unpack_from("<II", data, 0xc8)
		ends = [struct.unpack_from("<III", data, 0x100 + 12 * i)[1] for i in range(count)]
		sizes = sorted((b - a for a, b in zip([start] + ends, ends)), reverse=True)
		last = 20000
		for processors in 1, 2, 4, 8:
		    busy = [0] * processors
		    for size in sizes:
		        busy[busy.index(min(busy))] += size
		    path = max(busy) * 10000 // sum(sizes)
		    if path < last:
		        print(processors, path)
		    last = path
	END
}

for parts in 1 2 8; do
	run pack "$vmlinuz" -o "$work/parts.efi" --level 1 --parts $parts
	budget "$work/parts.efi"
	same "processors with $parts parts" "$(paths "$work/parts.efi")" \
		"$(jq -r '.budget.decompression.estimates | .[0].instructions as $all | .[] |
			"\(.processors) \(.instructions * 10000 / $all | round)"' "$json")"
done
finish "several processors: the part that ends last, by the manifest"

# packed: "CODEC PARTS", and the work of 1, 2, 4 and 8 processors in 1000 parts of what one does
packed() {
	jq -r '.budget.decompression.packed[]? | .estimates as $all | "\(.codec) \(.parts)" + ([1, 2, 4, 8] |
		map(. as $n | $all | map(select(.processors <= $n))[-1].instructions / $all[0].instructions * 1000 |
		round | " \(.)") | add)' "$json"
}

# A large kernel: an image of it has the same estimates, and its own codec is not repeated.
budget "$vmlinuz"
same "codecs" "zstd xz lzma gzip lz4 none" "$(value '.decompression.packed | map(.codec) | join(" ")')"
packed >"$work/packed"
jq '.budget.decompression.packed' "$json" >"$work/of-theirs"
for codec in zstd lz4; do
	run pack "$vmlinuz" -o "$work/$codec.efi" --compress $codec --level 1
	budget "$work/$codec.efi"
	same "parts of $codec" "$(value .decompression.parts)" "$(awk -v codec=$codec '$1 == codec { print $2 }' "$work/packed")"
	same "the other codecs" "$(grep -v "^$codec " "$work/packed")" "$(packed)"
	near "instructions of $codec" "$(value '.decompression.estimates[0].instructions')" \
		"$(jq ".[] | select(.codec == \"$codec\").estimates[0].instructions" "$work/of-theirs")" 1
done
for codec in lzma gzip none; do
	same "$codec, which has one part" "$codec 1 1000 1000 1000 1000" "$(grep "^$codec " "$work/packed")"
done
# zstd and xz are cut so that two processors are about twice as fast; the parts of lz4 are of about one size.
same "parts that are too large" "" "$(awk '$1 ~ /^(zstd|xz)$/ && ($4 < 500 || $4 > 620) ||
	$1 == "lz4" && ($6 < 150 || $6 > 350)' "$work/packed")"
finish "other codecs: as bzboot pack packs the kernel with its defaults"

budget "$work/kernel.elf"
same "an ELF" null "$(value .decompression.packed)"
run pack "$work/kernel.elf" -o "$work/small.efi" --level 1
budget "$work/small.efi"
same "a small kernel" "xz lzma gzip lz4 none: 1" \
	"$(value '.decompression.packed | "\(map(.codec) | join(" ")): \(map(.parts) | unique[])"')"
finish "other codecs of a small kernel have one part"

run info --budget "$work/lz4.efi"
table=$(sed -n '/^  packed /,/^$/p' "$work/stdout")
same "the lines of the table" "packed as by by by by by" "$(awk 'NF { printf "%s%s", n++ ? " " : "", $1 }' <<<"$table")"
budget "$work/lz4.efi"
same "the line of the image" "$(value '.decompression | .estimates as $all | "as it is lz4 \(.parts)" +
	(["instructions", "microseconds"] | map(. as $what | [1, 2, 4, 8] | map(. as $n | $all |
	map(select(.processors <= $n))[-1][$what] / (if $what == "instructions" then 1e5 else 100 end) | round |
	" \(. / 10)") | add) | add)')" "$(sed -nE '/^ *as/ { s/ +/ /g; s/^ //; s/\.0\>//g; p }' <<<"$table")"
run info --budget "$vmlinuz"
same "times that were not measured" 4 "$(awk '$1 == "as" { print gsub(/ -/, "") }' "$work/stdout")"
finish "the table of the text has a line for each codec"

# --- text, errors -----------------------------------------------------------------------------

run info --budget "$work/uki.efi"
same "exit status" 0 "$status"
for word in "hashed: Secure Boot, TPM" "peak" "set aside by the loader: init_size" estimated \
	"PCR 11 after enter-initrd:leave-initrd:sysinit:ready" "command line" initrd; do
	grep -qF -- "$word" "$work/stdout" || fault "'$word' is missing"
done
for row in "uki.efi 0" "foreign.efi 1"; do
	run info --budget "$work/${row% *}"
	same "lines of an unknown peak of ${row% *}" "${row#* }" \
		"$(grep -c '^  peak: not known for this stub$' "$work/stdout")"
done
finish "the text has all facts, and says that a peak is not known"

cp "$packed" "$work/broken.efi"
put "$work/broken.efi" "$payload + 0x1000" 8 0
budget "$work/broken.efi" 1
adds_up "$work/broken.efi"
same "errors" 1 "$(jq '.errors | length' "$json")"
same "shares, which are not known" null "$(value .payload)"
run info --budget "$work/broken.efi"
same "exit status" 1 "$status"
grep -q '^error: payload: ' "$work/stdout" || fault "the text lacks the error"
finish "a damaged payload: an error, and all other facts"

cp "$vmlinuz" "$work/short"
put "$work/short" 0x24c 4 0
budget "$work/short" 1
adds_up "$work/short"
same "errors" 1 "$(jq '.errors | length' "$json")"
finish "no payload: one error"

# The manifest is at the start of .data: memory_size is 8 bytes at 0x28. A sum with it wraps.
data=$("$bzboot" info --headers --json "$packed" | jq '.pe.sections[] | select(.name == ".data").raw_offset')
for memory in 0x7fffffffffffffff 0x100000000 -0x300000; do
	cp "$packed" "$work/wide.efi"
	put "$work/wide.efi" $((data + 0x28)) 8 $memory
	run info --budget --json "$work/wide.efi"
	[ "$status" -le 1 ] || fault "exit status of memory_size $memory: $status"
	cp "$work/stdout" "$json"
	adds_up "$work/wide.efi"
	same "peak and least of memory_size $memory" "null null" \
		"$(value ' | "\(.memory.efi.peak) \(.memory.loader.least)"')"
	run info --map "$work/wide.efi"
	[ "$status" -le 1 ] || fault "exit status of the map of memory_size $memory: $status"
done
finish "a memory_size of more than 32 bits: no peak"

for size in 0 1 64 512 4096 70000; do
	head -c "$size" "$packed" >"$work/cut"
	run info --budget --json "$work/cut"
	same "exit status of $size bytes" 1 "$status"
	cp "$work/stdout" "$json"
	adds_up "$work/cut"
done
head -c 100000 /dev/urandom >"$work/noise"
run info --budget --json "$work/noise"
same "exit status of noise" 1 "$status"
cp "$work/stdout" "$json"
adds_up "$work/noise"
finish "a truncated image, and noise: errors, and the sizes add up"

refused "a file that is missing" 1 "$work/missing: " info --budget "$work/missing"

plan
