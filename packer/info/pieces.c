/* SPDX-License-Identifier: BSD-2-Clause */
#include "pieces.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "io/diag.h"

static const char *const kind_names[PIECE_KINDS] = {
	[PIECE_HEADERS] = "headers",	  [PIECE_STUB] = "stub",
	[PIECE_PAYLOAD] = "payload",	  [PIECE_CODE] = "code",
	[PIECE_RODATA] = "rodata",	  [PIECE_DATA] = "data",
	[PIECE_TABLES] = "tables",	  [PIECE_SYMBOLS] = "symbols",
	[PIECE_DEBUG] = "debug data",	  [PIECE_RELOCS] = "relocations",
	[PIECE_CMDLINE] = "command line", [PIECE_INITRD] = "initrd",
	[PIECE_SECTIONS] = "sections",	  [PIECE_CERTIFICATES] = "certificates",
	[PIECE_PADDING] = "padding",	  [PIECE_UNKNOWN] = "unknown",
	[PIECE_IMAGE] = "image",	  [PIECE_BSS] = "bss",
	[PIECE_WORK] = "workspace",
};

const char *piece_kind_name(enum piece_kind kind)
{
	return kind_names[kind];
}

static struct piece make(uint64_t offset, uint64_t size, enum piece_kind kind, const char *name)
{
	struct piece piece = { .offset = offset, .size = size, .kind = kind };

	snprintf(piece.name, sizeof(piece.name), "%.*s", (int)sizeof(piece.name) - 1, name);
	return piece;
}

static void make_room(struct pieces *pieces, size_t more)
{
	const size_t count = pieces->count + more;
	struct piece *list = realloc(pieces->list, count * sizeof(*list));

	if (!list)
		diag_no_memory(count * sizeof(*list));
	pieces->list = list;
}

uint64_t pieces_size(const struct pieces *pieces)
{
	const struct piece *last = pieces->count ? &pieces->list[pieces->count - 1] : NULL;

	return last ? last->offset + last->size : 0;
}

void pieces_add(struct pieces *pieces, uint64_t size, enum piece_kind kind, const char *name)
{
	const uint64_t end = pieces_size(pieces);

	if (!size)
		return;
	make_room(pieces, 1);
	pieces->list[pieces->count++] = make(end, size, kind, name);
}

struct pieces pieces_start(uint64_t size, enum piece_kind kind, const char *name)
{
	struct pieces pieces = { 0 };

	pieces_add(&pieces, size, kind, name);
	return pieces;
}

/* The first piece that ends after an offset, which is before the end of all */
static size_t find(const struct pieces *pieces, uint64_t offset)
{
	size_t low = 0, high = pieces->count - 1;

	while (low < high) {
		const size_t middle = (low + high) / 2;
		const struct piece *piece = &pieces->list[middle];

		if (piece->offset + piece->size > offset)
			high = middle;
		else
			low = middle + 1;
	}
	return low;
}

/* Makes a piece begin at an offset, which is before the end of all. returns: its index */
static size_t split(struct pieces *pieces, uint64_t offset)
{
	const size_t index = find(pieces, offset);
	struct piece *piece;

	if (pieces->list[index].offset == offset)
		return index;
	make_room(pieces, 1);
	piece = &pieces->list[index];
	memmove(piece + 1, piece, (pieces->count++ - index) * sizeof(*piece));
	piece[0].size = offset - piece[0].offset;
	piece[1].size -= piece[0].size;
	piece[1].offset = offset;
	return index + 1;
}

void pieces_paint(struct pieces *pieces, uint64_t offset, uint64_t size, enum piece_kind kind,
		  const char *name)
{
	const uint64_t all = pieces_size(pieces);
	size_t first, end;

	if (offset >= all || !size)
		return;
	if (size > all - offset)
		size = all - offset;
	first = split(pieces, offset);
	end = offset + size < all ? split(pieces, offset + size) : pieces->count;
	pieces->list[first] = make(offset, size, kind, name);
	memmove(&pieces->list[first + 1], &pieces->list[end],
		(pieces->count - end) * sizeof(*pieces->list));
	pieces->count -= end - first - 1;
}

void pieces_free(struct pieces *pieces)
{
	free(pieces->list);
	*pieces = (struct pieces){ 0 };
}
