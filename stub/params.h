/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The command line and the initrd: from the loader, in boot_params, or, if the
 * loader passes none, from the image.
 */
#ifndef STUB_PARAMS_H
#define STUB_PARAMS_H

#include "boot.h"

/**
 * params_cmdline() - get the loader's command line
 * @params: from the loader; the text is mapped
 *
 * A text longer than BZB_CMDLINE_MAX is cut, as a kernel would.
 *
 * returns: the text in place; NULL if there is none, or if it is empty
 */
const char *params_cmdline(const struct bzb_boot_params *params);

/**
 * packed_cmdline() - get the command line in the image
 * @boot: load is used
 *
 * returns: the text, NUL-terminated, in the image; empty if there is none
 */
const char *packed_cmdline(const struct boot *boot);

/**
 * params_set_packed_initrd() - use the initrd in the image, if there is one
 * @boot: load is used, params is changed
 *
 * It stays in the image, in whole pages that are not written to.
 */
void params_set_packed_initrd(struct boot *boot);

#endif
