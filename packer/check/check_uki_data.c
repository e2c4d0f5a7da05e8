/* SPDX-License-Identifier: BSD-2-Clause */
/* Initrds, microcode, device trees and pictures in a unified kernel image or an addon */
#include <stdio.h>
#include <string.h>

#include <bzboot/bzboot.h>

#include "input/stream.h"
#include "input/uki_parts.h"
#include "payload/payload_decompress.h"
#include "cpio_walk.h"
#include "families.h"

static struct uki_walk walk_data(const struct checking *checking, enum bzb_uki_name name)
{
	return UKI_WALK(&checking->subject->pe, UKI_NAME(name));
}

/* --- initrds --------------------------------------------------------------------------- */

/* Bytes read and decompressed by all sections together: PE_SECTIONS_MAX sections may share
 * theirs. */
#define COST_MAX ((uint64_t)8 << 30)

/* Where the check of an initrd is */
struct initrd {
	struct checking *checking;
	const struct uki_part *part;
	struct bzb_span bytes;
	uint64_t at;	     /* of the next archive */
	uint64_t *cost_left; /* of the decoders */
};

static bool fault(struct initrd *initrd, const char *text)
{
	found(initrd->checking, AT(initrd->part->section.raw_offset + initrd->at), "%s %s",
	      uki_label(initrd->part).text, text);
	return false;
}

static struct bzb_span rest_of(const struct initrd *initrd)
{
	return (struct bzb_span){ initrd->bytes.data + initrd->at,
				  initrd->bytes.size - initrd->at };
}

static bool walk_archive(struct initrd *initrd)
{
	const struct bzb_span rest = rest_of(initrd);
	struct cpio_record record;
	uint64_t position = 0;
	int more;

	do
		more = cpio_walk_next(rest, &position, &record);
	while (more > 0);
	initrd->at += position;
	return !more || fault(initrd, "has a cpio archive that is truncated or broken");
}

/* Zeros before an archive do not count. */
static bool begins_archive(struct bzb_span start)
{
	return !start.size || !start.data[0] || start.data[0] == '0';
}

/* Formats that Linux does not read, although their names are those of formats that it reads */
static const char *find_trap(struct bzb_span stream)
{
	if (stream.size >= 4 && !memcmp(stream.data, "\x04\x22\x4d\x18", 4))
		return "is in a frame of LZ4, and Linux reads only legacy frames: use lz4 -l";
	if (stream.size >= 8 &&
	    !memcmp(stream.data,
		    "\xfd"
		    "7zXZ",
		    6) &&
	    stream.data[7] > 1)
		return "has a checksum of xz that Linux does not know: use xz --check=crc32";
	return NULL;
}

static bool decompress_stream(struct initrd *initrd, const struct stream_format *format)
{
	const struct stream_limits limits = {
		.max_size = DECOMPRESSED_MAX,
		.cost_left = initrd->cost_left,
		.wanted = begins_archive,
	};
	struct bzb_span stream = rest_of(initrd);
	struct blob room = { 0 };
	size_t size;
	const int err = stream_decompress(format, &limits, &stream, &room, &size);

	blob_free(&room);
	if (err == -BZB_ERR_NOTFOUND)
		return fault(initrd, "is compressed, but not a cpio archive");
	if (err == -BZB_ERR_BADDATA || err == -BZB_ERR_TRUNCATED)
		return fault(initrd, "has a compressed archive that is truncated or broken");
	if (err || !stream_has_end(format))
		return false;
	initrd->at += stream.size;
	return true;
}

/* returns: whether there may be more */
static bool check_archive(struct initrd *initrd)
{
	const struct bzb_span rest = rest_of(initrd);
	const struct stream_format *format = stream_format(rest);
	const char *trap = find_trap(rest);
	enum bzb_codec codec;

	if (cpio_is_archive(rest))
		return initrd->at % 4 ? fault(initrd, "has a cpio archive that is not at a "
						      "multiple of four bytes") :
					walk_archive(initrd);
	if (trap)
		return fault(initrd, trap);
	if (format)
		return decompress_stream(initrd, format);
	/* The formats that bzboot does not decompress */
	if (!bzb_codec_from_magic(rest, &codec))
		return false;
	return fault(initrd, initrd->at ? "has bytes after an archive that are neither a cpio "
					  "archive nor compressed" :
					  "is neither a cpio archive nor compressed");
}

static bool skip_zeros(struct initrd *initrd)
{
	while (initrd->at < initrd->bytes.size && !initrd->bytes.data[initrd->at])
		initrd->at++;
	return initrd->at < initrd->bytes.size;
}

static void check_initrd(struct checking *checking)
{
	struct uki_walk walk = walk_data(checking, BZB_UKI_INITRD);
	uint64_t cost_left = COST_MAX;
	struct uki_part part;

	while (uki_walk_next(&walk, &part)) {
		struct initrd initrd = { checking, &part, part.bytes, 0, &cost_left };

		while (skip_zeros(&initrd) && check_archive(&initrd))
			;
	}
}

/* --- microcode ------------------------------------------------------------------------- */

static bool is_microcode(struct bzb_span name)
{
	return bzb_span_is(name, "kernel/x86/microcode/GenuineIntel.bin") ||
	       bzb_span_is(name, "kernel/x86/microcode/AuthenticAMD.bin");
}

/* returns: what is wrong, or NULL */
static const char *find_microcode(struct bzb_span bytes)
{
	struct cpio_record record;
	uint64_t position = 0;
	bool has = false;
	int more;

	if (stream_format(bytes))
		return "is compressed: Linux reads microcode before it can decompress";
	if (!cpio_is_archive(bytes))
		return "is not a cpio archive";
	while ((more = cpio_walk_next(bytes, &position, &record)) > 0)
		has |= is_microcode(record.name);
	if (more)
		return "has a cpio archive that is truncated or broken";
	return has ? NULL :
		     "has no file GenuineIntel.bin or AuthenticAMD.bin in "
		     "kernel/x86/microcode";
}

