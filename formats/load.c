/* SPDX-License-Identifier: BSD-2-Clause */
/* From a file to a kernel that can be entered. */
#include <bzboot/checksum.h>
#include <bzboot/load.h>

#define LOW_MEMORY 0x100000u

/* The alignment of a decoder's workspace: a cache line. */
#define WORKSPACE_ALIGNMENT 64u

/*
 * Linux's first page tables map the kernel by pages of this size. The rest of the
 * last page, after the kernel's end, has to be RAM: if the firmware has reserved it,
 * speculative reads halt some machines (SGI UV). So Linux rounds the size of its
 * memory up (arch/x86/boot/compressed/misc.c, extract_kernel()).
 */
#define KERNEL_PAGE_SIZE 0x200000u

/* Linux halts above 2^46 with four levels of page tables (MAX_PHYSMEM_BITS). */
#define HIGHEST_BYTE (((uint64_t)1 << 46) - 1)

static uint64_t min64(uint64_t a, uint64_t b)
{
	return a < b ? a : b;
}

static uint64_t max64(uint64_t a, uint64_t b)
{
	return a > b ? a : b;
}

static bool is_identity(const struct bzb_manifest *m)
{
	return m->virtual_address == m->load_address;
}

/* A kernel of x86-64 may have 32-bit fields, with its physical addresses if @is_identity. */
static bool is_wide(const struct bzb_manifest *m)
{
	return BZB_HAS_OTHER_MACHINES && m->flags & BZB_LOAD_WIDE;
}

static bool is_fixed(const struct bzb_manifest *m)
{
	return m->flags & BZB_MANIFEST_FIXED;
}

/* The codec and the size in the payload must be those in the manifest. */
static int open_payload(struct bzb_load *load)
{
	const struct bzb_manifest *m = &load->manifest;
	struct bzb_payload payload;
	struct bzb_span bytes;
	uint64_t size = m->payload_size;
	int err;

	if (m->codec != BZB_CODEC_NONE && m->codec != BZB_CODEC_GZIP)
		size += BZB_PAYLOAD_TRAILER_SIZE;
	err = bzb_slice(load->image, m->payload_offset, size, &bytes);
	if (err)
		return err;
	err = bzb_payload_parse(bytes, &payload);
	if (err)
		return err;
	if (payload.codec != m->codec)
		return -BZB_ERR_BADCODEC;
	if (payload.size != m->elf_size)
		return -BZB_ERR_BADSIZE;
	load->stream = payload.stream;
	return 0;
}

int bzb_load_open_at(struct bzb_span manifest, const unsigned char *image, struct bzb_load *ret)
{
	struct bzb_load load = { .steps = NULL };
	int err = bzb_manifest_parse(manifest, &load.manifest);

	if (err)
		return err;
	load.image = (struct bzb_span){ image, load.manifest.image_size };
	err = open_payload(&load);
	if (err)
		return err;
	*ret = load;
	return 0;
}

/* Of a PE image that is not a kernel, @err says more. */
static int open_foreign(struct bzb_span file, int err, struct bzb_load *ret)
{
	int other = bzb_load_open_foreign(file, ret);

	return other == -BZB_ERR_BADMAGIC && err ? err : other;
}

/* An image of bzboot, of any version. */
static bool is_ours(struct bzb_span data)
{
	const size_t size = sizeof(BZB_MANIFEST_MAGIC) - 2;

	return data.size >= size && !memcmp(data.data, BZB_MANIFEST_MAGIC, size);
}

int bzb_load_open(struct bzb_span file, struct bzb_load *ret)
{
	struct bzb_manifest manifest;
	struct bzb_span data;
	int err = bzb_manifest_find(file, &data);

	if (err == -BZB_ERR_BADMAGIC || err == -BZB_ERR_NOTFOUND || (!err && !is_ours(data)))
		return open_foreign(file, err, ret);
	if (err || (err = bzb_manifest_parse(data, &manifest)))
		return err;
	if (manifest.flags & BZB_MANIFEST_APPLICATION)
		return -BZB_ERR_BADTYPE;
	if (manifest.image_size > file.size)
		return -BZB_ERR_TRUNCATED;
	return bzb_load_open_at(data, file.data, ret);
}

struct bzb_span bzb_load_cmdline(const struct bzb_load *load)
{
	const struct bzb_manifest *m = &load->manifest;
	struct bzb_span text;

