/* SPDX-License-Identifier: BSD-2-Clause */
/* Calls of the BIOS. */
#ifndef SETUP_BIOS_H
#define SETUP_BIOS_H

#include <stdbool.h>
#include <stdint.h>

#include "setup.h"

/* The order is that of "services" in start.S. */
enum bios_service {
	BIOS_VIDEO,    /* INT 10h */
	BIOS_DISK,     /* INT 13h */
	BIOS_SYSTEM,   /* INT 15h */
	BIOS_KEYBOARD, /* INT 16h */
};

#define BIOS_REGISTER(r) \
	union { uint32_t e##r##x; uint16_t r##x; struct { uint8_t r##l, r##h; }; }

/* The order is that of POPA. */
struct bios_regs {
	union {
		uint32_t edi;
		uint16_t di;
	};
	union {
		uint32_t esi;
		uint16_t si;
	};
	uint32_t ebp, ignored_esp;
	BIOS_REGISTER(b);
	BIOS_REGISTER(d);
	BIOS_REGISTER(c);
	BIOS_REGISTER(a);
	uint16_t es;
	uint16_t flags; /* output only */
};
_Static_assert(sizeof(struct bios_regs) == BIOS_REGS_SIZE, "bios_regs");

/**
 * bios_regs() - initialise the registers for a call
 * @regs: EAX is @eax, ES is our segment, all others are zero
 * @eax: the function
 */
void bios_regs(struct bios_regs *regs, uint32_t eax);

/**
 * bios_call() - call the BIOS
 * @service: its interrupt
 * @regs: its arguments, and its results. The carry flag is set before the call, so
 *	that a missing service fails
 */
void bios_call(enum bios_service service, struct bios_regs *regs);

/**
 * bios_video() - call a video service that takes three registers
 * @ax: the function
 * @bx: its arguments
 * @cx: likewise
 *
 * returns: AX
 */
uint16_t bios_video(uint16_t ax, uint16_t bx, uint16_t cx);

/**
 * bios_failed() - check whether a service has failed
 * @regs: from bios_call()
 *
 * returns: the carry flag
 */
static inline bool bios_failed(const struct bios_regs *regs)
{
	return regs->flags & 1;
}

/**
 * near() - convert a pointer for the BIOS
 * @p: into our segment
 *
 * returns: the offset
 */
static inline uint32_t near(const void *p)
{
	return (uint32_t)(uintptr_t)p;
}

#endif
