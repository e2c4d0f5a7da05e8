/* SPDX-License-Identifier: BSD-2-Clause */
/* JSON values of the kinds that info_tree() is made of. */
#ifndef PACKER_INFO_JSON_H
#define PACKER_INFO_JSON_H

#include <jansson.h>

#include <bzboot/bytes.h>

/* A size, a count, an offset or a bit field. */
json_t *json_number(uint64_t value);

/* An address, in memory or relative to something in memory. */
json_t *json_address(uint64_t value);

/* A text from a file. Bytes that are not printable ASCII become '?'. */
json_t *json_text(struct bzb_span text);

#endif
