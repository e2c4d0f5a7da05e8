/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The direct loader's description of itself for the test kernel: a node of the
 * setup_data list, of a type unknown to Linux. It must be passed on like any
 * other, and the test kernel compares the machine with it.
 */
#ifndef DIRECT_GIVEN_H
#define DIRECT_GIVEN_H

#include <stdint.h>

#define GIVEN_TYPE 0x7a620001
#define GIVEN_E820_MAX 512
#define GIVEN_HOLES_MAX 8

/* A range that e820 calls reserved, in the middle of RAM: 64-bit words, each its own address,
 * inverted. */
#define HOLE_SIZE 0x300000
#define HOLE_PATTERN 0xa5c396695a3c6996

struct given_range {
	uint64_t start, size;
	uint32_t type;
} __attribute__((packed));

struct given {
	uint64_t next;	       /* setup_data: the next node */
	uint32_t type, length; /* setup_data: GIVEN_TYPE, the bytes that follow */
	uint32_t sum;	       /* of the bytes after it */
	uint32_t hole_count;
	uint64_t holes[GIVEN_HOLES_MAX]; /* where they start */
	uint64_t image, image_size;	 /* of the protected-mode part */
	uint64_t params, cmdline, initrd, initrd_size;
	uint32_t e820_count;
	struct given_range e820[GIVEN_E820_MAX];
} __attribute__((packed));

static inline uint32_t given_sum(const struct given *given)
{
	const unsigned char *at = (const unsigned char *)&given->hole_count;
	const unsigned char *end = (const unsigned char *)(given + 1);
	uint32_t sum = 0;

	while (at < end)
		sum = (sum << 5 | sum >> 27) ^ *at++;
	return sum;
}

#endif
