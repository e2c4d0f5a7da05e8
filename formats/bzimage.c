/* SPDX-License-Identifier: BSD-2-Clause */
/* The bzImage setup header: Documentation/arch/x86/boot.rst. */
#include <bzboot/bzimage.h>

#define BOOT_FLAG 0xaa55u
#define VERSION_2_00 0x0200u
#define VERSION_2_08 0x0208u		/* the first with a payload_offset */
#define VERSION_2_10 0x020au		/* min_alignment */
#define VERSION_2_12 0x020cu		/* xloadflags */
#define VERSION_2_15 0x020fu

/* The end of the header in each version of the protocol (boot.rst, "Details of
 * Header Fields"): the bytes after it are code, not fields. */
static const struct {
	uint16_t version, end;
} header_ends[] = {
	{ 0x0200, 0x224 }, { 0x0201, 0x226 }, { 0x0202, 0x22c }, { 0x0203, 0x230 },
	{ 0x0205, 0x235 }, { 0x0206, 0x23c }, { 0x0207, 0x248 }, { 0x0208, 0x250 },
	{ 0x0209, 0x258 }, { 0x020a, 0x264 }, { 0x020b, 0x268 }, { 0x020f, 0x26c },
};

static size_t header_end(uint16_t version)
{
	size_t end = header_ends[0].end;

	for (size_t i = 0; i < BZB_ARRAY_SIZE(header_ends); i++)
		if (version >= header_ends[i].version)
			end = header_ends[i].end;
	return end;
}

/* Reads the header; fields that its version does not have are zero. */
static int read_header(struct bzb_span file, struct bzb_setup_header *ret)
{
	struct bzb_setup_header h;
	struct bzb_span bytes;
	size_t end;
	uint16_t version;

	if (bzb_slice(file, BZB_SETUP_HEADER_OFFSET, 0x208 - BZB_SETUP_HEADER_OFFSET, &bytes))
		return -BZB_ERR_BADMAGIC;
	memset(&h, 0, sizeof(h));
	memcpy(&h, bytes.data, bytes.size);
	if (bzb_ld16(h.boot_flag) != BOOT_FLAG || memcmp(h.header, "HdrS", 4))
		return -BZB_ERR_BADMAGIC;
	version = bzb_ld16(h.version);
	if (version < VERSION_2_00)
		return -BZB_ERR_BADVERSION;
	end = header_end(version);
	/* The jump at 0x200 leads to the end of the header. */
	if (end > 0x202u + h.jump[1])
		end = 0x202u + h.jump[1];
	if (end < 0x208)
		return -BZB_ERR_BADHEADER;
	int err = bzb_slice(file, BZB_SETUP_HEADER_OFFSET, end - BZB_SETUP_HEADER_OFFSET, &bytes);
	if (err)
		return err;
	memcpy(&h, bytes.data, bytes.size);
	/* These two are newer than the fields after them. */
	if (version < VERSION_2_10)
		h.min_alignment = 0;
	if (version < VERSION_2_12)
		h.xloadflags = bzb_st16(0);
	*ret = h;
	return 0;
}

/* The text is for users only: a missing one is not an error. */
static struct bzb_span read_kernel_version(const struct bzb_bzimage *image)
{
	struct bzb_span text = { image->file.data, 0 };
	uint16_t pointer = bzb_ld16(image->header.kernel_version);
	struct bzb_span setup;

	if (!pointer || bzb_slice(image->file, 0, image->setup_size, &setup) ||
	    bzb_slice(setup, 0x200u + pointer, 0, &text))
		return text;
	while (text.data + text.size < setup.data + setup.size && text.data[text.size])
		text.size++;
	return text;
}

bool bzb_kernel_info_find(struct bzb_span pm, uint32_t offset, const struct bzb_kernel_info **ret)
{
	const struct bzb_kernel_info *info;
	struct bzb_span bytes;

	if (!offset || bzb_slice(pm, offset, sizeof(*info), &bytes))
		return false;
	info = (const void *)bytes.data;
	if (memcmp(info->magic, "LToP", 4) || bzb_ld32(info->size) < sizeof(*info))
		return false;
	*ret = info;
	return true;
}

