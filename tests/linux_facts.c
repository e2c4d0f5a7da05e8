/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * linux_facts VMLINUX: what packer/kernel/shuffle/ finds in a kernel of Linux, with its functions
 * taken as units, for tests/all_shuffle_tables.t; facts, one a line. Ends with an error if lookups
 * in ORC or the names change.
 *
 * linux_facts --sections: the table of sections, for tests/cli_shuffle_md.t
 *
 * linux_facts --kallsyms VMLINUX [SLIDE]: /proc/kallsyms of that kernel, moved by a hexadecimal
 * number, for tests of bzboot symbols
 */
#include <bzboot/bzboot.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "linux_vmlinux.h"

#include "../packer/io/fileio.h"
#include "../packer/kernel/shuffle/linux_edges.h"
#include "../packer/kernel/shuffle/linux_kallsyms.h"
#include "../packer/kernel/shuffle/linux_orc.h"
#include "../packer/kernel/shuffle/linux_sections.h"
#include "../packer/kernel/shuffle/linux_tables.h"

#define GROUPS 64

static void fail(const char *what)
{
	fprintf(stderr, "linux_facts: %s\n", what);
	exit(1);
}

static void *room(size_t size)
{
	void *memory = calloc(size ? size : 1, 1);

	if (!memory)
		fail("no memory");
	return memory;
}

/* --- the kernel ----------------------------------------------------------------------- */

static struct vmlinux kernel;
static struct bzb_elf_section text;

static void read_symbols(const struct bzb_elf *elf)
{
	struct bzb_elf_section table, strings;
	struct bzb_span symbols, names;

	if (bzb_elf_find_section(elf, ".symtab", &table))
		fail("no .symtab");
	strings = bzb_elf_section(elf, table.link);
	if (bzb_slice(elf->file, table.offset, table.size, &symbols) ||
	    bzb_slice(elf->file, strings.offset, strings.size, &names))
		fail(".symtab is not in the file");
	kernel.symbols = room(symbols.size / sizeof(struct bzb_elf_sym) * sizeof(*kernel.symbols));
	for (; symbols.size; symbols.data += sizeof(struct bzb_elf_sym),
			     symbols.size -= sizeof(struct bzb_elf_sym)) {
		const struct bzb_elf_sym *from = (const void *)symbols.data;

		kernel.symbols[kernel.symbol_count++] = (struct vmlinux_symbol){
			.name = (const char *)names.data + bzb_ld32(from->st_name),
			.address = bzb_ld64(from->st_value),
			.size = bzb_ld64(from->st_size),
			.section = bzb_ld16(from->st_shndx),
			.type = from->st_info & 15,
		};
	}
}

static void read_kernel(const char *path)
{
	struct blob file;
	struct why why;

	if (file_map(path, &file, &why))
		fail(why.text);
	if (bzb_elf_parse(blob_span(&file), &kernel.elf) ||
	    bzb_elf_find_section(&kernel.elf, ".text", &text))
		fail("not a kernel");
	kernel.address = kernel.elf.virtual_address;
	kernel.memory = blob_alloc((size_t)kernel.elf.memory_size);
	for (unsigned int i = 0; i < kernel.elf.phnum; i++) {
		const struct bzb_elf_segment s = bzb_elf_segment(&kernel.elf, i);

		if (s.type == BZB_PT_LOAD)
			memcpy(kernel.memory.data + (s.paddr - kernel.elf.load_address),
			       file.data + s.offset, s.filesz);
	}
	read_symbols(&kernel.elf);
}

/* --- units: functions, in groups between edges, but for those at edges ---------------- */

static struct shuffle_plan plan;

static int compare_numbers(const void *a, const void *b)
{
	const uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;

	return x < y ? -1 : x > y;
}

static bool is_in_text(const struct vmlinux_symbol *symbol)
{
	return symbol->address - text.addr < text.size;
}

/* Sorted, each once; ends with the end of .text. */
static uint32_t *list(bool want(const struct vmlinux_symbol *symbol), size_t *ret_count)
{
	uint32_t *all = room((kernel.symbol_count + 1) * sizeof(*all));
	size_t count = 0, kept = 0;

	for (size_t i = 0; i < kernel.symbol_count; i++)
		if (is_in_text(&kernel.symbols[i]) && want(&kernel.symbols[i]))
			all[count++] = (uint32_t)(kernel.symbols[i].address - kernel.address);
	all[count++] = (uint32_t)(text.addr + text.size - kernel.address);
	qsort(all, count, sizeof(*all), compare_numbers);
	for (size_t i = 0; i < count; i++)
		if (!kept || all[kept - 1] != all[i])
			all[kept++] = all[i];
	*ret_count = kept;
	return all;
}

static bool is_function(const struct vmlinux_symbol *symbol)
{
	return symbol->type == 2;
}

static bool is_prefix(const struct vmlinux_symbol *symbol)
{
	return is_function(symbol) &&
	       (!strncmp(symbol->name, "__pfx_", 6) || !strncmp(symbol->name, "__cfi_", 6));
}

