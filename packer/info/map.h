/* SPDX-License-Identifier: BSD-2-Clause */
/* A picture of a file and of the memory that it takes when it is booted. */
#ifndef PACKER_MAP_H
#define PACKER_MAP_H

#include "io/blob.h"
#include "anatomy.h"
#include "pieces.h"

/* More of them have too little room for labels: the smallest neighbours become one. */
#define MAP_PIECES_MAX 64u

struct map_column {
	char title[48];
	struct pieces pieces; /* none: there is no such column */
};

/* Bytes of the file that become bytes of the memory; sizes of 0: none */
struct map_link {
	uint64_t from, from_size, to, to_size;
	char text[16];		/* the codec, if they are decompressed */
	uint64_t unpacked_size; /* then */
};

enum { LINK_IMAGE, LINK_KERNEL, LINK_INITRD, MAP_LINKS };

struct map {
	struct map_column file, memory;
	struct map_link links[MAP_LINKS];
	char subject[160];	 /* what the file is */
	const char *memory_note; /* a sentence; NULL if there is no memory */
	bool is_estimated;	 /* the pieces of the payload */
};

/**
 * map_make() - make a map
 * @anatomy: of the file
 *
 * The memory is that under EFI if its peak is known, else that which a boot loader without EFI sets
 * aside.
 *
 * returns: for map_free()
 */
struct map map_make(const struct anatomy *anatomy);

/**
 * map_free() - free the pieces
 * @map: becomes empty
 */
void map_free(struct map *map);

/**
 * map_svg() - draw a map
 * @map: made
 * @name: of the file
 *
 * Every column is to scale. If one is not more than some times as large as the other, so are their
 * areas. Colours are those of the reader's mode, light or dark.
 *
 * returns: a file of SVG, for blob_free()
 */
struct blob map_svg(const struct map *map, const char *name);

/* How to print a map */
struct map_form {
	unsigned int width; /* characters */
	bool colour;	    /* by escape sequences of terminals */
	bool blocks;	    /* characters of Unicode, in UTF-8; else ASCII */
};

/**
 * map_form_choose() - how to print to standard output
 *
 * returns: plain text if it is not a terminal; no colours if NO_COLOR is set
 */
struct map_form map_form_choose(void);

/**
 * map_print() - print a map to standard output, a line for each piece
 * @map: made
 * @form: how
 */
void map_print(const struct map *map, const struct map_form *form);

#endif
