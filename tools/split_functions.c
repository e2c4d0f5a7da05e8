/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * split_functions: put each function of an object into a section of its own, as -ffunction-sections
 * does, so that the linker omits those that nothing calls.
 *
 *   split_functions IN OUT [FUNCTION...]
 *
 * The named functions are left out: the linker finds those that are global elsewhere, and calls of
 * the others become calls of linked_away().
 *
 * It is for riscv64 and loong64, whose linkers may make code shorter, so that the assembler leaves
 * references from a function to another one to them. An object that has one without a relocation is
 * copied as it is.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <bzboot/elf.h>
#include <bzboot/machine.h>

/* gABI */
enum { TYPE_PROGBITS = 1, TYPE_SYMTAB = 2, TYPE_RELA = 4 };
enum { SYMBOL_FUNCTION = 2, SYMBOL_SECTION = 3 };
enum { BIND_LOCAL = 0, BIND_GLOBAL = 1 };
#define FLAG_EXECUTABLE 4u
#define FLAG_LINK_INFO 0x40u

/* The psABIs: the linker shortens the NOPs at such a place, as the address wants. */
#define RISCV_ALIGN 43u
#define LOONGARCH_ALIGN 102u

struct piece {
	uint64_t start, end; /* in the section of all */
	uint16_t section;
	bool is_left_out;
};

struct machine;

struct object {
	const char *name;
	const struct machine *machine;
	unsigned char *bytes;
	size_t size, room;
	struct bzb_elf_shdr *sections;
	unsigned int section_count, code_count, text, text_rela, symtab;
	struct bzb_elf_sym *symbols; /* and one more, for linked_away() */
	size_t symbol_count;
	bool *is_left_out; /* each symbol */
	struct bzb_elf_rela *relas;
	size_t rela_count;
	struct piece *pieces;
	size_t piece_count;
};

static const char away[] = "linked_away";

static _Noreturn void fail(const struct object *object, const char *what)
{
	fprintf(stderr, "split_functions: %s: %s\n", object->name, what);
	exit(1);
}

static void *room_for(const struct object *object, size_t count, size_t size)
{
	void *memory = calloc(count ? count : 1, size);

	if (!memory)
		fail(object, "no memory");
	return memory;
}

/* --- bytes ------------------------------------------------------------------------- */

static struct bzb_span slice(const struct object *object, uint64_t offset, uint64_t size)
{
	struct bzb_span ret;

	if (bzb_slice((struct bzb_span){ object->bytes, object->size }, offset, size, &ret))
		fail(object, "it is truncated");
	return ret;
}

static struct bzb_span section_bytes(const struct object *object, unsigned int number)
{
	const struct bzb_elf_shdr *section = &object->sections[number];

	return slice(object, bzb_ld64(section->sh_offset), bzb_ld64(section->sh_size));
}

/* A copy of @count elements, with room for one more. */
static void *copy_of(const struct object *object, struct bzb_span bytes, size_t size, size_t *count)
{
	void *copy;

	*count = bytes.size / size;
	copy = room_for(object, *count + 1, size);
	if (bytes.size)
		memcpy(copy, bytes.data, *count * size);
	return copy;
}

/* Returns the offset in the file. */
static uint64_t append(struct object *object, const void *bytes, size_t size)
{
	const size_t at = bzb_align_up(object->size, 8);

	if (at + size > object->room) {
		object->room = 2 * (at + size);
		object->bytes = realloc(object->bytes, object->room);
		if (!object->bytes)
			fail(object, "no memory");
	}
	memset(object->bytes + object->size, 0, at - object->size);
	if (size)
		memcpy(object->bytes + at, bytes, size);
	object->size = at + size;
	return at;
}

static void set_bytes(struct object *object, unsigned int number, const void *bytes, size_t size)
{
	struct bzb_elf_shdr *section = &object->sections[number];

	section->sh_offset = bzb_st64(append(object, bytes, size));
	section->sh_size = bzb_st64(size);
}

static void read_file(struct object *object, const char *name)
{
	FILE *file = fopen(name, "rb");
	unsigned char buffer[65536];
	size_t n;

	object->name = name;
	if (!file)
		fail(object, "cannot open it");
	while ((n = fread(buffer, 1, sizeof(buffer), file))) {
		const size_t at = object->size;

		object->room = at + n;
		object->bytes = realloc(object->bytes, object->room);
		if (!object->bytes)
			fail(object, "no memory");
		memcpy(object->bytes + at, buffer, n);
		object->size += n;
	}
	if (ferror(file) || fclose(file))
		fail(object, "cannot read it");
}

