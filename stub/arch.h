/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What the steps and the EFI part need of an architecture. stub/x86/ implements it, and another
 * architecture can: helper.h has the part that its assembler reads, too. No step and no part of
 * stub/efi/ includes a header of an architecture.
 */
#ifndef STUB_ARCH_H
#define STUB_ARCH_H

#include <bzboot/boot_params.h>

struct boot;

/* --- the image --- */

/**
 * arch_image() - where RVA 0 of our image is
 *
 * Uses no pointer in the image: self_relocate() may not have run yet.
 *
 * returns: the address; what lies there, headers and setup, may be unmapped
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
 * arch_ticks_per_ms() - the rate of arch_time_stamp(), as the processor states it
 *
 * returns: ticks in a millisecond; 0 if the processor does not state it
 */
uint64_t arch_ticks_per_ms(void);

/**
 * arch_is_virtual() - whether a hypervisor says that it runs us
 *
 * returns: true if one does
 */
bool arch_is_virtual(void);

/**
 * arch_is_boot_processor() - whether this is the processor that the firmware started us on
 *
 * returns: true on that processor, false on all others
 */
bool arch_is_boot_processor(void);

/**
 * arch_halt() - stop this processor for good, with interrupts off
 */
_Noreturn void arch_halt(void);

/* A source of random numbers in the processor. */
struct arch_random_source {
	bool (*present)(void);
	bool (*read)(uint64_t *ret);		/* false if there is no number now */
};

/* The best source first; ends with one whose members are NULL. random.c tests them. */
#pragma GCC visibility push(hidden)
extern const struct arch_random_source arch_random_sources[];
#pragma GCC visibility pop

/* --- decoders --- */

/* What the processor was set to before arch_enter_decoder(). */
struct arch_saved {
	uint64_t words[10];
};

/**
 * arch_enter_decoder() - set the processor as code expects it that is compiled for user space
 * @saved: what is changed, for arch_leave_decoder(); stays where it is until then
 *
 * The decoders' static libraries come from the distribution. Until arch_leave_decoder() interrupts
 * are off, and no firmware service is called.
 */
void arch_enter_decoder(struct arch_saved *saved);

/**
 * arch_leave_decoder() - set the processor as it was
 * @saved: by arch_enter_decoder()
 */
void arch_leave_decoder(const struct arch_saved *saved);

/* --- confidential guests --- */

/* A guest whose memory the hypervisor cannot read. All zero: this is not such a guest. */
struct guest {
	uint64_t status;	/* the processor's word for it; the architecture knows the bits */
	uint64_t encryption;	/* the bit of a page table entry that says "encrypted"; 0: none */
	bool no_io;		/* ports and devices are reached through the hypervisor only */
};

struct guest_blob;

/**
 * arch_guest() - ask the processor what kind of guest this is
 *
 * returns: all zero if it is not a confidential guest
 */
struct guest arch_guest(void);

/**
 * arch_admit_guest() - whether a kernel can run in this guest
 * @boot: guest is used, cc_blob is set
 * @blob: what the firmware has for the kernel of such a guest; NULL if it has nothing
 *
 * returns: false if it cannot; the reason has been printed
 */
bool arch_admit_guest(struct boot *boot, const struct guest_blob *blob);

/* --- page tables --- */

/**
 * arch_levels_size() - whether the number of levels has to be changed
 * @boot: load and options are used
 *
 * A kernel keeps the number of levels that it is entered with.
 *
 * returns: bytes that arch_put_levels() needs, whole pages; 0 if the number is right
 */
size_t arch_levels_size(const struct boot *boot);

/**
 * arch_put_levels() - copy the code that changes the number of levels
 * @memory: arch_levels_size() bytes, page-aligned, below 4 GiB, mapped to their physical addresses;
 *	in use until the kernel has page tables of its own
 *
 * returns: the pages of @memory that must be executable
 */
struct bzb_range arch_put_levels(unsigned char *memory);

/**
 * arch_switch_levels() - change the number of levels
 * @boot: guest is used
 * @memory: as arch_put_levels() left it
 *
 * No firmware service is to be called any more.
 */
void arch_switch_levels(const struct boot *boot, unsigned char *memory);

/* --- the end --- */

/**
 * arch_jump() - enter the kernel
 * @entry: the kernel's entry point
 * @params: for the kernel
 */
_Noreturn void arch_jump(uint64_t entry, struct bzb_boot_params *params);

#endif
