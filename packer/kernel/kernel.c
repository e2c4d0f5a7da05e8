/* SPDX-License-Identifier: BSD-2-Clause */
#include "kernel.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>

#include <bzboot/boot_params.h>
#include <bzboot/kernel_elf.h>
#include <bzboot/load.h>
#include <bzboot/notes.h>
#include <bzboot/pe.h>
#include <bzboot/probe.h>
#include <bzboot/relocs.h>

#include "input/identify.h"
#include "input/module_signature.h"
#include "input/multiboot.h"
#include "input/pe_section.h"
#include "input/sbat.h"
#include "payload/payload_decompress.h"
#include "payload/payload_find.h"
#include "alignment.h"
#include "application.h"
#include "banner.h"
#include "code.h"
#include "elf_symbols.h"
#include "normalise.h"
#include "placement.h"
#include "program.h"

static int unsupported(struct bzb_span file, struct why *why)
{
	return explain_identity(why, file, "a kernel that bzboot packs");
}

/* @machine: of the image around it */
static int unsupported_payload(struct bzb_span payload, enum bzb_machine machine, struct why *why)
{
	char wanted[32];
	struct why inside;

	snprintf(wanted, sizeof(wanted), "%s %s kernel", machine_article(machine),
		 bzb_machine_name(machine));
	explain_identity(&inside, payload, wanted);
	return explain(why, "payload: %.240s", inside.text);
}

/* Linux 5.10's setup_type_max: SETUP_INDIRECT, and SETUP_JAILHOUSE as the last type. A
 * kernel that does not state its own is treated like 5.10. */
#define SETUP_TYPES_LEAST 6u

/* Types are small numbers, with or without SETUP_INDIRECT. */
static void take_setup_types(struct kernel *kernel, uint32_t types)
{
	types &= ~(uint32_t)BZB_SETUP_INDIRECT;
	if (types && types <= UINT16_MAX)
		kernel->setup_type_max = (uint32_t)BZB_SETUP_INDIRECT | types;
}

/* The facts about a kernel beside its ELF. Invalid ones are left out. */
static void take_facts(struct kernel *kernel, uint32_t alignment, uint16_t xloadflags,
		       struct bzb_span version)
{
	kernel->xloadflags = xloadflags & BZB_XLF_5LEVEL_ENABLED;
	if (bzb_is_power_of_two(alignment) && alignment > kernel->alignment)
		kernel->alignment = alignment;
	if (version.size >= sizeof(kernel->version))
		version.size = sizeof(kernel->version) - 1;
	if (version.size)
		memcpy(kernel->version, version.data, version.size);
}

/* Replaces an image by the ELF that is its payload. */
static int unpack(struct blob *input, unsigned int kinds, struct kernel *kernel, struct why *why)
{
	struct bzb_payload payload;
	struct blob elf;

	if (payload_find(blob_span(input), kinds, &payload, why) || decompress(&payload, &elf, why))
		return -1;
	kernel->compressed_size = payload.stream.size;
	blob_free(input);
	*input = elf;
	return 0;
}

/* Linux has one from 6.16 on, if CONFIG_EFI_SBAT_FILE is set. */
static void take_sbat(struct kernel *kernel, struct bzb_span image)
{
	struct bzb_span text;

	if (sbat_find(image, &text))
		kernel->sbat = blob_copy(text);
}

/* The stub of bzboot's images is always relocatable, so the payload's note states whether the
 * kernel is. */
static void take_place(struct kernel *kernel, unsigned int kinds,
		       const struct bzb_setup_header *header)
{
	if (!(kinds & BZB_IS_BZBOOT))
		kernel->place = header->relocatable_kernel ? KERNEL_PLACE_ANY :
							     KERNEL_PLACE_LOAD_ADDRESS;
}

static int read_bzimage(struct blob *input, unsigned int kinds, struct kernel *kernel,
			struct why *why)
{
	struct bzb_bzimage bzimage;
	struct bzb_span appended;

