/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * tables KERNEL finish: sort the tables of a kernel of functions.S and write its kallsyms, as the
 * build of Linux does after linking. tables KERNEL DEFECT: put a defect in it. tables: list the
 * defects.
 */
#include <bzboot/bzboot.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { SYMBOL = sizeof(struct bzb_elf_sym), RELA = sizeof(struct bzb_elf_rela) };

static struct {
	unsigned char *bytes;
	size_t size;
	struct bzb_elf elf;
	struct bzb_elf_section symtab, strtab;
} file;

static void fail(const char *what, const char *name)
{
	fprintf(stderr, "tables: %s %s\n", what, name);
	exit(1);
}

/* --- the file -------------------------------------------------------------------- */

static void load(const char *path)
{
	FILE *stream = fopen(path, "rb");

	if (!stream || fseek(stream, 0, SEEK_END))
		fail("cannot open", path);
	file.size = (size_t)ftell(stream);
	file.bytes = malloc(file.size);
	rewind(stream);
	if (!file.bytes || fread(file.bytes, 1, file.size, stream) != file.size)
		fail("cannot read", path);
	fclose(stream);
	if (bzb_elf_parse((struct bzb_span){ file.bytes, file.size }, &file.elf) ||
	    bzb_elf_find_section(&file.elf, ".symtab", &file.symtab))
		fail("no kernel:", path);
	file.strtab = bzb_elf_section(&file.elf, file.symtab.link);
}

static void save(const char *path)
{
	FILE *stream = fopen(path, "wb");

	if (!stream || fwrite(file.bytes, 1, file.size, stream) != file.size || fclose(stream))
		fail("cannot write", path);
}

static unsigned char *at(uint64_t address)
{
	for (unsigned int i = 0; i < file.elf.shnum; i++) {
		struct bzb_elf_section section = bzb_elf_section(&file.elf, i);

		if ((section.flags & BZB_SHF_ALLOC) && address >= section.addr &&
		    address - section.addr < section.size)
			return file.bytes + section.offset + (address - section.addr);
	}
	fail("no such", "address");
	return NULL;
}

static size_t symbol_count(void)
{
	return file.symtab.size / SYMBOL;
}

static struct bzb_elf_sym *symbol_at(size_t number)
{
	return (struct bzb_elf_sym *)(file.bytes + file.symtab.offset + number * SYMBOL);
}

static char *name_of(const struct bzb_elf_sym *symbol)
{
	return (char *)file.bytes + file.strtab.offset + bzb_ld32(symbol->st_name);
}

static struct bzb_elf_sym *find(const char *name)
{
	for (size_t i = 1; i < symbol_count(); i++)
		if (!strcmp(name_of(symbol_at(i)), name))
			return symbol_at(i);
	return NULL;
}

static uint64_t value_of(const char *name)
{
	const struct bzb_elf_sym *symbol = find(name);

	if (!symbol)
		fail("no symbol", name);
	return bzb_ld64(symbol->st_value);
}

static void move_symbol(const char *name, uint64_t distance)
{
	find(name)->st_value = bzb_st64(value_of(name) + distance);
}

/* The relocation of a field, or the next one of that type behind it */
static struct bzb_elf_rela *reloc_at(uint64_t address, uint32_t type)
{
	struct bzb_elf_rela *best = NULL;

	for (unsigned int i = 0; i < file.elf.shnum; i++) {
		struct bzb_elf_section section = bzb_elf_section(&file.elf, i);

		for (size_t k = 0; section.type == BZB_SHT_RELA && k < section.size / RELA; k++) {
			struct bzb_elf_rela *rela =
				(struct bzb_elf_rela *)(file.bytes + section.offset) + k;

			if (bzb_ld32(rela->r_type) == type && bzb_ld64(rela->r_offset) >= address &&
			    (!best || bzb_ld64(rela->r_offset) < bzb_ld64(best->r_offset)))
				best = rela;
		}
	}
	if (!best)
		fail("no", "relocation");
	return best;
}

static void add32(uint64_t address, uint32_t number)
{
	bzb_put32(at(address), bzb_get32(at(address)) + number);
}

static void add64(uint64_t address, uint64_t number)
{
	bzb_put64(at(address), bzb_get64(at(address)) + number);
}

