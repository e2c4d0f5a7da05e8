/* SPDX-License-Identifier: BSD-2-Clause */
/* Kernels that bzboot did not pack: a bare ELF, a bzImage, a zboot image. */
#include <bzboot/load.h>
#include <bzboot/pe.h>
#include <bzboot/probe.h>
#include <bzboot/vmlinux.h>
#include <bzboot/zboot.h>

/* Linux, arch/x86/include/asm/page_64_types.h: __START_KERNEL_map, the virtual address of
 * physical address 0 */
#define LINUX_MAP 0xffffffff80000000u

/* boot.rst: the first version with xloadflags, which is newer than pref_address and init_size */
#define VERSION_2_12 0x020cu

/* --- after opening ------------------------------------------------------------------ */

/* Of a bare ELF the numbers are exact; of an image, memory_size is the most that it may be. */
static bool is_described(const struct bzb_elf *elf, const struct bzb_manifest *m)
{
	return elf->load_address == m->load_address && elf->virtual_address == m->virtual_address &&
	       elf->memory_size <= m->memory_size;
}

static int finish(const struct bzb_load *load, struct bzb_span elf, void *memory,
		  struct bzb_kernel_elf *ret)
{
	struct bzb_vmlinux vmlinux;
	int err = bzb_vmlinux_parse(elf, &vmlinux);

	if (err)
		return err;
	if (!is_described(&vmlinux.elf, &load->manifest))
		return -BZB_ERR_BADHEADER;
	err = bzb_vmlinux_load(&vmlinux, memory);
	if (err)
		return err;
	*ret = (struct bzb_kernel_elf){
		.elf = vmlinux.elf,
		.memory_size = vmlinux.elf.memory_size,
		.entry_offset = vmlinux.elf.entry_offset,
	};
	return 0;
}

static int move(const struct bzb_kernel_elf *kernel, void *memory, uint64_t slide)
{
	struct bzb_vmlinux vmlinux;
	int err = bzb_vmlinux_parse(kernel->elf.file, &vmlinux);

	return err ? -BZB_ERR_BADRELOC : bzb_vmlinux_move(&vmlinux, memory, slide);
}

static const struct bzb_load_steps steps = { finish, move };

/* --- opening ------------------------------------------------------------------------ */

/* All of it is one part, without a checksum. */
static struct bzb_load load_of(struct bzb_span file, const struct bzb_payload *payload)
{
	return (struct bzb_load){
		.image = file,
		.manifest = {
			.image_size = (uint32_t)file.size,
			.codec = payload->codec,
			.payload_offset = (uint32_t)(payload->stream.data - file.data),
			.payload_size = (uint32_t)payload->stream.size,
			.elf_size = payload->size,
			.alignment = BZB_MIN_ALIGNMENT,
			.part_count = 1,
		},
		.stream = payload->stream,
		.steps = &steps,
	};
}

/* A setup header for boot_params: the kernel reads the version and the flags. */
static void describe_setup(struct bzb_manifest *m)
{
	const struct bzb_bzimage_fields fields = {
		.setup_size = BZB_SETUP_SECTOR,
		.kernel_version = 0x200, /* none */
		.xloadflags = BZB_XLF_KERNEL_64 | BZB_XLF_CAN_BE_LOADED_ABOVE_4G,
		.kernel_alignment = m->alignment,
		.pref_address = m->load_address,
	};

	bzb_bzimage_write(&m->setup, &fields);
}

static int open_elf(struct bzb_span file, struct bzb_load *ret)
{
	struct bzb_vmlinux vmlinux;
	struct bzb_payload payload;
	struct bzb_load load;
	int err;

	if ((err = bzb_payload_parse(file, &payload)) || (err = bzb_vmlinux_parse(file, &vmlinux)))
		return err;
	if (bzb_vmlinux_is_image(&vmlinux.elf))
		return -BZB_ERR_BADTYPE;
	load = load_of(file, &payload);
	load.manifest.alignment = vmlinux.alignment;
	load.manifest.flags = bzb_vmlinux_is_fixed(&vmlinux) ? BZB_MANIFEST_FIXED : 0;
	if (!bzb_elf_is_x86_64(&vmlinux.elf))
		load.manifest.flags |= BZB_LOAD_WIDE;
	load.manifest.load_address = vmlinux.elf.load_address;
	load.manifest.virtual_address = vmlinux.elf.virtual_address;
	load.manifest.memory_size = vmlinux.elf.memory_size;
	describe_setup(&load.manifest);
	*ret = load;
	return 0;
}

