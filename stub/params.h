/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The command line and the initrd: from the loader, in boot_params, or from the
 * image if the loader passes none.
 */
#ifndef STUB_PARAMS_H
#define STUB_PARAMS_H

#include "boot.h"

/**
 * params_cmdline() - the loader's command line
 * @params: from the loader; the text is mapped
 *
 * One that is longer than any kernel takes is cut, as the kernel would.
 *
 * returns: the text in place; NULL if there is none, or if it is empty
 */
const char *params_cmdline(const struct bzb_boot_params *params);

/**
 * packed_cmdline() - the command line in the image
 * @boot: load is used
 *
 * returns: the text, NUL-terminated, in the image; empty if there is none
 */
const char *packed_cmdline(const struct boot *boot);

/**
 * params_set_packed_initrd() - use the initrd in the image, if there is one
 * @boot: load is used, params is changed
 *
 * It stays where it is: whole pages that are not written to.
 */
void params_set_packed_initrd(struct boot *boot);

#endif
