/* SPDX-License-Identifier: BSD-2-Clause */
/* Symbols: they say where functions have gone, and all must agree on it. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "shuffle_verify_parts.h"

/* --- names ---------------------------------------------------------------------- */

static bool ends_with(const char *name, const char *end)
{
	size_t length = strlen(name), size = strlen(end);

	return length >= size && !strcmp(name + length - size, end);
}

/* Linux, arch/x86/kernel/vmlinux.lds.S and include/asm-generic/vmlinux.lds.h */
bool verify_is_edge(const char *name)
{
	static const char *const names[] = {
		"_text", "_stext", "_etext", "__indirect_thunk_start", "__indirect_thunk_end",
	};

	for (size_t i = 0; i < BZB_ARRAY_SIZE(names); i++)
		if (!strcmp(name, names[i]))
			return true;
	return !strncmp(name, "__", 2) &&
	       (ends_with(name, "_text_start") || ends_with(name, "_text_end"));
}

static struct verify_place place_text(const struct verify *verify, const struct verify_piece *piece,
				      uint64_t offset, uint64_t address)
{
	struct verify_place place;
	const char *name = verify->old.sections[piece->section].name;

	if (piece->symbol != VERIFY_NONE)
		name = verify->old.symbols[piece->symbol].name;
	snprintf(place.text, sizeof(place.text), "%.64s+0x%" PRIx64 " (0x%" PRIx64 ")", name,
		 offset, address);
	return place;
}

static struct verify_place bare_place(const struct verify_file *file, uint64_t address)
{
	struct verify_place place;
	struct bzb_span byte;
	int section = verify_at(file, address, 1, &byte);

	snprintf(place.text, sizeof(place.text), "%.64s%s0x%" PRIx64,
		 section < 0 ? "" : file->sections[section].name, section < 0 ? "" : " ", address);
	return place;
}

struct verify_place verify_old_place(const struct verify *verify, uint64_t address)
{
	const struct verify_piece *piece = verify_piece_at(verify, address);

	return piece ? place_text(verify, piece, address - piece->start, address) :
		       bare_place(&verify->old, address);
}

struct verify_place verify_new_place(const struct verify *verify, uint64_t address)
{
	size_t low = 0, high = verify->piece_count;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (verify_place_of(verify->by_place[middle]) <= address)
			low = middle + 1;
		else
			high = middle;
	}
	if (low) {
		const struct verify_piece *piece = verify->by_place[low - 1];

		if (address - verify_place_of(piece) < piece->end - piece->start)
			return place_text(verify, piece, address - verify_place_of(piece), address);
	}
	return bare_place(&verify->new, address);
}

/* --- the same symbols ------------------------------------------------------------ */

static bool is_in_section(const struct verify_symbol *symbol)
{
	return symbol->section != BZB_SHN_UNDEF && symbol->section < BZB_SHN_LORESERVE;
}

/* The section of a symbol is not in the shuffled file. */
static bool is_dropped(const struct verify *verify, const struct verify_symbol *symbol)
{
	return is_in_section(symbol) && (symbol->section >= verify->old.elf.shnum ||
					 verify->section_twins[symbol->section] == VERIFY_NONE);
}

static bool is_twin(const struct verify *verify, const struct verify_symbol *old,
		    const struct verify_symbol *new)
{
	uint32_t section = is_in_section(old) ? verify->section_twins[old->section] : old->section;

	return section == new->section && !strcmp(old->name, new->name) && old->type == new->type &&
	       old->binding == new->binding && old->other == new->other && old->size == new->size;
}

/* Both files have the same symbols in the same order: relocations refer to their numbers. */
static bool pair_symbols(struct verify *verify)
{
	uint32_t at = 0;

	for (size_t i = 0; i < verify->old.symbol_count; i++) {
		const struct verify_symbol *old = &verify->old.symbols[i];

		verify->twins[i] = VERIFY_NONE;
		if (is_dropped(verify, old))
			continue;
		if (at == verify->new.symbol_count ||
		    !is_twin(verify, old, &verify->new.symbols[at])) {
			findings_add(verify->findings,
				     "symbol %zu (%s) is not the same in both files", i, old->name);
			return false;
		}
		verify->twins[i] = at++;
	}
	if (at != verify->new.symbol_count)
		findings_add(verify->findings,
			     "symbol %" PRIu32 " (%s) is only in the shuffled file", at,
			     verify->new.symbols[at].name);
	return at == verify->new.symbol_count;
}

