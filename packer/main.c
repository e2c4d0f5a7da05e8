/* SPDX-License-Identifier: BSD-2-Clause */
/* bzboot: one kernel image for EFI, boot loaders and hypervisors. */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <bzboot/bzboot.h>

#include "command.h"
#include "diag.h"

static const struct command commands[] = {
	{ "pack", "make an image of a kernel", cmd_pack },
	{ "check", "say whether a kernel can be packed, and what is in the way", cmd_check },
	{ "info", "show what an image or a kernel consists of", cmd_info },
	{ "extract", "write the kernel inside an image", cmd_extract },
	{ "hash", "print the digest that Secure Boot goes by", cmd_hash },
	{ "sign", "sign an image for Secure Boot", cmd_sign },
	{ "verify", "list the signatures of an image, and verify them", cmd_verify },
	{ "unsign", "take all signatures away", cmd_unsign },
};

#define COMMANDS (sizeof(commands) / sizeof(commands[0]))

static int print_help(void)
{
	puts("usage: bzboot COMMAND [OPTION]...\n"
	     "       bzboot --version | --help\n"
	     "\n"
	     "commands (\"bzboot COMMAND --help\" says more):");
	for (size_t i = 0; i < COMMANDS; i++)
		printf("  %-8s %s\n", commands[i].name, commands[i].summary);
	return EXIT_SUCCESS;
}

static int run(int argc, char **argv)
{
	if (argc < 2)
		return diag_usage(NULL, "no command");
	if (!strcmp(argv[1], "--help") || !strcmp(argv[1], "-h"))
		return print_help();
	if (!strcmp(argv[1], "--version")) {
		puts("bzboot " BZBOOT_VERSION);
		return EXIT_SUCCESS;
	}
	for (size_t i = 0; i < COMMANDS; i++)
		if (!strcmp(argv[1], commands[i].name))
			return commands[i].run(argc - 1, argv + 1);
	return diag_usage(NULL, "no such %s: %s", argv[1][0] == '-' ? "option" : "command",
			  argv[1]);
}

/*
 * Without them, the next file that is opened would be standard output, and get what is printed. They
 * are opened for the wrong direction, so that using them still fails.
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
	status = run(argc, argv);

	/* What did not get out was not said. */
	if (diag_flush(&why)) {
		diag("standard output", &why);
		return EXIT_FAILURE;
	}
	return status;
}
