/* SPDX-License-Identifier: BSD-2-Clause */
/* The sections of a linker's --emit-relocs. */
#include <bzboot/rela.h>
#include <bzboot/symbols.h>

/* One section of relocations. */
struct section {
	const struct bzb_elf *elf;
	struct bzb_elf_section target; /* what they apply to */
	struct bzb_span entries, symbols, names;
};

/* One relocation. */
struct reloc {
	const struct bzb_elf *elf;
	uint64_t file_offset; /* of the field */
	uint64_t offset;      /* the same, from the load address */
	uint64_t target;      /* S + A */
	bool defined, moves;  /* of the symbol */
	enum bzb_reloc_kind kind;
};

/* --- kinds of fields -------------------------------------------------------------- */

static int absolute64(struct reloc *r)
{
	r->kind = r->moves ? BZB_RELOC_64 : BZB_RELOC_NONE;
	return 0;
}

static int absolute32(struct reloc *r)
{
	r->kind = r->moves ? BZB_RELOC_32 : BZB_RELOC_NONE;
	return 0;
}

/* A distance to a target that moves along stays; a distance to a fixed target shrinks by the
 * slide. */
static int relative32(struct reloc *r)
{
	r->kind = r->moves ? BZB_RELOC_NONE : BZB_RELOC_32_INVERSE;
	return 0;
}

static int relative64(struct reloc *r)
{
	return r->moves ? 0 : -BZB_ERR_BADRELOC;
}

/* The 32-bit value @distance bytes before the field; 0 where the file does not go so far. */
static uint32_t value_before(const struct reloc *r, uint64_t distance)
{
	struct bzb_span bytes;

	if (bzb_slice(r->elf->file, r->file_offset - distance, 4, &bytes))
		return 0;
	return bzb_get32(bytes.data);
}

/* The target of a distance in the four bytes @distance before the field. */
static uint64_t target_before(const struct reloc *r, uint64_t distance)
{
	uint64_t after = r->elf->virtual_address + r->offset - distance + 4;

	return after + (uint64_t)(int64_t)(int32_t)value_before(r, distance);
}

/*
 * Through the GOT - unless the linker has relaxed that to the address itself, as a distance (lea,
 * call, jmp) or as an immediate (mov, test); some linkers leave the relocation as it was then.
 * "jmp *slot(%rip)" is ff 25 and the field; relaxed it is e9, a distance, and a byte of padding,
 * so that the distance begins a byte before where the field was.
 */
static int through_got(struct reloc *r)
{
	uint64_t wanted = r->target + 4;

	/* Of what is not defined, the slot holds 0. */
	if (!r->defined)
		return 0;
	if (target_before(r, 0) == wanted)
		return relative32(r);
	if ((value_before(r, 2) & 0xff) == 0xe9 && target_before(r, 1) == wanted) {
		r->file_offset--;
		return relative32(r);
	}
	return value_before(r, 0) == (uint32_t)wanted ? absolute32(r) : -BZB_ERR_BADRELOC;
}

/* psABI, "Relocation Types": the ones that kernels have. */
static const struct rule {
	uint32_t type;
	int (*judge)(struct reloc *r);
} rules[] = {
	{ BZB_R_X86_64_64, absolute64 },	 { BZB_R_X86_64_PC32, relative32 },
	{ BZB_R_X86_64_PLT32, relative32 }, /* there is no PLT in a static executable */
	{ BZB_R_X86_64_GOTPCREL, through_got },	 { BZB_R_X86_64_32, absolute32 },
	{ BZB_R_X86_64_32S, absolute32 },	 { BZB_R_X86_64_PC64, relative64 },
	{ BZB_R_X86_64_GOTPCRELX, through_got }, { BZB_R_X86_64_REX_GOTPCRELX, through_got },
};

static const struct rule *find_rule(uint32_t type)
{
	for (size_t i = 0; i < BZB_ARRAY_SIZE(rules); i++)
		if (rules[i].type == type)
			return &rules[i];
	return NULL;
}

/* --- fields ----------------------------------------------------------------------- */

/*
 * From a byte in the file to its distance from the load address. By file offset, because the
 * virtual addresses of Linux's per-CPU section begin at 0.
 */
static bool find_field(struct reloc *r, uint64_t width)
{
	struct bzb_elf_place place;

	if (bzb_elf_find_load(r->elf, BZB_ELF_FILE, r->file_offset, &place) ||
	    place.segment.filesz - place.distance < width)
		return false;
	r->offset = place.segment.paddr - r->elf->load_address + place.distance;
	return true;
}

static bool read_symbol(const struct section *section, uint32_t number, struct reloc *r)
{
	struct bzb_symbol symbol;

	if (bzb_symbol_read(section->symbols, number, &symbol))
		return false;
	r->target += symbol.value;
	r->defined = symbol.defined;
	r->moves = bzb_symbol_moves(section->elf, &symbol, section->names);
	return true;
}

