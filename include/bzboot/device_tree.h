/* SPDX-License-Identifier: BSD-2-Clause */
/* Device trees as blobs (Devicetree Specification, "Flattened Devicetree (DTB) Format"), which
 * unified kernel images have in .dtb. */
#ifndef BZBOOT_DEVICE_TREE_H
#define BZBOOT_DEVICE_TREE_H

#include <bzboot/bytes.h>

/**
 * bzb_device_tree_parse() - find the bytes of a device tree
 * @file: begins with it; more bytes may follow
 * @ret: the tree, as long as its header says; untouched on error
 *
 * Only the magic number and the size in its header are read.
 *
 * returns:
 *	0, on success
 *	-BZB_ERR_BADMAGIC, no device tree
 *	-BZB_ERR_BADHEADER, it has fewer bytes than its header
 *	-BZB_ERR_TRUNCATED, it has more bytes than @file
 */
int bzb_device_tree_parse(struct bzb_span file, struct bzb_span *ret);

#endif