static void write_file(const struct object *object, const char *name)
{
	FILE *file = fopen(name, "wb");

	if (!file || fwrite(object->bytes, 1, object->size, file) != object->size || fclose(file))
		fail(object, "cannot write the result");
}

/* --- the object ------------------------------------------------------------------- */

static struct bzb_elf_ehdr *header_of(const struct object *object)
{
	(void)slice(object, 0, sizeof(struct bzb_elf_ehdr));
	return (struct bzb_elf_ehdr *)object->bytes;
}

static unsigned int info_of(const struct object *object, unsigned int section)
{
	return bzb_ld32(object->sections[section].sh_info);
}

static unsigned int type_of(const struct object *object, unsigned int section)
{
	return bzb_ld32(object->sections[section].sh_type);
}

static bool is_code(const struct object *object, unsigned int section)
{
	return type_of(object, section) == TYPE_PROGBITS &&
	       bzb_ld64(object->sections[section].sh_flags) & FLAG_EXECUTABLE &&
	       bzb_ld64(object->sections[section].sh_size);
}

static void find_sections(struct object *object)
{
	const struct bzb_elf_ehdr *header = header_of(object);
	const struct bzb_span bytes =
		slice(object, bzb_ld64(header->e_shoff),
		      (uint64_t)bzb_ld16(header->e_shnum) * sizeof(struct bzb_elf_shdr));
	size_t count;

	object->sections = copy_of(object, bytes, sizeof(struct bzb_elf_shdr), &count);
	object->section_count = (unsigned int)count;
	for (unsigned int i = 0; i < count; i++) {
		if (is_code(object, i)) {
			object->text = i;
			object->code_count++;
		}
		if (type_of(object, i) == TYPE_SYMTAB)
			object->symtab = i;
	}
	for (unsigned int i = 0; i < count; i++)
		if (type_of(object, i) == TYPE_RELA && info_of(object, i) == object->text)
			object->text_rela = i;
}

static void read_tables(struct object *object)
{
	object->symbols = copy_of(object, section_bytes(object, object->symtab),
				  sizeof(struct bzb_elf_sym), &object->symbol_count);
	object->relas = copy_of(object, section_bytes(object, object->text_rela),
				sizeof(struct bzb_elf_rela), &object->rela_count);
	object->is_left_out = room_for(object, object->symbol_count, sizeof(bool));
}

static bool is_in_text(const struct object *object, const struct bzb_elf_sym *symbol)
{
	return bzb_ld16(symbol->st_shndx) == object->text;
}

static unsigned int symbol_type(const struct bzb_elf_sym *symbol)
{
	return symbol->st_info & 15;
}

static unsigned int symbol_bind(const struct bzb_elf_sym *symbol)
{
	return symbol->st_info >> 4;
}

/* --- its functions ----------------------------------------------------------------- */

/* A name, or one of a copy that the compiler has made for some calls: NAME.isra.0 */
static bool is_named(const struct object *object, const struct bzb_elf_sym *symbol, char **names)
{
	const struct bzb_span strings =
		section_bytes(object, bzb_ld32(object->sections[object->symtab].sh_link));
	struct bzb_span text;

	for (; *names; names++)
		if (!bzb_slice(strings, bzb_ld32(symbol->st_name), strlen(*names) + 1, &text) &&
		    !memcmp(text.data, *names, text.size - 1) &&
		    (text.data[text.size - 1] == '\0' || text.data[text.size - 1] == '.'))
			return true;
	return false;
}

static int compare(const void *a, const void *b)
{
	const struct piece *p = a, *q = b;

	return p->start < q->start ? -1 : p->start > q->start;
}

static void find_pieces(struct object *object, char **names)
{
	object->pieces = room_for(object, object->symbol_count, sizeof(struct piece));
	for (size_t i = 0; i < object->symbol_count; i++) {
		const struct bzb_elf_sym *symbol = &object->symbols[i];
		const uint64_t start = bzb_ld64(symbol->st_value);

		if (!is_in_text(object, symbol) || symbol_type(symbol) != SYMBOL_FUNCTION)
			continue;
		object->pieces[object->piece_count++] =
			(struct piece){ .start = start,
					.end = start + bzb_ld64(symbol->st_size),
					.is_left_out = is_named(object, symbol, names) };
	}
	qsort(object->pieces, object->piece_count, sizeof(struct piece), compare);
}

static bool are_apart(const struct object *object)
{
	const uint64_t size = section_bytes(object, object->text).size;
	uint64_t end = 0;

	for (size_t i = 0; i < object->piece_count; i++) {
		const struct piece *piece = &object->pieces[i];

		if (piece->start < end || piece->end <= piece->start || piece->end > size)
			return false;
		end = piece->end;
	}
	return object->piece_count;
}

