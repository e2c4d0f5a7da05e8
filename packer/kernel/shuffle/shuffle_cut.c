/* SPDX-License-Identifier: BSD-2-Clause */
#include "shuffle_cut.h"

#include <stdlib.h>
#include <string.h>

#include "io/array.h"
#include "linux_edges.h"
#include "shuffle_objects.h"
#include "shuffle_reached.h"

/* Padding of this many bytes shows that an alignment was asked for, not only that of functions. */
#define PADDING_SHOWS 64

/* The largest alignment of functions that is looked for: Linux's FUNCTION_ALIGNMENT_64B. */
#define ALIGNMENT_MAX 64u

/* All that the functions below need. */
struct cutter {
	const struct vmlinux *v;
	const struct decoded *decoded;
	const struct vmlinux_section *text;
	struct shuffle_pieces pieces;
	const struct vmlinux_symbol **functions; /* of text, ascending */
	size_t function_count;
	uint32_t *traced; /* places of calls of the tracer in text, ascending */
	size_t traced_count;
	uint32_t *edges; /* ascending, each once, with both ends of text */
	size_t edge_count;
	uint32_t *fixed; /* those with text behind them that stays; ascending */
	size_t fixed_count;
};

static uint32_t offset_of(const struct cutter *c, uint64_t address)
{
	return (uint32_t)(address - c->v->address);
}

static bool is_in_text(const struct cutter *c, const struct vmlinux_symbol *symbol)
{
	return symbol->section == c->text->index &&
	       symbol->address - c->text->address <= c->text->size;
}

static int compare_addresses(const void *a, const void *b)
{
	const struct vmlinux_symbol *x = *(const struct vmlinux_symbol *const *)a;
	const struct vmlinux_symbol *y = *(const struct vmlinux_symbol *const *)b;

	if (x->address != y->address)
		return x->address < y->address ? -1 : 1;
	if (x->size != y->size)
		return x->size > y->size ? -1 : 1;
	return x->number < y->number ? -1 : x->number > y->number;
}

static int compare_offsets(const void *a, const void *b)
{
	const uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;

	return x < y ? -1 : x > y;
}

static bool ends_with(const char *name, const char *end)
{
	const char *dot = name ? strrchr(name, '.') : NULL;

	return dot && !strcmp(dot, end);
}

static bool is_c_file(const char *file)
{
	return ends_with(file, ".c");
}

/* --- what the symbols say ------------------------------------------------------------- */

/* By chance, one of 256 functions begins a page, too: no padding need show that it was to. */
static bool begins_page(const struct cutter *c, uint32_t at)
{
	return at % BZB_PAGE_SIZE == 0 && at > c->text->offset;
}

/* Linux has code without a type that has pages of its own: relocate_kernel. */
static bool is_function(const struct cutter *c, const struct vmlinux_symbol *symbol)
{
	return symbol->type == BZB_STT_FUNC ||
	       (symbol->type == BZB_STT_NOTYPE && symbol->name[0] && !linux_is_edge(symbol->name) &&
		begins_page(c, offset_of(c, symbol->address)));
}

static void find_functions(struct cutter *c)
{
	const struct vmlinux *v = c->v;

	c->functions = array_new(v->symbol_count, sizeof(c->functions[0]));
	for (size_t i = 0; i < v->symbol_count; i++)
		if (is_in_text(c, &v->symbols[i]) && is_function(c, &v->symbols[i]))
			c->functions[c->function_count++] = &v->symbols[i];
	qsort(c->functions, c->function_count, sizeof(c->functions[0]), compare_addresses);
}

