/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A signature at the very end of a file, as in modules (Linux, scripts/sign-file.c,
 * include/linux/module_signature.h). On other machines kexec reads one after a kernel, but not on
 * x86.
 */
#ifndef PACKER_MODULE_SIGNATURE_H
#define PACKER_MODULE_SIGNATURE_H

#include <bzboot/bytes.h>

/**
 * module_signature_find() - look for an appended module signature
 * @file: any bytes
 * @ret: all that was appended, up to the end of @file; untouched if there is none
 *
 * returns: 0, or -1 if there is none
 */
int module_signature_find(struct bzb_span file, struct bzb_span *ret);

#endif
