/* SPDX-License-Identifier: BSD-2-Clause */
/* The values of PCRs, and of the registers that confidential guests have in their place. */
#ifndef PACKER_REGISTERS_H
#define PACKER_REGISTERS_H

#include "events.h"

/* The register for PCRs 8 to 15, a digest of SHA-384 (Intel TDX; UEFI 2.10, 38.4.1). Nothing but
 * the image and its boot loader are measured into it. */
#define RTMR_OF_SYSTEM 2u

/* The register for PCRs 2 to 6 */
#define RTMR_OF_PROGRAMS 1u

/**
 * register_pcr() - compute the value of a PCR after all events
 * @events: predicted
 * @pcr: its number
 * @banks: set of banks
 * @ret: the value; untouched on error
 * @why: OpenSSL does not provide an algorithm
 *
 * The value is that before the first event if there are none: zeros.
 *
 * returns: 0, or -1 on error
 */
int register_pcr(const struct events *events, unsigned int pcr, unsigned int banks,
		 struct digests *ret, struct why *why);

/**
 * register_direct() - compute PCR 4 if the firmware starts the image, and nothing before it
 * @events: as for register_pcr()
 * @banks: likewise
 * @ret: likewise
 * @why: likewise
 *
 * The firmware measures that it starts a boot option, and a separator, before the image (TCG, "PC
 * Client Platform Firmware Profile" 1.05, 3.3.4.5).
 *
 * returns: as register_pcr()
 */
int register_direct(const struct events *events, unsigned int banks, struct digests *ret,
		    struct why *why);

/**
 * register_phases() - extend PCR 11 by phases of the boot
 * @path: words with colons between them, "enter-initrd:leave-initrd"; may be empty
 * @banks: set of banks
 * @pcr: its value before; changed unless there is an error
 * @why: OpenSSL does not provide an algorithm
 *
 * returns: 0, or -1 on error
 */
int register_phases(const char *path, unsigned int banks, struct digests *pcr, struct why *why);

/**
 * register_usual_phase() - the phases that systemd goes through, as of systemd-measure
 * @index: from 0
 *
 * returns: a path for register_phases(); NULL after the last one
 */
const char *register_usual_phase(size_t index);

/**
 * register_system() - compute RTMR 2 after all events
 * @events: with the bank of SHA-384
 * @ret: the value, in that bank; untouched on error
 * @why: OpenSSL does not provide SHA-384
 *
 * returns: 0, or -1 on error
 */
int register_system(const struct events *events, struct digests *ret, struct why *why);

#endif
