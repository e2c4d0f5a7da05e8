/* SPDX-License-Identifier: BSD-2-Clause */
#include <stdio.h>
#include <stdlib.h>

#include <bzboot/bzboot.h>

#include "check/check_report.h"
#include "check/checks.h"
#include "io/json.h"
#include "io/lap.h"
#include "command.h"
#include "command_line.h"
#include "pack.h"
#include "shuffling.h"

struct options {
	const char *file, *explain;
	consumer_set asked; /* 0: no --for */
	struct names only, except;
	bool json, list, warnings_are_errors;
	char shown[DIAG_LINE_SIZE]; /* the name of the file, for text */
};

static const char *consumer_word(size_t index)
{
	return index < CONSUMER_COUNT ? consumer_row((enum consumer)index)->name : NULL;
}

static const char *check_word(size_t index)
{
	const struct check *check = check_at(index);

	return check ? check->name : NULL;
}

static const struct option_value value_consumers = { .kind = VALUE_LIST, .word = consumer_word };
static const struct option_value value_check = { .word = check_word };

static int take_consumers(const char *command, const char *argument, void *to)
{
	const char *unknown;
	int size;

	if (!consumers_parse(argument, to, &unknown, &size))
		return 0;
	return diag_usage(command, "unknown consumer '%.*s'", size, unknown);
}

static int take_check(const char *command, const char *argument, void *to)
{
	if (!check_by_name(argument))
		return diag_usage(command, "unknown check '%s'", argument);
	names_add(to, argument);
	return 0;
}

static int take_explained(const char *command, const char *argument, void *to)
{
	if (!check_by_name(argument))
		return diag_usage(command, "unknown check '%s'", argument);
	*(const char **)to = argument;
	return 0;
}

/* Bits of struct command_option.excludes */
enum { EXCLUDES_WORK = 1 };

static const struct command_option option_rows[] = {
	/* clang-format off */
	{ "for", 0, "CONSUMERS", GROUP_OUTPUT,
	  "check for these consumers only, a list separated by commas; whatever makes one of them "
	  "refuse the file is an error", .value = &value_consumers,
	  .take = take_consumers, .offset = offsetof(struct options, asked) },
	{ "only", 0, "CHECK", GROUP_OUTPUT, "report this check only", .value = &value_check,
	  .take = take_check, .offset = offsetof(struct options, only), .repeats = true },
	{ "except", 0, "CHECK", GROUP_OUTPUT, "do not report this check", .value = &value_check,
	  .take = take_check, .offset = offsetof(struct options, except), .repeats = true },
	{ "werror", 0, NULL, GROUP_OUTPUT, "exit with status 1 if there are warnings",
	  OPTION_FLAG(struct options, warnings_are_errors) },
	{ "json", 0, NULL, GROUP_OUTPUT, "print JSON", OPTION_FLAG(struct options, json) },
	{ "list", 0, NULL, GROUP_OTHER, "list all checks with the consumers that refuse a file for "
	  "each, and all consumers",
	  .excludes = EXCLUDES_WORK, OPTION_FLAG(struct options, list) },
	{ "explain", 0, "CHECK", GROUP_OTHER, "say why a check matters", .value = &value_check,
	  .excludes = EXCLUDES_WORK, .take = take_explained,
	  .offset = offsetof(struct options, explain) },
	/* clang-format on */
};

static const char *const examples[] = {
	"bzboot check kernel.efi",
	"bzboot check --for shim,kexec-file kernel.efi",
	NULL,
};

const struct command_line line_check = {
	.name = "check",
	.usage = "FILE [--for CONSUMERS] [--only CHECK] [--except CHECK] [--werror] [--json]\n"
		 "--list [--json]\n--explain CHECK",
	.text = "Checks a kernel or a boot image against everything that may read it: firmware, "
		"boot loaders, hypervisors, signing tools. FILE is a bzImage, a zboot image, a "
		"unified kernel image, an addon, any other PE image, or a bare vmlinux. It prints "
		"each finding on a line of its own, then a table of the consumers.",
	.operand = "file",
	.operand_value = &value_kernel,
	.operand_optional = true,
	COMMAND_OPTIONS(option_rows),
	.examples = examples,
};

/* A file whose kernel is looked at as 'bzboot pack' does */
struct job {
	const struct options *options;
	struct subject subject;
	struct checking checking;
	struct relocs relocs; /* empty if it cannot be packed */
	bool can_shuffle;
	struct shuffle_survey survey; /* if it can be shuffled */
};

/* Whether another finding is the reason that 'bzboot pack' refuses the file */
static bool is_known(const struct job *job)
{
	if (job->options->asked & CONSUMER(BZBOOT))
		return false;
	return checks_verdict(&job->checking, BZBOOT) == VERDICT_REFUSES;
}

static void take_message(void *context, enum pack_message message, const struct why *what)
{
	static const char *const checks[] = {
		[PACK_WARNING] = CHECK_KERNEL_ODDITY,
		[PACK_RELOCATION] = CHECK_KERNEL_RELOCATION,
		[PACK_ERROR] = CHECK_KERNEL_PACK,
	};
	struct job *job = context;
	bool is_image = !(job->subject.kinds & BZB_IS_ELF);
	enum severity severity = message == PACK_WARNING || (message == PACK_ERROR && is_image) ?
					 SEVERITY_WARNING :
					 SEVERITY_ERROR;

	if (message == PACK_ERROR && is_known(job))
		return;
	checks_add(&job->checking, checks[message], severity, what);
}

