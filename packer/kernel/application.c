/* SPDX-License-Identifier: BSD-2-Clause */
#include "application.h"

#include <string.h>

#include <bzboot/authenticode.h>
#include <bzboot/kernel_elf.h>
#include <bzboot/probe.h>

#include "input/identify.h"

/* As for other kernels: twice the size must fit in 32 bits. */
#define MEMORY_MAX ((uint64_t)1 << 30)

/* A linker's directory of base relocations without any: one block, empty but for padding. */
#define NO_BASE_RELOCATIONS 12u

static int machine_of_elf(struct bzb_span file, enum bzb_machine *ret)
{
	struct bzb_span header;
	struct bzb_elf_ehdr ehdr;

	if (bzb_slice(file, 0, sizeof(ehdr), &header))
		return -BZB_ERR_BADMACHINE;
	memcpy(&ehdr, header.data, sizeof(ehdr));
	if (ehdr.e_ident[4] != BZB_ELFCLASS64 || ehdr.e_ident[5] != BZB_ELFDATA2LSB)
		return -BZB_ERR_BADMACHINE;
	return bzb_machine_of_elf(bzb_ld16(ehdr.e_machine), ret);
}

static int machine_of_pe(struct bzb_span file, enum bzb_machine *ret)
{
	struct bzb_pe_coff_header coff;
	struct bzb_span header;

	if (bzb_slice(file, bzb_get32(file.data + BZB_PE_LFANEW), sizeof(coff), &header))
		return -BZB_ERR_BADMACHINE;
	memcpy(&coff, header.data, sizeof(coff));
	return bzb_machine_of_pe(bzb_ld16(coff.machine), ret);
}

bool application_machine(struct bzb_span kernel, enum bzb_machine *ret)
{
	const unsigned int kinds = bzb_probe(kernel);
	enum bzb_machine machine;
	int err = -BZB_ERR_BADMACHINE;

	if (kinds & BZB_IS_ELF)
		err = machine_of_elf(kernel, &machine);
	else if (kinds & BZB_IS_PE)
		err = machine_of_pe(kernel, &machine);
	if (err || machine == BZB_MACHINE_X86_64)
		return false;
	*ret = machine;
	return true;
}

bool application_is_linux(struct bzb_span file)
{
	const unsigned int kinds = bzb_probe(file);
	enum bzb_machine machine;
	struct bzb_span mark;

	return (kinds & BZB_IS_PE) && !(kinds & BZB_IS_ZBOOT) &&
	       application_machine(file, &machine) &&
	       !bzb_slice(file, BZB_IMAGE_MARK_AT, 4, &mark) &&
	       bzb_get32(mark.data) == bzb_machine_image_mark(machine);
}

uint32_t application_cmdline_size(enum bzb_machine machine)
{
	/* Linux, COMMAND_LINE_SIZE in arch/MACHINE/include/uapi/asm/setup.h, without the NUL */
	static const uint32_t sizes[BZB_MACHINE_COUNT] = {
		[BZB_MACHINE_ARM64] = 2047,
		[BZB_MACHINE_RISCV64] = 1023,
		[BZB_MACHINE_LOONG64] = 4095,
	};

	return sizes[machine];
}

/* --- the PE image ------------------------------------------------------------------- */

static int check_section(const struct bzb_pe *pe, const struct bzb_pe_section *section,
			 struct why *why)
{
	const uint32_t size = section->raw_size > section->virtual_size ? section->raw_size :
									  section->virtual_size;

	if (section->raw_size && section->raw_offset != section->virtual_address)
		return explain(why,
			       "PE: section %s is at offset 0x%x, but is loaded to 0x%x: only an "
			       "image that is the same in the file and in memory can be packed",
			       section->name, section->raw_offset, section->virtual_address);
	if (section->raw_size && !section->virtual_size)
		return explain(why, "PE: section %s has a VirtualSize of 0", section->name);
	if (section->virtual_address > pe->size_of_image ||
	    size > pe->size_of_image - section->virtual_address)
		return explain(why, "PE: section %s goes beyond SizeOfImage (0x%x)", section->name,
			       pe->size_of_image);
	return 0;
}