static bool is_edge(const struct vmlinux_symbol *symbol)
{
	return linux_is_edge(symbol->name);
}

static void plan_units(void)
{
	size_t function_count, prefix_count, edge_count, edge = 0;
	uint32_t *functions = list(is_function, &function_count);
	uint32_t *prefixes = list(is_prefix, &prefix_count);
	uint32_t *edges = list(is_edge, &edge_count);
	struct shuffle_group *group = NULL;

	plan.units = room(function_count * sizeof(*plan.units));
	plan.groups = room(edge_count * sizeof(*plan.groups));
	for (size_t i = 0; i + 1 < function_count; i++) {
		const uint32_t start = functions[i];
		uint32_t end = functions[i + 1];

		/* A function follows its prefix. */
		if (bsearch(&start, prefixes, prefix_count, sizeof(start), compare_numbers) &&
		    i + 2 < function_count)
			end = functions[++i + 1];
		while (edge < edge_count && edges[edge] <= start) {
			edge++;
			group = NULL;
		}
		if (edge && edges[edge - 1] == start)
			continue;
		if (end > edges[edge])
			end = edges[edge];
		if (!group) {
			group = &plan.groups[plan.group_count++];
			*group = (struct shuffle_group){
				.offset = start,
				.first_unit = (uint32_t)plan.unit_count,
			};
		}
		plan.units[plan.unit_count++] =
			(struct shuffle_unit){ .offset = start, .size = end - start };
		group->unit_count++;
		group->size = end - group->offset;
	}
	free(functions);
	free(prefixes);
	free(edges);
}

/* --- ORC ------------------------------------------------------------------------------ */

static const struct bzb_shuffle_ordered *find_orc(void)
{
	for (size_t i = 0; i < plan.ordered_count; i++)
		if (plan.ordered[i].parallel_size)
			return &plan.ordered[i];
	return NULL;
}

/* For each byte of .text, the entry that a lookup finds, which says how to unwind. */
struct found {
	uint32_t *keys;
	unsigned char (*says)[6];
	uint32_t count;
};

static struct found copy_orc(const struct bzb_shuffle_ordered *orc)
{
	struct found found = {
		.keys = room(orc->count * sizeof(uint32_t)),
		.says = room(orc->count * 6),
		.count = orc->count,
	};

	memcpy(found.says, kernel.memory.data + orc->parallel_offset, orc->count * 6);
	for (uint32_t i = 0; i < orc->count; i++)
		found.keys[i] = (uint32_t)(linux_ordered_key(&kernel, orc, i) - kernel.address);
	return found;
}

/* The entry for an offset, beginning the search at one that is not behind it. */
static uint32_t look_up(const struct found *found, uint32_t from, uint32_t offset)
{
	while (from + 1 < found->count && found->keys[from + 1] <= offset)
		from++;
	return from;
}

/* The bytes of functions, and the byte before one that is returned to, have the same entries. */
static bool *list_code(void)
{
	bool *code = room(text.size);

	for (size_t i = 0; i < kernel.symbol_count; i++) {
		const struct vmlinux_symbol *s = &kernel.symbols[i];

		if (!is_in_text(s))
			continue;
		if (is_function(s))
			memset(code + (s->address - text.addr), 1, s->size);
	}
	return code;
}

static void compare_orc(const struct found *a, const struct found *b, const bool *code)
{
	const uint32_t start = (uint32_t)(text.addr - kernel.address);
	uint32_t i = 0, j = 0;

	for (uint32_t offset = start; offset < start + text.size; offset++) {
		i = look_up(a, i, offset);
		j = look_up(b, j, offset);
		if (code[offset - start] && memcmp(a->says[i], b->says[j], 6) != 0) {
			fprintf(stderr, "offset %#x:\n", offset);
			fail("a lookup in ORC finds another entry");
		}
	}
}

/* Each unit's entries alone, without any before it, say what the table has said. */
static void compare_runs(const struct found *a, const struct found *b, const bool *code)
{
	const uint32_t start = (uint32_t)(text.addr - kernel.address);
	uint32_t i = 0, j = 0;

	for (size_t unit = 0; unit < plan.unit_count; unit++) {
		const uint32_t begin = plan.units[unit].offset;

		j = look_up(b, j, begin);
		if (b->keys[j] != begin)
			fail("a unit begins without an entry in ORC");
		for (uint32_t at = begin; at < begin + plan.units[unit].size; at++) {
			i = look_up(a, i, at);
			j = look_up(b, j, at);
			if (b->keys[j] < begin)
				fail("an entry in ORC is from before its unit");
			if (code[at - start] && memcmp(a->says[i], b->says[j], 6) != 0)
				fail("a unit's entries in ORC do not say what they said");
		}
	}
}

static uint32_t count_padding(const struct found *found, const bool *code)
{
	const uint32_t start = (uint32_t)(text.addr - kernel.address);
	uint32_t padding = 0;

	for (uint32_t i = 0; i < found->count; i++)
		padding += found->keys[i] - start < text.size && !code[found->keys[i] - start];
	return padding;
}

