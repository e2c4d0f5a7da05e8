/* SPDX-License-Identifier: BSD-2-Clause */
#include "info_json.h"

#include <inttypes.h>
#include <stdio.h>

#include "io/blob.h"

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
