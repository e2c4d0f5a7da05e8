/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The checksum in the manifest: it detects compressed bytes that were damaged or
 * lost. It does not protect against an attacker: signatures do.
 */
#ifndef BZBOOT_CHECKSUM_H
#define BZBOOT_CHECKSUM_H

#include <bzboot/bytes.h>

/**
 * bzb_checksum() - the low half of XXH64 with a seed of 0
 * @bytes: the bytes to sum
 *
 * XXH64 is defined by the xxHash specification, version 0.1.1. A zstd frame ends
 * with the same half (RFC 8878, 3.1.1).
 *
 * returns: the checksum
 */
uint32_t bzb_checksum(struct bzb_span bytes);

#endif
