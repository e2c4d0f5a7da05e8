/* SPDX-License-Identifier: BSD-2-Clause */
#include "compare_bytes.h"

#include <stdlib.h>
#include <string.h>

#include <bzboot/authenticode.h>
#include <bzboot/bzimage.h>
#include <bzboot/elf.h>
#include <bzboot/probe.h>

#include "io/diag.h"
#include "io/json.h"

/* A limit on the time for sections that overlap */
#define SECTIONS_MAX 4096u

/* Likewise: how often the parts of a file may have its size. In an ELF without such sections,
 * segments and sections have it twice. */
#define OVERLAP_MAX 8

/* The parts of a file, by their names: offset and size */
struct parts {
	struct bzb_span file;
	struct labels labels;
	uint64_t size; /* of all of them */
};

/* returns: a row; NULL if there is nothing */
static json_t *row_of(struct parts *parts, uint64_t offset, uint64_t size)
{
	struct bzb_span bytes;
	json_t *row;

	if (!size || bzb_slice(parts->file, offset, size, &bytes))
		return NULL;
	parts->size += size;
	row = json_object();
	json_put(row, "offset", json_number(offset));
	json_put(row, "size", json_number(size));
	return row;
}

static void add_named(struct parts *parts, const char *array, struct bzb_span name, uint64_t offset,
		      uint64_t size)
{
	json_t *row = row_of(parts, offset, size), *key;

	if (!row)
		return;
	key = json_text(name);
	labels_put(&parts->labels, array, json_string_value(key), row);
	json_decref(key);
}

static void add_nth(struct parts *parts, const char *array, size_t index, uint64_t offset,
		    uint64_t size)
{
	json_t *row = row_of(parts, offset, size);

	if (row)
		labels_put_nth(&parts->labels, array, index, row);
}

/* There is one of them. */
static void add_single(struct parts *parts, const char *name, uint64_t offset, uint64_t size)
{
	json_t *row = row_of(parts, offset, size);

	if (row)
		json_put(parts->labels.rows, name, row);
}

static struct bzb_span section_name(const struct bzb_pe_section *section)
{
	return (struct bzb_span){ (const unsigned char *)section->name, strlen(section->name) };
}

static int by_offset(const void *a, const void *b)
{
	const struct bzb_pe_section *left = a, *right = b;

	return left->raw_offset < right->raw_offset ? -1 : left->raw_offset > right->raw_offset;
}

/* returns: the sections in the order of their offsets, for free() */
static struct bzb_pe_section *sorted_sections(const struct bzb_pe *pe)
{
	struct bzb_pe_section *list = calloc(pe->sections + 1, sizeof(*list));

	if (!list)
		diag_no_memory(pe->sections * sizeof(*list));
	for (unsigned int i = 0; i < pe->sections; i++)
		list[i] = bzb_pe_section(pe, i);
	qsort(list, pe->sections, sizeof(*list), by_offset);
	return list;
}

/* Sections, and the bytes before each of them that belong to none */
static uint64_t add_sections(struct parts *parts, const struct bzb_pe *pe)
{
	struct bzb_pe_section *list = sorted_sections(pe);
	uint64_t end = pe->size_of_headers;

	for (unsigned int i = 0; i < pe->sections; i++) {
		if (!list[i].raw_size)
			continue;
		if (list[i].raw_offset > end)
			add_named(parts, "pe.gap_before", section_name(&list[i]), end,
				  list[i].raw_offset - end);
		add_named(parts, "pe.sections", section_name(&list[i]), list[i].raw_offset,
			  list[i].raw_size);
		if (end < (uint64_t)list[i].raw_offset + list[i].raw_size)
			end = (uint64_t)list[i].raw_offset + list[i].raw_size;
	}
	free(list);
	return end;
}

/* returns: the offset of the table */
static uint64_t add_certificates(struct parts *parts)
{
	struct bzb_certificate certificate;
	struct bzb_authenticode image;
	size_t position = 0;

	if (bzb_authenticode_parse(parts->file, &image) || !image.table.size)
		return parts->file.size;
	for (unsigned int i = 0; bzb_authenticode_next(&image, &position, &certificate) > 0; i++)
		add_nth(parts, "pe.certificates", i, certificate.offset,
			sizeof(struct bzb_certificate_header) + certificate.content.size);
	return image.end;
}

