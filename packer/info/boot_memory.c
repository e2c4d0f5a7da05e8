/* SPDX-License-Identifier: BSD-2-Clause */
#include "boot_memory.h"

#include <stdio.h>

#include "measure/stub_version.h"
#include "payload/payload_decompress.h"
#include "estimates.h"
#include "file_pieces.h"

/* Linux's stub allocates the kernel in units of it (arch/x86/include/asm/boot.h,
 * MIN_KERNEL_ALIGN). */
#define LINUX_UNIT 0x200000u

/* Where QEMU, and GRUB's linux16, put the protected-mode part */
#define LOW_MEMORY 0x100000u

/* The first systemd-stub that is known */
#define SYSTEMD_FIRST 252u

static uint64_t min64(uint64_t a, uint64_t b)
{
	return a < b ? a : b;
}

static uint64_t max64(uint64_t a, uint64_t b)
{
	return a > b ? a : b;
}

static void add_of_kernel(struct pieces *to, uint64_t size, enum piece_kind kind)
{
	char name[sizeof(((struct piece *)0)->name)];

	snprintf(name, sizeof(name), KERNEL_PREFIX "%s", piece_kind_name(kind));
	pieces_add(to, size, kind, name);
}

/* The bytes of an ELF before @loaded, by content */
static void add_contents(struct pieces *to, const struct anatomy *anatomy, uint64_t loaded)
{
	struct pieces elf = elf_pieces_make(&anatomy->elf, blob_span(&anatomy->kernel));
	uint64_t sizes[PIECE_KINDS] = { 0 };

	for (size_t i = 0; i < elf.count; i++) {
		const struct piece *piece = &elf.list[i];

		if (piece->offset < loaded)
			sizes[piece->kind] += min64(piece->size, loaded - piece->offset);
	}
	pieces_free(&elf);
	for (enum piece_kind kind = 0; kind < PIECE_KINDS; kind++)
		add_of_kernel(to, sizes[kind], kind);
}

/* A kernel in memory */
struct room {
	uint64_t loaded; /* bytes of the ELF */
	uint64_t kernel; /* with its bss */
	uint64_t size;	 /* with what its decoder needs after it */
};

static void add_kernel(struct pieces *to, const struct anatomy *anatomy, const struct room *room)
{
	const uint64_t before = pieces_size(to);
	uint64_t used;

	add_contents(to, anatomy, min64(room->loaded, room->size));
	used = pieces_size(to) - before;
	if (used < room->kernel)
		add_of_kernel(to, room->kernel - used, PIECE_BSS);
	used = pieces_size(to) - before;
	if (used < room->size)
		pieces_add(to, room->size - used, PIECE_WORK, "rest for the decoder");
}

static uint64_t section_size(const struct bzb_uki *uki, enum bzb_uki_name name)
{
	struct bzb_pe_section section;

	return bzb_uki_section(uki, name, &section) ? 0 : bzb_align_up(section.virtual_size, 4);
}

/* The initrd of a unified kernel image: microcode first */
static uint64_t initrd_size(const struct bzb_uki *uki)
{
	return section_size(uki, BZB_UKI_UCODE) + section_size(uki, BZB_UKI_INITRD);
}

/* The stub of bzboot's unified kernel images joins the parts of the initrd. That of its other
 * images uses the initrd where it is. */
static uint64_t own_initrd(const struct anatomy *anatomy)
{
	struct bzb_uki uki;

	return anatomy->has_pe && !bzb_uki_find(&anatomy->pe, 0, &uki) ? initrd_size(&uki) : 0;
}

/* The parts that systemd-stub joins, headers of archives left out; 0: there is only one */
static uint64_t systemd_joined(const struct bzb_uki *uki, unsigned int version)
{
	static const enum bzb_uki_name names[] = { BZB_UKI_PCRSIG, BZB_UKI_PCRPKEY, BZB_UKI_OSREL,
						   BZB_UKI_PROFILE };
	const uint64_t microcode = section_size(uki, BZB_UKI_UCODE);
	uint64_t files = 0;

	for (size_t i = 0; i < BZB_ARRAY_SIZE(names); i++)
		if (stub_gives_section(version, names[i]))
			files += section_size(uki, names[i]);
	return microcode || files ? initrd_size(uki) + files : 0;
}

/* The kernel's own stub gets the initrd by LoadFile2, and copies it. tests/boot_all_predicted.t
 * counts the memory that systemd-stub 252 and 257 allocate.
 * returns: false for stubs that are not like these */
static bool add_systemd(struct pieces *efi, const struct anatomy *anatomy)
{
	const unsigned int version = stub_version(&anatomy->pe);
	struct bzb_uki uki;

	if (bzb_uki_find(&anatomy->pe, 0, &uki))
		return false;
	pieces_add(efi, initrd_size(&uki), PIECE_INITRD, "initrd");
	pieces_add(efi, systemd_joined(&uki, version), PIECE_INITRD, "initrd, joined by the stub");
	return version >= SYSTEMD_FIRST && stub_loads_image(version);
}

