/* SPDX-License-Identifier: BSD-2-Clause */
#include "shuffle_fields.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "io/array.h"
#include "linux_edges.h"
#include "linux_places.h"
#include "linux_sections.h"
#include "shuffle_references.h"
#include "shuffle_units.h"

struct finder {
	const struct vmlinux *v;
	const struct decoded *decoded;
	struct shuffle_plan *plan;
	struct linux_places places;
	uint32_t *functions; /* where they begin, ascending */
	size_t function_count;
};

static bool is_within(uint64_t offset, uint32_t start, uint64_t size)
{
	return offset >= start && offset - start < size;
}

/* Whether bytes are described by a table instead. */
static bool is_in_table(const struct shuffle_plan *plan, uint32_t offset)
{
	const struct bzb_shuffle_names *names = &plan->names;

	for (size_t i = 0; i < plan->ordered_count; i++) {
		const struct bzb_shuffle_ordered *table = &plan->ordered[i];

		if (is_within(offset, table->offset, (uint64_t)table->count * table->entry_size))
			return true;
	}
	return names->count && is_within(offset, names->offsets, 4 * (uint64_t)names->count);
}

/* The unit that the target of a field moves with; -1 if it stays. */
static long unit_of_target(const struct finder *f, const struct shuffle_reference *reference)
{
	if (!reference->symbol)
		return shuffle_units_find(f->plan, reference->target);
	if (!reference->symbol->is_address || linux_is_edge(reference->symbol->name))
		return -1;
	return shuffle_units_find(f->plan, reference->symbol->address - f->v->address);
}

static bool is_absolute(enum bzb_shuffle_kind kind)
{
	return bzb_shuffle_properties(kind).is_absolute;
}

static void add_field(struct shuffle_plan *plan, const struct shuffle_reference *reference,
		      uint32_t unit)
{
	plan->fields = array_grow(plan->fields, plan->field_count, &plan->field_room,
				  sizeof(plan->fields[0]));
	plan->fields[plan->field_count++] =
		(struct shuffle_field){ reference->offset, reference->kind, unit };
}

/* Whether the field must change: the distance does, or the address. Adds it. */
static bool take_reference(struct finder *f, const struct shuffle_reference *reference)
{
	const long from =
		is_absolute(reference->kind) ? -1 : shuffle_units_find(f->plan, reference->offset);
	const long to = unit_of_target(f, reference);
	uint32_t unit = SHUFFLE_BY_VALUE;

	if (from == to)
		return false;
	if (to != shuffle_units_find(f->plan, reference->target))
		unit = to < 0 ? SHUFFLE_STAYS : (uint32_t)to;
	add_field(f->plan, reference, unit);
	return true;
}

/* --- functions ------------------------------------------------------------------------ */

static int compare_numbers(const void *a, const void *b)
{
	const uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;

	return x < y ? -1 : x > y;
}

static void find_functions(struct finder *f)
{
	f->functions = array_new(f->v->symbol_count, sizeof(f->functions[0]));
	for (size_t i = 0; i < f->v->symbol_count; i++) {
		const struct vmlinux_symbol *symbol = &f->v->symbols[i];

		if (symbol->type == BZB_STT_FUNC)
			f->functions[f->function_count++] =
				(uint32_t)(symbol->address - f->v->address);
	}
	qsort(f->functions, f->function_count, sizeof(f->functions[0]), compare_numbers);
}

static bool is_function(const struct finder *f, uint64_t offset)
{
	const size_t i =
		array_first_from(f->functions, f->function_count, sizeof(f->functions[0]), offset);

	return i < f->function_count && f->functions[i] == offset;
}

/* Linux's distances to functions that are certainly from their own fields: ___initcall of
 * include/linux/init.h, __DECLARE_PCI_FIXUP_SECTION of pci.h, __EXPORT_SYMBOL of export.h */
static bool is_from_itself(const struct finder *f, const char *section, uint64_t address)
{
	static const char *const sections[] = { ".pci_fixup", "__ksymtab", "__ksymtab_gpl" };
	static const char *const tables[][2] = {
		{ "__initcall_start", "__initcall_end" },
		{ "__con_initcall_start", "__con_initcall_end" },
	};

	for (size_t i = 0; i < BZB_ARRAY_SIZE(sections); i++)
		if (!strcmp(section, sections[i]))
			return true;
	for (size_t i = 0; i < BZB_ARRAY_SIZE(tables); i++) {
		const struct vmlinux_symbol *start = vmlinux_find(f->v, tables[i][0]);
		const struct vmlinux_symbol *end = vmlinux_find(f->v, tables[i][1]);

		if (start && end && address >= start->address && address < end->address)
			return true;
	}
	return false;
}