static void find_traced(struct cutter *c)
{
	const struct vmlinux_symbol *start = vmlinux_find(c->v, "__start_mcount_loc");
	const struct vmlinux_symbol *stop = vmlinux_find(c->v, "__stop_mcount_loc");
	const unsigned char *table;
	size_t count;

	if (!start || !stop || stop->address <= start->address)
		return;
	count = (size_t)(stop->address - start->address) / 8;
	table = vmlinux_at(c->v, start->address, 8 * (uint64_t)count);
	if (!table)
		return;
	c->traced = array_new(count, sizeof(c->traced[0]));
	for (size_t i = 0; i < count; i++) {
		const uint64_t at = bzb_get64(table + 8 * i);

		if (at - c->text->address < c->text->size)
			c->traced[c->traced_count++] = offset_of(c, at);
	}
	qsort(c->traced, c->traced_count, sizeof(c->traced[0]), compare_offsets);
}

/* The number of the first traced place that is not below an offset. */
static size_t first_traced(const struct cutter *c, uint32_t offset)
{
	return array_first_from(c->traced, c->traced_count, sizeof(c->traced[0]), offset);
}

static bool is_traced(const struct cutter *c, uint32_t start, uint32_t end)
{
	const size_t i = first_traced(c, start);

	return i < c->traced_count && c->traced[i] < end;
}

static void find_edges(struct cutter *c)
{
	const struct vmlinux *v = c->v;
	size_t count = 0;

	c->edges = array_new(v->name_count + 2, sizeof(c->edges[0]));
	c->fixed = array_new(v->name_count, sizeof(c->fixed[0]));
	c->edges[count++] = c->text->offset;
	c->edges[count++] = c->text->offset + c->text->size;
	for (size_t i = 0; i < v->name_count; i++) {
		const uint32_t at = offset_of(c, v->by_name[i]->address);

		if (!is_in_text(c, v->by_name[i]) || !linux_is_edge(v->by_name[i]->name))
			continue;
		c->edges[count++] = at;
		if (linux_is_fixed_behind(v->by_name[i]->name))
			c->fixed[c->fixed_count++] = at;
	}
	qsort(c->fixed, c->fixed_count, sizeof(c->fixed[0]), compare_offsets);
	qsort(c->edges, count, sizeof(c->edges[0]), compare_offsets);
	for (size_t i = 0; i < count; i++)
		if (!c->edge_count || c->edges[i] != c->edges[c->edge_count - 1])
			c->edges[c->edge_count++] = c->edges[i];
}

/* --- ranges of text ------------------------------------------------------------------- */

static bool is_fixed(const struct cutter *c, uint32_t edge)
{
	return array_first_from(c->fixed, c->fixed_count, sizeof(c->fixed[0]), edge) <
	       array_first_from(c->fixed, c->fixed_count, sizeof(c->fixed[0]), (uint64_t)edge + 1);
}

/*
 * Where a function begins: with its prefix, if it has one. clang's __cfi_ names the hash in it, and
 * not the nops behind the hash.
 */
static uint32_t start_of(const struct cutter *c, size_t number)
{
	const struct vmlinux_symbol *f = c->functions[number], *before = f;

	while (number && before->address == f->address)
		before = c->functions[--number];
	if (linux_is_prefix(before->name) && !linux_is_prefix(f->name))
		return offset_of(c, before->address);
	return offset_of(c, f->address);
}

/* The first function that is certainly none of those that run at physical addresses; its prefix. */
static uint32_t first_function(const struct cutter *c)
{
	const size_t first = first_traced(c, c->text->offset);
	uint32_t function = c->text->offset + c->text->size;

	for (size_t i = 0; i < c->function_count; i++) {
		const struct vmlinux_symbol *f = c->functions[i];

		if (first < c->traced_count) {
			if (offset_of(c, f->address) > c->traced[first])
				break;
			function = start_of(c, i);
		} else if (f->is_local && is_c_file(f->file) && strncmp(f->file, "head", 4)) {
			return start_of(c, i);
		}
	}
	return function;
}

/* --- pieces --------------------------------------------------------------------------- */

static void add_piece(struct cutter *c, uint32_t start, uint32_t interval, const char *name)
{
	struct shuffle_pieces *p = &c->pieces;

	p->pieces = array_grow(p->pieces, p->count, &p->room, sizeof(p->pieces[0]));
	p->pieces[p->count++] = (struct shuffle_piece){
		.start = start,
		.interval = interval,
		.function = UINT32_MAX,
		.name = name,
		.is_cold = linux_is_cold(name),
	};
}

