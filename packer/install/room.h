/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef PACKER_ROOM_H
#define PACKER_ROOM_H

#include "record.h"

/**
 * room_free() - the room that the ESP has
 * @place: found
 * @ret: bytes; 0 on error
 *
 * returns: 0, or -1 after a message
 */
int room_free(const struct install_place *place, uint64_t *ret);

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
