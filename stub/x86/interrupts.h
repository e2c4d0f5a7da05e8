/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Interrupts outside EFI. They are off, and a fault resets the machine. There are two exceptions: a
 * crash kernel may be started by non-maskable interrupts, and further ones must be harmless; and in
 * a guest of SEV-ES, CPUID faults, and the handler asks the hypervisor. Both have stacks of their
 * own, because decoders have data below the stack pointer (cpu.c).
 */
#ifndef STUB_INTERRUPTS_H
#define STUB_INTERRUPTS_H

#include <stdint.h>

#include "addresses.h"

/* Intel SDM, volume 3, 6.14 and 7.7: a gate, and the task with the stacks. */
struct interrupt_gate {
	uint16_t offset_low, selector;
	uint8_t stack, type;
	uint16_t offset_middle;
	uint32_t offset_high, reserved;
};

struct interrupt_task {
	uint32_t reserved1;
	uint64_t privileged_stacks[3], reserved2;
	uint64_t stacks[7]; /* the first has number 1 */
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
 * interrupts_prepare() - ignore non-maskable interrupts, and make CPUID usable in guests of SEV-ES
 * @interrupts: written; in use from now on, at its virtual address
 */
void interrupts_prepare(struct interrupts *interrupts);

/**
 * interrupts_forget() - let every interrupt reset the machine, as at the entry
 *
 * The kernel installs its own handlers.
 */
void interrupts_forget(void);

#endif
