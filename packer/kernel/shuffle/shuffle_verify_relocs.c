/* SPDX-License-Identifier: BSD-2-Clause */
/* Relocations: the sections of --emit-relocs describe both files, and say the same of them. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include <bzboot/reloc_types.h>

#include "shuffle_verify_parts.h"

/* psABI, "Relocation Types": S + A, or S + A - P */
static const struct form {
	unsigned char width;
	bool is_distance;
} forms[] = {
	[BZB_R_X86_64_64] = { 8, false },     [BZB_R_X86_64_PC32] = { 4, true },
	[BZB_R_X86_64_PLT32] = { 4, true },   [BZB_R_X86_64_32] = { 4, false },
	[BZB_R_X86_64_32S] = { 4, false },    [BZB_R_X86_64_PC64] = { 8, true },
	[BZB_R_X86_64_GOTPC32] = { 4, true },
};

static const struct form *form_of(const struct verify_reloc *reloc)
{
	static const struct form unknown = { 0, false };

	return reloc->type < BZB_ARRAY_SIZE(forms) ? &forms[reloc->type] : &unknown;
}

unsigned int verify_width(const struct verify_reloc *reloc)
{
	return form_of(reloc)->width;
}

bool verify_is_distance(const struct verify_reloc *reloc)
{
	return form_of(reloc)->is_distance;
}

bool verify_describes(const struct verify_file *file, const struct verify_reloc *reloc,
		      const unsigned char *field)
{
	const struct form *form = form_of(reloc);
	uint64_t value = file->symbols[reloc->symbol].value + reloc->addend;

	if (form->is_distance)
		value -= reloc->at;
	if (form->width == 8)
		return value == bzb_get64(field);
	return form->width == 4 && (uint32_t)value == bzb_get32(field);
}