static void pin(struct shuffle_piece *piece, enum shuffle_reason reason)
{
	if (!piece->pinned)
		piece->pinned = reason;
}

/* Notes the first function of the last piece, which is not below @first. */
static void note_function(struct cutter *c, size_t first, const struct vmlinux_symbol *f)
{
	struct shuffle_pieces *p = &c->pieces;

	if (p->count > first && p->pieces[p->count - 1].function == UINT32_MAX &&
	    !linux_is_prefix(f->name))
		p->pieces[p->count - 1].function = offset_of(c, f->address);
}

static bool is_behind_prefix(const struct cutter *c, size_t number, uint32_t interval_start)
{
	const uint32_t start = start_of(c, number);

	return start >= interval_start && start < offset_of(c, c->functions[number]->address);
}

/* Cuts a range at each function that begins behind the end of those before it. */
static void cut_interval(struct cutter *c, uint32_t start, uint32_t end, uint32_t interval)
{
	const size_t first = c->pieces.count;
	const bool at_edge = start == c->edges[interval];
	uint64_t covered = start;

	for (size_t i = 0; i < c->function_count; i++) {
		const struct vmlinux_symbol *f = c->functions[i];
		const uint64_t at = offset_of(c, f->address);

		if (at < start || at >= end)
			continue;
		if (at >= covered && !is_behind_prefix(c, i, start)) {
			if (c->pieces.count == first &&
			    decoded_last(c->decoded, start, (uint32_t)at) != at)
				add_piece(c, start, interval, "");
			add_piece(c, (uint32_t)at, interval, f->name);
		}
		note_function(c, first, f);
		if (at + f->size >= covered)
			covered = at + f->size;
	}
	for (size_t i = first; i < c->pieces.count; i++)
		c->pieces.pieces[i].end = i + 1 < c->pieces.count ? c->pieces.pieces[i + 1].start :
								    end;
	if (at_edge && first < c->pieces.count && c->pieces.pieces[first].start == start)
		pin(&c->pieces.pieces[first], SHUFFLE_EDGE);
}

/* The int3 that a compiler puts behind a return, against speculation, is in the function's size. */
static void find_code_ends(struct cutter *c)
{
	for (size_t i = 0; i < c->pieces.count; i++) {
		struct shuffle_piece *piece = &c->pieces.pieces[i];
		const uint32_t last = decoded_last(c->decoded, piece->start, piece->end);

		piece->code_end = last == piece->end ? piece->end :
						       decoded_end(c->decoded, last, piece->end);
	}
	for (size_t i = 0; i < c->function_count; i++) {
		const uint64_t end = offset_of(c, c->functions[i]->address) + c->functions[i]->size;
		const long k =
			shuffle_pieces_find(&c->pieces, offset_of(c, c->functions[i]->address));

		if (k >= 0 && end > c->pieces.pieces[k].code_end)
			c->pieces.pieces[k].code_end = end < c->pieces.pieces[k].end ?
							       (uint32_t)end :
							       c->pieces.pieces[k].end;
	}
}

/*
 * A label at the end of code moves with it, not with the padding that is left out there. If the next
 * piece begins there, nothing tells which one is meant.
 */
static void find_labels(struct cutter *c)
{
	for (size_t i = 0; i < c->v->name_count; i++) {
		const struct vmlinux_symbol *symbol = c->v->by_name[i];
		const uint32_t at = offset_of(c, symbol->address);
		const long k = is_in_text(c, symbol) ? shuffle_pieces_find(&c->pieces, at) : -1;
		struct shuffle_piece *piece = k < 0 ? NULL : &c->pieces.pieces[k];

		if (!piece || symbol->type != BZB_STT_NOTYPE || linux_is_edge(symbol->name))
			continue;
		if (at >= piece->code_end)
			piece->code_end = at + 1;
		piece->is_labelled = piece->is_labelled || at == piece->start;
	}
}

