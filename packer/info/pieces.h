/* SPDX-License-Identifier: BSD-2-Clause */
/* Bytes of a file, or of memory, as a list of pieces without gaps: the sizes add up to the
 * whole. */
#ifndef PACKER_PIECES_H
#define PACKER_PIECES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum piece_kind {
	PIECE_HEADERS,
	PIECE_STUB, /* what the firmware or a loader runs before the kernel */
	PIECE_PAYLOAD,
	PIECE_CODE,
	PIECE_RODATA,
	PIECE_DATA,
	PIECE_TABLES, /* that Linux reads: exceptions, symbols for modules, alternatives */
	PIECE_SYMBOLS,
	PIECE_DEBUG,
	PIECE_RELOCS,
	PIECE_CMDLINE,
	PIECE_INITRD,
	PIECE_SECTIONS, /* other contents of a unified kernel image, SBAT */
	PIECE_CERTIFICATES,
	PIECE_PADDING, /* zeros */
	PIECE_UNKNOWN,
	/* of memory only */
	PIECE_IMAGE,
	PIECE_BSS,
	PIECE_WORK, /* of the stub and the decoder */
	PIECE_KINDS
};

struct piece {
	uint64_t offset, size;
	enum piece_kind kind;
	char name[32];
};

struct pieces {
	struct piece *list;
	size_t count;
};

/**
 * piece_kind_name() - get the name of a kind
 * @kind: any
 *
 * returns: one word; static
 */
const char *piece_kind_name(enum piece_kind kind);

/**
 * pieces_start() - begin with one piece
 * @size: of all; 0: no piece
 * @kind: of it
 * @name: cut if it is too long
 *
 * returns: for pieces_free()
 */
struct pieces pieces_start(uint64_t size, enum piece_kind kind, const char *name);

/**
 * pieces_paint() - give some bytes another kind and name
 * @pieces: changed: what these bytes were before is forgotten
 * @offset: of the bytes
 * @size: of them; those after the end of all pieces are left out
 * @kind: of them
 * @name: cut if it is too long
 */
void pieces_paint(struct pieces *pieces, uint64_t offset, uint64_t size, enum piece_kind kind,
		  const char *name);

/**
 * pieces_add() - add a piece at the end
 * @pieces: changed
 * @size: of the piece; 0: nothing is added
 * @kind: of it
 * @name: cut if it is too long
 */
void pieces_add(struct pieces *pieces, uint64_t size, enum piece_kind kind, const char *name);

/**
 * pieces_size() - add the sizes of all pieces
 */
uint64_t pieces_size(const struct pieces *pieces);

/**
 * pieces_free() - free the list
 * @pieces: becomes empty
 */
void pieces_free(struct pieces *pieces);

#endif
