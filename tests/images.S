/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Images laid out by hand from the specifications of their formats, so that the
 * code under test does not produce its own evidence. Every offset is a number;
 * each image has a section of its own, in which .org is an offset from the
 * start of the image, and the assembler rejects fields that overlap.
 */
	.macro	image name
	.section .rodata.\name, "a", @progbits
	.globl	\name, \name\()_end
\name:
	.endm

	.macro	endimage name
\name\()_end:
	.endm

/* System V gABI, chapter 4 "ELF Header" (0x40 bytes), "Sections" (0x40 each);
 * chapter 5 "Program Header" (0x38 each). */
	.macro	ehdr type, entry, phoff, phnum, shoff=0, shnum=0, shstrndx=0
	.byte	0x7f, 'E', 'L', 'F', 2, 1, 1, 0
	.quad	0
	.short	\type, 62		/* e_type; e_machine: x86-64 */
	.long	1			/* e_version */
	.quad	\entry, \phoff, \shoff
	.long	0			/* e_flags */
	.short	0x40, 0x38, \phnum, 0x40, \shnum, \shstrndx
	.endm

	.macro	phdr type, flags, offset, vaddr, paddr, filesz, memsz, align
	.long	\type, \flags
	.quad	\offset, \vaddr, \paddr, \filesz, \memsz, \align
	.endm

	.macro	shdr name, type, flags, addr, offset, size, link=0, info=0, addralign=1, entsize=0
	.long	\name, \type
	.quad	\flags, \addr, \offset, \size
	.long	\link, \info
	.quad	\addralign, \entsize
	.endm

/*
 * Each table is followed by an entry that its count excludes and that every
 * parser would refuse.
 *
 * A kernel as Linux links it: physical entry, per-CPU data at virtual address
 * 0 between the others. Names: .text 1, .bss 7, .shstrtab 12. Two sections are
 * called .text.
 */
	image	elf_linux
	ehdr	type=2, entry=0x1000010, phoff=0x40, phnum=4, shoff=0x2c0, shnum=5, shstrndx=3
	.org	0x40
	phdr	4, 4, 0x220, 0xffffffff81000020, 0x1000020, 0x18, 0x18, 4
	.org	0x78
	phdr	1, 5, 0x200, 0xffffffff81000000, 0x1000000, 0x40, 0x40, 0x200000
	.org	0xb0
	phdr	1, 6, 0x240, 0, 0x1001000, 0x10, 0x20, 0x1000
	.org	0xe8
	phdr	1, 7, 0x250, 0xffffffff81002000, 0x1002000, 0x20, 0x1000, 0x200000
	.org	0x120
	phdr	1, 7, 0x4000, 0, 0x500000, 0x20, 0x10, 1
	.org	0x200
	.fill	0x40, 1, 0x90
	.org	0x240
	.fill	0x10, 1, 0xc1
	.org	0x250
	.fill	0x20, 1, 0xda
	.org	0x270
	.asciz	"", ".text", ".bss", ".shstrtab"
	.org	0x2c0
	shdr	0, 0, 0, 0, 0, 0
	.org	0x300
	shdr	1, 1, 6, 0xffffffff81000000, 0x200, 0x40, 0x11, 0x12, 0x1000, 0x13
	.org	0x340
	shdr	7, 8, 3, 0xffffffff81002020, 0x270, 0xfe0
	.org	0x380
	shdr	12, 3, 0, 0, 0x270, 0x16
	.org	0x3c0
	shdr	1, 1, 6, 0xffffffff81002000, 0x250, 0x20
	.org	0x400
	endimage elf_linux

/*
 * The first bytes of a payload ELF (bzboot/kernel_elf.h): a gap of 2 MiB, the entry
 * at 0x18 of the second segment, bss after both. The bytes of the second
 * segment end at 0x201020; it occupies memory up to 0x202000. The note is in
 * the first segment, but its addresses are elsewhere.
 */
	image	payload_elf_head
	ehdr	type=2, entry=0x1001018, phoff=0x40, phnum=3
	.org	0x40
	phdr	1, 5, 0x200000, 0xffffffff81000000, 0x1000000, 0x30, 0x80, 0x200000
	.org	0x78
	phdr	1, 7, 0x201000, 0xffffffff81001000, 0x1001000, 0x20, 0x1000, 0x1000
	.org	0xb0
	phdr	4, 4, 0x200008, 0, 0x5000000, 0x8, 0x18, 4
	.org	0xe8
	phdr	1, 7, 0x100, 0, 0x1000100, 0x20, 0x30, 1
	.org	0x120
	endimage payload_elf_head