static uint64_t distance_of(const struct verify *verify, size_t number)
{
	uint32_t twin = verify->twins[number];

	return twin == VERIFY_NONE ?
		       0 :
		       verify->new.symbols[twin].value - verify->old.symbols[number].value;
}

bool verify_is_of_code(const struct verify *verify, const struct verify_symbol *symbol)
{
	const struct verify_section *section;

	if (!is_in_section(symbol) || symbol->section >= verify->old.elf.shnum ||
	    symbol->type == BZB_STT_SECTION || symbol->type == BZB_STT_FILE)
		return false;
	section = &verify->old.sections[symbol->section];
	return verify_is_code(section) && symbol->value >= section->header.addr &&
	       symbol->value - section->header.addr <= section->header.size;
}

static void check_fixed(struct verify *verify, size_t number)
{
	const struct verify_symbol *symbol = &verify->old.symbols[number];
	uint64_t distance = distance_of(verify, number);

	if (distance && (!verify_is_of_code(verify, symbol) || verify_is_edge(symbol->name)))
		findings_add(verify->findings,
			     "symbol %s has moved, from 0x%" PRIx64 " to 0x%" PRIx64, symbol->name,
			     symbol->value, symbol->value + distance);
}

/* --- pieces ---------------------------------------------------------------------- */

/* The number of a symbol of code, to be sorted */
struct entry {
	const struct verify_symbol *symbol;
	uint32_t number;
};

static bool is_function(const struct verify_symbol *symbol)
{
	return symbol->type == BZB_STT_FUNC && !verify_is_edge(symbol->name);
}

/* At one address, the one that names a piece comes first. */
enum rank { RANK_FUNCTION, RANK_LABEL, RANK_EDGE };

static enum rank rank_of(const struct verify_symbol *symbol)
{
	if (verify_is_edge(symbol->name))
		return RANK_EDGE;
	return is_function(symbol) ? RANK_FUNCTION : RANK_LABEL;
}

static int compare_entries(const void *a, const void *b)
{
	const struct entry *x = a, *y = b;

	if (x->symbol->section != y->symbol->section)
		return x->symbol->section - y->symbol->section;
	if (x->symbol->value != y->symbol->value)
		return x->symbol->value > y->symbol->value ? 1 : -1;
	if (rank_of(x->symbol) != rank_of(y->symbol))
		return rank_of(x->symbol) > rank_of(y->symbol) ? 1 : -1;
	return (x->number > y->number) - (x->number < y->number);
}

static struct entry *sorted_entries(const struct verify *verify, size_t *ret_count)
{
	struct entry *entries = verify_room(verify->old.symbol_count, sizeof(*entries));
	size_t count = 0;

	for (size_t i = 0; i < verify->old.symbol_count; i++)
		if (verify_is_of_code(verify, &verify->old.symbols[i]))
			entries[count++] = (struct entry){ &verify->old.symbols[i], (uint32_t)i };
	qsort(entries, count, sizeof(*entries), compare_entries);
	*ret_count = count;
	return entries;
}

static struct verify_piece *add_piece(struct verify *verify, unsigned int section, uint64_t start)
{
	struct verify_piece *piece = &verify->pieces[verify->piece_count++];

	*piece = (struct verify_piece){ .start = start, .section = section, .symbol = VERIFY_NONE };
	return piece;
}

static void extend(struct verify_piece *piece, const struct verify_symbol *symbol)
{
	uint64_t size = symbol->value - piece->start;

	if (!is_function(symbol) && symbol->value != piece->start)
		return;
	size += symbol->size;
	if (size > piece->size)
		piece->size = size;
}

