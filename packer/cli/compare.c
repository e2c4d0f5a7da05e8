/* SPDX-License-Identifier: BSD-2-Clause */
#include "compare.h"

#include <stdlib.h>
#include <string.h>

#include "info/info_compare.h"
#include "io/fileio.h"
#include "io/json.h"
#include "sign/openssl.h"

static int read_side(const char *path, struct info_side *ret)
{
	struct blob bytes;
	struct why why;

	if (file_read_any(path, &bytes, &why))
		return diag_fail(path, &why);
	*ret = info_side_make(path, bytes);
	return 0;
}

/* In JSON, they are a part of the output. returns: their number */
static size_t report_errors(const struct info_side *side, bool json)
{
	const json_t *errors = json_object_get(side->tree, "errors");
	json_t *error;
	struct why why;
	size_t i;

	json_array_foreach(errors, i, error) {
		explain(&why, "%s", json_string_value(error));
		if (!json)
			diag(side->path, &why);
	}
	return json_array_size(errors);
}

static void print(const json_t *comparison, bool json)
{
	if (json)
		json_print(comparison);
	else
		info_print_differences(comparison);
}

static int compare_sides(const struct info_side *a, const struct info_side *b, bool json)
{
	json_t *comparison = info_compare(a, b);
	const bool differ = json_array_size(json_object_get(comparison, "differences"));
	size_t errors;

	print(comparison, json);
	json_decref(comparison);
	errors = report_errors(a, json) + report_errors(b, json);
	if (errors)
		return EXIT_FAILURE;
	return differ ? EXIT_DIFFERENT : EXIT_SUCCESS;
}

int compare_files(const char *a, const char *b, bool json)
{
	struct info_side side_a, side_b;
	int status = EXIT_FAILURE;

	openssl_start_for_digest();
	if (read_side(a, &side_a))
		return EXIT_FAILURE;
	if (!read_side(b, &side_b)) {
		status = compare_sides(&side_a, &side_b, json);
		info_side_free(&side_b);
	}
	info_side_free(&side_a);
	return status;
}