static int check_bzimage(const struct bzb_bzimage *image)
{
	if (image->version < VERSION_2_12)
		return -BZB_ERR_BADVERSION;
	if (!(bzb_ld16(image->header.xloadflags) & BZB_XLF_KERNEL_64))
		return -BZB_ERR_BADMACHINE;
	if (!bzb_is_power_of_two(bzb_ld32(image->header.kernel_alignment)) ||
	    !bzb_ld32(image->header.init_size))
		return -BZB_ERR_BADHEADER;
	return 0;
}

/* Linux is linked to LINUX_MAP + pref_address. */
static void take_header(struct bzb_manifest *m, const struct bzb_setup_header *header)
{
	uint32_t alignment = bzb_ld32(header->kernel_alignment);

	m->setup = *header;
	if (alignment > m->alignment)
		m->alignment = alignment;
	m->flags = header->relocatable_kernel ? 0 : BZB_MANIFEST_FIXED;
	m->load_address = bzb_ld64(header->pref_address);
	m->virtual_address = LINUX_MAP + m->load_address;
	m->memory_size = bzb_ld32(header->init_size);
}

/* The image without signatures; syssize is in units of 16 bytes. */
static struct bzb_span without_signatures(const struct bzb_bzimage *image)
{
	uint64_t size = image->setup_size + 16 * (uint64_t)bzb_ld32(image->header.syssize);
	struct bzb_span bytes = image->file;

	bzb_slice(image->file, 0, size, &bytes);
	return bytes;
}

static int open_bzimage(struct bzb_span file, struct bzb_load *ret)
{
	struct bzb_bzimage image;
	struct bzb_payload payload;
	struct bzb_load load;
	int err;

	if ((err = bzb_bzimage_parse(file, &image)) || (err = check_bzimage(&image)) ||
	    (err = bzb_payload_parse(image.payload, &payload)))
		return err;
	load = load_of(file, &payload);
	load.image = without_signatures(&image);
	take_header(&load.manifest, &image.header);
	*ret = load;
	return 0;
}

/* --- zboot images ------------------------------------------------------------------- */

/* Linux' default for x86-64: CONFIG_PHYSICAL_START */
#define LINUX_START 0x1000000u

/* More than the memory of any kernel of Debian that is not in its ELF. */
#define BSS_MAX 0x4000000u

/* The size in the header is without the trailer; these two codecs have none. */
static int find_payload(struct bzb_span file, const struct bzb_zboot *zboot,
			struct bzb_payload *ret)
{
	const bool has_trailer = zboot->codec != BZB_CODEC_GZIP && zboot->codec != BZB_CODEC_NONE;
	const size_t size = zboot->stream.size + (has_trailer ? BZB_PAYLOAD_TRAILER_SIZE : 0);
	struct bzb_span payload;
	int err = bzb_slice(file, zboot->payload_offset, size, &payload);

	return err ? err : bzb_payload_parse(payload, ret);
}

/* The headers have no fact of the kernel, so it has to be linked as Linux is by default. */
static int open_zboot(struct bzb_span file, struct bzb_load *ret)
{
	struct bzb_payload payload;
	struct bzb_zboot zboot;
	struct bzb_load load;
	struct bzb_pe pe;
	int err;

	if ((err = bzb_zboot_parse(file, &zboot)) || (err = bzb_pe_parse(file, &pe)))
		return err;
	if (pe.machine != BZB_PE_MACHINE_X86_64)
		return -BZB_ERR_BADMACHINE;
	if ((err = find_payload(file, &zboot, &payload)))
		return err;
	if (payload.codec == BZB_CODEC_NONE)
		return open_elf(payload.stream, ret);
	load = load_of(file, &payload);
	load.manifest.load_address = LINUX_START;
	load.manifest.virtual_address = LINUX_MAP + LINUX_START;
	load.manifest.memory_size = (uint64_t)payload.size + BSS_MAX;
	describe_setup(&load.manifest);
	*ret = load;
	return 0;
}

int bzb_load_open_foreign(struct bzb_span file, struct bzb_load *ret)
{
	unsigned int kinds;

	if (file.size > UINT32_MAX)
		return -BZB_ERR_BADSIZE;
	kinds = bzb_probe(file);
	if (kinds & BZB_IS_ELF)
		return open_elf(file, ret);
	if (kinds & BZB_IS_BZIMAGE)
		return open_bzimage(file, ret);
	if (kinds & BZB_IS_ZBOOT)
		return open_zboot(file, ret);
	return -BZB_ERR_BADMAGIC;
}
