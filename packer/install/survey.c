/* SPDX-License-Identifier: BSD-2-Clause */
#include "survey.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "io/text.h"
#include "source.h"

/* The names in the folder of each layout, read once */
struct listing {
	const struct survey_wishes *wishes;
	struct name_list names[LAYOUT_NONE];
};

static void *add_element(void *array, size_t count, size_t size)
{
	char *longer = realloc(array, (count + 1) * size);

	if (!longer)
		diag_no_memory((count + 1) * size);
	memset(longer + count * size, 0, size);
	return longer;
}

static int list_menu(const struct install_place *place, enum install_layout layout,
		     struct name_list *ret)
{
	char *path = install_esp_path(place, install_menu(layout)->folder);
	int err = name_list_folder(path, ret);

	free(path);
	return err;
}

/* --- one version ------------------------------------------------------------------------ */

/* The names of its files begin with the token that counted when they were written. */
static struct install_place place_of(const struct install_place *place,
				     const struct install_record *record)
{
	struct install_place its = *place;

	its.token = record->token;
	return its;
}

static bool is_name_of(const struct install_place *place, const struct install_record *record,
		       const char *name, struct install_name *ret)
{
	const struct install_place its = place_of(place, record);

	return install_name_parse(&its, record->layout, record->version, name, ret);
}

static void add_images(const struct listing *listing, bool previous, struct survey_version *version)
{
	const struct survey_wishes *wishes = listing->wishes;
	const struct install_record *record = &version->record;
	const struct name_list *names = &listing->names[record->layout];
	struct install_name name;

	for (size_t i = 0; i < names->count; i++) {
		struct survey_image *image;

		if (!is_name_of(wishes->place, record, names->names[i], &name) ||
		    name.is_previous != previous)
			continue;
		version->images =
			add_element(version->images, version->image_count, sizeof(*image));
		image = &version->images[version->image_count++];
		image->name = name;
		image->path =
			text_make("%s/%s", install_menu(record->layout)->folder, names->names[i]);
		survey_image_read(wishes->place, wishes->firmware, record, image, &version->faults);
	}
}

/* kernel-install removes what its plugins have made for one run. */
static bool is_staged(const char *path)
{
	return strstr(path, "/kernel-install.staging.");
}

static void check_sources(const struct survey_wishes *wishes, struct survey_version *version)
{
	const struct record_files *sources = &version->record.sources;
	char sha256[RECORD_DIGEST_SIZE];
	struct why why;

	for (size_t i = 0; i < sources->count; i++) {
		const struct record_file *source = &sources->files[i];
		char *path;

		if (is_staged(source->path))
			continue;
		path = install_path(wishes->place, source->path);
		if (record_digest_file(path, sha256, NULL, &why))
			survey_fault_add(&version->faults, path, "%s", why.text);
		else if (strcmp(sha256, source->sha256))
			name_list_add(&version->changed, source->path);
		free(path);
	}
}

/* @cmdline: NULL: it is not known */
static void check_cmdline(const char *cmdline, struct survey_version *version)
{
	if (cmdline && strcmp(cmdline, version->record.cmdline))
		name_list_add(&version->changed, "command line");
}

/* One that bzboot made: a run was interrupted, or the previous image was put back. */
static bool is_another(const struct survey_version *version)
{
	bool is_recorded = false;

	for (size_t i = 0; i < version->image_count; i++) {
		if (version->images[i].is_current)
			return false;
		is_recorded |= version->images[i].is_recorded;
	}
	return is_recorded;
}

static void take_version(const struct listing *listing, const char *cmdline,
			 struct survey_version *version)
{
	const struct install_record *record = &version->record;
	struct survey_faults *faults = &version->faults;

