/* SPDX-License-Identifier: BSD-2-Clause */
/* Ports, and memory outside our segment. */
#ifndef SETUP_PORTS_H
#define SETUP_PORTS_H

#include <stdint.h>

/* The segment of the BIOS's variables. */
#define BIOS_DATA_SEGMENT 0x40

static inline void out8(uint16_t port, uint8_t value)
{
	__asm__ volatile("outb %0, %1" : : "a"(value), "Nd"(port));
}

static inline uint8_t in8(uint16_t port)
{
	uint8_t value;

	__asm__ volatile("inb %1, %0" : "=a"(value) : "Nd"(port));
	return value;
}

/* A write to the port of POST codes takes about 1 us, on any machine. */
static inline void io_delay(void)
{
	out8(0x80, 0);
}

static inline uint16_t our_segment(void)
{
	uint16_t segment;

	__asm__("movw %%ds, %0" : "=r"(segment));
	return segment;
}

/* The physical address of an object in our segment. */
static inline uint32_t linear(const void *p)
{
	return ((uint32_t)our_segment() << 4) + (uint32_t)(uintptr_t)p;
}

static inline uint8_t far_read8(uint16_t segment, uint32_t offset)
{
	uint8_t value;

	__asm__ volatile("movw %1, %%fs\n\tmovb %%fs:(%2), %0"
			 : "=q"(value)
			 : "r"(segment), "r"(offset)
			 : "memory");
	return value;
}

static inline uint16_t far_read16(uint16_t segment, uint32_t offset)
{
	uint16_t value;

	__asm__ volatile("movw %1, %%fs\n\tmovw %%fs:(%2), %0"
			 : "=r"(value)
			 : "r"(segment), "r"(offset)
			 : "memory");
	return value;
}

static inline void far_write16(uint16_t segment, uint32_t offset, uint16_t value)
{
	__asm__ volatile("movw %0, %%fs\n\tmovw %2, %%fs:(%1)"
			 :
			 : "r"(segment), "r"(offset), "r"(value)
			 : "memory");
}

#endif