/* Memory is executable by sections. */
static bool has_code_at(const struct bzb_pe_section *section, uint32_t address)
{
	return section->characteristics & BZB_PE_MEM_EXECUTE &&
	       address >= section->virtual_address &&
	       address - section->virtual_address < section->virtual_size;
}

static int check_sections(const struct bzb_pe *pe, struct why *why)
{
	bool has_entry = false;

	for (unsigned int i = 0; i < pe->sections; i++) {
		const struct bzb_pe_section section = bzb_pe_section(pe, i);

		if (check_section(pe, &section, why))
			return -1;
		has_entry |= has_code_at(&section, pe->entry);
	}
	return has_entry ? 0 :
			   explain(why, "PE: its entry point (0x%x) is in no section with code",
				   pe->entry);
}

/* The image has to run wherever it is put, without being copied. */
static int check_image(const struct bzb_pe *pe, struct why *why)
{
	if (pe->magic != BZB_PE_MAGIC_PE32PLUS)
		return explain(why, "PE: not PE32+ (0x%x)", pe->magic);
	if (pe->subsystem != BZB_PE_SUBSYSTEM_EFI_APPLICATION)
		return explain(why, "PE: not an EFI application (subsystem %u)", pe->subsystem);
	if (pe->size_of_image > MEMORY_MAX)
		return explain(why, "PE: %u bytes of memory, more than 1 GiB", pe->size_of_image);
	if (pe->size_of_headers > pe->size_of_image)
		return explain(why, "PE: its headers (0x%x bytes) go beyond SizeOfImage (0x%x)",
			       pe->size_of_headers, pe->size_of_image);
	if (pe->base_relocation_size > NO_BASE_RELOCATIONS)
		return explain(why, "PE: it has base relocations, which Linux kernels do not need, "
				    "and which would not be applied");
	return check_sections(pe, why);
}

/* As Linux's build pads it (copy_and_pad in drivers/firmware/efi/libstub/Makefile.zboot) */
static struct blob pad_image(const struct bzb_authenticode *image)
{
	struct blob padded = blob_alloc(image->pe.size_of_image);

	memcpy(padded.data, image->pe.file.data, image->sections_end);
	memset(padded.data + image->checksum_offset, 0, sizeof(bzb_le32));
	if (image->directory_offset)
		memset(padded.data + image->directory_offset, 0,
		       sizeof(struct bzb_pe_data_directory));
	return padded;
}

/* Of Linux: where it is copied to, from 0 on (Documentation/arch/loongarch/booting.rst) */
#define LOAD_OFFSET_AT 0x18u

/*
 * On loong64, Linux's stub copies the kernel to its load offset; a kernel that is not relocatable
 * runs nowhere else (efi_relocate_kernel() in drivers/firmware/efi/libstub/loongarch.c). So that
 * place stays free.
 */
static uint64_t lowest_address(const struct bzb_pe *pe, enum bzb_machine machine)
{
	struct bzb_span offset;

	if (machine != BZB_MACHINE_LOONG64 || !application_is_linux(pe->file) ||
	    bzb_slice(pe->file, LOAD_OFFSET_AT, sizeof(bzb_le64), &offset) ||
	    bzb_get64(offset.data) > MEMORY_MAX)
		return 0;
	return bzb_align_up(bzb_get64(offset.data) + pe->size_of_image, BZB_KERNEL_GAP_UNIT);
}

static struct application describe(const struct bzb_pe *pe, enum bzb_machine machine)
{
	return (struct application){
		.size = pe->size_of_image,
		.headers_size = pe->size_of_headers,
		.lowest = lowest_address(pe, machine),
		.nx_compat = pe->dll_characteristics & BZB_PE_NX_COMPAT,
		.image_version = pe->major_image_version,
	};
}

static int read_image(struct bzb_span file, enum bzb_machine machine, struct application *ret,
		      struct why *why)
{
	struct bzb_authenticode image;
	int err;

	if (bzb_pe_parse(file, &image.pe))
		return explain_identity(why, file, "a kernel that bzboot packs");
	if (check_image(&image.pe, why))
		return -1;
	err = bzb_authenticode_parse(file, &image);
	if (err)
		return explain(why, "PE: %s", bzb_strerror(err));
	*ret = describe(&image.pe, machine);
	ret->image = pad_image(&image);
	return 0;
}

