/* SPDX-License-Identifier: BSD-2-Clause */
#include "contents.h"

#include <string.h>

#include <bzboot/bzimage.h>

#include "fileio.h"
#include "initrd.h"
#include "sbat.h"

static void move(struct blob *to, struct blob *from)
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
		move(&contents->cmdline, &input->cmdline);
	if (!(given & BZB_MANIFEST_INITRD_DECIDED))
		move(&contents->initrd, &input->initrd);
	contents->kept_cmdline = contents->cmdline.size;
	contents->kept_initrd = contents->initrd.size;
	if (contents->kept_cmdline <= BZB_CMDLINE_MAX)
		return 0;
	return explain(why, "its command line has %zu characters, more than %u: give a shorter one "
			    "with --cmdline", contents->kept_cmdline, BZB_CMDLINE_MAX);
}

int contents_keep_sbat(struct contents *contents, struct blob *sbat, struct why *why)
{
	if (!sbat->size)
		return 0;
	if (sbat_check(blob_span(sbat), why))
		return -1;
	move(&contents->sbat, sbat);
	return 0;
}

static int add_sbat(struct contents *contents, struct bzb_span file, struct why *why)
{
	if (sbat_check(file, why))
		return -1;
	sbat_merge(&contents->sbat, file);
	return 0;
}

static int add_initrd(struct contents *contents, struct bzb_span file, struct why *why)
{
	return initrd_append(&contents->initrd, file, why);
}

static int add_files(struct contents *contents, const struct names *files,
		     int (*add)(struct contents *contents, struct bzb_span file, struct why *why),
		     const char **ret_culprit, struct why *why)
{
	for (size_t i = 0; i < files->count; i++) {
		struct blob file;
		int err;

		*ret_culprit = files->names[i];
		if (file_read(files->names[i], &file, why))
			return -1;
		err = add(contents, blob_span(&file), why);
		blob_free(&file);
		if (err)
			return -1;
	}
	return 0;
}

int contents_add(struct contents *contents, const struct contents_options *options,
		 const char **ret_culprit, struct why *why)
{
	const char *cmdline = options->cmdline;

	if (cmdline)
		contents->cmdline = blob_copy((struct bzb_span){ (const unsigned char *)cmdline,
								 strlen(cmdline) });
	if (add_files(contents, &options->sbats, add_sbat, ret_culprit, why) ||
	    add_files(contents, &options->initrds, add_initrd, ret_culprit, why))
		return -1;
	if (options->initrds.count)
		initrd_align(&contents->initrd);
	return 0;
}

void contents_free(struct contents *contents)
{
	blob_free(&contents->sbat);
	blob_free(&contents->cmdline);
	blob_free(&contents->initrd);
}