static void add_addend(struct bzb_elf_rela *rela, uint64_t number)
{
	rela->r_addend = bzb_st64(bzb_ld64(rela->r_addend) + number);
}

/* --- tables ---------------------------------------------------------------------- */

struct row {
	uint64_t key, value, data;
	unsigned char entry[6];
};

static int compare_rows(const void *a, const void *b)
{
	const struct row *x = a, *y = b;

	return (x->key > y->key) - (x->key < y->key);
}

static uint64_t target(uint64_t address)
{
	return address + (uint64_t)(int32_t)bzb_get32(at(address));
}

static void put_target(uint64_t address, uint64_t target_address)
{
	bzb_put32(at(address), (uint32_t)(target_address - address));
}

enum { TYPE = 3 }; /* of all exceptions, unless they have handlers */

static struct row exception(uint64_t entry)
{
	const uint32_t type = bzb_get32(at(entry + 8));

	return (struct row){
		target(entry), target(entry + 4), type == TYPE ? TYPE : target(entry + 8), { 0 }
	};
}

static void put_exception(uint64_t entry, const struct row *row)
{
	put_target(entry, row->key);
	put_target(entry + 4, row->value);
	if (row->data == TYPE)
		bzb_put32(at(entry + 8), TYPE);
	else
		put_target(entry + 8, row->data);
}

static struct row call(uint64_t entry)
{
	return (struct row){ .key = bzb_get64(at(entry)) };
}

static void put_call(uint64_t entry, const struct row *row)
{
	bzb_put64(at(entry), row->key);
}

static unsigned char *orc_entry(uint64_t ip)
{
	return at(value_of("__start_orc_unwind") +
		  (ip - value_of("__start_orc_unwind_ip")) / 4 * 6);
}

static struct row orc(uint64_t ip)
{
	struct row row = { .key = target(ip) };

	memcpy(row.entry, orc_entry(ip), sizeof(row.entry));
	return row;
}

static void put_orc(uint64_t ip, const struct row *row)
{
	put_target(ip, row->key);
	memcpy(orc_entry(ip), row->entry, sizeof(row->entry));
}

/* An entry that is the same as the one before it is left out, and the last one is repeated. */
static void merge_orc(struct row *rows, size_t count)
{
	size_t kept = 1;

	for (size_t i = 1; i < count; i++)
		if (memcmp(rows[i].entry, rows[kept - 1].entry, sizeof(rows[i].entry)))
			rows[kept++] = rows[i];
	for (size_t i = kept; i < count; i++)
		rows[i] = rows[kept - 1];
}

static const struct table {
	const char *start, *stop;
	size_t size; /* of an entry */
	struct row (*get)(uint64_t entry);
	void (*put)(uint64_t entry, const struct row *row);
	void (*merge)(struct row *rows, size_t count);
} exceptions = { "__start___ex_table", "__stop___ex_table", 12, exception, put_exception, NULL },
  calls = { "__start_mcount_loc", "__stop_mcount_loc", 8, call, put_call, NULL },
  orcs = { "__start_orc_unwind_ip", "__stop_orc_unwind_ip", 4, orc, put_orc, merge_orc };

static uint64_t entry_of(const struct table *table, size_t number)
{
	return value_of(table->start) + number * table->size;
}

static void sort_table(const struct table *table)
{
	size_t count = (value_of(table->stop) - value_of(table->start)) / table->size;
	struct row *rows = calloc(count, sizeof(*rows));

	if (!rows || count < 10)
		fail("nothing in", table->start);
	for (size_t i = 0; i < count; i++)
		rows[i] = table->get(entry_of(table, i));
	qsort(rows, count, sizeof(*rows), compare_rows);
	if (table->merge)
		table->merge(rows, count);
	for (size_t i = 0; i < count; i++)
		table->put(entry_of(table, i), &rows[i]);
	free(rows);
}

static void swap_entries(const struct table *table, size_t a, size_t b)
{
	struct row first = table->get(entry_of(table, a)), second = table->get(entry_of(table, b));

	table->put(entry_of(table, a), &second);
	table->put(entry_of(table, b), &first);
}

static void copy_entry(const struct table *table, size_t from, size_t to)
{
	struct row row = table->get(entry_of(table, from));

	table->put(entry_of(table, to), &row);
}

/* --- kallsyms -------------------------------------------------------------------- */

