/* SPDX-License-Identifier: BSD-2-Clause */
/* No compression: decoding is copying. */
#include <bzboot/decode.h>

static size_t workspace_size(struct bzb_span stream)
{
	(void)stream;
	return 0;
}

static int decode(struct bzb_span stream, void *to, size_t size, void *workspace,
		  size_t workspace_size)
{
	(void)workspace;
	(void)workspace_size;
	if (stream.size != size)
		return -BZB_ERR_BADSIZE;
	memcpy(to, stream.data, size);
	return 0;
}

const struct bzb_decoder bzb_decoder_none = {
	.codec = BZB_CODEC_NONE,
	.workspace_size = workspace_size,
	.decode = decode,
	.decode_part = decode,
};
