/* SPDX-License-Identifier: BSD-2-Clause */
#include "shuffle_judge.h"

#include <stdlib.h>
#include <string.h>

#include "io/array.h"
#include "linux_edges.h"
#include "shuffle_reached.h"

/* Padding of this many bytes shows that an alignment was asked for, not only that of functions. */
#define PADDING_SHOWS 64

/* The largest alignment of functions that is looked for: Linux's FUNCTION_ALIGNMENT_64B. */
#define ALIGNMENT_MAX 64u

/* All that the functions below need. */
struct judge {
	const struct vmlinux *v;
	const struct decoded *decoded;
	const struct vmlinux_section *text;
	struct shuffle_pieces *pieces;
};

/* Nearly all functions of C begin at multiples of it. */
static uint32_t find_alignment(const struct shuffle_pieces *p)
{
	for (uint32_t alignment = ALIGNMENT_MAX; alignment > 1; alignment /= 2) {
		size_t all = 0, aligned = 0;

		for (size_t i = 0; i < p->count; i++) {
			const struct shuffle_piece *piece = &p->pieces[i];

			if (!piece->is_c || piece->is_cold)
				continue;
			all++;
			aligned += piece->start % alignment == 0;
		}
		if (all && aligned >= all - all / 16)
			return alignment;
	}
	return 1;
}

/*
 * The distance from prefixes to their functions, if half of the functions have one. With kCFI, a
 * function that nothing calls by its address has nops in the place of a hash, and no symbol for them.
 */
static uint32_t find_prefix(const struct shuffle_pieces *p)
{
	size_t counts[ALIGNMENT_MAX + 1] = { 0 }, all = 0;
	uint32_t most = 0;

	for (size_t i = 0; i < p->count; i++) {
		const uint32_t distance = p->pieces[i].function - p->pieces[i].start;

		all += !p->pieces[i].is_cold;
		if (distance && distance <= ALIGNMENT_MAX && ++counts[distance] > counts[most])
			most = distance;
	}
	return 2 * counts[most] >= all ? most : 0;
}

static enum shuffle_reason join(const struct judge *j, const struct shuffle_piece *before,
				const struct shuffle_piece *piece)
{
	const uint32_t last = decoded_last(j->decoded, before->start, before->end);
	const unsigned char byte = last == before->end ? DECODED_NEXT : j->decoded->bytes[last];

	if (shuffle_begins_page(j->text, piece->start) &&
	    shuffle_padding(j->decoded, before->start, piece->start) >= PADDING_SHOWS)
		return SHUFFLE_FREE;
	if (linux_is_returned_to(piece->name))
		return SHUFFLE_RETURNED;
	if (!before->is_c &&
	    (!piece->is_c || (piece->is_labelled && before->code_end == piece->start)))
		return SHUFFLE_ASSEMBLY;
	if (piece->start % j->pieces->alignment && !piece->is_cold)
		return SHUFFLE_NOT_ALIGNED;
	if (byte == DECODED_NEXT || byte == DECODED_UNKNOWN ||
	    (byte == DECODED_CALL && !before->is_c))
		return SHUFFLE_FALLS;
	return SHUFFLE_FREE;
}

static void join_neighbours(const struct judge *j)
{
	for (size_t i = 1; i < j->pieces->count; i++) {
		struct shuffle_piece *piece = &j->pieces->pieces[i];
		const struct shuffle_piece *before = piece - 1;

		if (piece->interval == before->interval)
			piece->joined = join(j, before, piece);
	}
}

static unsigned char *find_reached(const struct judge *j)
{
	struct shuffle_range *ranges = array_new(j->pieces->count, sizeof(ranges[0]));
	unsigned char *reached;

	for (size_t i = 0; i < j->pieces->count; i++) {
		const struct shuffle_piece *piece = &j->pieces->pieces[i];

		ranges[i] = (struct shuffle_range){ piece->start, piece->end - piece->start };
	}
	reached = shuffle_reached(j->v, j->decoded, ranges, j->pieces->count, j->text);
	free(ranges);
	return reached;
}

/*
 * A function that nothing else refers to is never reached, or by arithmetic with the address of the
 * one before it: they stay together. KVM has such functions, to Linux 6.16.
 */
static void join_unreached(const struct judge *j)
{
	unsigned char *reached = find_reached(j);

	for (size_t i = 0; i < j->pieces->count; i++) {
		struct shuffle_piece *piece = &j->pieces->pieces[i];

		if (piece->function == UINT32_MAX || reached[piece->function - j->text->offset])
			continue;
		if (!i || piece->interval != piece[-1].interval)
			shuffle_pin(piece, SHUFFLE_UNREACHED);
		else if (!piece->joined)
			piece->joined = SHUFFLE_UNREACHED;
	}
	free(reached);
}