	if (!m->cmdline_size || m->cmdline_size > BZB_CMDLINE_MAX ||
	    bzb_slice(load->image, m->cmdline_offset, (uint64_t)m->cmdline_size + 1, &text) ||
	    text.data[m->cmdline_size])
		return (struct bzb_span){ load->image.data, 0 };
	text.size--;
	return text;
}

struct bzb_span bzb_load_initrd(const struct bzb_load *load)
{
	const struct bzb_manifest *m = &load->manifest;
	struct bzb_span initrd;

	if (!m->initrd_size || bzb_slice(load->image, m->initrd_offset, m->initrd_size, &initrd))
		return (struct bzb_span){ load->image.data, 0 };
	return initrd;
}

/* --- planning --- */

static uint32_t loaded_size(const struct bzb_manifest *m)
{
	return m->elf_size - m->symbols_size;
}

/* The parts before the symbols, which are in parts of their own if the codec has parts. */
static uint32_t count_loaded(const struct bzb_manifest *m)
{
	uint32_t count = 0, end = 0;

	while (count < m->part_count && end < loaded_size(m))
		end = bzb_ld32(m->parts[count++].elf_end);
	return count;
}

/* Bytes of the ELF in the loaded parts. These may hold symbols, so there may be more bytes than the
 * kernel has memory. */
static uint32_t decompressed_size(const struct bzb_manifest *m)
{
	uint32_t count = count_loaded(m);

	return count ? bzb_ld32(m->parts[count - 1].elf_end) : 0;
}

/* The bytes of the kernel, or of all that is decompressed to its place. */
static uint64_t size_of_kernel(const struct bzb_load *load)
{
	const struct bzb_manifest *m = &load->manifest;

	return load->steps ? m->memory_size : max64(m->memory_size, decompressed_size(m));
}

/* The offset in the memory of the ELF of a foreign kernel, or of the workspace. */
static uint64_t after_kernel(const struct bzb_load *load)
{
	return bzb_align_up(size_of_kernel(load), WORKSPACE_ALIGNMENT);
}

/* The bytes of the ELF outside the kernel. */
static uint64_t scratch_size(const struct bzb_load *load)
{
	const struct bzb_manifest *m = &load->manifest;

	return load->steps && m->codec != BZB_CODEC_NONE ? m->elf_size : 0;
}

/* The decoder's, and later the shuffle's. */
static uint64_t size_of_workspace(const struct bzb_load *load, const struct bzb_decoder *decoder)
{
	return max64(decoder->workspace_size(load->stream), load->manifest.shuffle_size);
}

/*
 * The layout of the memory of an image of bzboot: the workspace is at the end of the kernel's bss,
 * or as far beyond it as it does not fit in.
 *
 *   | gap, file bytes | bss     [ workspace ]
 *
 * Of a foreign kernel: | kernel | its ELF | workspace |, each aligned to a cache line
 */
static uint64_t place_workspace(const struct bzb_load *load, uint64_t size)
{
	uint64_t end = size_of_kernel(load), first;

	if (load->steps)
		return bzb_align_up(after_kernel(load) + scratch_size(load), WORKSPACE_ALIGNMENT);
	first = bzb_align_up(decompressed_size(&load->manifest), WORKSPACE_ALIGNMENT);
	return max64(first, end > size ? (end - size) & -(uint64_t)WORKSPACE_ALIGNMENT : 0);
}

static int find_workspace(const struct bzb_load *load, const struct bzb_decoder *decoder,
			  struct bzb_range *ret)
{
	uint64_t size = size_of_kernel(load) + scratch_size(load), workspace;

	if (decoder->codec != load->manifest.codec)
		return -BZB_ERR_BADCODEC;
	workspace = size_of_workspace(load, decoder);
	/* With this limit, no sum of them wraps, even rounded up. */
	if (size > HIGHEST_BYTE || workspace > HIGHEST_BYTE - size)
		return -BZB_ERR_BADHEADER;
	*ret = (struct bzb_range){ place_workspace(load, workspace), workspace };
	return 0;
}

/* The size of the whole memory. */
static uint64_t size_of_all(const struct bzb_manifest *m, const struct bzb_range *workspace)
{
	return max64(bzb_align_up(m->memory_size, KERNEL_PAGE_SIZE),
		     workspace->addr + workspace->size);
}

