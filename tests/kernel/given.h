/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Compares what the kernel got with what the loader of tests/direct passed, which is
 * described in a node of the setup_data list. Functions that return a text return a
 * sentence with the error, or NULL.
 */
#ifndef TESTKERNEL_GIVEN_H
#define TESTKERNEL_GIVEN_H

#include <stdbool.h>

/* Keeps a node of the setup_data list if it is the loader's. */
void note_given(const unsigned char *node);

/* True if the loader passed one. */
bool was_given(void);

/* Checks that boot_params and everything it points to are the loader's. */
const char *check_given(const unsigned char *bp);

/* Checks that reserved memory in e820 is as the loader filled it. */
const char *check_holes(void);

#endif
