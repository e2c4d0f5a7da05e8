/* SPDX-License-Identifier: BSD-2-Clause */
/* The bytes in a section of a PE image. */
#ifndef PACKER_PE_SECTION_H
#define PACKER_PE_SECTION_H

#include <bzboot/pe.h>

/**
 * pe_section_bytes() - the bytes of a section
 * @image: a PE image
 * @section: of it
 * @ret: its bytes, without the padding of a linker; untouched on error
 *
 * returns:
 *	0, on success
 *	-BZB_ERR_TRUNCATED, it goes past the end of the image
 */
int pe_section_bytes(struct bzb_span image, const struct bzb_pe_section *section,
		     struct bzb_span *ret);

/**
 * pe_section_find() - the bytes of the section with some name
 * @image: any bytes
 * @name: at most 8 characters
 * @ret: its bytes, as of pe_section_bytes(); untouched on error
 *
 * returns: the results of bzb_pe_parse(), bzb_pe_find_section() and pe_section_bytes()
 */
int pe_section_find(struct bzb_span image, const char *name, struct bzb_span *ret);

#endif
