/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What a kernel sees against what the loader of tests/direct gave: it tells us
 * in a node of the setup_data list. What returns a text returns a sentence
 * that says what is wrong, or NULL.
 */
#ifndef TESTKERNEL_GIVEN_H
#define TESTKERNEL_GIVEN_H

#include <stdbool.h>

/* If this node of the setup_data list is the loader's, keeps it. */
void note_given(const unsigned char *node);

/* Did the loader leave one? */
bool was_given(void);

/* Is boot_params, and all that hangs on it, as it was given? */
const char *check_given(const unsigned char *bp);

/* Is what e820 calls reserved as the loader filled it? */
const char *check_holes(void);

#endif
