/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * ELF64 kernels: the headers in the file (System V gABI, chapters 4
 * and 5), and the numbers that a loader takes from them.
 */
#ifndef BZBOOT_ELF_H
#define BZBOOT_ELF_H

#include <bzboot/machine.h>

enum {
	BZB_ELFCLASS64 = 2,
	BZB_ELFDATA2LSB = 1,
	BZB_EV_CURRENT = 1,
	BZB_ET_EXEC = 2,
	BZB_ET_DYN = 3,
	BZB_PT_LOAD = 1,
	BZB_PT_DYNAMIC = 2,
	BZB_PT_NOTE = 4,
	BZB_PF_X = 1,
	BZB_PF_W = 2,
	BZB_PF_R = 4,
	BZB_SHT_NULL = 0,
	BZB_SHT_PROGBITS = 1,
	BZB_SHT_SYMTAB = 2,
	BZB_SHT_STRTAB = 3,
	BZB_SHT_RELA = 4,
	BZB_SHT_NOTE = 7,
	BZB_SHT_NOBITS = 8,
	BZB_SHT_DYNSYM = 11,
	BZB_SHF_ALLOC = 2,
	BZB_SHF_EXECINSTR = 4,
	BZB_PN_XNUM = 0xffff, /* gABI, e_phnum: see sh_info of section 0 */
	BZB_SHN_UNDEF = 0,    /* gABI, "Special Section Indexes" */
	BZB_SHN_LORESERVE = 0xff00,
	BZB_SHN_ABS = 0xfff1,
	BZB_STB_LOCAL = 0, /* gABI, "Symbol Table" */
	BZB_STB_WEAK = 2,
	BZB_STT_NOTYPE = 0,
	BZB_STT_FUNC = 2,
	BZB_STT_SECTION = 3,
	BZB_STT_FILE = 4,
	BZB_STT_TLS = 6,
	BZB_SHN_XINDEX = 0xffff, /* e_shstrndx: see sh_link of section 0 */
};

/*
 * Limits far above any kernel: Linux has six program headers, and section names of less than
 * 100 characters. They bound the time of tools that look up each field of a kernel in its segments,
 * or each section by its name, even if a file is made to delay them. The program headers and the
 * ELF header fit in 4096 bytes.
 */
#define BZB_ELF_PHDRS_MAX 72u
#define BZB_ELF_NAME_MAX 1024u		/* bytes without NUL */

/* gABI, "ELF Header" */
struct bzb_elf_ehdr {
	unsigned char e_ident[16]; /* 0x00 7f "ELF", class, data, version */
	bzb_le16 e_type;	   /* 0x10 */
	bzb_le16 e_machine;	   /* 0x12 */
	bzb_le32 e_version;	   /* 0x14 */
	bzb_le64 e_entry;	   /* 0x18 */
	bzb_le64 e_phoff;	   /* 0x20 */
	bzb_le64 e_shoff;	   /* 0x28 */
	bzb_le32 e_flags;	   /* 0x30 */
	bzb_le16 e_ehsize;	   /* 0x34 */
	bzb_le16 e_phentsize;	   /* 0x36 */
	bzb_le16 e_phnum;	   /* 0x38 */
	bzb_le16 e_shentsize;	   /* 0x3a */
	bzb_le16 e_shnum;	   /* 0x3c */
	bzb_le16 e_shstrndx;	   /* 0x3e */
};
_Static_assert(sizeof(struct bzb_elf_ehdr) == 64, "Elf64_Ehdr");

/* gABI, "Program Header" */
struct bzb_elf_phdr {
	bzb_le32 p_type;
	bzb_le32 p_flags;
	bzb_le64 p_offset;
	bzb_le64 p_vaddr;
	bzb_le64 p_paddr;
	bzb_le64 p_filesz;
	bzb_le64 p_memsz;
	bzb_le64 p_align;
};
_Static_assert(sizeof(struct bzb_elf_phdr) == 56, "Elf64_Phdr");

/* gABI, "Section Header" */
struct bzb_elf_shdr {
	bzb_le32 sh_name;
	bzb_le32 sh_type;
	bzb_le64 sh_flags;
	bzb_le64 sh_addr;
	bzb_le64 sh_offset;
	bzb_le64 sh_size;
	bzb_le32 sh_link;
	bzb_le32 sh_info;
	bzb_le64 sh_addralign;
	bzb_le64 sh_entsize;
};
_Static_assert(sizeof(struct bzb_elf_shdr) == 64, "Elf64_Shdr");

/* gABI, "Symbol Table Entry" */
struct bzb_elf_sym {
	bzb_le32 st_name;
	unsigned char st_info, st_other;
	bzb_le16 st_shndx;
	bzb_le64 st_value;
	bzb_le64 st_size;
};
_Static_assert(sizeof(struct bzb_elf_sym) == 24, "Elf64_Sym");

