/* SPDX-License-Identifier: BSD-2-Clause */
/* EFI_GUID: its text, "8be4df61-93ca-11d2-aa0d-00e098032b8c", and its bytes. */
#ifndef PACKER_GUID_H
#define PACKER_GUID_H

#include <stdbool.h>

/* Characters of the text, and the NUL */
enum { GUID_TEXT_SIZE = 37 };

/* The first three fields are little-endian. */
struct guid {
	unsigned char bytes[16];
};

/**
 * guid_random() - make a new one
 * @ret: of version 4 (RFC 9562)
 *
 * returns: 0, or -1 with errno
 */
int guid_random(struct guid *ret);

/**
 * guid_parse() - read the text
 * @text: of GUID_TEXT_SIZE - 1 characters; others may follow
 * @ret: untouched on error
 *
 * returns: false if it is something else
 */
bool guid_parse(const char *text, struct guid *ret);

/**
 * guid_format() - write the text
 * @guid: any
 * @to: in small letters
 */
void guid_format(const struct guid *guid, char to[GUID_TEXT_SIZE]);

#endif
