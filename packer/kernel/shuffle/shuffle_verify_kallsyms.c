/* SPDX-License-Identifier: BSD-2-Clause */
/* The kernel's own symbols, as scripts/kallsyms.c of Linux 6.1 to 7.2 writes them. */
#include <inttypes.h>
#include <stdlib.h>

#include "shuffle_verify_parts.h"

enum { NAMES_EACH = 256, SEQ_SIZE = 3, NAME_ROOM = 2048, TOKENS = 256 };

struct symbol {
	uint64_t address;
	const char *name; /* its type first */
	uint32_t number;  /* in the table */
	uint32_t twin;	  /* in the table of the original */
	uint64_t was;	  /* its address there */
};

/* The table of one file */
struct kallsyms {
	const struct verify_file *file;
	size_t count;
	struct bzb_span names; /* up to the end of their section */
	uint64_t offsets;      /* the address of the distances */
	struct blob text;      /* of all names */
	struct symbol *symbols;
};

static const char *const labels[] = {
	"kallsyms_offsets",
	"kallsyms_names",
	"kallsyms_markers",
	"kallsyms_seqs_of_names",
};

static uint64_t label(const struct verify_file *file, const char *name)
{
	const struct verify_symbol *symbol = verify_find(file, name);

	return symbol ? symbol->value : 0;
}

/* All bytes from a label to the end of its section */
static bool bytes_at(const struct verify_file *file, const char *name, struct bzb_span *ret)
{
	uint64_t address = label(file, name);
	struct bzb_span none;
	int section;

	if (!address || (section = verify_at(file, address, 1, &none)) < 0)
		return false;
	return !bzb_slice(file->sections[section].bytes,
			  address - file->sections[section].header.addr,
			  file->sections[section].bytes.size -
				  (address - file->sections[section].header.addr),
			  ret);
}

static bool slice_at(const struct verify_file *file, const char *name, uint64_t size,
		     struct bzb_span *ret)
{
	uint64_t address = label(file, name);

	return address && verify_at(file, address, size, ret) >= 0;
}

/* The number of bytes of a name, and those of its length; 0: not in the table */
static size_t name_size(struct bzb_span names, size_t at, size_t *ret_header)
{
	size_t header = 1, size;

	*ret_header = 0;
	if (at + 2 > names.size)
		return 0;
	size = names.data[at];
	if (size & 0x80) {
		size = (size & 0x7f) | (size_t)names.data[at + 1] << 7;
		header = 2;
	}
	if (header + size > names.size - at)
		return 0;
	*ret_header = header;
	return size;
}

static bool expand(struct bzb_span tokens, struct bzb_span index, const unsigned char *name,
		   size_t size, char to[NAME_ROOM])
{
	size_t length = 0;

	for (size_t i = 0; i < size; i++) {
		size_t at = bzb_get16(index.data + 2u * name[i]);

		for (; at < tokens.size && tokens.data[at]; at++) {
			if (length == NAME_ROOM - 1)
				return false;
			to[length++] = (char)tokens.data[at];
		}
	}
	to[length] = '\0';
	return length > 0;
}

/* The distances are of three kinds: two to a base, and one to themselves. */
static bool read_addresses(struct kallsyms *table)
{
	struct bzb_span offsets, base;
	bool has_base = slice_at(table->file, "kallsyms_relative_base", 8, &base);
	bool is_percpu = false;

	if (!slice_at(table->file, "kallsyms_offsets", 4 * (uint64_t)table->count, &offsets))
		return false;
	for (size_t i = 0; i < table->count; i++)
		is_percpu |= has_base && (int32_t)bzb_get32(offsets.data + 4 * i) < 0;
	for (size_t i = 0; i < table->count; i++) {
		uint32_t offset = bzb_get32(offsets.data + 4 * i);
		uint64_t distance = (uint64_t)(int32_t)offset;

		if (!has_base)
			table->symbols[i].address = table->offsets + 4 * i + distance;
		else if (!is_percpu)
			table->symbols[i].address = bzb_get64(base.data) + offset;
		else if ((int32_t)offset >= 0)
			table->symbols[i].address = offset;
		else
			table->symbols[i].address = bzb_get64(base.data) - 1 - distance;
	}
	return true;
}

