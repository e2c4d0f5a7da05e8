/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A survey of the installed kernels: the records, the files on the EFI system partition that they
 * name, and the room for the next update.
 *
 *	if (!survey_take(&wishes, &survey))
 *		... survey.versions, survey.space
 *	survey_free(&survey);
 */
#ifndef PACKER_SURVEY_H
#define PACKER_SURVEY_H

#include "room.h"
#include "survey_image.h"

struct survey_version {
	bool is_running;
	struct install_record record;
	struct survey_image *images; /* those that are not previous ones first */
	size_t image_count;
	struct name_list changed; /* since the image was made: sources, "command line" */
	struct survey_faults faults;
};

/* A file that has our token, and is in no record */
struct survey_stranger {
	char *path; /* relative to the ESP */
	uint64_t size;
};

struct survey {
	struct survey_version *versions;
	size_t version_count;
	struct survey_stranger *strangers;
	size_t stranger_count;
	struct name_list kernels; /* versions that have a kernel, but no record */
	struct {
		struct room room;
		uint64_t needed; /* bytes, for the largest image, once more */
		bool is_enough;
	} space;
	struct survey_faults faults; /* of no version in particular */
};

struct survey_wishes {
	const struct install_place *place;
	const struct firmware *firmware;
	const char *cmdline, *cmdline_file; /* configured, as sources_cmdline() has them */
	bool no_initrd;
};

/**
 * survey_take() - find out
 * @wishes: all of them
 * @ret: for survey_free(), also on error
 *
 * returns: 0, or -1 after a message: it is not complete
 */
int survey_take(const struct survey_wishes *wishes, struct survey *ret);

/**
 * survey_free() - free all of it
 * @survey: may be all zeros
 */
void survey_free(struct survey *survey);

#endif
