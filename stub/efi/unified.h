/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The steps that differ in a unified kernel image, which has a stub of its own: stub/uki/
 * implements them. In all other stubs, stub/plain/ calls the functions of efi_boot.h instead.
 */
#ifndef STUB_UNIFIED_H
#define STUB_UNIFIED_H

#include "efi_boot.h"

/**
 * unified_read_cmdline() - choose the profile, measure the image, and make the command line
 * @boot: load and params are used, cmdline is set
 *
 * Without section headers in memory, as after a handover, the same as efi_read_cmdline().
 *
 * returns: STUB_OK or an error
 */
enum stub_error unified_read_cmdline(struct boot *boot);

/**
 * unified_set_initrd() - join the initrds and fill in the result
 * @boot: params is changed
 *
 * If unified_read_cmdline() found no section headers, the same as efi_set_initrd().
 *
 * returns: STUB_OK or an error
 */
enum stub_error unified_set_initrd(struct boot *boot);

#endif
