/* SPDX-License-Identifier: BSD-2-Clause */
/* The kernel inside, or a bare vmlinux */
#include <string.h>

#include <bzboot/bzboot.h>

#include "checks.h"
#include "families.h"
#include "setup_fields.h"

/* Those that load an ELF file by its program headers */
#define ELF_LOADERS                                                                               \
	(CONSUMER(COREBOOT) | CONSUMER(KEXEC_LOAD) | CONSUMER(XEN_DOM0) | CONSUMER(FIRECRACKER) |  \
	 CONSUMER(CLOUD_HYPERVISOR) | CONSUMER(CROSVM) | CONSUMER(RUST_VMM))

/* Those of them that take 64-bit ELFs only */
#define ELF64_LOADERS                                                                             \
	(CONSUMER(FIRECRACKER) | CONSUMER(CLOUD_HYPERVISOR) | CONSUMER(CROSVM) | CONSUMER(RUST_VMM))

/* Xen, "Guest OS ELF notes" */
enum {
	XEN_ENTRY = 1,
	XEN_VERSION = 5,
	XEN_GUEST_OS = 6,
	XEN_LOADER = 8,
	XEN_FEATURES = 10,
	XEN_SUPPORTED_FEATURES = 17,
	XEN_PHYS32_ENTRY = 18
};
#define XENFEAT_DOM0 11

/* The default of QEMU and of Firecracker */
#define SMALL_MACHINE ((uint64_t)128 << 20)

/* The end of Linux's direct map: no machine has memory above it. */
#define PHYSICAL_END ((uint64_t)1 << 46)

static bool is_bare(const struct checking *checking)
{
	return checking->subject->kinds & BZB_IS_ELF;
}

static struct bzb_span elf_bytes(const struct subject *subject)
{
	return subject->kinds & BZB_IS_ELF ? subject->file : blob_span(&subject->contents);
}

static bool has_elf_magic(const struct subject *subject)
{
	struct bzb_span magic;

	return !bzb_slice(elf_bytes(subject), 0, 4, &magic) && !memcmp(magic.data, "\177ELF", 4);
}

/* Which consumers refuse a bare ELF for an error of bzb_elf_parse() */
static consumer_set refusals(struct bzb_span bytes, int err)
{
	struct bzb_elf elf;

	switch (err) {
	case -BZB_ERR_TOOLARGE:
		return 0;
	case -BZB_ERR_BADCLASS:
		return ELF64_LOADERS;
	case -BZB_ERR_TRUNCATED: /* symbols may be missing: no loader reads them */
		return bzb_elf_parse_loaded(bytes, &elf) ? ELF_LOADERS : 0;
	default:
		return ELF_LOADERS;
	}
}

/* returns: 0 if the kernel is not an ELF, or if it can be parsed */
static int parse_error(const struct checking *checking)
{
	const struct subject *subject = checking->subject;
	struct bzb_elf elf;

	if (subject->parts & PART_ELF || !has_elf_magic(subject))
		return 0;
	return bzb_elf_parse(elf_bytes(subject), &elf);
}

static void check_elf(struct checking *checking)
{
	int err = parse_error(checking);
	struct bzb_span bytes = elf_bytes(checking->subject);

	/* "wrong-kind" says so of a vmlinux for another processor. */
	if (err == -BZB_ERR_BADMACHINE && is_bare(checking) && checking->subject->machine)
		return;
	if (err && err != -BZB_ERR_OVERLAP && err != -BZB_ERR_BADENTRY)
		found_for(checking,
			  is_bare(checking) ? refusals(bytes, err) | CONSUMER(BZBOOT) :
					      PAYLOAD_READERS,
			  NOWHERE, "ELF: %s", bzb_strerror(err));
}

/* The program headers of an ELF that bzb_elf_parse() has refused for its segments */
static struct bzb_elf raw_elf(const struct checking *checking)
{
	struct bzb_elf elf = { .file = elf_bytes(checking->subject) };
	struct bzb_elf_ehdr e;

	memcpy(&e, elf.file.data, sizeof(e));
	elf.phoff = bzb_ld64(e.e_phoff);
	elf.phnum = bzb_ld16(e.e_phnum);
	return elf;
}

static bool share_memory(const struct bzb_elf_segment *a, const struct bzb_elf_segment *b)
{
	return a->type == BZB_PT_LOAD && b->type == BZB_PT_LOAD && a->paddr < b->paddr + b->memsz &&
	       b->paddr < a->paddr + a->memsz;
}

