/* SPDX-License-Identifier: BSD-2-Clause */
/* bzboot: one kernel image for EFI, boot loaders and hypervisors. */
#include <fcntl.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "io/alloc.h"
#include "io/diag.h"
#include "io/lap.h"
#include "command.h"
#include "command_help.h"
#include "command_line.h"
#include "completion.h"
#include "versions.h"

static const struct command commands[] = {
	{ "pack", "pack a kernel into an image", cmd_pack, &line_pack },
	{ "edit", "change the sections of an image", cmd_edit, &line_edit },
	{ "addon", "make an addon of unified kernel images", cmd_addon, &line_addon },
	{ "check", "check an image against everything that may read it", cmd_check, &line_check },
	{ "info", "show the parts of a kernel or an image", cmd_info, &line_info },
	{ "extract", "write the kernel inside an image", cmd_extract, &line_extract },
	{ "shuffle", "put the functions of a kernel in another order", cmd_shuffle, &line_shuffle },
	{ "symbols", "write the vmlinux of a shuffled kernel that ran", cmd_symbols,
	  &line_symbols },
	{ "hash", "print the Authenticode digest of an image", cmd_hash, &line_hash },
	{ "measure", "predict the PCRs of an image", cmd_measure, &line_measure },
	{ "config", "print the configuration in effect", cmd_config, &line_config },
	{ "sign", "sign an image for Secure Boot", cmd_sign, &line_sign },
	{ "verify", "list and verify the signatures of an image", cmd_verify, &line_verify },
	{ "unsign", "remove signatures from an image", cmd_unsign, &line_unsign },
	{ "install", "pack, sign and install the system's kernels", cmd_install, &line_install },
	{ "remove", "remove an installed kernel", cmd_remove, &line_remove },
	{ "status", "show what is installed, and what needs attention", cmd_status, &line_status },
	{ "keys", "make and enroll keys for Secure Boot", cmd_keys, &line_keys },
};

struct options {
	bool version;
};

static int take_version(const char *command, const char *argument, void *to)
{
	option_flag(command, argument, to);
	return COMMAND_DONE;
}

static void print_commands(void)
{
	fputs("\nCommands (bzboot COMMAND --help lists the options):\n", stdout);
	for (size_t i = 0; i < BZB_ARRAY_SIZE(commands); i++)
		printf("  %-8s %s\n", commands[i].name, commands[i].summary);
}

static const struct command_option option_rows[] = {
	{ "version", 'V', .group = GROUP_OTHER,
	  .text = "print the versions of bzboot and of its libraries", .take = take_version,
	  .offset = offsetof(struct options, version) },
};

static const char *const examples[] = {
	"bzboot pack vmlinux -o kernel.efi --cmdline console=ttyS0 --initrd initrd.img",
	"bzboot sign kernel.efi --key db.key --cert db.pem",
	NULL,
};

static const struct command_line own_line = {
	.usage = "COMMAND [OPTION]...\nhelp [COMMAND]\nversion",
	.text = "Packs a kernel into one image for EFI, boot loaders and hypervisors, "
		"and signs it.\n\n"
		"An option can be given once, unless its description says that it may be repeated. "
		"Its name can be shortened as long as it stays unambiguous. The file name - stands "
		"for standard input or standard output.",
	.operand = "command",
	.has_rest = true,
	COMMAND_OPTIONS(option_rows),
	.print_more = print_commands,
	.examples = examples,
};

static const struct command *find_command(const char *name)
{
	for (size_t i = 0; i < BZB_ARRAY_SIZE(commands); i++)
		if (!strcmp(name, commands[i].name))
			return &commands[i];
	return NULL;
}

static int run_version(int argc, char **argv)
{
	(void)argv;
	if (argc > 1)
		return diag_usage(NULL, "version takes no argument");
	versions_print();
	return EXIT_SUCCESS;
}

static int run_help(int argc, char **argv)
{
	const struct command *command;
	char option[] = "--help";

	if (argc > 2)
		return diag_usage(NULL, "help: more than one command");
	if (argc == 1) {
		command_line_help(&own_line);
		return EXIT_SUCCESS;
	}
	command = find_command(argv[1]);
	if (!command)
		return diag_usage(NULL, "no such command: %s", argv[1]);
	return command->run(2, (char *[]){ argv[1], option, NULL });
}

/* For the build, which makes the shells' completions of it: no command for people. */
static int run_completion(int argc, char **argv)
{
	(void)argv;
	if (argc > 1)
		return diag_usage(NULL, "completion takes no argument");
	completion_print(&own_line, commands, BZB_ARRAY_SIZE(commands));
	return EXIT_SUCCESS;
}

static int run_command(int argc, char **argv)
{
	const struct command *command;
	struct options options = { 0 };
	const char *name;
	int status = command_line_parse(&own_line, argc, argv, &options, &name);

	if (options.version)
		versions_print();
	if (!name)
		return status;
	argc -= optind;
	argv += optind;
	if (!strcmp(name, "help"))
		return run_help(argc, argv);
	if (!strcmp(name, "version"))
		return run_version(argc, argv);
	if (!strcmp(name, "completion"))
		return run_completion(argc, argv);
	command = find_command(name);
	return command ? command->run(argc, argv) : diag_usage(NULL, "no such command: %s", name);
}

/*
 * If one of the standard files is closed, the next file that is opened would take its number, and
 * printed text would go there. They are opened for the wrong direction, so that using them still
 * fails.
 */
static void open_standard_files(void)
{
	for (int fd = STDIN_FILENO; fd <= STDERR_FILENO; fd++)
		if (fcntl(fd, F_GETFD) < 0 &&
		    open("/dev/null", fd == STDIN_FILENO ? O_WRONLY : O_RDONLY) != fd)
			exit(EXIT_FAILURE);
}

int main(int argc, char **argv)
{
	struct why why;
	int status;

	open_standard_files();
	alloc_start();
	status = run_command(argc, argv);
	if (status != EXIT_USAGE)
		lap_end();

	/* Output that is not written is an error. */
	if (diag_flush(&why)) {
		diag("standard output", &why);
		return EXIT_FAILURE;
	}
	return status;
}
