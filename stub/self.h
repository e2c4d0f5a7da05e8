/* SPDX-License-Identifier: BSD-2-Clause */
/* The stub's own image, at any address. */
#ifndef STUB_SELF_H
#define STUB_SELF_H

#include <bzboot/manifest.h>

/**
 * self_relocate() - relocate the tables of pointers in the stub
 *
 * They hold link addresses before the first call. May be called again.
 */
void self_relocate(void);

/**
 * self_manifest() - get the manifest, in our .data
 *
 * returns: the manifest, as written by the packer
 */
const struct bzb_manifest_header *self_manifest(void);

/**
 * self_manifest_bytes() - get the manifest with the parts after it
 *
 * returns: the bytes, for bzb_load_open_at()
 */
struct bzb_span self_manifest_bytes(void);

#endif