static bool plan_own(const struct anatomy *anatomy, struct bzb_load_plan *ret)
{
	const struct bzb_decoder *decoder =
		anatomy->has_load ? decompress_decoder(anatomy->load.manifest.codec) : NULL;

	/* init_size has 32 bits. */
	return decoder && !bzb_load_plan(&anatomy->load, decoder, ret) &&
	       ret->memory.size <= UINT32_MAX && ret->kernel_size <= UINT32_MAX;
}

/* Of Linux 6.7, and of earlier ones that got this change later, an image has .data, and its stub
 * decompresses at once to where the kernel runs. Earlier stubs have not been measured. */
static bool is_new_linux(const struct anatomy *anatomy)
{
	struct bzb_pe_section section;

	return anatomy->has_bzimage && !anatomy->has_load && anatomy->has_image_pe &&
	       anatomy->has_payload && anatomy->has_elf && anatomy->elf.memory_size <= UINT32_MAX &&
	       !bzb_pe_find_section(&anatomy->image_pe, ".data", &section);
}

static bool own_room(const struct anatomy *anatomy, struct room *ret)
{
	const struct bzb_manifest *m = &anatomy->load.manifest;
	struct bzb_load_plan plan;

	if (!plan_own(anatomy, &plan) || !anatomy->has_elf)
		return false;
	*ret = (struct room){ m->elf_size - m->symbols_size, plan.kernel_size, plan.memory.size };
	return true;
}

static struct room linux_room(const struct anatomy *anatomy)
{
	const uint64_t size = anatomy->payload.size, memory = anatomy->elf.memory_size;

	return (struct room){ size, memory, bzb_align_up(max64(size, memory), LINUX_UNIT) };
}

/* The kernel, and what its own stub allocates. returns: false if that is not known */
static bool add_efi_kernel(struct pieces *efi, const struct anatomy *anatomy)
{
	enum maker maker = MAKER_BZBOOT;
	struct room room;

	if (!own_room(anatomy, &room)) {
		if (!is_new_linux(anatomy))
			return false;
		room = linux_room(anatomy);
		maker = MAKER_LINUX;
	}
	add_kernel(efi, anatomy, &room);
	if (!anatomy_is_wrapped(anatomy))
		pieces_add(efi, own_initrd(anatomy), PIECE_INITRD, "initrd");
	pieces_add(efi, estimate_other_memory(maker), PIECE_WORK, "boot_params, maps");
	return true;
}

static void find_efi(const struct anatomy *anatomy, struct boot_memory *memory)
{
	if (!anatomy->has_pe)
		return;
	pieces_add(&memory->efi, bzb_align_up(anatomy->pe.size_of_image, BZB_PAGE_SIZE),
		   PIECE_IMAGE, "image");
	if (anatomy_is_wrapped(anatomy) && anatomy->has_image_pe)
		pieces_add(&memory->efi,
			   bzb_align_up(anatomy->image_pe.size_of_image, BZB_PAGE_SIZE),
			   PIECE_IMAGE, "image of the kernel");
	if (anatomy->image.size)
		memory->is_efi_known = add_efi_kernel(&memory->efi, anatomy);
	if (anatomy_is_wrapped(anatomy))
		memory->is_efi_known = add_systemd(&memory->efi, anatomy) && memory->is_efi_known;
}

/* The kernel is decompressed to its own place, beside the image. */
static uint64_t least_of_own(const struct anatomy *anatomy, const struct bzb_load_plan *plan)
{
	const uint64_t image_end = LOW_MEMORY + anatomy->bzimage.pm.size;
	const struct bzb_memory_request *request = &plan->memory;
	uint64_t start = request->lowest;

	if (start < image_end)
		start = bzb_align_up(image_end + request->gap, request->alignment) - request->gap;
	return start + request->size;
}

static void find_loader(const struct anatomy *anatomy, struct boot_memory *memory)
{
	const struct bzb_setup_header *setup = &anatomy->bzimage.header;
	struct bzb_load_plan plan;

	if (!anatomy->has_bzimage || anatomy_is_wrapped(anatomy))
		return;
	memory->real_mode = anatomy->bzimage.setup_size;
	memory->set_aside = bzb_ld32(setup->init_size);
	if (plan_own(anatomy, &plan) && !plan.fixed)
		memory->least = least_of_own(anatomy, &plan);
	else if (!anatomy->has_load && memory->set_aside &&
		 bzb_ld64(setup->pref_address) < UINT32_MAX)
		memory->least = bzb_ld64(setup->pref_address) + memory->set_aside;
}

struct boot_memory boot_memory_compute(const struct anatomy *anatomy)
{
	struct boot_memory memory = { 0 };

	find_efi(anatomy, &memory);
	find_loader(anatomy, &memory);
	return memory;
}

void boot_memory_free(struct boot_memory *memory)
{
	pieces_free(&memory->efi);
}
