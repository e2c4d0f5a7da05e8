# SPDX-License-Identifier: BSD-2-Clause
# shellcheck shell=bash disable=SC2154
#
# Kernels of other machines than x86-64, and stubs for them, laid out by hand: nothing of them runs.
# Sourced by tests that have a folder $work, as those after tests/cli.sh.

# lay_out FILE: an assembler's standard input, byte by byte
lay_out() {
	gcc -c -x assembler - -o "$work/laid_out.o"
	objcopy -O binary -j .text "$work/laid_out.o" "$1"
}

# e_machine, and Machine of PE headers
declare -A elf_number=([x86-64]=62 [arm64]=183 [riscv64]=243 [loong64]=258)
declare -A pe_number=([x86-64]=0x8664 [arm64]=0xaa64 [riscv64]=0x5064 [loong64]=0x6264)
# The marks of the machines' Images, 8 bytes at 0x30 and 4 at 0x38 (Linux,
# Documentation/arch/{arm64/booting,riscv/boot-image-header,loongarch/booting}.rst)
declare -A mark_30=([x86-64]=0 [arm64]=0 [riscv64]=0x5643534952 [loong64]=0)
declare -A mark_38=([x86-64]=0 [arm64]=0x644d5241 [riscv64]=0x05435352 [loong64]=0x818223cd)
# Flags at 0x18 of Linux's Image; of loong64, the address that it copies itself to
declare -A mark_18=([x86-64]=0 [arm64]=0xa [riscv64]=0 [loong64]=0x200000)

# The codecs' numbers in the manifest
declare -A codec_number=([none]=0 [gzip]=1 [lzma]=2 [xz]=3 [lz4]=4 [zstd]=5)

# elf_header MACHINE ENTRY: a PIE, with two program headers after it
elf_header() {
	echo ".byte 0x7f, 'E', 'L', 'F', 2, 1, 1
		.org 16
		.short 3, ${elf_number[$1]}
		.long 1
		.quad $2, 64, 0
		.long 0
		.short 64, 56, 2, 64, 0, 0"
}

# pe_headers MACHINE CODE DATA ENTRY VERSION SIZE: of an EFI application with two sections, up to their
# table. CODE and DATA are SizeOfCode and SizeOfInitializedData, VERSION is MajorImageVersion, SIZE is
# SizeOfImage.
pe_headers() {
	echo ".ascii \"PE\\0\\0\"
		.short ${pe_number[$1]}, 2
		.long 0, 0, 0
		.short 160, 0x206
		.short 0x20b, 0
		.long $2, $3, 0, $4, 0x1000
		.quad 0
		.long 0x1000, 0x200
		.short 0, 0, $5, 0, 0, 0
		.long 0, $6, 0x1000, 0
		.short 10, 0x100
		.quad 0, 0, 0, 0
		.long 0, 6
		.quad 0, 0, 0, 0, 0, 0"
}

# make_stand_in FILE MACHINE CODEC: a stub that does nothing: .text of 16 bytes, .data with a blank
# manifest
make_stand_in() {
	lay_out "$1" <<-END
		$(elf_header "$2" 0x1008)
		.long 1, 5
		.quad 0x1000, 0x1000, 0x1000, 16, 16, 0x1000
		.long 1, 6
		.quad 0x2000, 0x2000, 0x2000, 0x400, 0x400, 0x1000
		.org 0x1000, 0
		.ascii "not entered"
		.org 0x2000
		.ascii "bzboot\0\3"
		.long 0, ${codec_number[$3]}
		.org 0x20bf
		.byte 6
		.org 0x2400
	END
}

banner="Linux version 6.12.0-test (me@here) (gcc 12.2.0, ld 2.40) #1 SMP Mon Jan 1 00:00:00 UTC 2024"

# make_application FILE MACHINE [BYTE]: a kernel's Image: headers, .text of 64 KiB at 0x1000, .data of
# 4 KiB at 0x11000, which is followed by 4.5 KiB that are not in the file. BYTE fills the last page.
make_application() {
	lay_out "$1" <<-END
		.ascii "MZ"
		.org 0x10
		.quad 0x13200, ${mark_18[$2]}
		.org 0x30
		.quad ${mark_30[$2]}
		.long ${mark_38[$2]}
		.long 0x40
		$(pe_headers "$2" 0x10000 0x1000 0x1010 3 0x13200)
		.ascii ".text\0\0\0"
		.long 0x10000, 0x1000, 0x10000, 0x1000, 0, 0, 0, 0x60000020
		.ascii ".data\0\0\0"
		.long 0x2200, 0x11000, 0x1000, 0x11000, 0, 0, 0, 0xc0000040
		.org 0x1000
		.ascii "$banner\n\0"
		n = 0
		.rept 8000
		.short (n * n) & 0xffff
		n = n + 7
		.endr
		.org 0x11000
		.fill 4096, 1, ${3-0x5a}
	END
}

# pad_application FILE TO: what firmware loads of it
pad_application() {
	cp "$1" "$2"
	truncate -s "$((0x13200))" "$2"
}

# make_flat_elf FILE APPLICATION MACHINE: the vmlinux of that Image: its segments, end to end, are it
make_flat_elf() {
	lay_out "$1" <<-END
		$(elf_header "$3" 0xffff800080001010)
		.long 1, 5
		.quad 0x10000, 0xffff800080000000, 0xffff800080000000, 0x11000, 0x11000, 0x10000
		.long 1, 6
		.quad 0x30000, 0xffff800080011000, 0xffff800080011000, 0x1000, 0x2200, 0x10000
		.org 0x10000
		.incbin "$2", 0, 0x11000
		.org 0x30000
		.incbin "$2", 0x11000, 0x1000
	END
}

# make_wrapper FILE MACHINE KERNEL: a unified kernel image of another program's making
make_wrapper() {
	lay_out "$1" <<-END
		.ascii "MZ"
		.org 0x3c
		.long 0x40
		$(pe_headers "$2" 0 0 0x1000 0 "size + 0x2000")
		.ascii ".osrel\0\0"
		.long 6, 0x1000, 0x1000, 0x1000, 0, 0, 0, 0x40000040
		.ascii ".linux\0\0"
		.long size, 0x2000, size, 0x2000, 0, 0, 0, 0x40000040
		.org 0x1000
		.ascii "ID=me\n"
		.org 0x2000
		start = .
		.incbin "$3"
		.equ size, . - start
	END
}
