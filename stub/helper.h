/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A helper is another processor that does tasks, with a struct helper (efi_processors.c) for each.
 * Each architecture has processor_entry(helper), which the firmware calls on that processor
 * (EFI_AP_PROCEDURE). It
 *
 *   - returns at once, with state HELPER_UNFIT, if the processor's caches are off;
 *   - calls processor_work(helper) on the helper's stack, with the processor set up for C;
 *   - sets the state to HELPER_DONE with its last write before it returns.
 *
 * This file is for C and for assembler.
 */
#ifndef STUB_HELPER_H
#define STUB_HELPER_H

/* Byte offsets in struct helper. */
#define HELPER_STATE 0
#define HELPER_STACK 8

/* States: 32 bits. The helper itself sets HELPER_RUNS and the states after it. */
#define HELPER_FREE 0			/* no processor has been started */
#define HELPER_CALLED 1
#define HELPER_RUNS 2
#define HELPER_DONE 3			/* back in the firmware */
#define HELPER_UNFIT 4			/* back without any work: its caches are off */

#endif
