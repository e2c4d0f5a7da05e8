/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The interface of an architecture to the steps and to the EFI part: stub/x86/ implements it, and
 * stub/pe/ with stub/arm64/, stub/riscv64/ or stub/loong64/. helper.h is the part of it that
 * assembler includes, too. No step and no file of stub/efi/ includes a header of an architecture.
 */
#ifndef STUB_ARCH_H
#define STUB_ARCH_H

#include <bzboot/boot_params.h>
#include <bzboot/memory.h>

struct boot;

/* Set by the build for machines whose payload is an EFI application: the kernel with a stub of its
 * own (stub/pe/). All others enter an ELF with boot_params. */
#ifndef KERNEL_IS_APPLICATION
#define KERNEL_IS_APPLICATION 0
#endif

/* --- the image --- */

/**
 * arch_image() - get the address of RVA 0 of our image
 *
 * Uses no pointer in the image: self_relocate() may not have run yet.
 *
 * returns: the address; the headers and the setup there may be unmapped
 */
unsigned char *arch_image(void);

/* --- the processor --- */

/**
 * arch_time_stamp() - read a counter that grows at a constant rate
 *
 * returns: ticks
 */
uint64_t arch_time_stamp(void);

/**
 * arch_ticks_per_ms() - get the rate of arch_time_stamp() from the processor
 *
 * returns: ticks in a millisecond; 0 if the processor does not state it
 */
uint64_t arch_ticks_per_ms(void);

/**
 * arch_is_virtual() - detect a hypervisor
 *
 * returns: true if there is one
 */
bool arch_is_virtual(void);

/**
 * arch_is_boot_processor() - test whether this is the processor that the stub was entered on
 *
 * returns: true on that processor, false on all others
 */
bool arch_is_boot_processor(void);

/**
 * arch_halt() - halt this processor forever, with interrupts off
 */
_Noreturn void arch_halt(void);

/* A source of random numbers in the processor. */
struct arch_random_source {
	bool (*present)(void);
	bool (*read)(uint64_t *ret); /* false if no number is available yet */
};

/* The best source comes first; the last entry has NULL members. random.c tests the sources. */
#pragma GCC visibility push(hidden)
extern const struct arch_random_source arch_random_sources[];
#pragma GCC visibility pop

/* --- decoders --- */

/* The processor's state before arch_enter_decoder(). */
struct arch_saved {
	uint64_t words[10];
};

/**
 * arch_enter_decoder() - prepare the processor for code that is compiled for user space
 * @saved: receives the changed state, for arch_leave_decoder(); must not be moved until then
 *
 * The decoders' static libraries come from the distribution. Until arch_leave_decoder(), interrupts
 * are off and firmware services must not be called.
 */
void arch_enter_decoder(struct arch_saved *saved);

/**
 * arch_leave_decoder() - restore the processor's state
 * @saved: from arch_enter_decoder()
 */
void arch_leave_decoder(const struct arch_saved *saved);

/* --- code that has been written --- */

/**
 * arch_sync_code() - let the processor execute what has been written to memory
 * @code: the bytes
 *
 * Only where KERNEL_IS_APPLICATION: on x86-64, the caches need no help.
 */
void arch_sync_code(struct bzb_range code);

/* --- confidential guests --- */

/* A guest whose memory the hypervisor cannot read. All zero: this is not such a guest. */
struct guest {
	uint64_t status;     /* from the processor; the bits depend on the architecture */
	uint64_t encryption; /* the bit of a page table entry that means "encrypted"; 0: none */
	bool no_io;	     /* ports and devices are accessible through the hypervisor only */
};

/**
 * guest_is_confidential() - check whether this is such a guest
 * @guest: as filled in
 */
static inline bool guest_is_confidential(const struct guest *guest)
{
	return guest->encryption || guest->no_io;
}

struct guest_blob;

/**
 * arch_guest() - get the kind of guest from the processor
 *
 * returns: all zero if it is not a confidential guest
 */
struct guest arch_guest(void);

/**
 * arch_admit_guest() - check whether a kernel can run in this guest
 * @boot: guest is used, cc_blob is set
 * @blob: the firmware's data for the kernel of such a guest; NULL if there are none
 *
 * returns: false if it cannot; the reason has been printed
 */
bool arch_admit_guest(struct boot *boot, const struct guest_blob *blob);

/* --- page tables --- */

/**
 * arch_levels_size() - check whether the number of page table levels has to be changed
 * @boot: load and options are used
 *
 * A kernel keeps the number of levels that it is entered with.
 *
 * returns: bytes that arch_put_levels() needs, whole pages; 0 if the number is right
 */
size_t arch_levels_size(const struct boot *boot);

/**
 * arch_put_levels() - copy the code that changes the number of page table levels
 * @memory: arch_levels_size() bytes, page-aligned, below 4 GiB, mapped to their physical addresses;
 *	in use until the kernel has page tables of its own
 *
 * returns: the pages of @memory that must be executable
 */
struct bzb_range arch_put_levels(unsigned char *memory);

/**
 * arch_switch_levels() - change the number of levels
 * @boot: guest is used
 * @memory: prepared by arch_put_levels()
 *
 * Firmware services must not be called any more.
 */
void arch_switch_levels(const struct boot *boot, unsigned char *memory);

/* --- the kernel --- */

/**
 * arch_jump() - enter the kernel
 * @entry: the kernel's entry point
 * @params: for the kernel
 */
_Noreturn void arch_jump(uint64_t entry, struct bzb_boot_params *params);

#endif
