/* SPDX-License-Identifier: BSD-2-Clause */
#include "events.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <bzboot/authenticode.h>

#include "sign/pe_image.h"
#include "joined_initrd.h"
#include "load_line.h"
#include "stub_version.h"
#include "uki_bytes.h"

/* A prediction in the making. */
struct prediction {
	const struct event_options *options;
	struct bzb_authenticode image;
	struct bzb_uki uki;
	unsigned int version; /* of the stub */
	struct events events;
};

static bool is_wanted(const struct prediction *prediction, unsigned int pcr)
{
	return prediction->options->pcrs & 1u << pcr;
}

static void add(struct prediction *prediction, unsigned int pcr, const struct digests *digests)
{
	struct events *events = &prediction->events;
	struct measured *list = realloc(events->list, (events->count + 1) * sizeof(*events->list));

	if (!list)
		diag_no_memory((events->count + 1) * sizeof(*events->list));
	list[events->count++] = (struct measured){ pcr, *digests };
	events->list = list;
}

static int add_bytes(struct prediction *prediction, unsigned int pcr, struct bzb_span bytes,
		     struct why *why)
{
	struct digests digests;

	if (banks_hash(prediction->options->banks, bytes, &digests, why))
		return -1;
	add(prediction, pcr, &digests);
	return 0;
}

static int predict_image(struct prediction *prediction, struct why *why)
{
	struct hasher *hasher;
	struct digests digests;

	if (!is_wanted(prediction, PCR_PROGRAMS))
		return 0;
	hasher = hasher_start(prediction->options->banks);
	bzb_authenticode_hash(&prediction->image, hasher_update, hasher);
	if (hasher_finish(hasher, &digests, why))
		return -1;
	add(prediction, PCR_PROGRAMS, &digests);
	return 0;
}

/* The number of a profile, decimal, in UTF-16 with a NUL. */
static int predict_profile(struct prediction *prediction, struct why *why)
{
	char digits[16];
	struct blob line;
	int length = snprintf(digits, sizeof(digits), "%u", prediction->options->profile), err;

	if (!prediction->options->profile || !is_wanted(prediction, PCR_PARAMETERS))
		return 0;
	if (load_line_make((struct bzb_span){ (const unsigned char *)digits, (size_t)length },
			   &line, why))
		return -1;
	err = add_bytes(prediction, PCR_PARAMETERS, blob_span(&line), why);
	blob_free(&line);
	return err;
}

static int predict_section(struct prediction *prediction, enum bzb_uki_name name, struct why *why)
{
	const char *text = bzb_uki_section_name(name);
	const struct bzb_span text_span = { (const unsigned char *)text, strlen(text) + 1 };
	struct bzb_pe_section section;
	struct digests digests;
	struct uki_bytes bytes;
	struct hasher *hasher;

	if (bzb_uki_section(&prediction->uki, name, &section))
		return 0;
	if (uki_bytes(&prediction->uki.pe, &section, &bytes, why) ||
	    add_bytes(prediction, PCR_SECTIONS, text_span, why))
		return -1;
	hasher = hasher_start(prediction->options->banks);
	uki_bytes_hash(&bytes, hasher);
	if (hasher_finish(hasher, &digests, why))
		return -1;
	add(prediction, PCR_SECTIONS, &digests);
	return 0;
}

/* The stub measures them only if the machine is the one that they are for. */
static bool is_for_machines(enum bzb_uki_name name)
{
	return name == BZB_UKI_DTBAUTO || name == BZB_UKI_EFIFW;
}

static int predict_sections(struct prediction *prediction, struct why *why)
{
	struct bzb_pe_section unused;
	int err = 0;

	if (!is_wanted(prediction, PCR_SECTIONS))
		return 0;
	for (enum bzb_uki_name name = 0; name < BZB_UKI_NAMES && !err; name++) {
		if (!stub_measures(prediction->version, name))
			continue;
		if (!is_for_machines(name))
			err = predict_section(prediction, name, why);
		else if (!bzb_uki_section(&prediction->uki, name, &unused))
			prediction->events.has_machine_sections = true;
	}
	return err;
}

/* @ret: that of the boot loader, else that of the image; untouched if there is none */
static int make_line(const struct prediction *prediction, struct blob *ret, struct why *why)
{
	const char *given = prediction->options->cmdline;
	struct bzb_pe_section section;
	struct uki_bytes bytes;

	if (given)
		return load_line_make((struct bzb_span){ (const unsigned char *)given,
							 strlen(given) },
				      ret, why);
	if (!prediction->events.is_uki ||
	    bzb_uki_section(&prediction->uki, BZB_UKI_CMDLINE, &section))
		return 0;
	return uki_bytes(&prediction->uki.pe, &section, &bytes, why) ?
		       -1 :
		       load_line_make(bytes.file, ret, why);
}

