/* SPDX-License-Identifier: BSD-2-Clause */
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "io/fileio.h"
#include "io/lap.h"
#include "measure/events.h"
#include "measure/measure_report.h"
#include "measure/pcr_signatures.h"
#include "measure/registers.h"
#include "command.h"
#include "command_line.h"
#include "measure_keys.h"
#include "sign_options.h"

struct options {
	const char *image, *output;
	struct event_options events;
	struct names phases, joins;
	bool has_profile;
	bool json, pcrlock, rtmr;
	bool sign, policy_digest;
	const char *append, *ref;
	struct measure_key_options keys;
};

/* Bits of struct command_option.excludes */
enum {
	EXCLUDES_FORM = 1,
	EXCLUDES_PCR = 2,
	EXCLUDES_PHASE = 4,
	EXCLUDES_DIRECT = 8,
	EXCLUDES_BANK = 16,
	EXCLUDES_PUBLIC = 32,
	EXCLUDES_SIGNATURES = EXCLUDES_FORM | EXCLUDES_PCR | EXCLUDES_DIRECT,
};

static const char *bank_word(size_t index)
{
	return index < BANK_COUNT ? bank_at((unsigned int)index)->name : NULL;
}

static const struct option_value value_bank = { .word = bank_word };
static const struct option_value value_pcr = { .words = "4 9 11 12" };
static const struct option_value value_phases = { .word = register_usual_phase };

static int take_bank(const char *command, const char *argument, void *to)
{
	const unsigned int bank = bank_by_name(argument);

	if (bank == BANK_COUNT)
		return option_refuse(command, "bank", argument, &value_bank);
	*(unsigned int *)to |= 1u << bank;
	return 0;
}

static int take_pcr(const char *command, const char *argument, void *to)
{
	long pcr;

	if (!parse_number(argument, 0, 31, &pcr) || !(PCRS_ALL & 1u << pcr))
		return option_refuse(command, "pcr", argument, &value_pcr);
	*(unsigned int *)to |= 1u << pcr;
	return 0;
}

static int take_profile(const char *command, const char *argument, void *to)
{
	struct options *options = to;
	long number;

	if (!parse_number(argument, 0, BZB_UKI_PROFILES_MAX - 1, &number))
		return diag_usage(command, "--profile '%s' is not from 0 to %u", argument,
				  BZB_UKI_PROFILES_MAX - 1);
	options->has_profile = true;
	options->events.profile = (unsigned int)number;
	return 0;
}

static const struct command_option option_rows[] = {
	{ "output", 'o', "OUT", GROUP_OUTPUT, "the file to write", .value = &value_json,
	  .initial = "-", OPTION_TEXT(struct options, output) },
	{ "bank", 0, "NAME", GROUP_OUTPUT, "", .value = &value_bank, .otherwise = "all",
	  .excludes = EXCLUDES_BANK, .repeats = true, .take = take_bank,
	  .offset = offsetof(struct options, events.banks) },
	{ "pcr", 0, "N", GROUP_OUTPUT, "print this PCR", .value = &value_pcr,
	  .otherwise = "4, 9, 11 and 12", .excludes = EXCLUDES_PCR, .repeats = true,
	  .take = take_pcr, .offset = offsetof(struct options, events.pcrs) },
	{ "json", 0, NULL, GROUP_OUTPUT, "print JSON", .excludes = EXCLUDES_FORM,
	  OPTION_FLAG(struct options, json) },
	{ "pcrlock", 0, NULL, GROUP_OUTPUT, "print records of the events for systemd-pcrlock",
	  .excludes = EXCLUDES_FORM | EXCLUDES_PHASE | EXCLUDES_DIRECT,
	  OPTION_FLAG(struct options, pcrlock) },
	{ "rtmr", 0, NULL, GROUP_OUTPUT, "print the registers of a confidential guest",
	  .excludes = EXCLUDES_PCR | EXCLUDES_PHASE | EXCLUDES_DIRECT | EXCLUDES_BANK,
	  OPTION_FLAG(struct options, rtmr) },
	{ "cmdline", 0, "TEXT", GROUP_BOOT, "the command line that the boot loader passes",
	  .otherwise = "the image's", OPTION_TEXT(struct options, events.cmdline) },
	{ "profile", 0, "N", GROUP_BOOT, "the profile of the image", .otherwise = "0",
	  .take = take_profile, .offset = 0 },
	{ "phase", 0, "PHASES", GROUP_BOOT,
	  "PCR 11 after these phases of the boot, with colons between them; may be empty",
	  .value = &value_phases, .otherwise = "the four of systemd", .excludes = EXCLUDES_PHASE,
	  .may_be_empty = true, OPTION_NAMES(struct options, phases) },
	{ "direct", 0, NULL, GROUP_BOOT, "the firmware starts the image, no boot loader",
	  .excludes = EXCLUDES_DIRECT, OPTION_FLAG(struct options, events.direct) },
	{ "sign", 0, NULL, GROUP_SIGNING, "sign policies for PCR 11: print JSON for .pcrsig",
	  .excludes = EXCLUDES_SIGNATURES, OPTION_FLAG(struct options, sign) },
	{ "policy-digest", 0, NULL, GROUP_SIGNING, "print this JSON without signatures",
	  .excludes = EXCLUDES_SIGNATURES, OPTION_FLAG(struct options, policy_digest) },
	{ "join", 0, "FILE", GROUP_SIGNING,
	  "print this JSON with the signatures in FILE, made elsewhere", .value = &value_json,
	  .excludes = EXCLUDES_SIGNATURES, OPTION_NAMES(struct options, joins) },
	{ "append", 0, "FILE", GROUP_SIGNING, "print the JSON in FILE, too, first",
	  .value = &value_json, OPTION_TEXT(struct options, append) },
	{ "policyref", 0, "TEXT", GROUP_SIGNING, "sign this reference, too",
	  OPTION_TEXT(struct options, ref) },
	{ "key", 0, "KEY", GROUP_SIGNING, "the private key: a file, or a URI of OpenSSL",
	  .value = &value_key, OPTION_TEXT(struct options, keys.private) },
	{ "cert", 0, "CERT", GROUP_SIGNING, "the certificate of the key: a file or a URI",
	  .value = &value_cert, .excludes = EXCLUDES_PUBLIC,
	  OPTION_TEXT(struct options, keys.cert) },
	{ "public-key", 0, "KEY", GROUP_SIGNING, "the public key: a file or a URI",
	  .value = &value_public_key, .otherwise = "that in KEY, or in .pcrpkey",
	  .excludes = EXCLUDES_PUBLIC, OPTION_TEXT(struct options, keys.public) },
	KEY_ACCESS_OPTIONS(struct options, keys.access),
};

