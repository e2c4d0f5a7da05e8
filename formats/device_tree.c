/* SPDX-License-Identifier: BSD-2-Clause */
/* Device trees as blobs. */
#include <bzboot/device_tree.h>

/* struct fdt_header: ten big-endian numbers; the first is the magic number, the second the size */
enum { TOTALSIZE_AT = 4, HEADER_SIZE = 40 };

#define MAGIC 0xd00dfeedu

static uint32_t number_at(const unsigned char *at)
{
	return (uint32_t)at[0] << 24 | (uint32_t)at[1] << 16 | (uint32_t)at[2] << 8 | at[3];
}

int bzb_device_tree_parse(struct bzb_span file, struct bzb_span *ret)
{
	struct bzb_span magic, header;
	uint32_t size;
	int err = bzb_slice(file, 0, TOTALSIZE_AT, &magic);

	if (!err && number_at(magic.data) != MAGIC)
		err = -BZB_ERR_BADMAGIC;
	if (!err)
		err = bzb_slice(file, 0, HEADER_SIZE, &header);
	if (err)
		return err;
	size = number_at(header.data + TOTALSIZE_AT);
	return size < HEADER_SIZE ? -BZB_ERR_BADHEADER : bzb_slice(file, 0, size, ret);
}
