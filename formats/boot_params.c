/* SPDX-License-Identifier: BSD-2-Clause */
/* boot_params: Documentation/arch/x86/zero-page.rst. */
#include <bzboot/boot_params.h>

static bzb_le32 low_half(uint64_t v)
{
	return bzb_st32((uint32_t)v);
}

static bzb_le32 high_half(uint64_t v)
{
	return bzb_st32((uint32_t)(v >> 32));
}

void bzb_boot_params_init(struct bzb_boot_params *bp, const struct bzb_setup_header *header)
{
	memset(bp, 0, sizeof(*bp));
	bp->hdr = *header;
	bp->hdr.type_of_loader = 0;
	bp->hdr.ext_loader_type = 0;
	bp->hdr.ext_loader_ver = 0;
	bp->hdr.setup_data = bzb_st64(0);
	bzb_boot_params_set_cmdline(bp, 0);
	bzb_boot_params_set_initrd(bp, 0, 0);
}

void bzb_boot_params_sanitize(struct bzb_boot_params *bp)
{
	/* The ranges between the fields that are kept. */
	static const struct {
		uint16_t start, end;
	} cleared[] = {
		{ 0x054, 0x058 }, { 0x070, 0x080 }, /* acpi_rsdp_addr */
		{ 0x0c0, 0x1c0 },		    /* ext_ramdisk_image .. edid_info */
		{ 0x1eb, 0x1ec },		    /* kbd_status */
		{ 0x1ed, 0x1f1 },		    /* sentinel */
		{ 0x26c, 0x290 }, { 0xcd0, 0xd00 }, { 0xeec, 0x1000 },
	};

	bp->cc_blob_address = bzb_st32(0);
	if (!bp->sentinel)
		return;
	for (size_t i = 0; i < BZB_ARRAY_SIZE(cleared); i++)
		memset((unsigned char *)bp + cleared[i].start, 0,
		       cleared[i].end - (size_t)cleared[i].start);
}

static uint64_t join(bzb_le32 low, bzb_le32 high)
{
	return (uint64_t)bzb_ld32(high) << 32 | bzb_ld32(low);
}

uint64_t bzb_boot_params_cmdline(const struct bzb_boot_params *bp)
{
	return join(bp->hdr.cmd_line_ptr, bp->ext_cmd_line_ptr);
}

struct bzb_memory_range bzb_boot_params_initrd(const struct bzb_boot_params *bp)
{
	return (struct bzb_memory_range){
		.addr = join(bp->hdr.ramdisk_image, bp->ext_ramdisk_image),
		.size = join(bp->hdr.ramdisk_size, bp->ext_ramdisk_size),
		.type = BZB_E820_RAM,
	};
}

struct bzb_memory_range bzb_memory_range_of(const struct bzb_e820_entry *entry)
{
	return (struct bzb_memory_range){
		.addr = bzb_ld64(entry->addr),
		.size = bzb_ld64(entry->size),
		.type = bzb_ld32(entry->type),
	};
}

void bzb_boot_params_set_cmdline(struct bzb_boot_params *bp, uint64_t addr)
{
	bp->hdr.cmd_line_ptr = low_half(addr);
	bp->ext_cmd_line_ptr = high_half(addr);
}

void bzb_boot_params_set_initrd(struct bzb_boot_params *bp, uint64_t addr, uint64_t size)
{
	bp->hdr.ramdisk_image = low_half(addr);
	bp->hdr.ramdisk_size = low_half(size);
	bp->ext_ramdisk_image = high_half(addr);
	bp->ext_ramdisk_size = high_half(size);
}

void bzb_boot_params_set_kaslr(struct bzb_boot_params *bp, bool kaslr)
{
	bp->hdr.loadflags &= (unsigned char)~BZB_KASLR_FLAG;
	if (kaslr)
		bp->hdr.loadflags |= BZB_KASLR_FLAG;
}

void bzb_boot_params_set_encryption(struct bzb_boot_params *bp)
{
	bp->hdr.xloadflags = bzb_st16(bzb_ld16(bp->hdr.xloadflags) | BZB_XLF_MEM_ENCRYPTION);
}

void bzb_boot_params_add_data(struct bzb_boot_params *bp, struct bzb_setup_data *node,
			      uint64_t addr, uint32_t type, uint32_t len)
{
	*node = (struct bzb_setup_data){
		.next = bp->hdr.setup_data,
		.type = bzb_st32(type),
		.len = bzb_st32(len),
	};
	bp->hdr.setup_data = bzb_st64(addr);
}

/* The unit of lfb_size is a byte for EFI, and 64 KiB for VESA. */
static uint32_t framebuffer_size(const struct bzb_framebuffer *fb)
{
	uint32_t size = (uint32_t)fb->line_length * fb->height;

	return fb->type == BZB_VIDEO_TYPE_VLFB ? (size + 0xffff) >> 16 : size;
}

static bzb_le32 framebuffer_capabilities(const struct bzb_framebuffer *fb)
{
	uint32_t flags = 0;

	if (fb->base >> 32)
		flags |= BZB_VIDEO_CAPABILITY_64BIT_BASE;
	if (fb->type == BZB_VIDEO_TYPE_EFI)
		flags |= BZB_VIDEO_CAPABILITY_SKIP_QUIRKS;
	return bzb_st32(flags);
}