/* Microsoft, "PE Format": COFF header after the signature, optional header,
 * data directories, section table (0x28 bytes each). */
	.macro	coff machine, sections, optional_size, characteristics
	.byte	'P', 'E', 0, 0
	.short	\machine, \sections
	.long	0, 0, 0			/* time stamp, symbols */
	.short	\optional_size, \characteristics
	.endm

	.macro	section name, va, vsize, raw, rawsize, characteristics
1:	.ascii	"\name"
	.org	1b + 8
	.long	\vsize, \va, \rawsize, \raw, 0, 0
	.short	0, 0
	.long	\characteristics
	.endm

/* PE32+, 0xd0 bytes of optional header with 6 directories at offset \at. */
	.macro	optional64 at, entry, image_size, headers_size, certificates=0, certificates_size=0
	.org	\at + 0x00
	.short	0x20b
	.org	\at + 0x10
	.long	\entry
	.org	\at + 0x18
	.quad	0x140000000		/* ImageBase */
	.long	0x1000, 0x200		/* SectionAlignment, FileAlignment */
	.org	\at + 0x2c
	.short	3, 4			/* image version */
	.org	\at + 0x38
	.long	\image_size, \headers_size
	.long	0x11223344		/* CheckSum */
	.short	10, 0x100		/* Subsystem, DllCharacteristics */
	.org	\at + 0x6c
	.long	6			/* NumberOfRvaAndSizes */
	.org	\at + 0x90		/* directory 4, certificates */
	.long	\certificates, \certificates_size
	.long	0x2000, 12		/* directory 5, base relocations */
	.org	\at + 0xa0
	.endm

	.macro	dos_header pe_offset
	.org	0
	.byte	'M', 'Z'
	.org	0x3c
	.long	\pe_offset
	.endm

	image	pe_x86_64
	dos_header 0x40
	.org	0x40
	coff	0x8664, 3, 0xa0, 0x22
	optional64 0x58, 0x1040, 0x4000, 0x200, 0x3c0, 0x20
	.org	0xf8
	section	".text", 0x1000, 0x100, 0x200, 0x100, 0x60000020
	section	".data", 0x2000, 0x180, 0x300, 0x80, 0xc0000040
	section	".payload", 0x3000, 0x40, 0x380, 0x40, 0x40000040
	.org	0x170
	section	".nothing", 0x4000, 0x40, 0x4000, 0x40, 0x40000040
	.org	0x200
	.fill	0x100, 1, 0xcc
	.org	0x3c0
	.long	0x20			/* WIN_CERTIFICATE: length, revision, type */
	.short	0x0200, 0x0002
	.org	0x3e0
	endimage pe_x86_64

/* PE32 of another machine, 16 directories. */
	image	pe32_i386
	dos_header 0x80
	.org	0x80
	coff	0x14c, 1, 0xe0, 0x102
	.org	0x98
	.short	0x10b
	.org	0x98 + 0x10
	.long	0x1004
	.org	0x98 + 0x1c
	.long	0x400000, 0x2000, 0x400	/* ImageBase, SectionAlignment, FileAlignment */
	.org	0x98 + 0x2c
	.short	5, 6
	.org	0x98 + 0x38
	.long	0x2000, 0x200, 0x55667788
	.short	11, 0x140
	.org	0x98 + 0x5c
	.long	16
	.org	0x98 + 0x80		/* directory 4 */
	.long	0x240, 0x18, 0x3000, 7
	.org	0x178
	section	".text", 0x1000, 0x40, 0x200, 0x40, 0x60000020
	.org	0x258
	endimage pe32_i386

/* Linux, drivers/firmware/efi/libstub/zboot-header.S */
	.macro	zboot_header offset, size, codec, pe_offset=0x40
	.byte	'M', 'Z', 0, 0, 'z', 'i', 'm', 'g'
	.long	\offset, \size, 0, 0
	.ascii	"\codec"
	.org	0x38
	.long	0x818223cd, \pe_offset
	.endm