/* bzb_load_kernel() takes a pointer, which has 32 bits in a 32-bit loader. */
static uint64_t highest_byte(const struct bzb_manifest *m, uint64_t lowest, uint64_t size)
{
	if (is_fixed(m))
		return min64(lowest + size - 1, UINTPTR_MAX);
	if (is_wide(m))
		return min64(HIGHEST_BYTE, UINTPTR_MAX);
	return is_identity(m) ? INT32_MAX : min64(HIGHEST_BYTE, UINTPTR_MAX);
}

static uint64_t count_slides(const struct bzb_manifest *m)
{
	uint64_t most;

	if (is_identity(m))
		return 1;
	most = bzb_slide_max(m->virtual_address, m->memory_size - m->gap);
	return bzb_divide(most, m->alignment) + 1;
}

/* The bytes before the aligned address, which is the kernel's if its load address is aligned. */
static uint64_t space_before(const struct bzb_manifest *m)
{
	return m->gap + (-m->load_address & (m->alignment - 1));
}

int bzb_load_plan(const struct bzb_load *load, const struct bzb_decoder *decoder,
		  struct bzb_load_plan *ret)
{
	const struct bzb_manifest *m = &load->manifest;
	struct bzb_range workspace;
	uint64_t size, lowest = LOW_MEMORY;
	int err = find_workspace(load, decoder, &workspace);

	if (err)
		return err;
	size = size_of_all(m, &workspace);
	if (m->load_address > UINT64_MAX - size)
		return -BZB_ERR_BADHEADER;
	if (m->load_address >= LOW_MEMORY + (uint64_t)m->gap)
		lowest = m->load_address - m->gap;
	*ret = (struct bzb_load_plan){
		.memory = {
			.size = size,
			.gap = space_before(m),
			.alignment = m->alignment,
			.lowest = lowest,
			.highest = highest_byte(m, lowest, size),
		},
		.workspace = workspace.addr,
		.kernel_size = m->memory_size,
		.fixed = is_fixed(m),
		.identity = is_identity(m),
		.slides = count_slides(m),
	};
	return 0;
}

/* --- loading and moving --- */

static bool is_described(const struct bzb_kernel_elf *kernel, const struct bzb_manifest *m)
{
	return kernel->gap == m->gap && kernel->memory_size == m->memory_size &&
	       kernel->elf.load_address == m->load_address &&
	       kernel->elf.virtual_address == m->virtual_address;
}

/* The decompressed ELF of a foreign kernel. */
static struct bzb_span foreign_elf(const struct bzb_load *load, const unsigned char *memory)
{
	const struct bzb_manifest *m = &load->manifest;

	return m->codec == BZB_CODEC_NONE ?
		       load->stream :
		       (struct bzb_span){ memory + (size_t)after_kernel(load), m->elf_size };
}

/* From @start to @end, without what the parts decompress to. A foreign kernel has no parts. */
static void clear_bss(const struct bzb_load *load, unsigned char *memory, uint64_t start,
		      uint64_t end)
{
	const struct bzb_manifest *m = &load->manifest;

	if (load->steps)
		return;
	start = max64(start, decompressed_size(m));
	end = min64(end, m->memory_size);
	if (start < end)
		memset(memory + (size_t)start, 0, (size_t)(end - start));
}

static int parse_kernel(const struct bzb_manifest *m, const unsigned char *memory,
			struct bzb_kernel_elf *ret)
{
	struct bzb_kernel_elf kernel;
	int err = bzb_kernel_elf_parse((struct bzb_span){ memory, loaded_size(m) }, &kernel);

	if (err)
		return err;
	if (!is_described(&kernel, m))
		return -BZB_ERR_BADHEADER;
	*ret = kernel;
	return 0;
}

int bzb_load_finish(const struct bzb_load *load, const struct bzb_load_plan *plan, void *memory,
		    struct bzb_kernel_elf *ret)
{
	const struct bzb_manifest *m = &load->manifest;
	int err;

	if (load->steps)
		return load->steps->finish(load, foreign_elf(load, memory), memory, ret);
	err = parse_kernel(m, memory, ret);
	if (err)
		return err;
	clear_bss(load, memory, plan->workspace, m->memory_size);
	bzb_kernel_elf_clear_bss(ret, memory, decompressed_size(m));
	return 0;
}

