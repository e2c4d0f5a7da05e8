/* SPDX-License-Identifier: BSD-2-Clause */
#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <bzboot/pe.h>
#include <bzboot/probe.h>

#include "input/identify.h"
#include "input/input.h"
#include "input/pe_section.h"
#include "io/fileio.h"
#include "io/lap.h"
#include "kernel/relocs_find.h"
#include "payload/payload_decompress.h"
#include "payload/payload_find.h"
#include "payload/scan.h"
#include "command.h"
#include "command_line.h"

struct options {
	const char *image, *output;
	const char *section; /* NULL: the kernel */
	size_t max_size;
	bool raw, no_relocs;
};

/* returns: false if @text is not a number of bytes from 1 to DECOMPRESSED_MAX */
static bool parse_size(const char *text, size_t *ret)
{
	static const char units[] = "KMG";
	unsigned long long size;
	const char *unit;
	char *end;

	errno = 0;
	size = strtoull(text, &end, 10);
	if (errno || *text < '0' || *text > '9' || size > DECOMPRESSED_MAX)
		return false;
	if (*end) {
		unit = strchr(units, *end);
		if (!unit || end[1])
			return false;
		size <<= 10 * (unit - units + 1);
	}
	if (!size || size > DECOMPRESSED_MAX)
		return false;
	*ret = (size_t)size;
	return true;
}

static int take_max_size(const char *command, const char *argument, void *to)
{
	if (!parse_size(argument, to))
		return diag_usage(command, "--max-size '%s' is not from 1 to 1G", argument);
	return 0;
}

/* Bits of struct command_option.excludes */
enum { EXCLUDES_PART = 1 };

static const struct command_option option_rows[] = {
	{ "output", 'o', "FILE", GROUP_OUTPUT, "the file to write", .value = &value_file,
	  OPTION_TEXT(struct options, output) },
	{ "raw", 0, NULL, GROUP_CONTENTS, "write the compressed stream as it is in the image",
	  .excludes = EXCLUDES_PART, OPTION_FLAG(struct options, raw) },
	{ "section", 0, "NAME", GROUP_CONTENTS,
	  "write a section of a PE image instead of the kernel", .value = &value_section_name,
	  .excludes = EXCLUDES_PART, OPTION_TEXT(struct options, section) },
	{ "no-relocs", 0, NULL, GROUP_CONTENTS,
	  "leave out relocations, which gdb and nm do not read", .excludes = EXCLUDES_PART,
	  OPTION_FLAG(struct options, no_relocs) },
	{ "max-size", 0, "N", GROUP_CONTENTS, "the largest kernel, in bytes or K, M, G",
	  .initial = "1G", .take = take_max_size, .offset = offsetof(struct options, max_size) },
};

static const char *const examples[] = {
	"bzboot extract /boot/vmlinuz -o vmlinux",
	"bzboot extract kernel.efi --section .linux -o - | bzboot info -",
	NULL,
};

const struct command_line line_extract = {
	.name = "extract",
	.usage = "IMAGE -o FILE [OPTION]...",
	.text = "Writes the kernel inside an image: the ELF of a bzImage or of an image made by "
		"bzboot, the contents of a zboot image, or the section .linux of a unified kernel "
		"image. A compressed kernel (vmlinux.gz) is decompressed.",
	.operand = "image",
	.operand_value = &value_kernel,
	COMMAND_OPTIONS(option_rows),
	.examples = examples,
};

/* returns: 0, or an exit status */
static int check_options(const struct options *options)
{
	if (!options->output)
		return diag_usage("extract", "missing option: -o FILE");
	return 0;
}

static int find_section(struct bzb_span image, const char *name, struct bzb_span *ret,
			struct why *why)
{
	struct bzb_pe_section section;
	struct bzb_pe pe;
	int err;

	if (bzb_pe_parse(image, &pe))
		return explain_identity(why, image, "a PE image");
	if (strlen(name) > 8 || bzb_pe_find_section(&pe, name, &section))
		return explain(why, "PE: there is no section %s", name);
	err = pe_section_bytes(image, &section, ret);
	return err ? explain(why, "PE: section %s: %s", name, bzb_strerror(err)) : 0;
}

static bool has_linux_section(struct bzb_span image)
{
	struct bzb_pe_section section;
	struct bzb_pe pe;

	return !bzb_pe_parse(image, &pe) && !bzb_pe_find_section(&pe, ".linux", &section);
}

/* The bytes to write: the input's, or new ones. */
struct result {
	struct bzb_span bytes;
	struct blob own; /* empty if @bytes are the input's */
};

static void set_own(struct result *result, struct blob bytes)
{
	*result = (struct result){ blob_span(&bytes), bytes };
}

struct job {
	const struct options *options;
	struct input input;
};

static int unpack(const struct job *job, const struct bzb_payload *payload, struct result *ret,
		  struct why *why)
{
	struct blob kernel;