static void cut(struct cutter *c)
{
	for (size_t i = 0; i + 1 < c->edge_count; i++) {
		uint32_t start = c->edges[i];

		if (is_fixed(c, start))
			continue;
		if (i == 0)
			start = first_function(c);
		if (start < c->edges[i + 1])
			cut_interval(c, start, c->edges[i + 1], (uint32_t)i);
	}
}

/* --- which pieces a compiler has made ------------------------------------------------- */

/*
 * GNU ld names the object of assembly, and so tells its local functions from those of the C file
 * before it. LLD does not.
 */
static bool names_assembly(const struct vmlinux *v)
{
	for (size_t i = 0; i < v->symbol_count; i++)
		if (v->symbols[i].type == BZB_STT_FILE && ends_with(v->symbols[i].name, ".o"))
			return true;
	return false;
}

/*
 * Whether a prefix has a hash of kCFI that a compiler has written. Assembly has it by a symbol
 * (__kcfi_typeid_), and so with a relocation.
 */
static bool has_hash(const struct cutter *c, const struct shuffle_piece *piece)
{
	const struct decoded *decoded = c->decoded;
	const size_t i = decoded->count ?
				 array_first_from(&decoded->operands[0].field, decoded->count,
						  sizeof(decoded->operands[0]), piece->start) :
				 0;

	return linux_is_hash(piece->name) && piece->function != UINT32_MAX && i < decoded->count &&
	       decoded->operands[i].field < piece->function && !decoded->operands[i].has_relocation;
}

/*
 * A traced function, one with a hash, and a local one of a C file, are C; so is all between two local functions of a
 * file that have no other file's local function between them: the code of a file is contiguous.
 * Where files are not named, only local functions that are traced, or have a hash, count.
 */
static void mark_c(struct cutter *c)
{
	const bool are_named = names_assembly(c->v);
	const struct vmlinux_symbol *before = NULL;

	for (size_t i = 0; i < c->pieces.count; i++)
		if (is_traced(c, c->pieces.pieces[i].start, c->pieces.pieces[i].end) ||
		    has_hash(c, &c->pieces.pieces[i]))
			c->pieces.pieces[i].is_c = true;
	for (size_t i = 0; i < c->function_count; i++) {
		const struct vmlinux_symbol *f = c->functions[i];
		const long last = shuffle_pieces_find(&c->pieces, offset_of(c, f->address));
		long k;

		if (!f->is_local || !f->file || last < 0)
			continue;
		if (before && before->file_number != f->file_number)
			before = NULL;
		if (!is_c_file(f->file) || (!are_named && !c->pieces.pieces[last].is_c))
			continue;
		c->pieces.pieces[last].is_c = true;
		k = before ? shuffle_pieces_find(&c->pieces, offset_of(c, before->address)) : last;
		for (; k >= 0 && k < last &&
		       c->pieces.pieces[k].interval == c->pieces.pieces[last].interval;
		     k++)
			c->pieces.pieces[k].is_c = true;
		before = f;
	}
}

/* --- which pieces stay together ------------------------------------------------------- */

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

static enum shuffle_reason join(const struct cutter *c, const struct shuffle_piece *before,
				const struct shuffle_piece *piece)
{
	const uint32_t last = decoded_last(c->decoded, before->start, before->end);
	const unsigned char byte = last == before->end ? DECODED_NEXT : c->decoded->bytes[last];

	if (begins_page(c, piece->start) &&
	    shuffle_padding(c->decoded, before->start, piece->start) >= PADDING_SHOWS)
		return SHUFFLE_FREE;
	if (linux_is_returned_to(piece->name))
		return SHUFFLE_RETURNED;
	if (!before->is_c &&
	    (!piece->is_c || (piece->is_labelled && before->code_end == piece->start)))
		return SHUFFLE_ASSEMBLY;
	if (piece->start % c->pieces.alignment && !piece->is_cold)
		return SHUFFLE_NOT_ALIGNED;
	if (byte == DECODED_NEXT || byte == DECODED_UNKNOWN ||
	    (byte == DECODED_CALL && !before->is_c))
		return SHUFFLE_FALLS;
	return SHUFFLE_FREE;
}

