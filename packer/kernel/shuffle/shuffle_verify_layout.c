/* SPDX-License-Identifier: BSD-2-Clause */
/* Where functions are now: it has to be right for them, for their neighbours and for Linux. */
#include <inttypes.h>
#include <stdlib.h>

#include "shuffle_verify_parts.h"

enum { LINE = 64, PAGE = BZB_PAGE_SIZE };

/* The addresses of all edges, ascending, and what most functions have */
struct edges {
	uint64_t *addresses;
	size_t count;
	uint64_t usual;	 /* alignment */
	uint64_t prefix; /* bytes before them that belong to them; 0: none */
};

static int compare_addresses(const void *a, const void *b)
{
	const uint64_t *x = a, *y = b;

	return (*x > *y) - (*x < *y);
}

static struct edges find_edges(const struct verify *verify)
{
	struct edges edges = { .addresses =
				       verify_room(verify->old.symbol_count, sizeof(uint64_t)) };

	for (size_t i = 0; i < verify->old.symbol_count; i++)
		if (verify_is_edge(verify->old.symbols[i].name) &&
		    verify_is_of_code(verify, &verify->old.symbols[i]))
			edges.addresses[edges.count++] = verify->old.symbols[i].value;
	qsort(edges.addresses, edges.count, sizeof(uint64_t), compare_addresses);
	return edges;
}