static struct ksym {
	uint64_t value;
	size_t order;
	const char *name;
} ksyms[1024];
static size_t ksym_count;

static int compare_values(const void *a, const void *b)
{
	const struct ksym *x = a, *y = b;

	if (x->value != y->value)
		return x->value > y->value ? 1 : -1;
	return (x->order > y->order) - (x->order < y->order);
}

static int compare_names(const void *a, const void *b)
{
	const struct ksym *x = a, *y = b;
	int order = strcmp(x->name, y->name);

	return order ? order : compare_values(a, b);
}

static void collect_symbols(void)
{
	struct bzb_elf_section text;

	if (bzb_elf_find_section(&file.elf, ".text", &text))
		fail("no", ".text");
	for (size_t i = 1; i < symbol_count(); i++) {
		const struct bzb_elf_sym *symbol = symbol_at(i);
		uint64_t value = bzb_ld64(symbol->st_value);

		if (*name_of(symbol) && value >= text.addr && value - text.addr <= text.size)
			ksyms[ksym_count++] = (struct ksym){ value, i, name_of(symbol) };
	}
}

/* Each byte stands for itself, but one, for the start of most names. */
static void put_tokens(void)
{
	unsigned char *table = at(value_of("kallsyms_token_table")), *to = table;
	unsigned char *index = at(value_of("kallsyms_token_index"));

	for (unsigned int i = 0; i < 256; i++) {
		index[2 * i] = (unsigned char)(to - table);
		index[2 * i + 1] = (unsigned char)((to - table) >> 8);
		if (i == 1)
			*to++ = 't';
		*to++ = i == 1 ? 'f' : (unsigned char)i;
		*to++ = 0;
	}
}

static unsigned char *put_name(unsigned char *to, const char *name)
{
	size_t length = strlen(name);

	if (*name == 'f') {
		*to++ = (unsigned char)length;
		*to = 1;
		memcpy(to + 1, name + 1, length - 1);
		return to + length;
	}
	*to++ = (unsigned char)(length + 1);
	*to = 't';
	memcpy(to + 1, name, length);
	return to + length + 1;
}

/* With a base, as until 6.14: negative distances, one before it; or distances to themselves */
static void put_offset(size_t number, uint64_t value)
{
	uint64_t field = value_of("kallsyms_offsets") + 4 * number;

	if (find("kallsyms_relative_base")) {
		bzb_put32(at(field), (uint32_t)(value_of("_text") - 1 - value));
		return;
	}
	put_target(field, value);
	reloc_at(field, BZB_R_X86_64_PC32)->r_addend = bzb_st64(value - value_of("_text"));
}

static void put_kallsyms(void)
{
	unsigned char *names = at(value_of("kallsyms_names")), *to = names;
	unsigned char *seqs = at(value_of("kallsyms_seqs_of_names"));

	collect_symbols();
	qsort(ksyms, ksym_count, sizeof(*ksyms), compare_values);
	put_tokens();
	bzb_put32(at(value_of("kallsyms_num_syms")), (uint32_t)ksym_count);
	for (size_t i = 0; i < ksym_count; i++) {
		ksyms[i].order = i;
		if (i % 256 == 0)
			bzb_put32(at(value_of("kallsyms_markers") + i / 256 * 4),
				  (uint32_t)(to - names));
		to = put_name(to, ksyms[i].name);
		put_offset(i, ksyms[i].value);
	}
	qsort(ksyms, ksym_count, sizeof(*ksyms), compare_names);
	for (size_t i = 0; i < ksym_count; i++) {
		seqs[3 * i + 1] = (unsigned char)(ksyms[i].order >> 8);
		seqs[3 * i + 2] = (unsigned char)ksyms[i].order;
	}
}

/* --- finish ---------------------------------------------------------------------- */

/* Calls of local functions lose their relocation, as if the assembler had resolved them. */
static void erase_calls(void)
{
	struct bzb_elf_section section;
	size_t count = 0;

	if (bzb_elf_find_section(&file.elf, ".rela.text", &section))
		fail("no", ".rela.text");
	for (size_t i = 0; i < section.size / RELA; i++) {
		struct bzb_elf_rela *rela =
			(struct bzb_elf_rela *)(file.bytes + section.offset) + i;
		const struct bzb_elf_sym *symbol = symbol_at(bzb_ld32(rela->r_sym));

		if (symbol->st_info >> 4 || at(bzb_ld64(rela->r_offset))[-1] != 0xe8)
			continue;
		rela->r_type = rela->r_sym = bzb_st32(0);
		rela->r_addend = bzb_st64(0);
		count++;
	}
	if (!count)
		fail("no", "local call");
}