static const char *const examples[] = {
	"bzboot measure linux.efi --bank sha256",
	"bzboot measure linux.efi --sign --key pcr.key -o linux.pcrsig",
	NULL,
};

const struct command_line line_measure = {
	.name = "measure",
	.usage = "IMAGE [--json | --pcrlock] [OPTION]...\n"
		 "IMAGE --rtmr [--json] [OPTION]...\n"
		 "IMAGE --sign --key KEY [OPTION]...\n"
		 "IMAGE --policy-digest [OPTION]...\n"
		 "IMAGE --join FILE [OPTION]...",
	.text = "Predicts the PCRs of a TPM after IMAGE is booted, a unified kernel image of any "
		"tool: 9 (command line, initrd), 11 (sections, phases) and 12 (what the boot "
		"loader passes), and the image's event of PCR 4. Of other PE images, it predicts "
		"PCR 4, and 9 with --cmdline.\n\n"
		"The third form signs policies, which let a secret be used while PCR 11 has the "
		"predicted values. The last two are for a key on another machine.",
	.operand = "image",
	.operand_value = &value_image,
	COMMAND_OPTIONS(option_rows),
	.examples = examples,
};

/* --- options ------------------------------------------------------------------------- */

static void set_defaults(struct options *options)
{
	struct event_options *events = &options->events;
	const bool has_phases = options->phases.count;
	const char *phase;

	for (size_t i = 0; !has_phases && (phase = register_usual_phase(i)); i++)
		names_add(&options->phases, phase);
	if (!events->banks)
		events->banks = options->rtmr ? 1u << BANK_SHA384 : BANKS_ALL;
	if (!events->pcrs)
		events->pcrs = PCRS_ALL;
}

static bool makes_signatures(const struct options *options)
{
	return options->sign || options->policy_digest || options->joins.count;
}

static int check_options(const struct options *options)
{
	if (options->sign && !options->keys.private)
		return diag_usage("measure", "missing option: --key KEY");
	if (!options->sign && options->keys.private)
		return diag_usage("measure", "--key needs --sign");
	if (!makes_signatures(options) &&
	    (options->append || options->ref || options->keys.cert || options->keys.public))
		return diag_usage("measure", "--append, --policyref, --cert and --public-key need "
					     "--sign, --policy-digest or --join");
	return 0;
}

/* --- the forms ------------------------------------------------------------------------ */

/* Everything that has to be freed. */
struct job {
	const struct options *options;
	struct blob image, text;
	struct events events;
	struct measure_keys keys;
	json_t *json;
};

static int report(struct job *job)
{
	const struct options *options = job->options;
	const struct report_options form = {
		.banks = options->events.banks,
		.phases = &options->phases,
		.rtmr = options->rtmr,
	};
	struct why why;

	if (options->pcrlock)
		job->json = report_pcrlock(&job->events, options->events.banks);
	else if (report_make(&job->events, &form, &job->json, &why))
		return diag_fail(options->image, &why);
	return 0;
}

static int read_list(const char *path, json_t **ret)
{
	struct blob text;
	struct why why;
	int err;

	if (file_read(path, &text, &why))
		return diag_fail(path, &why);
	err = pcr_signatures_parse(blob_span(&text), ret, &why);
	blob_free(&text);
	return err ? diag_fail(path, &why) : 0;
}

