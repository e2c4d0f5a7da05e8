/* SPDX-License-Identifier: BSD-2-Clause */
/* Pieces of the text of a kernel, as of shuffle_cut(). */
#ifndef PACKER_SHUFFLE_PIECES_H
#define PACKER_SHUFFLE_PIECES_H

#include "decoded.h"

/* Why a piece stays with the one before it, or where it is. The words are shuffle_reason_words. */
enum shuffle_reason {
	SHUFFLE_FREE = 0,
	SHUFFLE_ASSEMBLY,    /* both may be assembly, whose distances no relocation shows */
	SHUFFLE_NOT_ALIGNED, /* it does not begin as functions do */
	SHUFFLE_FALLS,	     /* the one before runs into it */
	SHUFFLE_UNREACHED,   /* nothing refers to it: it may be reached by arithmetic */
	SHUFFLE_SHORT_JUMP,  /* a jump of one byte from one to the other */
	SHUFFLE_FIXED_JUMP,  /* a jump of one byte from or to text that stays */
	SHUFFLE_UNDECODED,   /* it has bytes that are no instruction that is known */
	SHUFFLE_STRAY,	     /* an operand of it leads to no instruction, and has no relocation */
	SHUFFLE_FIELD,	     /* a relocation of it is not in an operand */
	SHUFFLE_RETURNED,    /* it is entered by a return, and the byte before it is looked up */
	SHUFFLE_ENTRY,	     /* the kernel is entered there */
	SHUFFLE_EDGE,	     /* an edge of the text has its address, and would be its name */
	SHUFFLE_PAGE,	     /* it has pages of its own, or lines of the cache inside */
	SHUFFLE_TIGHT,	     /* elsewhere, its alignment would need room that there is not */
	SHUFFLE_NAMES,	     /* functions of its names would not keep their order */
	SHUFFLE_OBJECT,	     /* both are of one object, and objects are to stay together */
	SHUFFLE_REASON_COUNT,
};

extern const char *const shuffle_reason_words[SHUFFLE_REASON_COUNT];

/* Offsets are from the load address. */
struct shuffle_piece {
	uint32_t start, end;
	uint32_t code_end;  /* padding follows */
	uint32_t interval;  /* the number of its range of text */
	uint32_t function;  /* where its first one begins, behind a prefix; else UINT32_MAX */
	const char *name;   /* of a function that begins in it; "" if none does */
	uint64_t object;    /* the number of the object that it is from; 0: not known, or asked */
	bool is_c;	    /* known to be made by a compiler */
	bool is_cold;	    /* a part without alignment, behind all functions */
	bool is_labelled;   /* a symbol without a type is at its start */
	bool is_padded;	    /* padding before it shows that it was to be aligned so */
	uint32_t alignment; /* if it is not that of functions; else 0 */
	enum shuffle_reason joined; /* to the piece before it */
	enum shuffle_reason pinned;
};

struct shuffle_pieces {
	struct shuffle_piece *pieces; /* ascending */
	size_t count, room;
	uint32_t alignment; /* of functions */
	uint32_t prefix;    /* bytes before functions that belong to them; 0: none */
};

/**
 * shuffle_pieces_free() - free it
 * @pieces: may be all zero
 */
void shuffle_pieces_free(struct shuffle_pieces *pieces);

/**
 * shuffle_pieces_find() - find the piece that has a byte
 * @pieces: of the kernel
 * @offset: of the byte, from the load address
 *
 * returns: its number; -1 if no piece has it
 */
long shuffle_pieces_find(const struct shuffle_pieces *pieces, uint64_t offset);

/**
 * shuffle_pin() - pin a piece where it is
 * @piece: keeps the reason that it has
 * @reason: of it, if there was none
 */
void shuffle_pin(struct shuffle_piece *piece, enum shuffle_reason reason);

/**
 * shuffle_begins_page() - tell whether a page begins at a place of the text, but not the text
 * @text: the section
 * @at: the place, from the load address
 *
 * By chance, one of 256 functions begins a page, too: no padding need show that it was to.
 */
bool shuffle_begins_page(const struct vmlinux_section *text, uint32_t at);

/**
 * shuffle_padding() - count the bytes of padding before an instruction
 * @decoded: the code
 * @start: of the code to look at
 * @at: the instruction
 *
 * returns: bytes
 */
uint32_t shuffle_padding(const struct decoded *decoded, uint32_t start, uint32_t at);

#endif
