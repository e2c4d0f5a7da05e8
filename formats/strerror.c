/* SPDX-License-Identifier: BSD-2-Clause */
#include <bzboot/error.h>
#include <bzboot/machine.h>

static const char *const sentences[BZB_ERR_COUNT] = {
	[0] = "no error",
	[BZB_ERR_BADMAGIC] = "the magic number of the format is missing",
	[BZB_ERR_TRUNCATED] = "it ends before something it refers to",
	[BZB_ERR_BADVERSION] = "a version that is not supported",
	[BZB_ERR_BADCLASS] = "an ELF file that is not 64-bit",
	[BZB_ERR_BADENDIAN] = "an ELF file that is not little-endian",
	[BZB_ERR_BADMACHINE] = BZB_HAS_OTHER_MACHINES ? "made for another machine" :
							"made for a machine other than x86-64",
	[BZB_ERR_BADTYPE] = "an ELF file that is not an executable",
	[BZB_ERR_NOSEGMENT] = "no segment to load",
	[BZB_ERR_BADSEGMENT] = "a segment with an invalid size or address",
	[BZB_ERR_OVERLAP] = "segments overlap or do not ascend in memory",
	[BZB_ERR_BADENTRY] = "the entry point lies outside every segment",
	[BZB_ERR_BADLAYOUT] = "the file layout is not the memory layout",
	[BZB_ERR_BADRELOC] = "a relocation is corrupt or lies outside the kernel",
	[BZB_ERR_BADLISTS] = "neither two nor three lists of relocations",
	[BZB_ERR_BADHEADER] = "a header field has an invalid value",
	[BZB_ERR_NOTFOUND] = "not found",
	[BZB_ERR_BADCODEC] = "an unknown compression",
	[BZB_ERR_BADDATA] = "compressed data that does not decompress",
	[BZB_ERR_BADSIZE] = "the decompressed size differs from the stated size",
	[BZB_ERR_BADUNITS] = "the unit table contradicts itself or leaves the kernel",
	[BZB_ERR_BADPLACES] = "functions would overlap or leave their range",
	[BZB_ERR_BADTABLE] = "a table of the kernel is not in order",
	[BZB_ERR_NOSPACE] = "the buffer is too small",
	[BZB_ERR_TOOLARGE] = "a table or a name is larger than in any kernel",
};

const char *bzb_strerror(int err)
{
	/* -INT_MIN would overflow. */
	if (err < -BZB_ERR_COUNT || err >= BZB_ERR_COUNT)
		return "an unknown error";
	if (err < 0)
		err = -err;
	if (err == BZB_ERR_COUNT)
		return "an unknown error";
	return sentences[err];
}
