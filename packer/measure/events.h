/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The events of a boot that depend on nothing but an image and its command line: those that the
 * firmware, the stub of a unified kernel image and Linux's stub measure (UAPI group, "Unified
 * Kernel Image" and "Linux TPM PCR Registry").
 */
#ifndef PACKER_EVENTS_H
#define PACKER_EVENTS_H

#include <stdbool.h>

#include <bzboot/uki.h>

#include "banks.h"

/* PCRs, and what is measured into them */
enum {
	PCR_PROGRAMS = 4,    /* the images that the firmware starts */
	PCR_INPUTS = 9,	     /* command line and initrd, by Linux's stub */
	PCR_SECTIONS = 11,   /* sections of a unified kernel image; later the phases of the boot */
	PCR_PARAMETERS = 12, /* what is given beside the image: profile and command line */
};

/* Sets of PCRs: bit 1 << PCR_SECTIONS and so on */
#define PCRS_ALL (1u << PCR_PROGRAMS | 1u << PCR_INPUTS | 1u << PCR_SECTIONS | 1u << PCR_PARAMETERS)

struct event_options {
	unsigned int banks, pcrs; /* sets; other events are left out */
	unsigned int profile;
	const char *cmdline; /* given by the boot loader, UTF-8; NULL: that of the image */
	bool direct;	     /* the firmware starts the image, and nothing before it */
};

/* One event */
struct measured {
	unsigned int pcr;
	struct digests digests;
};

/* In the order of the event log */
struct events {
	struct measured *list;
	size_t count;
	bool is_uki;
	bool is_direct;		   /* PCR 4 has only the events of register_direct() */
	bool has_machine_sections; /* the machine decides which of them are measured */
	bool has_inner_image;	   /* PCR 4 is not predicted: the firmware loads .linux */
	bool has_machine_inputs;   /* PCR 9 is not predicted: the machine adds to the initrd */
};

/**
 * events_predict() - predict the events of a boot
 * @file: a PE image
 * @options: what to predict
 * @ret: for events_free(); untouched on error
 * @why: not a PE image, it has no such profile, or a section that firmware does not load
 *
 * The events of an image that is not a unified kernel image are those of PCR 4, and those of a
 * given command line.
 *
 * returns: 0, or -1 on error
 */
int events_predict(struct bzb_span file, const struct event_options *options, struct events *ret,
		   struct why *why);

/**
 * events_find() - find the first event of a PCR
 * @events: predicted
 * @pcr: its number
 *
 * returns: its digests, as they extend the PCR; NULL if there is none
 */
const struct digests *events_find(const struct events *events, unsigned int pcr);

/**
 * events_doubt() - a limit of the prediction
 * @events: predicted
 * @position: 0 at first; moves on
 * @why: "warning: ..."
 *
 * returns: false if there is nothing (more)
 */
bool events_doubt(const struct events *events, size_t *position, struct why *why);

/**
 * events_free() - free the list
 * @events: becomes empty
 */
void events_free(struct events *events);

#endif