static void check_ucode(struct checking *checking)
{
	struct uki_walk walk = walk_data(checking, BZB_UKI_UCODE);
	struct uki_part part;

	while (uki_walk_next(&walk, &part)) {
		const char *fault = part.section.virtual_size ? find_microcode(part.bytes) : NULL;

		if (fault)
			found(checking, AT(part.section.raw_offset), "%s %s", uki_label(&part).text,
			      fault);
	}
}

/* --- device trees ------------------------------------------------------------------------ */

static void check_device_tree(struct checking *checking)
{
	struct uki_walk walk =
		UKI_WALK(&checking->subject->pe, UKI_NAME(BZB_UKI_DTB) | UKI_NAME(BZB_UKI_DTBAUTO));
	struct uki_part part;
	struct bzb_span tree;

	while (uki_walk_next(&walk, &part))
		if (part.section.virtual_size && bzb_device_tree_parse(part.bytes, &tree))
			found(checking, AT(part.section.raw_offset),
			      "%s is not a device tree, or a truncated one", uki_label(&part).text);
}

/* --- the picture ------------------------------------------------------------------------ */

/* Windows GDI, "Bitmap Storage": BITMAPFILEHEADER and BITMAPINFOHEADER */
struct bitmap_headers {
	char magic[2];
	bzb_le32 file_size;
	bzb_le16 unused[2];
	bzb_le32 rows; /* file offset */
	bzb_le32 size; /* of the headers from here on */
	bzb_le32 width, height;
	bzb_le16 planes, depth;
	bzb_le32 compression;
};

#define BITFIELDS 3u

static bool has_known_format(const struct bitmap_headers *headers)
{
	const unsigned int depth = bzb_ld16(headers->depth);
	const uint32_t compression = bzb_ld32(headers->compression);

	if (compression == BITFIELDS)
		return depth == 16 || depth == 32;
	return !compression && (depth == 1 || depth == 4 || depth == 8 || depth == 16 ||
				depth == 24 || depth == 32);
}

/* returns: what is wrong, or NULL */
static const char *find_bitmap_fault(struct bzb_span bytes, uint32_t size)
{
	struct bitmap_headers headers;
	uint64_t row;
	struct bzb_span rows;

	if (bytes.size < sizeof(headers) || memcmp(bytes.data, "BM", 2) != 0)
		return "is not a BMP file";
	memcpy(&headers, bytes.data, sizeof(headers));
	if (bzb_ld32(headers.file_size) != size)
		return "has a size in its header that is not VirtualSize";
	if (!has_known_format(&headers))
		return "is compressed, or has an unusual number of bits per pixel";
	row = bzb_align_up(((uint64_t)bzb_ld32(headers.width) * bzb_ld16(headers.depth) + 7) / 8,
			   4);
	if (!row || !bzb_ld32(headers.height) || row > bytes.size ||
	    bzb_slice(bytes, bzb_ld32(headers.rows), row * bzb_ld32(headers.height), &rows))
		return "has fewer pixels than its header says";
	return NULL;
}

static void check_splash(struct checking *checking)
{
	struct uki_walk walk = walk_data(checking, BZB_UKI_SPLASH);
	struct uki_part part;

	while (uki_walk_next(&walk, &part)) {
		const char *fault =
			part.section.virtual_size ?
				find_bitmap_fault(part.bytes, part.section.virtual_size) :
				NULL;

		if (fault)
			found(checking, AT(part.section.raw_offset), "%s %s", uki_label(&part).text,
			      fault);
	}
}

const struct check uki_data_checks[] = {
	{
		.name = "uki-initrd",
		.severity = SEVERITY_ERROR,
		.kinds = BZB_IS_UKI | BZB_IS_ADDON,
		.run = check_initrd,
		.why = "An initrd is a sequence of cpio archives of the format newc, each of them "
		       "as it is or compressed by gzip, bzip2, lzma, xz, lzo, lz4 or zstd, with "
		       "zeros between them (Linux, buffer-format.rst). No loader looks at it: the "
		       "kernel prints a line, and then finds no /init. lz4 without -l and xz "
		       "without --check=crc32 make files that Linux does not read.",
	},
	{
		.name = "uki-ucode",
		.severity = SEVERITY_WARNING,
		.kinds = BZB_IS_UKI | BZB_IS_ADDON,
		.run = check_ucode,
		.why = "Linux looks for microcode in the first archive of the initrd, before it "
		       "can decompress anything: .ucode is one cpio archive that is not "
		       "compressed, with kernel/x86/microcode/GenuineIntel.bin or "
		       "AuthenticAMD.bin. If it is anything else, the microcode stays the old one "
		       "without a message.",
	},
	{
		.name = "uki-dtb",
		.severity = SEVERITY_WARNING,
		.kinds = BZB_IS_UKI | BZB_IS_ADDON,
		.run = check_device_tree,
		.why = ".dtb and .dtbauto are device trees as blobs, which begin with the bytes "
		       "d0 0d fe ed and their size. bzboot's stub does not install anything else, "
		       "and the kernel gets the firmware's tree; systemd-stub installs what is "
		       "there if the firmware does not check it.",
	},
	{
		.name = "uki-splash",
		.severity = SEVERITY_WARNING,
		.kinds = BZB_IS_UKI,
		.run = check_splash,
		.why = ".splash is a BMP file that is not compressed, of 1, 4, 8, 16, 24 or 32 "
		       "bits per pixel, and the size in its header is that of the section. Stubs "
		       "show nothing otherwise, and go on.",
	},
	{ 0 },
};
