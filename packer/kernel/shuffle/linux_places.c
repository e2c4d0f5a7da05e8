/* SPDX-License-Identifier: BSD-2-Clause */
#include "linux_places.h"

static const struct {
	const char *start, *stop;
} tables[] = {
	{ "__start_mcount_loc", "__stop_mcount_loc" },
	{ "__start___jump_table", "__stop___jump_table" },
	{ "__start_static_call_sites", "__stop_static_call_sites" },
};

struct linux_places linux_places_find(const struct vmlinux *vmlinux)
{
	struct linux_places places = { .count = 0 };

	for (size_t i = 0; i < BZB_ARRAY_SIZE(tables); i++) {
		const struct vmlinux_symbol *start = vmlinux_find(vmlinux, tables[i].start);
		const struct vmlinux_symbol *stop = vmlinux_find(vmlinux, tables[i].stop);

		if (!start || !stop)
			continue;
		places.tables[places.count].start = start->address;
		places.tables[places.count++].stop = stop->address;
	}
	return places;
}

bool linux_places_have(const struct linux_places *places, uint64_t address)
{
	for (size_t i = 0; i < places->count; i++)
		if (address >= places->tables[i].start && address < places->tables[i].stop)
			return true;
	return false;
}