static void add_no_kaslr(struct job *job)
{
	struct why what;

	explain(&what, "no relocations: KASLR of virtual addresses is off");
	checks_add(&job->checking, CHECK_KERNEL_KASLR, SEVERITY_WARNING, &what);
}

static void check_kernel(struct job *job)
{
	const struct pack_listener listener = { take_message, job };

	if (!pack_check(job->options->file, job->subject.file, &listener, &job->relocs) &&
	    !relocs_count(&job->relocs) && job->subject.machine == BZB_PE_MACHINE_X86_64)
		add_no_kaslr(job);
}

static bool has_symbols(struct bzb_span file)
{
	struct bzb_elf elf;

	if (bzb_elf_parse(file, &elf))
		return false;
	for (unsigned int i = 0; i < elf.shnum; i++)
		if (bzb_elf_section(&elf, i).type == BZB_SHT_SYMTAB)
			return true;
	return false;
}

/* Without symbols, nothing was meant to be shuffled. */
static void check_shuffle(struct job *job)
{
	struct why why;

	if (!(job->subject.kinds & BZB_IS_ELF) || job->subject.machine != BZB_PE_MACHINE_X86_64 ||
	    !has_symbols(job->subject.file))
		return;
	job->can_shuffle = !shuffle_survey(job->subject.file, &job->survey, &why);
	if (!job->can_shuffle)
		checks_add(&job->checking, CHECK_KERNEL_SHUFFLE, SEVERITY_NOTE, &why);
	lap("find what can be shuffled");
}

static void print_counts(const char *file, const struct relocs *relocs)
{
	printf("%s: %zu fields move: %zu of 64 bits, %zu of 32 bits, %zu of 32 bits inversely\n",
	       file, relocs_count(relocs), relocs->lists[BZB_RELOC_64].count,
	       relocs->lists[BZB_RELOC_32].count, relocs->lists[BZB_RELOC_32_INVERSE].count);
}

static void report(const struct job *job)
{
	const struct options *options = job->options;

	if (options->json) {
		json_t *json = report_json(options->file, &job->checking, options->asked);

		json_print(json);
		json_decref(json);
		return;
	}
	report_findings(options->shown, &job->checking);
	if (relocs_count(&job->relocs))
		print_counts(options->shown, &job->relocs);
	if (job->can_shuffle)
		shuffling_print_survey(options->shown, &job->survey);
	if (!options->asked)
		report_matrix(&job->checking);
}

static int status_of(const struct job *job)
{
	size_t warnings = checks_count(&job->checking, SEVERITY_WARNING);

	if (checks_count(&job->checking, SEVERITY_ERROR) ||
	    (warnings && job->options->warnings_are_errors))
		return EXIT_FAILURE;
	return warnings ? EXIT_WARNINGS : EXIT_SUCCESS;
}

static int check_file(const struct options *options)
{
	const struct checks_wanted wanted = { &options->only, &options->except, options->asked };
	struct job job = { .options = options };
	struct why why;
	int status;

	if (subject_read(options->file, &job.subject, &why))
		return diag_fail(options->file, &why) ? EXIT_FAILURE : EXIT_SUCCESS;
	lap("read the file");
	checks_run(&job.subject, &job.checking);
	lap("check the file");
	if (options->asked ? (options->asked & CONSUMER(BZBOOT)) != 0 :
			     checks_reads(&job.checking, BZBOOT))
		check_kernel(&job);
	if (!options->asked)
		check_shuffle(&job);
	checks_add_kinds(&job.checking, options->asked);
	checks_keep(&job.checking, &wanted);
	lap("judge the findings");
	report(&job);
	status = status_of(&job);
	relocs_free(&job.relocs);
	checks_free(&job.checking);
	subject_free(&job.subject);
	return status;
}

static int list_checks(const struct options *options)
{
	json_t *json;

	if (!options->json) {
		report_list();
		return EXIT_SUCCESS;
	}
	json = report_list_json();
	json_print(json);
	json_decref(json);
	return EXIT_SUCCESS;
}

static int check(struct options *options)
{
	bool has_file = *options->file;

	snprintf(options->shown, sizeof(options->shown), "%s", options->file);
	diag_make_one_line(options->shown);
	if (has_file && (options->list || options->explain))
		return diag_usage("check", "--list and --explain take no file");
	if (options->list)
		return list_checks(options);
	if (options->explain) {
		report_check(check_by_name(options->explain));
		return EXIT_SUCCESS;
	}
	if (!has_file)
		return diag_usage("check", "missing argument: file");
	return check_file(options);
}

int cmd_check(int argc, char **argv)
{
	struct options options = { 0 };
	int status = command_line_parse(&line_check, argc, argv, &options, &options.file);

	if (options.file)
		status = check(&options);
	names_free(&options.only);
	names_free(&options.except);
	return status;
}
