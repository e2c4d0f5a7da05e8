/* SPDX-License-Identifier: BSD-2-Clause */
#include "dwarf_parts.h"

/* --- reading -------------------------------------------------------------------------- */

const unsigned char *dwarf_take(struct dwarf_reader *r, uint64_t size)
{
	struct bzb_span taken;

	if (r->bad || bzb_slice(r->bytes, r->at, size, &taken)) {
		r->bad = true;
		return NULL;
	}
	r->at += (size_t)size;
	return taken.data;
}

uint8_t dwarf_u8(struct dwarf_reader *r)
{
	const unsigned char *at = dwarf_take(r, 1);

	return at ? *at : 0;
}

uint16_t dwarf_u16(struct dwarf_reader *r)
{
	const unsigned char *at = dwarf_take(r, 2);

	return at ? bzb_get16(at) : 0;
}

uint32_t dwarf_u32(struct dwarf_reader *r)
{
	const unsigned char *at = dwarf_take(r, 4);

	return at ? bzb_get32(at) : 0;
}

uint64_t dwarf_u64(struct dwarf_reader *r)
{
	const unsigned char *at = dwarf_take(r, 8);

	return at ? bzb_get64(at) : 0;
}

static uint64_t read_leb(struct dwarf_reader *r, bool is_signed)
{
	uint64_t value = 0;
	unsigned int shift = 0;
	uint8_t byte;

	do {
		byte = dwarf_u8(r);
		if (shift < 64)
			value |= (uint64_t)(byte & 0x7f) << shift;
		shift += 7;
	} while (byte & 0x80);
	if (is_signed && shift < 64 && byte & 0x40)
		value |= UINT64_MAX << shift;
	return value;
}

uint64_t dwarf_uleb(struct dwarf_reader *r)
{
	return read_leb(r, false);
}

int64_t dwarf_sleb(struct dwarf_reader *r)
{
	return (int64_t)read_leb(r, true);
}

bool dwarf_unit(struct dwarf_reader *r, struct dwarf_reader *ret)
{
	const uint32_t size = dwarf_u32(r);
	const unsigned char *bytes;

	if (size >= 0xfffffff0)
		return false;
	bytes = dwarf_take(r, size);
	*ret = (struct dwarf_reader){ .bytes = { bytes, size } };
	return bytes != NULL;
}

/* --- writing -------------------------------------------------------------------------- */

void dwarf_put(struct dwarf_writer *w, const void *bytes, size_t size)
{
	if (size > w->blob.size - w->size)
		blob_resize(&w->blob, 2 * (w->size + size));
	if (size)
		memcpy(w->blob.data + w->size, bytes, size);
	w->size += size;
}

void dwarf_put_u8(struct dwarf_writer *w, unsigned int value)
{
	const unsigned char byte = (unsigned char)value;

	dwarf_put(w, &byte, 1);
}

void dwarf_put_u16(struct dwarf_writer *w, unsigned int value)
{
	const bzb_le16 number = bzb_st16((uint16_t)value);

	dwarf_put(w, &number, sizeof(number));
}

void dwarf_put_u32(struct dwarf_writer *w, uint64_t value)
{
	const bzb_le32 number = bzb_st32((uint32_t)value);

	dwarf_put(w, &number, sizeof(number));
}

void dwarf_put_u64(struct dwarf_writer *w, uint64_t value)
{
	const bzb_le64 number = bzb_st64(value);

	dwarf_put(w, &number, sizeof(number));
}

void dwarf_put_uleb(struct dwarf_writer *w, uint64_t value)
{
	for (; value >= 0x80; value >>= 7)
		dwarf_put_u8(w, (unsigned int)(value & 0x7f) | 0x80);
	dwarf_put_u8(w, (unsigned int)value);
}

void dwarf_put_sleb(struct dwarf_writer *w, int64_t value)
{
	for (; value < -0x40 || value >= 0x40; value >>= 7)
		dwarf_put_u8(w, (unsigned int)(value & 0x7f) | 0x80);
	dwarf_put_u8(w, (unsigned int)(value & 0x7f));
}

size_t dwarf_begin_unit(struct dwarf_writer *w)
{
	dwarf_put_u32(w, 0);
	return w->size - DWARF_LENGTH_SIZE;
}

void dwarf_end_unit(struct dwarf_writer *w, size_t start)
{
	bzb_put32(w->blob.data + start, (uint32_t)(w->size - start - DWARF_LENGTH_SIZE));
}

struct blob dwarf_finish(struct dwarf_writer *w)
{
	const struct blob blob = w->blob;
	const size_t size = w->size;
	struct blob result = blob;

	*w = (struct dwarf_writer){ .size = 0 };
	blob_resize(&result, size);
	return result;
}
