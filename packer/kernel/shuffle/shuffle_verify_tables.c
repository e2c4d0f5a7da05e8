/* SPDX-License-Identifier: BSD-2-Clause */
/* The tables of Linux that ascend by address, so that moving a function moves its entries. */
#include <inttypes.h>
#include <stdlib.h>

#include "shuffle_verify_parts.h"

/* A table as its entries say, with addresses instead of distances */
struct row {
	uint64_t key, value, data;
};

static const char exceptions[] = "__ex_table";
static const char tracing[] = "__mcount_loc";
static const char unwinding[] = ".orc_unwind_ip";

/* include/asm-generic/vmlinux.lds.h; struct exception_table_entry, struct orc_entry */
enum { EXCEPTION_SIZE = 12, CALL_SIZE = 8, IP_SIZE = 4, ORC_SIZE = 6 };

static uint64_t from_distance(const unsigned char *field, uint64_t at)
{
	return at + (uint64_t)(int32_t)bzb_get32(field);
}

static struct row read_exception(const unsigned char *entry, uint64_t at)
{
	return (struct row){ from_distance(entry, at), from_distance(entry + 4, at + 4),
			     bzb_get32(entry + 8) };
}

static struct row read_call(const unsigned char *entry, uint64_t at)
{
	(void)at;
	return (struct row){ .key = bzb_get64(entry) };
}

static struct row read_ip(const unsigned char *entry, uint64_t at)
{
	return (struct row){ .key = from_distance(entry, at) };
}

/* Before Linux 5.16: the third field says where a function that handles the exception is. */
static struct row read_handled(const unsigned char *entry, uint64_t at)
{
	struct row row = read_exception(entry, at);

	row.data = from_distance(entry + 8, at + 8);
	return row;
}

struct kind {
	const char *name, *start, *stop;
	size_t size; /* of an entry */
	struct row (*read)(const unsigned char *entry, uint64_t at);
	bool is_data_moved; /* data is an address */
};

static const struct kind kinds[] = {
	{ exceptions, "__start___ex_table", "__stop___ex_table", EXCEPTION_SIZE, read_exception,
	  false },
	{ tracing, "__start_mcount_loc", "__stop_mcount_loc", CALL_SIZE, read_call, false },
	{ unwinding, "__start_orc_unwind_ip", "__stop_orc_unwind_ip", IP_SIZE, read_ip, false },
};

static const struct kind handled = {
	exceptions, "__start___ex_table", "__stop___ex_table", EXCEPTION_SIZE, read_handled, true,
};

static const char orc_start[] = "__start_orc_unwind", orc_stop[] = "__stop_orc_unwind";

/* The table between two symbols. Returns false if there is none. */
static bool find_table(const struct verify *verify, const char *start, const char *stop,
		       struct verify_table *ret)
{
	const struct verify_symbol *first = verify_find(&verify->old, start);
	const struct verify_symbol *end = verify_find(&verify->old, stop);
	struct bzb_span bytes;

	if (!first || !end || end->value <= first->value ||
	    verify_at(&verify->old, first->value, end->value - first->value, &bytes) < 0)
		return false;
	*ret = (struct verify_table){ .start = first->value, .end = end->value };
	return true;
}

static void note_table(struct verify *verify, const char *start, const char *stop)
{
	struct verify_table table;

	if (find_table(verify, start, stop, &table))
		verify->tables[verify->table_count++] = table;
}

/* A section that is such a table, which no symbols show */
static void check_section(struct verify *verify, const struct kind *kind)
{
	struct verify_table table;

	if (find_table(verify, kind->start, kind->stop, &table))
		return;
	for (unsigned int i = 0; i < verify->old.elf.shnum; i++)
		if (verify->old.sections[i].bytes.size &&
		    !strcmp(verify->old.sections[i].name, kind->name))
			findings_add(verify->findings, "no symbols say where the table of %s is",
				     kind->name);
}

void verify_find_tables(struct verify *verify)
{
	for (size_t i = 0; i < BZB_ARRAY_SIZE(kinds); i++) {
		note_table(verify, kinds[i].start, kinds[i].stop);
		check_section(verify, &kinds[i]);
	}
	note_table(verify, orc_start, orc_stop);
}