	if (bzb_bzimage_parse(blob_span(input), &bzimage))
		return unsupported(blob_span(input), why);
	take_facts(kernel, bzb_ld32(bzimage.header.kernel_alignment),
		   bzb_ld16(bzimage.header.xloadflags), bzimage.kernel_version);
	take_setup_types(kernel, bzimage.setup_type_max);
	kernel->cmdline_size = bzb_ld32(bzimage.header.cmdline_size);
	take_sbat(kernel, blob_span(input));
	take_place(kernel, kinds, &bzimage.header);
	kernel->has_module_signature = !module_signature_find(blob_span(input), &appended);
	return unpack(input, BZB_IS_BZIMAGE, kernel, why);
}

static int read_zboot(struct blob *input, unsigned int kinds, struct kernel *kernel,
		      struct why *why)
{
	struct bzb_pe pe;

	(void)kinds;
	if (bzb_pe_parse(blob_span(input), &pe) || bzb_machine_of_pe(pe.machine, &kernel->machine))
		return unsupported(blob_span(input), why);
	take_sbat(kernel, blob_span(input));
	return unpack(input, BZB_IS_ZBOOT, kernel, why);
}

/* Linux, arch/x86/kernel/head64.c: there if CONFIG_X86_5LEVEL is set, before 6.16. */
#define FIVE_LEVEL_SYMBOL "__pgtable_l5_enabled"

static bool has_symbol(const struct bzb_elf *elf, const char *name)
{
	struct bzb_elf_section table, names;
	struct symbols symbols;
	struct bzb_symbol symbol;
	char text[64];

	if (bzb_elf_find_section(elf, ".symtab", &table) ||
	    bzb_elf_find_section(elf, ".strtab", &names) ||
	    bzb_slice(elf->file, table.offset, table.size, &symbols.table) ||
	    bzb_slice(elf->file, names.offset, names.size, &symbols.names))
		return false;
	for (uint32_t i = 0; !bzb_symbol_read(symbols.table, i, &symbol); i++) {
		symbol_name(symbols.names, &symbol, text, sizeof(text));
		if (!strcmp(text, name))
			return true;
	}
	return false;
}

/* Since Linux 6.16 every kernel supports five levels (CONFIG_X86_5LEVEL was removed). */
static bool is_new_enough(struct bzb_span elf)
{
	char version[KERNEL_VERSION_SIZE];
	unsigned int major, minor;

	return banner_version(elf, version, sizeof(version)) &&
	       sscanf(version, "%u.%u", &major, &minor) == 2 &&
	       (major > 6 || (major == 6 && minor >= 16));
}

static void take_note(struct kernel *kernel, const struct kernel_note *note)
{
	struct bzb_span version = {
		(const unsigned char *)note->version,
		strlen(note->version),
	};

	take_facts(kernel, bzb_ld32(note->alignment), bzb_ld16(note->xloadflags), version);
	take_setup_types(kernel, bzb_ld16(note->setup_types));
}

/*
 * The facts of an ELF outside an image. A payload ELF of bzboot has a note. Other ELFs support five
 * levels if their symbols or their version show it; otherwise four.
 */
static void take_facts_of_bare_elf(struct kernel *kernel, const struct bzb_elf *elf)
{
	struct kernel_note note;

	if (kernel_note_find(elf, &note))
		take_note(kernel, &note);
	else if (has_symbol(elf, FIVE_LEVEL_SYMBOL) || is_new_enough(elf->file))
		kernel->xloadflags = BZB_XLF_5LEVEL_ENABLED;
}

/*
 * Readers of images: each replaces the image in @input by the kernel inside, and puts the facts of
 * the image into @kernel. The first one that fits is used; our own images fit both, and the setup
 * header has more facts.
 */
static const struct reader {
	enum bzb_kind kind;
	int (*read)(struct blob *input, unsigned int kinds, struct kernel *kernel, struct why *why);
} readers[] = {
	{ BZB_IS_BZIMAGE, read_bzimage },
	{ BZB_IS_ZBOOT, read_zboot },
};

