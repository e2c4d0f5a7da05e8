/* SPDX-License-Identifier: BSD-2-Clause */
#include <getopt.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>

#include "command.h"
#include "fileio.h"
#include "kernel.h"

static const char help[] =
	"usage: bzboot check KERNEL\n"
	"\n"
	"Says whether a kernel can be moved: prints everything because of which it cannot be\n"
	"packed, a line each, or how many of its fields move. Takes what pack takes.\n"
	"\n"
	"      --help   this text\n";

enum { OPT_HELP = LONG_OPTION };

static const struct option long_options[] = {
	{ "help", no_argument, NULL, OPT_HELP },
	{ 0 },
};

struct options {
	const char *file;
	bool help;
};

/* returns: 0, or an exit status */
static int parse_options(int argc, char **argv, struct options *options)
{
	int option;

	opterr = 0;
	while ((option = getopt_long(argc, argv, "", long_options, NULL)) != -1) {
		if (option != OPT_HELP)
			return diag_option("check", argv);
		options->help = true;
	}
	if (options->help)
		return 0;
	if (argc - optind != 1)
		return diag_usage("check", argc == optind ? "no kernel" : "more than one kernel");
	options->file = argv[optind];
	return 0;
}

static void print_counts(const char *file, const struct relocs *relocs)
{
	if (!relocs_count(relocs))
		printf("%s: no relocations: KASLR of virtual addresses is off\n", file);
	else
		printf("%s: %zu fields move: %zu of 64 bits, %zu of 32 bits, %zu of 32 bits "
		       "inversely\n", file, relocs_count(relocs),
		       relocs->lists[BZB_RELOC_64].count, relocs->lists[BZB_RELOC_32].count,
		       relocs->lists[BZB_RELOC_32_INVERSE].count);
}

static int check(const char *path)
{
	struct findings findings = { .report = diag, .file = path };
	struct relocs relocs;
	struct blob file;
	struct why why;

	if (file_read(path, &file, &why) || kernel_relocs(&file, &findings, &relocs, &why)) {
		diag(path, &why);
		return EXIT_FAILURE;
	}
	if (!findings.count)
		print_counts(path, &relocs);
	relocs_free(&relocs);
	return findings.count ? EXIT_FAILURE : EXIT_SUCCESS;
}

int cmd_check(int argc, char **argv)
{
	struct options options = { 0 };
	int status = parse_options(argc, argv, &options);

	if (status)
		return status;
	if (options.help) {
		fputs(help, stdout);
		return EXIT_SUCCESS;
	}
	return check(options.file);
}
