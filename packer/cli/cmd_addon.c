/* SPDX-License-Identifier: BSD-2-Clause */
#include <stdlib.h>
#include <string.h>

#include "image/addon.h"
#include "input/identify.h"
#include "input/sbat.h"
#include "io/fileio.h"
#include "io/lap.h"
#include "sign/sign.h"
#include "command.h"
#include "command_line.h"
#include "settings.h"
#include "sign_options.h"

struct options {
	const char *output;
	enum bzb_machine machine;
	struct contents_options contents;
	struct sign_options sign;
	struct settings_source source;
};

static int take_cmdline(const char *command, const char *argument, void *to)
{
	(void)command;
	contents_options_set_cmdline(to, argument);
	return 0;
}

static const char *machine_word(size_t index)
{
	return index < BZB_MACHINE_COUNT ? machine_efi_name((enum bzb_machine)index) : NULL;
}

static const struct option_value value_machine = { .word = machine_word };

static int take_machine(const char *command, const char *argument, void *to)
{
	return machine_of_efi_name(argument, to) ?
		       diag_usage(command,
				  "--efi-arch '%s' is not x64, aa64, riscv64 or loongarch64",
				  argument) :
		       0;
}

static const struct command_option option_rows[] = {
	{ "output", 'o', "ADDON", GROUP_OUTPUT, "the file to write, such as NAME.addon.efi",
	  .value = &value_image, OPTION_TEXT(struct options, output) },

	{ "cmdline", 0, "TEXT", GROUP_CONTENTS,
	  "words for the kernel's command line; @FILE reads them", .value = &value_text,
	  .take = take_cmdline, .offset = offsetof(struct options, contents) },
	{ "initrd", 0, "FILE", GROUP_CONTENTS, "an initrd; files are joined",
	  .value = &value_initrd, OPTION_NAMES(struct options, contents.initrds) },
	{ "microcode", 0, "FILE", GROUP_CONTENTS, "microcode; files are joined",
	  .value = &value_microcode, OPTION_NAMES(struct options, contents.microcodes) },
	{ "devicetree", 0, "FILE", GROUP_CONTENTS, "a device tree (DTB); not for x64",
	  .value = &value_device_tree, OPTION_TEXT(struct options, contents.uki.device_tree) },
	{ "sbat", 0, "FILE", GROUP_CONTENTS, "add SBAT, which shim requires", .value = &value_sbat,
	  OPTION_NAMES(struct options, contents.sbats) },

	{ "efi-arch", 0, "ARCH", GROUP_UKI, "the machine of the images", .value = &value_machine,
	  .initial = "x64", .take = take_machine, .offset = offsetof(struct options, machine) },
	{ "uname", 0, "TEXT", GROUP_UKI, "only for the kernel of this release; @FILE reads it",
	  .value = &value_text, OPTION_TEXT(struct options, contents.uki.uname) },
	{ "profile", 0, "TEXT", GROUP_UKI, "make a profile to join: ID=, TITLE=; @FILE reads it",
	  .value = &value_text, OPTION_TEXT(struct options, contents.uki.profile) },
	{ "os-release", 0, "TEXT", GROUP_UKI, "os-release(5), of a profile; @FILE reads it",
	  .value = &value_text, OPTION_TEXT(struct options, contents.uki.os_release) },
	{ "splash", 0, "FILE", GROUP_UKI, "a picture (BMP), of a profile", .value = &value_splash,
	  OPTION_TEXT(struct options, contents.uki.splash) },
	{ "section", 0, "SECTION", GROUP_UKI, "one more section: NAME:TEXT or NAME:@FILE",
	  .value = &value_section, OPTION_NAMES(struct options, contents.uki.sections) },

	SIGN_OPTIONS(struct options, sign),
	SIGNING_SETTINGS_OPTIONS(struct options, source),
};

static const char *const examples[] = {
	"bzboot addon -o debug.addon.efi --cmdline debug --key db.key --cert db.pem",
	"bzboot addon -o rescue.efi --profile \"TITLE=Rescue\" --cmdline single",
	NULL,
};

