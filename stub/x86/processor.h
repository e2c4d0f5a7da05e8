/* SPDX-License-Identifier: BSD-2-Clause */
/* Shared by efi_processors.c and processor.S: a helper, in memory of the team. */
#ifndef STUB_PROCESSOR_H
#define STUB_PROCESSOR_H

/* Byte offsets in struct helper. */
#define HELPER_STATE 0
#define HELPER_STACK 8

/* States: 32 bits. Only the processor itself sets HELPER_RUNS and the later ones. */
#define HELPER_FREE 0			/* no processor has been started with it */
#define HELPER_CALLED 1
#define HELPER_RUNS 2
#define HELPER_DONE 3			/* back in the firmware */
#define HELPER_UNFIT 4			/* back without having done anything: its caches are off */

#endif