	add_images(listing, false, version);
	if (!version->image_count)
		survey_fault_add(faults, record->version,
				 "its image is gone: run 'bzboot install %.60s'", record->version);
	else if (is_another(version))
		survey_fault_add(
			faults, record->version,
			"its image is not the last one that was made: run 'bzboot install %.60s'",
			record->version);
	add_images(listing, true, version);
	check_sources(listing->wishes, version);
	check_cmdline(cmdline, version);
	for (size_t i = 0; i < version->changed.count; i++)
		survey_fault_add(
			faults, record->version,
			"%.100s has changed since its image was made: run 'bzboot install %.60s'",
			version->changed.names[i], record->version);
}

/* --- all versions ----------------------------------------------------------------------- */

/*
 * A command line that is in no file is that of the running kernel, which may be of any
 * image.
 */
static int find_cmdline(const struct survey_wishes *wishes, char **ret)
{
	const char *from;

	if (sources_cmdline(wishes->place, wishes->cmdline, wishes->cmdline_file, ret, &from))
		return -1;
	if (!from || strcmp(from, SOURCES_RUNNING_CMDLINE))
		return 0;
	free(*ret);
	*ret = NULL;
	return 0;
}

static int take_versions(const struct listing *listing, struct survey *survey)
{
	const struct survey_wishes *wishes = listing->wishes;
	struct name_list versions;
	char *cmdline = NULL;
	int err = record_list(wishes->place, &versions);

	if (!err && versions.count)
		err = find_cmdline(wishes, &cmdline);
	for (size_t i = 0; i < versions.count; i++) {
		struct survey_version *version;
		struct install_record record;
		const int found = record_read(wishes->place, versions.names[i], &record);

		if (found <= 0) {
			err |= found;
			continue;
		}
		survey->versions = add_element(survey->versions, survey->version_count,
					       sizeof(*survey->versions));
		version = &survey->versions[survey->version_count++];
		version->record = record;
		version->is_running = install_is_running(wishes->place, record.version);
		take_version(listing, cmdline, version);
	}
	free(cmdline);
	name_list_free(&versions);
	return err;
}

static bool has_record(const struct survey *survey, const char *version)
{
	for (size_t i = 0; i < survey->version_count; i++)
		if (!strcmp(survey->versions[i].record.version, version))
			return true;
	return false;
}

static int take_kernels(const struct survey_wishes *wishes, struct survey *survey)
{
	struct name_list versions;
	const int err = sources_versions(wishes->place, &versions);

	for (size_t i = 0; i < versions.count; i++) {
		const char *version = versions.names[i];

		if (has_record(survey, version))
			continue;
		name_list_add(&survey->kernels, version);
		/* Otherwise, something else than bzboot installs this system's kernels. */
		if (survey->version_count)
			survey_fault_add(&survey->faults, version,
					 "has a kernel, but no image: run 'bzboot install %.60s'",
					 version);
	}
	name_list_free(&versions);
	return err;
}

/* --- files of no record ----------------------------------------------------------------- */

static bool has_token(const struct install_place *place, enum install_layout layout,
		      const char *name)
{
	const char *ending = install_menu(layout)->ending;
	const size_t length = strlen(name), token = strlen(place->token);

	return !strncmp(name, place->token, token) && name[token] == '-' &&
	       length > strlen(ending) && !strcmp(name + length - strlen(ending), ending);
}

static bool is_in_record(const struct install_place *place, const struct survey *survey,
			 enum install_layout layout, const char *name)
{
	struct install_name parsed;

	for (size_t i = 0; i < survey->version_count; i++) {
		const struct install_record *record = &survey->versions[i].record;

		if (record->layout == layout && is_name_of(place, record, name, &parsed))
			return true;
	}
	return false;
}

static void add_stranger(const struct install_place *place, char *path, struct survey *survey)
{
	struct survey_stranger *stranger;
	char *whole = install_esp_path(place, path);
	struct stat st;

	survey->strangers =
		add_element(survey->strangers, survey->stranger_count, sizeof(*stranger));
	stranger = &survey->strangers[survey->stranger_count++];
	stranger->path = path;
	stranger->size = stat(whole, &st) ? 0 : (uint64_t)st.st_size;
	free(whole);
}