static bool read_names(struct kallsyms *table)
{
	struct bzb_span tokens, index;
	size_t at = 0, used = 0, header, size;
	char name[NAME_ROOM];

	if (!bytes_at(table->file, "kallsyms_names", &table->names) ||
	    !bytes_at(table->file, "kallsyms_token_table", &tokens) ||
	    !slice_at(table->file, "kallsyms_token_index", 2 * TOKENS, &index))
		return false;
	for (size_t i = 0; i < table->count; i++) {
		size = name_size(table->names, at, &header);
		if (!size || !expand(tokens, index, table->names.data + at + header, size, name))
			return false;
		if (used + strlen(name) + 1 > table->text.size)
			blob_resize(&table->text, 2 * table->text.size + NAME_ROOM);
		memcpy(table->text.data + used, name, strlen(name) + 1);
		table->symbols[i].number = (uint32_t)used; /* until the text has its place */
		used += strlen(name) + 1;
		at += header + size;
	}
	table->names.size = at;
	for (size_t i = 0; i < table->count; i++) {
		table->symbols[i].name = (const char *)table->text.data + table->symbols[i].number;
		table->symbols[i].number = (uint32_t)i;
	}
	return true;
}

static void free_kallsyms(struct kallsyms *table)
{
	blob_free(&table->text);
	free(table->symbols);
}

/* Returns false if there is no table that can be read. */
static bool read_kallsyms(const struct verify_file *file, struct kallsyms *ret)
{
	struct bzb_span count;

	*ret = (struct kallsyms){ .file = file, .offsets = label(file, "kallsyms_offsets") };
	if (!slice_at(file, "kallsyms_num_syms", 4, &count))
		return false;
	ret->count = bzb_get32(count.data);
	if (ret->count > file->elf.file.size / 4)
		return false;
	ret->symbols = verify_room(ret->count, sizeof(*ret->symbols));
	return read_addresses(ret) && read_names(ret);
}

void verify_find_kallsyms(struct verify *verify)
{
	struct kallsyms table;

	if (read_kallsyms(&verify->old, &table)) {
		const uint64_t sizes[] = {
			4 * (uint64_t)table.count,
			table.names.size,
			4 * (uint64_t)((table.count + NAMES_EACH - 1) / NAMES_EACH),
			SEQ_SIZE * (uint64_t)table.count,
		};

		for (size_t i = 0; i < BZB_ARRAY_SIZE(labels); i++) {
			uint64_t start = label(&verify->old, labels[i]);

			if (start)
				verify->tables[verify->table_count++] =
					(struct verify_table){ .start = start,
							       .end = start + sizes[i] };
		}
	}
	free_kallsyms(&table);
}

/* --- comparing ------------------------------------------------------------------- */

/* By name without type, then by address */
static int compare_names(const void *a, const void *b)
{
	const struct symbol *x = a, *y = b;
	int order = strcmp(x->name + 1, y->name + 1);

	if (order)
		return order;
	if (x->address != y->address)
		return x->address > y->address ? 1 : -1;
	return (x->number > y->number) - (x->number < y->number);
}

static struct symbol *sorted_by_name(const struct kallsyms *table)
{
	struct symbol *sorted = verify_room(table->count, sizeof(*sorted));

	memcpy(sorted, table->symbols, table->count * sizeof(*sorted));
	qsort(sorted, table->count, sizeof(*sorted), compare_names);
	return sorted;
}

/* The number of symbols that have the name of the first one */
static size_t count_namesakes(const struct symbol *symbols, size_t count)
{
	size_t n = 1;

	while (n < count && !strcmp(symbols[0].name + 1, symbols[n].name + 1))
		n++;
	return n;
}

/* Of two symbols of one name: whether type and address are the same */
static bool is_same(const struct verify *verify, const struct symbol *old, const struct symbol *new)
{
	if (verify_is_edge(old->name + 1) ? old->address != new->address :
					    !verify_may_be(verify, old->address, new->address))
		return false;
	return *old->name == *new->name;
}

/* Symbols of one name, by address */
static void compare_namesakes(struct verify *verify, const struct symbol *old,
			      const struct symbol *new, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		size_t other = 0;

		if (is_same(verify, &old[i], &new[i]))
			continue;
		while (other < count && !is_same(verify, &old[other], &new[i]))
			other++;
		if (other < count)
			findings_add(verify->findings,
				     "kallsyms: symbols named %s are in another order: number %zu "
				     "of them was number %zu",
				     new[i].name + 1, i + 1, other + 1);
		else
			findings_add(verify->findings, "kallsyms: %s is said to be %c at %s",
				     new[i].name + 1, *new[i].name,
				     verify_new_place(verify, new[i].address).text);
		return;
	}
}

