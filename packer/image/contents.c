/* SPDX-License-Identifier: BSD-2-Clause */
#include "contents.h"

#include <stdlib.h>
#include <string.h>

#include <bzboot/bzimage.h>

#include "input/initrd.h"
#include "input/sbat.h"
#include "io/fileio.h"

void contents_options_set_cmdline(struct contents_options *options, const char *argument)
{
	if (*argument == '@')
		options->cmdline_file = argument + 1;
	else
		options->cmdline = argument;
}

void contents_options_free(struct contents_options *options)
{
	names_free(&options->initrds);
	names_free(&options->sbats);
	names_free(&options->microcodes);
	names_free(&options->uki.sections);
	names_free(&options->uki.joined);
}

static void move_blob(struct blob *to, struct blob *from)
{
	*to = *from;
	*from = (struct blob){ 0 };
}

int contents_keep(struct contents *contents, const struct contents_options *options,
		  struct embedded *input, struct why *why)
{
	const uint8_t given = options->decided | options->defaults;

	contents->decided = options->decided | (uint8_t)(input->decided & ~given);
	if (!(given & BZB_MANIFEST_CMDLINE_DECIDED))
		move_blob(&contents->cmdline, &input->cmdline);
	if (!(given & BZB_MANIFEST_INITRD_DECIDED))
		move_blob(&contents->initrd, &input->initrd);
	if (!(given & BZB_MANIFEST_INITRD_DECIDED) && !options->microcodes.count)
		move_blob(&contents->microcode, &input->microcode);
	contents->kept = input->sections;
	contents->kept_count = input->section_count;
	input->sections = NULL;
	input->section_count = 0;
	contents->kept_cmdline = contents->cmdline.size;
	contents->kept_initrd = contents->initrd.size;
	if (contents->microcode.size)
		contents->kept_initrd += bzb_align_up(contents->microcode.size, 4);
	if (contents->kept_cmdline <= BZB_CMDLINE_MAX)
		return 0;
	return explain(why,
		       "its command line has %zu characters, more than %u: give a shorter one "
		       "with --cmdline",
		       contents->kept_cmdline, BZB_CMDLINE_MAX);
}

int contents_keep_sbat(struct contents *contents, struct blob *sbat, struct why *why)
{
	if (!sbat->size)
		return 0;
	if (sbat_check(blob_span(sbat), why))
		return -1;
	move_blob(&contents->sbat, sbat);
	return 0;
}

static int add_cmdline(struct contents *contents, struct blob *file, struct why *why)
{
	const unsigned char *nul = memchr(file->data, '\0', file->size);

	if (nul)
		return explain(why, "not a text: it has a NUL character at offset %zu",
			       (size_t)(nul - file->data));
	contents->cmdline = embedded_cmdline(blob_span(file));
	return contents->cmdline.size > BZB_CMDLINE_MAX ?
		       explain(why, "the command line has %zu characters, more than %u",
			       contents->cmdline.size, BZB_CMDLINE_MAX) :
		       0;
}

static int add_sbat(struct contents *contents, struct blob *file, struct why *why)
{
	if (sbat_check(blob_span(file), why))
		return -1;
	sbat_merge(&contents->sbat, blob_span(file));
	return 0;
}

/* The kernel looks for it in an archive that is not compressed: cpio(5), "newc". */
static int add_microcode(struct contents *contents, struct blob *file, struct why *why)
{
	if (file->size < 6 || memcmp(file->data, "070701", 6))
		return explain(why, "not microcode for the kernel, which is an uncompressed cpio "
				    "archive");
	return initrd_append(&contents->microcode, blob_span(file), why);
}

static int add_initrd(struct contents *contents, struct blob *file, struct why *why)
{
	return initrd_take(&contents->initrd, file, why);
}

/* May take the file. */
typedef int add_function(struct contents *contents, struct blob *file, struct why *why);

static int add_file(struct contents *contents, const char *path, add_function *add,
		    const char **ret_culprit, struct why *why)
{
	struct blob file;
	int err;

	*ret_culprit = path;
	if (file_read(path, &file, why))
		return -1;
	err = add(contents, &file, why);
	blob_free(&file);
	return err;
}