static void add_pe(struct parts *parts)
{
	uint64_t end, table;
	struct bzb_pe pe;

	if (bzb_pe_parse(parts->file, &pe) || pe.sections > SECTIONS_MAX)
		return;
	end = add_sections(parts, &pe);
	table = add_certificates(parts);
	if (end < table)
		add_single(parts, "pe.after_sections", end, table - end);
}

/* Of a kernel that is not a PE image: then its parts are those of boot.rst. */
static void add_bzimage(struct parts *parts)
{
	struct bzb_bzimage bzimage;

	if (bzb_bzimage_parse(parts->file, &bzimage))
		return;
	add_single(parts, "bzimage.setup", 0, bzimage.setup_size);
	add_single(parts, "bzimage.protected_mode", bzimage.setup_size, bzimage.pm.size);
}

static void add_elf(struct parts *parts)
{
	struct bzb_elf elf;

	if (bzb_elf_parse(parts->file, &elf) || elf.shnum > SECTIONS_MAX)
		return;
	for (unsigned int i = 0; i < elf.phnum; i++) {
		struct bzb_elf_segment segment = bzb_elf_segment(&elf, i);

		add_nth(parts, "elf.segments", i, segment.offset, segment.filesz);
	}
	for (unsigned int i = 1; i < elf.shnum; i++) {
		struct bzb_elf_section section = bzb_elf_section(&elf, i);
		struct bzb_span name;

		if (section.type != BZB_SHT_NOBITS && !bzb_elf_section_name(&elf, &section, &name))
			add_named(parts, "elf.sections", name, section.offset, section.size);
	}
}

static struct parts find_parts(struct bzb_span file)
{
	struct parts parts = { .file = file, .labels = labels_start() };
	const unsigned int kinds = bzb_probe(file);

	if (kinds & BZB_IS_PE)
		add_pe(&parts);
	else if (kinds & BZB_IS_BZIMAGE)
		add_bzimage(&parts);
	if (kinds & BZB_IS_ELF)
		add_elf(&parts);
	return parts;
}

static struct place place_of(const struct parts *parts, const char *name)
{
	const json_t *row = json_object_get(parts->labels.rows, name);
	struct place place = { 0 };

	if (!row)
		return place;
	place.offset = (size_t)json_integer_value(json_object_get(row, "offset"));
	bzb_slice(parts->file, place.offset,
		  (uint64_t)json_integer_value(json_object_get(row, "size")), &place.bytes);
	return place;
}

static void compare_part(struct differences *differences, const char *prefix, const char *name,
			 const struct parts *a, const struct parts *b)
{
	const struct place place_a = place_of(a, name), place_b = place_of(b, name);

	differences_add_bytes(differences, json_sprintf("%s%s.contents", prefix, name), &place_a,
			      &place_b);
}

static bool is_too_much(const struct parts *parts)
{
	return parts->size > (uint64_t)parts->file.size * OVERLAP_MAX;
}

static void compare_parts(struct differences *differences, const char *prefix,
			  const struct parts *a, const struct parts *b)
{
	const char *name;
	json_t *row;

	json_object_foreach(a->labels.rows, name, row)
		compare_part(differences, prefix, name, a, b);
	json_object_foreach(b->labels.rows, name, row)
		if (!json_object_get(a->labels.rows, name))
			compare_part(differences, prefix, name, a, b);
}

void compare_bytes(struct differences *differences, const char *prefix, struct bzb_span a,
		   struct bzb_span b)
{
	struct parts parts_a = find_parts(a), parts_b = find_parts(b);

	if (!is_too_much(&parts_a) && !is_too_much(&parts_b))
		compare_parts(differences, prefix, &parts_a, &parts_b);
	labels_free(&parts_a.labels);
	labels_free(&parts_b.labels);
}
