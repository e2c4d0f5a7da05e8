/* SPDX-License-Identifier: BSD-2-Clause */
#include "shuffle_cut.h"

#include <stdlib.h>
#include <string.h>

#include "io/array.h"
#include "linux_edges.h"
#include "shuffle_judge.h"
#include "shuffle_objects.h"

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

/* Linux has code without a type that has pages of its own: relocate_kernel. */
static bool is_function(const struct cutter *c, const struct vmlinux_symbol *symbol)
{
	return symbol->type == BZB_STT_FUNC ||
	       (symbol->type == BZB_STT_NOTYPE && symbol->name[0] && !linux_is_edge(symbol->name) &&
		shuffle_begins_page(c->text, offset_of(c, symbol->address)));
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
		shuffle_pin(&c->pieces.pieces[first], SHUFFLE_EDGE);
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

/* LLD's name for what it has compiled itself (CONFIG_LTO_CLANG_FULL). */
#define COMPILED_BY_LLD "ld-temp.o"

/*
 * GNU ld names the object of assembly, and so tells its local functions from those of the C file
 * before it. LLD does not.
 */
static bool names_assembly(const struct vmlinux *v)
{
	for (size_t i = 0; i < v->symbol_count; i++)
		if (v->symbols[i].type == BZB_STT_FILE && ends_with(v->symbols[i].name, ".o") &&
		    strcmp(v->symbols[i].name, COMPILED_BY_LLD))
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

/* -------------------------------------------------------------------------------------- */

static void free_cutter(struct cutter *c)
{
	free(c->functions);
	free(c->traced);
	free(c->edges);
	free(c->fixed);
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
		shuffle_judge(vmlinux, decoded, c.text, &c.pieces);
	free_cutter(&c);
	if (error) {
		shuffle_pieces_free(&c.pieces);
		return -1;
	}
	*ret = c.pieces;
	return 0;
}
