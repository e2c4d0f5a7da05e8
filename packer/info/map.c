/* SPDX-License-Identifier: BSD-2-Clause */
#include "map.h"

#include <stdio.h>
#include <string.h>

#include "boot_memory.h"
#include "file_pieces.h"
#include "shares.h"
#include "size_text.h"

/* A kind with a smaller share of the payload, or of the memory, is one of several others: 1 /
 * this */
#define SHARE_MIN 2000u

/* --- the file --------------------------------------------------------------------------- */

static void add_share(struct pieces *to, uint64_t size, enum piece_kind kind, const char *text)
{
	char name[sizeof(((struct piece *)0)->name)];

	snprintf(name, sizeof(name), "payload: %s", text);
	pieces_add(to, size, kind, name);
}

static void add_shares(struct pieces *to, const struct shares *shares, uint64_t size)
{
	uint64_t rest = size;

	for (enum piece_kind kind = 0; kind < PIECE_KINDS; kind++) {
		const uint64_t share = shares->kinds[kind].compressed;

		if (share < size / SHARE_MIN)
			continue;
		add_share(to, share, kind, piece_kind_name(kind));
		rest -= share;
	}
	add_share(to, rest, PIECE_UNKNOWN, "others");
}

static bool has_shares(const struct anatomy *anatomy)
{
	return anatomy->has_payload && anatomy->has_elf;
}

static bool is_stream(const struct anatomy *anatomy, const struct piece *piece)
{
	return anatomy->file.data + piece->offset == anatomy->payload.stream.data &&
	       piece->size == anatomy->payload.stream.size;
}

/* With the payload divided by content */
static struct pieces divide_payload(const struct anatomy *anatomy, struct pieces pieces)
{
	struct pieces divided = { 0 };
	struct shares shares;

	if (!has_shares(anatomy))
		return pieces;
	shares = shares_estimate(anatomy);
	for (size_t i = 0; i < pieces.count; i++) {
		const struct piece *piece = &pieces.list[i];

		if (is_stream(anatomy, piece))
			add_shares(&divided, &shares, piece->size);
		else
			pieces_add(&divided, piece->size, piece->kind, piece->name);
	}
	pieces_free(&pieces);
	return divided;
}

/* The smallest sum of a piece and the next one. returns: the index of the first */
static size_t smallest_pair(const struct pieces *pieces)
{
	size_t smallest = 0;
	uint64_t least = UINT64_MAX;

	for (size_t i = 0; i + 1 < pieces->count; i++) {
		const uint64_t size = pieces->list[i].size + pieces->list[i + 1].size;

		if (size < least) {
			least = size;
			smallest = i;
		}
	}
	return smallest;
}

static void join_smallest(struct pieces *pieces)
{
	while (pieces->count > MAP_PIECES_MAX) {
		const struct piece *first = &pieces->list[smallest_pair(pieces)];
		const uint64_t size = first[0].size + first[1].size;

		pieces_paint(pieces, first->offset, size, PIECE_UNKNOWN, "several");
	}
}

/* --- the memory ------------------------------------------------------------------------- */

static void set_title(struct map_column *column, const char *text)
{
	char size[SIZE_TEXT];

	size_text(pieces_size(&column->pieces), size);
	snprintf(column->title, sizeof(column->title), "%s: %s", text, size);
}

static bool begins_with(const struct piece *piece, const char *prefix)
{
	return !strncmp(piece->name, prefix, strlen(prefix));
}

/* Small pieces of the kernel become one, after its others. */
static void add_efi(struct map_column *column, const struct boot_memory *memory)
{
	const uint64_t least = pieces_size(&memory->efi) / SHARE_MIN;
	uint64_t small = 0;

	for (size_t i = 0; i < memory->efi.count; i++) {
		const struct piece *piece = &memory->efi.list[i];
		const bool is_kernel = begins_with(piece, KERNEL_PREFIX);

		if (is_kernel && piece->size < least) {
			small += piece->size;
			continue;
		}
		if (!is_kernel) {
			pieces_add(&column->pieces, small, PIECE_UNKNOWN, KERNEL_PREFIX "others");
			small = 0;
		}
		pieces_add(&column->pieces, piece->size, piece->kind, piece->name);
	}
	set_title(column, "memory at boot, EFI");
}

