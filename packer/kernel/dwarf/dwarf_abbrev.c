/* SPDX-License-Identifier: BSD-2-Clause */
#include <stdlib.h>

#include "io/array.h"
#include "dwarf_parts.h"

enum { DW_FORM_implicit_const = 0x21 };

static bool read_attribute(struct dwarf_reader *r, struct dwarf_abbreviations *a)
{
	const size_t at = r->at;
	const uint64_t name = dwarf_uleb(r), form = dwarf_uleb(r);

	if (form == DW_FORM_implicit_const)
		dwarf_sleb(r);
	if (!name && !form)
		return false;
	a->attributes = array_grow(a->attributes, a->attribute_count, &a->attribute_room,
				   sizeof(a->attributes[0]));
	a->attributes[a->attribute_count++] = (struct dwarf_attribute){
		.name = name <= UINT16_MAX ? (uint16_t)name : UINT16_MAX,
		.form = form <= UINT16_MAX ? (uint16_t)form : UINT16_MAX,
		.at = (uint32_t)at,
	};
	return !r->bad;
}

static bool read_row(struct dwarf_reader *r, struct dwarf_abbreviations *a)
{
	const uint64_t code = dwarf_uleb(r);
	struct dwarf_abbreviation row = { .first = a->attribute_count };

	if (!code || r->bad)
		return false;
	row.tag = (uint32_t)dwarf_uleb(r);
	row.has_children = dwarf_u8(r);
	while (read_attribute(r, a))
		;
	row.count = a->attribute_count - row.first;
	a->rows = array_grow(a->rows, a->count, &a->room, sizeof(a->rows[0]));
	a->rows[a->count++] = row;
	r->bad |= code != a->count;
	return true;
}

int dwarf_abbrev_read(struct bzb_span section, uint64_t offset, struct dwarf_abbreviations *ret,
		      struct why *why)
{
	struct dwarf_reader r = { .bytes = section };

	dwarf_take(&r, offset);
	ret->count = ret->attribute_count = 0;
	ret->is_read = false;
	while (read_row(&r, ret))
		;
	if (r.bad)
		return explain(why, ".debug_abbrev: the table at 0x%llx is not understood",
			       (unsigned long long)offset);
	ret->offset = offset;
	ret->end = r.at;
	ret->is_read = true;
	return 0;
}

void dwarf_abbrev_free(struct dwarf_abbreviations *abbreviations)
{
	free(abbreviations->rows);
	free(abbreviations->attributes);
	*abbreviations = (struct dwarf_abbreviations){ .rows = NULL };
}

const struct dwarf_abbreviation *dwarf_abbrev_find(const struct dwarf_abbreviations *abbreviations,
						   uint64_t code)
{
	return code - 1 < abbreviations->count ? &abbreviations->rows[code - 1] : NULL;
}
