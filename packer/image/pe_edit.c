/* SPDX-License-Identifier: BSD-2-Clause */
#include "pe_edit.h"

#include <stdlib.h>
#include <string.h>

#include <bzboot/authenticode.h>
#include <bzboot/uki.h>

/* The section of a new image, and where its bytes come from. */
struct placed {
	const struct listed *listed;
	struct bzb_pe_section section; /* the new header; the old one at first */
	bool moves;		       /* it may move in memory */
	bool placed;		       /* it has its address */
	struct bzb_span bytes;	       /* in the file */
};

struct plan {
	const struct section_list *list;
	struct bzb_authenticode old;
	struct placed *sections;
	uint64_t end; /* in the file */
	uint64_t size_of_image;
};

/* Stubs look for these names; sections of others may be referred to by their addresses. */
static bool may_move(const struct listed *listed)
{
	return listed->changed || section_list_name(listed->name) != BZB_UKI_NAMES;
}

static uint64_t memory_end(const struct bzb_pe_section *section)
{
	return (uint64_t)section->virtual_address + section->virtual_size;
}

/* --- the sections, as they were ------------------------------------------------------- */

static void read_section(struct plan *plan, unsigned int index)
{
	const struct listed *listed = &plan->list->list[index];
	const struct bzb_pe *pe = &plan->list->pe;
	struct placed *placed = &plan->sections[index];

	placed->listed = listed;
	placed->moves = may_move(listed);
	placed->bytes = listed->bytes;
	if (listed->index == LISTED_NEW) {
		memcpy(placed->section.name, listed->name, sizeof(listed->name));
		placed->section.characteristics =
			(uint32_t)(BZB_PE_CNT_INITIALIZED_DATA | BZB_PE_MEM_READ);
	} else {
		placed->section = bzb_pe_section(pe, listed->index);
	}
	if (!listed->changed) {
		placed->bytes = (struct bzb_span){ pe->file.data, 0 };
		if (placed->section.raw_size)
			(void)bzb_slice(pe->file, placed->section.raw_offset,
					placed->section.raw_size, &placed->bytes);
	}
}

static int read_sections(struct plan *plan, struct why *why)
{
	const struct bzb_pe *pe = &plan->list->pe;
	int err = bzb_authenticode_parse(pe->file, &plan->old);

	if (err)
		return explain(why, "PE headers: %s", bzb_strerror(err));
	if (!bzb_is_power_of_two(pe->section_alignment) || !bzb_is_power_of_two(pe->file_alignment))
		return explain(why, "PE headers: an alignment is not a power of two");
	for (unsigned int i = 0; i < plan->list->count; i++)
		read_section(plan, i);
	return 0;
}

/* --- in memory ------------------------------------------------------------------------ */

/* The lowest address of a section above @address; those of new ones are not known yet. */
static uint64_t next_address(const struct plan *plan, uint64_t address)
{
	uint64_t next = UINT64_MAX;

	for (unsigned int i = 0; i < plan->list->count; i++) {
		const struct placed *placed = &plan->sections[i];

		if (placed->listed->index != LISTED_NEW &&
		    placed->section.virtual_address > address &&
		    placed->section.virtual_address < next)
			next = placed->section.virtual_address;
	}
	return next;
}

/* The end of the sections that must not move. */
static uint64_t fixed_end(const struct plan *plan)
{
	uint64_t end = plan->list->pe.size_of_headers;

	for (unsigned int i = 0; i < plan->list->count; i++) {
		const struct placed *placed = &plan->sections[i];

		if (!placed->moves && memory_end(&placed->section) > end)
			end = memory_end(&placed->section);
	}
	return end;
}

/* Among the sections that must not move, one stays if it fits. */
static bool stays(const struct plan *plan, const struct placed *placed, uint64_t fixed)
{
	const struct listed *listed = placed->listed;

	if (listed->index == LISTED_NEW || placed->section.virtual_address >= fixed)
		return false;
	return !listed->changed || placed->section.virtual_address + (uint64_t)listed->bytes.size <=
					   next_address(plan, placed->section.virtual_address);
}

