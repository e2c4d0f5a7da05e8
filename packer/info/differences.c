/* SPDX-License-Identifier: BSD-2-Clause */
#include "differences.h"

#include <stdio.h>

#include "io/diag.h"
#include "io/json.h"
#include "measure/measure_report.h"

json_t *differences_name(const char *prefix, const char *name)
{
	json_t *full = json_sprintf("%s%s", prefix, name);

	if (!full)
		diag_no_memory(0);
	return full;
}

static json_t *value_or_null(json_t *value)
{
	return value ? value : json_null();
}

void differences_add(struct differences *differences, json_t *name, json_t *a, json_t *b)
{
	json_t *object = json_object();

	json_put(object, "name", name);
	json_put(object, "a", value_or_null(a));
	json_put(object, "b", value_or_null(b));
	json_add(differences->list, object);
}

void differences_add_same(struct differences *differences, json_t *name, json_t *value)
{
	json_t *object = json_object();

	json_put(object, "name", name);
	json_put(object, "value", value);
	json_add(differences->same, object);
}

json_t *differences_digest(struct bzb_span bytes)
{
	struct digests digests;
	struct why why;

	if (banks_hash(BANKS_SHA256, bytes, &digests, &why))
		return json_null();
	return report_digest(&digests, BANK_SHA256);
}

static json_t *contents(const struct place *place)
{
	json_t *object;

	if (!place->bytes.data)
		return NULL;
	object = json_object();
	json_put(object, "size", json_number(place->bytes.size));
	json_put(object, "sha256", differences_digest(place->bytes));
	return object;
}

size_t differences_first(struct bzb_span a, struct bzb_span b)
{
	const size_t size = a.size < b.size ? a.size : b.size;
	size_t i = 0;

	while (i < size && a.data[i] == b.data[i])
		i++;
	return i;
}

void differences_add_contents(struct differences *differences, json_t *name, const struct place *a,
			      const struct place *b, size_t first)
{
	json_t *offsets;

	differences_add(differences, name, contents(a), contents(b));
	if (!a->bytes.data || !b->bytes.data)
		return;
	offsets = json_object();
	json_put(offsets, "a", json_number(a->offset + first));
	json_put(offsets, "b", json_number(b->offset + first));
	json_put(json_array_get(differences->list, json_array_size(differences->list) - 1),
		 "first_difference", offsets);
}

bool differences_add_bytes(struct differences *differences, json_t *name, const struct place *a,
			   const struct place *b)
{
	const bool both = a->bytes.data && b->bytes.data;
	size_t first = 0;

	if (both ? bytes_are_same(a->bytes, b->bytes) : a->bytes.data == b->bytes.data) {
		json_decref(name);
		return false;
	}
	if (both)
		first = differences_first(a->bytes, b->bytes);
	differences_add_contents(differences, name, a, b, first);
	return true;
}

struct labels labels_start(void)
{
	return (struct labels){ .rows = json_object(), .counts = json_object() };
}

void labels_put(struct labels *labels, const char *array, const char *key, json_t *row)
{
	json_t *label = json_sprintf("%s[%s]", array, key);
	const char *text = json_string_value(label);
	const json_int_t count = json_integer_value(json_object_get(labels->counts, text)) + 1;

	json_put(labels->counts, text, json_integer(count));
	if (count > 1) {
		json_decref(label);
		label = json_sprintf("%s[%s#%" JSON_INTEGER_FORMAT "]", array, key, count);
	}
	json_put(labels->rows, json_string_value(label), row);
	json_decref(label);
}

void labels_put_nth(struct labels *labels, const char *array, size_t index, json_t *row)
{
	char key[32];

	snprintf(key, sizeof(key), "%zu", index);
	labels_put(labels, array, key, row);
}

void labels_free(struct labels *labels)
{
	json_decref(labels->rows);
	json_decref(labels->counts);
}
