/* SPDX-License-Identifier: BSD-2-Clause */
/* Shared by entry.S and launch.c */
#ifndef DIRECT_LAUNCH_H
#define DIRECT_LAUNCH_H

#define CR0_PE 0x1
#define CR0_MP 0x2
#define CR0_EM 0x4
#define CR0_TS 0x8
#define CR0_ET 0x10
#define CR0_WP 0x10000
#define CR0_PG 0x80000000
#define CR4_PAE 0x20
#define CR4_OSFXSR 0x200
#define CR4_OSXMMEXCPT 0x400
#define CR4_LA57 0x1000
#define MSR_EFER 0xc0000080
#define EFER_LME 0x100
#define CPUID_LONG_MODE (1 << 29)	/* 0x80000001 %edx */
#define CPUID_LA57 (1 << 16)		/* 7 %ecx */

/* Interrupts off; no image may rely on the other flags: carry, parity, adjust, zero, sign,
 * direction, overflow, nested task, alignment check */
#define FLAGS_NONE 0x2
#define FLAGS_JUNK 0x44cd7

/* struct launch: offsets for the assembler */
#define LAUNCH_FAR 0
#define LAUNCH_DS 6
#define LAUNCH_ENTRY 8
#define LAUNCH_PARAMS 16
#define LAUNCH_CR0 24
#define LAUNCH_CR4 28
#define LAUNCH_CR3_MOVING 32
#define LAUNCH_CR3 36
#define LAUNCH_MOVES 40
#define LAUNCH_JUNK 44
#define LAUNCH_FLAGS 48
#define LAUNCH_GDTR 52
#define LAUNCH_IDTR 58
#define LAUNCH_SEV 64

#ifndef __ASSEMBLER__
#include <stddef.h>
#include <stdint.h>

struct launch {
	uint32_t far_offset; /* the jump that loads CS: to the 32-bit entry, */
	uint16_t cs;	     /* or to the next instruction, in 64-bit mode */
	uint16_t ds;
	uint64_t entry, params;
	uint32_t cr0, cr4;	  /* the bits that loaders may choose */
	uint32_t cr3_moving, cr3; /* for the loader's last moves, for the image */
	uint32_t moves;		  /* array of struct move; size 0 ends it */
	uint32_t junk;		  /* for registers */
	uint32_t flags;
	uint16_t gdt_limit;
	uint32_t gdt;
	uint16_t idt_limit;
	uint32_t idt;
	uint32_t sev;
} __attribute__((packed));
_Static_assert(offsetof(struct launch, ds) == LAUNCH_DS &&
		       offsetof(struct launch, entry) == LAUNCH_ENTRY &&
		       offsetof(struct launch, cr0) == LAUNCH_CR0 &&
		       offsetof(struct launch, cr3) == LAUNCH_CR3 &&
		       offsetof(struct launch, flags) == LAUNCH_FLAGS &&
		       offsetof(struct launch, gdt_limit) == LAUNCH_GDTR &&
		       offsetof(struct launch, idt_limit) == LAUNCH_IDTR &&
		       offsetof(struct launch, sev) == LAUNCH_SEV,
	       "struct launch");

extern struct launch launch_state;

/* entry.S: enter the image with the state in launch_state. */
_Noreturn void launch_32(void);
_Noreturn void launch_64(void);
extern const unsigned char long_mode[];
#endif

#endif
