/* SPDX-License-Identifier: BSD-2-Clause */
/* The tables of a payload ELF: .relr has the 64-bit fields at even addresses, .crel all others. */
#include "relocs_find.h"

/* RELR cannot name an odd address: those come last in @all. */
static size_t even_first(const struct reloc_list *list, uint64_t base, uint64_t *all)
{
	size_t even = 0, odd;

	for (size_t i = 0; i < list->count; i++)
		if ((base + list->offsets[i]) % 2 == 0)
			all[even++] = list->offsets[i];
	odd = even;
	for (size_t i = 0; i < list->count; i++)
		if ((base + list->offsets[i]) % 2)
			all[odd++] = list->offsets[i];
	return even;
}

void relocs_encode(const struct relocs *relocs, struct blob *ret_relr, struct blob *ret_crel)
{
	const struct reloc_list *wide = &relocs->lists[BZB_RELOC_64],
				*half = &relocs->lists[BZB_RELOC_32],
				*inverse = &relocs->lists[BZB_RELOC_32_INVERSE];
	struct blob fields = blob_alloc(wide->count * sizeof(uint64_t));
	uint64_t *offsets = (uint64_t *)fields.data;
	const size_t even = even_first(wide, relocs->base, offsets);
	const struct bzb_crel_list lists[] = {
		{ BZB_RELOC_32, half->offsets, half->count },
		{ BZB_RELOC_32_INVERSE, inverse->offsets, inverse->count },
		{ BZB_RELOC_64, offsets + even, wide->count - even },
	};
	const size_t count = BZB_ARRAY_SIZE(lists);

	*ret_relr = blob_alloc(bzb_relr_write(relocs->base, offsets, even, NULL));
	bzb_relr_write(relocs->base, offsets, even, ret_relr->data);
	*ret_crel = blob_alloc(bzb_crel_write(relocs->base, lists, count, NULL));
	bzb_crel_write(relocs->base, lists, count, ret_crel->data);
	blob_free(&fields);
}
