/* SPDX-License-Identifier: BSD-2-Clause */
/* Changes the sections of a PE image that bzboot did not make. */
#ifndef PACKER_PE_EDIT_H
#define PACKER_PE_EDIT_H

#include "io/blob.h"
#include "section_list.h"

/**
 * pe_edit() - write an image with other sections
 * @list: the sections of the new image
 * @ret: the image, with CheckSum as it was; untouched on error
 * @why: which limit the sections exceed, or what is wrong with the headers
 *
 * The section table has the order of the list. Sections that change, and those whose names stubs of
 * unified kernel images look for, may move in memory: they stay where they are if they fit,
 * otherwise they go after those that must not move. In the file, the bytes stay in their order, new
 * ones come last, and gaps and bytes after all sections are kept.
 *
 * returns: 0, or -1 on error
 */
int pe_edit(const struct section_list *list, struct blob *ret, struct why *why);

#endif
