/* SPDX-License-Identifier: BSD-2-Clause */
#include "uki_parts.h"

#include <stdio.h>
#include <string.h>

/* returns: BZB_UKI_NAMES if it is the name of another section */
static enum bzb_uki_name name_of(const struct bzb_pe_section *section)
{
	enum bzb_uki_name name = 0;

	while (name < BZB_UKI_NAMES && strcmp(section->name, bzb_uki_section_name(name)) != 0)
		name++;
	return name;
}

/* The parser has checked that the bytes are in the file. */
static struct bzb_span bytes_of(const struct bzb_pe *pe, const struct bzb_pe_section *section)
{
	const uint32_t size = section->raw_size < section->virtual_size ? section->raw_size :
									  section->virtual_size;
	struct bzb_span bytes = { pe->file.data, 0 };

	bzb_slice(pe->file, size ? section->raw_offset : 0, size, &bytes);
	return bytes;
}

bool uki_walk_next(struct uki_walk *walk, struct uki_part *ret)
{
	while (walk->next < walk->pe->sections) {
		const unsigned int index = walk->next++;
		const struct bzb_pe_section section = bzb_pe_section(walk->pe, index);
		const enum bzb_uki_name name = name_of(&section);

		walk->profile += name == BZB_UKI_PROFILE;
		if (name == BZB_UKI_NAMES || !(walk->names & UKI_NAME(name)))
			continue;
		*ret = (struct uki_part){
			.name = name,
			.section = section,
			.bytes = bytes_of(walk->pe, &section),
			.profile = walk->profile,
			.header = walk->pe->section_table +
				  (uint64_t)index * sizeof(struct bzb_pe_section_header),
		};
		return true;
	}
	return false;
}

bool uki_part_find(const struct bzb_pe *pe, enum bzb_uki_name name, struct uki_part *ret)
{
	struct uki_walk walk = UKI_WALK(pe, UKI_NAME(name));

	return uki_walk_next(&walk, ret);
}

struct uki_label uki_label(const struct uki_part *part)
{
	const char *name = bzb_uki_section_name(part->name);
	struct uki_label label;

	if (part->profile < 0)
		snprintf(label.text, sizeof(label.text), "%s", name);
	else
		snprintf(label.text, sizeof(label.text), "%s of profile %d", name, part->profile);
	return label;
}

struct bzb_span uki_text(const struct uki_part *part)
{
	const unsigned char *end = memchr(part->bytes.data, '\0', part->bytes.size);
	struct bzb_span text = part->bytes;

	if (end)
		text.size = (size_t)(end - text.data);
	return text;
}
