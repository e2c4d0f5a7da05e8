/* SPDX-License-Identifier: BSD-2-Clause */
#include "measure_report.h"

#include <stdio.h>
#include <stdlib.h>

#include "io/hex.h"
#include "io/json.h"
#include "registers.h"

json_t *report_hex(const unsigned char *bytes, size_t size)
{
	char digits[2 * EVP_MAX_MD_SIZE + 1];
	json_t *json;

	hex_write(bytes, size, digits);
	json = json_string(digits);
	if (!json)
		diag_no_memory(size);
	return json;
}

json_t *report_digest(const struct digests *digests, unsigned int bank)
{
	return report_hex(digests->bytes[bank], bank_at(bank)->size);
}

void report_add(json_t *object, unsigned int bank, json_t *value)
{
	const char *name = bank_at(bank)->name;
	json_t *list = json_object_get(object, name);

	if (!list) {
		list = json_array();
		json_put(object, name, list);
	}
	json_add(list, value);
}

/* One value in all banks. */
struct row {
	const char *kind; /* "pcr", "rtmr" */
	unsigned int number;
	const char *phase; /* NULL or empty: none */
	bool is_event;	   /* not the value of the register */
	const struct digests *value;
};

static void add_row(json_t *report, unsigned int banks, const struct row *row)
{
	for (unsigned int i = 0; i < BANK_COUNT; i++) {
		json_t *value;

		if (!(banks & 1u << i))
			continue;
		value = json_object();
		if (row->phase && *row->phase)
			json_put(value, "phase", json_string(row->phase));
		json_put(value, row->kind, json_integer(row->number));
		json_put(value, row->is_event ? "event" : "hash", report_digest(row->value, i));
		report_add(report, i, value);
	}
}

static int add_programs(json_t *report, const struct events *events,
			const struct report_options *options, struct why *why)
{
	struct row row = {
		.kind = "pcr",
		.number = PCR_PROGRAMS,
		.is_event = true,
		.value = events_find(events, PCR_PROGRAMS),
	};
	struct digests value;

	if (!row.value)
		return 0;
	if (events->is_direct && !events->has_inner_image) {
		if (register_direct(events, options->banks, &value, why))
			return -1;
		row.value = &value;
		row.is_event = false;
	}
	add_row(report, options->banks, &row);
	return 0;
}

static int add_pcr(json_t *report, const struct events *events,
		   const struct report_options *options, unsigned int pcr, struct why *why)
{
	struct digests value;

	if (!events_find(events, pcr))
		return 0;
	if (register_pcr(events, pcr, options->banks, &value, why))
		return -1;
	add_row(report, options->banks,
		&(struct row){ .kind = "pcr", .number = pcr, .value = &value });
	return 0;
}

static int add_sections(json_t *report, const struct events *events,
			const struct report_options *options, struct why *why)
{
	struct digests first, value;

	if (!events_find(events, PCR_SECTIONS))
		return 0;
	if (register_pcr(events, PCR_SECTIONS, options->banks, &first, why))
		return -1;
	for (size_t i = 0; i < options->phases->count; i++) {
		const char *path = options->phases->names[i];

		value = first;
		if (register_phases(path, options->banks, &value, why))
			return -1;
		add_row(report, options->banks,
			&(struct row){ .kind = "pcr",
				       .number = PCR_SECTIONS,
				       .phase = path,
				       .value = &value });
	}
	return 0;
}

static int add_rtmrs(json_t *report, const struct events *events, struct why *why)
{
	const unsigned int banks = 1u << BANK_SHA384;
	struct digests value;

	if (register_system(events, &value, why))
		return -1;
	add_row(report, banks,
		&(struct row){ .kind = "rtmr",
			       .number = RTMR_OF_PROGRAMS,
			       .is_event = true,
			       .value = events_find(events, PCR_PROGRAMS) });
	add_row(report, banks,
		&(struct row){ .kind = "rtmr", .number = RTMR_OF_SYSTEM, .value = &value });
	return 0;
}

static int add_pcrs(json_t *report, const struct events *events,
		    const struct report_options *options, struct why *why)
{
	return add_programs(report, events, options, why) ||
			       add_pcr(report, events, options, PCR_INPUTS, why) ||
			       add_sections(report, events, options, why) ||
			       add_pcr(report, events, options, PCR_PARAMETERS, why) ?
		       -1 :
		       0;
}

int report_make(const struct events *events, const struct report_options *options, json_t **ret,
		struct why *why)
{
	json_t *report = json_object();
	int err;

	if (!report)
		diag_no_memory(0);
	err = options->rtmr ? add_rtmrs(report, events, why) :
			      add_pcrs(report, events, options, why);
	if (err)
		json_decref(report);
	else
		*ret = report;
	return err;
}

static void print_value(FILE *to, const char *bank, const json_t *value)
{
	const char *event = json_string_value(json_object_get(value, "event"));
	const json_t *rtmr = json_object_get(value, "rtmr"),
		     *number = rtmr ? rtmr : json_object_get(value, "pcr");
	const long long index = json_integer_value(number);

	if (event)
		fprintf(to, "# %s %lld, one of its events: %s=%s\n", rtmr ? "RTMR" : "PCR", index,
			bank, event);
	else
		fprintf(to, "%s%lld:%s=%s\n", rtmr ? "rtmr" : "", index, bank,
			json_string_value(json_object_get(value, "hash")));
}

static void print_phase(FILE *to, const json_t *value)
{
	const char *phase = json_string_value(json_object_get(value, "phase"));

	if (json_integer_value(json_object_get(value, "pcr")) == PCR_SECTIONS)
		fprintf(to, "# PCR %d, phase %s\n", PCR_SECTIONS, phase ? phase : "(none)");
}

/* The lists of all banks have the same registers, in the same order. */
static void print_report(FILE *to, json_t *report)
{
	const json_t *first = json_object_iter_value(json_object_iter(report));
	const char *bank;
	json_t *list;

	for (size_t i = 0; i < json_array_size(first); i++) {
		print_phase(to, json_array_get(first, i));
		json_object_foreach(report, bank, list)
			print_value(to, bank, json_array_get(list, i));
	}
}

struct blob report_text(const json_t *report)
{
	char *text = NULL;
	size_t size = 0;
	struct blob copy;
	FILE *to = open_memstream(&text, &size);

	if (!to)
		diag_no_memory(0);
	print_report(to, (json_t *)(uintptr_t)report);
	if (fclose(to))
		diag_no_memory(size);
	copy = blob_copy((struct bzb_span){ (const unsigned char *)text, size });
	free(text);
	return copy;
}

static json_t *make_record(const struct measured *event, unsigned int banks)
{
	json_t *digests = json_array(), *record = json_object();

	for (unsigned int i = 0; i < BANK_COUNT; i++) {
		json_t *digest;

		if (!(banks & 1u << i))
			continue;
		digest = json_object();
		json_put(digest, "hashAlg", json_string(bank_at(i)->name));
		json_put(digest, "digest", report_digest(&event->digests, i));
		json_add(digests, digest);
	}
	json_put(record, "pcr", json_integer(event->pcr));
	json_put(record, "digests", digests);
	return record;
}

json_t *report_pcrlock(const struct events *events, unsigned int banks)
{
	json_t *records = json_array(), *report = json_object();

	for (size_t i = 0; i < events->count; i++)
		json_add(records, make_record(&events->list[i], banks));
	json_put(report, "records", records);
	return report;
}
