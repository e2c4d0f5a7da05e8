/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The chapters of the report of info_tree(): a file for each format. A chapter adds its member to
 * the tree, or the reason why it is missing to the errors.
 */
#ifndef PACKER_INFO_CHAPTERS_H
#define PACKER_INFO_CHAPTERS_H

#include <stdbool.h>

#include <jansson.h>

#include <bzboot/elf.h>

#include "io/blob.h"
#include "io/diag.h"

struct info {
	const struct blob *bytes; /* of @file, for file_keep() */
	struct bzb_span file;
	unsigned int kinds;
	bool headers; /* see info_tree() */
	json_t *tree, *errors, *skipped;
	bool faulty; /* info_fault() has reported it */
};

/**
 * info_keep() - make private all that is read more than once (fileio.h)
 * @info: its file and its kinds are set
 */
void info_keep(const struct info *info);

/**
 * info_error() - report an error in the file
 * @info: gets it
 * @why: the error
 */
void info_error(struct info *info, const struct why *why);

/**
 * info_fault() - report that a parser failed
 * @info: gets the fault of the file, once, even if several parsers fail
 */
void info_fault(struct info *info);

/**
 * info_skip() - note what is missing because only headers are read
 * @info: gets it
 * @member: its name, with dots
 */
void info_skip(struct info *info, const char *member);

/**
 * info_kinds() - the names of kinds of files
 * @kinds: of bzb_probe()
 *
 * returns: an array
 */
json_t *info_kinds(unsigned int kinds);

/**
 * info_add_elf() - the chapter of an ELF, which is the file or inside
 * @info: gets it
 * @elf: parsed
 */
void info_add_elf(struct info *info, const struct bzb_elf *elf);

/* The other chapters, for the table in info.c. */
void info_add_pe(struct info *info);
void info_add_sbat(struct info *info);
void info_add_profiles(struct info *info);
void info_add_bzimage(struct info *info);
void info_add_zboot(struct info *info);
void info_add_manifest(struct info *info);
void info_add_payload(struct info *info);
void info_add_file_elf(struct info *info);

#endif
