/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Interrupts outside EFI. They are off, and a fault resets the machine; but a crash kernel may be
 * started by non-maskable ones, of which more may follow: these must do no harm. And in a guest of
 * SEV-ES, CPUID is a fault: then the hypervisor is asked. Both get stacks of their own, because
 * decoders keep data below the stack pointer (cpu.c).
 */
#ifndef STUB_INTERRUPTS_H
#define STUB_INTERRUPTS_H

#include <stdint.h>

#include "addresses.h"

/* Intel SDM, volume 3, 6.14 and 7.7: a descriptor, and where stacks are looked up. */
struct interrupt_gate {
	uint16_t offset_low, selector;
	uint8_t stack, type;
	uint16_t offset_middle;
	uint32_t offset_high, reserved;
};

struct interrupt_task {
	uint32_t reserved1;
	uint64_t privileged_stacks[3], reserved2;
	uint64_t stacks[7];		/* the first has number 1 */
	uint64_t reserved3;
	uint16_t reserved4, io_map;
} __attribute__((packed));
_Static_assert(sizeof(struct interrupt_task) == 104, "task");

#define INTERRUPT_NMI 2
#define INTERRUPT_VMM_COMMUNICATION 29

struct interrupts {
	struct interrupt_gate gates[INTERRUPT_VMM_COMMUNICATION + 1];
	struct interrupt_task task;
	uint64_t nmi_stack[8] __attribute__((aligned(16)));
	uint64_t hypervisor_stack[16] __attribute__((aligned(16)));
};

/**
 * interrupts_prepare() - from now on a non-maskable interrupt is nothing, and CPUID can be used
 * @interrupts: written; in use from now on, wherever paging maps it
 */
void interrupts_prepare(struct interrupts *interrupts);

/**
 * interrupts_forget() - from now on, as at the entry, it resets the machine
 *
 * For a kernel that has descriptors of its own.
 */
void interrupts_forget(void);

#endif