/*
 * In data, a distance to code may be one from elsewhere, as in a table (.long case - table): without
 * a symbol, nothing tells from where, nor to which function. It may seem to be to another one.
 */
static bool is_from_elsewhere(const struct finder *f, const struct vmlinux_relocs *relocs,
			      size_t number, const struct shuffle_reference *reference)
{
	const uint32_t symbol = bzb_ld32(relocs->entries[number].r_sym);
	const struct vmlinux_section *text = vmlinux_section(f->v, ".text");
	const uint64_t address = f->v->address + reference->offset;

	if (relocs->target->is_code || reference->symbol || is_absolute(reference->kind) ||
	    linux_section_says_places(relocs->target->name) ||
	    linux_places_have(&f->places, address))
		return false;
	if (f->v->symbols[symbol].section != text->index &&
	    !is_within(reference->target, text->offset, text->size))
		return false;
	return !is_function(f, reference->target) ||
	       !is_from_itself(f, relocs->target->name, address);
}

/* --- relocations ---------------------------------------------------------------------- */

static void name_place(const struct finder *f, uint64_t address, char *to, size_t room)
{
	const struct vmlinux_symbol *nearest = NULL;

	for (size_t i = 0; i < f->v->name_count; i++) {
		const struct vmlinux_symbol *symbol = f->v->by_name[i];

		if (symbol->address <= address && (!nearest || symbol->address > nearest->address))
			nearest = symbol;
	}
	snprintf(to, room, "%s+0x%llx", nearest ? nearest->name : "",
		 (unsigned long long)(address - (nearest ? nearest->address : 0)));
}

static int refuse(const struct finder *f, const struct vmlinux_relocs *relocs, size_t number,
		  const char *what, struct why *why)
{
	const uint64_t address = bzb_ld64(relocs->entries[number].r_offset);
	char place[128];

	name_place(f, address, place, sizeof(place));
	return explain(why, "%s: 0x%llx (%s): %s", relocs->target->name,
		       (unsigned long long)address, place, what);
}

/* An absolute symbol is no address that moves with a position-independent kernel; with others, it may be. */
static bool is_doubtful(const struct finder *f, const struct vmlinux_symbol *symbol)
{
	return symbol && symbol->section == BZB_SHN_ABS && !f->v->is_dynamic &&
	       !linux_is_edge(symbol->name) &&
	       shuffle_units_find(f->plan, symbol->address - f->v->address) >= 0;
}

/* A relocation that could not be read is at fault only if it concerns code that moves. */
static int check_unread(const struct finder *f, const struct vmlinux_relocs *relocs, size_t number,
			const char *what, struct why *why)
{
	const struct bzb_elf_rela *entry = &relocs->entries[number];
	const struct vmlinux_symbol *symbol = &f->v->symbols[bzb_ld32(entry->r_sym)];
	const uint64_t target =
		symbol->address +
		(symbol->type == BZB_STT_SECTION ? bzb_ld64(entry->r_addend) + 4 : 0);

	if (shuffle_units_find(f->plan, target - f->v->address) < 0 || linux_is_edge(symbol->name))
		return 0;
	return refuse(f, relocs, number, what, why);
}

static bool is_in_unit(const struct finder *f, const struct vmlinux_relocs *relocs, size_t number)
{
	const uint64_t address = bzb_ld64(relocs->entries[number].r_offset);

	return relocs->target->is_code && shuffle_units_find(f->plan, address - f->v->address) >= 0;
}

/* Data that does not hold the address of its relocation may get it later: from where, nothing shows. */
static bool is_wrong(const struct finder *f, const struct vmlinux_relocs *relocs, size_t number,
		     const struct shuffle_reference *reference)
{
	const struct bzb_elf_rela *entry = &relocs->entries[number];
	const struct vmlinux_symbol *symbol = &f->v->symbols[bzb_ld32(entry->r_sym)];
	const uint64_t target = symbol->address + bzb_ld64(entry->r_addend) - f->v->address;

	return !relocs->target->is_code && !relocs->is_linked && symbol->number &&
	       is_absolute(reference->kind) && reference->target != target &&
	       shuffle_units_find(f->plan, target) >= 0;
}

