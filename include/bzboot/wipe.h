/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef BZBOOT_WIPE_H
#define BZBOOT_WIPE_H

#include <bzboot/env.h>

/**
 * bzb_wipe() - overwrite a secret with zeros
 * @bytes: written to, also if they are not read again
 * @size: of them
 */
static inline void bzb_wipe(void *bytes, size_t size)
{
	memset(bytes, 0, size);
	__asm__ volatile("" : : "r"(bytes) : "memory");
}

#endif
