/* SPDX-License-Identifier: BSD-2-Clause */
/* The relocation table that x86 kernel builds append to their ELF. */
#include <bzboot/kernel_relocs.h>

#define ENTRY_SIZE sizeof(bzb_le32)

/* Before Linux 6.15: 64-bit, inverse 32-bit, 32-bit. Since then there is no middle one. */
#define LISTS_MIN 2
#define LISTS_MAX 3

/* Removes the last list and the zero before it from a table. */
static int take_list(struct bzb_span *table, struct bzb_span *ret)
{
	size_t at = table->size;

	do {
		if (at < ENTRY_SIZE)
			return -BZB_ERR_BADLISTS;
		at -= ENTRY_SIZE;
	} while (bzb_get32(table->data + at));
	*ret = (struct bzb_span){
		table->data + at + ENTRY_SIZE,
		table->size - at - ENTRY_SIZE,
	};
	table->size = at;
	return 0;
}

/* Splits a table into its lists, the last one first. The result is unique: the first word is a
 * zero, and entries are not. */
static int split(struct bzb_span table, struct bzb_span lists[LISTS_MAX], size_t *ret_count)
{
	size_t count = 0;

	while (table.size) {
		int err = count == LISTS_MAX ? -BZB_ERR_BADLISTS :
					       take_list(&table, &lists[count++]);

		if (err)
			return err;
	}
	if (count < LISTS_MIN)
		return -BZB_ERR_BADLISTS;
	*ret_count = count;
	return 0;
}

/* sign-extended: kernels are linked to the top 2 GiB */
static uint64_t address_at(struct bzb_span list, size_t at)
{
	return (uint64_t)(int64_t)(int32_t)bzb_get32(list.data + at);
}

static int check_list(struct bzb_span list, const struct bzb_elf *elf, uint64_t width)
{
	if (list.size && elf->memory_size < width)
		return -BZB_ERR_BADRELOC;
	for (size_t at = 0; at < list.size; at += ENTRY_SIZE)
		if (address_at(list, at) - elf->virtual_address > elf->memory_size - width)
			return -BZB_ERR_BADRELOC;
	return 0;
}

int bzb_kernel_relocs_parse(const struct bzb_elf *elf, struct bzb_span table,
			    struct bzb_kernel_relocs *ret)
{
	struct bzb_span lists[LISTS_MAX];
	struct bzb_kernel_relocs relocs = { .lists = 0 };
	int err;

	if (!table.size)
		return -BZB_ERR_NOTFOUND;
	err = split(table, lists, &relocs.lists);
	if (err)
		return err;
	relocs.fields32 = lists[0];
	if (relocs.lists == LISTS_MAX)
		relocs.fields32_inverse = lists[1];
	relocs.fields64 = lists[relocs.lists - 1];
	if ((err = check_list(relocs.fields32, elf, 4)) ||
	    (err = check_list(relocs.fields32_inverse, elf, 4)) ||
	    (err = check_list(relocs.fields64, elf, 8)))
		return err;
	*ret = relocs;
	return 0;
}

static int walk_list(struct bzb_span list, enum bzb_reloc_kind kind, uint64_t base,
		     bzb_reloc_visit *visit, void *context)
{
	for (size_t at = 0; at < list.size; at += ENTRY_SIZE) {
		int err = visit(context, kind, address_at(list, at) - base);

		if (err)
			return err;
	}
	return 0;
}

int bzb_kernel_relocs_walk(const struct bzb_kernel_relocs *relocs, uint64_t base,
			   bzb_reloc_visit *visit, void *context)
{
	int err = walk_list(relocs->fields64, BZB_RELOC_64, base, visit, context);

	if (!err)
		err = walk_list(relocs->fields32_inverse, BZB_RELOC_32_INVERSE, base, visit,
				context);
	return err ? err : walk_list(relocs->fields32, BZB_RELOC_32, base, visit, context);
}
