/* SPDX-License-Identifier: BSD-2-Clause */
#include "json.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "blob.h"
#include "diag.h"

json_t *json_number(uint64_t value)
{
	/* Only a broken file has a number too large for JSON; it is shown nevertheless. */
	return value > INT64_MAX ? json_address(value) : json_integer((json_int_t)value);
}

json_t *json_address(uint64_t value)
{
	return json_sprintf("0x%" PRIx64, value);
}

json_t *json_text(struct bzb_span text)
{
	struct blob clean = blob_alloc(text.size);
	json_t *json;

	for (size_t i = 0; i < text.size; i++)
		clean.data[i] = text.data[i] >= ' ' && text.data[i] <= '~' ? text.data[i] : '?';
	json = json_stringn((const char *)clean.data, clean.size);
	blob_free(&clean);
	return json;
}

json_t *json_name(const char *name)
{
	json_t *json = json_string(name);

	return json ? json :
		      json_text((struct bzb_span){ (const unsigned char *)name, strlen(name) });
}

/* bzboot's strings are ASCII, so the only possible error is a lack of memory. */
void json_put(json_t *object, const char *name, json_t *value)
{
	if (json_object_set_new(object, name, value))
		diag_no_memory(0);
}

void json_add(json_t *array, json_t *value)
{
	if (json_array_append_new(array, value))
		diag_no_memory(0);
}

/* json_dumpf() does not say why it failed: if not for stdout, for a lack of memory. */
void json_print(const json_t *json)
{
	if (json_dumpf(json, stdout, JSON_INDENT(2)) && !ferror(stdout))
		diag_no_memory(0);
	putchar('\n');
}