static void finish(void)
{
	sort_table(&exceptions);
	sort_table(&calls);
	if (find(orcs.start))
		sort_table(&orcs);
	put_kallsyms();
	erase_calls();
}

/* --- defects --------------------------------------------------------------------- */

enum { CALL_FIELD = 6, PUSH = 4 }; /* in a function, see functions.S */

static uint64_t slot(size_t number)
{
	return value_of("table") + 8 * number;
}

static void defect_call(void)
{
	add32(value_of("f1003") + CALL_FIELD, 16);
}

static void defect_byte(void)
{
	*at(value_of("f1003") + PUSH) ^= 2;
}

static void defect_leftover(void)
{
	*at(value_of("__sched_text_start") - 16) = 0xc3;
}

static void defect_pointer(void)
{
	add64(slot(3), 16);
}

static void defect_addend(void)
{
	add_addend(reloc_at(slot(3), BZB_R_X86_64_64), 16);
}

static void defect_both(void)
{
	defect_pointer();
	defect_addend();
}

static void defect_no_reloc(void)
{
	reloc_at(slot(3), BZB_R_X86_64_64)->r_type = bzb_st32(BZB_R_X86_64_NONE);
}

static void defect_more_reloc(void)
{
	reloc_at(slot(3), BZB_R_X86_64_64)->r_offset = bzb_st64(value_of("plain"));
}

static void defect_type(void)
{
	reloc_at(slot(3), BZB_R_X86_64_64)->r_type = bzb_st32(BZB_R_X86_64_PC64);
}

static void defect_operand(void)
{
	struct bzb_elf_rela *rela = reloc_at(value_of("f1003"), BZB_R_X86_64_32S);

	rela->r_offset = bzb_st64(bzb_ld64(rela->r_offset) + 1);
}

/* The call leads out of the text. */
static void defect_stray(void)
{
	bzb_put32(at(value_of("f1003") + CALL_FIELD), 0x3039000);
}

static void defect_distance(void)
{
	add32(value_of("near"), 4);
	add_addend(reloc_at(value_of("near"), BZB_R_X86_64_PC32), 4);
}

/* The field is in no table of Linux. */
static void defect_jumps(void)
{
	move_symbol("__initcall_start", 4);
}

static void defect_init(void)
{
	add32(value_of("starts") + 1, 16);
}

static void defect_data(void)
{
	*at(value_of("plain")) ^= 1;
}

static void defect_symbol(void)
{
	move_symbol("f1003", 16);
}

static void defect_label(void)
{
	move_symbol("inside", 1);
}

static void defect_end(void)
{
	move_symbol("paged_end", 1);
}

static void defect_edge(void)
{
	move_symbol("__sched_text_start", 16);
}

static void defect_object(void)
{
	move_symbol("plain", 1);
}

static void defect_name(void)
{
	*name_of(find("plain")) = 'x';
}

static void defect_exception_order(void)
{
	swap_entries(&exceptions, 2, 3);
}

static void defect_exception(void)
{
	add32(entry_of(&exceptions, 2) + 4, 1);
}

static void defect_handler(void)
{
	add32(entry_of(&exceptions, 2) + 8, 16);
}

static void defect_no_table(void)
{
	*name_of(find("__start___ex_table")) = 'x';
}

static void defect_trace_order(void)
{
	swap_entries(&calls, 2, 3);
}

static void defect_trace(void)
{
	copy_entry(&calls, 2, 3);
}

static void defect_orc_order(void)
{
	swap_entries(&orcs, 2, 3);
}

static void defect_orc(void)
{
	*orc_entry(entry_of(&orcs, 3)) ^= 1;
}

static void defect_orc_missing(void)
{
	copy_entry(&orcs, 2, 3);
}

static void defect_kallsyms_order(void)
{
	uint64_t offsets = value_of("kallsyms_offsets");
	uint32_t last = bzb_get32(at(offsets + 80)),
		 distance = find("kallsyms_relative_base") ? 0 : 4;

	bzb_put32(at(offsets + 80), bzb_get32(at(offsets + 84)) + distance);
	bzb_put32(at(offsets + 84), last - distance);
}

