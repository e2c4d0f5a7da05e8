/* SPDX-License-Identifier: BSD-2-Clause */
/* Bytes that are not code: they are the same, unless they say where something is. */
#include <inttypes.h>

#include "shuffle_verify_parts.h"

/* The end of the field or table that an address is in, all of which others compare; 0: none */
static uint64_t end_of_excepted(const struct verify *verify, uint64_t address)
{
	const struct verify_file *old = &verify->old;
	const uint64_t widest = 8;
	uint64_t from = address < widest ? 0 : address - widest + 1;

	for (size_t i = 0; i < verify->table_count; i++)
		if (address >= verify->tables[i].start && address < verify->tables[i].end)
			return verify->tables[i].end;
	for (size_t i = verify_first_reloc(old, from); i < old->reloc_count; i++) {
		const struct verify_reloc *reloc = &old->relocs[i];
		struct bzb_span field;

		if (reloc->at > address)
			break;
		if (address < reloc->at + verify_width(reloc) &&
		    verify_at(old, reloc->at, verify_width(reloc), &field) >= 0 &&
		    verify_describes(old, reloc, field.data))
			return reloc->at + verify_width(reloc);
	}
	return 0;
}

/* The first byte from @from on that is not the same, or the end */
static size_t skip_same(struct bzb_span old, struct bzb_span new, size_t from)
{
	enum { STRIDE = 64 };

	while (from + STRIDE <= old.size && !memcmp(old.data + from, new.data + from, STRIDE))
		from += STRIDE;
	while (from < old.size && old.data[from] == new.data[from])
		from++;
	return from;
}

bool verify_bytes(struct verify *verify, unsigned int section, uint64_t start, uint64_t end)
{
	const struct verify_section *old = &verify->old.sections[section];
	const struct verify_section *new = &verify->new.sections[verify->section_twins[section]];
	struct bzb_span here, there;
	size_t at = 0;

	if (bzb_slice(old->bytes, start - old->header.addr, end - start, &here) ||
	    bzb_slice(new->bytes, start - old->header.addr, end - start, &there))
		return true; /* sizes are compared before */
	while ((at = skip_same(here, there, at)) < here.size) {
		uint64_t excepted = end_of_excepted(verify, start + at);

		if (!excepted) {
			findings_add(verify->findings,
				     "%s: the byte at %s is not the same, and has no relocation",
				     old->name, verify_old_place(verify, start + at).text);
			return false;
		}
		at = excepted >= end ? here.size : (size_t)(excepted - start);
	}
	return true;
}

static bool is_in_table(const struct verify *verify, uint64_t address)
{
	for (size_t i = 0; i < verify->table_count; i++)
		if (address >= verify->tables[i].start && address < verify->tables[i].end)
			return true;
	return false;
}

/* Whether a word is still the old address of a function that has moved, whatever relocations say */
static bool is_left_behind(const struct verify *verify, const unsigned char *old,
			   const unsigned char *new)
{
	const uint64_t word = bzb_get64(old);
	const struct verify_piece *piece;

	if (bzb_get64(new) != word || word < verify->pieces[0].start ||
	    word >= verify->pieces[verify->piece_count - 1].end)
		return false;
	piece = verify_piece_at(verify, word);
	return piece && piece->is_function && piece->start == word && piece->distance;
}

/* Lower words may be any numbers: position-independent executables are often linked to 0. */
#define LOWEST_ADDRESS (1u << 20)

static void check_words(struct verify *verify, unsigned int section)
{
	const struct verify_section *old = &verify->old.sections[section];
	const struct verify_section *new = &verify->new.sections[verify->section_twins[section]];
	const uint64_t start = old->header.addr;

	for (uint64_t at = bzb_align_up(start, 8); at - start + 8 <= old->bytes.size; at += 8) {
		if (at - start + 8 > new->bytes.size ||
		    !is_left_behind(verify, old->bytes.data + (at - start),
				    new->bytes.data + (at - start)) ||
		    is_in_table(verify, at))
			continue;
		findings_add(
			verify->findings, "%s refers to where %s was before",
			verify_old_place(verify, at).text,
			verify_old_place(verify, bzb_get64(old->bytes.data + (at - start))).text);
	}
}

void verify_data(struct verify *verify)
{
	for (unsigned int i = 0; i < verify->old.elf.shnum; i++) {
		const struct verify_section *section = &verify->old.sections[i];

		if (!section->bytes.size || verify_is_code(section))
			continue;
		verify_bytes(verify, i, section->header.addr,
			     section->header.addr + section->header.size);
		if (section->header.flags & BZB_SHF_ALLOC && verify->piece_count &&
		    verify->pieces[0].start >= LOWEST_ADDRESS)
			check_words(verify, i);
	}
}