static bool has_overlap(const struct bzb_elf *elf)
{
	for (unsigned int i = 0; i < elf->phnum; i++)
		for (unsigned int j = 0; j < i; j++) {
			struct bzb_elf_segment a = bzb_elf_segment(elf, i);
			struct bzb_elf_segment b = bzb_elf_segment(elf, j);

			if (share_memory(&a, &b))
				return true;
		}
	return false;
}

static void check_segments(struct checking *checking)
{
	struct bzb_elf elf;
	bool overlap;

	if (parse_error(checking) != -BZB_ERR_OVERLAP)
		return;
	elf = raw_elf(checking);
	if (elf.phnum == BZB_PN_XNUM)
		return;
	overlap = has_overlap(&elf);
	found_for(checking,
		  CONSUMER(BZBOOT) | (overlap && is_bare(checking) ? CONSUMER(KEXEC_LOAD) : 0),
		  NOWHERE,
		  overlap ? "ELF: segments overlap in physical memory" :
			    "ELF: segments do not ascend by physical address");
}

static void check_entry(struct checking *checking)
{
	if (parse_error(checking) == -BZB_ERR_BADENTRY)
		found(checking,
		      FIELD("e_entry", bzb_get64(elf_bytes(checking->subject).data +
						 offsetof(struct bzb_elf_ehdr, e_entry))),
		      "ELF: %s", bzb_strerror(BZB_ERR_BADENTRY));
}

/* e_entry of a bare ELF has a place in the file. */
static struct where entry_field(const struct checking *checking)
{
	uint64_t entry = checking->subject->elf.entry;

	return is_bare(checking) ?
		       FIELD_AT("e_entry", entry, offsetof(struct bzb_elf_ehdr, e_entry)) :
		       FIELD("e_entry", entry);
}

static void check_entry_physical(struct checking *checking)
{
	const struct bzb_elf *elf = &checking->subject->elf;
	struct bzb_elf_place place;
	consumer_set breaks = is_bare(checking) ? CONSUMER(KEXEC_LOAD) | CONSUMER(FIRECRACKER) |
							  CONSUMER(CROSVM) | CONSUMER(COREBOOT) :
						  CONSUMER(U_ROOT);

	if (bzb_elf_find_load(elf, BZB_ELF_PHYSICAL, elf->entry, &place))
		found_for(checking, breaks, entry_field(checking),
			  "ELF: the entry point is a virtual address");
}

static void check_load_address(struct checking *checking)
{
	const struct bzb_elf *elf = &checking->subject->elf;

	if (elf->load_address + elf->memory_size > PHYSICAL_END)
		found_for(checking,
			  is_bare(checking) ? ELF_LOADERS | CONSUMER(BZBOOT) : PAYLOAD_READERS,
			  FIELD("p_paddr", elf->load_address),
			  "ELF: no machine has memory at its physical addresses");
}

static void check_wx(struct checking *checking)
{
	const struct bzb_elf *elf = &checking->subject->elf;

	for (unsigned int i = 0; i < elf->phnum; i++) {
		struct bzb_elf_segment s = bzb_elf_segment(elf, i);

		if (s.type == BZB_PT_LOAD && s.memsz && s.flags & BZB_PF_W && s.flags & BZB_PF_X)
			found(checking, FIELD("p_paddr", s.paddr),
			      "ELF: segment %u is writable and executable", i);
	}
}

static bool has_notes(const struct bzb_elf *elf)
{
	for (unsigned int i = 0; i < elf->phnum; i++)
		if (bzb_elf_segment(elf, i).type == BZB_PT_NOTE)
			return true;
	return false;
}

/* Xen takes these if there is no PT_NOTE (xen/common/libelf/libelf-dominfo.c, elf_xen_parse()). */
static bool has_note_sections(const struct bzb_elf *elf)
{
	for (unsigned int i = 0; i < elf->shnum; i++)
		if (bzb_elf_section(elf, i).type == BZB_SHT_NOTE)
			return true;
	return false;
}

static void check_notes(struct checking *checking)
{
	const struct bzb_elf *elf = &checking->subject->elf;

	if (!has_notes(elf))
		found_for(checking,
			  (has_note_sections(elf) ? 0 : CONSUMER(XEN_DOM0)) |
				  (is_bare(checking) ? CONSUMER(CLOUD_HYPERVISOR) : 0),
			  NOWHERE, "ELF: no segment has notes");
}

static bool has_xen_note(const struct checking *checking, uint32_t type)
{
	struct bzb_span descriptor;

	return !bzb_note_find(&checking->subject->elf, "Xen", type, &descriptor);
}

static void check_pvh(struct checking *checking)
{
	if (!has_xen_note(checking, XEN_PHYS32_ENTRY))
		found(checking, NOWHERE, "ELF: no note has the entry of PVH");
}

