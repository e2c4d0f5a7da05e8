/* SPDX-License-Identifier: BSD-2-Clause */
#include "names.h"

#include <stdlib.h>

#include "diag.h"

void names_add(struct names *names, const char *name)
{
	size_t size = (names->count + 1) * sizeof(*names->names);
	const char **longer = realloc(names->names, size);

	if (!longer)
		diag_no_memory(size);
	longer[names->count++] = name;
	names->names = longer;
}

void names_free(struct names *names)
{
	free(names->names);
	*names = (struct names){ 0 };
}