static int read_input(struct blob *input, unsigned int kinds, struct kernel *kernel,
		      struct why *why)
{
	if (kinds & BZB_IS_ELF)
		return 0;
	if (kinds & BZB_IS_PE && !(kinds & (BZB_IS_BZIMAGE | BZB_IS_ZBOOT)) &&
	    !(kinds & BZB_IS_ADDON) && application_machine(blob_span(input), &kernel->machine)) {
		take_sbat(kernel, blob_span(input));
		return 0;
	}
	for (size_t i = 0; i < BZB_ARRAY_SIZE(readers); i++)
		if (kinds & readers[i].kind)
			return readers[i].read(input, kinds, kernel, why);
	return unsupported(blob_span(input), why);
}

/* The version is printed, so it must not contain control characters. */
static void clean_version(char *version)
{
	for (char *c = version; *c; c++)
		if (!isprint((unsigned char)*c))
			*c = '?';
}

static void see_to_version(struct kernel *kernel, struct bzb_span elf)
{
	if (!*kernel->version && !banner_version(elf, kernel->version, sizeof(kernel->version)))
		snprintf(kernel->version, sizeof(kernel->version), "unknown (unknown@unknown) #1");
	clean_version(kernel->version);
}

/*
 * Xen, "Guest OS ELF notes": XEN_ELFNOTE_PHYS32_RELOC, of a kernel that runs at any address. Linux
 * has it since 6.12, if CONFIG_PVH is set.
 */
#define XEN_PHYS32_RELOC 19

/*
 * An ELF has no field for whether its kernel runs at any physical address. Linux does on x86-64
 * since 2.6.22 (phys_base), with and without CONFIG_RELOCATABLE.
 */
static bool finds_itself(const struct bzb_elf *elf)
{
	char version[KERNEL_VERSION_SIZE];
	struct bzb_span descriptor;

	return !bzb_note_find(elf, "Xen", XEN_PHYS32_RELOC, &descriptor) ||
	       banner_version(elf->file, version, sizeof(version));
}

static bool is_fixed(const struct kernel *kernel, const struct bzb_elf *elf)
{
	if (kernel->place == KERNEL_PLACE_LOAD_ADDRESS)
		return true;
	if (kernel->is_application || kernel->movable || elf->type != BZB_ET_EXEC)
		return false;
	return kernel->virtual_address == elf->load_address ||
	       (kernel->place == KERNEL_PLACE_UNKNOWN && !finds_itself(elf));
}

/* Runs before the long work of compressing. */
static int find_place(const struct kernel *kernel, struct why *why)
{
	const struct bzb_load load = {
		.manifest = {
			.codec = BZB_CODEC_NONE,
			.alignment = kernel->alignment,
			.gap = kernel->gap,
			.flags = kernel->fixed ? BZB_MANIFEST_FIXED : 0,
			.load_address = kernel->load_address,
			.virtual_address = kernel->virtual_address,
			.memory_size = kernel->memory_size,
		},
		.stream = blob_span(&kernel->elf),
	};
	struct placement placement;
	struct why reason;

	if (placement_find(&load, &placement, &reason))
		return explain(why, "ELF: %.240s", reason.text);
	return 0;
}

/* The end of the last segment in the file, without bytes where it begins. */
static size_t find_loaded_size(const struct bzb_elf *elf)
{
	size_t end = 0;

	for (unsigned int i = 0; i < elf->phnum; i++) {
		struct bzb_elf_segment segment = bzb_elf_segment(elf, i);

		if (segment.type == BZB_PT_LOAD && segment.offset + segment.filesz > end)
			end = (size_t)(segment.offset + segment.filesz);
	}
	return end;
}

/* Takes the first steps of a shuffle, which change nothing: they see whether the table is for this
 * kernel. */
