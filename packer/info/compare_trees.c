/* SPDX-License-Identifier: BSD-2-Clause */
#include "compare_trees.h"

#include <string.h>

#include "io/json.h"

/* Arrays whose rows have names. */
static const struct {
	const char *array, *key;
} keys[] = {
	{ "sections", "name" },
	{ "sbat", "component_name" },
};

static const char *key_of(const char *array)
{
	for (size_t i = 0; i < BZB_ARRAY_SIZE(keys); i++)
		if (!strcmp(keys[i].array, array))
			return keys[i].key;
	return NULL;
}

/* @rows: NULL: there are none */
static struct labels label_rows(const char *array, const json_t *rows)
{
	struct labels labels = labels_start();
	const char *key = key_of(array);
	json_t *row;
	size_t i;

	json_array_foreach(rows, i, row) {
		const char *name = key ? json_string_value(json_object_get(row, key)) : NULL;

		if (name)
			labels_put(&labels, array, name, json_incref(row));
		else
			labels_put_nth(&labels, array, i, json_incref(row));
	}
	return labels;
}

static bool has_rows(const json_t *value)
{
	return json_is_object(json_array_get(value, 0));
}

static void compare_rows(struct differences *differences, const char *prefix, const char *array,
			 json_t *a, json_t *b)
{
	struct labels rows_a = label_rows(array, a), rows_b = label_rows(array, b);

	compare_trees(differences, prefix, rows_a.rows, rows_b.rows);
	labels_free(&rows_a);
	labels_free(&rows_b);
}

/* @a, @b: NULL: the file does not have it */
static void compare_values(struct differences *differences, const char *prefix, const char *name,
			   json_t *a, json_t *b)
{
	json_t *full;

	if (a && b && json_equal(a, b))
		return;
	if (has_rows(a) || has_rows(b)) {
		compare_rows(differences, prefix, name, a, b);
		return;
	}
	full = differences_name(prefix, name);
	if (json_is_object(a) && json_is_object(b)) {
		json_t *inner = differences_name(json_string_value(full), ".");

		compare_trees(differences, json_string_value(inner), a, b);
		json_decref(inner);
		json_decref(full);
	} else {
		differences_add(differences, full, json_incref(a), json_incref(b));
	}
}

static bool is_compared(const char *name)
{
	return strcmp(name, "errors") != 0;
}

void compare_trees(struct differences *differences, const char *prefix, json_t *a, json_t *b)
{
	const char *name;
	json_t *value;

	json_object_foreach(a, name, value)
		if (is_compared(name))
			compare_values(differences, prefix, name, value, json_object_get(b, name));
	json_object_foreach(b, name, value)
		if (is_compared(name) && !json_object_get(a, name))
			compare_values(differences, prefix, name, NULL, value);
}
