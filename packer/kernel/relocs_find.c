/* SPDX-License-Identifier: BSD-2-Clause */
#include "relocs_find.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void findings_add(struct findings *findings, const char *format, ...)
{
	struct why why;
	va_list args;

	va_start(args, format);
	vsnprintf(why.text, sizeof(why.text), format, args);
	va_end(args);
	if (!findings->count++)
		findings->first = why;
	if (findings->report)
		findings->report(findings->context, &why);
}

static uint64_t width_of(enum bzb_reloc_kind kind)
{
	return kind == BZB_RELOC_64 ? 8 : 4;
}

/* The file bytes of a field, NULL if it lies in no segment. */
static const unsigned char *field_bytes(const struct bzb_elf *elf, uint64_t offset, uint64_t width)
{
	struct bzb_elf_place place;

	if (bzb_elf_find_load(elf, BZB_ELF_PHYSICAL, elf->load_address + offset, &place) ||
	    place.distance >= place.segment.filesz || place.segment.filesz - place.distance < width)
		return NULL;
	return elf->file.data + place.segment.offset + place.distance;
}

static void append(struct reloc_list *list, uint64_t offset)
{
	if (list->count == list->room) {
		list->room = list->room ? list->room * 2 : 1024;
		list->offsets = reallocarray(list->offsets, list->room, sizeof(*list->offsets));
		if (!list->offsets)
			diag_no_memory(list->room * sizeof(*list->offsets));
	}
	list->offsets[list->count++] = offset;
}

/*
 * A 32-bit field stands for 64 bits by sign. Moved up by the most there is, it must not change its
 * sign, nor, if it is negative, wrap to zero.
 */
static bool overflows(uint32_t value, enum bzb_reloc_kind kind, uint64_t slide_max)
{
	if (kind == BZB_RELOC_32_INVERSE)
		return (int64_t)(int32_t)value - (int64_t)slide_max < INT32_MIN;
	if ((int32_t)value < 0)
		return value + slide_max > UINT32_MAX;
	return value + slide_max > INT32_MAX;
}

void relocs_add(const struct reloc_input *input, enum bzb_reloc_kind kind, uint64_t offset,
		const struct reloc_site *site)
{
	uint64_t width = width_of(kind);
	const unsigned char *bytes = field_bytes(input->elf, offset, width);

	if (!bytes) {
		relocs_refuse(input, site, "the field lies outside every segment");
		return;
	}
	if (kind != BZB_RELOC_64 && overflows(bzb_get32(bytes), kind, input->slide_max)) {
		relocs_refuse(input, site, "the field overflows where KASLR may put the kernel");
		return;
	}
	append(&input->relocs->lists[kind], offset);
}

void relocs_patch(const struct reloc_input *input, uint64_t offset, uint64_t value,
		  const struct reloc_site *site)
{
	struct relocs *r = input->relocs;

	if (!field_bytes(input->elf, offset, 8)) {
		relocs_refuse(input, site, "the field lies outside every segment");
		return;
	}
	if (r->patch_count == r->patch_room) {
		r->patch_room = r->patch_room ? r->patch_room * 2 : 1024;
		r->patches = reallocarray(r->patches, r->patch_room, sizeof(*r->patches));
		if (!r->patches)
			diag_no_memory(r->patch_room * sizeof(*r->patches));
	}
	r->patches[r->patch_count++] = (struct reloc_patch){ offset, value };
}

static int compare_offsets(const void *a, const void *b)
{
	uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;

	return x < y ? -1 : x > y;
}

static void sort_list(struct reloc_list *list)
{
	if (list->count)
		qsort(list->offsets, list->count, sizeof(*list->offsets), compare_offsets);
}

/* A field that moves, in whichever list it is. */
struct field {
	enum bzb_reloc_kind kind;
	uint64_t offset;
};

/* Takes the next field in memory from all lists; false after the last one. @taken counts by
 * kind. */
static bool next_field(const struct relocs *relocs, size_t taken[BZB_RELOC_KIND_COUNT],
		       struct field *ret)
{
	bool found = false;

	for (int kind = 0; kind < BZB_RELOC_KIND_COUNT; kind++) {
		const struct reloc_list *list = &relocs->lists[kind];

		if (taken[kind] == list->count ||
		    (found && list->offsets[taken[kind]] >= ret->offset))
			continue;
		*ret = (struct field){ (enum bzb_reloc_kind)kind, list->offsets[taken[kind]] };
		found = true;
	}
	if (found)
		taken[ret->kind]++;
	return found;
}

static const char *const field_names[BZB_RELOC_KIND_COUNT] = {
	[BZB_RELOC_64] = "64-bit field",
	[BZB_RELOC_32] = "32-bit field",
	[BZB_RELOC_32_INVERSE] = "inverse 32-bit field",
};

static void refuse_overlap(const struct reloc_input *input, const struct field *field,
			   const struct field *before)
{
	struct reloc_site site = {
		.address = input->relocs->base + field->offset,
	};
	char what[80];

	snprintf(site.type, sizeof(site.type), "%s", field_names[field->kind]);
	snprintf(what, sizeof(what), "overlaps the %s at 0x%" PRIx64, field_names[before->kind],
		 input->relocs->base + before->offset);
	relocs_refuse(input, &site, what);
}

/* Bytes that two fields have in common would move twice. */
static void refuse_overlaps(const struct reloc_input *input)
{
	size_t taken[BZB_RELOC_KIND_COUNT] = { 0 };
	struct field before, field;

	if (!next_field(input->relocs, taken, &before))
		return;
	for (; next_field(input->relocs, taken, &field); before = field)
		if (field.offset - before.offset < width_of(before.kind))
			refuse_overlap(input, &field, &before);
}

/* The farthest that the stub may move a kernel: within its window of virtual addresses, or, if it
 * runs where it lies, within the memory below 2 GiB. */
static uint64_t slide_max(const struct bzb_elf *elf, uint64_t base)
{
	const uint64_t low = (uint64_t)1 << 31;

	if (base != elf->load_address)
		return bzb_slide_max(base, elf->memory_size);
	return base < low && elf->memory_size < low - base ? low - base - elf->memory_size : 0;
}

/* The first source that the kernel has is used: each of them is complete. */
static bool (*const collectors[])(const struct reloc_input *input) = {
	relocs_of_payload,
	relocs_of_kernel_table,
	relocs_of_emit,
	relocs_of_dynamic,
};

void relocs_find(const struct bzb_elf *elf, struct findings *findings, struct relocs *ret)
{
	struct relocs relocs = { .base = elf->virtual_address };
	struct reloc_input input = { elf, slide_max(elf, relocs.base), &relocs, findings };

	for (size_t i = 0; i < BZB_ARRAY_SIZE(collectors); i++)
		if (collectors[i](&input))
			break;
	for (size_t i = 0; i < BZB_RELOC_KIND_COUNT; i++)
		sort_list(&relocs.lists[i]);
	refuse_overlaps(&input);
	*ret = relocs;
}

size_t relocs_count(const struct relocs *relocs)
{
	size_t count = 0;

	for (size_t i = 0; i < BZB_RELOC_KIND_COUNT; i++)
		count += relocs->lists[i].count;
	return count;
}

void relocs_free(struct relocs *relocs)
{
	for (size_t i = 0; i < BZB_RELOC_KIND_COUNT; i++)
		free(relocs->lists[i].offsets);
	free(relocs->patches);
	*relocs = (struct relocs){ 0 };
}
