/* SPDX-License-Identifier: BSD-2-Clause */
/* The relocations of a position-independent kernel: DT_RELA, DT_JMPREL, DT_RELR. */
#include <bzboot/dynamic.h>
#include <bzboot/symbols.h>

/* --- finding tables --------------------------------------------------------------- */

/* The distance of a field from the load address is then that of its virtual address. */
static bool is_even(const struct bzb_elf *elf)
{
	for (unsigned int i = 0; i < elf->phnum; i++) {
		struct bzb_elf_segment s = bzb_elf_segment(elf, i);

		if (s.type == BZB_PT_LOAD && s.memsz &&
		    s.vaddr - s.paddr != elf->virtual_address - elf->load_address)
			return false;
	}
	return true;
}

/* The bytes from a virtual address on, as far as its segment's file bytes go. */
static int find_bytes(const struct bzb_elf *elf, uint64_t address, struct bzb_span *ret)
{
	struct bzb_elf_place place;

	if (bzb_elf_find_load(elf, BZB_ELF_VIRTUAL, address, &place) ||
	    place.distance > place.segment.filesz)
		return -BZB_ERR_BADRELOC;
	return bzb_slice(elf->file, place.segment.offset + place.distance,
			 place.segment.filesz - place.distance, ret);
}

static bool find_dynamic(const struct bzb_elf *elf, struct bzb_span *ret)
{
	for (unsigned int i = 0; i < elf->phnum; i++) {
		struct bzb_elf_segment s = bzb_elf_segment(elf, i);

		if (s.type == BZB_PT_DYNAMIC && !bzb_slice(elf->file, s.offset, s.filesz, ret))
			return true;
	}
	return false;
}

int bzb_dynamic_read(const struct bzb_elf *elf, struct bzb_dynamic_tags *ret)
{
	struct bzb_dynamic_tags tags = { .values = { 0 } };
	struct bzb_elf_dyn dyn;
	struct bzb_span bytes;

	if (!find_dynamic(elf, &bytes))
		return -BZB_ERR_NOTFOUND;
	for (size_t at = 0; bytes.size - at >= sizeof(dyn); at += sizeof(dyn)) {
		uint64_t tag;

		memcpy(&dyn, bytes.data + at, sizeof(dyn));
		tag = bzb_ld64(dyn.d_tag);
		if (tag == BZB_DT_NULL)
			break;
		if (tag < BZB_DT_COUNT) {
			tags.values[tag] = bzb_ld64(dyn.d_val);
			tags.has[tag] = true;
		}
	}
	*ret = tags;
	return 0;
}

/* A table of 0 bytes may have any address. */
static int find_table(const struct bzb_elf *elf, uint64_t address, uint64_t size,
		      struct bzb_span *ret)
{
	struct bzb_span bytes;

	if (!size)
		return 0;
	if (find_bytes(elf, address, &bytes) || bzb_slice(bytes, 0, size, ret))
		return -BZB_ERR_BADRELOC;
	return 0;
}

static int find_tables(struct bzb_dynamic *dynamic, const uint64_t values[BZB_DT_COUNT])
{
	const struct bzb_elf *elf = &dynamic->elf;

	if (values[BZB_DT_RELSZ])
		return -BZB_ERR_BADRELOC;
	/* It has no size; its entries are checked one by one. */
	if (values[BZB_DT_SYMTAB] && find_bytes(elf, values[BZB_DT_SYMTAB], &dynamic->symbols))
		return -BZB_ERR_BADRELOC;
	if (find_table(elf, values[BZB_DT_STRTAB], values[BZB_DT_STRSZ], &dynamic->names) ||
	    find_table(elf, values[BZB_DT_RELA], values[BZB_DT_RELASZ], &dynamic->rela) ||
	    find_table(elf, values[BZB_DT_JMPREL], values[BZB_DT_PLTRELSZ], &dynamic->jmprel) ||
	    find_table(elf, values[BZB_DT_RELR], values[BZB_DT_RELRSZ], &dynamic->relr.relr))
		return -BZB_ERR_BADRELOC;
	return dynamic->rela.size % sizeof(struct bzb_elf_rela) ||
			       dynamic->jmprel.size % sizeof(struct bzb_elf_rela) ?
		       -BZB_ERR_BADRELOC :
		       0;
}

