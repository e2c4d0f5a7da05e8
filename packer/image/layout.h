/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The second narrow waist: every offset of an image, before any byte of it exists. RVA == file
 * offset everywhere, so one number names a byte in the file and in memory.
 *
 *   0       DOS, zboot and PE headers, setup header
 *   0x26c   16-bit setup code, then the version as text       .setup, from 0x1000
 *   S       stub code                                         .text
 *           stub data; the manifest first                     .data
 *           stream, LE32 size of the ELF, 4 zeros at least    .payload
 *           text, NUL                                         .sbat, optional
 *           text, NUL                                         .bzcmd, optional
 *           bytes                                             .bzinit, optional
 *
 * With all three, there is one section more than the PE header has room for. Then headers and setup
 * code are one, as far as PE is concerned: SizeOfHeaders is S, and there is no .setup.
 *
 * A unified kernel image has more sections, so its PE headers are elsewhere:
 *
 *   0       DOS and zboot headers, zeros, setup header
 *   0x26c   16-bit setup code
 *           PE headers, with 16 directories
 *           the version as text, up to S
 *   S       stub code                                         .text
 *           stub data; the manifest first                     .data
 *           sections of struct sections                       .osrel, .cmdline...
 *           as above                                          .linux
 *           sections of struct sections                       .ucode, .initrd, .sbat...
 *
 * An image for another machine than x86-64 has no setup header, setup code and version: all headers
 * are in the first page, and .text begins after it.
 */
#ifndef PACKER_LAYOUT_H
#define PACKER_LAYOUT_H

#include <bzboot/pe.h>
#include <bzboot/zboot.h>

#include "kernel/kernel.h"
#include "payload/parts.h"
#include "sections.h"
#include "stubs.h"

/* The contents of an image. layout_plan() reads only the header of the stream. */
struct ingredients {
	const struct stub *stub;
	const struct kernel *kernel;
	enum bzb_codec codec;
	enum bzb_zboot_magic zboot_magic;
	struct bzb_span stream;	   /* kernel->elf, compressed; no trailer */
	const struct parts *parts; /* of the stream; the stub has room for them */
	const struct sections *sections;
	uint8_t decided; /* BZB_MANIFEST_*_DECIDED: which of them are decided */
};

/* Bytes in the image, without padding. */
struct extent {
	uint32_t offset, size;
};

struct layout {
	struct extent setup_code, version, text, data, stream, trailer;
	struct extent contents[SECTIONS_MAX]; /* of struct sections */
	struct extent cmdline, initrd;	      /* all zero: none */

	struct bzb_pe_section sections[4 + SECTIONS_MAX]; /* and .setup, .text, .data, .payload */
	unsigned int section_count;

	uint32_t pe_offset, pe_space; /* of the PE headers, and their room */
	unsigned int directories;     /* in them */

	uint32_t setup_size;	 /* where the protected-mode part begins */
	uint32_t payload_offset; /* of the stream, from there */
	uint32_t payload_length; /* with the trailer */
	uint32_t size_of_headers;
	uint32_t file_size, size_of_image, init_size;
	uint64_t pref_address; /* where a loader puts the protected-mode part */
};

/**
 * layout_plan() - compute every offset of an image
 * @ingredients: the contents of the image
 * @ret: the plan; untouched on error
 * @why: which limit the contents exceed
 *
 * returns: 0, or -1 on error
 */
int layout_plan(const struct ingredients *ingredients, struct layout *ret, struct why *why);

#endif