/* The last one that begins at or before @at; the first one, if all begin later. */
static struct piece *piece_at(const struct object *object, uint64_t at)
{
	size_t i = 0;

	while (i + 1 < object->piece_count && object->pieces[i + 1].start <= at)
		i++;
	return &object->pieces[i];
}

/* --- references ---------------------------------------------------------------------- */

/* An instruction; @distance: to what it refers to, 0: to nothing, FAR: to what a relocation says */
struct instruction {
	size_t size;
	int64_t distance;
};

#define FAR INT64_MAX

/* Bits of @word from @low on */
static uint32_t bits(uint32_t word, unsigned int low, unsigned int count)
{
	return word >> low & ((1u << count) - 1);
}

static int64_t extend(uint32_t value, unsigned int count)
{
	return (int64_t)((uint64_t)value << (64 - count)) >> (64 - count);
}

/* LoongArch Reference Manual, volume 1, appendix B: branches, but for JIRL; PCADDI and its like */
static struct instruction read_loong64(const unsigned char *at)
{
	const uint32_t word = bzb_get32(at), opcode = bits(word, 26, 6), low = bits(word, 10, 16);
	struct instruction ret = { 4, 0 };

	if (opcode >= 0x10 && opcode <= 0x12)
		ret.distance = 4 * extend(bits(word, 0, 5) << 16 | low, 21);
	else if (opcode == 0x14 || opcode == 0x15)
		ret.distance = 4 * extend(bits(word, 0, 10) << 16 | low, 26);
	else if (opcode >= 0x16 && opcode <= 0x1b)
		ret.distance = 4 * extend(low, 16);
	else if (bits(word, 27, 5) == 3)
		ret.distance = FAR;
	return ret;
}

/* The RISC-V Instruction Set Manual, volume 1, "RVC Instruction Set Listings": C.J, C.BEQZ, C.BNEZ */
static struct instruction read_compressed(uint32_t half)
{
	struct instruction ret = { 2, 0 };

	if (bits(half, 0, 2) != 1)
		return ret;
	if (bits(half, 13, 3) == 5)
		ret.distance = extend(bits(half, 12, 1) << 11 | bits(half, 8, 1) << 10 |
					      bits(half, 9, 2) << 8 | bits(half, 6, 1) << 7 |
					      bits(half, 7, 1) << 6 | bits(half, 2, 1) << 5 |
					      bits(half, 11, 1) << 4 | bits(half, 3, 3) << 1,
				      12);
	if (bits(half, 13, 3) >= 6)
		ret.distance = extend(bits(half, 12, 1) << 8 | bits(half, 5, 2) << 6 |
					      bits(half, 2, 1) << 5 | bits(half, 10, 2) << 3 |
					      bits(half, 3, 2) << 1,
				      9);
	return ret;
}

/* "RV32/64G Instruction Set Listings": JAL, branches, AUIPC */
static struct instruction read_riscv64(const unsigned char *at)
{
	struct instruction ret = { 4, 0 };
	uint32_t word = bzb_get16(at);

	if (bits(word, 0, 2) != 3)
		return read_compressed(word);
	word = bzb_get32(at);
	if (bits(word, 0, 7) == 0x6f)
		ret.distance = extend(bits(word, 31, 1) << 20 | bits(word, 12, 8) << 12 |
					      bits(word, 20, 1) << 11 | bits(word, 21, 10) << 1,
				      21);
	else if (bits(word, 0, 7) == 0x63)
		ret.distance = extend(bits(word, 31, 1) << 12 | bits(word, 7, 1) << 11 |
					      bits(word, 25, 6) << 5 | bits(word, 8, 4) << 1,
				      13);
	else if (bits(word, 0, 7) == 0x17)
		ret.distance = FAR;
	return ret;
}

static const struct machine {
	uint16_t number;      /* e_machine */
	uint32_t align;	      /* r_type */
	uint64_t instruction; /* the alignment of one */
	struct instruction (*read)(const unsigned char *at);
} machines[] = {
	{ BZB_EM_RISCV, RISCV_ALIGN, 2, read_riscv64 },
	{ BZB_EM_LOONGARCH, LOONGARCH_ALIGN, 4, read_loong64 },
};

static const struct machine *machine_of(const struct object *object)
{
	for (size_t i = 0; i < BZB_ARRAY_SIZE(machines); i++)
		if (machines[i].number == bzb_ld16(header_of(object)->e_machine))
			return &machines[i];
	fail(object, "it is for another machine");
}

