/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Predicting the events of any PE image: an error has a reason, and a set of PCRs has exactly those
 * events of all PCRs that are in it.
 */
#include "fuzz.h"

#include "../packer/measure/measure_report.h"

/* Firmware gives an image memory of this size, of which sections are measured. */
#define MEMORY_MAX 0x1000000u

static const char *const phase = "enter-initrd";
static const struct names phases = { (const char **)(uintptr_t)&phase, 1 };

static struct event_options options_of(unsigned int pcrs)
{
	return (struct event_options){
		.banks = 1u << BANK_SHA256,
		.pcrs = pcrs,
		.cmdline = "quiet",
		.direct = true,
	};
}

static void check_subset(struct bzb_span image, const struct events *all, unsigned int pcrs)
{
	const struct event_options options = options_of(pcrs);
	struct events some;
	struct why why;
	size_t next = 0;

	PROMISE(!events_predict(image, &options, &some, &why));
	for (size_t i = 0; i < all->count; i++)
		if (pcrs & 1u << all->list[i].pcr)
			PROMISE(next < some.count &&
				!memcmp(&all->list[i], &some.list[next++], sizeof(*some.list)));
	PROMISE(next == some.count);
	events_free(&some);
}

static void check_report(const struct events *events)
{
	const struct report_options options = { 1u << BANK_SHA256, &phases, false };
	json_t *report;
	struct blob text;
	struct why why;

	PROMISE(!report_make(events, &options, &report, &why));
	text = report_text(report);
	blob_free(&text);
	json_decref(report);
	json_decref(report_pcrlock(events, options.banks));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const struct event_options options = options_of(PCRS_ALL);
	const struct bzb_span image = { data, size };
	struct events events;
	struct bzb_pe pe;
	struct why why = { "" };
	size_t position = 0;

	if (!bzb_pe_parse(image, &pe) && pe.size_of_image > MEMORY_MAX)
		return 0;
	if (events_predict(image, &options, &events, &why)) {
		PROMISE(*why.text);
		return 0;
	}
	while (events_doubt(&events, &position, &why))
		PROMISE(*why.text);
	check_subset(image, &events, 1u << PCR_SECTIONS);
	check_subset(image, &events, 1u << PCR_PROGRAMS | 1u << PCR_PARAMETERS);
	check_report(&events);
	events_free(&events);
	return 0;
}
