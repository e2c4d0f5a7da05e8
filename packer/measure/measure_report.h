/* SPDX-License-Identifier: BSD-2-Clause */
/* The forms in which a prediction is printed. */
#ifndef PACKER_MEASURE_REPORT_H
#define PACKER_MEASURE_REPORT_H

#include <jansson.h>

#include "io/blob.h"
#include "io/names.h"
#include "events.h"

/* The values to be printed */
struct report_options {
	unsigned int banks;	    /* set */
	const struct names *phases; /* paths for PCR 11 */
	bool rtmr;		    /* registers of confidential guests in place of PCRs */
};

/**
 * report_make() - compute all values
 * @events: predicted
 * @options: what is printed
 * @ret: by bank: {"sha256": [{"pcr": 11, "phase": "enter-initrd", "hash": HEX}]}; "event" in place
 *	of "hash" is the digest of an event, if the value of its PCR depends on others, too; "rtmr"
 *	in place of "pcr"; for json_decref(); untouched on error
 * @why: OpenSSL does not provide an algorithm
 *
 * returns: 0, or -1 on error
 */
int report_make(const struct events *events, const struct report_options *options, json_t **ret,
		struct why *why);

/**
 * report_text() - the same as a text
 * @report: of report_make()
 *
 * A line for each value: "11:sha256=HEX", as systemd-measure prints them. Other lines begin with
 * "#".
 *
 * returns: for blob_free()
 */
struct blob report_text(const json_t *report);

/**
 * report_pcrlock() - make records of the events for systemd-pcrlock
 * @events: predicted
 * @banks: set of banks
 *
 * returns: {"records": [...]}; for json_decref()
 */
json_t *report_pcrlock(const struct events *events, unsigned int banks);

/**
 * report_hex() - a digest in JSON
 * @bytes: of it
 * @size: of them
 *
 * returns: lower-case hexadecimal digits
 */
json_t *report_hex(const unsigned char *bytes, size_t size);

/**
 * report_digest() - the digest of a bank in JSON
 * @digests: of banks
 * @bank: its index
 *
 * returns: as report_hex()
 */
json_t *report_digest(const struct digests *digests, unsigned int bank);

/**
 * report_add() - add a value to the list of a bank
 * @object: of lists by bank
 * @bank: its index
 * @value: becomes part of the object
 */
void report_add(json_t *object, unsigned int bank, json_t *value);

#endif
