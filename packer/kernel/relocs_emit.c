/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The sections of a linker's --emit-relocs: relocations that it has already applied. No
 * specification defines their contents after the linker relaxes code, so each one counts only if
 * the bytes of its field confirm it.
 */
#include <stdio.h>
#include <string.h>

#include <bzboot/rela.h>

#include "relocs_find.h"

/* One .rela section. */
struct rela_section {
	const struct reloc_input *input;
	struct bzb_elf_section target; /* what the relocations apply to */
	struct bzb_span entries;
	struct symbols symbols;
	char name[32]; /* of @target */
};

/* One relocation. */
struct reloc {
	const struct reloc_input *input;
	uint64_t offset;      /* of the field, from the load address */
	uint64_t file_offset; /* of the field */
	uint32_t value;	      /* in the field; its low half */
	uint64_t addend;
	struct symbol symbol;
	struct reloc_site site;
};

static void ignore(const struct reloc *r)
{
	(void)r;
}

static bool symbol_moves(const struct reloc *r)
{
	return relocs_symbol_moves(r->input, &r->symbol);
}

static void absolute64(const struct reloc *r)
{
	if (symbol_moves(r))
		relocs_add(r->input, BZB_RELOC_64, r->offset, &r->site);
}

static void absolute32(const struct reloc *r)
{
	if (symbol_moves(r))
		relocs_add(r->input, BZB_RELOC_32, r->offset, &r->site);
}

/* A distance to a target that moves along stays; a distance to a fixed target shrinks by the
 * slide. */
static void relative32(const struct reloc *r)
{
	if (!symbol_moves(r))
		relocs_add(r->input, BZB_RELOC_32_INVERSE, r->offset, &r->site);
}

static void relative64(const struct reloc *r)
{
	if (!symbol_moves(r))
		relocs_refuse(r->input, &r->site, "the target of the distance does not move");
}

/* The 32-bit value @distance bytes before the field; 0 where the file does not go so far. */
static uint32_t value_before(const struct reloc *r, uint64_t distance)
{
	struct bzb_span bytes;

	if (bzb_slice(r->input->elf->file, r->file_offset - distance, 4, &bytes))
		return 0;
	return bzb_get32(bytes.data);
}

/* "jmp *slot(%rip)" is ff 25 and the field; relaxed it is e9, a distance, and a byte of padding, so
 * that the distance begins a byte before where the field was. */
static bool is_relaxed_jump(const struct reloc *r, uint64_t wanted)
{
	uint32_t distance = value_before(r, 1);

	return (value_before(r, 2) & 0xff) == 0xe9 &&
	       r->site.address + 3 + (uint64_t)(int64_t)(int32_t)distance == wanted;
}

/*
 * Through the GOT - unless the linker has relaxed that to the address itself, as a distance (lea,
 * call, jmp) or as an immediate (mov, test); some linkers leave the relocation as it was then.
 */
static void through_got(const struct reloc *r)
{
	uint64_t wanted = r->symbol.value + r->addend + 4;
	struct reloc jump = *r;

	/* Of what is not defined, the slot holds 0. */
	if (!r->symbol.defined)
		return;
	if (r->site.address + 4 + (uint64_t)(int64_t)(int32_t)r->value == wanted) {
		relative32(r);
	} else if (is_relaxed_jump(r, wanted)) {
		jump.offset--;
		relative32(&jump);
	} else if (r->value == (uint32_t)wanted) {
		absolute32(r);
	} else {
		relocs_refuse(r->input, &r->site,
			      "not relaxed by the linker: its slot in the GOT has no relocation");
	}
}

/* psABI, "Relocation Types": the ones that kernels have. All others are refused. */
static const struct rule {
	uint32_t type;
	void (*apply)(const struct reloc *r);
} rules[] = {
	{ BZB_R_X86_64_NONE, ignore },
	{ BZB_R_X86_64_64, absolute64 },
	{ BZB_R_X86_64_PC32, relative32 },
	{ BZB_R_X86_64_PLT32, relative32 }, /* there is no PLT in a static executable */
	{ BZB_R_X86_64_GOTPCREL, through_got },
	{ BZB_R_X86_64_32, absolute32 },
	{ BZB_R_X86_64_32S, absolute32 },
	{ BZB_R_X86_64_PC64, relative64 },
	{ BZB_R_X86_64_GOTPCRELX, through_got },
	{ BZB_R_X86_64_REX_GOTPCRELX, through_got },
};

static const struct rule *find_rule(uint32_t type)
{
	for (size_t i = 0; i < BZB_ARRAY_SIZE(rules); i++)
		if (rules[i].type == type)
			return &rules[i];
	return NULL;
}

static void copy_text(struct bzb_span text, char *to, size_t room)
{
	size_t n = text.size < room ? text.size : room - 1;

	memcpy(to, text.data, n);
	to[n] = '\0';
}

/* A section symbol has no name of its own. */
static void name_symbol(const struct bzb_elf *elf, struct symbol *symbol)
{
	struct bzb_elf_section section;
	struct bzb_span name;

	if (*symbol->name || !symbol->section || symbol->section >= elf->shnum)
		return;
	section = bzb_elf_section(elf, symbol->section);
	if (!bzb_elf_section_name(elf, &section, &name))
		copy_text(name, symbol->name, sizeof(symbol->name));
}

/*
 * From a byte in the file to its distance from the load address. By file offset, because the
 * virtual addresses of Linux's per-CPU section begin at 0.
 */