static void defect_kallsyms_address(void)
{
	add32(value_of("kallsyms_offsets") + 80, 1);
}

static void defect_kallsyms_name(void)
{
	at(value_of("kallsyms_names"))[3] ^= 1;
}

static void defect_kallsyms_marker(void)
{
	add32(value_of("kallsyms_markers") + 4, 1);
}

static void defect_kallsyms_seq(void)
{
	unsigned char *seqs = at(value_of("kallsyms_seqs_of_names")), last[3];

	memcpy(last, seqs, 3);
	memcpy(seqs, seqs + 3, 3);
	memcpy(seqs + 3, last, 3);
}

static void defect_entry_point(void)
{
	struct bzb_elf_ehdr *header = (struct bzb_elf_ehdr *)file.bytes;

	header->e_entry = bzb_st64(file.elf.entry + 1);
}

static void defect_segment(void)
{
	((struct bzb_elf_phdr *)(file.bytes + file.elf.phoff))->p_flags = bzb_st32(7);
}

static void defect_section(void)
{
	((struct bzb_elf_shdr *)(file.bytes + file.elf.shoff))[1].sh_flags = bzb_st64(7);
}

static void defect_no_symbols(void)
{
	for (unsigned int i = 0; i < file.elf.shnum; i++)
		if (bzb_elf_section(&file.elf, i).type == BZB_SHT_SYMTAB)
			((struct bzb_elf_shdr *)(file.bytes + file.elf.shoff))[i].sh_type =
				bzb_st32(BZB_SHT_PROGBITS);
}

static void defect_no_relocs(void)
{
	for (unsigned int i = 0; i < file.elf.shnum; i++)
		if (bzb_elf_section(&file.elf, i).type == BZB_SHT_RELA)
			((struct bzb_elf_shdr *)(file.bytes + file.elf.shoff))[i].sh_type =
				bzb_st32(BZB_SHT_PROGBITS);
}

static const struct change {
	const char *name;
	void (*run)(void);
} changes[] = {
	{ "finish", finish },
	{ "call", defect_call },
	{ "byte", defect_byte },
	{ "leftover", defect_leftover },
	{ "pointer", defect_pointer },
	{ "addend", defect_addend },
	{ "both", defect_both },
	{ "no-reloc", defect_no_reloc },
	{ "more-reloc", defect_more_reloc },
	{ "type", defect_type },
	{ "operand", defect_operand },
	{ "stray", defect_stray },
	{ "distance", defect_distance },
	{ "jumps", defect_jumps },
	{ "init", defect_init },
	{ "data", defect_data },
	{ "symbol", defect_symbol },
	{ "label", defect_label },
	{ "end", defect_end },
	{ "edge", defect_edge },
	{ "object", defect_object },
	{ "name", defect_name },
	{ "exception-order", defect_exception_order },
	{ "exception", defect_exception },
	{ "handler", defect_handler },
	{ "no-table", defect_no_table },
	{ "trace-order", defect_trace_order },
	{ "trace", defect_trace },
	{ "orc-order", defect_orc_order },
	{ "orc", defect_orc },
	{ "orc-missing", defect_orc_missing },
	{ "kallsyms-order", defect_kallsyms_order },
	{ "kallsyms-address", defect_kallsyms_address },
	{ "kallsyms-name", defect_kallsyms_name },
	{ "kallsyms-marker", defect_kallsyms_marker },
	{ "kallsyms-seq", defect_kallsyms_seq },
	{ "entry-point", defect_entry_point },
	{ "segment", defect_segment },
	{ "section", defect_section },
	{ "no-symbols", defect_no_symbols },
	{ "no-relocs", defect_no_relocs },
};

int main(int argc, char **argv)
{
	const char *wanted = argc == 3 ? argv[2] : NULL;

	for (size_t i = 0; i < BZB_ARRAY_SIZE(changes); i++) {
		if (!wanted) {
			puts(changes[i].name);
		} else if (!strcmp(changes[i].name, wanted)) {
			load(argv[1]);
			changes[i].run();
			save(argv[1]);
			free(file.bytes);
			return 0;
		}
	}
	if (wanted)
		fail("no such defect:", wanted);
	return 0;
}
