/* SPDX-License-Identifier: BSD-2-Clause */
#include <stdio.h>
#include <stdlib.h>

#include "command.h"
#include "command_line.h"
#include "pack.h"

static const char *const examples[] = {
	"bzboot check vmlinux",
	"bzboot check - <vmlinuz",
	NULL,
};

static const struct command_line command_line = {
	.name = "check",
	.usage = "KERNEL",
	.text = "Checks whether a kernel can be packed. It does everything that bzboot pack does, "
		"except compress and write. If the kernel cannot be packed, it prints every reason "
		"on a line of its own. Otherwise it prints how many fields of the kernel move.",
	.operand = "kernel",
	.examples = examples,
};

static void print_counts(const char *file, const struct relocs *relocs)
{
	if (!relocs_count(relocs))
		printf("%s: no relocations: KASLR of virtual addresses is off\n", file);
	else
		printf("%s: %zu fields move: %zu of 64 bits, %zu of 32 bits, %zu of 32 bits "
		       "inversely\n",
		       file, relocs_count(relocs), relocs->lists[BZB_RELOC_64].count,
		       relocs->lists[BZB_RELOC_32].count,
		       relocs->lists[BZB_RELOC_32_INVERSE].count);
}

static int check_kernel(const char *path)
{
	struct relocs relocs;

	if (pack_check(path, &relocs))
		return EXIT_FAILURE;
	print_counts(path, &relocs);
	relocs_free(&relocs);
	return EXIT_SUCCESS;
}

int cmd_check(int argc, char **argv)
{
	const char *kernel;
	int status = command_line_parse(&command_line, argc, argv, NULL, &kernel);

	return kernel ? check_kernel(kernel) : status;
}