static void join_neighbours(struct cutter *c)
{
	for (size_t i = 1; i < c->pieces.count; i++) {
		struct shuffle_piece *piece = &c->pieces.pieces[i];
		const struct shuffle_piece *before = piece - 1;

		if (piece->interval == before->interval)
			piece->joined = join(c, before, piece);
	}
}

static unsigned char *find_reached(const struct cutter *c)
{
	struct shuffle_range *ranges = array_new(c->pieces.count, sizeof(ranges[0]));
	unsigned char *reached;

	for (size_t i = 0; i < c->pieces.count; i++) {
		const struct shuffle_piece *piece = &c->pieces.pieces[i];

		ranges[i] = (struct shuffle_range){ piece->start, piece->end - piece->start };
	}
	reached = shuffle_reached(c->v, c->decoded, ranges, c->pieces.count, c->text);
	free(ranges);
	return reached;
}

/*
 * A function that nothing else refers to is never reached, or by arithmetic with the address of the
 * one before it: they stay together. KVM has such functions, to Linux 6.16.
 */
static void join_unreached(struct cutter *c)
{
	unsigned char *reached = find_reached(c);

	for (size_t i = 0; i < c->pieces.count; i++) {
		struct shuffle_piece *piece = &c->pieces.pieces[i];

		if (piece->function == UINT32_MAX || reached[piece->function - c->text->offset])
			continue;
		if (!i || piece->interval != piece[-1].interval)
			pin(piece, SHUFFLE_UNREACHED);
		else if (!piece->joined)
			piece->joined = SHUFFLE_UNREACHED;
	}
	free(reached);
}

/* The displacement of a short jump has no room for another distance. */
static void join_short_jump(struct cutter *c, const struct decoded_operand *operand)
{
	const long from = shuffle_pieces_find(&c->pieces, operand->instruction);
	const long to = shuffle_pieces_find(&c->pieces, decoded_target(c->v, operand));
	struct shuffle_piece *pieces = c->pieces.pieces;
	const long low = from < to ? from : to, high = from < to ? to : from;

	if (from == to)
		return;
	if (low < 0 || pieces[low].interval != pieces[high].interval) {
		if (low >= 0)
			pin(&pieces[low], SHUFFLE_FIXED_JUMP);
		pin(&pieces[high], SHUFFLE_FIXED_JUMP);
		return;
	}
	for (long i = low + 1; i <= high; i++)
		if (!pieces[i].joined)
			pieces[i].joined = SHUFFLE_SHORT_JUMP;
}

static void join_short_jumps(struct cutter *c)
{
	for (size_t i = 0; i < c->decoded->count; i++) {
		const struct decoded_operand *operand = &c->decoded->operands[i];

		if (operand->is_relative && operand->size < 4)
			join_short_jump(c, operand);
	}
}

static bool is_aligned(const struct cutter *c, const struct shuffle_piece *piece)
{
	return !piece->is_cold && piece->start % c->pieces.alignment == 0;
}

/* Among parts without alignment, a function may be aligned by chance: its neighbours are not. */
static bool needs_alignment(const struct cutter *c, size_t number)
{
	const struct shuffle_piece *piece = &c->pieces.pieces[number];

	return is_aligned(c, piece) && number && number + 1 < c->pieces.count &&
	       (is_aligned(c, piece - 1) || is_aligned(c, piece + 1));
}

/*
 * With a section for each function, a part without alignment may be between functions. A unit that
 * begins with one would take the alignment of the others: it stays behind the function before it.
 */
