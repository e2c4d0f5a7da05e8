/* SPDX-License-Identifier: BSD-2-Clause */
#include "section_list.h"

#include <stdlib.h>
#include <string.h>

#include "input/pe_section.h"

static void make_room(struct section_list *list)
{
	if (list->count < list->room)
		return;
	list->room = list->room * 2 + 32;
	list->list = realloc(list->list, list->room * sizeof(*list->list));
	if (!list->list)
		diag_no_memory(list->room * sizeof(*list->list));
}

int section_list_read(const struct bzb_pe *pe, struct section_list *ret, struct why *why)
{
	struct section_list list = { .pe = *pe };

	for (unsigned int i = 0; i < pe->sections; i++) {
		const struct bzb_pe_section section = bzb_pe_section(pe, i);
		struct listed listed = { .index = i };

		memcpy(listed.name, section.name, sizeof(listed.name));
		if (section.virtual_size && pe_section_bytes(pe->file, &section, &listed.bytes)) {
			section_list_free(&list);
			return explain(why, "section %s is truncated", section.name);
		}
		section_list_insert(&list, i, &listed);
	}
	*ret = list;
	return 0;
}

static unsigned int next_profile(const struct section_list *list, unsigned int from)
{
	while (from < list->count && strcmp(list->list[from].name, ".profile"))
		from++;
	return from;
}

int section_list_range(const struct section_list *list, int profile, struct section_range *ret,
		       struct why *why)
{
	struct section_range range = { 0, next_profile(list, 0) };
	int found = 0;

	for (; found <= profile && range.end < list->count; found++)
		range = (struct section_range){ range.end, next_profile(list, range.end + 1) };
	if (found <= profile)
		return explain(why,
			       found ? "has no profile %d: it has %d, from 0 on" :
				       "has no profile %d: it has none",
			       profile, found);
	*ret = range;
	return 0;
}

struct listed *section_list_find(const struct section_list *list, struct section_range range,
				 const char *name)
{
	for (unsigned int i = range.start; i < range.end; i++)
		if (!strcmp(list->list[i].name, name))
			return &list->list[i];
	return NULL;
}

enum bzb_uki_name section_list_name(const char *name)
{
	enum bzb_uki_name i = 0;

	while (i < BZB_UKI_NAMES && strcmp(name, bzb_uki_section_name(i)))
		i++;
	return i;
}

void section_list_insert(struct section_list *list, unsigned int at, const struct listed *section)
{
	make_room(list);
	memmove(&list->list[at + 1], &list->list[at], (list->count - at) * sizeof(*section));
	list->list[at] = *section;
	list->count++;
}

void section_list_remove(struct section_list *list, unsigned int at)
{
	list->count--;
	memmove(&list->list[at], &list->list[at + 1], (list->count - at) * sizeof(*list->list));
}

void section_list_free(struct section_list *list)
{
	free(list->list);
	*list = (struct section_list){ 0 };
}
