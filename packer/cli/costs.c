/* SPDX-License-Identifier: BSD-2-Clause */
#include "costs.h"

#include <stdlib.h>

#include "info/anatomy.h"
#include "info/budget.h"
#include "info/info.h"
#include "info/map.h"
#include "io/fileio.h"
#include "io/json.h"

/* The kind and size of a file, and its errors */
static json_t *summary(const struct input *input, const struct why *fault)
{
	static const char *const members[] = { "kinds", "size", "compressed", "errors" };
	json_t *all = info_tree(input, true), *tree = json_object(), *value;

	for (size_t i = 0; i < BZB_ARRAY_SIZE(members); i++) {
		value = json_object_get(all, members[i]);
		if (value)
			json_put(tree, members[i], json_incref(value));
	}
	if (fault)
		json_add(json_object_get(tree, "errors"), json_string(fault->text));
	json_decref(all);
	return tree;
}

static void print(const json_t *tree, bool json)
{
	if (json)
		json_print(tree);
	else
		budget_print(tree);
}

int costs_show(const struct input *input, const struct why *fault, bool json)
{
	json_t *tree = summary(input, fault), *errors = json_object_get(tree, "errors");
	struct anatomy anatomy;
	bool is_broken;

	anatomy_read(blob_span(&input->bytes), errors, &anatomy);
	json_put(tree, "budget", budget_tree(&anatomy, errors));
	anatomy_free(&anatomy);
	is_broken = json_array_size(errors);
	print(tree, json);
	json_decref(tree);
	return is_broken ? EXIT_FAILURE : EXIT_SUCCESS;
}

/* returns: what the picture is called */
static const char *title(const char *path)
{
	const char *name = file_base_name(path);

	return name ? name : "standard input";
}

static int draw(const char *path, const struct map *map, const char *output)
{
	const struct map_form form = map_form_choose();
	struct blob svg;
	struct why why;
	int err;

	if (!output) {
		map_print(map, &form);
		return 0;
	}
	svg = map_svg(map, title(path));
	err = file_write(output, blob_span(&svg), &why);
	blob_free(&svg);
	return err ? diag_fail(output, &why) : 0;
}

static int refuse(const char *path, const json_t *errors)
{
	struct why why;

	explain(&why, "%s", json_string_value(json_array_get(errors, 0)));
	return diag_fail(path, &why);
}

int costs_draw(const char *path, const struct input *input, const char *output)
{
	json_t *tree = summary(input, NULL), *errors = json_object_get(tree, "errors");
	struct anatomy anatomy;
	struct map map;
	int err;

	anatomy_read(blob_span(&input->bytes), errors, &anatomy);
	if (json_array_size(errors)) {
		err = refuse(path, errors);
	} else {
		map = map_make(&anatomy);
		err = draw(path, &map, output);
		map_free(&map);
	}
	anatomy_free(&anatomy);
	json_decref(tree);
	return err ? EXIT_FAILURE : EXIT_SUCCESS;
}
