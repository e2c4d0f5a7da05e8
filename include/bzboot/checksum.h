/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The checksum of the manifest: whether compressed bytes are as they were
 * packed. It is against bytes that rot or get lost, not against an enemy:
 * that is what signatures are for.
 */
#ifndef BZBOOT_CHECKSUM_H
#define BZBOOT_CHECKSUM_H

#include <bzboot/bytes.h>

/**
 * bzb_checksum() - the low half of XXH64 with a seed of 0
 * @bytes: of what
 *
 * XXH64 is as the xxHash specification has it, version 0.1.1; this half of it is
 * what ends a zstd frame, too (RFC 8878, 3.1.1).
 *
 * returns: the checksum
 */
uint32_t bzb_checksum(struct bzb_span bytes);

#endif