/* Returns an element for each byte of the code. */
static bool *find_relocated(const struct object *object, size_t size)
{
	bool *ret = room_for(object, size, sizeof(bool));

	for (size_t i = 0; i < object->rela_count; i++) {
		const uint64_t at = bzb_ld64(object->relas[i].r_offset);

		if (at < size)
			ret[at] = true;
	}
	return ret;
}

static bool is_within(const struct piece *piece, uint64_t at, int64_t distance)
{
	return distance != FAR &&
	       at + (uint64_t)distance - piece->start < piece->end - piece->start;
}

/* What has no relocation has to be in the same function. */
static bool is_closed(const struct object *object, const struct piece *piece, const bool *relocated)
{
	const unsigned char *code = section_bytes(object, object->text).data;

	for (uint64_t at = piece->start; at + 4 <= piece->end;) {
		const struct instruction instruction = object->machine->read(code + at);

		if (instruction.distance && !relocated[at] &&
		    !is_within(piece, at, instruction.distance))
			return false;
		at += instruction.size;
	}
	return true;
}

static bool are_closed(const struct object *object)
{
	bool *relocated = find_relocated(object, section_bytes(object, object->text).size);
	bool closed = true;

	for (size_t i = 0; i < object->piece_count && closed; i++)
		closed = is_closed(object, &object->pieces[i], relocated);
	free(relocated);
	return closed;
}

static struct bzb_elf_rela *relas_of(const struct object *object, unsigned int section,
				     size_t *ret_count)
{
	const struct bzb_span bytes = section_bytes(object, section);

	*ret_count = bytes.size / sizeof(struct bzb_elf_rela);
	return (struct bzb_elf_rela *)(uintptr_t)bytes.data;
}

/* The symbol of the section that is cut in pieces would have no meaning any more. */
static bool are_movable(const struct object *object, unsigned int section)
{
	size_t count;
	const struct bzb_elf_rela *relas = relas_of(object, section, &count);

	for (size_t i = 0; i < count; i++) {
		const uint32_t number = bzb_ld32(relas[i].r_sym);

		if (number >= object->symbol_count)
			fail(object, "a relocation has no symbol");
		if (is_in_text(object, &object->symbols[number]) &&
		    symbol_type(&object->symbols[number]) == SYMBOL_SECTION)
			return false;
	}
	return true;
}

static bool is_splittable(const struct object *object)
{
	for (unsigned int i = 0; i < object->section_count; i++)
		if (type_of(object, i) == TYPE_RELA && !are_movable(object, i))
			return false;
	return are_apart(object) && are_closed(object);
}

/* Of the code */
static struct bzb_elf_rela rela_in(const struct object *object, const struct piece *piece,
				   struct bzb_elf_rela rela)
{
	const uint32_t symbol = bzb_ld32(rela.r_sym);

	rela.r_offset = bzb_st64(bzb_ld64(rela.r_offset) - piece->start);
	if (object->is_left_out[symbol] && symbol_bind(&object->symbols[symbol]) == BIND_LOCAL) {
		rela.r_sym = bzb_st32((uint32_t)object->symbol_count);
		rela.r_addend = bzb_st64(0);
	}
	return rela;
}

/* Of other sections: the tables of a switch in a function that is left out */
static void forget_tables(struct object *object, unsigned int section)
{
	size_t count;
	struct bzb_elf_rela *relas = relas_of(object, section, &count);

	for (size_t i = 0; i < count; i++)
		if (object->is_left_out[bzb_ld32(relas[i].r_sym)])
			relas[i].r_type = relas[i].r_sym = bzb_st32(0);
}

/* --- the pieces -------------------------------------------------------------------- */

static unsigned int add_section(struct object *object, struct bzb_elf_shdr section)
{
	const unsigned int number = object->section_count++;

	object->sections[number] = section;
	return number;
}

static void add_relas(struct object *object, const struct piece *piece)
{
	struct bzb_elf_shdr section = object->sections[object->text_rela];
	struct bzb_elf_rela *relas = room_for(object, object->rela_count, sizeof(*relas));
	size_t count = 0;

	for (size_t i = 0; i < object->rela_count; i++) {
		const uint64_t at = bzb_ld64(object->relas[i].r_offset);

		if (at >= piece->start && at < piece->end)
			relas[count++] = rela_in(object, piece, object->relas[i]);
	}
	section.sh_info = bzb_st32(piece->section);
	section.sh_flags = bzb_st64(FLAG_LINK_INFO);
	set_bytes(object, add_section(object, section), relas, count * sizeof(*relas));
	free(relas);
}