/* --- an ELF ------------------------------------------------------------------------- */

static int parse_elf(struct bzb_span file, struct bzb_elf *ret, struct why *why)
{
	if (bzb_elf_parse(file, ret))
		return explain_identity(why, file, "a kernel that bzboot packs");
	if (ret->memory_size > MEMORY_MAX)
		return explain(why, "ELF: %llu bytes of memory, more than 1 GiB",
			       (unsigned long long)ret->memory_size);
	return 0;
}

/* Its segments by p_paddr, which arm64's Image is. */
static struct blob flatten(const struct bzb_elf *elf)
{
	struct blob memory = blob_alloc((size_t)elf->memory_size);

	for (unsigned int i = 0; i < elf->phnum; i++) {
		const struct bzb_elf_segment segment = bzb_elf_segment(elf, i);

		if (segment.type == BZB_PT_LOAD && segment.memsz)
			memcpy(memory.data + (segment.paddr - elf->load_address),
			       elf->file.data + segment.offset, (size_t)segment.filesz);
	}
	return memory;
}

/* @image: of flatten() */
static int check_is_application(struct bzb_span image, enum bzb_machine machine, struct why *why)
{
	enum bzb_machine found;

	if (bzb_probe(image) & BZB_IS_PE && application_machine(image, &found) && found == machine)
		return 0;
	return explain(why,
		       "ELF: no PE header for %s at its load address, so it is no EFI "
		       "application: pack the kernel's Image, built with CONFIG_EFI",
		       bzb_machine_name(machine));
}

/* Replaces the ELF. */
static int read_elf(struct blob *input, enum bzb_machine machine, struct why *why)
{
	struct bzb_elf elf;
	struct blob image;

	if (parse_elf(blob_span(input), &elf, why))
		return -1;
	image = flatten(&elf);
	blob_free(input);
	*input = image;
	return check_is_application(blob_span(input), machine, why);
}

int application_read(struct blob *input, enum bzb_machine machine, struct application *ret,
		     struct why *why)
{
	if (bzb_probe(blob_span(input)) & BZB_IS_ELF && read_elf(input, machine, why))
		return -1;
	return read_image(blob_span(input), machine, ret, why);
}

/* --- an ELF as the payload ------------------------------------------------------------ */

/* The load address, if the gap is as large and may begin at 0. */
#define ELF_BASE ((uint64_t)BZB_KERNEL_GAP_UNIT)

/* Its PE header describes memory from its load address on. */
static int find_image(const struct bzb_elf *elf, enum bzb_machine machine, struct application *ret,
		      struct why *why)
{
	struct blob image = flatten(elf);
	struct bzb_pe pe;
	int err = check_is_application(blob_span(&image), machine, why);

	if (!err && bzb_pe_parse(blob_span(&image), &pe))
		err = explain_identity(why, blob_span(&image), "a kernel that bzboot packs");
	if (!err)
		err = check_image(&pe, why);
	if (!err)
		*ret = describe(&pe, machine);
	blob_free(&image);
	return err;
}

/* arm64's p_paddr is a virtual address, where no machine has memory. */
static void move_to(struct blob *input, const struct bzb_elf *elf, uint64_t address)
{
	struct bzb_elf_ehdr *ehdr = (void *)input->data;

	for (unsigned int i = 0; i < elf->phnum; i++) {
		struct bzb_elf_segment segment = bzb_elf_segment(elf, i);

		segment.paddr += address - elf->load_address;
		bzb_elf_write_phdr((void *)(input->data + elf->phoff +
					    i * sizeof(struct bzb_elf_phdr)),
				   &segment);
	}
	ehdr->e_entry = bzb_st64(address + elf->entry_offset);
}

int application_prepare_elf(struct blob *input, enum bzb_machine machine, struct bzb_elf *ret,
			    struct application *ret_application, struct why *why)
{
	if (!(bzb_probe(blob_span(input)) & BZB_IS_ELF))
		return explain(why, "it is no ELF, which --payload elf is for");
	if (parse_elf(blob_span(input), ret, why) || find_image(ret, machine, ret_application, why))
		return -1;
	move_to(input, ret, ELF_BASE + ret_application->lowest);
	return parse_elf(blob_span(input), ret, why);
}