static uint32_t read_setup_type_max(const struct bzb_bzimage *image)
{
	const struct bzb_kernel_info *info;

	if (!bzb_kernel_info_find(image->pm, bzb_ld32(image->header.kernel_info_offset), &info))
		return 0;
	return bzb_ld32(info->setup_type_max);
}

int bzb_bzimage_parse(struct bzb_span file, struct bzb_bzimage *ret)
{
	struct bzb_bzimage image = { .file = file };
	int err = read_header(file, &image.header);

	if (err)
		return err;
	image.version = bzb_ld16(image.header.version);
	if (!(image.header.loadflags & BZB_LOADED_HIGH))
		return -BZB_ERR_BADHEADER;
	/* boot.rst: "if setup_sects is 0, the real value is 4" */
	image.setup_size = image.header.setup_sects;
	image.setup_size = ((image.setup_size ? image.setup_size : 4) + 1) * BZB_SETUP_SECTOR;
	if (file.size < image.setup_size)
		return -BZB_ERR_TRUNCATED;
	image.pm = (struct bzb_span){ file.data + image.setup_size, file.size - image.setup_size };
	image.kernel_version = read_kernel_version(&image);
	image.payload = (struct bzb_span){ image.pm.data, 0 };
	if (image.version >= VERSION_2_08) {
		err = bzb_slice(image.pm, bzb_ld32(image.header.payload_offset),
				bzb_ld32(image.header.payload_length), &image.payload);
		if (err)
			return err;
	}
	image.setup_type_max = read_setup_type_max(&image);
	*ret = image;
	return 0;
}

static uint8_t log2_of(uint32_t power)
{
	uint8_t n = 0;

	while (power >>= 1)
		n++;
	return n;
}

void bzb_bzimage_write(struct bzb_setup_header *to, const struct bzb_bzimage_fields *f)
{
	*to = (struct bzb_setup_header){
		.setup_sects = (unsigned char)(f->setup_size / BZB_SETUP_SECTOR - 1),
		/* exactly PM: crosvm accepts no more than the size of the file,
		 * and U-Boot copies no more than syssize */
		.syssize = bzb_st32(f->pm_size / 16),
		/* mount the root read-only, keep the video mode */
		.root_flags = bzb_st16(1),
		.vid_mode = bzb_st16(0xffff),
		.boot_flag = bzb_st16(BOOT_FLAG),
		/* jmp short to BZB_SETUP_CODE_OFFSET; loaders read the second
		 * byte as the length of the header */
		.jump = { 0xeb, BZB_SETUP_CODE_OFFSET - 0x202 },
		.header = { 'H', 'd', 'r', 'S' },
		.version = bzb_st16(VERSION_2_15),
		.kernel_version = bzb_st16((uint16_t)(f->kernel_version - 0x200)),
		.loadflags = BZB_LOADED_HIGH,
		/* GRUB and SYSLINUX add the distance by which they move PM */
		.code32_start = bzb_st32(0x100000),
		/* kexec --real-mode requires it; the setup area may be 32 KiB
		 * long, and a stack follows (boot.rst: minus 0x200) */
		.heap_end_ptr = bzb_st16(0x8000 - 0x200),
		.initrd_addr_max = bzb_st32(0x7fffffff),
		.kernel_alignment = bzb_st32(f->kernel_alignment),
		.relocatable_kernel = 1,
		/* GRUB may load at a multiple of 2^min_alignment: the stub
		 * supports no lower alignment */
		.min_alignment = log2_of(BZB_MIN_ALIGNMENT),
		.xloadflags = bzb_st16(f->xloadflags),
		.cmdline_size = bzb_st32(BZB_CMDLINE_MAX),
		.payload_offset = bzb_st32(f->payload_offset),
		.payload_length = bzb_st32(f->payload_length),
		.pref_address = bzb_st64(f->pref_address),
		.init_size = bzb_st32(f->init_size),
		/* boot.rst: the 64-bit handover entry is at handover_offset +
		 * 0x200 */
		.handover_offset =
			bzb_st32(f->handover_entry ? f->handover_entry - BZB_ENTRY64_OFFSET : 0),
		.kernel_info_offset = bzb_st32(f->kernel_info_offset),
	};
}
