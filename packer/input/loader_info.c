/* SPDX-License-Identifier: BSD-2-Clause */
#include "loader_info.h"

#include <string.h>

#include "pe_section.h"

static bool cut_word(struct bzb_span *text, const char *word)
{
	const size_t length = strlen(word);
	struct bzb_span start;

	if (bzb_slice(*text, 0, length, &start) || memcmp(start.data, word, length) != 0)
		return false;
	return !bzb_slice(*text, length, text->size - length, text);
}

bool loader_info_find(const struct bzb_pe *pe, const char *name, struct bzb_span *ret)
{
	struct bzb_pe_section section;
	struct bzb_span text;

	if (bzb_pe_find_section(pe, ".sdmagic", &section) ||
	    pe_section_bytes(pe->file, &section, &text))
		return false;
	if (!cut_word(&text, "#### LoaderInfo: ") || !cut_word(&text, name) ||
	    !cut_word(&text, " "))
		return false;
	*ret = text;
	return true;
}