static bool find_field(const struct bzb_elf *elf, uint64_t file_offset, uint64_t *ret)
{
	struct bzb_elf_place place;

	if (bzb_elf_find_load(elf, BZB_ELF_FILE, file_offset, &place))
		return false;
	*ret = place.segment.paddr - elf->load_address + place.distance;
	return true;
}

static void add_entry(const struct rela_section *section, const struct bzb_elf_rela *rela)
{
	const struct reloc_input *input = section->input;
	const char *type = relocs_type_name(bzb_ld32(rela->r_type));
	const struct rule *rule = find_rule(bzb_ld32(rela->r_type));
	struct reloc r = {
		.input = input,
		.file_offset =
			section->target.offset + (bzb_ld64(rela->r_offset) - section->target.addr),
		.addend = bzb_ld64(rela->r_addend),
	};
	struct bzb_span bytes;
	char number[24];

	snprintf(number, sizeof(number), "type %u", bzb_ld32(rela->r_type));
	r.site = (struct reloc_site){
		.type = type ? type : number,
		.address = bzb_ld64(rela->r_offset),
	};
	memcpy(r.site.section, section->name, sizeof(r.site.section));
	if (symbols_read(&section->symbols, bzb_ld32(rela->r_sym), &r.symbol)) {
		relocs_refuse(input, &r.site, "its symbol is not in the symbol table");
		return;
	}
	name_symbol(input->elf, &r.symbol);
	memcpy(r.site.symbol, r.symbol.name, sizeof(r.site.symbol));
	if (!rule) {
		relocs_refuse(input, &r.site, "unknown relocation type");
		return;
	}
	if (rule->apply == ignore)
		return;
	if (section->target.type == BZB_SHT_NOBITS ||
	    !find_field(input->elf, r.file_offset, &r.offset) ||
	    bzb_slice(input->elf->file, r.file_offset, 4, &bytes)) {
		relocs_refuse(input, &r.site, "the field lies outside every segment");
		return;
	}
	r.value = bzb_get32(bytes.data);
	r.site.address = input->relocs->base + r.offset;
	rule->apply(&r);
}

/* Notes are for the loader of the kernel (Xen), and are read before it moves. */
static bool open_section(const struct reloc_input *input, const struct bzb_elf_section *rela,
			 struct rela_section *ret)
{
	const struct bzb_elf *elf = input->elf;
	struct bzb_elf_section symtab, strtab;
	struct rela_section section = { .input = input };
	struct bzb_span name;

	if (rela->link >= elf->shnum)
		return false;
	section.target = bzb_elf_section(elf, rela->info);
	symtab = bzb_elf_section(elf, rela->link);
	if (section.target.type == BZB_SHT_NOTE || symtab.link >= elf->shnum)
		return false;
	strtab = bzb_elf_section(elf, symtab.link);
	if (bzb_slice(elf->file, rela->offset, rela->size, &section.entries) ||
	    bzb_slice(elf->file, symtab.offset, symtab.size, &section.symbols.table) ||
	    bzb_slice(elf->file, strtab.offset, strtab.size, &section.symbols.names))
		return false;
	if (!bzb_elf_section_name(elf, &section.target, &name))
		copy_text(name, section.name, sizeof(section.name));
	*ret = section;
	return true;
}

/*
 * The linker fills in a GOT, but does not emit relocations for it. (Three slots of a
 * .got.plt are the psABI's own; in a static executable they are not used.)
 */
static void check_got(const struct reloc_input *input, const char *name, uint64_t reserved)
{
	struct bzb_elf_section got;
	struct bzb_span bytes;

	if (bzb_elf_find_section(input->elf, name, &got) || !(got.flags & BZB_SHF_ALLOC) ||
	    got.type == BZB_SHT_NOBITS || bzb_slice(input->elf->file, got.offset, got.size, &bytes))
		return;
	for (uint64_t at = reserved; at + 8 <= bytes.size; at += 8) {
		uint64_t value = bzb_get64(bytes.data + at);

		if (value && relocs_moves(input, value))
			findings_add(input->findings,
				     "%s: a slot without a relocation (address 0x%llx, value "
				     "0x%llx)",
				     name, (unsigned long long)(got.addr + at),
				     (unsigned long long)value);
	}
}

/*
 * Sections that lie in the file next to each other are not larger than the file. Those that share
 * their bytes may be, and would be read as often as there are such sections.
 */
static bool take_size(const struct reloc_input *input, const struct rela_section *section,
		      size_t *left)
{
	if (section->entries.size > *left) {
		findings_add(input->findings,
			     "relocation sections overlap in the file: with the one "
			     "for %s they are larger than the file",
			     section->name);
		return false;
	}
	*left -= section->entries.size;
	return true;
}

bool relocs_of_emit(const struct reloc_input *input)
{
	size_t left = input->elf->file.size;
	bool found = false;

	for (unsigned int i = 0; i < input->elf->shnum; i++) {
		struct bzb_elf_section rela = bzb_elf_section(input->elf, i);
		struct rela_section section;

		if (!bzb_rela_is_emitted(input->elf, &rela))
			continue;
		found = true;
		if (!open_section(input, &rela, &section))
			continue;
		if (!take_size(input, &section, &left))
			break;
		for (size_t at = 0; at + sizeof(struct bzb_elf_rela) <= section.entries.size;
		     at += sizeof(struct bzb_elf_rela))
			add_entry(&section,
				  (const struct bzb_elf_rela *)(section.entries.data + at));
	}
	if (found) {
		check_got(input, ".got", 0);
		check_got(input, ".got.plt", 24);
	}
	return found;
}