static bool xen_note_begins(const struct checking *checking, uint32_t type, const char *start)
{
	struct bzb_span descriptor;

	return !bzb_note_find(&checking->subject->elf, "Xen", type, &descriptor) &&
	       descriptor.size >= strlen(start) && !memcmp(descriptor.data, start, strlen(start));
}

/* xen/common/libelf/libelf-dominfo.c: elf_xen_note_check() */
static bool is_paravirtual(const struct checking *checking)
{
	return (xen_note_begins(checking, XEN_LOADER, "generic") ||
		xen_note_begins(checking, XEN_GUEST_OS, "linux")) &&
	       xen_note_begins(checking, XEN_VERSION, "xen-3.0");
}

/* XEN_FEATURES is a text of older kernels, which Xen searches for names. */
static bool supports_dom0(const struct checking *checking)
{
	struct bzb_span features;

	return bzb_note_find(&checking->subject->elf, "Xen", XEN_SUPPORTED_FEATURES, &features) ||
	       features.size < 4 || bzb_get32(features.data) & 1u << XENFEAT_DOM0;
}

static void check_xen(struct checking *checking)
{
	if (!has_xen_note(checking, XEN_ENTRY) && !has_xen_note(checking, XEN_FEATURES) &&
	    !has_xen_note(checking, XEN_PHYS32_ENTRY))
		found(checking, NOWHERE, "ELF: it has no notes of Xen");
	else if (!is_paravirtual(checking))
		found(checking, NOWHERE, "ELF: Xen's notes are not those of a paravirtual kernel");
	else if (!supports_dom0(checking))
		found(checking, NOWHERE, "ELF: by Xen's notes it runs as a guest only");
}

static uint64_t memory_at_boot(const struct checking *checking)
{
	if (checking->subject->kinds & BZB_IS_BZIMAGE && setup_is_since(checking, 0x20a))
		return SETUP_VALUE(checking, init_size);
	return checking->subject->elf.memory_size;
}

static void check_memory(struct checking *checking)
{
	uint64_t size = memory_at_boot(checking);

	if (size >= SMALL_MACHINE)
		found(checking, NOWHERE, "it needs %llu MiB of memory in one piece to boot",
		      (unsigned long long)(size >> 20));
}

#define KERNELS (BZB_IS_BZIMAGE | BZB_IS_ZBOOT | BZB_IS_ELF)

