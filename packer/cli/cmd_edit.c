/* SPDX-License-Identifier: BSD-2-Clause */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <bzboot/uki.h>

#include "image/cmdline_doubts.h"
#include "image/edit.h"
#include "io/fileio.h"
#include "io/lap.h"
#include "sign/pe_image.h"
#include "sign/sign.h"
#include "command.h"
#include "command_line.h"
#include "settings.h"
#include "sign_options.h"

struct options {
	const char *image, *output;
	struct edit_options edit;
	struct sign_options sign;
	struct settings_source source;
};

/* Bits of struct command_option.excludes */
enum { EXCLUDES_CMDLINE = 1 };

static int take_profile(const char *command, const char *argument, void *to)
{
	long number;

	if (!parse_number(argument, 0, BZB_UKI_PROFILES_MAX - 1, &number))
		return diag_usage(command, "--profile '%s' is not from 0 to %u", argument,
				  BZB_UKI_PROFILES_MAX - 1);
	*(int *)to = (int)number;
	return 0;
}

static int take_cmdline(const char *command, const char *argument, void *to)
{
	struct contents_options *contents = to;

	(void)command;
	contents_options_set_cmdline(contents, argument);
	contents->decided |= BZB_MANIFEST_CMDLINE_DECIDED;
	return 0;
}

static int take_initrd(const char *command, const char *argument, void *to)
{
	struct contents_options *contents = to;

	contents->decided |= BZB_MANIFEST_INITRD_DECIDED;
	return option_names(command, argument, &contents->initrds);
}

static const struct command_option option_rows[] = {
	{ "output", 'o', "OUT", GROUP_OUTPUT, "the file to write", .value = &value_image,
	  .otherwise = "IMAGE", OPTION_TEXT(struct options, output) },

	{ "cmdline", 0, "TEXT", GROUP_CONTENTS,
	  "the kernel's command line; @FILE reads it from FILE", .value = &value_text,
	  .excludes = EXCLUDES_CMDLINE, .may_be_empty = true, .take = take_cmdline,
	  .offset = offsetof(struct options, edit.contents) },
	{ "append", 0, "TEXT", GROUP_CONTENTS, "words after the command line",
	  .excludes = EXCLUDES_CMDLINE, OPTION_TEXT(struct options, edit.append) },
	{ "initrd", 0, "FILE", GROUP_CONTENTS, "the initrd; files are joined",
	  .value = &value_initrd, .repeats = true, .take = take_initrd,
	  .offset = offsetof(struct options, edit.contents) },
	{ "microcode", 0, "FILE", GROUP_CONTENTS, "microcode, before the initrd; files are joined",
	  .value = &value_microcode, OPTION_NAMES(struct options, edit.contents.microcodes) },
	{ "sbat", 0, "FILE", GROUP_CONTENTS, "add SBAT, which shim requires", .value = &value_sbat,
	  OPTION_NAMES(struct options, edit.contents.sbats) },

	{ "os-release", 0, "TEXT", GROUP_UKI,
	  "os-release(5); @FILE reads it, like @/etc/os-release", .value = &value_text,
	  OPTION_TEXT(struct options, edit.contents.uki.os_release) },
	{ "title", 0, "TEXT", GROUP_UKI, "the title in boot menus",
	  OPTION_TEXT(struct options, edit.contents.uki.title) },
	{ "uname", 0, "TEXT", GROUP_UKI, "the kernel's release; @FILE reads it",
	  .value = &value_text, OPTION_TEXT(struct options, edit.contents.uki.uname) },
	{ "devicetree", 0, "FILE", GROUP_UKI, "a device tree (DTB); not for x86-64",
	  .value = &value_device_tree, OPTION_TEXT(struct options, edit.contents.uki.device_tree) },
	{ "splash", 0, "FILE", GROUP_UKI, "a picture (BMP)", .value = &value_splash,
	  OPTION_TEXT(struct options, edit.contents.uki.splash) },
	{ "pcrpkey", 0, "FILE", GROUP_UKI, "the public key of PCR signatures (PEM)",
	  .value = &value_pem, OPTION_TEXT(struct options, edit.contents.uki.pcrpkey) },
	{ "pcrsig", 0, "TEXT", GROUP_UKI, "PCR signatures (JSON); @FILE reads them",
	  .value = &value_text, OPTION_TEXT(struct options, edit.contents.uki.pcrsig) },
	{ "section", 0, "SECTION", GROUP_UKI, "another section: NAME:TEXT or NAME:@FILE",
	  .value = &value_section, OPTION_NAMES(struct options, edit.contents.uki.sections) },
	{ "remove", 0, "SECTION", GROUP_UKI, "remove the section of this name",
	  .value = &value_section_name, OPTION_NAMES(struct options, edit.removals) },
	{ "profile", 0, "N", GROUP_UKI, "edit profile N, from 0", .otherwise = "the base",
	  .take = take_profile, .offset = offsetof(struct options, edit.profile) },

	{ "join-profile", 0, "FILE", GROUP_UKI, "add the profile in a PE image",
	  .value = &value_image, OPTION_NAMES(struct options, edit.contents.uki.joined) },

	SIGN_OPTIONS(struct options, sign),
	SIGNING_SETTINGS_OPTIONS(struct options, source),
};