static void take_strangers(const struct listing *listing, struct survey *survey)
{
	const struct install_place *place = listing->wishes->place;

	for (unsigned int layout = 0; layout < LAYOUT_NONE; layout++) {
		const struct name_list *names = &listing->names[layout];

		for (size_t i = 0; i < names->count; i++)
			if (has_token(place, layout, names->names[i]) &&
			    !is_in_record(place, survey, layout, names->names[i]))
				add_stranger(place,
					     text_make("%s/%s", install_menu(layout)->folder,
						       names->names[i]),
					     survey);
	}
}

/* --- space ------------------------------------------------------------------------------ */

static uint64_t largest_image(const struct survey *survey)
{
	uint64_t largest = 0;

	for (size_t i = 0; i < survey->version_count; i++)
		for (size_t j = 0; j < survey->versions[i].image_count; j++)
			if (survey->versions[i].images[j].size > largest)
				largest = survey->versions[i].images[j].size;
	return largest;
}

/* An image is no larger than the files it is made of; those of the newest kernel are. */
static uint64_t estimate(const struct survey_wishes *wishes, const struct survey *survey)
{
	const struct name_list *kernels = &survey->kernels;
	struct sources_wishes sources_wishes = { .no_initrd = wishes->no_initrd };
	struct sources sources = { 0 };
	uint64_t size = 0;

	if (!kernels->count)
		return 0;
	sources_wishes.version = kernels->names[kernels->count - 1];
	if (!sources_find(wishes->place, &sources_wishes, &sources))
		for (size_t i = 0; i < sources.count; i++)
			size += sources.files[i].size;
	sources_free(&sources);
	return size;
}

static int take_space(const struct survey_wishes *wishes, struct survey *survey)
{
	const char *esp = wishes->place->esp;
	uint64_t size = largest_image(survey);

	if (room_measure(wishes->place, &survey->space.room))
		return -1;
	survey->space.needed = (size ? size : estimate(wishes, survey)) + ROOM_MARGIN;
	survey->space.is_enough = survey->space.room.free >= survey->space.needed;
	if (!survey->space.is_enough)
		survey_fault_add(&survey->faults, esp,
				 "the next update needs %.1f MiB, and %.1f MiB are free: 'bzboot "
				 "remove VERSION' makes room",
				 (double)survey->space.needed / ROOM_MIB,
				 (double)survey->space.room.free / ROOM_MIB);
	return 0;
}

/* --- all of it -------------------------------------------------------------------------- */

int survey_take(const struct survey_wishes *wishes, struct survey *ret)
{
	struct listing listing = { .wishes = wishes };
	int err = 0;

	*ret = (struct survey){ 0 };
	for (unsigned int layout = 0; layout < LAYOUT_NONE; layout++)
		err |= list_menu(wishes->place, layout, &listing.names[layout]);
	err |= take_versions(&listing, ret);
	err |= take_kernels(wishes, ret);
	take_strangers(&listing, ret);
	err |= take_space(wishes, ret);
	for (unsigned int layout = 0; layout < LAYOUT_NONE; layout++)
		name_list_free(&listing.names[layout]);
	return err;
}

static void free_version(struct survey_version *version)
{
	record_free(&version->record);
	for (size_t i = 0; i < version->image_count; i++)
		survey_image_free(&version->images[i]);
	free(version->images);
	name_list_free(&version->changed);
	survey_faults_free(&version->faults);
}

void survey_free(struct survey *survey)
{
	for (size_t i = 0; i < survey->version_count; i++)
		free_version(&survey->versions[i]);
	free(survey->versions);
	for (size_t i = 0; i < survey->stranger_count; i++)
		free(survey->strangers[i].path);
	free(survey->strangers);
	name_list_free(&survey->kernels);
	survey_faults_free(&survey->faults);
	*survey = (struct survey){ 0 };
}