const struct check kernel_checks[] = {
	{
		.name = "kernel-elf",
		.severity = SEVERITY_ERROR,
		.kinds = KERNELS,
		.breaks = ELF_LOADERS | PAYLOAD_READERS,
		.run = check_elf,
		.why = "The kernel is an ELF, but not one that can be loaded: its headers, its "
		       "sizes or its tables are not valid, or it is for another processor than "
		       "x86-64, arm64, riscv64 and loong64. Loaders that read it refuse it. "
		       "(System V gABI, chapters 4 and 5)",
	},
	{
		.name = "kernel-segments",
		.severity = SEVERITY_ERROR,
		.kinds = KERNELS,
		.breaks = CONSUMER(BZBOOT) | CONSUMER(KEXEC_LOAD),
		.run = check_segments,
		.why = "Segments must ascend by physical address without overlap, so that each "
		       "byte of memory has one value. kexec -c refuses a bare ELF whose segments "
		       "overlap, bzboot any such kernel; others copy one segment over the other. "
		       "(System V gABI, \"Program Header\"; kexec/kexec.c, sort_segments())",
	},
	{
		.name = "kernel-entry",
		.severity = SEVERITY_ERROR,
		.kinds = KERNELS,
		.breaks = CONSUMER(BZBOOT),
		.run = check_entry,
		.why = "e_entry is neither a physical nor a virtual address of any segment, so "
		       "there is no code where the kernel would begin. bzboot refuses it; loaders "
		       "that do not look jump there.",
	},
	{
		.name = "kernel-entry-physical",
		.severity = SEVERITY_WARNING,
		.kinds = KERNELS,
		.parts = PART_ELF,
		.breaks = CONSUMER(KEXEC_LOAD) | CONSUMER(FIRECRACKER) | CONSUMER(CROSVM) |
			  CONSUMER(COREBOOT) | CONSUMER(U_ROOT),
		.run = check_entry_physical,
		.why = "Loaders of an ELF jump to e_entry with memory mapped to itself, so it has "
		       "to be a physical address, as in Linux (phys_startup_64). kexec -c, "
		       "coreboot, Firecracker and crosvm do so with a bare ELF, u-root with the "
		       "payload of a bzImage.",
	},
	{
		.name = "kernel-load-address",
		.severity = SEVERITY_ERROR,
		.kinds = KERNELS,
		.parts = PART_ELF,
		.breaks = ELF_LOADERS | PAYLOAD_READERS,
		.run = check_load_address,
		.why = "p_paddr is where loaders put a segment. Linkers set it to the virtual "
		       "address unless a script says AT(), and then no loader has memory there.",
	},
	{
		.name = "kernel-wx",
		.severity = SEVERITY_NOTE,
		.kinds = KERNELS,
		.parts = PART_ELF,
		.run = check_wx,
		.why = "A segment is both writable and executable. Linux's x86 kernels had one for "
		       "the code and data of its initialisation, and protect it by their own page "
		       "tables; no loader refuses it.",
	},
	{
		.name = "kernel-notes",
		.severity = SEVERITY_NOTE,
		.kinds = KERNELS,
		.parts = PART_ELF,
		.breaks = CONSUMER(XEN_DOM0) | CONSUMER(CLOUD_HYPERVISOR),
		.run = check_notes,
		.why = "Notes carry the build ID, and the entries for Xen and for hypervisors. "
		       "Without PT_NOTE, as after a strip that goes too far, Cloud Hypervisor "
		       "refuses a bare ELF, and Xen any kernel that has no sections of notes "
		       "either.",
	},
	{
		.name = "kernel-pvh",
		.severity = SEVERITY_NOTE,
		.kinds = BZB_IS_ELF,
		.parts = PART_ELF,
		.after = "kernel-notes",
		.breaks = CONSUMER(CLOUD_HYPERVISOR),
		.run = check_pvh,
		.why = "Cloud Hypervisor and QEMU -kernel start a bare ELF by the entry in the "
		       "note XEN_ELFNOTE_PHYS32_ENTRY only (CONFIG_PVH). Firecracker and crosvm "
		       "take e_entry without it.",
	},
	{
		.name = "kernel-xen",
		.severity = SEVERITY_NOTE,
		.kinds = KERNELS,
		.parts = PART_ELF,
		.after = "kernel-notes",
		.breaks = CONSUMER(XEN_DOM0),
		.run = check_xen,
		.why = "Xen starts dom0 paravirtually unless its command line has dom0=pvh, and then "
		       "takes only kernels whose notes say that they are for Xen 3.0 and of Linux "
		       "or for the generic loader (CONFIG_XEN_PV), and, if they state supported "
		       "features, dom0 among them (CONFIG_XEN_DOM0). As a guest in full "
		       "virtualisation, any kernel runs. (xen/common/libelf, "
		       "xen/arch/x86/pv/dom0_build.c)",
	},
	{
		.name = "kernel-memory",
		.severity = SEVERITY_NOTE,
		.kinds = KERNELS,
		.parts = PART_ELF,
		.run = check_memory,
		.why = "The kernel needs this much memory in one piece while it boots: init_size "
		       "of a bzImage, else its segments. The default of QEMU and Firecracker is "
		       "128 MiB.",
	},
	{
		.name = CHECK_KERNEL_KASLR,
		.severity = SEVERITY_WARNING,
		.why = "No relocations are known of this kernel, so it stays at its link address "
		       "in virtual memory: KASLR of virtual addresses is off. Either it was built "
		       "without CONFIG_RANDOMIZE_BASE, or its vmlinux without --emit-relocs "
		       "(vmlinux.unstripped has them), or it was stripped.",
	},
	{
		.name = CHECK_KERNEL_RELOCATION,
		.severity = SEVERITY_ERROR,
		.breaks = CONSUMER(BZBOOT),
		.why = "A field of the kernel moves with its address, but no relocation can move "
		       "it correctly: the kernel would boot only without KASLR, or crash in rare "
		       "places. The finding has the type, the symbol and the address. 'bzboot "
		       "pack' refuses it.",
	},
	{
		.name = CHECK_KERNEL_PACK,
		.severity = SEVERITY_ERROR,
		.breaks = CONSUMER(BZBOOT),
		.why = "'bzboot pack' refuses the kernel with this message, which no other check "
		       "gives. Of an image it is a warning: the image itself may boot.",
	},
	{
		.name = CHECK_KERNEL_ODDITY,
		.severity = SEVERITY_WARNING,
		.why = "'bzboot pack' takes the kernel, with this warning: it may be a program and "
		       "not a kernel, or begin in 32-bit mode, or its SBAT is broken.",
	},
	{
		.name = CHECK_KERNEL_SHUFFLE,
		.severity = SEVERITY_NOTE,
		.why = "'bzboot shuffle' and 'pack --shuffle' refuse this vmlinux for x86-64, with "
		       "this message. It has symbols; whether it lacks relocations, or has what is "
		       "not understood, the message says.",
	},
	{ 0 },
};
