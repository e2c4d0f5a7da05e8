/* SPDX-License-Identifier: BSD-2-Clause */
#include "interrupts.h"

#include <bzboot/env.h>

#define GATE 0x8e			/* an interrupt gate, present */
#define TASK ((uint64_t)0x89 << 40)	/* a 64-bit task, present */

/* The numbers of the stacks in the task. */
enum { NMI_STACK = 1, HYPERVISOR_STACK = 2 };

#pragma GCC visibility push(hidden)
extern const uint64_t gdt[]; /* entry.S */
/* switch.S */
extern const unsigned char interrupts_return[], interrupts_ask_hypervisor[];
#pragma GCC visibility pop

/* The operand of lgdt and lidt. */
struct table {
	uint16_t limit;
	uint64_t base;
} __attribute__((packed));

static void load_gdt(const uint64_t *base, size_t size)
{
	const struct table table = { (uint16_t)(size - 1), (uintptr_t)base };

	__asm__ volatile("lgdt %0" : : "m"(table));
}

static void load_idt(const void *base, size_t limit)
{
	const struct table table = { (uint16_t)limit, (uintptr_t)base };

	__asm__ volatile("lidt %0" : : "m"(table));
}

/* The processor writes to a task's descriptor when it loads it, and never reads it again. So the
 * descriptor is in a temporary table. */
static void load_task(const struct interrupt_task *task)
{
	uint64_t base = (uintptr_t)task;
	uint64_t with_task[GDT_SIZE / sizeof(uint64_t) + 2];

	memcpy(with_task, gdt, GDT_SIZE);
	with_task[GDT_SIZE / 8] = (sizeof(*task) - 1) | (base & 0xffffff) << 16 | TASK |
				  (base >> 24 & 0xff) << 56;
	with_task[GDT_SIZE / 8 + 1] = base >> 32;
	load_gdt(with_task, sizeof(with_task));
	__asm__ volatile("ltr %w0" : : "r"(GDT_SIZE) : "memory");
	load_gdt(gdt, GDT_SIZE);
}

static struct interrupt_gate gate(const void *handler, uint8_t stack)
{
	uint64_t offset = (uintptr_t)handler;

	return (struct interrupt_gate){
		.offset_low = (uint16_t)offset,
		.selector = SELECTOR_CODE64,
		.stack = stack,
		.type = GATE,
		.offset_middle = (uint16_t)(offset >> 16),
		.offset_high = (uint32_t)(offset >> 32),
	};
}

void interrupts_prepare(struct interrupts *interrupts)
{
	memset(interrupts, 0, sizeof(*interrupts));
	interrupts->task.io_map = sizeof(interrupts->task);
	interrupts->task.stacks[NMI_STACK - 1] = (uintptr_t)(&interrupts->nmi_stack + 1);
	interrupts->task.stacks[HYPERVISOR_STACK - 1] =
		(uintptr_t)(&interrupts->hypervisor_stack + 1);
	interrupts->gates[INTERRUPT_VMM_COMMUNICATION] =
		gate(interrupts_ask_hypervisor, HYPERVISOR_STACK);
	interrupts->gates[INTERRUPT_NMI] = gate(interrupts_return, NMI_STACK);
	load_task(&interrupts->task);
	load_idt(interrupts->gates, sizeof(interrupts->gates) - 1);
}

void interrupts_forget(void)
{
	load_idt(NULL, 0);
}
