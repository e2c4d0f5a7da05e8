/* SPDX-License-Identifier: BSD-2-Clause */
/* The stub's own image, which may lie anywhere in memory. */
#ifndef STUB_SELF_H
#define STUB_SELF_H

#include <bzboot/manifest.h>

/**
 * self_relocate() - relocate the tables of pointers in the stub
 *
 * They hold link addresses until this has run. May be called again.
 */
void self_relocate(void);

/**
 * self_manifest() - the manifest, in our .data
 *
 * returns: as the packer wrote it
 */
const struct bzb_manifest_header *self_manifest(void);

/**
 * self_manifest_bytes() - the same, with the parts after it
 *
 * returns: for bzb_load_open_at()
 */
struct bzb_span self_manifest_bytes(void);

#endif
