/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * PE32+ headers of EFI applications ("PE Format", Microsoft; UEFI 2.10,
 * section 2.1.1).
 */
#ifndef BZBOOT_PE_H
#define BZBOOT_PE_H

#include <bzboot/machine.h>

enum {
	BZB_PE_MAGIC_PE32 = 0x10b,
	BZB_PE_MAGIC_PE32PLUS = 0x20b,
	BZB_PE_SUBSYSTEM_EFI_APPLICATION = 10,

	/* COFF Characteristics */
	BZB_PE_EXECUTABLE_IMAGE = 0x0002,
	BZB_PE_LARGE_ADDRESS_AWARE = 0x0020,

	/* DllCharacteristics */
	BZB_PE_NX_COMPAT = 0x0100,

	/* section Characteristics */
	BZB_PE_CNT_CODE = 0x00000020,
	BZB_PE_CNT_INITIALIZED_DATA = 0x00000040,
	BZB_PE_MEM_DISCARDABLE = 0x02000000,
	BZB_PE_MEM_EXECUTE = 0x20000000,
	BZB_PE_MEM_READ = 0x40000000,
	BZB_PE_MEM_WRITE = (int)0x80000000,

	/* data directories */
	BZB_PE_DIR_CERTIFICATE = 4,
	BZB_PE_DIR_BASE_RELOCATION = 5,
};

/* "COFF File Header", with the signature before it */
struct bzb_pe_coff_header {
	unsigned char signature[4];	  /* 0x00 "PE", two zero bytes */
	bzb_le16 machine;		  /* 0x04 */
	bzb_le16 number_of_sections;	  /* 0x06 */
	bzb_le32 time_date_stamp;	  /* 0x08 */
	bzb_le32 pointer_to_symbol_table; /* 0x0c */
	bzb_le32 number_of_symbols;	  /* 0x10 */
	bzb_le16 size_of_optional_header; /* 0x14 */
	bzb_le16 characteristics;	  /* 0x16 */
};
_Static_assert(sizeof(struct bzb_pe_coff_header) == 24, "COFF header");

/* "Optional Header", PE32+, without the data directories */
struct bzb_pe_optional_header {
	bzb_le16 magic;			     /* 0x00 0x20b */
	unsigned char major_linker_version;  /* 0x02 */
	unsigned char minor_linker_version;  /* 0x03 */
	bzb_le32 size_of_code;		     /* 0x04 */
	bzb_le32 size_of_initialized_data;   /* 0x08 */
	bzb_le32 size_of_uninitialized_data; /* 0x0c */
	bzb_le32 address_of_entry_point;     /* 0x10 */
	bzb_le32 base_of_code;		     /* 0x14 */
	bzb_le64 image_base;		     /* 0x18 */
	bzb_le32 section_alignment;	     /* 0x20 */
	bzb_le32 file_alignment;	     /* 0x24 */
	bzb_le16 major_os_version;	     /* 0x28 */
	bzb_le16 minor_os_version;	     /* 0x2a */
	bzb_le16 major_image_version;	     /* 0x2c */
	bzb_le16 minor_image_version;	     /* 0x2e */
	bzb_le16 major_subsystem_version;    /* 0x30 */
	bzb_le16 minor_subsystem_version;    /* 0x32 */
	bzb_le32 win32_version_value;	     /* 0x34 */
	bzb_le32 size_of_image;		     /* 0x38 */
	bzb_le32 size_of_headers;	     /* 0x3c */
	bzb_le32 checksum;		     /* 0x40 */
	bzb_le16 subsystem;		     /* 0x44 */
	bzb_le16 dll_characteristics;	     /* 0x46 */
	bzb_le64 size_of_stack_reserve;	     /* 0x48 */
	bzb_le64 size_of_stack_commit;	     /* 0x50 */
	bzb_le64 size_of_heap_reserve;	     /* 0x58 */
	bzb_le64 size_of_heap_commit;	     /* 0x60 */
	bzb_le32 loader_flags;		     /* 0x68 */
	bzb_le32 number_of_rva_and_sizes;    /* 0x6c */
};
_Static_assert(sizeof(struct bzb_pe_optional_header) == 112, "PE32+ header");

struct bzb_pe_data_directory {
	bzb_le32 virtual_address;
	bzb_le32 size;
};

/* "Section Table" */
struct bzb_pe_section_header {
	char name[8]; /* NUL padded, not terminated */
	bzb_le32 virtual_size;
	bzb_le32 virtual_address;
	bzb_le32 size_of_raw_data;
	bzb_le32 pointer_to_raw_data;
	bzb_le32 pointer_to_relocations;
	bzb_le32 pointer_to_linenumbers;
	bzb_le16 number_of_relocations;
	bzb_le16 number_of_linenumbers;
	bzb_le32 characteristics;
};
_Static_assert(sizeof(struct bzb_pe_section_header) == 40, "section header");

/* e_lfanew of the DOS header: where the offset of the PE signature is */
#define BZB_PE_LFANEW 0x3cu

/*
 * The limit of an image's PE headers: e_lfanew is 0x40, and the sentinel of the setup
 * header is at 0x1ef. 0x1ef - 0x40 = 431 bytes hold 24 + 112 + 8 per directory + 40
 * per section: six sections with six directories (24 + 112 + 48 + 240 = 424).
 */
#define BZB_PE_OFFSET 0x40u
#define BZB_PE_DIRECTORIES 6u
#define BZB_PE_SECTIONS_MAX 6u
#define BZB_PE_HEADERS_MAX                                                     \
	(sizeof(struct bzb_pe_coff_header) +                                   \
	 sizeof(struct bzb_pe_optional_header) +                               \
	 BZB_PE_DIRECTORIES * sizeof(struct bzb_pe_data_directory) +           \
	 BZB_PE_SECTIONS_MAX * sizeof(struct bzb_pe_section_header))