/* The rows of a table, which is at the same place in both files */
static struct row *read_rows(const struct verify_file *file, const struct kind *kind,
			     const struct verify_table *table, size_t *ret_count)
{
	struct bzb_span bytes = { 0 };
	struct row *rows;
	size_t count;

	if (verify_at(file, table->start, table->end - table->start, &bytes) < 0)
		bytes.size = 0;
	count = bytes.size / kind->size;
	rows = verify_room(count, sizeof(*rows));
	for (size_t i = 0; i < count; i++)
		rows[i] = kind->read(bytes.data + i * kind->size, table->start + i * kind->size);
	*ret_count = count;
	return rows;
}

static int compare_rows(const void *a, const void *b)
{
	const struct row *x = a, *y = b;

	if (x->key != y->key)
		return x->key > y->key ? 1 : -1;
	if (x->value != y->value)
		return x->value > y->value ? 1 : -1;
	return (x->data > y->data) - (x->data < y->data);
}

/* The first row that is below the one before it; @count: none */
static size_t first_descent(const struct row *rows, size_t count)
{
	for (size_t i = 1; i < count; i++)
		if (rows[i].key < rows[i - 1].key)
			return i;
	return count;
}

static void check_order(struct verify *verify, const struct kind *kind, const struct row *old,
			const struct row *new, size_t count)
{
	size_t descent = first_descent(new, count);

	if (descent < count && first_descent(old, count) == count)
		findings_add(verify->findings, "%s is not sorted: entry %zu, for %s, is after %s",
			     kind->name, descent, verify_new_place(verify, new[descent].key).text,
			     verify_new_place(verify, new[descent - 1].key).text);
}

/* Both lists are sorted. */
static void compare_lists(struct verify *verify, const struct kind *kind, const struct row *old,
			  const struct row *new, size_t count)
{
	size_t i = 0, k = 0;

	while (i < count || k < count) {
		int order = i == count ? 1 : k == count ? -1 : compare_rows(&old[i], &new[k]);

		if (order < 0)
			findings_add(verify->findings, "%s has lost or changed the entry for %s",
				     kind->name, verify_new_place(verify, old[i].key).text);
		else if (order > 0)
			findings_add(verify->findings,
				     "%s has an entry for %s that the original has not", kind->name,
				     verify_new_place(verify, new[k].key).text);
		i += order <= 0;
		k += order >= 0;
	}
}

static bool is_handler(const struct verify *verify, uint64_t address)
{
	const struct verify_piece *piece = verify_piece_at(verify, address);

	return piece && piece->start == address && piece->symbol != VERIFY_NONE &&
	       !strncmp(verify->old.symbols[piece->symbol].name, "ex_handler_", 11);
}

/* Whether the third field of all exceptions leads to a handler. No number does so by chance. */
static bool are_handled(const struct verify *verify)
{
	struct verify_table table;
	struct row *rows;
	size_t count, handled_count = 0;

	if (!find_table(verify, handled.start, handled.stop, &table))
		return false;
	rows = read_rows(&verify->old, &handled, &table, &count);
	for (size_t i = 0; i < count; i++)
		handled_count += is_handler(verify, rows[i].data);
	free(rows);
	return count && handled_count == count;
}

static void compare_table(struct verify *verify, const struct kind *kind)
{
	struct verify_table table;
	struct row *old, *new;
	size_t count, new_count;

	if (!find_table(verify, kind->start, kind->stop, &table))
		return;
	old = read_rows(&verify->old, kind, &table, &count);
	new = read_rows(&verify->new, kind, &table, &new_count);
	if (count == new_count) {
		verify->counts->entries += count;
		check_order(verify, kind, old, new, count);
		for (size_t i = 0; i < count; i++) {
			old[i].key = verify_moved(verify, old[i].key);
			old[i].value = verify_moved(verify, old[i].value);
			if (kind->is_data_moved)
				old[i].data = verify_moved(verify, old[i].data);
		}
		qsort(old, count, sizeof(*old), compare_rows);
		qsort(new, count, sizeof(*new), compare_rows);
		compare_lists(verify, kind, old, new, count);
	}
	free(old);
	free(new);
}

/* --- unwinding ------------------------------------------------------------------- */

struct orc {
	struct row *rows;
	struct bzb_span entries;
	size_t count;
};

static int compare_keys(const void *a, const void *b)
{
	const struct row *x = a, *y = b;

	return (x->key > y->key) - (x->key < y->key);
}

