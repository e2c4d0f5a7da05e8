/* SPDX-License-Identifier: BSD-2-Clause */
#include "linux_kallsyms.h"

#include <string.h>

#include "kernel/shuffle/linux_edges.h"

enum { NAMES_PER_MARKER = 256, SEQ_SIZE = 3, NAME_ROOM = 512 };

/* --- finding -------------------------------------------------------------------------- */

/* The offset of a table that begins at a symbol and has at least @size bytes. */
static int find_part(const struct vmlinux *v, const char *name, uint64_t size, uint32_t *ret,
		     struct why *why)
{
	const struct vmlinux_symbol *symbol = vmlinux_find(v, name);

	if (!symbol)
		return explain(why, "it has kallsyms_num_syms, but no %s", name);
	if (!vmlinux_at(v, symbol->address, size))
		return explain(why, "%s is not in its memory", name);
	*ret = (uint32_t)(symbol->address - v->address);
	return 0;
}

/* kallsyms_offsets, and what its entries are relative to. */
static int find_addresses(struct linux_kallsyms *k, struct why *why)
{
	const struct vmlinux *v = k->vmlinux;
	struct bzb_shuffle_names *names = &k->names;
	uint32_t base;

	if (vmlinux_find(v, "kallsyms_addresses"))
		return explain(why, "it was built without CONFIG_KALLSYMS_BASE_RELATIVE");
	if (find_part(v, "kallsyms_offsets", (uint64_t)names->count * 4, &names->offsets, why))
		return -1;
	names->form = BZB_SHUFFLE_NAMES_RELATIVE; /* since Linux 7.0 */
	if (!vmlinux_find(v, "kallsyms_relative_base"))
		return 0;
	if (find_part(v, "kallsyms_relative_base", 8, &base, why))
		return -1;
	names->base = bzb_get64(v->memory.data + base);
	/* The last symbol is one of the kernel's, not one of a per-CPU section at 0. */
	names->form = bzb_get32(v->memory.data + names->offsets + (names->count - 1) * 4) >> 31 ?
			      BZB_SHUFFLE_NAMES_PERCPU :
			      BZB_SHUFFLE_NAMES_BASE; /* since Linux 6.15 */
	return 0;
}

static int find_tokens(struct linux_kallsyms *k, struct why *why)
{
	const struct vmlinux *v = k->vmlinux;
	const struct bzb_span memory = blob_span(&v->memory);
	uint32_t table, index;

	if (find_part(v, "kallsyms_token_table", 1, &table, why) ||
	    find_part(v, "kallsyms_token_index", 2 * BZB_ARRAY_SIZE(k->tokens), &index, why))
		return -1;
	for (size_t i = 0; i < BZB_ARRAY_SIZE(k->tokens); i++) {
		const uint64_t at = (uint64_t)table + bzb_get16(memory.data + index + 2 * i);
		const unsigned char *end =
			at < memory.size ? memchr(memory.data + at, 0, memory.size - (size_t)at) :
					   NULL;

		if (!end)
			return explain(why, "token %zu of kallsyms does not end", i);
		k->tokens[i] =
			(struct bzb_span){ memory.data + at, (size_t)(end - (memory.data + at)) };
	}
	return 0;
}

/* --- checks --------------------------------------------------------------------------- */

/*
 * The bytes of a name: of its length, 1 or 2 (ULEB128), and as many as that says.
 * Returns their number; 0 if they are not all there.
 */
static size_t name_size(struct bzb_span from, size_t *ret_header)
{
	size_t length, header = 1;

	if (!from.size)
		return 0;
	length = from.data[0];
	if (length & 0x80) {
		if (from.size < 2)
			return 0;
		length = (length & 0x7f) | (size_t)from.data[1] << 7;
		header = 2;
	}
	*ret_header = header;
	return length && length <= from.size - header ? header + length : 0;
}