static void join_cold(struct cutter *c)
{
	bool is_followed = false; /* by a function with an alignment that is joined to it */

	for (size_t i = c->pieces.count; i-- > 0;) {
		struct shuffle_piece *piece = &c->pieces.pieces[i];

		if (piece->is_cold && is_followed && (!i || piece->interval != piece[-1].interval))
			pin(piece, SHUFFLE_NOT_ALIGNED);
		else if (piece->is_cold && is_followed && !piece->joined)
			piece->joined = SHUFFLE_NOT_ALIGNED;
		is_followed = piece->joined && (is_followed || needs_alignment(c, i));
	}
}

static void pin_entry(struct cutter *c)
{
	const long piece = shuffle_pieces_find(&c->pieces, c->v->elf.entry_offset);

	if (piece >= 0)
		pin(&c->pieces.pieces[piece], SHUFFLE_ENTRY);
}

static void pin_undecoded(struct cutter *c)
{
	for (size_t i = 0; i < c->pieces.count; i++) {
		struct shuffle_piece *piece = &c->pieces.pieces[i];

		if (memchr(c->decoded->bytes + piece->start, DECODED_UNKNOWN,
			   piece->end - piece->start))
			pin(piece, SHUFFLE_UNDECODED);
	}
}

/* Between sections, there are relocations: it is data, or the decoder has lost its step. */
static void pin_strays(struct cutter *c)
{
	for (size_t i = 0; i < c->decoded->count; i++) {
		const struct decoded_operand *operand = &c->decoded->operands[i];
		long piece;

		if (!operand->is_relative || operand->is_near || operand->has_relocation)
			continue;
		piece = shuffle_pieces_find(&c->pieces, operand->instruction);
		if (piece >= 0)
			pin(&c->pieces.pieces[piece], SHUFFLE_STRAY);
	}
}

/* A relocation that is in no operand is in data, or the decoder has lost its step. */
static void pin_fields(struct cutter *c)
{
	for (size_t i = 0; i < c->v->reloc_section_count; i++) {
		const struct vmlinux_relocs *relocs = &c->v->relocs[i];

		if (relocs->target != c->text)
			continue;
		for (size_t k = 0; k < relocs->count; k++) {
			const uint32_t at = offset_of(c, bzb_ld64(relocs->entries[k].r_offset));
			const long piece = shuffle_pieces_find(&c->pieces, at);

			if (piece >= 0 && bzb_ld32(relocs->entries[k].r_type) &&
			    !decoded_find(c->decoded, at))
				pin(&c->pieces.pieces[piece], SHUFFLE_FIELD);
		}
	}
}

/* -------------------------------------------------------------------------------------- */

static void free_cutter(struct cutter *c)
{
	free(c->functions);
	free(c->traced);
	free(c->edges);
	free(c->fixed);
}

static void judge(struct cutter *c)
{
	c->pieces.alignment = find_alignment(&c->pieces);
	c->pieces.prefix = find_prefix(&c->pieces);
	join_neighbours(c);
	join_unreached(c);
	join_short_jumps(c);
	join_cold(c);
	pin_entry(c);
	pin_undecoded(c);
	pin_strays(c);
	pin_fields(c);
}

int shuffle_cut(const struct vmlinux *vmlinux, const struct decoded *decoded,
		enum shuffle_units units, struct shuffle_pieces *ret, struct why *why)
{
	struct cutter c = { vmlinux, decoded, vmlinux_section(vmlinux, ".text"), .edges = NULL };
	int error = 0;

	if (!c.text || !c.text->is_code)
		return explain(why,
			       "it has no section .text of code that is where its address says");
	find_functions(&c);
	find_traced(&c);
	find_edges(&c);
	cut(&c);
	find_code_ends(&c);
	find_labels(&c);
	mark_c(&c);
	if (units == SHUFFLE_OBJECTS)
		error = shuffle_objects_find(vmlinux, &c.pieces, why);
	if (!error)
		judge(&c);
	free_cutter(&c);
	if (error) {
		shuffle_pieces_free(&c.pieces);
		return -1;
	}
	*ret = c.pieces;
	return 0;
}
