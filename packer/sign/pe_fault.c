/* SPDX-License-Identifier: BSD-2-Clause */
#include "pe_fault.h"

#include <stdbool.h>

#include <bzboot/authenticode.h>

#include "input/identify.h"
#include "input/module_signature.h"

/* Each returns true if the image has this fault. */

static bool too_many_sections(const struct bzb_pe *pe, struct why *why)
{
	if (pe->sections <= BZB_AUTHENTICODE_SECTIONS_MAX)
		return false;
	explain(why, "has %u PE sections, more than %u", pe->sections,
		BZB_AUTHENTICODE_SECTIONS_MAX);
	return true;
}

static bool headers_are_cut(const struct bzb_pe *pe, struct why *why)
{
	size_t end = pe->section_table + pe->sections * sizeof(struct bzb_pe_section_header);

	if (pe->size_of_headers >= end)
		return false;
	explain(why, "SizeOfHeaders is 0x%x, but the section table ends at 0x%zx",
		pe->size_of_headers, end);
	return true;
}

static bool headers_past_end(const struct bzb_pe *pe, struct why *why)
{
	if (pe->size_of_headers <= pe->file.size)
		return false;
	explain(why, "SizeOfHeaders is 0x%x, but the file ends at 0x%zx", pe->size_of_headers,
		pe->file.size);
	return true;
}

static size_t end_of(const struct bzb_pe_section *section)
{
	return (size_t)section->raw_offset + section->raw_size;
}

static bool section_in_headers(const struct bzb_pe *pe, struct why *why)
{
	for (unsigned int i = 0; i < pe->sections; i++) {
		struct bzb_pe_section section = bzb_pe_section(pe, i);

		if (!section.raw_size || section.raw_offset >= pe->size_of_headers)
			continue;
		explain(why, "section %s at 0x%x overlaps the headers, which end at 0x%x",
			section.name, section.raw_offset, pe->size_of_headers);
		return true;
	}
	return false;
}

/* Another section that shares bytes with @section; false if there is none. */
static bool find_overlap(const struct bzb_pe *pe, unsigned int index, struct bzb_pe_section *ret)
{
	struct bzb_pe_section section = bzb_pe_section(pe, index);

	for (unsigned int i = 0; i < index; i++) {
		struct bzb_pe_section other = bzb_pe_section(pe, i);

		if (section.raw_size && other.raw_size && section.raw_offset < end_of(&other) &&
		    other.raw_offset < end_of(&section)) {
			*ret = other;
			return true;
		}
	}
	return false;
}

static bool sections_overlap(const struct bzb_pe *pe, struct why *why)
{
	struct bzb_pe_section other;

	for (unsigned int i = 0; i < pe->sections; i++) {
		struct bzb_pe_section section = bzb_pe_section(pe, i);

		if (!find_overlap(pe, i, &other))
			continue;
		explain(why, "sections %s at 0x%x and %s at 0x%x overlap in the file", other.name,
			other.raw_offset, section.name, section.raw_offset);
		return true;
	}
	return false;
}

static bool table_in_section(const struct bzb_pe *pe, struct why *why)
{
	for (unsigned int i = 0; i < pe->sections; i++) {
		struct bzb_pe_section section = bzb_pe_section(pe, i);

		if (!section.raw_size || pe->certificate_offset >= end_of(&section))
			continue;
		explain(why,
			"the certificate table at 0x%x overlaps section %s, which ends at "
			"0x%zx",
			pe->certificate_offset, section.name, end_of(&section));
		return true;
	}
	return false;
}

static bool table_in_headers(const struct bzb_pe *pe, struct why *why)
{
	if (pe->certificate_offset >= pe->size_of_headers)
		return false;
	explain(why, "the certificate table at 0x%x overlaps the headers, which end at 0x%x",
		pe->certificate_offset, pe->size_of_headers);
	return true;
}

static bool table_is_cut(const struct bzb_pe *pe, struct why *why)
{
	uint64_t end = (uint64_t)pe->certificate_offset + pe->certificate_size;

	if (end <= pe->file.size)
		return false;
	explain(why, "the certificate table at 0x%x is truncated: %llu bytes are missing",
		pe->certificate_offset, (unsigned long long)(end - pe->file.size));
	return true;
}

static bool table_is_not_aligned(const struct bzb_pe *pe, struct why *why)
{
	if (!(pe->certificate_offset % BZB_CERTIFICATE_ALIGN))
		return false;
	explain(why, "the certificate table at 0x%x is not at a multiple of %d",
		pe->certificate_offset, BZB_CERTIFICATE_ALIGN);
	return true;
}

static bool table_is_followed(const struct bzb_pe *pe, struct why *why)
{
	size_t end = (size_t)pe->certificate_offset + pe->certificate_size;
	size_t size = pe->file.size - end;
	struct bzb_span bytes;

	if (!size)
		return false;
	if (!module_signature_find(pe->file, &bytes) && bytes.size == size)
		explain(why,
			"an appended module signature of %zu bytes follows the certificate "
			"table, at 0x%zx: cut it off (truncate -s %zu)",
			size, end, end);
	else
		explain(why,
			"%zu bytes follow the certificate table, at 0x%zx: cut them off "
			"(truncate -s %zu)",
			size, end, end);
	return true;
}

/* Each relies on the absence of the faults before it. */
static bool (*const faults[])(const struct bzb_pe *pe, struct why *why) = {
	too_many_sections,    headers_are_cut,	 headers_past_end, section_in_headers,
	sections_overlap,     table_in_headers,	 table_in_section, table_is_cut,
	table_is_not_aligned, table_is_followed,
};

int explain_pe_fault(struct why *why, struct bzb_span file)
{
	struct bzb_pe pe;

	if (bzb_pe_parse(file, &pe))
		return explain_identity(why, file, "a PE image");
	for (size_t i = 0; i < BZB_ARRAY_SIZE(faults); i++)
		if (faults[i](&pe, why))
			return -1;
	return explain(why, "has broken PE headers");
}