/* The payload of 0x24 bytes, followed as always by its size in 4 bytes */
	image	zboot_zstd
	zboot_header 0x60, 0x24, "zstd"
	.org	0x60
	.long	0xfd2fb528
	.org	0x84
	endimage zboot_zstd

/*
 * Linux, Documentation/arch/x86/boot.rst, protocol 2.15. No field is zero, so
 * that a test notices each one missing. The offsets of both macros are in the file.
 */
	.macro	setup_header sectors, payload, length, version=0x020f, header_size=0x6a
	.org	0x1f1
	.byte	\sectors
	.short	1			/* root_flags */
	.long	0x10
	.short	0x1f8, 0x1fa, 0x1fc
	.short	0xaa55
	.org	0x200
	.byte	0xeb, \header_size, 'H', 'd', 'r', 'S'
	.short	\version
	.long	0x20802080
	.short	0x20c0, 0x100		/* start_sys_seg; kernel_version at 0x300 */
	.byte	0x10, 0x01		/* type_of_loader, loadflags: LOADED_HIGH */
	.short	0x2120
	.org	0x214
	.long	0x100000, 0x21802180, 0x21c021c0, 0x22002200
	.org	0x224
	.short	0x2240
	.byte	0x26, 0x27
	.long	0x22802280, 0x7fffffff
	.org	0x230
	.long	0x200000
	.byte	1, 21
	.short	0x3b
	.long	2047, 0x23c023c0
	.org	0x240
	.quad	0x2400240024002400
	.org	0x248
	.long	\payload, \length
	.quad	0x2525252525252525, 0x1000000
	.org	0x260
	.long	0x2600000, 0x190, 0x80
	.endm

/* Setup of two sectors; the payload, a zstd stream of 0x20 bytes and the size
 * after it, ends the file. */
	image	bzimage_2_15
	setup_header sectors=1, payload=0x40, length=0x24
	.org	0x300
	.asciz	"6.12.1 (root@host) #1 SMP"
	.org	0x440
	.long	0xfd2fb528
	.org	0x460
	.long	0x123456
	.org	0x464
	endimage bzimage_2_15

/*
 * An image of bzboot: a file of five pages that is a zboot image, a PE image
 * and a bzImage. Setup is one page, then .text, .data with the manifest
 * (bzboot/manifest.h), .payload. Offsets of the setup header within the
 * manifest are those in the file minus 0x1f1 - 0x44.
 */
	image	hybrid
	zboot_header 0x3000, 0x1ff0, "zstd"
	.org	0x40
	coff	0x8664, 3, 0xa0, 0x22
	optional64 0x58, 0x1300, 0x5000, 0x1000
	.org	0xf8
	section	".text", 0x1000, 0x1000, 0x1000, 0x1000, 0x60000020
	section	".data", 0x2000, 0x1000, 0x2000, 0x1000, 0xc0000040
	section	".payload", 0x3000, 0x2000, 0x3000, 0x2000, 0x40000040
	setup_header sectors=7, payload=0x2000, length=0x1ff4
	.org	0x2000
	.byte	'b', 'z', 'b', 'o', 'o', 't', 0, 3
	.org	0x3000
	.long	0xfd2fb528
	.org	0x4ff0
	.long	0x400000
	.org	0x5000
	endimage hybrid

/* A manifest as the packer fills it in (bzboot/manifest.h). */
	image	manifest_zstd
	.byte	'b', 'z', 'b', 'o', 'o', 't', 0, 3
	.long	0x6000, 5		/* image_size; codec: zstd */
	.long	0x3000, 0x1ff0, 0x400000
	.long	0x200000		/* alignment */
	.quad	0x1000000, 0x600000	/* load_address, memory_size */
	.long	0x200000		/* gap */
	.long	0x5000, 0x80, 0x5800, 0x800	/* command line, initrd */
	.org	0x44
	.byte	7			/* setup header: first, xloadflags, */
	.org	0x89			/* handover_offset, kernel_info_offset */
	.short	0x3b
	.org	0xb7
	.long	0x190, 0x80
	.org	0xc8
	.long	1, 9			/* one part, from 9 */
	.org	0x100
	.long	0xfedcba98, 0x1fec, 0x400000	/* checksum, end, elf_end */
	endimage manifest_zstd

	.section .note.GNU-stack, "", @progbits