static const char unknown_type[] = "a relocation of an unknown type";

static int take_relocation(struct finder *f, const struct vmlinux_relocs *relocs, size_t number,
			   struct why *why)
{
	struct shuffle_reference reference;
	const int read = shuffle_reference_read(f->v, f->decoded, relocs, number, &reference);

	if (read < 0 && is_in_unit(f, relocs, number))
		return refuse(f, relocs, number, unknown_type, why);
	if (read < 0)
		return check_unread(f, relocs, number, unknown_type, why);
	if (read == 0 && bzb_ld32(relocs->entries[number].r_type))
		return check_unread(f, relocs, number, "a relocation that is in no operand", why);
	if (read == 0 || is_in_table(f->plan, reference.offset))
		return 0;
	if (is_wrong(f, relocs, number, &reference))
		return refuse(f, relocs, number,
			      "it does not hold the address that its relocation says", why);
	if (is_doubtful(f, reference.symbol))
		return refuse(f, relocs, number,
			      "an absolute symbol, which may be the address of a function", why);
	if (is_from_elsewhere(f, relocs, number, &reference))
		return refuse(f, relocs, number,
			      "a distance to code, perhaps from elsewhere: such tables must have "
			      "addresses",
			      why);
	if (take_reference(f, &reference) && !relocs->target->is_code &&
	    linux_section_kind(relocs->target->name) == LINUX_SECTION_UNKNOWN)
		return refuse(f, relocs, number,
			      "a section that is not known refers to code: its order may matter",
			      why);
	return 0;
}

static int take_relocations(struct finder *f, struct why *why)
{
	for (size_t i = 0; i < f->v->reloc_section_count; i++) {
		const struct vmlinux_relocs *relocs = &f->v->relocs[i];

		if (!relocs->target->in_file)
			continue;
		for (size_t k = 0; k < relocs->count; k++)
			if (take_relocation(f, relocs, k, why))
				return -1;
	}
	return 0;
}

/*
 * The assembler writes a distance within a section by itself; the decoder alone finds it. One that
 * leads to no instruction is data, or its code is pinned.
 */
static int take_operands(struct finder *f, struct why *why)
{
	for (size_t i = 0; i < f->decoded->count; i++) {
		const struct decoded_operand *operand = &f->decoded->operands[i];
		struct shuffle_reference reference = { .offset = operand->field };

		if (!operand->is_near || operand->size != 4 || operand->has_relocation)
			continue;
		if (!shuffle_code_kind(operand, &reference.kind))
			return explain(why,
				       "an instruction with %u bytes behind its operand, at "
				       "0x%llx",
				       operand->trailing,
				       (unsigned long long)(f->v->address + operand->field));
		reference.target = shuffle_target(f->v, reference.kind, reference.offset);
		(void)take_reference(f, &reference);
	}
	return 0;
}

static int compare(const void *a, const void *b)
{
	const struct shuffle_field *x = a, *y = b;

	if (x->offset != y->offset)
		return x->offset < y->offset ? -1 : 1;
	if (x->kind != y->kind)
		return x->kind < y->kind ? -1 : 1;
	return x->unit < y->unit ? -1 : x->unit > y->unit;
}

/* Relocations may be there twice, and say the same: LLD keeps those of merged sections. */
static int sort_fields(const struct vmlinux *vmlinux, struct shuffle_plan *plan, struct why *why)
{
	size_t count = 0;

	if (plan->field_count)
		qsort(plan->fields, plan->field_count, sizeof(plan->fields[0]), compare);
	for (size_t i = 0; i < plan->field_count; i++) {
		const struct shuffle_field *field = &plan->fields[i];

		if (!count || field->offset != plan->fields[count - 1].offset)
			plan->fields[count++] = *field;
		else if (compare(field, &plan->fields[count - 1]))
			return explain(why, "0x%llx has two relocations, which are not the same",
				       (unsigned long long)(vmlinux->address + field->offset));
	}
	plan->field_count = count;
	return 0;
}

int shuffle_fields_make(const struct vmlinux *vmlinux, const struct decoded *decoded,
			struct shuffle_plan *plan, struct why *why)
{
	struct finder f = { vmlinux, decoded, plan, linux_places_find(vmlinux), .functions = NULL };
	int error;

	find_functions(&f);
	error = take_relocations(&f, why) || take_operands(&f, why) ||
		sort_fields(vmlinux, plan, why);
	free(f.functions);
	return error ? -1 : 0;
}