static void add_loader(struct map_column *column, const struct anatomy *anatomy,
		       const struct boot_memory *memory)
{
	const uint64_t image = anatomy->bzimage.pm.size;

	pieces_add(&column->pieces, memory->real_mode, PIECE_STUB, "setup");
	if (image < memory->set_aside) {
		pieces_add(&column->pieces, image, PIECE_IMAGE, "image");
		pieces_add(&column->pieces, memory->set_aside - image, PIECE_UNKNOWN,
			   KERNEL_PREFIX "all");
	}
	set_title(column, "memory at boot, no EFI");
}

static void add_memory(struct map *map, const struct anatomy *anatomy)
{
	struct boot_memory memory = boot_memory_compute(anatomy);

	if (memory.is_efi_known) {
		add_efi(&map->memory, &memory);
		map->memory_note =
			"The memory is that in use just before the kernel is entered, on "
			"one processor, in no order of addresses.";
	} else if (memory.set_aside) {
		add_loader(&map->memory, anatomy, &memory);
		map->memory_note = "The memory is that which a boot loader without EFI sets aside.";
	}
	boot_memory_free(&memory);
}

/* --- from file to memory ---------------------------------------------------------------- */

/* All pieces whose names begin with a prefix; they follow each other. */
static void find(const struct pieces *pieces, const char *prefix, uint64_t *ret_offset,
		 uint64_t *ret_size)
{
	for (size_t i = 0; i < pieces->count; i++) {
		const struct piece *piece = &pieces->list[i];

		if (!begins_with(piece, prefix))
			continue;
		if (!*ret_size)
			*ret_offset = piece->offset;
		*ret_size = piece->offset + piece->size - *ret_offset;
	}
}

static void find_links(struct map *map, const struct anatomy *anatomy)
{
	struct map_link *image = &map->links[LINK_IMAGE], *kernel = &map->links[LINK_KERNEL],
			*initrd = &map->links[LINK_INITRD];

	image->from_size = anatomy->file.size;
	find(&map->memory.pieces, "image", &image->to, &image->to_size);
	find(&map->memory.pieces, KERNEL_PREFIX, &kernel->to, &kernel->to_size);
	if (has_shares(anatomy))
		find(&map->file.pieces, "payload: ", &kernel->from, &kernel->from_size);
	kernel->unpacked_size = anatomy->payload.size;
	if (anatomy->payload.codec != BZB_CODEC_NONE)
		snprintf(kernel->text, sizeof(kernel->text), "%s",
			 bzb_codec_name(anatomy->payload.codec));
	find(&map->memory.pieces, "initrd", &initrd->to, &initrd->to_size);
	find(&map->file.pieces, ".initrd", &initrd->from, &initrd->from_size);
}

/* "a unified kernel image of bzboot, Linux 6.12.1" */
static void describe(struct map *map, const struct anatomy *anatomy)
{
	static const struct {
		unsigned int kind;
		const char *text;
	} texts[] = {
		{ BZB_IS_UKI, "a unified kernel image" },
		{ BZB_IS_ADDON, "an addon of unified kernel images" },
		{ BZB_IS_BZBOOT | BZB_IS_BZIMAGE, "a bzImage" },
		{ BZB_IS_ZBOOT, "an EFI zboot image" },
		{ BZB_IS_PE, "a PE image" },
		{ BZB_IS_ELF, "an ELF" },
	};
	const struct bzb_span version = anatomy->bzimage.kernel_version;
	const char *text = "a file of another kind";
	size_t size = 0;

	for (size_t i = BZB_ARRAY_SIZE(texts); i-- > 0;)
		if (anatomy->kinds & texts[i].kind)
			text = texts[i].text;
	while (size < version.size && size < sizeof(map->subject) / 2 && version.data[size] > ' ')
		size++;
	snprintf(map->subject, sizeof(map->subject), "%s%s%s%.*s", text,
		 anatomy->kinds & BZB_IS_BZBOOT ? " of bzboot" : "", size ? ", Linux " : "",
		 (int)size, size ? (const char *)version.data : "");
}

struct map map_make(const struct anatomy *anatomy)
{
	struct map map = { 0 };

	describe(&map, anatomy);
	map.file.pieces = divide_payload(anatomy, file_pieces_make(anatomy));
	join_smallest(&map.file.pieces);
	set_title(&map.file, "file");
	add_memory(&map, anatomy);
	find_links(&map, anatomy);
	map.is_estimated = has_shares(anatomy) && anatomy->payload.codec != BZB_CODEC_NONE;
	return map;
}

void map_free(struct map *map)
{
	pieces_free(&map->file.pieces);
	pieces_free(&map->memory.pieces);
}
