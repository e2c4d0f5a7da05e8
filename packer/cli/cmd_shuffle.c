/* SPDX-License-Identifier: BSD-2-Clause */
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>

#include "io/fileio.h"
#include "io/lap.h"
#include "command.h"
#include "command_line.h"
#include "shuffling.h"

struct options {
	const char *vmlinux, *shuffled, *output, *seed;
	enum shuffle_units units;
	bool verify;
};

static int take_units(const char *command, const char *argument, void *to)
{
	return shuffling_take_units(command, "units", argument, to);
}

/* Bits of struct command_option.excludes */
enum { EXCLUDES_SHUFFLE = 1, EXCLUDES_SEED = 2, EXCLUDES_UNITS = 4 };

static const struct command_option option_rows[] = {
	{ "output", 'o', "FILE", GROUP_OUTPUT, "the file to write", .value = &value_file,
	  .excludes = EXCLUDES_SHUFFLE, OPTION_TEXT(struct options, output) },
	{ "seed", 0, "NUMBER", GROUP_OTHER, "the seed of the order, at most 64 hexadecimal digits",
	  .otherwise = "random", .excludes = EXCLUDES_SEED, OPTION_TEXT(struct options, seed) },
	{ "units", 0, "UNITS", GROUP_OTHER,
	  "what changes places: functions, or objects, all functions of an object file together",
	  .value = &value_units, .initial = "functions", .excludes = EXCLUDES_UNITS,
	  .take = take_units, .offset = offsetof(struct options, units) },
	{ "verify", 0, NULL, GROUP_OTHER,
	  "write nothing; prove that SHUFFLED is VMLINUX with its functions in another order",
	  .excludes = EXCLUDES_SHUFFLE | EXCLUDES_SEED | EXCLUDES_UNITS,
	  OPTION_FLAG(struct options, verify) },
};

static const char *const examples[] = {
	"bzboot shuffle vmlinux -o vmlinux.shuffled",
	"bzboot shuffle --verify vmlinux vmlinux.shuffled",
	NULL,
};

const struct command_line line_shuffle = {
	.name = "shuffle",
	.usage = "VMLINUX -o FILE [OPTION]...\n"
		 "--verify VMLINUX SHUFFLED",
	.text = "Writes a kernel with its functions in another order, so that an address of one "
		"function does not give those of the others. A seed gives the same order again. "
		"The kernel is an ELF file for x86-64 with its symbols and relocations (ld "
		"--emit-relocs). All tables that Linux orders by address, its names and its "
		"unwinder's, follow. The result is a vmlinux without debug data, which is "
		"verified before it is written.\n"
		"The verification decodes every instruction of both kernels, compares what it "
		"refers to, and compares each entry of the tables. It prints each difference that "
		"the new order does not explain, and fails if there is one.",
	.operand = "vmlinux",
	.operand_value = &value_kernel,
	.second = offsetof(struct options, shuffled),
	COMMAND_OPTIONS(option_rows),
	.examples = examples,
};

/* --- verifying ------------------------------------------------------------------------ */

static void print_counts(const char *file, const struct shuffle_counts *counts)
{
	printf("%s: %zu functions, of which %zu have moved; nothing else differs\n"
	       "compared: %zu instructions, %zu references without relocation, %zu relocations, "
	       "%zu entries of tables\n",
	       file, counts->functions, counts->moved, counts->instructions, counts->references,
	       counts->relocs, counts->entries);
}

static int verify(const struct options *options, struct bzb_span original)
{
	const struct shuffling_names names = { options->vmlinux, options->shuffled };
	struct shuffle_counts counts = { 0 };
	struct blob shuffled;
	struct why why;
	int error;

	if (file_read(options->shuffled, &shuffled, &why))
		return diag_fail(options->shuffled, &why);
	lap("read the kernels");
	error = shuffling_compare(&names, original, blob_span(&shuffled), &counts);
	if (!error)
		print_counts(options->shuffled, &counts);
	blob_free(&shuffled);
	return error;
}

/* --- shuffling ------------------------------------------------------------------------ */

static int shuffle(const struct options *options, const unsigned char *seed,
		   struct bzb_span original)
{
	const struct shuffling_names names = { options->vmlinux, options->output };
	struct shuffle_summary summary;
	struct blob shuffled;
	struct why why;
	int error;

	lap("read the kernel");
	if (shuffling_run(&names, original, options->units, seed, &shuffled, &summary))
		return -1;
	error = file_write(options->output, blob_span(&shuffled), &why);
	blob_free(&shuffled);
	if (error)
		return diag_fail(options->output, &why);
	shuffling_print(options->output, &summary, seed);
	return 0;
}

/* -------------------------------------------------------------------------------------- */

/* Returns 0, or an exit status. */
static int check_options(const struct options *options)
{
	if (options->verify && !options->shuffled)
		return diag_usage(line_shuffle.name, "--verify: the second file is missing");
	if (!options->verify && options->shuffled)
		return diag_usage(line_shuffle.name, "more than one kernel: '%s'",
				  options->shuffled);
	if (!options->verify && !options->output)
		return diag_usage(line_shuffle.name, "missing option: -o FILE");
	return 0;
}

int cmd_shuffle(int argc, char **argv)
{
	struct options options = { 0 };
	unsigned char seed[BZB_SHUFFLE_SEED_SIZE] = { 0 };
	int status = command_line_parse(&line_shuffle, argc, argv, &options, &options.vmlinux);
	struct blob original;
	struct why why;
	int error;

	if (!options.vmlinux)
		return status;
	status = check_options(&options);
	if (status)
		return status;
	if (options.seed && shuffling_read_seed(options.seed, seed, &why))
		return diag_usage(line_shuffle.name, "--seed: %s", why.text);
	if (!options.seed && !options.verify && shuffling_draw_seed(seed, &why))
		return diag_fail(options.vmlinux, &why), EXIT_FAILURE;
	if (file_map(options.vmlinux, &original, &why))
		return diag_fail(options.vmlinux, &why), EXIT_FAILURE;
	shuffling_keep(&original);
	error = options.verify ? verify(&options, blob_span(&original)) :
				 shuffle(&options, seed, blob_span(&original));
	blob_free(&original);
	return error ? EXIT_FAILURE : EXIT_SUCCESS;
}
