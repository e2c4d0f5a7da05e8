/* SPDX-License-Identifier: BSD-2-Clause */
/* A position-independent executable: DT_RELA, DT_JMPREL and DT_RELR (gABI, "Dynamic Section"). */
#include <bzboot/dynamic.h>

#include "relocs_find.h"

/* The contents of a dynamic section. */
struct dynamic {
	const struct reloc_input *input;
	struct bzb_dynamic_tags tags;
	struct bzb_dynamic judged; /* elf, symbols and names only */
};

/* Bytes by virtual address; @size 0: as far as the segment's file bytes go. */
static int find_bytes(const struct bzb_elf *elf, uint64_t address, uint64_t size,
		      struct bzb_span *ret)
{
	struct bzb_elf_place place;
	struct bzb_span segment;

	if (bzb_elf_find_load(elf, BZB_ELF_VIRTUAL, address, &place) ||
	    place.distance >= place.segment.filesz ||
	    bzb_slice(elf->file, place.segment.offset, place.segment.filesz, &segment))
		return -1;
	return bzb_slice(segment, place.distance,
			 size ? size : place.segment.filesz - place.distance, ret);
}

/* From a virtual address to a distance from the load address. An address outside the kernel gives a
 * distance outside it. */
static uint64_t offset_of(const struct bzb_elf *elf, uint64_t address)
{
	struct bzb_elf_place place;

	if (bzb_elf_find_load(elf, BZB_ELF_VIRTUAL, address, &place))
		return UINT64_MAX;
	return place.segment.paddr - elf->load_address + place.distance;
}

/* The table at address @tag of @size_tag bytes; false if there is none. */
static bool find_table(const struct dynamic *d, int tag, int size_tag, const char *name,
		       struct bzb_span *ret)
{
	if (!d->tags.has[tag] || !d->tags.has[size_tag] || !d->tags.values[size_tag])
		return false;
	if (!find_bytes(d->input->elf, d->tags.values[tag], d->tags.values[size_tag], ret))
		return true;
	findings_add(d->input->findings, "%s: %llu bytes that are in no segment (address 0x%llx)",
		     name, (unsigned long long)d->tags.values[size_tag],
		     (unsigned long long)d->tags.values[tag]);
	return false;
}

/* Adds a 64-bit field, with its value at the link address. */
static void add_value(const struct dynamic *d, const struct reloc_site *site, uint64_t value,
		      bool moves)
{
	uint64_t offset = offset_of(d->input->elf, site->address);
	size_t findings = d->input->findings->count;

	relocs_patch(d->input, offset, value, site);
	if (d->input->findings->count == findings && moves)
		relocs_add(d->input, BZB_RELOC_64, offset, site);
}

static void add_rela(const struct dynamic *d, const struct bzb_elf_rela *rela)
{
	const struct symbols symbols = { d->judged.symbols, d->judged.names };
	struct reloc_site site = { .address = bzb_ld64(rela->r_offset) };
	struct bzb_dynamic_field field;
	enum bzb_rela_finding finding = bzb_dynamic_judge(&d->judged, rela, &field);

	relocs_name(d->input->elf, &symbols, bzb_ld32(rela->r_type), bzb_ld32(rela->r_sym), &site);
	if (finding)
		relocs_refuse(d->input, &site, relocs_text(finding));
	else if (field.written)
		add_value(d, &site, field.value, field.moves);
}

static void add_relas(const struct dynamic *d, struct bzb_span table)
{
	for (size_t at = 0; at + sizeof(struct bzb_elf_rela) <= table.size;
	     at += sizeof(struct bzb_elf_rela))
		add_rela(d, (const struct bzb_elf_rela *)(table.data + at));
}

static int add_relr_field(void *context, enum bzb_reloc_kind kind, uint64_t distance)
{
	const struct dynamic *d = context;
	struct reloc_site site = {
		.type = "RELR",
		.address = d->input->relocs->base + distance,
	};

	relocs_add(d->input, kind, offset_of(d->input->elf, site.address), &site);
	return 0;
}

static void add_relr(struct dynamic *d, struct bzb_span table)
{
	int err = bzb_relr_walk(table, d->input->relocs->base, add_relr_field, d);

	if (err)
		findings_add(d->input->findings, "DT_RELR: %s", bzb_strerror(err));
}

/* DT_SYMTAB has no size; its entries are checked one by one. */
static void find_symbols(struct dynamic *d)
{
	const struct bzb_dynamic_tags *tags = &d->tags;

	if (tags->has[BZB_DT_SYMTAB])
		find_bytes(d->input->elf, tags->values[BZB_DT_SYMTAB], 0, &d->judged.symbols);
	if (tags->has[BZB_DT_STRTAB] && tags->has[BZB_DT_STRSZ])
		find_bytes(d->input->elf, tags->values[BZB_DT_STRTAB], tags->values[BZB_DT_STRSZ],
			   &d->judged.names);
}

bool relocs_of_dynamic(const struct reloc_input *input)
{
	struct dynamic d = { .input = input, .judged = { .elf = *input->elf } };
	struct bzb_span table;

	/* Not by e_type: GNU ld calls a PIE that is not linked to 0 an ET_EXEC. */
	if (bzb_dynamic_read(input->elf, &d.tags))
		return false;
	find_symbols(&d);
	if (find_table(&d, BZB_DT_RELA, BZB_DT_RELASZ, "DT_RELA", &table))
		add_relas(&d, table);
	if (find_table(&d, BZB_DT_JMPREL, BZB_DT_PLTRELSZ, "DT_JMPREL", &table))
		add_relas(&d, table);
	if (find_table(&d, BZB_DT_RELR, BZB_DT_RELRSZ, "DT_RELR", &table))
		add_relr(&d, table);
	return true;
}