/* The number of edges at or before an address */
static size_t count_edges(const struct edges *edges, uint64_t address)
{
	size_t low = 0, high = edges->count;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (edges->addresses[middle] <= address)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

/* The name of bytes that kCFI and call depth tracking put at a fixed distance before a function */
static bool is_prefix(const char *name)
{
	static const char of_startup[] = "__pi_";

	if (!strncmp(name, of_startup, strlen(of_startup)))
		name += strlen(of_startup);
	return !strncmp(name, "__pfx_", 6) || !strncmp(name, "__cfi_", 6);
}

static bool is_cold(const struct verify *verify, const struct verify_piece *piece)
{
	return piece->symbol == VERIFY_NONE ||
	       strstr(verify->old.symbols[piece->symbol].name, ".cold") != NULL;
}

/* Whether a function has the usual alignment, and not by chance */
static bool is_usual(const struct verify *verify, size_t number, uint64_t usual)
{
	const struct verify_piece *piece = &verify->pieces[number];

	return piece->is_function && piece->start % usual == 0 && !is_cold(verify, piece);
}

/* The largest alignment that three of four functions have */
static uint64_t find_usual(const struct verify *verify)
{
	for (uint64_t alignment = LINE; alignment > 1; alignment /= 2) {
		size_t all = 0, aligned = 0;

		for (size_t i = 0; i < verify->piece_count; i++) {
			all += is_usual(verify, i, 1);
			aligned += is_usual(verify, i, alignment);
		}
		if (aligned >= all - all / 4)
			return alignment;
	}
	return 1;
}

static bool is_named_prefix(const struct verify *verify, const struct verify_piece *piece)
{
	return piece->symbol != VERIFY_NONE && is_prefix(verify->old.symbols[piece->symbol].name);
}

/* The function behind a prefix; NULL if there is none */
static const struct verify_piece *function_behind(const struct verify *verify,
						  const struct verify_piece *prefix)
{
	const struct verify_piece *next = prefix + 1;
	const struct verify_piece *end = verify->pieces + verify->piece_count;

	while (next < end && !next->is_function)
		next++;
	return next < end && next->section == prefix->section ? next : NULL;
}

/* The distance from prefixes to their functions, if half of the functions have one */
static uint64_t find_prefix(const struct verify *verify)
{
	size_t counts[LINE + 1] = { 0 }, all = 0;
	uint64_t most = 0;

	for (size_t i = 0; i < verify->piece_count; i++) {
		const struct verify_piece *piece = &verify->pieces[i], *function;

		if (!is_named_prefix(verify, piece)) {
			all += piece->is_function && !is_cold(verify, piece);
			continue;
		}
		function = function_behind(verify, piece);
		if (function && function->start - piece->start <= LINE &&
		    ++counts[function->start - piece->start] > counts[most])
			most = function->start - piece->start;
	}
	return 2 * counts[most] >= all ? most : 0;
}

/* The padding before a piece, without its prefix: nops that may have no symbol */
static uint64_t padding_before(const struct verify *verify, const struct verify_piece *piece,
			       const struct edges *edges)
{
	const struct verify_piece *before = piece - 1;
	const uint64_t padding = before->end - before->start - before->used;
	const uint64_t prefix = is_named_prefix(verify, piece) ? 0 : edges->prefix;

	if (padding && count_edges(edges, piece->start) !=
			       count_edges(edges, before->start + before->used - 1))
		return 0;
	return padding < prefix ? 0 : padding - prefix;
}

/*
 * The alignment that the padding before a piece shows: no less would need so much of it. Before an
 * edge, padding is there for the edge.
 */
static uint64_t wanted_alignment(const struct verify *verify, size_t number,
				 const struct edges *edges)
{
	const struct verify_piece *piece = &verify->pieces[number], *before = piece - 1;
	uint64_t padding, alignment = 1;

	if (!number || before->section != piece->section)
		return 1;
	padding = padding_before(verify, piece, edges);
	if (padding >= edges->usual && piece->start % LINE == 0) {
		if (padding >= LINE && piece->start % PAGE == 0)
			return PAGE;
		for (alignment = LINE; alignment <= padding && alignment < PAGE;)
			alignment *= 2;
		return piece->start % alignment ? LINE : alignment;
	}
	if (is_usual(verify, number, edges->usual) && is_usual(verify, number - 1, edges->usual) &&
	    number + 1 < verify->piece_count && is_usual(verify, number + 1, edges->usual))
		return edges->usual;
	return 1;
}

static void check_alignment(struct verify *verify, size_t number, const struct edges *edges)
{
	const struct verify_piece *piece = &verify->pieces[number];
	uint64_t alignment = wanted_alignment(verify, number, edges);

	if (verify_place_of(piece) % alignment)
		findings_add(verify->findings,
			     "%s has lost its alignment of %" PRIu64 " bytes: it is at 0x%" PRIx64,
			     verify_old_place(verify, piece->start).text, alignment,
			     verify_place_of(piece));
}

static void check_prefix(struct verify *verify, size_t number)
{
	const struct verify_piece *piece = &verify->pieces[number], *function;

	if (!is_named_prefix(verify, piece))
		return;
	function = function_behind(verify, piece);
	if (function && function->distance != piece->distance)
		findings_add(verify->findings, "%s is no longer in front of its function",
			     verify->old.symbols[piece->symbol].name);
}

/* The code before a piece that is no prefix of it; NULL: the piece is the first of its section */
static const struct verify_piece *code_before(const struct verify *verify, size_t number)
{
	const struct verify_piece *piece = &verify->pieces[number], *before = piece - 1;

	for (; before >= verify->pieces && before->section == piece->section; before--)
		if (before->used && !is_named_prefix(verify, before))
			return before;
	return NULL;
}

/* A function that nothing else refers to may be reached by its distance from the one before it. */
static void check_unreached(struct verify *verify, size_t number, const struct edges *edges)
{
	const struct verify_piece *piece = &verify->pieces[number], *before;
	uint64_t distance;

	if (piece->is_reached || !piece->is_function || is_named_prefix(verify, piece))
		return;
	before = code_before(verify, number);
	if (!before)
		return;
	distance = before->distance;
	if (count_edges(edges, before->start) != count_edges(edges, piece->start))
		distance = 0;
	if (piece->distance != distance)
		findings_add(verify->findings,
			     "nothing refers to %s, and it is no longer behind %s",
			     verify_old_place(verify, piece->start).text,
			     verify_old_place(verify, before->start).text);
}

/* A label with nothing but padding behind it belongs to the code before it, or to what follows. */
static void check_label(struct verify *verify, size_t number)
{
	const struct verify_piece *piece = &verify->pieces[number];
	bool is_last = number + 1 == verify->piece_count;

	if (number && !piece->used && piece->symbol != VERIFY_NONE &&
	    !verify_is_edge(verify->old.symbols[piece->symbol].name) &&
	    piece->distance != piece[-1].distance &&
	    (is_last || piece->distance != piece[1].distance))
		findings_add(verify->findings,
			     "symbol %s has not moved with the code before or behind it, %s",
			     verify->old.symbols[piece->symbol].name,
			     verify_old_place(verify, piece[-1].start).text);
}

static void check_group(struct verify *verify, size_t number, const struct edges *edges)
{
	const struct verify_piece *piece = &verify->pieces[number];
	uint64_t last = piece->start + (piece->used ? piece->used - 1 : 0);

	if (count_edges(edges, piece->start) != count_edges(edges, verify_place_of(piece)) ||
	    count_edges(edges, last) != count_edges(edges, last + piece->distance))
		findings_add(verify->findings,
			     "%s has crossed an edge of its group: it is at 0x%" PRIx64,
			     verify_old_place(verify, piece->start).text, verify_place_of(piece));
}

/* No two pieces are at one place. Padding may be anywhere. */
static void check_overlaps(struct verify *verify)
{
	const struct verify_piece *last = NULL;

	for (size_t i = 0; i < verify->piece_count; i++) {
		const struct verify_piece *piece = verify->by_place[i];

		if (!piece->used)
			continue;
		if (last && verify_place_of(piece) - verify_place_of(last) < last->used)
			findings_add(verify->findings, "%s is at 0x%" PRIx64 ", where %s is",
				     verify_old_place(verify, piece->start).text,
				     verify_place_of(piece),
				     verify_old_place(verify, last->start).text);
		last = piece;
	}
}

bool verify_is_padding(struct bzb_span bytes)
{
	static const char known[] = "\x00\x0f\x1f\x2e\x40\x44\x66\x80\x84\x90\xcc";

	for (size_t i = 0; i < bytes.size; i++)
		if (!memchr(known, bytes.data[i], sizeof(known) - 1))
			return false;
	return true;
}

/* The bytes of a section from one address to another, in the shuffled file and in the original */
static void check_gap(struct verify *verify, unsigned int section, uint64_t start, uint64_t end)
{
	const struct verify_section *old = &verify->old.sections[section];
	const struct verify_section *new = &verify->new.sections[verify->section_twins[section]];
	struct bzb_span here, there;

	if (end <= start || bzb_slice(old->bytes, start - old->header.addr, end - start, &here) ||
	    bzb_slice(new->bytes, start - old->header.addr, end - start, &there) ||
	    verify_is_padding(there) || bytes_are_same(here, there))
		return;
	findings_add(verify->findings,
		     "%s: from 0x%" PRIx64 " to 0x%" PRIx64 " is neither padding nor a function",
		     new->name, start, end);
}

/* Nothing is left over where code was. */
static void check_gaps(struct verify *verify)
{
	for (size_t i = 0; i < verify->piece_count; i++) {
		const struct verify_piece *piece = verify->by_place[i];
		const struct bzb_elf_section *section =
			&verify->old.sections[piece->section].header;
		uint64_t end = section->addr + section->size;

		if (i + 1 < verify->piece_count &&
		    verify->by_place[i + 1]->section == piece->section)
			end = verify_place_of(verify->by_place[i + 1]);
		check_gap(verify, piece->section, verify_place_of(piece) + piece->used, end);
	}
}

/* e_entry of Linux is a physical address. */
static void check_entry(struct verify *verify)
{
	const struct bzb_elf *elf = &verify->old.elf;
	const uint64_t entry = elf->virtual_address + elf->entry_offset;

	if (verify_moved(verify, entry) != entry)
		findings_add(verify->findings, "the code at the entry point has moved: %s",
			     verify_old_place(verify, entry).text);
}

void verify_layout(struct verify *verify)
{
	struct edges edges = find_edges(verify);

	edges.usual = find_usual(verify);
	edges.prefix = find_prefix(verify);
	check_overlaps(verify);
	check_gaps(verify);
	check_entry(verify);
	for (size_t i = 0; i < verify->piece_count; i++) {
		check_group(verify, i, &edges);
		check_alignment(verify, i, &edges);
		check_prefix(verify, i);
		check_unreached(verify, i, &edges);
		check_label(verify, i);
	}
	free(edges.addresses);
}