/* A symbol that does not begin a piece: an alias, or one inside a function */
static void check_inside(struct verify *verify, const struct entry *entry,
			 const struct verify_piece *piece, const struct verify_piece *before)
{
	uint64_t distance = distance_of(verify, entry->number);
	bool ends_before = before && entry->symbol->value == before->start + before->size;

	if (distance == piece->distance || verify_is_edge(entry->symbol->name))
		return;
	/* A label at the end of the function before it */
	if (!is_function(entry->symbol) && ends_before && distance == before->distance)
		return;
	findings_add(verify->findings, "symbol %s has not moved with the code that it is %s, %s",
		     entry->symbol->name, entry->symbol->value == piece->start ? "at" : "in",
		     verify->old.symbols[piece->symbol].name);
}

static void end_pieces(struct verify *verify)
{
	for (size_t i = 0; i < verify->piece_count; i++) {
		struct verify_piece *piece = &verify->pieces[i];
		const struct bzb_elf_section *section =
			&verify->old.sections[piece->section].header;

		piece->end = section->addr + section->size;
		if (i + 1 < verify->piece_count && piece[1].section == piece->section)
			piece->end = piece[1].start;
		if (piece->size > piece->end - piece->start)
			piece->size = piece->end - piece->start;
	}
}

/* A symbol that nothing follows stays, or goes with the code before it. */
static void check_end(struct verify *verify, const struct entry *entry,
		      const struct verify_piece *before)
{
	uint64_t distance = distance_of(verify, entry->number);

	if (distance && !(before && distance == before->distance))
		findings_add(verify->findings, "symbol %s has not moved with the code before it",
			     entry->symbol->name);
}

/* Pieces of one section, from its symbols: entries in ascending order */
static void make_pieces_of(struct verify *verify, unsigned int section, const struct entry *entries,
			   size_t count)
{
	const struct bzb_elf_section *header = &verify->old.sections[section].header;
	struct verify_piece *piece = NULL, *before = NULL;

	if (!count || entries->symbol->value != header->addr)
		piece = add_piece(verify, section, header->addr);
	for (size_t i = 0; i < count; i++) {
		const struct verify_symbol *symbol = entries[i].symbol;

		if (symbol->value - header->addr == header->size) {
			check_end(verify, &entries[i], piece);
			continue;
		}
		if (piece &&
		    (symbol->value == piece->start || symbol->value - piece->start < piece->size)) {
			check_inside(verify, &entries[i], piece, before);
		} else {
			before = piece;
			piece = add_piece(verify, section, symbol->value);
			piece->symbol = entries[i].number;
			piece->is_function = is_function(symbol);
			if (!verify_is_edge(symbol->name))
				piece->distance = distance_of(verify, entries[i].number);
		}
		extend(piece, symbol);
	}
}

static int compare_places(const void *a, const void *b)
{
	const struct verify_piece *x = *(struct verify_piece *const *)a;
	const struct verify_piece *y = *(struct verify_piece *const *)b;

	if (verify_place_of(x) != verify_place_of(y))
		return verify_place_of(x) > verify_place_of(y) ? 1 : -1;
	return (x > y) - (x < y);
}

static void sort_by_place(struct verify *verify)
{
	verify->by_place = verify_room(verify->piece_count, sizeof(struct verify_piece *));
	for (size_t i = 0; i < verify->piece_count; i++)
		verify->by_place[i] = &verify->pieces[i];
	qsort(verify->by_place, verify->piece_count, sizeof(struct verify_piece *), compare_places);
}

static int compare_starts(const void *a, const void *b)
{
	const struct verify_piece *x = a, *y = b;

	return (x->start > y->start) - (x->start < y->start);
}

static int compare_values(const void *a, const void *b)
{
	const struct entry *x = a, *y = b;

	return (x->symbol->value > y->symbol->value) - (x->symbol->value < y->symbol->value);
}