_Static_assert(BZB_PE_OFFSET + BZB_PE_HEADERS_MAX <= 0x1ef,
	       "the section table would run into the setup header");

/*
 * The data directories of PE headers that are elsewhere: as many as there can be. GRUB 2.14 expects
 * the section table of a unified kernel image after this number of them.
 */
#define BZB_PE_DIRECTORIES_MAX 16u

struct bzb_pe_section {
	char name[9];				/* with a NUL */
	uint32_t virtual_address, virtual_size; /* bytes */
	uint32_t raw_offset, raw_size;		/* bytes, in the file */
	uint32_t characteristics;
};

struct bzb_pe {
	struct bzb_span file;
	uint16_t machine, characteristics, magic;
	uint16_t subsystem, dll_characteristics;
	uint16_t major_image_version, minor_image_version;
	uint32_t entry; /* RVA */
	uint64_t image_base;
	uint32_t section_alignment, file_alignment;
	uint32_t size_of_image, size_of_headers, checksum;
	unsigned int directories;
	uint32_t certificate_offset, certificate_size; /* in the file;
							  unchecked */
	uint32_t base_relocation_size;
	unsigned int sections;
	size_t section_table; /* offset in the file */
};

/**
 * bzb_pe_parse() - read the headers of a PE image
 * @file: the whole file; PE32+ or PE32, of any machine
 * @ret: the result; untouched on error; refers to @file
 *
 * The section table and the file bytes of every section are checked to be inside
 * @file. Nothing else of the sections is checked, nor is the place of the
 * certificates: see bzb_authenticode_parse().
 *
 * returns:
 *	0, on success
 *	-BZB_ERR_BADMAGIC, "MZ" or "PE" is missing
 *	-BZB_ERR_BADVERSION, neither PE32 nor PE32+
 *	-BZB_ERR_BADHEADER, the size of the optional header does not fit its number
 *	of directories
 *	-BZB_ERR_TRUNCATED, headers or a section go past the end
 */
int bzb_pe_parse(struct bzb_span file, struct bzb_pe *ret);

/**
 * bzb_pe_section() - read a section header
 * @pe: as parsed
 * @index: 0 to pe->sections - 1
 *
 * returns: the section
 */
struct bzb_pe_section bzb_pe_section(const struct bzb_pe *pe, unsigned int index);

/**
 * bzb_pe_find_section() - find a section by its name
 * @pe: as parsed
 * @name: NUL-terminated, at most 8 characters
 * @ret: the first one of that name; untouched on error
 *
 * returns:
 *	0, on success
 *	-BZB_ERR_NOTFOUND, there is none
 */
int bzb_pe_find_section(const struct bzb_pe *pe, const char *name, struct bzb_pe_section *ret);

/* Linux's: it takes an initrd by LoadFile2, as 1 states, too, and by the command line. GRUB 2.12
 * and systemd-stub read it. */
#define BZB_PE_IMAGE_VERSION 3u

/* The fields that differ between our images. */
struct bzb_pe_image {
	enum bzb_machine machine;
	uint32_t entry;		  /* RVA */
	unsigned int directories; /* up to BZB_PE_DIRECTORIES_MAX; all are zero */
	uint32_t size_of_headers, size_of_image;
	uint16_t dll_characteristics;
	uint16_t major_image_version;	       /* of Linux: BZB_PE_IMAGE_VERSION */
	const struct bzb_pe_section *sections; /* ascending, without gaps */
	unsigned int count;
};

/**
 * bzb_pe_headers_size() - the bytes that bzb_pe_write() writes
 * @directories: data directories
 * @sections: section headers
 */
static inline size_t bzb_pe_headers_size(unsigned int directories, unsigned int sections)
{
	return sizeof(struct bzb_pe_coff_header) + sizeof(struct bzb_pe_optional_header) +
	       directories * sizeof(struct bzb_pe_data_directory) +
	       sections * sizeof(struct bzb_pe_section_header);
}

/**
 * bzb_pe_write() - write PE signature, COFF and optional header, section table
 * @to: at e_lfanew
 * @space: bytes available at @to
 * @image: the headers to write; RVAs are file offsets
 *
 * returns:
 *	0, on success
 *	-BZB_ERR_NOSPACE, too many sections for @space or for a PE image; nothing
 *	was written
 */
int bzb_pe_write(void *to, size_t space, const struct bzb_pe_image *image);

/* Other sections for an image that has headers of its own. */
struct bzb_pe_change {
	const struct bzb_pe_section *sections;
	unsigned int count;
	uint32_t size_of_image;
	uint32_t trailer_from, trailer_to; /* the offset of the bytes after all sections,
					      before and now */
};

/**
 * bzb_pe_change() - write the section table of an image again
 * @headers: a copy of the first size_of_headers bytes of @pe->file
 * @pe: as parsed; the section table ends within size_of_headers
 * @change: the sections and what depends on them
 *
 * SizeOfInitializedData changes with the sections that count, and the offset of the
 * symbols with the bytes after all sections. All other fields stay.
 *
 * returns:
 *	0, on success
 *	-BZB_ERR_NOSPACE, the section table would go past size_of_headers, or over
 *	bytes after it that are not zero; nothing was written
 */
int bzb_pe_change(void *headers, const struct bzb_pe *pe, const struct bzb_pe_change *change);

#endif
