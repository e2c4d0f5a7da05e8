/* SPDX-License-Identifier: BSD-2-Clause */
#include "survey_image.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "io/fileio.h"
#include "io/text.h"
#include "sign/verify.h"
#include "menu_entry.h"

void survey_fault_add(struct survey_faults *faults, const char *subject, const char *format, ...)
{
	const size_t size = (faults->count + 1) * sizeof(*faults->faults);
	struct survey_fault *longer = realloc(faults->faults, size);
	struct survey_fault *fault;
	va_list arguments;

	if (!longer)
		diag_no_memory(size);
	faults->faults = longer;
	fault = &longer[faults->count++];
	fault->subject = text_make("%s", subject);
	va_start(arguments, format);
	vsnprintf(fault->why.text, sizeof(fault->why.text), format, arguments);
	va_end(arguments);
}

void survey_faults_free(struct survey_faults *faults)
{
	for (size_t i = 0; i < faults->count; i++)
		free(faults->faults[i].subject);
	free(faults->faults);
	*faults = (struct survey_faults){ 0 };
}

void survey_image_free(struct survey_image *image)
{
	free(image->path);
	free(image->signer);
	*image = (struct survey_image){ 0 };
}

/* The arguments of survey_image_read() */
struct reading {
	const struct install_place *place;
	const struct firmware *firmware;
	const struct install_record *record;
	struct survey_image *image;
	struct survey_faults *faults;
};

static int64_t seconds_of(const ASN1_TIME *time)
{
	struct tm tm;

	return time && ASN1_TIME_to_tm(time, &tm) ? (int64_t)timegm(&tm) : 0;
}

static void take_signer(const struct bzb_authenticode *parsed, struct survey_image *image)
{
	struct signatures signatures;

	signatures_read(parsed, &(struct trust){ 0 }, &signatures);
	for (size_t i = 0; i < signatures.count && !image->signer; i++) {
		const struct signature *signature = &signatures.entries[i].signature;

		if (signature->fault)
			continue;
		image->signer = record_subject(signature->signer);
		image->time = seconds_of(signature->time);
	}
	signatures_free(&signatures);
}

/* The PE image that is started */
static void judge(const struct reading *reading, const char *path, struct bzb_span bytes)
{
	struct survey_image *image = reading->image;
	struct bzb_authenticode parsed;
	char *whole = install_esp_path(reading->place, path);
	struct why why;

	if (pe_image_parse(bytes, &parsed, &why) ||
	    trust_ask(reading->firmware, bytes, &image->trust, &why)) {
		survey_fault_add(reading->faults, whole, "%s", why.text);
	} else {
		image->is_judged = true;
		take_signer(&parsed, image);
		if (trust_refuses(image->trust))
			survey_fault_add(reading->faults, whole,
					 "Secure Boot is on, and the firmware refuses it: %s",
					 trust_phrase(image->trust));
	}
	free(whole);
}

/* Reads one file, and compares it with the record. returns: 0, or -1 if it is not there */
static int read_file(const struct reading *reading, const char *path, struct blob *ret)
{
	char *whole = install_esp_path(reading->place, path), sha256[RECORD_DIGEST_SIZE];
	struct why why;
	const int err = file_read_any(whole, ret, &why);

	if (err) {
		survey_fault_add(reading->faults, whole, "%s", why.text);
		reading->image->is_recorded = false;
	} else {
		record_digest(blob_span(ret), sha256);
		reading->image->size += ret->size;
		reading->image->is_current |= !strcmp(sha256, reading->record->current);
		if (!record_find(&reading->record->files, sha256)) {
			survey_fault_add(reading->faults, whole,
					 "has been changed since bzboot wrote it");
			reading->image->is_recorded = false;
		}
	}
	free(whole);
	return err;
}

static void read_part(const struct reading *reading, const char *path, bool is_started)
{
	struct blob bytes;

	if (read_file(reading, path, &bytes))
		return;
	if (is_started)
		judge(reading, path, blob_span(&bytes));
	blob_free(&bytes);
}

static void read_entry(const struct reading *reading, struct bzb_span bytes)
{
	char *text = text_make("%.*s", (int)bytes.size, (const char *)bytes.data), *rest = text;
	const char *path;
	bool is_kernel;

	while ((path = menu_entry_next_file(&rest, &is_kernel)))
		read_part(reading, path, is_kernel);
	free(text);
}

void survey_image_read(const struct install_place *place, const struct firmware *firmware,
		       const struct install_record *record, struct survey_image *image,
		       struct survey_faults *faults)
{
	const struct reading reading = { place, firmware, record, image, faults };
	struct blob bytes;

	image->is_recorded = true;
	if (read_file(&reading, image->path, &bytes))
		return;
	if (record->layout == LAYOUT_UKI)
		judge(&reading, image->path, blob_span(&bytes));
	else
		read_entry(&reading, blob_span(&bytes));
	blob_free(&bytes);
}