/* gABI, "Relocation": Elf64_Rela */
struct bzb_elf_rela {
	bzb_le64 r_offset;
	bzb_le32 r_type; /* r_info, low half */
	bzb_le32 r_sym;	 /* r_info, high half */
	bzb_le64 r_addend;
};
_Static_assert(sizeof(struct bzb_elf_rela) == 24, "Elf64_Rela");

/* A program header in native integers. All sizes are in bytes. */
struct bzb_elf_segment {
	uint32_t type, flags;
	uint64_t offset, vaddr, paddr, filesz, memsz, align;
};

/* Intel SDM, volume 3, 4.2: the smallest page of x86-64, bytes. */
#define BZB_PAGE_SIZE 4096u

/* A section header in native integers. bzb_elf_section_name() finds the name. */
struct bzb_elf_section {
	uint32_t name, type;
	uint64_t flags, addr, offset, size;
	uint32_t link, info;
	uint64_t addralign, entsize;
};

/* A kernel in ELF, as bzb_elf_parse() found it. */
struct bzb_elf {
	struct bzb_span file; /* the parsed file, whole */
	uint16_t type;	      /* BZB_ET_EXEC or BZB_ET_DYN */
	uint64_t entry;	      /* e_entry */
	uint64_t phoff, shoff;
	unsigned int phnum, shnum, shstrndx;

	uint64_t load_address;	  /* lowest p_paddr of all PT_LOAD */
	uint64_t virtual_address; /* p_vaddr of that PT_LOAD */
	uint64_t memory_size;	  /* from load_address to the highest p_paddr + p_memsz */
	uint64_t entry_offset;	  /* of the entry point, from load_address */
	uint64_t end;		  /* file offset after the last byte that any
				     header or table refers to */
};

/**
 * bzb_elf_parse() - read a kernel in ELF
 * @file: the file; other bytes may follow the ELF (see bzb_elf.end)
 * @ret: the result; untouched on error; refers to @file
 *
 * All that a loader relies on is checked: the headers are inside the file; every
 * PT_LOAD has its bytes in the file and p_filesz <= p_memsz; the PT_LOADs ascend
 * by p_paddr and do not overlap there (Linux's per-CPU segment has p_vaddr 0, so
 * virtual addresses need not ascend); the entry point lies in a segment. e_entry is
 * a physical address if it lies within the physical addresses of a segment, as in
 * Linux, else a virtual address. Sections are not required. Numbers of sections and
 * segments that do not fit in 16 bits are read from section header 0.
 *
 * The kernel is for the machine that this code is compiled for (BZB_EM_NATIVE). Compiled with
 * BZB_ALL_MACHINES, as for the program bzboot, it reads those of all machines.
 *
 * returns:
 *	0, on success
 *	-BZB_ERR_BADMAGIC, not an ELF file
 *	-BZB_ERR_BADCLASS, -BZB_ERR_BADENDIAN, -BZB_ERR_BADVERSION,
 *	-BZB_ERR_BADMACHINE, -BZB_ERR_BADTYPE, an ELF file of another kind
 *	-BZB_ERR_BADHEADER, e_phentsize or e_shentsize is not that of ELF64
 *	-BZB_ERR_TRUNCATED, headers, a segment or a section goes past the end
 *	-BZB_ERR_TOOLARGE, more than BZB_ELF_PHDRS_MAX program headers
 *	-BZB_ERR_NOSEGMENT, no PT_LOAD that occupies memory
 *	-BZB_ERR_BADSEGMENT, p_filesz > p_memsz, or addresses that wrap
 *	-BZB_ERR_OVERLAP, PT_LOADs overlap or do not ascend
 *	-BZB_ERR_BADENTRY, the entry point is outside every PT_LOAD
 */
int bzb_elf_parse(struct bzb_span file, struct bzb_elf *ret);

/**
 * bzb_elf_parse_loaded() - read a kernel in ELF without its end
 * @bytes: the first bytes of the file, with all that is loaded
 * @ret: the result; untouched on error; refers to @bytes
 *
 * Sections that are not SHF_ALLOC and begin after @bytes are not checked: symbols.
 *
 * returns: as bzb_elf_parse()
 */
int bzb_elf_parse_loaded(struct bzb_span bytes, struct bzb_elf *ret);

/**
 * bzb_elf_phdrs_size() - get the size of the program headers
 * @elf: phnum is used
 *
 * returns: bytes
 */
static inline uint64_t bzb_elf_phdrs_size(const struct bzb_elf *elf)
{
	return (uint64_t)elf->phnum * sizeof(struct bzb_elf_phdr);
}

/**
 * bzb_elf_shdrs_size() - get the size of the section headers
 * @elf: shnum is used
 *
 * returns: bytes
 */
static inline uint64_t bzb_elf_shdrs_size(const struct bzb_elf *elf)
{
	return (uint64_t)elf->shnum * sizeof(struct bzb_elf_shdr);
}

/**
 * bzb_elf_segment() - read a program header
 * @elf: as parsed
 * @index: 0 to elf->phnum - 1
 *
 * The type may be any, not only PT_LOAD. bzb_elf_parse() has checked the bounds of
 * PT_LOADs only.
 *
 * returns: the program header
 */
