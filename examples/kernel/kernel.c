/* SPDX-License-Identifier: BSD-2-Clause */
/* Prints on the first serial port where it runs, and resets the machine. */
#include <stdint.h>

#define COM1 0x3f8
#define LINE_STATUS_CAN_SEND 0x20
#define KEYBOARD_CONTROLLER 0x64
#define BP_CMD_LINE_PTR 0x228 /* Linux, Documentation/arch/x86/boot.rst */

extern const unsigned char kernel_start[]; /* kernel.lds.S */

/* Pointers, which move with the kernel */
static const char *const keys[] = { "physical", "virtual", "slide", "cmdline" };

static void outb(uint16_t port, uint8_t value)
{
	asm volatile("outb %0, %1" : : "a"(value), "Nd"(port));
}

static uint8_t inb(uint16_t port)
{
	uint8_t value;

	asm volatile("inb %1, %0" : "=a"(value) : "Nd"(port));
	return value;
}

static void print(const char *text)
{
	for (; *text; text++) {
		while (!(inb(COM1 + 5) & LINE_STATUS_CAN_SEND))
			;
		outb(COM1, (uint8_t)*text);
	}
}

static void print_line(unsigned int key, const char *value)
{
	print("\r\nKERNEL ");
	print(keys[key]);
	print("=");
	print(value);
}

static void print_number(unsigned int key, uint64_t value)
{
	char text[] = "0x0000000000000000";

	for (char *digit = text + sizeof(text) - 2; value; value >>= 4)
		*digit-- = "0123456789abcdef"[value & 15];
	print_line(key, text);
}

/* Called by entry.S, at its virtual address. */
_Noreturn void kernel_main(uint64_t physical, const unsigned char *boot_params);

_Noreturn void kernel_main(uint64_t physical, const unsigned char *boot_params)
{
	uint64_t address = (uintptr_t)kernel_start;
	uint64_t cmdline = *(const uint32_t *)(boot_params + BP_CMD_LINE_PTR);

	print_number(0, physical);
	print_number(1, address);
	print_number(2, address - LINK_ADDRESS);
	print_line(3, (const char *)cmdline);
	print("\r\n");
	for (;;)
		outb(KEYBOARD_CONTROLLER, 0xfe);
}
