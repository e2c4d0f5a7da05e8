/* SPDX-License-Identifier: BSD-2-Clause */
/* Which bytes of a file are what. */
#ifndef PACKER_FILE_PIECES_H
#define PACKER_FILE_PIECES_H

#include "anatomy.h"
#include "pieces.h"

/**
 * file_pieces_make() - divide a file by content
 * @anatomy: of it
 *
 * The payload is one piece. Zeros after the contents of a section are padding.
 *
 * returns: pieces of the whole file, for pieces_free()
 */
struct pieces file_pieces_make(const struct anatomy *anatomy);

/**
 * elf_pieces_make() - divide the bytes of a kernel by content
 * @elf: the kernel
 * @file: its bytes; those after the ELF may be a table of relocations
 *
 * Where sections say nothing, the flags of segments do.
 *
 * returns: pieces of all of @file, for pieces_free()
 */
struct pieces elf_pieces_make(const struct bzb_elf *elf, struct bzb_span file);

#endif
