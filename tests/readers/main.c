/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * reader IMAGE: decompress the payload of a bzImage to standard output. The image is read by the
 * setup header alone, as in boot.rst and Xen (xen/arch/x86/bzimage.c): the last four bytes of the
 * payload are the decompressed size.
 */
#include "reader.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void fail(const char *what)
{
	fprintf(stderr, "reader: %s\n", what);
	exit(1);
}

static unsigned char *read_file(const char *path, long *ret_size)
{
	FILE *file = fopen(path, "rb");
	unsigned char *bytes;

	if (!file || fseek(file, 0, SEEK_END))
		fail("cannot open the image");
	*ret_size = ftell(file);
	rewind(file);
	bytes = malloc((size_t)*ret_size);
	if (!bytes || fread(bytes, (size_t)*ret_size, 1, file) != 1)
		fail("cannot read the image");
	fclose(file);
	return bytes;
}

static uint32_t number(const unsigned char *at)
{
	return at[0] | (uint32_t)at[1] << 8 | (uint32_t)at[2] << 16 | (uint32_t)at[3] << 24;
}

int main(int argc, char **argv)
{
	unsigned char *image, *payload, *out;
	long size, offset, length;
	const char *wrong;
	uint32_t out_size;

	if (argc != 2)
		fail("usage: reader IMAGE");
	image = read_file(argv[1], &size);
	if (size < 0x1000 || memcmp(image + 0x202, "HdrS", 4))
		fail("not a bzImage");
	offset = (image[0x1f1] + 1L) * 512 + number(image + 0x248);
	length = number(image + 0x24c);
	if (length < 4 || offset > size || length > size - offset)
		fail("the payload is not inside the image");
	payload = image + offset;
	out_size = number(payload + length - 4);
	out = malloc(out_size);
	if (!out)
		fail("no memory");
	wrong = reader_decompress(payload, length, out, out_size);
	if (wrong)
		fail(wrong);
	if (fwrite(out, out_size, 1, stdout) != 1 || fclose(stdout))
		fail("cannot write");
	return 0;
}
