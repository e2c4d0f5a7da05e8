/* SPDX-License-Identifier: BSD-2-Clause */
#include "room.h"

#include <errno.h>
#include <string.h>
#include <sys/statvfs.h>

static double size_of(const struct record_files *files)
{
	uint64_t size = 0;

	for (size_t i = 0; i < files->count; i++)
		size += files->files[i].size;
	return (double)size;
}

/* The bytes that only the previous image takes. */
static uint64_t previous_size(const struct install_record *record)
{
	const struct record_files *files = &record->files;
	uint64_t size = 0;

	for (size_t i = 0; i < files->count; i++)
		if (record_is_spare(files, &files->files[i]))
			size += files->files[i].size;
	return size;
}

int room_measure(const struct install_place *place, struct room *ret)
{
	struct statvfs fs;
	struct why why;

	*ret = (struct room){ 0 };
	if (statvfs(place->esp, &fs)) {
		explain(&why, "cannot find out how much room it has: %s", strerror(errno));
		return diag_fail(place->esp, &why);
	}
	ret->size = (uint64_t)fs.f_blocks * fs.f_frsize;
	ret->free = (uint64_t)fs.f_bavail * fs.f_frsize;
	return 0;
}

/* @wanted: the version that is to be installed */
static void tell_taken(const struct install_place *place, const char *version, const char *wanted)
{
	struct install_record record;
	const double size =
		record_read(place, version, &record) > 0 ? size_of(&record.files) / ROOM_MIB : 0;
	struct why why;

	if (!strcmp(version, wanted) || install_is_running(place, version))
		explain(&why, "%.60s takes %.1f MiB", version, size);
	else
		explain(&why, "%.60s takes %.1f MiB: 'bzboot remove %.60s' frees them", version,
			size, version);
	diag(place->esp, &why);
	record_free(&record);
}

static int refuse(const struct install_place *place, const struct install_record *record,
		  uint64_t needed, uint64_t room)
{
	struct name_list versions;
	struct why why;

	explain(&why, "has no room for %.60s: it needs %.1f MiB, and has %.1f MiB", record->version,
		(double)needed / ROOM_MIB, (double)room / ROOM_MIB);
	diag(place->esp, &why);
	record_list(place, &versions);
	for (size_t i = 0; i < versions.count; i++)
		tell_taken(place, versions.names[i], record->version);
	name_list_free(&versions);
	return -1;
}

int room_check(const struct install_place *place, const struct install_record *record,
	       uint64_t needed)
{
	struct room room;

	if (room_measure(place, &room))
		return -1;
	if (record_has_current(record))
		room.free += previous_size(record);
	return needed > room.free ? refuse(place, record, needed, room.free) : 0;
}
