#!/usr/bin/env bash
# SPDX-License-Identifier: BSD-2-Clause
#
# bzboot extract finds in images of all kinds exactly the kernel that was packed, and refuses all
# other files. The images are made here, by hand.
# shellcheck source=tests/cli.sh
. tests/cli.sh
need gcc objcopy gzip zstd xz lz4 cmp

cloud_kernel
linux=$vmlinuz

got=$out/kernel
mkdir "$out"

# extracts NAME EXPECTED ARGUMENT...: one test: $got gets the bytes of EXPECTED, and no message is
# printed
extracts() {
	rm -f "$got"
	run extract -o "$got" "${@:3}"
	same "exit status" 0 "$status"
	same output "" "$(cat "$work/stdout" "$work/stderr")"
	cmp -s "$2" "$got" || fault "not the bytes of $2"
	finish "$1"
}

# refuses NAME STATUS SUBJECT ARGUMENT...: one test: like refused in tests/cli.sh
refuses() {
	image=$got
	refused "$1" "$2" "$3" extract -o "$got" "${@:4}"
}

# extracts_saying NAME EXPECTED MESSAGE ARGUMENT...: the same, with a line on stderr
extracts_saying() {
	rm -f "$got"
	run extract -o "$got" "${@:4}"
	same "exit status" 0 "$status"
	# shellcheck disable=SC2053 # a pattern
	[[ $(<"$work/stderr") == $3 ]] || fault "stderr: $(<"$work/stderr")"
	cmp -s "$2" "$got" || fault "not the bytes of $2"
	finish "$1"
}

# compressed CODEC FILE: the stream that kernel builds make
compressed() {
	case $1 in
	gzip) gzip -9nc "$2" ;;
	zstd) zstd -q -19 -c "$2" ;;
	xz) xz --check=crc32 -c "$2" ;;
	lzma) xz --format=lzma -c "$2" ;;
	lz4) lz4 -q -l -c "$2" ;;
	esac
}

# payload CODEC FILE: the stream with the size after it, which gzip already contains
payload() {
	compressed "$1" "$2" >"$work/stream"
	if [ "$1" = gzip ]; then cat "$work/stream"; else make_payload "$work/stream" "$2"; fi
}

# part FILE OFFSET SIZE
part() {
	dd if="$1" bs=64K iflag=skip_bytes,count_bytes skip=$(($2)) count=$(($3)) status=none
}

make_kernel
kernel=$work/kernel.elf

# --- bzImages --------------------------------------------------------------------

for codec in gzip zstd xz lzma lz4; do
	payload "$codec" "$kernel" >"$work/payload"
	make_bzimage "$work/$codec.bz" "$work/payload"
	extracts "a bzImage, $codec" "$kernel" "$work/$codec.bz"
	extracts "a bzImage, $codec, --raw" "$work/stream" "$work/$codec.bz" --raw
done
make_bzimage "$work/none.bz" "$kernel"
extracts "a bzImage that is not compressed" "$kernel" "$work/none.bz"

run extract "$linux" -o "$work/linux.elf"
same "exit status" 0 "$status"
[[ $(file -b "$work/linux.elf") == "ELF 64-bit LSB executable, x86-64"* ]] ||
	fault "$(file -b "$work/linux.elf")"
offset=$((($(get "$linux" 0x1f1 1) + 1) * 512 + $(get "$linux" 0x248 4)))
part "$linux" $offset "$(get "$linux" 0x24c 4) - 4" |
	zstd -q -d -c | cmp -s - "$work/linux.elf" || fault "not what zstd decompresses"
finish "Debian's kernel"

# --- images of ours ----------------------------------------------------------------

# packs OUT KERNEL
packs() {
	run pack "$2" -o "$1" --level 3
	same "exit status of pack $2" 0 "$status"
}

packs "$work/image1" "$linux"
run extract "$work/image1" -o "$work/payload1"
packs "$work/image2" "$work/payload1"
run extract "$work/image2" -o "$work/payload2"
cmp -s "$work/image1" "$work/image2" || fault "the images differ"
cmp -s "$work/payload1" "$work/payload2" || fault "the payloads differ"
finish "an extracted kernel, packed again, makes the same image"

# Debian's kernel ends with zeros, which are bss.
[ "$(size_of "$work/payload1")" -lt "$(size_of "$work/linux.elf")" ] || fault "not shorter"
[ "$(get "$work/payload1" $(($(size_of "$work/payload1") - 1)) 1)" != 0 ] || fault "zeros at the end"
finish "an extracted kernel does not end with zeros"

