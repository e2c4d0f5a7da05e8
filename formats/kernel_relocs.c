/* SPDX-License-Identifier: BSD-2-Clause */
/* The relocation table that x86 kernel builds append to their ELF. */
#include <bzboot/kernel_relocs.h>

#define ENTRY_SIZE sizeof(bzb_le32)

/* Where a kernel's fields may be, by virtual address. */
struct field_range {
	uint64_t base, size;
};

static int find_fields(const struct bzb_elf *elf, struct field_range *ret)
{
	for (unsigned int i = 0; i < elf->phnum; i++) {
		struct bzb_elf_segment s = bzb_elf_segment(elf, i);

		if (s.type != BZB_PT_LOAD || !s.memsz)
			continue;
		*ret = (struct field_range){ s.vaddr, elf->memory_size };
		return 0;
	}
	return -BZB_ERR_NOSEGMENT;
}

/* Counts the entries of a list that ends, going down, with a zero.
 * @left is what is left of the table below. */
static int walk_list(struct bzb_span *left, const struct field_range *fields,
		     uint64_t width, size_t *ret_count)
{
	for (size_t count = 0; left->size >= ENTRY_SIZE; count++) {
		bzb_le32 raw;
		uint64_t offset;

		left->size -= ENTRY_SIZE;
		memcpy(&raw, left->data + left->size, sizeof(raw));
		if (!bzb_ld32(raw)) {
			*ret_count = count;
			return 0;
		}
		/* sign-extended: kernels are linked to the top 2 GiB */
		offset = (uint64_t)(int64_t)(int32_t)bzb_ld32(raw) -
			 fields->base;
		if (fields->size < width || offset > fields->size - width)
			return -BZB_ERR_BADRELOC;
	}
	return -BZB_ERR_BADRELOC;
}

int bzb_kernel_relocs_parse(const struct bzb_elf *elf, struct bzb_span table,
			    struct bzb_kernel_relocs *ret)
{
	struct bzb_kernel_relocs relocs = { .table = table };
	struct bzb_span left = table;
	struct field_range fields;
	int err;

	if (!table.size)
		return -BZB_ERR_NOTFOUND;
	err = find_fields(elf, &fields);
	if (err)
		return err;
	if ((err = walk_list(&left, &fields, 4, &relocs.count32)) ||
	    (err = walk_list(&left, &fields, 4, &relocs.count32_inverse)) ||
	    (err = walk_list(&left, &fields, 8, &relocs.count64)))
		return err;
	if (left.size)
		return -BZB_ERR_BADRELOC;
	*ret = relocs;
	return 0;
}
