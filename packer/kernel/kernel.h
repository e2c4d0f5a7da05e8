/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The first narrow waist: any input becomes a struct kernel, and no later step knows which input
 * it was.
 */
#ifndef PACKER_KERNEL_H
#define PACKER_KERNEL_H

#include <bzboot/machine.h>

#include "io/blob.h"
#include "io/diag.h"
#include "kept.h"
#include "kernel_note.h"
#include "relocs_find.h"

/*
 * An application is entered as an EFI application is, not as an ELF (application.h): all kernels
 * but those for x86-64. Its payload may be a PE image: then parsed is empty, gap is SizeOfHeaders,
 * and load_address - gap is where its memory may begin at the lowest. It has no boot_params, so
 * xloadflags and setup_type_max are not used, and it moves itself: it has no relocations,
 * virtual_address is no address, and it is neither movable nor fixed.
 */
struct kernel {
	enum bzb_machine machine;
	bool is_application;
	struct blob elf;		   /* the payload: an ELF, see <bzboot/kernel_elf.h> */
	struct bzb_elf parsed;		   /* the same; refers to elf */
	size_t compressed_size;		   /* bytes of the payload of the input; 0: an ELF */
	char version[KERNEL_VERSION_SIZE]; /* "REL (user@host) #1 ..." */
	uint16_t xloadflags;		   /* BZB_XLF_5LEVEL*; nothing else */
	uint32_t alignment;		   /* in memory; bytes, a power of two */
	uint32_t setup_type_max;	   /* the last setup_data type that it knows */
	uint32_t cmdline_size;		   /* bytes of a command line that it takes; 0: not
					      known */
	uint64_t load_address;		   /* preferred: lowest p_paddr */
	uint64_t virtual_address;	   /* p_vaddr there */
	uint32_t gap;			   /* bytes, within memory_size */
	uint64_t memory_size;		   /* bytes, from load_address - gap */
	size_t loaded_size;		   /* bytes of elf; debug data and symbols follow */
	uint32_t shuffle_size;		   /* bytes of memory to shuffle it at boot; 0: it has
					      no unit table (<bzboot/shuffle.h>) */
	bool movable;			   /* it has relocations */
	enum kernel_place place;	   /* relocatable_kernel of its setup header */
	bool fixed;			   /* it runs only at load_address */
	bool nx_compat;			   /* its stub is for memory that is not executable */
	uint16_t image_version;		   /* MajorImageVersion of PE: what its stub can do */
	struct blob sbat;		   /* of its image, as it is: sbat.h; empty: none */
	const char *program_mark;	   /* see program.h */
	unsigned int multiboot;		   /* see multiboot.h */
	bool has_module_signature;	   /* appended to its image; not in ours */
};

/**
 * kernel_relocs() - the fields of a kernel that move
 * @input: as of kernel_load(); taken over
 * @findings: gets each field that cannot be moved correctly
 * @ret: the fields, for relocs_free(); untouched on error
 * @why: what went wrong before relocations were looked at
 *
 * returns: 0, also if there are findings, or -1 on error
 */
int kernel_relocs(struct blob *input, struct findings *findings, struct relocs *ret,
		  struct why *why);

enum payload_form {
	PAYLOAD_USUAL, /* an ELF for x86-64, an Image for other machines */
	PAYLOAD_IMAGE,
	PAYLOAD_ELF,
};

struct kernel_options {
	enum payload_form payload;
	const char *version; /* printable text; NULL: the kernel's own */
	enum keep keep;	     /* for debuggers */
};

/**
 * kernel_load() - make a struct kernel of an input file
 * @input: an ELF, a bzImage, an Image (a PE image for another machine than x86-64), a zboot image,
 *	a unified kernel image of one of them; taken over: it is empty afterwards, also on error,
 *	because kernels are large
 * @options: what is made of it
 * @findings: gets each field that cannot be moved correctly
 * @ret: the kernel, for kernel_free(); untouched on error
 * @why: what went wrong; of findings, the first and how many more there are
 *
 * returns: 0, or -1 on error, which every finding is
 */
int kernel_load(struct blob *input, const struct kernel_options *options, struct findings *findings,
		struct kernel *ret, struct why *why);

/**
 * kernel_free() - free the kernel
 * @kernel: may be all zero
 */
void kernel_free(struct kernel *kernel);

#endif
