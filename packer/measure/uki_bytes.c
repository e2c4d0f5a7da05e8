/* SPDX-License-Identifier: BSD-2-Clause */
#include "uki_bytes.h"

#include "input/pe_section.h"

int uki_bytes(const struct bzb_pe *pe, const struct bzb_pe_section *section, struct uki_bytes *ret,
	      struct why *why)
{
	const uint32_t size = section->virtual_size;
	struct bzb_span file;

	if ((uint64_t)section->virtual_address + size > pe->size_of_image)
		return explain(
			why, "section %s ends after SizeOfImage: firmware does not load the image",
			section->name);
	if (pe_section_bytes(pe->file, section, &file))
		return explain(why, "section %s is truncated", section->name);
	*ret = (struct uki_bytes){ file, size - file.size };
	return 0;
}

void uki_bytes_hash(const struct uki_bytes *bytes, struct hasher *hasher)
{
	hasher_update(hasher, bytes->file.data, bytes->file.size);
	hasher_zeros(hasher, bytes->zeros);
}