static double lap(void)
{
	static struct timespec last;
	struct timespec now;
	double ms;

	clock_gettime(CLOCK_MONOTONIC, &now);
	ms = (double)(now.tv_sec - last.tv_sec) * 1e3 + (double)(now.tv_nsec - last.tv_nsec) / 1e6;
	last = now;
	return ms;
}

static void say_time(const char *what)
{
	printf("ms of %s %.0f\n", what, lap());
}

static void say_orc(void)
{
	const struct bzb_shuffle_ordered *orc = find_orc();
	struct linux_orc_changes changes;
	struct found before, after;
	bool *code = list_code();
	struct why why;

	if (!orc)
		return;
	before = copy_orc(orc);
	lap();
	if (linux_orc_make_canonical(&kernel, &plan, &changes, &why))
		fail(why.text);
	say_time("ORC");
	after = copy_orc(orc);
	compare_orc(&before, &after, code);
	compare_runs(&before, &after, code);
	printf("units %zu\ngroups %zu\n", plan.unit_count, plan.group_count);
	printf("missing in ORC %u\nrepeated %u\nof padding %u\n", changes.missing, changes.repeated,
	       changes.padding);
	printf("outside functions before %u\noutside functions after %u\n",
	       count_padding(&before, code), count_padding(&after, code));
}

/* -------------------------------------------------------------------------------------- */

static void say_tables(void)
{
	struct why why;

	lap();
	if (linux_tables_find(&kernel, &plan, &why))
		fail(why.text);
	say_time("tables");
	for (size_t i = 0; i < plan.ordered_count; i++) {
		const struct bzb_shuffle_ordered *t = &plan.ordered[i];
		uint32_t zeros = 0;

		for (uint32_t entry = 0; entry < t->count; entry++) {
			const uint64_t key = linux_ordered_key(&kernel, t, entry);

			zeros += !key;
			if (entry && key < linux_ordered_key(&kernel, t, entry - 1))
				fail("a table does not ascend");
		}
		printf("table %u bytes, %u relative %u\n", t->entry_size, t->relative_fields,
		       t->count);
		if (zeros)
			printf("zeros %u\n", zeros);
	}
}

/* Sections that have relocations, and are not in the table. */
static void say_unknown(void)
{
	const struct bzb_elf *elf = &kernel.elf;

	for (unsigned int i = 0; i < elf->shnum; i++) {
		const struct bzb_elf_section relocs = bzb_elf_section(elf, i);
		struct bzb_elf_section target;
		struct bzb_span name;

		if (relocs.type != BZB_SHT_RELA || relocs.info >= elf->shnum)
			continue;
		target = bzb_elf_section(elf, relocs.info);
		if (target.flags & BZB_SHF_ALLOC && !bzb_elf_section_name(elf, &target, &name) &&
		    linux_section_kind((const char *)name.data) == LINUX_SECTION_UNKNOWN)
			printf("unknown %s\n", (const char *)name.data);
	}
}

static void say_names(void)
{
	static const char *const forms[] = { "percpu", "base", "relative" };
	const struct bzb_shuffle_names *names = &plan.names;
	struct why why;

	lap();
	if (linux_kallsyms_plan(&kernel, &plan, &why))
		fail(why.text);
	say_time("kallsyms");
	if (names->count)
		printf("names %u\nform %s\nseqs %s\n", names->count, forms[names->form],
		       names->seqs ? "yes" : "no");
}

static int print_sections(void)
{
	const struct linux_section *row;

	for (size_t i = 0; (row = linux_section_at(i)); i++)
		printf("| `%s` | %s | %s | %s | %s |\n", row->pattern,
		       row->series ? row->series : "all", row->holds, row->order,
		       row->kind == LINUX_SECTION_ORDERED ? "entries" : "fields");
	return 0;
}

/* Per-CPU variables do not move. */
static int print_kallsyms(const char *path, const char *slide)
{
	const uint64_t distance = strtoull(slide, NULL, 16);
	struct linux_kallsyms kallsyms;
	char name[512];
	struct why why;

	read_kernel(path);
	if (linux_kallsyms_open(&kernel, &kallsyms, &why))
		fail(why.text);
	for (uint32_t i = 0; i < kallsyms.names.count; i++) {
		const uint64_t address = linux_kallsyms_address(&kallsyms, i);
		const char letter = linux_kallsyms_name(&kallsyms, i, name, sizeof(name));

		printf("%016llx %c %s\n",
		       (unsigned long long)(address < kernel.address ? address :
								       address + distance),
		       letter, name);
	}
	linux_kallsyms_close(&kallsyms);
	return 0;
}

int main(int argc, char **argv)
{
	if (argc >= 3 && argc <= 4 && !strcmp(argv[1], "--kallsyms"))
		return print_kallsyms(argv[2], argc == 4 ? argv[3] : "0");
	if (argc != 2)
		fail("usage: linux_facts VMLINUX | --sections | --kallsyms VMLINUX [SLIDE]");
	if (!strcmp(argv[1], "--sections"))
		return print_sections();
	read_kernel(argv[1]);
	plan_units();
	say_unknown();
	say_tables();
	say_orc();
	say_names();
	return 0;
}
