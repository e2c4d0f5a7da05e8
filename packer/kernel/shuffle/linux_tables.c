/* SPDX-License-Identifier: BSD-2-Clause */
#include "linux_tables.h"

#include <stdlib.h>
#include <string.h>

#include "kernel/shuffle/linux_sections.h"

/* Between two symbols; a second table, whose entries belong to those of the first, between others. */
static const struct linux_table {
	const char *start, *stop;
	uint32_t entry_size;
	uint32_t relative_fields; /* 0: the key is an address of 8 bytes */
	const char *parallel_start, *parallel_stop;
	uint32_t parallel_size;
	bool has_handler; /* in a field behind the relative ones: a number, or relative, too */
} tables[] = {
	/* clang-format off */
	/* arch/x86/include/asm/extable.h: instruction, where to go on, what to do */
	{ "__start___ex_table", "__stop___ex_table", 12, 2, NULL, NULL, 0, true },
	/* kernel/trace/ftrace.c; zeros in the place of weak functions come first */
	{ "__start_mcount_loc", "__stop_mcount_loc", 8, 0, NULL, NULL, 0, false },
	/* arch/x86/include/asm/orc_types.h: struct orc_entry */
	{ "__start_orc_unwind_ip", "__stop_orc_unwind_ip", 4, 1,
	  "__start_orc_unwind", "__stop_orc_unwind", 6, false },
	/* clang-format on */
};

uint64_t linux_ordered_key(const struct vmlinux *vmlinux, const struct bzb_shuffle_ordered *table,
			   uint32_t entry)
{
	const uint32_t offset = table->offset + entry * table->entry_size;
	const unsigned char *at = vmlinux->memory.data + offset;

	return table->absolute ? bzb_get64(at) :
				 vmlinux->address + offset + (uint64_t)(int32_t)bzb_get32(at);
}

/* --- finding -------------------------------------------------------------------------- */

/* The bytes between two symbols, as a multiple of an entry; count 0 if there are none. */
static int find_range(const struct vmlinux *vmlinux, const char *start, const char *stop,
		      uint32_t entry_size, uint32_t *ret_offset, uint32_t *ret_count,
		      struct why *why)
{
	const struct vmlinux_symbol *first = vmlinux_find(vmlinux, start);
	const struct vmlinux_symbol *end = vmlinux_find(vmlinux, stop);
	uint64_t size;

	*ret_offset = *ret_count = 0;
	if (!first || !end)
		return 0;
	size = end->address - first->address;
	if (size % entry_size || !vmlinux_at(vmlinux, first->address, size))
		return explain(why, "from %s to %s are %lld bytes, no entries of %u", start, stop,
			       (long long)size, entry_size);
	*ret_offset = (uint32_t)(first->address - vmlinux->address);
	*ret_count = (uint32_t)(size / entry_size);
	return 0;
}

/* --- the exception table -------------------------------------------------------------- */

static int compare_addresses(const void *a, const void *b)
{
	const uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;

	return x < y ? -1 : x > y;
}

/* Addresses of functions that handle exceptions; returns how many. */
static size_t find_handlers(const struct vmlinux *vmlinux, uint64_t *to, size_t room)
{
	size_t count = 0;

	for (size_t i = 0; i < vmlinux->symbol_count && count < room; i++)
		if (!strncmp(vmlinux->symbols[i].name, "ex_handler_", strlen("ex_handler_")))
			to[count++] = vmlinux->symbols[i].address;
	qsort(to, count, sizeof(*to), compare_addresses);
	return count;
}

/*
 * Before Linux 5.16 the third field of an entry says where a handler is, relative to the field;
 * since then it has the number of one.
 */
static int find_third_fields(const struct vmlinux *vmlinux, struct bzb_shuffle_ordered *table,
			     struct why *why)
{
	uint64_t handlers[64];
	const size_t handler_count = find_handlers(vmlinux, handlers, BZB_ARRAY_SIZE(handlers));
	uint32_t relative = 0;

	for (uint32_t i = 0; i < table->count; i++) {
		const uint32_t offset = table->offset + i * table->entry_size + 8;
		const uint64_t target = vmlinux->address + offset +
					(uint64_t)(int32_t)bzb_get32(vmlinux->memory.data + offset);

		relative += bsearch(&target, handlers, handler_count, sizeof(target),
				    compare_addresses) != NULL;
	}
	if (relative && relative != table->count)
		return explain(why, "%u of the %u entries of __ex_table have a handler", relative,
			       table->count);
	if (relative)
		table->relative_fields = 3;
	return 0;
}

/* --- order ---------------------------------------------------------------------------- */

struct sorted_entry {
	uint64_t key;
	uint32_t number; /* before */
};

