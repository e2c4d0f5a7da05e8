/* SPDX-License-Identifier: BSD-2-Clause */
#include <stdio.h>
#include <stdlib.h>

#include "install/lock.h"
#include "install/put.h"
#include "io/lap.h"
#include "command.h"
#include "command_line.h"
#include "install_options.h"

struct options {
	struct install_options install;
	const char *version;
};

static const struct command_option option_rows[] = {
	/* clang-format off */
	INSTALL_ESP_OPTION(struct options, install),
	INSTALL_HOOK_OPTIONS(struct options, install),
	INSTALL_SYSTEM_OPTIONS(struct options, install),
	/* clang-format on */
};

static const char *const examples[] = {
	"bzboot remove 6.12.117+deb12-amd64",
	"bzboot remove 6.12.117+deb12-amd64 --root /mnt",
	NULL,
};

const struct command_line line_remove = {
	.name = "remove",
	.usage = "VERSION [OPTION]...",
	.text = "Removes what 'bzboot install' has put on the EFI system partition of a kernel, "
		"and nothing else: a file that is not as it was installed stays, with an error.",
	.operand = "version",
	COMMAND_OPTIONS(option_rows),
	.examples = examples,
};

/* It boots no more, but it runs on. */
static void warn_of_running(const struct options *options, const struct install_place *place)
{
	struct why why;

	if (!install_is_running(place, options->version))
		return;
	explain(&why, "warning: this is the kernel that runs now");
	diag_note(options->version, &why);
}

static int tell_missing(const struct options *options)
{
	struct why why;

	if (options->install.hook)
		return EXIT_SUCCESS;
	explain(&why, "is not installed: 'bzboot install' has no record of it");
	diag(options->version, &why);
	return EXIT_FAILURE;
}

static int tell_unknown(const struct options *options)
{
	struct why why;

	explain(&why, "its files are not known without a record: delete that, and the files of "
		      "this version on the EFI system partition");
	diag(options->version, &why);
	return EXIT_FAILURE;
}

/* The names are those of the record, whatever is configured now. */
static int remove_files(const struct options *options, struct install_record *record)
{
	struct install_wishes wishes = options->install.wishes;
	struct install_place place;
	int err;

	wishes.token = record->token;
	err = install_place_find(&wishes, &place);
	if (!err)
		err = put_prepare(&place, record);
	lap("look at the ESP");
	if (!err)
		err = put_remove(&place, record);
	lap("remove the files");
	install_place_free(&place);
	return err ? EXIT_FAILURE : EXIT_SUCCESS;
}

static int remove_recorded(const struct options *options, const struct install_place *system)
{
	struct install_record record;
	int found, status;

	if (install_lock(system))
		return EXIT_FAILURE;
	found = record_read(system, options->version, &record);
	if (found < 0)
		return tell_unknown(options);
	if (!found)
		return tell_missing(options);
	warn_of_running(options, system);
	status = remove_files(options, &record);
	record_free(&record);
	return status;
}

static int remove_version(struct options *options, const bool *given, struct settings *settings)
{
	struct install_place system = { 0 };
	struct why why;
	int status =
		install_options_read(&options->install, &line_remove, given, options, settings);

	lap("read the configuration");
	if (status)
		return status;
	if (install_version_check(options->version, &why)) {
		diag(options->version, &why);
		return EXIT_FAILURE;
	}
	system.root = install_root(options->install.wishes.root);
	status = remove_recorded(options, &system);
	install_place_free(&system);
	return status;
}

int cmd_remove(int argc, char **argv)
{
	struct options options = { 0 };
	struct settings settings = { 0 };
	bool given[COMMAND_ROWS_MAX];
	int status = command_line_parse_given(&line_remove, argc, argv, &options, given,
					      &options.version);

	if (options.version)
		status = install_status(&options.install,
					remove_version(&options, given, &settings));
	settings_free(&settings);
	return status;
}