static int try_units(const struct bzb_shuffle *shuffle, const struct bzb_kernel_elf *parsed)
{
	static const unsigned char seed[BZB_SHUFFLE_SEED_SIZE];
	const struct bzb_shuffle_kernel kernel = {
		.memory = (unsigned char *)parsed->elf.file.data + parsed->gap,
		.address = parsed->elf.virtual_address,
	};
	struct blob scratch = blob_room(bzb_shuffle_room(shuffle));
	struct bzb_shuffle_run run;
	int err = bzb_shuffle_draw(shuffle, seed, scratch.data, scratch.size);

	if (!err)
		err = bzb_shuffle_prepare(shuffle, &kernel, scratch.data, scratch.size, &run);
	for (uint32_t i = 0; !err && i < bzb_shuffle_tasks(&run, BZB_SHUFFLE_FIND); i++)
		err = bzb_shuffle_do(&run, BZB_SHUFFLE_FIND, i);
	blob_free(&scratch);
	return err;
}

/* As bzb_load_units() */
static int find_units(struct kernel *kernel, const struct bzb_kernel_elf *parsed, struct why *why)
{
	const struct bzb_span gap = { parsed->elf.file.data, (size_t)parsed->gap };
	struct bzb_shuffle shuffle;
	int err;

	if (kernel->is_application)
		return 0;
	err = bzb_load_find_units(&parsed->elf, gap, kernel->loaded_size - kernel->gap, &shuffle);
	if (err == -BZB_ERR_NOTFOUND)
		return 0;
	if (!err && bzb_shuffle_room(&shuffle) > UINT32_MAX)
		err = -BZB_ERR_TOOLARGE;
	if (!err)
		err = try_units(&shuffle, parsed);
	if (err)
		return explain(why, "its unit table (section " BZB_UNITS_SECTION "): %s",
			       bzb_strerror(err));
	kernel->shuffle_size = (uint32_t)bzb_shuffle_room(&shuffle);
	return 0;
}

/* Everything that follows from kernel->elf. */
static int describe(struct kernel *kernel, struct why *why)
{
	struct bzb_relocs relocs;
	struct bzb_kernel_elf parsed;
	int err = bzb_kernel_elf_parse(blob_span(&kernel->elf), &parsed);

	if (err)
		return explain(why, "ELF: %s (after normalising)", bzb_strerror(err));
	kernel->load_address = parsed.elf.load_address;
	kernel->virtual_address = parsed.elf.virtual_address;
	kernel->gap = (uint32_t)parsed.gap;
	kernel->movable = bzb_relocs_find(&parsed, &relocs) == 0;
	kernel->fixed = is_fixed(kernel, &parsed.elf);
	kernel->memory_size = parsed.memory_size;
	kernel->loaded_size = find_loaded_size(&parsed.elf);
	kernel->parsed = parsed.elf;
	return find_units(kernel, &parsed, why);
}

static void take_place_of_note(struct kernel *kernel, const struct bzb_elf *elf)
{
	struct kernel_note note;

	if (!kernel_note_find(elf, &note))
		return;
	if (bzb_ld32(note.place) == KERNEL_PLACE_LOAD_ADDRESS ||
	    bzb_ld32(note.place) == KERNEL_PLACE_ANY)
		kernel->place = (enum kernel_place)bzb_ld32(note.place);
}

/* The facts that the ELF itself states. */
static int take_facts_of_elf(struct kernel *kernel, const struct bzb_elf *elf, struct why *why)
{
	uint32_t alignment;

	take_place_of_note(kernel, elf);
	kernel->program_mark = program_mark(elf);
	kernel->multiboot = multiboot_find(elf->file);
	if (alignment_of_kernel(elf, &alignment, why))
		return -1;
	if (alignment > kernel->alignment)
		kernel->alignment = alignment;
	return 0;
}

/* That of the image around the kernel, if there is one, must be the same. */
static int find_machine(const struct blob *input, unsigned int kinds, struct kernel *kernel,
			struct why *why)
{
	enum bzb_machine machine = BZB_MACHINE_X86_64;

