/* SPDX-License-Identifier: BSD-2-Clause */
#include "smbios.h"

/* 6.1.2: fields follow, then NUL-terminated texts, then another NUL; without texts, two NULs */
struct record {
	unsigned char type;
	unsigned char size; /* bytes of the fields, with these */
	bzb_le16 handle;
};

enum { OEM_STRINGS = 11, END = 127 };

/* Takes the next text; false at the end of a record's texts. */
static bool next_text(struct bzb_span *texts, struct bzb_span *ret)
{
	size_t n = 0;

	while (n < texts->size && texts->data[n])
		n++;
	if (!n || n == texts->size)
		return false;
	*ret = (struct bzb_span){ texts->data, n };
	*texts = (struct bzb_span){ texts->data + n + 1, texts->size - n - 1 };
	return true;
}

/* Takes a NUL. */
static bool take_nul(struct bzb_span *from)
{
	return from->size && !from->data[0] && !bzb_slice(*from, 1, from->size - 1, from);
}

/* Takes the next record; false after the last one. @ret_texts: up to the end of the table. */
static bool next_record(struct bzb_span *table, unsigned char *ret_type, struct bzb_span *ret_texts)
{
	const struct record *record = (const void *)table->data;
	struct bzb_span rest, unused;
	bool has_texts = false;

	if (table->size < sizeof(*record) || record->type == END ||
	    record->size < sizeof(*record) || record->size > table->size ||
	    bzb_slice(*table, record->size, table->size - record->size, &rest))
		return false;
	*ret_type = record->type;
	*ret_texts = rest;
	while (next_text(&rest, &unused))
		has_texts = true;
	*table = rest;
	return (has_texts || take_nul(table)) && take_nul(table);
}

static bool begins_with(struct bzb_span *text, const char *prefix)
{
	size_t n = 0;

	while (prefix[n]) {
		if (n == text->size || text->data[n] != (unsigned char)prefix[n])
			return false;
		n++;
	}
	*text = (struct bzb_span){ text->data + n, text->size - n };
	return true;
}

struct bzb_span smbios_find_text(struct bzb_span table, const char *prefix)
{
	struct bzb_span texts, text;
	unsigned char type;

	while (next_record(&table, &type, &texts)) {
		if (type != OEM_STRINGS)
			continue;
		while (next_text(&texts, &text))
			if (begins_with(&text, prefix))
				return text;
		break;
	}
	return (struct bzb_span){ NULL, 0 };
}
