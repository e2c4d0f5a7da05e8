/* SPDX-License-Identifier: BSD-2-Clause */
#include <inttypes.h>
#include <stdlib.h>

#include "io/lap.h"
#include "shuffle_verify_parts.h"

/* --- what is not moved: headers --------------------------------------------------- */

static bool same_header(const struct bzb_elf_section *a, const struct bzb_elf_section *b)
{
	return a->type == b->type && a->flags == b->flags && a->addr == b->addr &&
	       a->size == b->size && a->addralign == b->addralign && a->entsize == b->entsize;
}

/* Names need not be unique, addresses are. */
static uint32_t find_section(const struct verify_file *file, const struct verify_section *wanted)
{
	for (uint32_t i = 0; i < file->elf.shnum; i++)
		if (file->sections[i].header.addr == wanted->header.addr &&
		    !strcmp(file->sections[i].name, wanted->name))
			return i;
	return VERIFY_NONE;
}

/* All sections that are loaded are there, and the same; others may be missing. */
static bool pair_sections(struct verify *verify)
{
	bool same = true;

	verify->section_twins = verify_room(verify->old.elf.shnum, sizeof(uint32_t));
	for (unsigned int i = 0; i < verify->old.elf.shnum; i++) {
		const struct verify_section *old = &verify->old.sections[i];
		uint32_t twin = find_section(&verify->new, old);

		verify->section_twins[i] = twin;
		if (!(old->header.flags & BZB_SHF_ALLOC))
			continue;
		if (twin == VERIFY_NONE ||
		    !same_header(&old->header, &verify->new.sections[twin].header)) {
			findings_add(verify->findings, "section %s is not the same in both files",
				     old->name);
			same = false;
		}
	}
	return same;
}

static bool same_segment(const struct bzb_elf_segment *a, const struct bzb_elf_segment *b)
{
	return a->type == b->type && a->flags == b->flags && a->vaddr == b->vaddr &&
	       a->paddr == b->paddr && a->filesz == b->filesz && a->memsz == b->memsz &&
	       a->align == b->align;
}

static void compare_headers(struct verify *verify)
{
	const struct bzb_elf *old = &verify->old.elf, *new = &verify->new.elf;

	if (old->entry != new->entry)
		findings_add(verify->findings, "the entry point has moved, to 0x%" PRIx64,
			     new->entry);
	if (old->phnum != new->phnum) {
		findings_add(verify->findings, "it has %u segments instead of %u", new->phnum,
			     old->phnum);
		return;
	}
	for (unsigned int i = 0; i < old->phnum; i++) {
		struct bzb_elf_segment a = bzb_elf_segment(old, i), b = bzb_elf_segment(new, i);

		if (!same_segment(&a, &b))
			findings_add(verify->findings, "segment %u is not the same in both files",
				     i);
	}
}

static bool has_relocs_alike(struct verify *verify)
{
	if (!verify->old.reloc_count == !verify->new.reloc_count)
		return true;
	findings_add(verify->findings, "only one of both files has relocations");
	return false;
}

/* --- steps ----------------------------------------------------------------------- */

static void compare(struct verify *verify)
{
	compare_headers(verify);
	if (!pair_sections(verify) || !has_relocs_alike(verify) || !verify_symbols(verify))
		return;
	lap("compare the symbols");
	verify_find_tables(verify);
	verify_find_kallsyms(verify);
	verify_decode(verify);
	verify_find_reached(verify);
	lap("decode the original");
	verify_layout(verify);
	verify_code(verify);
	lap("compare the code");
	verify_relocs(verify);
	lap("compare the relocations");
	verify_data(verify);
	lap("compare the data");
	verify_tables(verify);
	verify_kallsyms(verify);
	lap("compare the tables");
}

static void verify_end(struct verify *verify)
{
	verify_free(&verify->old);
	verify_free(&verify->new);
	free(verify->twins);
	free(verify->section_twins);
	free(verify->pieces);
	free(verify->by_place);
	free(verify->labels);
	free(verify->behind);
	for (unsigned int i = 0; verify->begins && i < verify->old.elf.shnum; i++)
		free(verify->begins[i]);
	free(verify->begins);
}

int shuffle_verify(struct bzb_span original, struct bzb_span shuffled, struct findings *findings,
		   struct shuffle_counts *counts, struct why *original_why,
		   struct why *shuffled_why)
{
	struct verify verify = { .findings = findings, .counts = counts };
	int err;

	*original_why = *shuffled_why = (struct why){ 0 };
	err = verify_read(original, &verify.old, original_why);
	if (!err)
		err = verify_read(shuffled, &verify.new, shuffled_why);
	if (!err)
		compare(&verify);
	verify_end(&verify);
	return err;
}