static const char *const examples[] = {
	"bzboot edit linux.efi --append \"systemd.debug_shell\" --key db.key --cert db.pem",
	"bzboot edit linux.efi -o other.efi --initrd initrd.img --remove .splash",
	NULL,
};

const struct command_line line_edit = {
	.name = "edit",
	.usage = "IMAGE [-o OUT] [OPTION]...",
	.text = "Replaces, adds or removes sections of a unified kernel image of any program, of "
		"an addon, or of an image of bzboot. The kernel and all other sections stay as "
		"they are.\n\n"
		"Signatures of an image that changes are dropped. With --key and --cert, bzboot "
		"signs the new image.",
	.operand = "image",
	.operand_value = &value_image,
	COMMAND_OPTIONS(option_rows),
	.examples = examples,
};

/* Everything that has to be freed. */
struct job {
	const struct options *options;
	struct signer *signer; /* NULL: not to be signed */
	struct blob file;      /* as read */
	struct blob bare;      /* without signatures; empty: the file is so already */
	bool was_signed;
	struct edited edited;
};

static int open_signer(struct job *job)
{
	const char *culprit;
	struct why why;

	if (job->options->sign.key &&
	    signer_open(&job->options->sign, &job->signer, &culprit, &why))
		return diag_fail(culprit, &why);
	return 0;
}

static int read_image(struct job *job)
{
	const char *path = job->options->image;
	struct bzb_authenticode image;
	struct why why;

	if (file_read(path, &job->file, &why) ||
	    pe_image_parse(blob_span(&job->file), &image, &why))
		return diag_fail(path, &why);
	lap("read the image");
	if (!image.table.size && !image.stale)
		return 0;
	job->was_signed = image.table.size;
	job->bare = blob_copy(blob_span(&job->file));
	return pe_image_remove_certificates(&job->bare, &why) ? diag_fail(path, &why) : 0;
}

static int edit(struct job *job)
{
	const struct options *options = job->options;
	const struct blob *from = job->bare.size ? &job->bare : &job->file;
	const char *culprit;
	struct why why;

	if (edit_image(blob_span(from), &options->edit, &job->edited, &culprit, &why))
		return diag_fail(culprit ? culprit : options->image, &why);
	if (job->edited.changed)
		pe_image_update_checksum(&job->edited.image);
	lap("edit the sections");
	return 0;
}

/* An image that does not change keeps its signatures. */
static struct blob *result(struct job *job)
{
	return job->edited.changed ? &job->edited.image : &job->file;
}

static int sign_image(struct job *job)
{
	struct why why;

	if (!job->signer)
		return 0;
	if (sign_bytes(result(job), job->signer, &why))
		return diag_fail(job->options->image, &why);
	lap("sign the image");
	return 0;
}

static int write_image(struct job *job)
{
	struct why why;

	if (file_write(job->options->output, blob_span(result(job)), &why))
		return diag_fail(job->options->output, &why);
	lap("write the image");
	return 0;
}

static void warn(const struct job *job, const char *text)
{
	struct why why;

	explain(&why, "warning: %s", text);
	diag_note(job->options->output, &why);
}

/* Warns of signatures that the new image does not have. */
static int print_warnings(struct job *job)
{
	const struct edited *edited = &job->edited;
	struct why why;

	cmdline_doubts(&(struct cmdline){ blob_span(&edited->cmdline), edited->has_initrd,
					  edited->cmdline_size },
		       job->options->output);
	if (edited->changed && job->was_signed && !job->signer)
		warn(job,
		     "its signatures are left out, because they are not valid for the new image: "
		     "sign again with 'bzboot sign IMAGE --key KEY --cert CERT'");
	if (edited->pcrsig_dropped)
		warn(job, "its PCR signatures are left out, because they are not valid for the new "
			  "sections: give --pcrsig");
	if (job->signer && signer_doubt(job->signer, &why))
		diag_note(job->options->sign.cert, &why);
	return 0;
}

static int (*const steps[])(struct job *job) = {
	open_signer, read_image, edit, sign_image, write_image, print_warnings,
};

static int run(const struct options *options)
{
	struct job job = { .options = options };
	int err = 0;

	for (size_t i = 0; i < BZB_ARRAY_SIZE(steps) && !err; i++)
		err = steps[i](&job);
	signer_close(job.signer);
	blob_free(&job.file);
	blob_free(&job.bare);
	edited_free(&job.edited);
	return err ? EXIT_FAILURE : EXIT_SUCCESS;
}

/* returns: 0, or an exit status */
static int check_options(struct options *options)
{
	int status = sign_options_check("edit", &options->sign);

	if (status)
		return status;
	if (!options->output)
		options->output = options->image;
	return sign_options_finish(&options->sign);
}

int cmd_edit(int argc, char **argv)
{
	struct options options = { .edit.profile = PROFILE_BASE };
	struct settings settings = { 0 };
	bool given[COMMAND_ROWS_MAX];
	int status =
		command_line_parse_given(&line_edit, argc, argv, &options, given, &options.image);

	if (options.image)
		status = settings_apply_signing(&options.source, &line_edit, given, &options,
						&settings);
	if (options.image && !status)
		status = check_options(&options);
	if (options.image && !status)
		status = run(&options);
	contents_options_free(&options.edit.contents);
	names_free(&options.edit.removals);
	sign_options_free(&options.sign);
	settings_free(&settings);
	return status;
}
