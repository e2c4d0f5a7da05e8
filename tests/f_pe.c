/* SPDX-License-Identifier: BSD-2-Clause */
#include "fuzz.h"

/* A name is padded with NULs; other names are never found. */
static bool is_padded(const struct bzb_pe_section *s)
{
	size_t length = strlen(s->name);

	while (length < sizeof(s->name) && !s->name[length])
		length++;
	return length == sizeof(s->name);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct bzb_span file = { data, size }, bytes;
	struct bzb_pe_section found;
	struct bzb_pe pe;

	if (bzb_pe_parse(file, &pe))
		return 0;
	PROMISE(pe.magic == BZB_PE_MAGIC_PE32 || pe.magic == BZB_PE_MAGIC_PE32PLUS);
	PROMISE(pe.directories <= 16);
	for (unsigned int i = 0; i < pe.sections; i++) {
		struct bzb_pe_section s = bzb_pe_section(&pe, i);

		PROMISE(!s.raw_size || !bzb_slice(file, s.raw_offset, s.raw_size, &bytes));
		PROMISE(memchr(s.name, 0, sizeof(s.name)));
		if (is_padded(&s))
			PROMISE(!bzb_pe_find_section(&pe, s.name, &found));
	}
	return 0;
}