static int find_names(struct linux_kallsyms *k, struct why *why)
{
	const unsigned char *names = k->vmlinux->memory.data + k->names.names;
	const size_t room = k->vmlinux->memory.size - k->names.names;
	uint32_t *places, place = 0;
	size_t header;

	k->places_memory = blob_room(((size_t)k->names.count + 1) * sizeof(*places));
	k->places = places = (void *)k->places_memory.data;
	for (uint32_t i = 0; i < k->names.count; i++) {
		const size_t size =
			name_size((struct bzb_span){ names + place, room - place }, &header);
		const unsigned char *marker =
			k->vmlinux->memory.data + k->names.markers + i / NAMES_PER_MARKER * 4;

		if (!size)
			return explain(why, "name %u of kallsyms does not end", i);
		if (i % NAMES_PER_MARKER == 0 && bzb_get32(marker) != place)
			return explain(why, "marker %u of kallsyms is not where name %u begins",
				       i / NAMES_PER_MARKER, i);
		places[i] = place;
		place += (uint32_t)size;
	}
	places[k->names.count] = place;
	return 0;
}

static uint32_t get_seq(const unsigned char *at)
{
	return (uint32_t)at[0] << 16 | (uint32_t)at[1] << 8 | at[2];
}

static int check_seqs(const struct linux_kallsyms *k, struct why *why)
{
	struct blob seen = blob_alloc(k->names.count);
	int result = 0;

	for (uint32_t i = 0; k->names.seqs && i < k->names.count && !result; i++) {
		const uint32_t seq =
			get_seq(k->vmlinux->memory.data + k->names.seqs + i * SEQ_SIZE);

		if (seq >= k->names.count || seen.data[seq]++)
			result = explain(why,
					 "entry %u of kallsyms_seqs_of_names is not a number "
					 "of a name, or repeats one",
					 i);
	}
	blob_free(&seen);
	return result;
}