/*
 * In the order of names and addresses, the symbols of both files belong together: the first symbol
 * of a name is still the first one. Live patching counts them.
 */
static void compare_symbols(struct verify *verify, const struct kallsyms *old_table,
			    struct kallsyms *new_table)
{
	struct symbol *old = sorted_by_name(old_table), *new = sorted_by_name(new_table);
	size_t next = 0;

	for (size_t i = 0; i < old_table->count; i++) {
		struct symbol *twin = &new_table->symbols[new[i].number];

		if (strcmp(old[i].name + 1, new[i].name + 1)) {
			findings_add(verify->findings, "kallsyms: %s is missing, or %s added",
				     old[i].name + 1, new[i].name + 1);
			break;
		}
		if (i == next) {
			size_t count = count_namesakes(old + i, old_table->count - i);

			compare_namesakes(verify, old + i, new + i, count);
			next += count;
		}
		twin->twin = old[i].number;
		twin->was = old[i].address;
	}
	free(old);
	free(new);
}

/* Lookups search by address. Names of one address keep their order: a lookup finds the first. */
static void check_order(struct verify *verify, const struct kallsyms *table)
{
	for (size_t i = 1; i < table->count; i++) {
		const struct symbol *a = &table->symbols[i - 1], *b = &table->symbols[i];

		if (a->address > b->address)
			findings_add(verify->findings, "kallsyms is not sorted: %s is after %s",
				     b->name + 1, a->name + 1);
		else if (a->address == b->address && a->was == b->was && a->twin > b->twin)
			findings_add(verify->findings,
				     "kallsyms: %s and %s, of one address, have changed places",
				     b->name + 1, a->name + 1);
	}
}

static void check_markers(struct verify *verify, const struct kallsyms *table)
{
	size_t count = (table->count + NAMES_EACH - 1) / NAMES_EACH, at = 0, header, size;
	struct bzb_span markers;

	if (!slice_at(table->file, "kallsyms_markers", 4 * (uint64_t)count, &markers))
		return;
	for (size_t i = 0; i < table->count; i++) {
		if (i % NAMES_EACH == 0 && bzb_get32(markers.data + 4 * (i / NAMES_EACH)) != at)
			findings_add(verify->findings,
				     "kallsyms_markers: %zu does not lead to the name of %s",
				     i / NAMES_EACH, table->symbols[i].name + 1);
		size = name_size(table->names, at, &header);
		at += header + size;
	}
}

static uint32_t seq_at(struct bzb_span seqs, size_t i)
{
	const unsigned char *seq = seqs.data + SEQ_SIZE * i;

	return (uint32_t)seq[0] << 16 | (uint32_t)seq[1] << 8 | seq[2];
}

/* Each symbol once, in the order of names, and of addresses for equal names */
static void check_seqs(struct verify *verify, const struct kallsyms *table)
{
	struct bzb_span seqs;

	if (!slice_at(table->file, "kallsyms_seqs_of_names", SEQ_SIZE * (uint64_t)table->count,
		      &seqs))
		return;
	for (size_t i = 0; i < table->count; i++) {
		uint32_t number = seq_at(seqs, i);

		if (number >= table->count) {
			findings_add(verify->findings,
				     "kallsyms_seqs_of_names: entry %zu is no symbol's number", i);
			return;
		}
		if (i && compare_names(&table->symbols[seq_at(seqs, i - 1)],
				       &table->symbols[number]) >= 0) {
			findings_add(verify->findings,
				     "kallsyms_seqs_of_names is not sorted: %s is after %s",
				     table->symbols[number].name + 1,
				     table->symbols[seq_at(seqs, i - 1)].name + 1);
		}
	}
}

void verify_kallsyms(struct verify *verify)
{
	struct kallsyms old, new;
	bool has_old = read_kallsyms(&verify->old, &old);
	bool has_new = read_kallsyms(&verify->new, &new);

	if (!has_old && verify_find(&verify->old, "kallsyms_num_syms")) {
		findings_add(verify->findings, "kallsyms is of an unknown form");
	} else if (has_old && (!has_new || old.count != new.count)) {
		findings_add(verify->findings, "kallsyms cannot be read in the shuffled file");
	} else if (has_old) {
		verify->counts->entries += old.count;
		compare_symbols(verify, &old, &new);
		check_order(verify, &new);
		check_markers(verify, &new);
		check_seqs(verify, &new);
	}
	free_kallsyms(&old);
	free_kallsyms(&new);
}