uint32_t bzb_load_parts(const struct bzb_load *load)
{
	const struct bzb_manifest *m = &load->manifest;

	return load->steps ? m->part_count : count_loaded(m);
}

/* An ELF that is not compressed is read where it is. */
static int decode_foreign(const struct bzb_load *load, const struct bzb_decoder *decoder,
			  unsigned char *memory, void *workspace, size_t workspace_size)
{
	const struct bzb_manifest *m = &load->manifest;

	return m->codec == BZB_CODEC_NONE ?
		       0 :
		       decoder->decode(load->stream, memory + (size_t)after_kernel(load),
				       m->elf_size, workspace, workspace_size);
}

int bzb_load_part(const struct bzb_load *load, const struct bzb_decoder *decoder, uint32_t number,
		  void *memory, void *workspace, size_t workspace_size)
{
	const struct bzb_manifest *m = &load->manifest;
	uint32_t start = m->part_start, elf_start = 0;
	const struct bzb_manifest_part *s;
	struct bzb_span bytes;

	if (number >= bzb_load_parts(load))
		return -BZB_ERR_NOTFOUND;
	if (load->steps)
		return decode_foreign(load, decoder, memory, workspace, workspace_size);
	s = &m->parts[number];
	if (number) {
		start = bzb_ld32(s[-1].end);
		elf_start = bzb_ld32(s[-1].elf_end);
	}
	if (bzb_slice(load->stream, start, bzb_ld32(s->end) - start, &bytes) ||
	    bzb_checksum(bytes) != bzb_ld32(s->checksum))
		return -BZB_ERR_BADDATA;
	return decoder->decode_part(bytes, (unsigned char *)memory + elf_start,
				    bzb_ld32(s->elf_end) - elf_start, workspace, workspace_size);
}

void bzb_load_clear(const struct bzb_load *load, const struct bzb_load_plan *plan, void *memory)
{
	clear_bss(load, memory, 0, plan->workspace);
}

int bzb_load_kernel(const struct bzb_load *load, const struct bzb_decoder *decoder, void *memory,
		    size_t size, struct bzb_kernel_elf *ret)
{
	struct bzb_load_plan plan;
	int err = bzb_load_plan(load, decoder, &plan);

	if (err)
		return err;
	if (size < plan.memory.size)
		return -BZB_ERR_NOSPACE;
	for (uint32_t i = 0; i < bzb_load_parts(load); i++) {
		err = bzb_load_part(load, decoder, i, memory,
				    (unsigned char *)memory + (size_t)plan.workspace,
				    decoder->workspace_size(load->stream));
		if (err)
			return err;
	}
	bzb_load_clear(load, &plan, memory);
	return bzb_load_finish(load, &plan, memory, ret);
}

uint64_t bzb_load_slide(const struct bzb_load_plan *plan, uint64_t random)
{
	return bzb_random_below(random, plan->slides) * plan->memory.alignment;
}

static int check_address(const struct bzb_manifest *m, uint64_t address)
{
	uint64_t start = address + m->gap;

	if (start < address || (start - m->load_address) & (m->alignment - 1) ||
	    address > UINT64_MAX - m->memory_size)
		return -BZB_ERR_BADSEGMENT;
	if (is_fixed(m) && start != m->load_address)
		return -BZB_ERR_BADSEGMENT;
	if (is_identity(m) && !is_fixed(m) && !is_wide(m) &&
	    address + m->memory_size - 1 > INT32_MAX)
		return -BZB_ERR_BADSEGMENT;
	return 0;
}

static int check_slide(const struct bzb_manifest *m, uint64_t slide)
{
	if (slide & (m->alignment - 1) ||
	    slide > bzb_slide_max(m->virtual_address, m->memory_size - m->gap))
		return -BZB_ERR_BADSEGMENT;
	return 0;
}

/* @slide: is set for a kernel with @m->identity, and otherwise checked */
static int find_slide(const struct bzb_manifest *m, uint64_t address, uint64_t *slide)
{
	int err = check_address(m, address);

	if (err || !is_identity(m))
		return err ? err : check_slide(m, *slide);
	*slide = address + m->gap - m->load_address;
	return 0;
}

