/* SPDX-License-Identifier: BSD-2-Clause */
/* The sections of a linker's --emit-relocs. */
#include <bzboot/rela.h>
#include <bzboot/symbols.h>

/* One relocation. */
struct reloc {
	const struct bzb_elf *elf;
	uint64_t file_offset; /* of the field */
	uint64_t offset;      /* the same, from the load address */
	uint64_t target;      /* S + A */
	bool defined, moves;  /* of the symbol */
	enum bzb_reloc_kind kind;
};

/* The kernel, and where verdicts go. */
struct visitor {
	const struct bzb_elf *elf;
	bzb_rela_visit *visit;
	void *context;
};

/* --- kinds of fields -------------------------------------------------------------- */

static enum bzb_rela_finding absolute64(struct reloc *r)
{
	r->kind = r->moves ? BZB_RELOC_64 : BZB_RELOC_NONE;
	return BZB_RELA_FINE;
}

static enum bzb_rela_finding absolute32(struct reloc *r)
{
	r->kind = r->moves ? BZB_RELOC_32 : BZB_RELOC_NONE;
	return BZB_RELA_FINE;
}

/* A distance to a target that moves along stays; a distance to a fixed target shrinks by the
 * slide. */
static enum bzb_rela_finding relative32(struct reloc *r)
{
	r->kind = r->moves ? BZB_RELOC_NONE : BZB_RELOC_32_INVERSE;
	return BZB_RELA_FINE;
}

static enum bzb_rela_finding relative64(struct reloc *r)
{
	return r->moves ? BZB_RELA_FINE : BZB_RELA_FIXED_TARGET;
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
static enum bzb_rela_finding through_got(struct reloc *r)
{
	uint64_t wanted = r->target + 4;

