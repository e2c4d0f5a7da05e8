/* SPDX-License-Identifier: BSD-2-Clause */
#include "shuffling.h"

#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

#include "io/fileio.h"
#include "io/hex.h"
#include "io/lap.h"

/* The findings that are printed: one mistake may have thousands. */
enum { FINDINGS_PRINTED = 20 };

const struct option_value value_units = { .words = "functions objects" };

int shuffling_take_units(const char *command, const char *name, const char *argument,
			 enum shuffle_units *ret)
{
	if (!strcmp(argument, "functions"))
		*ret = SHUFFLE_FUNCTIONS;
	else if (!strcmp(argument, "objects"))
		*ret = SHUFFLE_OBJECTS;
	else
		return option_refuse(command, name, argument, &value_units);
	return 0;
}

int shuffling_read_seed(const char *text, unsigned char *seed, struct why *why)
{
	const struct bzb_span digits = { (const unsigned char *)text, strlen(text) };

	if (bzb_shuffle_read_seed(digits, seed))
		return 0;
	return explain(why, "'%.80s' is not a number of 1 to %d hexadecimal digits", text,
		       2 * BZB_SHUFFLE_SEED_SIZE);
}

int shuffling_draw_seed(unsigned char *seed, struct why *why)
{
	if (getrandom(seed, BZB_SHUFFLE_SEED_SIZE, 0) == BZB_SHUFFLE_SEED_SIZE)
		return 0;
	return explain(why, "no random numbers: %s", strerror(errno));
}

/* Prints findings, up to a number of them. */
struct printer {
	const char *file;
	size_t printed;
};

static void print_finding(void *context, const struct why *why)
{
	struct printer *printer = context;

	if (printer->printed++ < FINDINGS_PRINTED)
		diag(printer->file, why);
}

/* Prints how many findings were not printed. Returns -1 if there are any. */
static int end_findings(const char *file, const struct findings *findings)
{
	struct why why;

	if (findings->count > FINDINGS_PRINTED) {
		explain(&why, "%zu more differences", findings->count - FINDINGS_PRINTED);
		diag(file, &why);
	}
	return findings->count ? -1 : 0;
}

void shuffling_keep(const struct blob *file)
{
	struct bzb_elf elf;

	file_keep(file, 0, sizeof(struct bzb_elf_ehdr));
	if (bzb_elf_parse(blob_span(file), &elf))
		return;
	file_keep(file, (size_t)elf.phoff, (size_t)bzb_elf_phdrs_size(&elf));
	file_keep(file, (size_t)elf.shoff, (size_t)bzb_elf_shdrs_size(&elf));
	for (unsigned int i = 0; i < elf.shnum; i++) {
		struct bzb_elf_section section = bzb_elf_section(&elf, i);

		if (shuffle_verify_reads(&elf, &section))
			file_keep(file, (size_t)section.offset, (size_t)section.size);
	}
}

int shuffling_compare(const struct shuffling_names *names, struct bzb_span original,
		      struct bzb_span shuffled, struct shuffle_counts *counts)
{
	struct printer printer = { .file = names->shuffled };
	struct findings findings = { .report = print_finding, .context = &printer };
	struct why original_why, shuffled_why;

	if (!shuffle_verify(original, shuffled, &findings, counts, &original_why, &shuffled_why))
		return end_findings(names->shuffled, &findings);
	if (*original_why.text)
		return diag_fail(names->original, &original_why);
	return diag_fail(names->shuffled, &shuffled_why);
}

int shuffling_refuse(const char *file, const unsigned char *seed)
{
	char digits[2 * BZB_SHUFFLE_SEED_SIZE + 1] = "";
	struct why why;

	if (seed)
		hex_write(seed, BZB_SHUFFLE_SEED_SIZE, digits);
	explain(&why, "it is not written, because it would not be the same kernel%s%s",
		seed ? "; this is a fault of bzboot: please report it, with the seed " : "",
		digits);
	return diag_fail(file, &why);
}

static int prove(const struct shuffling_names *names, struct bzb_span original,
		 struct bzb_span shuffled, const unsigned char *seed)
{
	struct shuffle_counts counts = { 0 };
	int error;

	lap("shuffled");
	error = shuffling_compare(names, original, shuffled, &counts);
	lap("verified");
	return error ? shuffling_refuse(names->shuffled, seed) : 0;
}

int shuffling_run(const struct shuffling_names *names, struct bzb_span original,
		  enum shuffle_units units, const unsigned char *seed, struct blob *ret,
		  struct shuffle_summary *summary)
{
	struct blob shuffled;
	struct why why;

	if (shuffle_kernel(original, units, seed, &shuffled, summary, &why))
		return diag_fail(names->original, &why);
	if (prove(names, original, blob_span(&shuffled), seed)) {
		blob_free(&shuffled);
		return -1;
	}
	*ret = shuffled;
	return 0;
}

int shuffling_describe(const struct shuffling_names *names, struct bzb_span original,
		       enum shuffle_units units, struct blob *ret, struct shuffle_summary *summary)
{
	static const unsigned char seed[BZB_SHUFFLE_SEED_SIZE];
	struct blob described, shuffled;
	struct why why;
	int error;

	if (shuffle_describe(original, units, seed, &described, &shuffled, summary, &why))
		return diag_fail(names->original, &why);
	error = prove(names, original, blob_span(&shuffled), seed);
	blob_free(&shuffled);
	if (error) {
		blob_free(&described);
		return -1;
	}
	*ret = described;
	return 0;
}

void shuffling_print(const char *file, const struct shuffle_summary *s, const unsigned char *seed)
{
	char digits[2 * BZB_SHUFFLE_SEED_SIZE + 1] = "";
	struct why note;

	if (seed)
		hex_write(seed, BZB_SHUFFLE_SEED_SIZE, digits);
	explain(&note, "%zu of %zu units %s (%llu of %llu KiB of .text), %llu bits of entropy%s%s",
		seed ? s->moved : s->facts.units, (size_t)s->facts.units,
		seed ? "have moved" : "move at each boot",
		(unsigned long long)(s->facts.size / 1024),
		(unsigned long long)(s->text_size / 1024), (unsigned long long)s->facts.entropy,
		seed ? "; seed " : "", digits);
	diag_note(file, &note);
}

static void print_shares(const char *what, const struct shuffle_share *shares)
{
	for (int i = 0; i < SHUFFLE_REASON_COUNT; i++)
		if (shares[i].pieces)
			printf("  %s  %6zu  %8llu bytes  %s\n", what, shares[i].pieces,
			       (unsigned long long)shares[i].size, shuffle_reason_words[i]);
}

void shuffling_print_survey(const char *name, const struct shuffle_survey *survey)
{
	printf("%s: %u units of functions can be shuffled: %llu of %llu KiB of .text, %llu bits of "
	       "entropy\n",
	       name, survey->facts.units, (unsigned long long)(survey->facts.size / 1024),
	       (unsigned long long)(survey->text_size / 1024),
	       (unsigned long long)survey->facts.entropy);
	print_shares("joined", survey->joined);
	print_shares("pinned", survey->pinned);
}