int bzb_dynamic_find(const struct bzb_elf *elf, struct bzb_dynamic *ret)
{
	const struct bzb_span none = { elf->file.data, 0 };
	struct bzb_dynamic_tags tags;
	struct bzb_dynamic dynamic = {
		.elf = *elf,
		.rela = none,
		.jmprel = none,
		.symbols = none,
		.names = none,
		.relr = {
			.kernel = { .elf = *elf, .memory_size = elf->memory_size },
			.relr = none,
			.crel = none,
			.symbols = none,
			.base = elf->virtual_address,
		},
	};
	int err = bzb_dynamic_read(elf, &tags);

	if (err)
		return err;
	if (!is_even(elf))
		return -BZB_ERR_BADLAYOUT;
	if (find_tables(&dynamic, tags.values))
		return -BZB_ERR_BADRELOC;
	*ret = dynamic;
	return 0;
}

/* --- entries with addends --------------------------------------------------------- */

/* An undefined weak symbol is 0, wherever the kernel runs. */
static enum bzb_rela_finding add_symbol(const struct bzb_dynamic *dynamic, uint32_t number,
					struct bzb_dynamic_field *field)
{
	struct bzb_symbol symbol;

	if (bzb_symbol_read(dynamic->symbols, number, &symbol))
		return BZB_RELA_NO_SYMBOL;
	if (!symbol.defined && !symbol.weak)
		return BZB_RELA_UNDEFINED;
	field->value += symbol.value;
	field->moves = bzb_symbol_moves(&dynamic->elf, &symbol, dynamic->names);
	return BZB_RELA_FINE;
}

enum bzb_rela_finding bzb_dynamic_judge(const struct bzb_dynamic *dynamic,
					const struct bzb_elf_rela *rela,
					struct bzb_dynamic_field *ret)
{
	enum bzb_rela_finding finding = BZB_RELA_FINE;
	enum bzb_machine machine;
	struct bzb_dynamic_field field = {
		.offset = bzb_ld64(rela->r_offset) - dynamic->elf.virtual_address,
		.written = true,
	};

	if (bzb_elf_machine(&dynamic->elf, &machine))
		return BZB_RELA_UNKNOWN_TYPE;
	switch (bzb_formula_of(machine, bzb_ld32(rela->r_type))) {
	case BZB_FORMULA_NONE:
		field.written = false;
		break;
	case BZB_FORMULA_RELATIVE:
		field.moves = true;
		field.value = bzb_ld64(rela->r_addend);
		break;
	case BZB_FORMULA_SYMBOL_ADDEND:
		field.value = bzb_ld64(rela->r_addend);
		finding = add_symbol(dynamic, bzb_ld32(rela->r_sym), &field);
		break;
	case BZB_FORMULA_SYMBOL:
		finding = add_symbol(dynamic, bzb_ld32(rela->r_sym), &field);
		break;
	default:
		finding = BZB_RELA_UNKNOWN_TYPE;
	}
	if (!finding)
		*ret = field;
	return finding;
}

typedef int visit_field(void *context, const struct bzb_dynamic_field *field);

static int walk_table(const struct bzb_dynamic *dynamic, struct bzb_span table, visit_field *visit,
		      void *context)
{
	const uint64_t size = dynamic->elf.memory_size;
	struct bzb_dynamic_field field;
	struct bzb_elf_rela rela;
	int err = 0;

	for (size_t at = 0; !err && at < table.size; at += sizeof(rela)) {
		memcpy(&rela, table.data + at, sizeof(rela));
		if (bzb_dynamic_judge(dynamic, &rela, &field))
			return -BZB_ERR_BADRELOC;
		if (field.written && (size < 8 || field.offset > size - 8))
			return -BZB_ERR_BADRELOC;
		if (field.written)
			err = visit(context, &field);
	}
	return err;
}

static int walk_tables(const struct bzb_dynamic *dynamic, visit_field *visit, void *context)
{
	int err = walk_table(dynamic, dynamic->rela, visit, context);

	return err ? err : walk_table(dynamic, dynamic->jmprel, visit, context);
}

static int write_field(void *memory, const struct bzb_dynamic_field *field)
{
	bzb_put64((unsigned char *)memory + field->offset, field->value);
	return 0;
}

int bzb_dynamic_write(const struct bzb_dynamic *dynamic, void *memory)
{
	return walk_tables(dynamic, write_field, memory);
}

/* The caller's visitor and its context. */
struct visitor {
	bzb_reloc_visit *visit;
	void *context;
};

static int visit_moving(void *context, const struct bzb_dynamic_field *field)
{
	const struct visitor *visitor = context;

	return field->moves ? visitor->visit(visitor->context, BZB_RELOC_64, field->offset) : 0;
}

int bzb_dynamic_walk(const struct bzb_dynamic *dynamic, bzb_reloc_visit *visit, void *context)
{
	struct visitor visitor = { visit, context };
	int err = walk_tables(dynamic, visit_moving, &visitor);

	return err ? err : bzb_relocs_walk(&dynamic->relr, visit, context);
}