static int move_fields(const struct bzb_kernel_elf *kernel, void *memory, uint64_t slide)
{
	struct bzb_relocs relocs;
	int err = bzb_relocs_find(kernel, &relocs);

	return err || !slide ? err : bzb_relocs_apply(&relocs, memory, slide);
}

int bzb_load_move(const struct bzb_load *load, const struct bzb_kernel_elf *kernel, void *memory,
		  uint64_t address, uint64_t slide, struct bzb_entry *ret)
{
	int err = find_slide(&load->manifest, address, &slide);

	if (err)
		return err;
	err = (load->steps ? load->steps->move : move_fields)(kernel, memory, slide);
	if (err && err != -BZB_ERR_NOTFOUND)
		return err;
	*ret = (struct bzb_entry){
		.address = address + kernel->entry_offset,
		.slide = err ? 0 : slide,
		.movable = !err,
	};
	return 0;
}

/* --- moving parts by themselves --- */

/* The parts meet at these bytes of the kernel. returns: their number */
static uint32_t find_borders(const struct bzb_manifest *m, uint64_t *ret)
{
	uint32_t count = count_loaded(m) - 1;

	for (uint32_t i = 0; i < count; i++)
		ret[i] = bzb_ld32(m->parts[i].elf_end) - m->gap;
	return count;
}

int bzb_load_split(const struct bzb_load *load, const void *memory, uint64_t address,
		   uint64_t slide, struct bzb_load_moves *moves)
{
	const struct bzb_manifest *m = &load->manifest;
	uint64_t borders[BZB_PARTS_MAX];
	struct bzb_kernel_elf kernel;
	int err = find_slide(m, address, &slide);

	if (err)
		return err;
	if (!slide || load->steps || bzb_ld32(m->parts[0].elf_end) < m->gap)
		return -BZB_ERR_NOTFOUND;
	if ((err = parse_kernel(m, memory, &kernel)) ||
	    (err = bzb_relocs_find(&kernel, &moves->relocs)))
		return err;
	moves->slide = slide;
	return bzb_relocs_split(&moves->relocs, borders, find_borders(m, borders), moves->pieces,
				BZB_ARRAY_SIZE(moves->pieces), &moves->count);
}

static int move_range(const struct bzb_load_moves *moves, uint32_t range, void *memory)
{
	for (size_t i = 0; i < moves->count; i++) {
		const struct bzb_relocs_piece *piece = &moves->pieces[i];
		int err = piece->range == range ? bzb_relocs_apply_piece(&moves->relocs, piece,
									 memory, moves->slide) :
						  0;

		if (err)
			return err;
	}
	return 0;
}

int bzb_load_move_part(const struct bzb_load_moves *moves, uint32_t number, void *memory)
{
	return move_range(moves, 2 * number, memory);
}

int bzb_load_move_rest(const struct bzb_load *load, const struct bzb_kernel_elf *kernel,
		       const struct bzb_load_moves *moves, void *memory, uint64_t address,
		       struct bzb_entry *ret)
{
	for (uint32_t i = 1; i < bzb_load_parts(load); i++) {
		int err = move_range(moves, 2 * i - 1, memory);

		if (err)
			return err;
	}
	*ret = (struct bzb_entry){ address + kernel->entry_offset, moves->slide, true };
	return 0;
}

/* --- boot_params --- */

int bzb_load_params(const struct bzb_load *load, const struct bzb_handoff *known,
		    struct bzb_boot_params *ret)
{
	if (bzb_boot_params_e820_ext_size(known->map_count) > known->ext_size)
		return -BZB_ERR_NOSPACE;
	bzb_boot_params_init(ret, &load->manifest.setup);
	ret->hdr.type_of_loader = known->loader_type ? known->loader_type : BZB_LOADER_UNDEFINED;
	ret->acpi_rsdp_addr = bzb_st64(known->rsdp);
	bzb_boot_params_set_cmdline(ret, known->cmdline);
	bzb_boot_params_set_initrd(ret, known->initrd.addr, known->initrd.size);
	bzb_boot_params_set_kaslr(ret, known->kaslr);
	if (known->framebuffer)
		bzb_boot_params_set_framebuffer(ret, known->framebuffer);
	return bzb_boot_params_set_e820(ret, known->map, known->map_count, known->ext,
					known->ext_size, known->ext_addr);
}
