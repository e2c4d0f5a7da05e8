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
 * bzb_checksum() - XXH64 with a seed of 0
 * @bytes: of what
 *
 * As the xxHash specification has it, version 0.1.1; the low half of it ends a
 * zstd frame, too (RFC 8878, 3.1.1).
 *
 * returns: the checksum
 */
uint64_t bzb_checksum(struct bzb_span bytes);

#endif