part "$work/image1" "$(get "$work/image1" 8 4)" "$(get "$work/image1" 12 4)" >"$work/raw"
extracts "an image of ours, --raw" "$work/raw" "$work/image1" --raw
run extract "$work/image1" --section .text -o "$got"
part "$work/image1" 0x2000 "$(size_of "$got")" | cmp -s - "$got" || fault "not .text"
[ "$(size_of "$got")" -ge 4096 ] || fault "a short .text"
finish "an image of ours, --section"

# --- zboot images of other machines ---------------------------------------------------

# make_zboot FILE MACHINE NAME STREAM: Linux, drivers/firmware/efi/libstub/zboot-header.S
make_zboot() {
	local size
	rm -f "$1"
	truncate -s 4096 "$1"
	put "$1" 0 2 0x5a4d
	printf 'zimg' | dd of="$1" bs=1 seek=4 conv=notrunc status=none
	put "$1" 8 4 4096
	size=$(size_of "$4")
	[ "$3" = gzip ] || size=$((size - 4))
	put "$1" 12 4 "$size"
	printf '%s' "$3" | dd of="$1" bs=1 seek=24 conv=notrunc status=none
	put "$1" 0x38 4 0x818223cd
	put "$1" 0x3c 4 0x40
	put "$1" 0x40 4 0x4550
	put "$1" 0x44 2 "$2"
	cat "$4" >>"$1"
}

# An "Image": PE, with the mark of arm64 at 0x38
truncate -s 100000 "$work/Image"
put "$work/Image" 0 2 0x5a4d
put "$work/Image" 0x38 4 0x644d5241
seq 1 9000 >>"$work/Image"

while read -r name machine codec string; do
	payload "$codec" "$work/Image" >"$work/payload"
	make_zboot "$work/$name.zboot" "$machine" "$string" "$work/payload"
	extracts "a zboot image, $name, $string" "$work/Image" "$work/$name.zboot"
done <<-'END'
	arm64 0xaa64 gzip gzip
	arm64-zstd 0xaa64 zstd zstd22
	riscv64 0x5064 zstd zstd
	loongarch64 0x6264 xz xzkern
END
extracts "a zboot image, --raw" "$work/stream" "$work/loongarch64.zboot" --raw

# --- unified kernel images ------------------------------------------------------------

# make_pe FILE: a PE image with one section, .text; make_uki FILE KERNEL: one with .linux, too
make_pe() {
	printf '.globl efi_main\nefi_main: ret\n' | gcc -c -x assembler - -o "$work/pe.o"
	objcopy -O pe-x86-64 "$work/pe.o" "$work/pe.obj"
	ld -m i386pep --image-base 0 --subsystem 10 -e efi_main "$work/pe.obj" -o "$1"
}

make_uki() {
	make_pe "$work/stub.pe"
	objcopy --add-section ".linux=$2" --change-section-vma .linux=0x1000000 \
		"$work/stub.pe" "$1"
}

make_uki "$work/uki" "$work/zstd.bz"
extracts "a unified kernel image" "$kernel" "$work/uki"
run extract "$work/uki" --section .linux -o "$got"
part "$got" 0 "$(size_of "$work/zstd.bz")" | cmp -s - "$work/zstd.bz" || fault "not .linux"
finish "a unified kernel image, --section .linux"
make_uki "$work/uki" "$work/arm64.zboot"
extracts "a unified kernel image with a zboot image" "$work/Image" "$work/uki"
make_uki "$work/uki" "$work/image1"
extracts "a unified kernel image with an image of ours" "$work/payload1" "$work/uki"
refuses "a section that is not there" 1 "$work/uki: PE: there is no section .nope" \
	"$work/uki" --section .nope

# --- without headers ------------------------------------------------------------------

for codec in gzip zstd xz lzma; do
	{
		seq 1 1000
		compressed "$codec" "$kernel"
		seq 1 1000
	} >"$work/headless"
	extracts_saying "a $codec stream somewhere in a file" "$kernel" \
		"bzboot: $work/headless: no header * $codec stream at offset 0xf35" "$work/headless"
done
{
	seq 1 1000
	lz4 -q -c "$kernel"
	seq 1 1000
} >"$work/headless"
extracts_saying "an lz4 frame somewhere in a file" "$kernel" \
	"bzboot: $work/headless: no header * lz4 stream at offset 0xf35" "$work/headless"

