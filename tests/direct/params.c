/* SPDX-License-Identifier: BSD-2-Clause */
/* boot_params, and its setup_data list */
#include "loader.h"
#include "../kernel/boot_params.h"

#define E820_TABLE_MAX 128
#define SETUP_E820_EXT 1
#define SETUP_KEXEC_KHO 10
#define KHO_AREA_SIZE 0x6000000u
#define LOADER_UNDEFINED 0xff
#define SENTINEL_OF_FILE 0xff
#define FILE_START 1024			/* bytes of the file that SYSLINUX and linuxefi copy */

static void store(unsigned char *at, uint64_t value, unsigned int size)
{
	for (; size; size--, value >>= 8)
		*at++ = (unsigned char)value;
}

/* --- setup_data --- */

/* The header of a node */
struct node {
	uint64_t next;
	uint32_t type, length;
} __attribute__((packed));

/* Linux, arch/x86/include/uapi/asm/setup_data.h: struct kho_data; and after it the array that it
 * points to. */
struct kho_node {
	struct node head;
	uint64_t tree, tree_size, scratch, scratch_size;
	uint64_t area, area_size;
} __attribute__((packed));

static uint32_t kho_size(const struct plan *plan)
{
	return plan->options.kho ? sizeof(struct kho_node) : 0;
}

/* The device tree is in the page after the area. */
static void write_kho(const struct plan *plan, struct kho_node *kho)
{
	uint64_t at = (uintptr_t)kho, area = plan->options.kho;

	*kho = (struct kho_node){
		.head = { at + sizeof(*kho), SETUP_KEXEC_KHO, 4 * sizeof(uint64_t) },
		.tree = area + KHO_AREA_SIZE,
		.tree_size = PAGE,
		.scratch = at + offsetof(struct kho_node, area),
		.scratch_size = 16,
		.area = area,
		.area_size = KHO_AREA_SIZE,
	};
}

static uint32_t e820_ext_length(void)
{
	if (e820_count <= E820_TABLE_MAX)
		return 0;
	return (e820_count - E820_TABLE_MAX) * (uint32_t)sizeof(e820[0]);
}

static uint32_t e820_ext_size(void)
{
	return e820_ext_length() ? e820_ext_length() + (uint32_t)sizeof(struct node) : 0;
}

uint32_t setup_data_size(const struct plan *plan)
{
	if (plan->options.style != STYLE_COREBOOT)
		return e820_ext_size() + kho_size(plan) + (uint32_t)sizeof(struct given);
	if (e820_ext_length())
		refuse("this style of boot_params holds 128 e820 entries only", NULL);
	return 0;
}

static void write_given(const struct plan *plan, struct given *given)
{
	given->next = 0;
	given->type = GIVEN_TYPE;
	given->length = (uint32_t)(sizeof(*given) - sizeof(struct node));
	given->hole_count = plan->hole_count;
	memcpy(given->holes, plan->holes, sizeof(given->holes));
	given->image = plan->kernel.start;
	given->image_size = plan->kernel.size;
	given->params = plan->params.start;
	given->cmdline = plan->cmdline.start;
	given->initrd = plan->ramdisk.start;
	given->initrd_size = plan->ramdisk.size;
	given->e820_count = e820_count;
	memcpy(given->e820, e820, sizeof(given->e820));
	given->sum = given_sum(given);
}

/* First the nodes of known types, then the other one */
static void write_setup_data(const struct plan *plan)
{
	uint32_t ext = e820_ext_size();

	if (ext) {
		struct node *node = at_address(plan->setup_data.start);

		node->next = plan->setup_data.start + ext;
		node->type = SETUP_E820_EXT;
		node->length = e820_ext_length();
		memcpy(node + 1, e820 + E820_TABLE_MAX, e820_ext_length());
	}
	if (kho_size(plan))
		write_kho(plan, at_address(plan->setup_data.start + ext));
	write_given(plan, at_address(plan->setup_data.start + ext + kho_size(plan)));
}

/* --- boot_params --- */

/* A text screen as a BIOS leaves it. */
static void write_screen(unsigned char *bp)
{
	memset(bp, 0, BP_SCREEN_INFO_SIZE);
	bp[BP_VIDEO_MODE] = 3;
	bp[BP_VIDEO_COLS] = 80;
	bp[BP_VIDEO_LINES] = 25;
	bp[BP_VIDEO_IS_VGA] = 1;
	bp[BP_VIDEO_POINTS] = 16;
}

static void write_e820(unsigned char *bp)
{
	uint32_t count = e820_count < E820_TABLE_MAX ? e820_count : E820_TABLE_MAX;

	bp[BP_E820_ENTRIES] = (unsigned char)count;
	memcpy(bp + BP_E820_TABLE, e820, count * sizeof(e820[0]));
}

/* boot.rst, "Details of header fields": the header of the file up to its end */
static void copy_header(unsigned char *bp, const unsigned char *file)
{
	memcpy(bp + BP_SETUP_SECTS, file + BP_SETUP_SECTS,
	       0x202 - BP_SETUP_SECTS + file[BP_JUMP + 1]);
}

static void copy_field(unsigned char *bp, const unsigned char *file, unsigned int offset,
		       unsigned int size)
{
	memcpy(bp + offset, file + offset, size);
}

/* Only the fields of the header that coreboot's cbfstool passes on */
static void copy_some_fields(unsigned char *bp, const unsigned char *file)
{
	copy_field(bp, file, BP_ROOT_FLAGS, 2);
	copy_field(bp, file, BP_ROOT_DEV, 2);
	copy_field(bp, file, BP_VERSION, 2);
	copy_field(bp, file, BP_KERNEL_ALIGNMENT, 4);
	copy_field(bp, file, BP_RELOCATABLE, 1);
	copy_field(bp, file, BP_INIT_SIZE, 4);
}

static void write_base(const struct plan *plan, unsigned char *bp)
{
	const unsigned char *file = plan->image.at;

	switch (plan->options.style) {
	case STYLE_COREBOOT:
		copy_some_fields(bp, file);
		break;
	case STYLE_COPY:
		memcpy(bp, file, FILE_START);
		bp[BP_SENTINEL] = SENTINEL_OF_FILE;
		break;
	default:
		copy_header(bp, file);
	}
}

void params_write(const struct plan *plan, unsigned char *bp)
{
	memset(bp, 0, BP_SIZE);
	write_base(plan, bp);
	write_screen(bp);
	write_e820(bp);
	bp[BP_TYPE_OF_LOADER] = LOADER_UNDEFINED;
	store(bp + BP_CC_BLOB_ADDRESS, plan->options.cc_blob, 4);
	store(bp + BP_CODE32_START, plan->kernel.start, 4);
	store(bp + BP_CMD_LINE_PTR, plan->cmdline.start, 4);
	store(bp + BP_RAMDISK_IMAGE, plan->ramdisk.start, 4);
	store(bp + BP_RAMDISK_SIZE, plan->ramdisk.size, 4);
	if (plan->ramdisk.start >> 32)
		store(bp + BP_EXT_RAMDISK_IMAGE, plan->ramdisk.start >> 32, 4);
	if (plan->setup_data.size) {
		store(bp + BP_SETUP_DATA, plan->setup_data.start, 8);
		write_setup_data(plan);
	}
}
