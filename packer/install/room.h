/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef PACKER_ROOM_H
#define PACKER_ROOM_H

#include "record.h"

/* An image, with its entry and folders, is at most that much larger than its kernel and initrds. */
#define ROOM_MARGIN ((uint64_t)1 << 20)

/* Bytes in a MiB, for messages */
#define ROOM_MIB (1024.0 * 1024.0)

struct room {
	uint64_t size, free; /* bytes of the file system */
};

/**
 * room_measure() - the room that the ESP has
 * @place: found
 * @ret: all zeros on error
 *
 * returns: 0, or -1 after a message
 */
int room_measure(const struct install_place *place, struct room *ret);

/**
 * room_check() - whether the ESP has room
 * @place: found
 * @record: of put_prepare(): the previous files make room, if there are current ones
 * @needed: bytes
 *
 * returns: 0, or -1 after messages, which name what takes the room
 */
int room_check(const struct install_place *place, const struct install_record *record,
	       uint64_t needed);

#endif