void bzb_boot_params_set_framebuffer(struct bzb_boot_params *bp, const struct bzb_framebuffer *fb)
{
	bp->screen_info = (struct bzb_screen_info){
		.orig_video_isvga = fb->type,
		.lfb_width = bzb_st16(fb->width),
		.lfb_height = bzb_st16(fb->height),
		.lfb_depth = bzb_st16(fb->depth),
		.lfb_base = low_half(fb->base),
		.ext_lfb_base = high_half(fb->base),
		.lfb_size = bzb_st32(framebuffer_size(fb)),
		.lfb_linelength = bzb_st16(fb->line_length),
		.red_size = fb->red.size,
		.red_pos = fb->red.pos,
		.green_size = fb->green.size,
		.green_pos = fb->green.pos,
		.blue_size = fb->blue.size,
		.blue_pos = fb->blue.pos,
		.rsvd_size = fb->reserved.size,
		.rsvd_pos = fb->reserved.pos,
		.pages = bzb_st16(1),
	};
	bp->screen_info.capabilities = framebuffer_capabilities(fb);
}

void bzb_boot_params_set_efi(struct bzb_boot_params *bp, uint64_t systab,
			     const struct bzb_efi_map *map)
{
	bp->efi_info = (struct bzb_efi_info){
		.loader_signature = { 'E', 'L', '6', '4' },
		.systab = low_half(systab),
		.systab_hi = high_half(systab),
		.memmap = low_half(map->addr),
		.memmap_hi = high_half(map->addr),
		.memmap_size = bzb_st32(map->size),
		.memdesc_size = bzb_st32(map->descriptor_size),
		.memdesc_version = bzb_st32(map->descriptor_version),
	};
}

/* By insertion: firmware's maps are sorted, or nearly so. */
static void sort_by_address(struct bzb_memory_range *ranges, size_t count)
{
	for (size_t i = 1; i < count; i++) {
		struct bzb_memory_range r = ranges[i];
		size_t at = i;

		while (at && ranges[at - 1].addr > r.addr) {
			ranges[at] = ranges[at - 1];
			at--;
		}
		ranges[at] = r;
	}
}

size_t bzb_memory_sort(struct bzb_memory_range *ranges, size_t count)
{
	size_t kept = 0;

	sort_by_address(ranges, count);
	for (size_t i = 0; i < count; i++) {
		struct bzb_memory_range *last = kept ? &ranges[kept - 1] : NULL;

		if (!ranges[i].size)
			continue;
		if (last && last->type == ranges[i].type &&
		    last->addr + last->size == ranges[i].addr &&
		    ranges[i].size <= UINT64_MAX - last->size)
			last->size += ranges[i].size;
		else
			ranges[kept++] = ranges[i];
	}
	return kept;
}

/* The largest length of a node: its field has 32 bits. */
#define E820_EXT_MAX                                                           \
	((UINT32_MAX - sizeof(struct bzb_setup_data)) / sizeof(struct bzb_e820_entry))

size_t bzb_boot_params_e820_ext_size(size_t count)
{
	if (count <= BZB_E820_MAX)
		return 0;
	if (count - BZB_E820_MAX > E820_EXT_MAX)
		return SIZE_MAX;
	return sizeof(struct bzb_setup_data) +
	       (count - BZB_E820_MAX) * sizeof(struct bzb_e820_entry);
}

static struct bzb_e820_entry e820_entry(const struct bzb_memory_range *r)
{
	return (struct bzb_e820_entry){
		.addr = bzb_st64(r->addr),
		.size = bzb_st64(r->size),
		.type = bzb_st32(r->type),
	};
}

static void write_e820_ext(struct bzb_boot_params *bp, const struct bzb_memory_range *ranges,
			   size_t count, unsigned char *ext, uint64_t ext_addr)
{
	struct bzb_setup_data *head = (struct bzb_setup_data *)ext;

	bzb_boot_params_add_data(bp, head, ext_addr, BZB_SETUP_E820_EXT,
				 (uint32_t)(count * sizeof(struct bzb_e820_entry)));
	ext += sizeof(*head);
	for (size_t i = 0; i < count; i++) {
		struct bzb_e820_entry e = e820_entry(&ranges[i]);

		memcpy(ext, &e, sizeof(e));
		ext += sizeof(e);
	}
}

int bzb_boot_params_set_e820(struct bzb_boot_params *bp, const struct bzb_memory_range *ranges,
			     size_t count, void *ext, size_t ext_size, uint64_t ext_addr)
{
	size_t here = count < BZB_E820_MAX ? count : BZB_E820_MAX;

	if (bzb_boot_params_e820_ext_size(count) > ext_size)
		return -BZB_ERR_NOSPACE;
	for (size_t i = 0; i < here; i++)
		bp->e820_table[i] = e820_entry(&ranges[i]);
	bp->e820_entries = (unsigned char)here;
	if (count > here)
		write_e820_ext(bp, ranges + here, count - here, ext, ext_addr);
	return 0;
}
