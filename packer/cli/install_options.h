/* SPDX-License-Identifier: BSD-2-Clause */
/* The options that install, remove and status share: rows for their tables, and their result. */
#ifndef PACKER_INSTALL_OPTIONS_H
#define PACKER_INSTALL_OPTIONS_H

#include "install/place.h"
#include "install/trust.h"
#include "io/efivar.h"
#include "command_line.h"
#include "settings.h"

struct install_options {
	struct settings_source source;
	struct install_wishes wishes;
	const char *layout; /* its name; NULL: not given */
	bool drop_previous, no_sign_loader;
	bool only_warn;	     /* a failure is no reason for the package manager to stop */
	const char *hook;    /* what runs the command; NULL: a person */
	const char *efivars; /* a folder */
};

/* @type: of the command's options; @member: the struct install_options in it */
#define INSTALL_ESP_OPTION(type, member)                                                          \
	{ "esp", 0, "DIR", GROUP_INSTALL, "where the EFI system partition is mounted",            \
	  .value = &value_folder, .otherwise = "/efi, /boot/efi or /boot",                        \
	  OPTION_TEXT(type, member.wishes.esp) }

#define INSTALL_TOKEN_OPTION(type, member)                                                        \
	{ "entry-token", 0, "NAME", GROUP_INSTALL, "the start of the names of files",             \
	  .otherwise = "that of /etc/kernel/entry-token, or the machine ID",                      \
	  .take = install_take_token, .offset = offsetof(type, member.wishes.token) }

/* For package managers */
#define INSTALL_HOOK_OPTIONS(type, member)                                                        \
	{ "failure", 0, "WHAT", GROUP_INSTALL, "treat a failure as an error, or as a warning",    \
	  .value = &value_failure, .initial = "error", .take = install_take_failure,              \
	  .offset = offsetof(type, member.only_warn) },                                           \
	{ "hook", 0, "NAME", GROUP_INSTALL,                                                       \
	  "this hook runs the command: if it is not for this system, it does nothing",            \
	  OPTION_TEXT(type, member.hook) }

/* The system */
#define INSTALL_SYSTEM_OPTIONS(type, member)                                                      \
	{ "config", 0, "FILE", GROUP_OTHER, "one more configuration, read after bzboot.conf(5)",  \
	  .value = &value_config, OPTION_TEXT(type, member.source.file) },                        \
	{ "root", 0, "DIR", GROUP_OTHER, "the system in DIR", .value = &value_folder,             \
	  OPTION_TEXT(type, member.source.root) }

#define INSTALL_EFIVARS_OPTION(type, member)                                                      \
	{ "efivars", 0, "DIR", GROUP_OTHER, "the firmware's variables", .value = &value_folder,   \
	  .otherwise = EFIVAR_FOLDER ", without --root",                               \
	  OPTION_TEXT(type, member.efivars) }

extern const struct option_value value_failure, value_layout;

/* For struct command_option.take */
int install_take_failure(const char *command, const char *argument, void *to);
int install_take_layout(const char *command, const char *argument, void *to);
int install_take_token(const char *command, const char *argument, void *to);
int install_take_tries(const char *command, const char *argument, void *to);

/**
 * install_options_read() - read the system's configuration for what no option gives
 * @options: after parsing
 * @line: of the command
 * @given: which options the command line gives
 * @command_options: of the command, where its rows write to; @options is in it
 * @settings: all zeros at first; for settings_free(), also on error; must stay
 *
 * returns: 0, or an exit status after a message
 */
int install_options_read(struct install_options *options, const struct command_line *line,
			 const bool *given, void *command_options, struct settings *settings);

/**
 * install_layout_of() - the layout in effect
 * @options: read
 * @settings: likewise
 *
 * returns: the one given; else, that of a system with a key for signing is uki
 */
enum install_layout install_layout_of(const struct install_options *options,
				      const struct settings *settings);

/**
 * install_efivars() - where the firmware's variables are
 * @options: read
 *
 * returns: a folder; NULL: those of another system than this one are not known
 */
const char *install_efivars(const struct install_options *options);

/**
 * install_firmware() - read what the firmware trusts
 * @options: read
 * @ret: for trust_free(); untouched on error
 *
 * returns: 0, or -1 after a message
 */
int install_firmware(const struct install_options *options, struct firmware **ret);

/**
 * install_status() - the exit status, where a failure may be only a warning
 * @options: read, or not
 * @status: of the work
 *
 * returns: the status
 */
int install_status(const struct install_options *options, int status);

#endif