/* The displacement of a short jump has no room for another distance. */
static void join_short_jump(const struct judge *j, const struct decoded_operand *operand)
{
	const long from = shuffle_pieces_find(j->pieces, operand->instruction);
	const long to = shuffle_pieces_find(j->pieces, decoded_target(j->v, operand));
	struct shuffle_piece *pieces = j->pieces->pieces;
	const long low = from < to ? from : to, high = from < to ? to : from;

	if (from == to)
		return;
	if (low < 0 || pieces[low].interval != pieces[high].interval) {
		if (low >= 0)
			shuffle_pin(&pieces[low], SHUFFLE_FIXED_JUMP);
		shuffle_pin(&pieces[high], SHUFFLE_FIXED_JUMP);
		return;
	}
	for (long i = low + 1; i <= high; i++)
		if (!pieces[i].joined)
			pieces[i].joined = SHUFFLE_SHORT_JUMP;
}

static void join_short_jumps(const struct judge *j)
{
	for (size_t i = 0; i < j->decoded->count; i++) {
		const struct decoded_operand *operand = &j->decoded->operands[i];

		if (operand->is_relative && operand->size < 4)
			join_short_jump(j, operand);
	}
}

static bool is_aligned(const struct judge *j, const struct shuffle_piece *piece)
{
	return !piece->is_cold && piece->start % j->pieces->alignment == 0;
}

/* Among parts without alignment, a function may be aligned by chance: its neighbours are not. */
static bool needs_alignment(const struct judge *j, size_t number)
{
	const struct shuffle_piece *piece = &j->pieces->pieces[number];

	return is_aligned(j, piece) && number && number + 1 < j->pieces->count &&
	       (is_aligned(j, piece - 1) || is_aligned(j, piece + 1));
}

/*
 * With a section for each function, a part without alignment may be between functions. A unit that
 * begins with one would take the alignment of the others: it stays behind the function before it.
 */
static void join_cold(const struct judge *j)
{
	bool is_followed = false; /* by a function with an alignment that is joined to it */

	for (size_t i = j->pieces->count; i-- > 0;) {
		struct shuffle_piece *piece = &j->pieces->pieces[i];

		if (piece->is_cold && is_followed && (!i || piece->interval != piece[-1].interval))
			shuffle_pin(piece, SHUFFLE_NOT_ALIGNED);
		else if (piece->is_cold && is_followed && !piece->joined)
			piece->joined = SHUFFLE_NOT_ALIGNED;
		is_followed = piece->joined && (is_followed || needs_alignment(j, i));
	}
}

static void pin_entry(const struct judge *j)
{
	const long piece = shuffle_pieces_find(j->pieces, j->v->elf.entry_offset);

	if (piece >= 0)
		shuffle_pin(&j->pieces->pieces[piece], SHUFFLE_ENTRY);
}

static void pin_undecoded(const struct judge *j)
{
	for (size_t i = 0; i < j->pieces->count; i++) {
		struct shuffle_piece *piece = &j->pieces->pieces[i];

		if (memchr(j->decoded->bytes + piece->start, DECODED_UNKNOWN,
			   piece->end - piece->start))
			shuffle_pin(piece, SHUFFLE_UNDECODED);
	}
}

/* Between sections, there are relocations: it is data, or the decoder has lost its step. */
static void pin_strays(const struct judge *j)
{
	for (size_t i = 0; i < j->decoded->count; i++) {
		const struct decoded_operand *operand = &j->decoded->operands[i];
		long piece;

		if (!operand->is_relative || operand->is_near || operand->has_relocation)
			continue;
		piece = shuffle_pieces_find(j->pieces, operand->instruction);
		if (piece >= 0)
			shuffle_pin(&j->pieces->pieces[piece], SHUFFLE_STRAY);
	}
}

/* A relocation that is in no operand is in data, or the decoder has lost its step. */
static void pin_fields(const struct judge *j)
{
	for (size_t i = 0; i < j->v->reloc_section_count; i++) {
		const struct vmlinux_relocs *relocs = &j->v->relocs[i];

		if (relocs->target != j->text)
			continue;
		for (size_t k = 0; k < relocs->count; k++) {
			const uint32_t at =
				(uint32_t)(bzb_ld64(relocs->entries[k].r_offset) - j->v->address);
			const long piece = shuffle_pieces_find(j->pieces, at);

			if (piece >= 0 && bzb_ld32(relocs->entries[k].r_type) &&
			    !decoded_find(j->decoded, at))
				shuffle_pin(&j->pieces->pieces[piece], SHUFFLE_FIELD);
		}
	}
}

void shuffle_judge(const struct vmlinux *vmlinux, const struct decoded *decoded,
		   const struct vmlinux_section *text, struct shuffle_pieces *pieces)
{
	const struct judge j = { vmlinux, decoded, text, pieces };

	pieces->alignment = find_alignment(pieces);
	pieces->prefix = find_prefix(pieces);
	join_neighbours(&j);
	join_unreached(&j);
	join_short_jumps(&j);
	join_cold(&j);
	pin_entry(&j);
	pin_undecoded(&j);
	pin_strays(&j);
	pin_fields(&j);
}
