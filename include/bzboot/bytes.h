/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Bytes: little-endian fields, spans, and the one bounds check.
 */
#ifndef BZBOOT_BYTES_H
#define BZBOOT_BYTES_H

#include <bzboot/env.h>
#include <bzboot/error.h>

/* The number of elements of an array; invalid for a pointer. */
#define BZB_ARRAY_SIZE(array) (sizeof(array) / sizeof((array)[0]))

/*
 * Little-endian fields of structures in a file or in memory. They are byte arrays:
 * they need no padding, have any alignment, and are read with bzb_ld*() only.
 */
typedef struct {
	unsigned char b[2];
} bzb_le16;
typedef struct {
	unsigned char b[4];
} bzb_le32;
typedef struct {
	unsigned char b[8];
} bzb_le64;

static inline uint16_t bzb_ld16(bzb_le16 v)
{
	return (uint16_t)(v.b[0] | v.b[1] << 8);
}

static inline uint32_t bzb_ld32(bzb_le32 v)
{
	return (uint32_t)v.b[0] | (uint32_t)v.b[1] << 8 | (uint32_t)v.b[2] << 16 |
	       (uint32_t)v.b[3] << 24;
}

static inline uint64_t bzb_ld64(bzb_le64 v)
{
	return (uint64_t)v.b[0] | (uint64_t)v.b[1] << 8 | (uint64_t)v.b[2] << 16 |
	       (uint64_t)v.b[3] << 24 | (uint64_t)v.b[4] << 32 | (uint64_t)v.b[5] << 40 |
	       (uint64_t)v.b[6] << 48 | (uint64_t)v.b[7] << 56;
}

static inline bzb_le16 bzb_st16(uint16_t v)
{
	return (bzb_le16){ { (unsigned char)v, (unsigned char)(v >> 8) } };
}

static inline bzb_le32 bzb_st32(uint32_t v)
{
	return (bzb_le32){ { (unsigned char)v, (unsigned char)(v >> 8), (unsigned char)(v >> 16),
			     (unsigned char)(v >> 24) } };
}

static inline bzb_le64 bzb_st64(uint64_t v)
{
	return (bzb_le64){ { (unsigned char)v, (unsigned char)(v >> 8), (unsigned char)(v >> 16),
			     (unsigned char)(v >> 24), (unsigned char)(v >> 32),
			     (unsigned char)(v >> 40), (unsigned char)(v >> 48),
			     (unsigned char)(v >> 56) } };
}

/* Little-endian fields at an address of any alignment. */
static inline uint16_t bzb_get16(const void *from)
{
	return bzb_ld16(*(const bzb_le16 *)from);
}

static inline uint32_t bzb_get32(const void *from)
{
	return bzb_ld32(*(const bzb_le32 *)from);
}

static inline uint64_t bzb_get64(const void *from)
{
	return bzb_ld64(*(const bzb_le64 *)from);
}

/**
 * bzb_get_number() - read a little-endian field whose width is not known when this is compiled
 * @from: the field; of any alignment
 * @size: of it, bytes, at most 8
 *
 * returns: its value; 0 if it has no bytes
 */
static inline uint64_t bzb_get_number(const void *from, size_t size)
{
	uint64_t value = 0;

	while (size--)
		value = value << 8 | ((const unsigned char *)from)[size];
	return value;
}

static inline void bzb_put32(void *to, uint32_t value)
{
	*(bzb_le32 *)to = bzb_st32(value);
}

static inline void bzb_put64(void *to, uint64_t value)
{
	*(bzb_le64 *)to = bzb_st64(value);
}

/* Bytes that the span does not own; read-only. */
struct bzb_span {
	const unsigned char *data;
	size_t size;
};

/**
 * bzb_slice() - get a slice of a span
 * @span: the bytes
 * @offset: of the slice, in bytes from the start of @span
 * @size: of the slice, in bytes; 0 is allowed, also at the end of @span
 * @ret: the slice; untouched on error
 *
 * The only bounds check of the library: all offsets and sizes from input are used
 * with this function. It adds no numbers, so nothing wraps.
 *
 * returns:
 *	0, on success
 *	-BZB_ERR_TRUNCATED, the slice does not lie within @span
 */
static inline int bzb_slice(struct bzb_span span, uint64_t offset, uint64_t size,
			    struct bzb_span *ret)
{
	if (offset > span.size || size > span.size - offset)
		return -BZB_ERR_TRUNCATED;
	/* NULL + 0 is undefined in C, and the data of an empty span may be NULL. */
	*ret = (struct bzb_span){ offset ? span.data + (size_t)offset : span.data, (size_t)size };
	return 0;
}

/**
 * bzb_span_is() - compare a span with a text
 * @span: the bytes
 * @text: NUL-terminated; the NUL is not compared
 *
 * returns: true if they are the same
 */
static inline bool bzb_span_is(struct bzb_span span, const char *text)
{
	for (size_t i = 0; i < span.size; i++)
		if (!text[i] || span.data[i] != (unsigned char)text[i])
			return false;
	return !text[span.size];
}

/**
 * bzb_is_power_of_two() - check an alignment
 * @value: any
 *
 * returns: true if one bit is set; false for 0
 */
static inline bool bzb_is_power_of_two(uint64_t value)
{
	return value && !(value & (value - 1));
}

/**
 * bzb_align_up() - round up to a multiple
 * @value: the caller ensures that the result fits in 64 bits
 * @align: a power of two
 *
 * returns: the smallest multiple of @align that is not below @value
 */
static inline uint64_t bzb_align_up(uint64_t value, uint64_t align)
{
	return (value + align - 1) & ~(align - 1);
}

/**
 * bzb_divide() - divide by a power of two
 * @value: any
 * @power_of_two: the divisor
 *
 * On 32-bit machines the operator becomes a call of the compiler's library.
 *
 * returns: the quotient, rounded down
 */
static inline uint64_t bzb_divide(uint64_t value, uint64_t power_of_two)
{
	while (power_of_two >>= 1)
		value >>= 1;
	return value;
}

/**
 * bzb_lowest_bit() - find the lowest bit that is set
 * @value: not 0
 *
 * This and the next function take the halves of @value one by one on 32-bit machines,
 * where a built-in for 64 bits becomes a call of the compiler's library.
 *
 * returns: its number, from 0 on
 */
static inline unsigned int bzb_lowest_bit(uint64_t value)
{
	if (sizeof(long) >= sizeof(value))
		return (unsigned int)__builtin_ctzl((unsigned long)value);
	return (uint32_t)value ? (unsigned int)__builtin_ctz((uint32_t)value) :
				 32 + (unsigned int)__builtin_ctz((uint32_t)(value >> 32));
}

/**
 * bzb_highest_bit() - find the highest bit that is set
 * @value: not 0
 *
 * returns: its number, from 0 on
 */
static inline unsigned int bzb_highest_bit(uint64_t value)
{
	uint32_t high = (uint32_t)(value >> 32);

	return high ? 63 - (unsigned int)__builtin_clz(high) :
		      31 - (unsigned int)__builtin_clz((uint32_t)value);
}

#endif