/* Address and size of one that is after all that must not move, or goes there. */
static void place_after(const struct plan *plan, struct placed *placed, uint64_t *end)
{
	const uint32_t alignment = plan->list->pe.section_alignment;

	if (placed->listed->index == LISTED_NEW || placed->section.virtual_address < *end)
		placed->section.virtual_address = (uint32_t)bzb_align_up(*end, alignment);
	*end = memory_end(&placed->section);
}

/* The room that the image has beyond its sections stays. */
static uint64_t room_after(const struct bzb_pe *pe)
{
	uint64_t end = pe->size_of_headers;

	for (unsigned int i = 0; i < pe->sections; i++) {
		const struct bzb_pe_section section = bzb_pe_section(pe, i);

		if (memory_end(&section) > end)
			end = memory_end(&section);
	}
	end = bzb_align_up(end, pe->section_alignment);
	return pe->size_of_image > end ? pe->size_of_image - end : 0;
}

static int place_in_memory(struct plan *plan, struct why *why)
{
	const struct bzb_pe *pe = &plan->list->pe;
	const uint64_t fixed = fixed_end(plan);
	uint64_t end = fixed;

	for (unsigned int i = 0; i < plan->list->count; i++)
		plan->sections[i].placed = !plan->sections[i].moves ||
					   stays(plan, &plan->sections[i], fixed);
	for (unsigned int i = 0; i < plan->list->count && end <= INT32_MAX; i++) {
		struct placed *placed = &plan->sections[i];

		if (placed->listed->changed)
			placed->section.virtual_size = (uint32_t)placed->listed->bytes.size;
		if (!placed->placed)
			place_after(plan, placed, &end);
	}
	plan->size_of_image = bzb_align_up(end, pe->section_alignment) + room_after(pe);
	return plan->size_of_image <= INT32_MAX ?
		       0 :
		       explain(why, "the image would be larger than 2 GiB in memory");
}

/* --- in the file ---------------------------------------------------------------------- */

/* The section of the old image whose bytes are next in the file; false: there is none. */
static bool next_in_file(const struct bzb_pe *pe, uint64_t from, uint32_t *ret)
{
	struct bzb_pe_section best = { .raw_offset = UINT32_MAX };
	bool found = false;

	for (uint32_t i = 0; i < pe->sections; i++) {
		const struct bzb_pe_section section = bzb_pe_section(pe, i);

		if (!section.raw_size || section.raw_offset < from ||
		    (found && section.raw_offset >= best.raw_offset))
			continue;
		best = section;
		*ret = i;
		found = true;
	}
	return found;
}

static struct placed *placed_of(const struct plan *plan, uint32_t index)
{
	for (unsigned int i = 0; i < plan->list->count; i++)
		if (plan->sections[i].listed->index == index)
			return &plan->sections[i];
	return NULL;
}

static void place_bytes(struct plan *plan, struct placed *placed)
{
	const struct listed *listed = placed->listed;
	uint64_t size = placed->bytes.size;

	if (listed->changed)
		size = bzb_align_up(size + listed->is_text, plan->list->pe.file_alignment);
	placed->section.raw_offset = size ? (uint32_t)plan->end : 0;
	placed->section.raw_size = (uint32_t)size;
	plan->end += size;
}