static void note_labels(struct verify *verify, const struct entry *entries, size_t count)
{
	struct entry *labels = verify_room(count, sizeof(*labels));

	for (size_t i = 0; i < count; i++)
		if (rank_of(entries[i].symbol) == RANK_LABEL)
			labels[verify->label_count++] = entries[i];
	qsort(labels, verify->label_count, sizeof(*labels), compare_values);
	verify->labels = verify_room(verify->label_count, sizeof(*verify->labels));
	for (size_t i = 0; i < verify->label_count; i++)
		verify->labels[i] = labels[i].number;
	free(labels);
}

static void make_pieces(struct verify *verify)
{
	size_t count, first = 0;
	struct entry *entries = sorted_entries(verify, &count);

	verify->pieces = verify_room(count + verify->old.elf.shnum, sizeof(*verify->pieces));
	note_labels(verify, entries, count);
	for (unsigned int i = 0; i < verify->old.elf.shnum; i++) {
		size_t own = 0;

		while (first + own < count && entries[first + own].symbol->section == i)
			own++;
		if (verify_is_code(&verify->old.sections[i]))
			make_pieces_of(verify, i, entries + first, own);
		first += own;
	}
	free(entries);
	qsort(verify->pieces, verify->piece_count, sizeof(*verify->pieces), compare_starts);
	end_pieces(verify);
	sort_by_place(verify);
}

struct verify_piece *verify_piece_at(const struct verify *verify, uint64_t address)
{
	size_t low = 0, high = verify->piece_count;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (verify->pieces[middle].start <= address)
			low = middle + 1;
		else
			high = middle;
	}
	if (!low || address >= verify->pieces[low - 1].end)
		return NULL;
	return &verify->pieces[low - 1];
}

uint64_t verify_moved(const struct verify *verify, uint64_t address)
{
	const struct verify_piece *piece = verify_piece_at(verify, address);

	return piece ? address + piece->distance : address;
}

bool verify_may_be(const struct verify *verify, uint64_t address, uint64_t now)
{
	size_t low = 0, high = verify->label_count;

	if (now == verify_moved(verify, address))
		return true;
	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (verify->old.symbols[verify->labels[middle]].value < address)
			low = middle + 1;
		else
			high = middle;
	}
	for (; low < verify->label_count; low++) {
		uint32_t label = verify->labels[low];

		if (verify->old.symbols[label].value != address)
			break;
		if (now == address + distance_of(verify, label))
			return true;
	}
	return false;
}

/* --- equal names ----------------------------------------------------------------- */

static int compare_names(const void *a, const void *b)
{
	const struct entry *x = a, *y = b;
	int order = strcmp(x->symbol->name, y->symbol->name);

	if (order)
		return order;
	return (x->symbol->value > y->symbol->value) - (x->symbol->value < y->symbol->value);
}

/* Live patching finds the second function of a name by the order of their addresses. */
static void check_equal_names(struct verify *verify)
{
	size_t count;
	struct entry *entries = sorted_entries(verify, &count);

	qsort(entries, count, sizeof(*entries), compare_names);
	for (size_t i = 1; i < count; i++) {
		const struct verify_symbol *a = entries[i - 1].symbol, *b = entries[i].symbol;

		if (is_function(a) && is_function(b) && !strcmp(a->name, b->name) &&
		    a->value + distance_of(verify, entries[i - 1].number) >
			    b->value + distance_of(verify, entries[i].number))
			findings_add(verify->findings,
				     "two functions are named %s, and the one at 0x%" PRIx64
				     " has gone before the one at 0x%" PRIx64,
				     a->name, b->value, a->value);
	}
	free(entries);
}

static void count_functions(struct verify *verify)
{
	for (size_t i = 0; i < verify->piece_count; i++) {
		const struct verify_piece *piece = &verify->pieces[i];

		verify->counts->functions += piece->is_function;
		verify->counts->moved += piece->is_function && piece->distance;
	}
}

bool verify_symbols(struct verify *verify)
{
	verify->twins = verify_room(verify->old.symbol_count, sizeof(*verify->twins));
	if (!pair_symbols(verify))
		return false;
	for (size_t i = 0; i < verify->old.symbol_count; i++)
		check_fixed(verify, i);
	make_pieces(verify);
	check_equal_names(verify);
	count_functions(verify);
	return true;
}