/* The entry of each row is noted in its data, so that they may be sorted. */
static bool read_orc(const struct verify_file *file, const struct kind *kind,
		     const struct verify_table *ips, const struct verify_table *entries,
		     struct orc *ret)
{
	ret->rows = read_rows(file, kind, ips, &ret->count);
	if (verify_at(file, entries->start, entries->end - entries->start, &ret->entries) < 0 ||
	    ret->entries.size / ORC_SIZE < ret->count) {
		free(ret->rows);
		return false;
	}
	for (size_t i = 0; i < ret->count; i++)
		ret->rows[i].data = (uint32_t)i;
	return true;
}

/* The last row at or before an address, as a lookup finds it; count: none */
static size_t orc_find(const struct orc *orc, uint64_t address)
{
	size_t low = 0, high = orc->count;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (orc->rows[middle].key <= address)
			low = middle + 1;
		else
			high = middle;
	}
	return low ? low - 1 : orc->count;
}

/* The number of bytes from an address on that have one entry */
static uint64_t orc_reach(const struct orc *orc, uint64_t address)
{
	size_t next = orc_find(orc, address);

	next = next == orc->count ? 0 : next + 1;
	return next < orc->count ? orc->rows[next].key - address : UINT64_MAX;
}

static bool same_entry(const struct orc *old, size_t a, const struct orc *new, size_t b)
{
	if (a == old->count || b == new->count)
		return a == old->count && b == new->count;
	return !memcmp(old->entries.data + (size_t)old->rows[a].data * ORC_SIZE,
		       new->entries.data + (size_t)new->rows[b].data *ORC_SIZE, ORC_SIZE);
}

/* Whether bytes are padding behind a function, before code that has no name: nothing returns there. */
static bool is_never_looked_up(const struct verify *verify, const struct verify_piece *piece,
			       uint64_t start, uint64_t size)
{
	struct bzb_span bytes;

	return start - piece->start >= piece->size &&
	       verify_at(&verify->old, start, size, &bytes) >= 0 && verify_is_padding(bytes);
}

/* A lookup finds the same in both files for each byte of a piece. */
static void compare_orc_of(struct verify *verify, const struct verify_piece *piece,
			   const struct orc *old, const struct orc *new)
{
	uint64_t end = piece->start + piece->used;

	for (uint64_t at = piece->start; at < end;) {
		uint64_t now = at + piece->distance;
		uint64_t here = orc_reach(old, at), there = orc_reach(new, now);
		uint64_t step = here < there ? here : there;

		if (step > end - at)
			step = end - at;
		if (!same_entry(old, orc_find(old, at), new, orc_find(new, now)) &&
		    !is_never_looked_up(verify, piece, at, step)) {
			findings_add(verify->findings,
				     "the unwinder (ORC) finds another entry for %s",
				     verify_old_place(verify, at).text);
			return;
		}
		at += step;
	}
}

static void compare_orc(struct verify *verify)
{
	const struct kind *kind = &kinds[BZB_ARRAY_SIZE(kinds) - 1];
	struct verify_table ips, entries;
	struct orc old, new;

	if (!find_table(verify, kind->start, kind->stop, &ips) ||
	    !find_table(verify, orc_start, orc_stop, &entries) ||
	    !read_orc(&verify->old, kind, &ips, &entries, &old))
		return;
	if (read_orc(&verify->new, kind, &ips, &entries, &new)) {
		verify->counts->entries += new.count;
		check_order(verify, kind, old.rows, new.rows, new.count);
		/* Lookups need order; without it, one finding is enough. */
		qsort(old.rows, old.count, sizeof(*old.rows), compare_keys);
		qsort(new.rows, new.count, sizeof(*new.rows), compare_keys);
		for (size_t i = 0; i < verify->piece_count; i++)
			compare_orc_of(verify, &verify->pieces[i], &old, &new);
		free(new.rows);
	}
	free(old.rows);
}

void verify_tables(struct verify *verify)
{
	for (size_t i = 0; i < BZB_ARRAY_SIZE(kinds); i++)
		if (kinds[i].read == read_exception && are_handled(verify))
			compare_table(verify, &handled);
		else if (kinds[i].read != read_ip)
			compare_table(verify, &kinds[i]);
	compare_orc(verify);
}