static int visit_entry(const struct section *section, const struct bzb_elf_rela *rela,
		       bzb_reloc_visit *visit, void *context)
{
	const struct bzb_elf_section *target = &section->target;
	const struct rule *rule = find_rule(bzb_ld32(rela->r_type));
	struct reloc r = {
		.elf = section->elf,
		.file_offset = target->offset + (bzb_ld64(rela->r_offset) - target->addr),
		.target = bzb_ld64(rela->r_addend),
		.kind = BZB_RELOC_NONE,
	};

	if (bzb_ld32(rela->r_type) == BZB_R_X86_64_NONE)
		return 0;
	if (!rule || target->type == BZB_SHT_NOBITS ||
	    !read_symbol(section, bzb_ld32(rela->r_sym), &r) || !find_field(&r, 4) ||
	    rule->judge(&r))
		return -BZB_ERR_BADRELOC;
	if (r.kind == BZB_RELOC_NONE)
		return 0;
	if (!find_field(&r, r.kind == BZB_RELOC_64 ? 8 : 4))
		return -BZB_ERR_BADRELOC;
	return visit(context, r.kind, r.offset);
}

/* --- sections --------------------------------------------------------------------- */

bool bzb_rela_is_emitted(const struct bzb_elf *elf, const struct bzb_elf_section *section)
{
	return elf->type == BZB_ET_EXEC && section->type == BZB_SHT_RELA && section->info &&
	       section->info < elf->shnum && !(section->flags & BZB_SHF_ALLOC) &&
	       bzb_elf_section(elf, section->info).flags & BZB_SHF_ALLOC;
}

static int open_section(const struct bzb_elf *elf, const struct bzb_elf_section *rela,
			struct section *ret)
{
	struct section section = { .elf = elf, .target = bzb_elf_section(elf, rela->info) };
	struct bzb_elf_section symbols, names;

	if (rela->link >= elf->shnum)
		return -BZB_ERR_BADRELOC;
	symbols = bzb_elf_section(elf, rela->link);
	if (symbols.link >= elf->shnum)
		return -BZB_ERR_BADRELOC;
	names = bzb_elf_section(elf, symbols.link);
	if (bzb_slice(elf->file, rela->offset, rela->size, &section.entries) ||
	    bzb_slice(elf->file, symbols.offset, symbols.size, &section.symbols) ||
	    bzb_slice(elf->file, names.offset, names.size, &section.names))
		return -BZB_ERR_BADRELOC;
	*ret = section;
	return 0;
}

static int walk_section(const struct section *section, bzb_reloc_visit *visit, void *context)
{
	struct bzb_elf_rela rela;

	for (size_t at = 0; section->entries.size - at >= sizeof(rela); at += sizeof(rela)) {
		int err;

		memcpy(&rela, section->entries.data + at, sizeof(rela));
		err = visit_entry(section, &rela, visit, context);
		if (err)
			return err;
	}
	return 0;
}

/*
 * The linker fills in a GOT, but does not emit relocations for it. (Three slots of a .got.plt are
 * the psABI's own; in a static executable they are not used.)
 */
static int check_got(const struct bzb_elf *elf, const char *name, uint64_t reserved)
{
	struct bzb_elf_section got;
	struct bzb_span bytes;

	if (bzb_elf_find_section(elf, name, &got) || !(got.flags & BZB_SHF_ALLOC) ||
	    got.type == BZB_SHT_NOBITS || bzb_slice(elf->file, got.offset, got.size, &bytes))
		return 0;
	for (uint64_t at = reserved; at + 8 <= bytes.size; at += 8) {
		uint64_t value = bzb_get64(bytes.data + at);

		if (value && bzb_elf_moves(elf, value))
			return -BZB_ERR_BADRELOC;
	}
	return 0;
}

/* Sections that lie in the file next to each other are not larger than the file. Those that share
 * their bytes may be, and would be read as often as there are such sections. */
static int walk_sections(const struct bzb_elf *elf, bzb_reloc_visit *visit, void *context)
{
	size_t left = elf->file.size;
	bool found = false;

	for (unsigned int i = 0; i < elf->shnum; i++) {
		struct bzb_elf_section rela = bzb_elf_section(elf, i);
		struct section section;
		int err;

		if (!bzb_rela_is_emitted(elf, &rela))
			continue;
		found = true;
		if (bzb_elf_section(elf, rela.info).type == BZB_SHT_NOTE)
			continue;
		if (open_section(elf, &rela, &section) || section.entries.size > left)
			return -BZB_ERR_BADRELOC;
		left -= section.entries.size;
		err = walk_section(&section, visit, context);
		if (err)
			return err;
	}
	return found ? 0 : -BZB_ERR_NOTFOUND;
}

int bzb_rela_walk(const struct bzb_elf *elf, bzb_reloc_visit *visit, void *context)
{
	int err = walk_sections(elf, visit, context);

	if (err)
		return err;
	return check_got(elf, ".got", 0) || check_got(elf, ".got.plt", 24) ? -BZB_ERR_BADRELOC : 0;
}
