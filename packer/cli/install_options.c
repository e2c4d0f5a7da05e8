/* SPDX-License-Identifier: BSD-2-Clause */
#include "install_options.h"

#include <stdlib.h>
#include <string.h>

static const char *layout_word(size_t index)
{
	return index < LAYOUT_COUNT ? install_layout_name((enum install_layout)index) : NULL;
}

const struct option_value value_failure = { .words = "error warn" };
const struct option_value value_layout = { .word = layout_word };

int install_take_failure(const char *command, const char *argument, void *to)
{
	bool *only_warn = to;

	*only_warn = !strcmp(argument, "warn");
	if (*only_warn || !strcmp(argument, "error"))
		return 0;
	return option_refuse(command, "failure", argument, &value_failure);
}

int install_take_layout(const char *command, const char *argument, void *to)
{
	enum install_layout layout;

	if (install_layout_by_name(argument, &layout))
		return option_refuse(command, "layout", argument, &value_layout);
	return option_text(command, argument, to);
}

int install_take_token(const char *command, const char *argument, void *to)
{
	struct why why;

	if (install_token_check(argument, &why))
		return diag_usage(command, "--entry-token: %s", why.text);
	return option_text(command, argument, to);
}

int install_take_tries(const char *command, const char *argument, void *to)
{
	long tries;

	if (!parse_number(argument, 0, INSTALL_TRIES_MAX, &tries))
		return diag_usage(command, "--tries '%s' is not from 0 to %d", argument,
				  INSTALL_TRIES_MAX);
	return option_text(command, argument, to);
}

int install_options_read(struct install_options *options, const struct command_line *line,
			 const bool *given, void *command_options, struct settings *settings)
{
	options->source.system = true;
	options->wishes.root = options->source.root;
	if (settings_read(&options->source, settings))
		return EXIT_FAILURE;
	return settings_apply(settings, line, given, command_options);
}

enum install_layout install_layout_of(const struct install_options *options,
				      const struct settings *settings)
{
	enum install_layout layout = settings_find(settings, "key") ? LAYOUT_UKI : LAYOUT_NONE;

	if (options->layout)
		install_layout_by_name(options->layout, &layout);
	return layout;
}

const char *install_efivars(const struct install_options *options)
{
	if (options->efivars || options->source.root)
		return options->efivars;
	return EFIVAR_FOLDER;
}

int install_firmware(const struct install_options *options, struct firmware **ret)
{
	const char *efivars = install_efivars(options);
	struct why why;

	return trust_read(efivars, ret, &why) ? diag_fail(efivars, &why) : 0;
}

int install_status(const struct install_options *options, int status)
{
	return status == EXIT_FAILURE && options->only_warn ? EXIT_SUCCESS : status;
}