struct bzb_elf_segment bzb_elf_segment(const struct bzb_elf *elf, unsigned int index);

/* The kinds of numbers that find a byte of a segment. */
enum bzb_elf_space {
	BZB_ELF_FILE,	  /* file offsets, of bytes in the file */
	BZB_ELF_PHYSICAL, /* from p_paddr on, bss included */
	BZB_ELF_VIRTUAL,  /* from p_vaddr on, bss included */
};

/* A byte in a segment. */
struct bzb_elf_place {
	struct bzb_elf_segment segment;
	uint64_t distance; /* from the start of the segment; the byte is in the file
			      if it is below segment.filesz */
};

/**
 * bzb_elf_find_load() - find the PT_LOAD that holds a byte
 * @elf: as parsed
 * @space: the kind of number that @at is
 * @at: the offset or the address of the byte
 * @ret: the first PT_LOAD that holds it; untouched on error
 *
 * returns:
 *	0, on success
 *	-BZB_ERR_NOSEGMENT, no PT_LOAD holds it
 */
int bzb_elf_find_load(const struct bzb_elf *elf, enum bzb_elf_space space, uint64_t at,
		      struct bzb_elf_place *ret);

/**
 * bzb_elf_section() - read a section header
 * @elf: as parsed
 * @index: 0 to elf->shnum - 1
 *
 * returns: the section header; its bytes, unless SHT_NOBITS, are in the file, with
 * the exception of bzb_elf_parse_loaded()
 */
struct bzb_elf_section bzb_elf_section(const struct bzb_elf *elf, unsigned int index);

/**
 * bzb_elf_section_name() - get the name of a section
 * @elf: as parsed
 * @section: of that file
 * @ret: the name without its NUL; untouched on error
 *
 * returns:
 *	0, on success
 *	-BZB_ERR_NOTFOUND, the file has no section names
 *	-BZB_ERR_TRUNCATED, the name is not inside the string table
 *	-BZB_ERR_TOOLARGE, the name is longer than BZB_ELF_NAME_MAX
 */
int bzb_elf_section_name(const struct bzb_elf *elf, const struct bzb_elf_section *section,
			 struct bzb_span *ret);

/**
 * bzb_elf_find_section() - find a section by its name
 * @elf: as parsed
 * @name: NUL-terminated
 * @ret: the first one of that name; untouched on error
 *
 * returns:
 *	0, on success
 *	-BZB_ERR_NOTFOUND, there is none
 */
int bzb_elf_find_section(const struct bzb_elf *elf, const char *name, struct bzb_elf_section *ret);

/**
 * bzb_elf_moves() - find out whether an address is one of the kernel
 * @elf: as parsed
 * @address: virtual, as linked
 *
 * An address of the kernel moves with it, and others do not: per-CPU variables of SMP
 * kernels are linked to 0. The end of the kernel is one of its addresses, also when it
 * is rounded up to a page.
 *
 * returns: true if it moves
 */
static inline bool bzb_elf_moves(const struct bzb_elf *elf, uint64_t address)
{
	uint64_t base = elf->virtual_address;

	return address - base <= bzb_align_up(base + elf->memory_size, BZB_PAGE_SIZE) - base;
}

/**
 * bzb_elf_machine() - find the machine that a kernel is for
 * @elf: as parsed
 * @ret: the machine; untouched on error
 *
 * returns:
 *	0, on success
 *	-BZB_ERR_BADMACHINE, none of enum bzb_machine
 */
int bzb_elf_machine(const struct bzb_elf *elf, enum bzb_machine *ret);

/**
 * bzb_elf_is_x86_64() - find out whether a kernel is for x86-64
 * @elf: as parsed
 *
 * returns: true if it is; a constant in a loader for x86-64, which parses no others
 */
static inline bool bzb_elf_is_x86_64(const struct bzb_elf *elf)
{
	enum bzb_machine machine;

	return !BZB_HAS_OTHER_MACHINES ||
	       (!bzb_elf_machine(elf, &machine) && machine == BZB_MACHINE_X86_64);
}

/**
 * bzb_elf_write_ehdr() - write an ELF header
 * @to: written whole
 * @elf: type, entry, phoff, phnum, shoff, shnum and shstrndx are used
 * @machine: that the file is for
 */
void bzb_elf_write_ehdr(struct bzb_elf_ehdr *to, const struct bzb_elf *elf,
			enum bzb_machine machine);

/**
 * bzb_elf_write_phdr() - write a program header
 * @to: written whole
 * @segment: all of it is used
 */
void bzb_elf_write_phdr(struct bzb_elf_phdr *to, const struct bzb_elf_segment *segment);

/**
 * bzb_elf_write_shdr() - write a section header
 * @to: written whole
 * @section: all of it is used
 */
void bzb_elf_write_shdr(struct bzb_elf_shdr *to, const struct bzb_elf_section *section);

#endif