static int add_files(struct contents *contents, const struct names *files, add_function *add,
		     const char **ret_culprit, struct why *why)
{
	int err = 0;

	for (size_t i = 0; i < files->count && !err; i++)
		err = add_file(contents, files->names[i], add, ret_culprit, why);
	return err;
}

/* ukify has texts and "@FILE", earlier versions of bzboot names of files. */
static int add_sbats(struct contents *contents, const struct names *sbats, const char **ret_culprit,
		     struct why *why)
{
	int err = 0;

	for (size_t i = 0; i < sbats->count && !err; i++) {
		const char *sbat = sbats->names[i];
		struct blob text = { 0 };

		if (strncmp(sbat, "sbat,", 5)) {
			err = add_file(contents, sbat + (*sbat == '@'), add_sbat, ret_culprit, why);
			continue;
		}
		*ret_culprit = "--sbat";
		text = blob_copy((struct bzb_span){ (const unsigned char *)sbat, strlen(sbat) });
		err = add_sbat(contents, &text, why);
		blob_free(&text);
	}
	return err;
}

static int add_initrds(struct contents *contents, const struct contents_options *options,
		       const char **ret_culprit, struct why *why)
{
	struct blob kept = { 0 };
	int err;

	if (add_files(contents, &options->microcodes, add_microcode, ret_culprit, why) ||
	    add_files(contents, &options->initrds, add_initrd, ret_culprit, why))
		return -1;
	if (options->initrds.count && !options->exact_initrd)
		initrd_align(&contents->initrd);
	if (contents->is_uki || !contents->microcode.size)
		return 0;
	move_blob(&kept, &contents->initrd);
	move_blob(&contents->initrd, &contents->microcode);
	err = initrd_append(&contents->initrd, blob_span(&kept), why);
	blob_free(&kept);
	return err;
}

static int add_uki(struct contents *contents, const struct contents_options *options,
		   const char *version, const char **ret_culprit, struct why *why)
{
	struct blob sbat;

	contents->is_uki = options->is_uki;
	if (!contents->is_uki)
		return 0;
	if (uki_make(&options->uki, version, &contents->uki, ret_culprit, why))
		return -1;
	if (!version)
		return 0;
	for (size_t i = 0; i < contents->kept_count; i++)
		uki_keep(&contents->uki, &options->uki, contents->kept[i].name,
			 &contents->kept[i].bytes);
	if (!contents->uki.os_release.size) {
		*ret_culprit = "--uki";
		return explain(why, "needs --os-release, such as @/etc/os-release");
	}
	sbat = blob_copy(uki_sbat());
	sbat_merge(&sbat, blob_span(&contents->sbat));
	blob_free(&contents->sbat);
	contents->sbat = sbat;
	return 0;
}

int contents_add(struct contents *contents, const struct contents_options *options,
		 const char *version, const char **ret_culprit, struct why *why)
{
	const char *cmdline = options->cmdline;

	if (cmdline)
		contents->cmdline = blob_copy((struct bzb_span){ (const unsigned char *)cmdline,
								 strlen(cmdline) });
	if (options->cmdline_file &&
	    add_file(contents, options->cmdline_file, add_cmdline, ret_culprit, why))
		return -1;
	if (add_uki(contents, options, version, ret_culprit, why) ||
	    add_sbats(contents, &options->sbats, ret_culprit, why))
		return -1;
	if (contents->sbat.size > SBAT_SIZE_MAX) {
		*ret_culprit = "SBAT";
		return explain(why, "has %zu bytes, more than %u", contents->sbat.size,
			       SBAT_SIZE_MAX);
	}
	return add_initrds(contents, options, ret_culprit, why);
}

void contents_free(struct contents *contents)
{
	blob_free(&contents->sbat);
	blob_free(&contents->cmdline);
	blob_free(&contents->initrd);
	blob_free(&contents->microcode);
	uki_free(&contents->uki);
	for (size_t i = 0; i < contents->kept_count; i++)
		blob_free(&contents->kept[i].bytes);
	free(contents->kept);
}