	if (job->options->raw) {
		ret->bytes = payload->stream;
		return 0;
	}
	if (payload->size > job->options->max_size)
		return explain(why, "payload: %u bytes when decompressed, more than --max-size %zu",
			       payload->size, job->options->max_size);
	if (decompress_mapped(&job->input.bytes, payload, &kernel, why))
		return -1;
	set_own(ret, kernel);
	return 0;
}

/*
 * For a file whose headers do not give the offset of the kernel: searches for magic numbers, and
 * prints which stream it uses.
 *
 * returns: the result of scan_find(); @why is untouched if there is no kernel
 */
static int scan(const struct job *job, struct bzb_span image, struct result *ret, struct why *why)
{
	struct scan_hit hit;
	struct why note;
	int err;

	input_keep(&job->input, image);
	err = scan_find(image, job->options->max_size, &hit);
	if (err == -BZB_ERR_TOOLARGE)
		explain(why, "no kernel found: the file has too many magic numbers of "
			     "compressed streams");
	if (err)
		return err;
	explain(&note,
		"no header has the offset of the kernel: using the %s stream at offset 0x%zx",
		bzb_codec_name(hit.codec), (size_t)(hit.stream.data - image.data));
	diag_note(job->options->image, &note);
	if (job->options->raw) {
		ret->bytes = hit.stream;
		blob_free(&hit.kernel);
	} else {
		set_own(ret, hit.kernel);
	}
	return 0;
}

/* @wrapped: @image was compressed as a whole, so that a plain kernel is also a result */
static int find_kernel(const struct job *job, struct bzb_span image, bool wrapped,
		       struct result *ret, struct why *why)
{
	unsigned int kinds = bzb_probe(image);
	struct bzb_payload payload;
	int err = -BZB_ERR_NOTFOUND;
	struct why inside;

	if (kinds & (BZB_IS_BZIMAGE | BZB_IS_ZBOOT)) {
		if (!payload_find(image, kinds, &payload, why))
			return unpack(job, &payload, ret, why);
		/* Before boot protocol 2.08 a bzImage has no payload_offset. */
		return kinds & BZB_IS_ZBOOT ? -1 : scan(job, image, ret, why);
	}
	if (!wrapped && has_linux_section(image)) {
		if (find_section(image, ".linux", &image, why))
			return -1;
		input_keep_headers(&job->input, image);
		if (!find_kernel(job, image, true, ret, &inside))
			return 0;
		return explain(why, "section .linux: %.230s", inside.text);
	}
	if (wrapped && kinds & (BZB_IS_PE | BZB_IS_ELF) && !job->options->raw) {
		ret->bytes = image;
		return 0;
	}
	if (!(kinds & BZB_IS_ELF))
		err = scan(job, image, ret, why);
	return err == -BZB_ERR_NOTFOUND ?
		       explain_identity(why, image, "an image with a kernel in it") :
		       err;
}

/* The tables of a payload: other ELFs have none of these. */
static void hide_relocs(struct result *result)
{
	if (!result->own.size)
		set_own(result, blob_copy(result->bytes));
	relocs_hide(&result->own);
}

static int extract_to(const struct job *job)
{
	const struct options *options = job->options;
	const struct bzb_span image = blob_span(&job->input.bytes);
	const bool wrapped = job->input.compression && !has_linux_section(image);
	struct result result = { 0 };
	struct why why;
	int err;

	err = options->section ? find_section(image, options->section, &result.bytes, &why) :
				 find_kernel(job, image, wrapped, &result, &why);
	lap(options->section ? "find the section" : "find the kernel");
	if (err) {
		diag(options->image, &why);
	} else {
		if (options->no_relocs)
			hide_relocs(&result);
		err = file_write(options->output, result.bytes, &why);
		lap("write the file");
		if (err)
			diag(options->output, &why);
	}
	blob_free(&result.own);
	return err ? EXIT_FAILURE : EXIT_SUCCESS;
}

/* Input that was decompressed as a whole no longer has its compressed stream. */
static int read_image(const struct options *options, struct input *ret, struct why *why)
{
	if (!options->raw)
		return input_map(options->image, options->max_size, ret, why);
	*ret = (struct input){ 0 };
	return file_read(options->image, &ret->bytes, why);
}

static int extract(const struct options *options)
{
	struct job job = { .options = options };
	struct why why;
	int status;

	if (file_check_target(options->output, &why)) {
		diag(options->output, &why);
		return EXIT_FAILURE;
	}
	if (read_image(options, &job.input, &why)) {
		diag(options->image, &why);
		return EXIT_FAILURE;
	}
	lap("read the image");
	status = extract_to(&job);
	input_free(&job.input);
	return status;
}

int cmd_extract(int argc, char **argv)
{
	struct options options = { 0 };
	int status = command_line_parse(&line_extract, argc, argv, &options, &options.image);

	if (options.image)
		status = check_options(&options);
	return options.image && !status ? extract(&options) : status;
}