head -c 100M /dev/urandom >"$work/noise"
TIMEFORMAT=%U
took=$({ time "$bzboot" extract "$work/noise" -o "$work/nothing" 2>"$work/stderr"; } 2>&1) || true
grep -q "not an image with a kernel in it" "$work/stderr" || fault "$(<"$work/stderr")"
awk "BEGIN { exit $took > 2 }" || fault "it took $took s"
finish "100 MB of noise are searched in less than 2 s of CPU time"

cp "$work/gzip.bz" "$work/old.bz"
put "$work/old.bz" 0x206 2 0x0207
extracts_saying "a bzImage of protocol 2.07" "$kernel" "*no header * gzip stream at offset 0x400" \
	"$work/old.bz"

# --- pipes ----------------------------------------------------------------------------

"$bzboot" extract - -o - <"$work/image1" 2>"$work/stderr" | cmp -s - "$work/payload1" ||
	fault "not the kernel"
same stderr "" "$(<"$work/stderr")"
finish "from standard input to standard output"
status=0
"$bzboot" extract "$work/zstd.bz" -o - >/dev/full 2>"$work/stderr" || status=$?
same "exit status" 1 "$status"
[[ $(<"$work/stderr") == *"cannot write"* ]] || fault "stderr: $(<"$work/stderr")"
finish "standard output is full"

# --- refused -----------------------------------------------------------------------------

size=$(size_of "$kernel")
extracts "exactly --max-size bytes" "$kernel" "$work/zstd.bz" --max-size "$size"
refuses "larger than --max-size" 1 "$work/zstd.bz: payload: $size bytes" "$work/zstd.bz" \
	--max-size $((size - 1))
{
	seq 1 1000
	compressed gzip "$kernel"
} >"$work/headless"
refuses "larger than --max-size, without headers" 1 "$work/headless: is a file of unknown \
format, not an image with a kernel in it" \
	"$work/headless" --max-size 64K

# A bomb: 200 MiB of zeros in a payload whose trailer says 1 MiB, or 4 GiB
head -c 200M /dev/zero | zstd -q -c >"$work/bomb"
for says in $((1 << 20)) $((0xffffffff)); do
	{
		cat "$work/bomb"
		bytes_le 4 "$says"
	} >"$work/payload"
	make_bzimage "$work/bomb.bz" "$work/payload"
	run extract "$work/bomb.bz" -o "$work/nothing"
	same "exit status" 1 "$status"
	[[ $(<"$work/stderr") == "bzboot: $work/bomb.bz: payload: "* ]] ||
		fault "stderr: $(<"$work/stderr")"
	[ ! -e "$work/nothing" ] || fault "written"
	finish "a bomb with a trailer of $says bytes"
done

payload zstd "$kernel" >"$work/payload"
put "$work/payload" $(($(size_of "$work/payload") - 4)) 4 $((size + 1))
make_bzimage "$work/wrong.bz" "$work/payload"
refuses "a trailer with another size" 1 "$work/wrong.bz: payload: " "$work/wrong.bz"
cp "$work/zstd.bz" "$work/damaged.bz"
put "$work/damaged.bz" 2000 4 0
refuses "a damaged payload" 1 "$work/damaged.bz: payload: " "$work/damaged.bz"
refuses "an ELF" 1 "$kernel: is an x86-64 ELF file, not an image with a kernel in it" "$kernel"
refuses "a text" 1 "$work/numbers: is a file of unknown format, not an image" "$work/numbers"
make_uki "$work/text.uki" "$work/numbers"
refuses "a unified kernel image with a text" 1 \
	"$work/text.uki: section .linux: is a file of unknown format" "$work/text.uki"
refuses "a file that is not there" 1 "$work/absent: " "$work/absent"
refuses "a section of an ELF" 1 "$kernel: is an x86-64 ELF file, not a PE image" "$kernel" --section .text
refuses "--raw and --section" 2 "extract: " "$kernel" --raw --section .text
for size in 0 -1 1X 1KK 2G 99999999999999999999 "" K; do
	refuses "--max-size '$size'" 2 "extract: --max-size" "$work/zstd.bz" --max-size "$size"
done
refuses "no image" 2 "extract: missing argument: image"
refuses "two images" 2 "extract: more than one image" a b
refused "no output" 2 "extract: missing option: -o FILE" extract "$work/zstd.bz"
plan
