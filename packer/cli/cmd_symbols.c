/* SPDX-License-Identifier: BSD-2-Clause */
#include <stdio.h>
#include <stdlib.h>

#include "io/fileio.h"
#include "io/lap.h"
#include "command.h"
#include "command_line.h"
#include "shuffling.h"

struct options {
	const char *vmlinux, *kallsyms, *vmcore, *output;
};

/* Bits of struct command_option.excludes */
enum { EXCLUDES_BOOT = 1 };

static const struct command_option option_rows[] = {
	{ "output", 'o', "FILE", GROUP_OUTPUT, "the file to write", .value = &value_file,
	  OPTION_TEXT(struct options, output) },
	{ "kallsyms", 0, "FILE", GROUP_OTHER, "what /proc/kallsyms shows, or has shown",
	  .value = &value_file, .excludes = EXCLUDES_BOOT, OPTION_TEXT(struct options, kallsyms) },
	{ "vmcore", 0, "FILE", GROUP_OTHER, "a dump of its memory (/proc/vmcore, makedumpfile)",
	  .value = &value_file, .excludes = EXCLUDES_BOOT, OPTION_TEXT(struct options, vmcore) },
};

static const char *const examples[] = {
	"bzboot symbols vmlinux --kallsyms /proc/kallsyms -o vmlinux.now",
	"bzboot symbols vmlinux --vmcore vmcore -o vmlinux.then",
	NULL,
};

const struct command_line line_symbols = {
	.name = "symbols",
	.usage = "VMLINUX --kallsyms FILE -o FILE [OPTION]...\n"
		 "VMLINUX --vmcore FILE -o FILE [OPTION]...",
	.text = "Writes the vmlinux of a shuffled kernel that runs, or ran, for debuggers and "
		"profilers: VMLINUX with its functions, and its debug data, as they were then. No "
		"seed is needed: the names and addresses that the kernel showed, or had in its "
		"memory, tell the order. The result is verified before it is written, and has the "
		"addresses that VMLINUX is linked to: debuggers take KASLR into account themselves.",
	.operand = "vmlinux",
	.operand_value = &value_kernel,
	COMMAND_OPTIONS(option_rows),
	.examples = examples,
};

static const char *name_of_boot(const struct options *options)
{
	return options->vmcore ? options->vmcore : options->kallsyms;
}

static void print_summary(const char *file, const struct shuffle_summary *s)
{
	struct why note;

	explain(&note, "%zu of %u units have moved; KASLR had moved the kernel by 0x%llx", s->moved,
		s->facts.units, (unsigned long long)s->slide);
	diag_note(file, &note);
	if (*s->no_debug.text) {
		explain(&note, "it has no debug data: %.200s", s->no_debug.text);
		diag_note(file, &note);
	}
	if (s->cut) {
		explain(&note,
			"%zu entries of debug data had code that is in several places now, and "
			"describe the first part of it only",
			s->cut);
		diag_note(file, &note);
	}
}

static int write_symbols(const struct options *options, struct bzb_span original,
			 const struct shuffle_boot *boot)
{
	const struct shuffling_names names = { options->vmlinux, options->output };
	struct shuffle_counts counts = { 0 };
	struct shuffle_summary summary;
	struct why why, boot_why;
	struct blob result;
	int error;

	lap("read the kernel");
	if (shuffle_kernel_as(original, boot, &result, &summary, &why, &boot_why))
		return *why.text ? diag_fail(options->vmlinux, &why) :
				   diag_fail(name_of_boot(options), &boot_why);
	lap("moved the functions");
	error = shuffling_compare(&names, original, blob_span(&result), &counts);
	lap("verified");
	if (error)
		error = shuffling_refuse(options->output, NULL);
	if (!error && file_write(options->output, blob_span(&result), &why))
		error = diag_fail(options->output, &why);
	if (!error)
		print_summary(options->output, &summary);
	blob_free(&result);
	return error;
}

/* Returns 0, or an exit status. */
static int check_options(const struct options *options)
{
	if (!name_of_boot(options))
		return diag_usage(line_symbols.name,
				  "missing option: --kallsyms FILE or --vmcore FILE");
	if (!options->output)
		return diag_usage(line_symbols.name, "missing option: -o FILE");
	return 0;
}

/* One file can be mapped: a dump is larger than any kernel. */
static int read_files(const struct options *options, struct blob *original, struct blob *boot)
{
	struct why why;

	if (options->vmcore) {
		if (file_map(options->vmcore, boot, &why))
			return diag_fail(options->vmcore, &why);
		if (!boot->size)
			return explain(&why, "is empty"), diag_fail(options->vmcore, &why);
		if (file_read(options->vmlinux, original, &why))
			return diag_fail(options->vmlinux, &why);
		return 0;
	}
	if (file_read(options->kallsyms, boot, &why))
		return diag_fail(options->kallsyms, &why);
	if (file_map(options->vmlinux, original, &why))
		return diag_fail(options->vmlinux, &why);
	shuffling_keep(original);
	return 0;
}

int cmd_symbols(int argc, char **argv)
{
	struct options options = { 0 };
	int status = command_line_parse(&line_symbols, argc, argv, &options, &options.vmlinux);
	struct blob original = { .data = NULL }, boot = { .data = NULL };
	struct shuffle_boot what = { .kallsyms = { NULL, 0 } };
	int error;

	if (!options.vmlinux)
		return status;
	status = check_options(&options);
	if (status)
		return status;
	error = read_files(&options, &original, &boot);
	if (!error) {
		*(options.vmcore ? &what.vmcore : &what.kallsyms) = blob_span(&boot);
		error = write_symbols(&options, blob_span(&original), &what);
	}
	blob_free(&original);
	blob_free(&boot);
	return error ? EXIT_FAILURE : EXIT_SUCCESS;
}