size_t verify_first_reloc(const struct verify_file *file, uint64_t address)
{
	size_t low = 0, high = file->reloc_count;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (file->relocs[middle].at < address)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

/* An old relocation, and where its field is now */
struct moved_reloc {
	uint64_t at;
	size_t number;
};

static int compare_addresses(uint64_t a, uint64_t b)
{
	return (a > b) - (a < b);
}

static int by_place(const void *a, const void *b)
{
	const struct moved_reloc *x = a, *y = b;

	if (x->at != y->at)
		return compare_addresses(x->at, y->at);
	return (x->number > y->number) - (x->number < y->number);
}

static struct moved_reloc *move_relocs(const struct verify *verify)
{
	const struct verify_file *old = &verify->old;
	struct moved_reloc *moved = verify_room(old->reloc_count, sizeof(*moved));

	for (size_t i = 0; i < old->reloc_count; i++)
		moved[i] = (struct moved_reloc){ verify_moved(verify, old->relocs[i].at), i };
	qsort(moved, old->reloc_count, sizeof(*moved), by_place);
	return moved;
}

static bool is_in_table(const struct verify_table *table, uint64_t address)
{
	return address >= table->start && address < table->end;
}

static bool is_stale(const struct verify *verify, uint64_t address)
{
	for (size_t i = 0; i < verify->table_count; i++)
		if (verify->tables[i].is_stale && is_in_table(&verify->tables[i], address))
			return true;
	return false;
}

static bool is_by_value(const struct verify *verify, uint64_t address)
{
	for (size_t i = 0; i < verify->table_count; i++)
		if (is_in_table(&verify->tables[i], address))
			return true;
	return false;
}

uint64_t verify_target(const struct verify *verify, size_t number, const unsigned char *field)
{
	const struct verify_reloc *reloc = &verify->old.relocs[number];
	unsigned char behind = verify->behind[number];

	if (!form_of(reloc)->is_distance)
		return verify->old.symbols[reloc->symbol].value + reloc->addend;
	if (form_of(reloc)->width == 8)
		return reloc->at + bzb_get64(field);
	return reloc->at + (uint64_t)(int32_t)bzb_get32(field) +
	       (behind == VERIFY_NOT_OPERAND ? 0 : 4u + behind);
}

/* The symbol of a section, and no symbol, stand for whatever the addend leads to. */
static bool same_target(const struct verify *verify, size_t number, const struct verify_reloc *new,
			const unsigned char *field)
{
	const struct verify_reloc *old = &verify->old.relocs[number];
	uint64_t target, distance = new->addend - old->addend;

	if (old->symbol && verify->old.symbols[old->symbol].type != BZB_STT_SECTION)
		return !distance;
	target = verify_target(verify, number, field);
	return verify_may_be(verify, target, target + distance);
}

static const char *symbol_name_of(const struct verify_file *file, const struct verify_reloc *reloc)
{
	const struct verify_symbol *symbol = &file->symbols[reloc->symbol];

	if (symbol->type == BZB_STT_SECTION && symbol->section < file->elf.shnum)
		return file->sections[symbol->section].name;
	return symbol->name;
}

/* The meaning of a relocation, in words: "schedule-0x4" */
struct saying {
	char text[96];
};

static struct saying saying_of(const struct verify_file *file, const struct verify_reloc *reloc)
{
	bool is_negative = (int64_t)reloc->addend < 0;
	struct saying saying;

	snprintf(saying.text, sizeof(saying.text), "%.64s%c0x%" PRIx64, symbol_name_of(file, reloc),
		 is_negative ? '-' : '+', is_negative ? -reloc->addend : reloc->addend);
	return saying;
}

/* A relocation of an unknown type may be of anything, but must not be of code that has moved. */
static void compare_unknown(struct verify *verify, const struct verify_reloc *reloc)
{
	const struct verify_symbol *symbol = &verify->old.symbols[reloc->symbol];
	const bool is_section = symbol->type == BZB_STT_SECTION &&
				symbol->section < verify->old.elf.shnum &&
				verify_is_code(&verify->old.sections[symbol->section]);

	if (verify_moved(verify, reloc->at) != reloc->at ||
	    (is_section ? verify->counts->moved != 0 :
			  verify_moved(verify, symbol->value) != symbol->value))
		findings_add(verify->findings,
			     "%s has a relocation of an unknown type (%" PRIu32 ")",
			     verify_old_place(verify, reloc->at).text, reloc->type);
}

/* The field may get the address later: from where, nothing shows. */
static void compare_wrong(struct verify *verify, const struct verify_reloc *reloc)
{
	const uint64_t target = verify->old.symbols[reloc->symbol].value + reloc->addend;

	if (form_of(reloc)->is_distance || verify_moved(verify, target) == target)
		return;
	findings_add(
		verify->findings,
		"%s does not hold the address that its relocation says, in the original, either",
		verify_old_place(verify, reloc->at).text);
}

/* Both relocations are at the same place. */
static void compare_pair(struct verify *verify, size_t number, const struct verify_reloc *new)
{
	const struct verify_reloc *old = &verify->old.relocs[number];
	struct bzb_span old_field, new_field;
	unsigned int width = verify_width(old);

	if (is_stale(verify, old->at))
		return;
	if (old->type != new->type || verify->twins[old->symbol] != new->symbol) {
		findings_add(verify->findings, "the relocation of %s has another type or symbol",
			     verify_old_place(verify, old->at).text);
		return;
	}
	if (!width) {
		compare_unknown(verify, old);
		return;
	}
	verify->counts->relocs++;
	if (verify_at(&verify->old, old->at, width, &old_field) < 0 ||
	    verify_at(&verify->new, new->at, width, &new_field) < 0) {
		findings_add(verify->findings, "the relocation of %s is outside its section",
			     verify_old_place(verify, old->at).text);
		return;
	}
	if (!verify_describes(&verify->old, old, old_field.data)) {
		compare_wrong(verify, old);
		return;
	}
	if (!verify_describes(&verify->new, new, new_field.data))
		findings_add(verify->findings, "%s does not hold what its relocation says (%s)",
			     verify_old_place(verify, old->at).text,
			     saying_of(&verify->new, new).text);
	else if (!is_by_value(verify, old->at) && !same_target(verify, number, new, old_field.data))
		findings_add(verify->findings, "the relocation of %s refers to another place (%s)",
			     verify_old_place(verify, old->at).text,
			     saying_of(&verify->new, new).text);
}

/* The tables that have relocations, which do not describe all of their fields in the original */
static void find_stale_tables(struct verify *verify)
{
	for (size_t i = 0; i < verify->table_count; i++) {
		struct verify_table *table = &verify->tables[i];

		for (size_t k = verify_first_reloc(&verify->old, table->start);
		     k < verify->old.reloc_count && verify->old.relocs[k].at < table->end; k++) {
			const struct verify_reloc *reloc = &verify->old.relocs[k];
			struct bzb_span field;

			if (verify_at(&verify->old, reloc->at, verify_width(reloc), &field) < 0 ||
			    !verify_describes(&verify->old, reloc, field.data))
				table->is_stale = true;
		}
	}
}

static void report_missing(struct verify *verify, const struct verify_reloc *old)
{
	if (!is_stale(verify, old->at))
		findings_add(verify->findings, "the relocation of %s is missing",
			     verify_old_place(verify, old->at).text);
}

static void report_added(struct verify *verify, const struct verify_reloc *new)
{
	if (!is_stale(verify, new->at))
		findings_add(verify->findings, "a relocation of %s is not in the original",
			     verify_new_place(verify, new->at).text);
}

void verify_relocs(struct verify *verify)
{
	const struct verify_file *old = &verify->old, *new = &verify->new;
	struct moved_reloc *moved = move_relocs(verify);
	size_t i = 0, k = 0;

	find_stale_tables(verify);
	while (i < old->reloc_count || k < new->reloc_count) {
		int order =
			i == old->reloc_count ? 1 :
			k == new->reloc_count ? -1 :
						compare_addresses(moved[i].at, new->relocs[k].at);

		if (!order)
			compare_pair(verify, moved[i].number, &new->relocs[k]);
		else if (order < 0)
			report_missing(verify, &old->relocs[moved[i].number]);
		else
			report_added(verify, &new->relocs[k]);
		i += order <= 0;
		k += order >= 0;
	}
	free(moved);
}