static int place_in_file(struct plan *plan, struct why *why)
{
	const struct bzb_pe *pe = &plan->list->pe;
	uint64_t old_end = pe->size_of_headers;
	uint32_t index;

	plan->end = old_end;
	while (next_in_file(pe, old_end, &index)) {
		const struct bzb_pe_section old = bzb_pe_section(pe, index);
		struct placed *placed = placed_of(plan, index);

		plan->end += old.raw_offset - old_end;
		old_end = (uint64_t)old.raw_offset + old.raw_size;
		if (placed)
			place_bytes(plan, placed);
		if (plan->end > INT32_MAX)
			break;
	}
	for (unsigned int i = 0; i < plan->list->count && plan->end <= INT32_MAX; i++) {
		struct placed *placed = &plan->sections[i];

		if (placed->listed->index == LISTED_NEW ||
		    (placed->listed->changed &&
		     !bzb_pe_section(pe, placed->listed->index).raw_size))
			place_bytes(plan, placed);
	}
	return plan->end + (pe->file.size - plan->old.sections_end) <= INT32_MAX ?
		       0 :
		       explain(why, "the image would be larger than 2 GiB");
}

/* --- the bytes ------------------------------------------------------------------------ */

static int write_headers(const struct plan *plan, struct blob *image, struct why *why)
{
	const unsigned int count = plan->list->count;
	struct bzb_pe_section *sections = calloc(count + 1, sizeof(*sections));
	const struct bzb_pe_change change = {
		.sections = sections,
		.count = count,
		.size_of_image = (uint32_t)plan->size_of_image,
		.trailer_from = (uint32_t)plan->old.sections_end,
		.trailer_to = (uint32_t)plan->end,
	};
	int err;

	if (!sections)
		diag_no_memory(count * sizeof(*sections));
	for (unsigned int i = 0; i < count; i++)
		sections[i] = plan->sections[i].section;
	err = bzb_pe_change(image->data, &plan->list->pe, &change);
	free(sections);
	if (!err)
		return 0;
	return explain(
		why,
		"its PE headers have no room for %u sections: remove one with --remove, or make "
		"the image again with a stub that has more room",
		count);
}

/* Bytes between the sections of the old image are kept before the section that follows them. */
static void copy_gaps(const struct plan *plan, struct blob *image)
{
	const struct bzb_pe *pe = &plan->list->pe;
	uint64_t old_end = pe->size_of_headers, end = old_end;
	uint32_t index;

	while (next_in_file(pe, old_end, &index)) {
		const struct bzb_pe_section old = bzb_pe_section(pe, index);
		const struct placed *placed = placed_of(plan, index);
		const uint64_t gap = old.raw_offset - old_end;

		memcpy(image->data + end, pe->file.data + old_end, gap);
		end += gap + (placed ? placed->section.raw_size : 0);
		old_end = (uint64_t)old.raw_offset + old.raw_size;
	}
}

static int write_image(const struct plan *plan, struct blob *ret, struct why *why)
{
	const struct bzb_span file = plan->list->pe.file;
	const size_t trailer = file.size - plan->old.sections_end;
	struct blob image = blob_alloc(plan->end + trailer);

	memcpy(image.data, file.data, plan->list->pe.size_of_headers);
	if (write_headers(plan, &image, why)) {
		blob_free(&image);
		return -1;
	}
	copy_gaps(plan, &image);
	for (unsigned int i = 0; i < plan->list->count; i++)
		if (plan->sections[i].bytes.size)
			memcpy(image.data + plan->sections[i].section.raw_offset,
			       plan->sections[i].bytes.data, plan->sections[i].bytes.size);
	if (trailer)
		memcpy(image.data + plan->end, file.data + plan->old.sections_end, trailer);
	*ret = image;
	return 0;
}

int pe_edit(const struct section_list *list, struct blob *ret, struct why *why)
{
	struct plan plan = { .list = list };
	int err;

	plan.sections = calloc(list->count + 1, sizeof(*plan.sections));
	if (!plan.sections)
		diag_no_memory(list->count * sizeof(*plan.sections));
	err = read_sections(&plan, why);
	if (!err)
		err = place_in_memory(&plan, why);
	if (!err)
		err = place_in_file(&plan, why);
	if (!err)
		err = write_image(&plan, ret, why);
	free(plan.sections);
	return err ? -1 : 0;
}