	kernel->is_application = application_machine(blob_span(input), &machine);
	if (kinds & (BZB_IS_BZIMAGE | BZB_IS_ZBOOT) && machine != kernel->machine)
		return unsupported_payload(blob_span(input), kernel->machine, why);
	kernel->machine = machine;
	return 0;
}

/* Leaves the kernel in @input, and the facts beside it in @kernel. @ret: refers to @input; of
 * applications, it is left empty. */
static int read_kernel(struct blob *input, struct kernel *kernel, struct bzb_elf *ret,
		       struct why *why)
{
	const unsigned int kinds = bzb_probe(blob_span(input));

	if (read_input(input, kinds, kernel, why) || find_machine(input, kinds, kernel, why))
		return -1;
	if (kernel->is_application)
		return 0;
	if (bzb_elf_parse(blob_span(input), ret))
		return kinds & BZB_IS_ELF ?
			       unsupported(blob_span(input), why) :
			       unsupported_payload(blob_span(input), BZB_MACHINE_X86_64, why);
	if (kinds & BZB_IS_ELF)
		take_facts_of_bare_elf(kernel, ret);
	return take_facts_of_elf(kernel, ret, why);
}

/* Replaces a unified kernel image by the kernel inside; returns: whether it was one. In one of
 * ours, the section has the payload alone. */
static bool unwrap(struct blob *input)
{
	struct bzb_span bytes;
	struct blob inside;

	if (bzb_probe(blob_span(input)) & BZB_IS_BZBOOT ||
	    pe_section_find(blob_span(input), ".linux", &bytes))
		return false;
	inside = blob_copy(bytes);
	blob_free(input);
	*input = inside;
	return true;
}

/* As read_kernel(); takes a unified kernel image, too. */
static int load_input(struct blob *input, struct kernel *kernel, struct bzb_elf *ret,
		      struct why *why)
{
	bool wrapped = unwrap(input);
	struct why inside;

	if (!read_kernel(input, kernel, ret, &inside))
		return 0;
	return wrapped ? explain(why, "section .linux: %.230s", inside.text) :
			 explain(why, "%s", inside.text);
}

int kernel_relocs(struct blob *input, struct findings *findings, struct relocs *ret,
		  struct why *why)
{
	struct kernel kernel = { 0 };
	struct bzb_elf elf;
	struct code code;
	int err = load_input(input, &kernel, &elf, why);

	if (!err && kernel.is_application) {
		*ret = (struct relocs){ 0 };
	} else if (!err) {
		relocs_find(&elf, findings, ret);
		if (code_find(&elf, &code, why))
			findings_add(findings, "%s", why->text);
	}
	blob_free(input);
	kernel_free(&kernel);
	return err ? -1 : 0;
}

static struct kernel_note make_note(const struct kernel *kernel)
{
	struct kernel_note note = kernel_note_blank();

	note.alignment = bzb_st32(kernel->alignment);
	note.xloadflags = bzb_st16(kernel->xloadflags);
	note.setup_types = bzb_st16((uint16_t)kernel->setup_type_max);
	note.place = bzb_st32(kernel->place);
	memcpy(note.version, kernel->version, sizeof(note.version));
	return note;
}

/* Makes the payload of an ELF, and puts it into @kernel with all that follows from it. */
static int load_elf(struct blob *input, const struct bzb_elf *elf,
		    const struct kernel_options *options, struct findings *findings,
		    struct kernel *kernel, struct why *why)
{
	struct kernel_note note;

	see_to_version(kernel, blob_span(input));
	note = make_note(kernel);
	if (normalise(elf, input, (struct bzb_span){ (unsigned char *)&note, sizeof(note) },
		      options->keep, findings, &kernel->elf, why))
		return -1;
	blob_free(input);
	return describe(kernel, why);
}

/* No address: an application is not moved, neither is its memory (bzb_load_plan()). */
#define NO_ADDRESS UINT64_MAX

/* The kernel's own stub does most of the work, so the image promises no more than that does. */
static void take_abilities(struct kernel *kernel, const struct application *application)
{
	kernel->nx_compat = application->nx_compat;
	kernel->image_version = application->image_version;
}