static int join(const struct job *job, const struct pcr_signatures_options *options)
{
	const struct names *joins = &job->options->joins;
	json_t *from = NULL;
	struct why why;
	int err = 0;

	for (size_t i = 0; i < joins->count && !err; i++) {
		if (read_list(joins->names[i], &from))
			return -1;
		if (pcr_signatures_join(job->json, from, options, &why))
			err = diag_fail(joins->names[i], &why);
		json_decref(from);
	}
	if (!err && joins->count && pcr_signatures_check(job->json, &why))
		err = diag_fail(job->options->image, &why);
	return err;
}

static int append(struct job *job)
{
	json_t *first = NULL;

	if (!job->options->append)
		return 0;
	if (read_list(job->options->append, &first))
		return -1;
	pcr_signatures_append(first, job->json);
	json_decref(job->json);
	job->json = first;
	return 0;
}

static int make_signatures(struct job *job)
{
	const struct options *options = job->options;
	struct pcr_signatures_options list = {
		.banks = options->events.banks,
		.phases = &options->phases,
		.ref = options->ref,
	};
	const char *culprit = NULL;
	struct why why;

	if (measure_keys_open(&options->keys, blob_span(&job->image), options->events.profile,
			      &job->keys, &culprit, &why))
		return diag_fail(culprit ? culprit : options->image, &why);
	list.public = job->keys.public;
	list.private = job->keys.private;
	if (pcr_signatures_make(&job->events, &list, &job->json, &why))
		return diag_fail(job->keys.origin ? job->keys.origin : options->image, &why);
	if (join(job, &list) || append(job))
		return -1;
	if (measure_keys_doubt(&job->keys, blob_span(&job->image), options->events.profile, &why))
		diag_note(options->image, &why);
	return 0;
}

static struct blob json_bytes(const json_t *json, size_t flags)
{
	char *text = json_dumps(json, flags);
	struct blob bytes;

	if (!text)
		diag_no_memory(0);
	bytes = blob_copy((struct bzb_span){ (unsigned char *)text, strlen(text) + 1 });
	bytes.data[bytes.size - 1] = '\n';
	free(text);
	return bytes;
}

static int write_result(struct job *job)
{
	const struct options *options = job->options;
	struct why why;

	if (makes_signatures(options) || options->pcrlock)
		job->text = json_bytes(job->json, JSON_COMPACT);
	else
		job->text = options->json ? json_bytes(job->json, JSON_INDENT(2)) :
					    report_text(job->json);
	if (file_write(options->output, blob_span(&job->text), &why))
		return diag_fail(options->output, &why);
	return 0;
}

/* Options that only a unified kernel image can satisfy */
static bool needs_uki(const struct options *options)
{
	const unsigned int pcrs = 1u << PCR_SECTIONS | 1u << PCR_PARAMETERS;

	return makes_signatures(options) || options->has_profile || options->rtmr ||
	       (options->events.pcrs != PCRS_ALL && options->events.pcrs & pcrs);
}

static int check_kind(const struct job *job)
{
	const struct options *options = job->options;
	struct why why;

	if (job->events.is_uki || !needs_uki(options))
		return 0;
	explain(&why, "is not a unified kernel image: it has no section .linux");
	return diag_fail(options->image, &why);
}

static int predict(struct job *job)
{
	const struct options *options = job->options;
	struct event_options what = options->events;
	size_t position = 0;
	struct why why;

	if (makes_signatures(options))
		what.pcrs = 1u << PCR_SECTIONS;
	if (file_read(options->image, &job->image, &why) ||
	    events_predict(blob_span(&job->image), &what, &job->events, &why))
		return diag_fail(options->image, &why);
	if (check_kind(job))
		return -1;
	while (events_doubt(&job->events, &position, &why))
		diag_note(options->image, &why);
	return 0;
}

static int measure(const struct options *options)
{
	struct job job = { .options = options };
	int err = predict(&job);

	lap("predict the events");
	if (!err) {
		err = makes_signatures(options) ? make_signatures(&job) : report(&job);
		lap(makes_signatures(options) ? "make the policies" : "compute the PCRs");
	}
	if (!err) {
		err = write_result(&job);
		lap("write the result");
	}
	json_decref(job.json);
	measure_keys_close(&job.keys);
	events_free(&job.events);
	blob_free(&job.image);
	blob_free(&job.text);
	return err ? EXIT_FAILURE : EXIT_SUCCESS;
}

int cmd_measure(int argc, char **argv)
{
	struct options options = { 0 };
	int status = command_line_parse(&line_measure, argc, argv, &options, &options.image);

	if (options.image)
		status = check_options(&options);
	if (options.image && !status) {
		set_defaults(&options);
		status = measure(&options);
	}
	names_free(&options.phases);
	names_free(&options.joins);
	names_free(&options.keys.access.providers);
	return status;
}