/* The first symbol that is not below an address. */
static uint32_t symbol_from(const struct linux_kallsyms *k, uint64_t address)
{
	uint32_t low = 0, high = k->names.count;

	while (low < high) {
		const uint32_t middle = low + (high - low) / 2;

		if (linux_kallsyms_address(k, middle) < address)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

/* A symbol that both tables have is where both say: the form of the addresses was taken rightly. */
static int check_stext(const struct linux_kallsyms *k, struct why *why)
{
	const struct vmlinux_symbol *stext = vmlinux_find(k->vmlinux, "_stext");
	char name[NAME_ROOM];

	if (!stext)
		return explain(why, "it has no symbol _stext");
	for (uint32_t i = symbol_from(k, stext->address);
	     i < k->names.count && linux_kallsyms_address(k, i) == stext->address; i++) {
		linux_kallsyms_name(k, i, name, sizeof(name));
		if (!strcmp(name, "_stext"))
			return 0;
	}
	return explain(why, "kallsyms does not have _stext at 0x%llx",
		       (unsigned long long)stext->address);
}

static int check_order(const struct linux_kallsyms *k, struct why *why)
{
	for (uint32_t i = 1; i < k->names.count; i++)
		if (linux_kallsyms_address(k, i) < linux_kallsyms_address(k, i - 1))
			return explain(why, "symbol %u of kallsyms is below the one before it", i);
	return check_stext(k, why);
}

/* -------------------------------------------------------------------------------------- */

static int find_parts(struct linux_kallsyms *k, struct why *why)
{
	const struct vmlinux *v = k->vmlinux;
	struct bzb_shuffle_names *n = &k->names;
	uint32_t count;

	if (find_part(v, "kallsyms_num_syms", 4, &count, why))
		return -1;
	n->count = bzb_get32(v->memory.data + count);
	if (!n->count)
		return explain(why, "its kallsyms has no names");
	if (find_addresses(k, why) || find_part(v, "kallsyms_names", 1, &n->names, why) ||
	    find_part(v, "kallsyms_markers",
		      ((uint64_t)n->count + NAMES_PER_MARKER - 1) / NAMES_PER_MARKER * 4,
		      &n->markers, why) ||
	    find_tokens(k, why))
		return -1;
	/* Since Linux 6.2. */
	if (vmlinux_find(v, "kallsyms_seqs_of_names") &&
	    find_part(v, "kallsyms_seqs_of_names", (uint64_t)n->count * SEQ_SIZE, &n->seqs, why))
		return -1;
	return find_names(k, why) || check_seqs(k, why) || check_order(k, why) ? -1 : 0;
}

int linux_kallsyms_open(const struct vmlinux *vmlinux, struct linux_kallsyms *ret, struct why *why)
{
	struct linux_kallsyms k = { .vmlinux = vmlinux };

	if (vmlinux_find(vmlinux, "kallsyms_num_syms") && find_parts(&k, why)) {
		linux_kallsyms_close(&k);
		return -1;
	}
	*ret = k;
	return 0;
}

void linux_kallsyms_close(struct linux_kallsyms *kallsyms)
{
	blob_free(&kallsyms->places_memory);
}

uint64_t linux_kallsyms_address(const struct linux_kallsyms *kallsyms, uint32_t number)
{
	const struct bzb_shuffle_names *names = &kallsyms->names;
	const uint32_t offset = names->offsets + number * 4;
	const int32_t value = (int32_t)bzb_get32(kallsyms->vmlinux->memory.data + offset);

	switch (names->form) {
	case BZB_SHUFFLE_NAMES_PERCPU:
		return value < 0 ? names->base - 1 - (uint64_t)value : (uint64_t)value;
	case BZB_SHUFFLE_NAMES_BASE:
		return names->base + (uint32_t)value;
	case BZB_SHUFFLE_NAMES_RELATIVE:
		break;
	}
	return kallsyms->vmlinux->address + offset + (uint64_t)value;
}

char linux_kallsyms_name(const struct linux_kallsyms *kallsyms, uint32_t number, char *to,
			 size_t room)
{
	const uint32_t place = kallsyms->places[number], end = kallsyms->places[number + 1];
	const unsigned char *at = kallsyms->vmlinux->memory.data + kallsyms->names.names;
	const struct bzb_span all = { at + place, end - place };
	char letter = 0;
	size_t header = 0;

	(void)name_size(all, &header);
	for (size_t i = header; i < all.size; i++) {
		struct bzb_span token = kallsyms->tokens[all.data[i]];

		if (!letter && token.size) {
			letter = (char)token.data[0];
			token = (struct bzb_span){ token.data + 1, token.size - 1 };
		}
		if (token.size >= room)
			token.size = room - 1;
		memcpy(to, token.data, token.size);
		to += token.size;
		room -= token.size;
	}
	*to = 0;
	return letter;
}

/* --- planning ------------------------------------------------------------------------- */

/* Units are cut at the edges of .symtab, so an edge that only kallsyms has would be moved. */
static int check_name(const struct linux_kallsyms *k, uint32_t number, struct why *why)
{
	char name[NAME_ROOM];

	linux_kallsyms_name(k, number, name, sizeof(name));
	if (!linux_is_edge(name))
		return 0;
	return explain(why, "kallsyms has %s at 0x%llx, which .symtab does not have there", name,
		       (unsigned long long)linux_kallsyms_address(k, number));
}

static int check_units(const struct linux_kallsyms *k, const struct shuffle_plan *plan,
		       struct why *why)
{
	uint32_t i = 0;

	for (size_t n = 0; n < plan->unit_count; n++) {
		const struct shuffle_unit *unit = &plan->units[n];
		const uint64_t begin = k->vmlinux->address + unit->offset;
		const uint64_t end = begin + unit->size + unit->gap;

		while (i < k->names.count && linux_kallsyms_address(k, i) < begin)
			i++;
		for (; i < k->names.count && linux_kallsyms_address(k, i) < end; i++)
			if (check_name(k, i, why))
				return -1;
	}
	return 0;
}

int linux_kallsyms_plan(const struct vmlinux *vmlinux, struct shuffle_plan *plan, struct why *why)
{
	struct linux_kallsyms k;
	int result;

	if (linux_kallsyms_open(vmlinux, &k, why))
		return -1;
	result = check_units(&k, plan, why);
	if (!result)
		plan->names = k.names;
	linux_kallsyms_close(&k);
	return result;
}