/* The manifest's gap is what is before the first section: it describes the kernel, as the headers
 * in the gap of an ELF do. */
static int load_image(struct blob *input, struct kernel *kernel, struct why *why)
{
	struct application application;

	if (application_read(input, kernel->machine, &application, why))
		return -1;
	blob_free(input);
	kernel->elf = application.image;
	kernel->gap = application.headers_size;
	kernel->load_address = application.lowest + application.headers_size;
	kernel->virtual_address = NO_ADDRESS;
	kernel->memory_size = bzb_align_up(kernel->elf.size, BZB_PAGE_SIZE);
	kernel->loaded_size = kernel->elf.size;
	take_abilities(kernel, &application);
	see_to_version(kernel, blob_span(&kernel->elf));
	return 0;
}

/* That of an image of ours, which has it nowhere else. */
static void take_version_of_note(struct kernel *kernel, const struct bzb_elf *elf)
{
	struct kernel_note note;

	if (!*kernel->version && kernel_note_find(elf, &note))
		snprintf(kernel->version, sizeof(kernel->version), "%s", note.version);
}

/* Its memory is that of the PE image at its first segment, too. */
static int load_elf_application(struct blob *input, const struct kernel_options *options,
				struct findings *findings, struct kernel *kernel, struct why *why)
{
	struct application application;
	struct bzb_elf elf;
	uint64_t end;

	if (application_prepare_elf(input, kernel->machine, &elf, &application, why))
		return -1;
	take_version_of_note(kernel, &elf);
	if (load_elf(input, &elf, options, findings, kernel, why))
		return -1;
	end = bzb_align_up((uint64_t)kernel->gap + application.size, BZB_PAGE_SIZE);
	if (kernel->memory_size < end)
		kernel->memory_size = end;
	take_abilities(kernel, &application);
	kernel->virtual_address = NO_ADDRESS;
	return 0;
}

static int load_application(struct blob *input, const struct kernel_options *options,
			    struct findings *findings, struct kernel *kernel, struct why *why)
{
	kernel->cmdline_size = application_cmdline_size(kernel->machine);
	if (options->payload != PAYLOAD_ELF && options->keep != KEEP_BUILD_ID)
		return explain(why, "an Image has no symbols and debug data: pack the ELF, with "
				    "--payload elf");
	return options->payload == PAYLOAD_ELF ?
		       load_elf_application(input, options, findings, kernel, why) :
		       load_image(input, kernel, why);
}

static int load_program(struct blob *input, const struct bzb_elf *elf,
			const struct kernel_options *options, struct findings *findings,
			struct kernel *kernel, struct why *why)
{
	if (options->payload == PAYLOAD_IMAGE)
		return explain(why, "the payload of an x86-64 kernel is its ELF, not an Image");
	return load_elf(input, elf, options, findings, kernel, why);
}

int kernel_load(struct blob *input, const struct kernel_options *options, struct findings *findings,
		struct kernel *ret, struct why *why)
{
	struct kernel kernel = {
		.alignment = BZB_KERNEL_GAP_UNIT,
		.setup_type_max = (uint32_t)BZB_SETUP_INDIRECT | SETUP_TYPES_LEAST,
		.nx_compat = true,
		.image_version = BZB_PE_IMAGE_VERSION,
	};
	struct bzb_elf elf;
	int err = load_input(input, &kernel, &elf, why);

	if (!err && options->version)
		snprintf(kernel.version, sizeof(kernel.version), "%s", options->version);
	if (!err)
		err = kernel.is_application ?
			      load_application(input, options, findings, &kernel, why) :
			      load_program(input, &elf, options, findings, &kernel, why);
	if (!err)
		err = find_place(&kernel, why);
	blob_free(input);
	if (err) {
		kernel_free(&kernel);
		return -1;
	}
	*ret = kernel;
	return 0;
}

void kernel_free(struct kernel *kernel)
{
	blob_free(&kernel->elf);
	blob_free(&kernel->sbat);
}
