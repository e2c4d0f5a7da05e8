/* SPDX-License-Identifier: BSD-2-Clause */
#include "self.h"

#include "layout.h"

/* From the linker script and entry.S; hidden, so that no table says where they are. */
#pragma GCC visibility push(hidden)
extern const struct bzb_manifest_header blank_manifest;
extern const struct { uint64_t offset, info, addend; } rela_start[], rela_end[];
#pragma GCC visibility pop

#define R_X86_64_RELATIVE 8u

/* By an instruction, because nothing that holds an address is right yet. */
unsigned char *self_image(void)
{
	uintptr_t text;

	__asm__("leaq entry32(%%rip), %0" : "=r"(text));
	return (unsigned char *)(text - TEXT_RVA);
}

/* The stub is linked at 0, so what has to be added is where RVA 0 is. */
void self_relocate(void)
{
	unsigned char *image = self_image();

	for (const __typeof__(*rela_start) *r = rela_start; r < rela_end; r++)
		if ((uint32_t)r->info == R_X86_64_RELATIVE)
			*(uint64_t *)(image + r->offset) =
				(uint64_t)(uintptr_t)image + r->addend;
}

const struct bzb_manifest_header *self_manifest(void)
{
	return &blank_manifest;
}