static int predict_line(struct prediction *prediction, unsigned int pcr, struct why *why)
{
	struct blob line = { 0 };
	int err;

	if (!is_wanted(prediction, pcr))
		return 0;
	err = make_line(prediction, &line, why);
	if (!err && line.size)
		err = add_bytes(prediction, pcr, blob_span(&line), why);
	blob_free(&line);
	return err;
}

static int predict_initrd(struct prediction *prediction, struct why *why)
{
	struct digests digests;
	int found;

	if (!is_wanted(prediction, PCR_INPUTS))
		return 0;
	found = joined_initrd_hash(&prediction->uki, prediction->version,
				   prediction->options->banks, &digests, why);
	if (found > 0)
		add(prediction, PCR_INPUTS, &digests);
	return found < 0 ? -1 : 0;
}

/* In the order of the stub of a unified kernel image; then that of Linux. */
static int predict_uki(struct prediction *prediction, struct why *why)
{
	if (predict_image(prediction, why) || predict_profile(prediction, why) ||
	    predict_sections(prediction, why) ||
	    (prediction->options->cmdline && predict_line(prediction, PCR_PARAMETERS, why)))
		return -1;
	prediction->events.has_inner_image = prediction->options->direct &&
					     stub_loads_image(prediction->version);
	prediction->events.has_machine_inputs = stub_adds_secret(prediction->version) &&
						is_wanted(prediction, PCR_INPUTS);
	if (prediction->events.has_machine_inputs)
		return 0;
	return predict_line(prediction, PCR_INPUTS, why) || predict_initrd(prediction, why) ? -1 :
											      0;
}

static int predict(struct prediction *prediction, struct why *why)
{
	const struct bzb_pe *pe = &prediction->image.pe;
	int err = bzb_uki_find(pe, prediction->options->profile, &prediction->uki);

	prediction->events.is_uki = !err;
	prediction->events.is_direct = prediction->options->direct;
	prediction->version = stub_version(pe);
	if (err == -BZB_ERR_NOTFOUND)
		return explain(why, "has no profile %u", prediction->options->profile);
	if (err == -BZB_ERR_TOOLARGE)
		return explain(why, "has more than %u profiles", BZB_UKI_PROFILES_MAX);
	if (!err)
		return predict_uki(prediction, why);
	return predict_image(prediction, why) || predict_line(prediction, PCR_INPUTS, why) ? -1 : 0;
}

int events_predict(struct bzb_span file, const struct event_options *options, struct events *ret,
		   struct why *why)
{
	struct prediction prediction = { .options = options };

	if (pe_image_parse(file, &prediction.image, why))
		return -1;
	if (predict(&prediction, why)) {
		events_free(&prediction.events);
		return -1;
	}
	*ret = prediction.events;
	return 0;
}

static bool has_machine_sections(const struct events *events, struct why *why)
{
	if (events->has_machine_sections)
		explain(why, "warning: .dtbauto and .efifw are for some machines: the prediction "
			     "is for the others");
	return events->has_machine_sections;
}

static bool has_inner_image(const struct events *events, struct why *why)
{
	if (events->has_inner_image)
		explain(why,
			"warning: PCR 4 is not predicted: its stub, of systemd before 258, has "
			"the firmware load the kernel, which may be one more event");
	return events->has_inner_image;
}

static bool has_machine_inputs(const struct events *events, struct why *why)
{
	if (events->has_machine_inputs)
		explain(why, "warning: PCR 9 is not predicted: its stub, of systemd 261 or later, "
			     "adds a secret of the machine to the initrd");
	return events->has_machine_inputs;
}

static bool (*const doubts[])(const struct events *events, struct why *why) = {
	has_machine_sections,
	has_inner_image,
	has_machine_inputs,
};

const struct digests *events_find(const struct events *events, unsigned int pcr)
{
	for (size_t i = 0; i < events->count; i++)
		if (events->list[i].pcr == pcr)
			return &events->list[i].digests;
	return NULL;
}

bool events_doubt(const struct events *events, size_t *position, struct why *why)
{
	while (*position < BZB_ARRAY_SIZE(doubts))
		if (doubts[(*position)++](events, why))
			return true;
	return false;
}

void events_free(struct events *events)
{
	free(events->list);
	*events = (struct events){ 0 };
}