/* A function in which something is aligned; others need it for instructions only. */
static bool has_alignment(const struct object *object, const struct piece *piece)
{
	const uint32_t align = object->machine->align;

	for (size_t i = 0; i < object->rela_count; i++) {
		const struct bzb_elf_rela *rela = &object->relas[i];

		if (bzb_ld32(rela->r_type) == align &&
		    bzb_ld64(rela->r_offset) - piece->start < piece->end - piece->start)
			return true;
	}
	return false;
}

static void add_piece(struct object *object, struct piece *piece)
{
	struct bzb_elf_shdr section = object->sections[object->text];

	section.sh_offset = bzb_st64(bzb_ld64(section.sh_offset) + piece->start);
	section.sh_size = bzb_st64(piece->end - piece->start);
	if (!has_alignment(object, piece))
		section.sh_addralign = bzb_st64(object->machine->instruction);
	piece->section = (uint16_t)add_section(object, section);
	add_relas(object, piece);
}

/* Those of a function that is left out: undefined, or of no use */
static void move_symbol(struct object *object, size_t number)
{
	struct bzb_elf_sym *symbol = &object->symbols[number];
	const struct piece *piece = piece_at(object, bzb_ld64(symbol->st_value));

	if (!piece->is_left_out) {
		symbol->st_shndx = bzb_st16(piece->section);
		symbol->st_value = bzb_st64(bzb_ld64(symbol->st_value) - piece->start);
		return;
	}
	symbol->st_value = symbol->st_size = bzb_st64(0);
	if (symbol_bind(symbol) != BIND_LOCAL) {
		symbol->st_shndx = bzb_st16(0);
		symbol->st_info = BIND_GLOBAL << 4;
	}
}

static void mark_left_out(struct object *object)
{
	for (size_t i = 0; i < object->symbol_count; i++) {
		const struct bzb_elf_sym *symbol = &object->symbols[i];

		object->is_left_out[i] = is_in_text(object, symbol) &&
					 piece_at(object, bzb_ld64(symbol->st_value))->is_left_out;
	}
}

static void write_symbols(struct object *object)
{
	const unsigned int strtab = bzb_ld32(object->sections[object->symtab].sh_link);
	const struct bzb_span old = section_bytes(object, strtab);
	char *strings = room_for(object, old.size + sizeof(away), 1);

	memcpy(strings, old.data, old.size);
	memcpy(strings + old.size, away, sizeof(away));
	set_bytes(object, strtab, strings, old.size + sizeof(away));
	free(strings);
	object->symbols[object->symbol_count] = (struct bzb_elf_sym){
		.st_name = bzb_st32((uint32_t)old.size),
		.st_info = BIND_GLOBAL << 4,
	};
	set_bytes(object, object->symtab, object->symbols,
		  (object->symbol_count + 1) * sizeof(*object->symbols));
}

static void split(struct object *object)
{
	const unsigned int count = object->section_count;

	object->sections = realloc(object->sections,
				   (count + 2 * object->piece_count) * sizeof(*object->sections));
	if (!object->sections)
		fail(object, "no memory");
	mark_left_out(object);
	for (unsigned int i = 0; i < count; i++)
		if (type_of(object, i) == TYPE_RELA && i != object->text_rela)
			forget_tables(object, i);
	for (size_t i = 0; i < object->piece_count; i++)
		if (!object->pieces[i].is_left_out)
			add_piece(object, &object->pieces[i]);
	for (size_t i = 0; i < object->symbol_count; i++)
		if (is_in_text(object, &object->symbols[i]))
			move_symbol(object, i);
	write_symbols(object);
	object->sections[object->text].sh_size = bzb_st64(0);
	object->sections[object->text_rela].sh_size = bzb_st64(0);
}

static void write_sections(struct object *object)
{
	const uint64_t at =
		append(object, object->sections, object->section_count * sizeof(*object->sections));
	struct bzb_elf_ehdr *header = header_of(object);

	header->e_shoff = bzb_st64(at);
	header->e_shnum = bzb_st16((uint16_t)object->section_count);
}

int main(int argc, char **argv)
{
	struct object object = { 0 };

	if (argc < 3) {
		fprintf(stderr, "usage: split_functions IN OUT [FUNCTION...]\n");
		return 2;
	}
	read_file(&object, argv[1]);
	object.machine = machine_of(&object);
	find_sections(&object);
	if (object.code_count == 1 && object.symtab && object.text_rela) {
		read_tables(&object);
		find_pieces(&object, argv + 3);
		if (is_splittable(&object)) {
			split(&object);
			write_sections(&object);
		}
	}
	write_file(&object, argv[2]);
	return 0;
}