static int compare_entries(const void *a, const void *b)
{
	const struct sorted_entry *x = a, *y = b;

	if (x->key != y->key)
		return x->key < y->key ? -1 : 1;
	return x->number < y->number ? -1 : x->number > y->number;
}

/* Writes the entries in the order of @order; relative fields keep their targets. */
static void write_sorted(struct vmlinux *vmlinux, const struct bzb_shuffle_ordered *table,
			 const struct sorted_entry *order)
{
	const size_t size = (size_t)table->count * table->entry_size;
	unsigned char *to = vmlinux->memory.data + table->offset;
	struct blob from = blob_copy((struct bzb_span){ to, size });

	for (uint32_t i = 0; i < table->count; i++, to += table->entry_size) {
		const uint32_t moved = (order[i].number - i) * table->entry_size;

		memcpy(to, from.data + (size_t)order[i].number * table->entry_size,
		       table->entry_size);
		for (uint32_t field = 0; field < table->relative_fields; field++)
			bzb_put32(to + field * 4, bzb_get32(to + field * 4) + moved);
	}
	blob_free(&from);
}

static bool is_sorted(const struct vmlinux *vmlinux, const struct bzb_shuffle_ordered *table)
{
	for (uint32_t i = 1; i < table->count; i++)
		if (linux_ordered_key(vmlinux, table, i) < linux_ordered_key(vmlinux, table, i - 1))
			return false;
	return true;
}

static void sort_table(struct vmlinux *vmlinux, const struct bzb_shuffle_ordered *table)
{
	struct blob memory = blob_room(table->count * sizeof(struct sorted_entry));
	struct sorted_entry *order = (void *)memory.data;

	for (uint32_t i = 0; i < table->count; i++)
		order[i] = (struct sorted_entry){ linux_ordered_key(vmlinux, table, i), i };
	qsort(order, table->count, sizeof(*order), compare_entries);
	write_sorted(vmlinux, table, order);
	blob_free(&memory);
}

/* -------------------------------------------------------------------------------------- */

static int find_table(struct vmlinux *vmlinux, const struct linux_table *known,
		      struct bzb_shuffle_ordered *ret, struct why *why)
{
	uint32_t parallel_count = 0;

	*ret = (struct bzb_shuffle_ordered){
		.entry_size = known->entry_size,
		.absolute = !known->relative_fields,
		.relative_fields = known->relative_fields,
		.parallel_size = known->parallel_size,
	};
	if (find_range(vmlinux, known->start, known->stop, known->entry_size, &ret->offset,
		       &ret->count, why))
		return -1;
	if (known->parallel_size) {
		if (find_range(vmlinux, known->parallel_start, known->parallel_stop,
			       known->parallel_size, &ret->parallel_offset, &parallel_count, why))
			return -1;
		if (parallel_count != ret->count)
			return explain(why, "from %s are %u entries, and from %s %u", known->start,
				       ret->count, known->parallel_start, parallel_count);
	}
	if (known->has_handler && find_third_fields(vmlinux, ret, why))
		return -1;
	if (is_sorted(vmlinux, ret))
		return 0;
	if (known->parallel_size)
		return explain(why, "the entries from %s are not in order", known->start);
	sort_table(vmlinux, ret);
	return 0;
}

static bool begins_within(const struct vmlinux_section *section, uint32_t offset)
{
	return offset >= section->offset && offset - section->offset < section->size;
}

/* Without symbols at its ends, a table would seem to be none, and its entries would stay. */
static int check_sections(const struct vmlinux *vmlinux, const struct shuffle_plan *plan,
			  struct why *why)
{
	for (size_t i = 0; i < vmlinux->section_count; i++) {
		const struct vmlinux_section *section = &vmlinux->sections[i];
		bool found = linux_section_kind(section->name) != LINUX_SECTION_ORDERED;

		for (size_t k = 0; k < plan->ordered_count; k++)
			found = found || begins_within(section, plan->ordered[k].offset) ||
				(plan->ordered[k].parallel_size &&
				 begins_within(section, plan->ordered[k].parallel_offset));
		if (!found)
			return explain(why, "no symbols say where the table of %s is",
				       section->name);
	}
	return 0;
}

int linux_tables_find(struct vmlinux *vmlinux, struct shuffle_plan *plan, struct why *why)
{
	plan->ordered_count = 0;
	for (size_t i = 0; i < BZB_ARRAY_SIZE(tables); i++) {
		struct bzb_shuffle_ordered *table = &plan->ordered[plan->ordered_count];

		if (find_table(vmlinux, &tables[i], table, why))
			return -1;
		plan->ordered_count += table->count > 0;
	}
	return check_sections(vmlinux, plan, why);
}
