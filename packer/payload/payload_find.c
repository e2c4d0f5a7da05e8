/* SPDX-License-Identifier: BSD-2-Clause */
#include "payload_find.h"

#include <bzboot/bzimage.h>
#include <bzboot/probe.h>
#include <bzboot/zboot.h>

#include "input/identify.h"

static int of_bzimage(struct bzb_span image, struct bzb_span *ret, struct why *why)
{
	struct bzb_bzimage bzimage;

	if (bzb_bzimage_parse(image, &bzimage))
		return explain_identity(why, image, "a bzImage");
	if (!bzimage.payload.size)
		return explain(why,
			       "bzImage: no payload, so no ELF to unpack (boot protocol %u.%02u)",
			       bzimage.version >> 8, bzimage.version & 0xff);
	*ret = bzimage.payload;
	return 0;
}

static int of_zboot(struct bzb_span image, struct bzb_span *ret, struct why *why)
{
	struct bzb_zboot zboot;
	size_t trailer = BZB_PAYLOAD_TRAILER_SIZE;

	if (bzb_zboot_parse(image, &zboot))
		return explain_identity(why, image, "an EFI zboot image");
	/* The size in the header is without the trailer; these two codecs have none. */
	if (zboot.codec == BZB_CODEC_GZIP || zboot.codec == BZB_CODEC_NONE)
		trailer = 0;
	if (bzb_slice(image, zboot.payload_offset, zboot.stream.size + trailer, ret))
		return explain(why, "zboot: no size after the payload (file offset 0x%zx)",
			       zboot.payload_offset + zboot.stream.size);
	return 0;
}

int payload_find(struct bzb_span image, unsigned int kinds, struct bzb_payload *ret,
		 struct why *why)
{
	struct bzb_span bytes = { 0 };
	int err = kinds & BZB_IS_BZIMAGE ? of_bzimage(image, &bytes, why) :
					   of_zboot(image, &bytes, why);

	if (err)
		return err;
	err = bzb_payload_parse(bytes, ret);
	if (err)
		return explain(why, "payload: %s (file offset 0x%zx)", bzb_strerror(err),
			       (size_t)(bytes.data - image.data));
	return 0;
}