const struct command_line line_addon = {
	.name = "addon",
	.usage = "-o ADDON [OPTION]...",
	.text = "Makes an addon: a file that adds to the command line or to the initrd of unified "
		"kernel images, or replaces their device tree, and that is signed by itself. The "
		"images need not be changed.\n\n"
		"With --profile, it makes a file that 'bzboot pack --join-profile' adds to an "
		"image.",
	COMMAND_OPTIONS(option_rows),
	.examples = examples,
};

/* returns: 0, or an exit status */
static int check_options(const struct options *options)
{
	const struct contents_options *contents = &options->contents;
	const char *cmdline = contents->cmdline;

	if (!options->output)
		return diag_usage("addon", "missing option: -o ADDON");
	if (!contents->uki.profile && (contents->uki.os_release || contents->uki.splash))
		return diag_usage("addon", "--os-release and --splash need --profile");
	if (contents->uki.device_tree && options->machine == BZB_MACHINE_X86_64)
		return diag_usage("addon", "--devicetree needs --efi-arch aa64, riscv64 or "
					   "loongarch64: kernels for x64 take no device tree");
	if (!contents->uki.profile && !cmdline && !contents->cmdline_file &&
	    !contents->initrds.count && !contents->microcodes.count && !contents->uki.device_tree)
		return diag_usage("addon", "missing option: --cmdline, --initrd, --microcode or "
					   "--devicetree");
	if (cmdline && strlen(cmdline) > BZB_CMDLINE_MAX)
		return diag_usage("addon", "the command line has %zu characters, more than %u",
				  strlen(cmdline), BZB_CMDLINE_MAX);
	return sign_options_check("addon", &options->sign);
}

/* A profile becomes part of an image that has SBAT. */
static void add_sbat(struct contents *contents)
{
	struct blob sbat;

	if (contents->uki.profile.size)
		return;
	sbat = blob_copy(addon_sbat());
	if (contents->sbat.size)
		sbat_merge(&sbat, blob_span(&contents->sbat));
	blob_free(&contents->sbat);
	contents->sbat = sbat;
}

static int make(const struct options *options, struct blob *ret)
{
	struct contents contents = { 0 };
	const char *culprit = options->output;
	struct why why;
	int err = contents_add(&contents, &options->contents, NULL, &culprit, &why);

	if (!err) {
		add_sbat(&contents);
		culprit = options->output;
		err = addon_make(&contents, options->machine, ret, &why);
		lap("make the addon");
	}
	contents_free(&contents);
	return err ? diag_fail(culprit, &why) : 0;
}

static int sign(const struct options *options, struct blob *addon)
{
	struct signer *signer = NULL;
	const char *culprit = options->output;
	struct why why;
	int err = 0;

	if (options->sign.key)
		err = signer_open(&options->sign, &signer, &culprit, &why) ||
		      sign_bytes(addon, signer, &why);
	if (signer)
		lap("sign the addon");
	if (!err && signer && signer_doubt(signer, &why))
		diag_note(options->sign.cert, &why);
	signer_close(signer);
	return err ? diag_fail(culprit, &why) : 0;
}

static int run(struct options *options)
{
	struct blob addon = { 0 };
	struct why why;
	int err;

	options->contents.is_uki = true;
	options->contents.exact_initrd = true;
	err = make(options, &addon) || sign(options, &addon);
	if (!err && file_write(options->output, blob_span(&addon), &why))
		err = diag_fail(options->output, &why);
	lap("write the addon");
	blob_free(&addon);
	return err ? EXIT_FAILURE : EXIT_SUCCESS;
}

int cmd_addon(int argc, char **argv)
{
	struct options options = { 0 };
	struct settings settings = { 0 };
	bool given[COMMAND_ROWS_MAX];
	const char *name;
	int status = command_line_parse_given(&line_addon, argc, argv, &options, given, &name);

	if (name)
		status = settings_apply_signing(&options.source, &line_addon, given, &options,
						&settings);
	if (name && !status)
		status = check_options(&options);
	if (name && !status)
		status = sign_options_finish(&options.sign);
	if (name && !status)
		status = run(&options);
	contents_options_free(&options.contents);
	sign_options_free(&options.sign);
	settings_free(&settings);
	return status;
}