	/* Of what is not defined, the slot holds 0. */
	if (!r->defined)
		return BZB_RELA_FINE;
	if (target_before(r, 0) == wanted)
		return relative32(r);
	if ((value_before(r, 2) & 0xff) == 0xe9 && target_before(r, 1) == wanted) {
		r->file_offset--;
		return relative32(r);
	}
	return value_before(r, 0) == (uint32_t)wanted ? absolute32(r) : BZB_RELA_NOT_RELAXED;
}

/* psABI, "Relocation Types": the ones that kernels have. */
static const struct rule {
	uint32_t type;
	enum bzb_rela_finding (*judge)(struct reloc *r);
} rules[] = {
	{ BZB_R_X86_64_64, absolute64 },	 { BZB_R_X86_64_PC32, relative32 },
	{ BZB_R_X86_64_PLT32, relative32 }, /* there is no PLT in a static executable */
	{ BZB_R_X86_64_GOTPCREL, through_got },	 { BZB_R_X86_64_32, absolute32 },
	{ BZB_R_X86_64_32S, absolute32 },	 { BZB_R_X86_64_PC64, relative64 },
	{ BZB_R_X86_64_GOTPCRELX, through_got }, { BZB_R_X86_64_REX_GOTPCRELX, through_got },
};

static const struct rule *find_rule(const struct bzb_elf *elf, uint32_t type)
{
	if (!bzb_elf_is_x86_64(elf))
		return NULL;
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

static bool read_symbol(const struct bzb_rela_section *section, uint32_t number, struct reloc *r)
{
	struct bzb_symbol symbol;

	if (bzb_symbol_read(section->symbols, number, &symbol))
		return false;
	r->target += symbol.value;
	r->defined = symbol.defined;
	r->moves = bzb_symbol_moves(r->elf, &symbol, section->names);
	return true;
}

static enum bzb_rela_finding judge(const struct bzb_rela_verdict *verdict, struct reloc *r)
{
	const struct bzb_rela_section *section = verdict->section;
	const struct rule *rule = find_rule(r->elf, verdict->type);
	enum bzb_rela_finding finding;

	if (!read_symbol(section, verdict->symbol, r))
		return BZB_RELA_NO_SYMBOL;
	if (!rule)
		return BZB_RELA_UNKNOWN_TYPE;
	if (section->target.type == BZB_SHT_NOBITS || !find_field(r, 4))
		return BZB_RELA_OUTSIDE;
	finding = rule->judge(r);
	if (finding || r->kind == BZB_RELOC_NONE)
		return finding;
	return find_field(r, r->kind == BZB_RELOC_64 ? 8 : 4) ? BZB_RELA_FINE : BZB_RELA_OUTSIDE;
}

static int visit_entry(const struct visitor *visitor, const struct bzb_rela_section *section,
		       const struct bzb_elf_rela *rela)
{
	const uint64_t address = bzb_ld64(rela->r_offset);
	struct bzb_rela_verdict verdict = {
		.section = section,
		.type = bzb_ld32(rela->r_type),
		.symbol = bzb_ld32(rela->r_sym),
	};
	struct reloc r = {
		.elf = visitor->elf,
		.file_offset = section->target.offset + (address - section->target.addr),
		.offset = address - visitor->elf->virtual_address,
		.target = bzb_ld64(rela->r_addend),
		.kind = BZB_RELOC_NONE,
	};

	if (verdict.type == BZB_R_X86_64_NONE)
		return 0;
	verdict.finding = judge(&verdict, &r);
	verdict.kind = r.kind;
	verdict.offset = r.offset;
	return verdict.finding || verdict.kind ? visitor->visit(visitor->context, &verdict) : 0;
}

/* --- sections --------------------------------------------------------------------- */

bool bzb_rela_is_emitted(const struct bzb_elf *elf, const struct bzb_elf_section *section)
{
	return elf->type == BZB_ET_EXEC && section->type == BZB_SHT_RELA && section->info &&
	       section->info < elf->shnum && !(section->flags & BZB_SHF_ALLOC) &&
	       bzb_elf_section(elf, section->info).flags & BZB_SHF_ALLOC;
}

static bool find_tables(const struct bzb_elf *elf, const struct bzb_elf_section *rela,
			struct bzb_rela_section *section)
{
	struct bzb_elf_section symbols, names;

	if (rela->link >= elf->shnum)
		return false;
	symbols = bzb_elf_section(elf, rela->link);
	if (symbols.link >= elf->shnum)
		return false;
	names = bzb_elf_section(elf, symbols.link);
	return !bzb_slice(elf->file, rela->offset, rela->size, &section->entries) &&
	       !bzb_slice(elf->file, symbols.offset, symbols.size, &section->symbols) &&
	       !bzb_slice(elf->file, names.offset, names.size, &section->names);
}

static int visit_entries(const struct visitor *visitor, const struct bzb_rela_section *section)
{
	struct bzb_elf_rela rela;
	int err = 0;

	for (size_t at = 0; !err && section->entries.size - at >= sizeof(rela);
	     at += sizeof(rela)) {
		memcpy(&rela, section->entries.data + at, sizeof(rela));
		err = visit_entry(visitor, section, &rela);
	}
	return err;
}

/*
 * The linker fills in a GOT, but does not emit relocations for it. (Three slots of a .got.plt are
 * the psABI's own; in a static executable they are not used.)
 */
static int visit_got(const struct visitor *visitor, const char *name, uint64_t reserved)
{
	const struct bzb_elf *elf = visitor->elf;
	struct bzb_rela_section got = { .entries = { 0 } };
	struct bzb_rela_verdict verdict = { .finding = BZB_RELA_SLOT, .section = &got };
	struct bzb_span bytes;
	int err = 0;

	if (bzb_elf_find_section(elf, name, &got.target) || !(got.target.flags & BZB_SHF_ALLOC) ||
	    got.target.type == BZB_SHT_NOBITS ||
	    bzb_slice(elf->file, got.target.offset, got.target.size, &bytes))
		return 0;
	for (uint64_t at = reserved; !err && at + 8 <= bytes.size; at += 8) {
		verdict.offset = got.target.addr + at - elf->virtual_address;
		verdict.value = bzb_get64(bytes.data + at);
		if (verdict.value && bzb_elf_moves(elf, verdict.value))
			err = visitor->visit(visitor->context, &verdict);
	}
	return err;
}

/* @left: bytes of the file that are not yet read. Sections that lie in the file next to each other
 * are not larger than the file. Those that share their bytes may be, and would be read as often as
 * there are such sections. */
static int visit_section(const struct visitor *visitor, const struct bzb_elf_section *rela,
			 size_t *left)
{
	struct bzb_rela_section section = { .target = bzb_elf_section(visitor->elf, rela->info) };
	struct bzb_rela_verdict verdict = { .section = &section };

	if (section.target.type == BZB_SHT_NOTE)
		return 0;
	if (!find_tables(visitor->elf, rela, &section))
		verdict.finding = BZB_RELA_NO_TABLE;
	else if (section.entries.size > *left)
		verdict.finding = BZB_RELA_SHARED;
	if (verdict.finding)
		return visitor->visit(visitor->context, &verdict);
	*left -= section.entries.size;
	return visit_entries(visitor, &section);
}

int bzb_rela_judge(const struct bzb_elf *elf, bzb_rela_visit *visit, void *context)
{
	const struct visitor visitor = { elf, visit, context };
	size_t left = elf->file.size;
	bool found = false;
	int err = 0;

	for (unsigned int i = 0; !err && i < elf->shnum; i++) {
		struct bzb_elf_section rela = bzb_elf_section(elf, i);

		if (!bzb_rela_is_emitted(elf, &rela))
			continue;
		found = true;
		err = visit_section(&visitor, &rela, &left);
	}
	if (err || !found)
		return err ? err : -BZB_ERR_NOTFOUND;
	err = visit_got(&visitor, ".got", 0);
	return err ? err : visit_got(&visitor, ".got.plt", 24);
}

/* The visitor of bzb_rela_walk(). */
struct walker {
	bzb_reloc_visit *visit;
	void *context;
};

static int visit_moving(void *context, const struct bzb_rela_verdict *verdict)
{
	const struct walker *walker = context;

	return verdict->finding ? -BZB_ERR_BADRELOC :
				  walker->visit(walker->context, verdict->kind, verdict->offset);
}

int bzb_rela_walk(const struct bzb_elf *elf, bzb_reloc_visit *visit, void *context)
{
	struct walker walker = { visit, context };

	return bzb_rela_judge(elf, visit_moving, &walker);
}
