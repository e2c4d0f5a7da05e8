/* SPDX-License-Identifier: BSD-2-Clause */
#include "costs.h"

#include <stdio.h>
#include <stdlib.h>

#include "info/anatomy.h"
#include "info/budget.h"
#include "info/info.h"
#include "io/json.h"

/* What a file is, without all that follows from it. */
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
	if (json) {
		if (json_dumpf(tree, stdout, JSON_INDENT(2)) && !ferror(stdout))
			diag_no_memory(0);
		putchar('\n');
	} else {
		budget_print(tree);
	}
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
