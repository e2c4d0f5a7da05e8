/* SPDX-License-Identifier: BSD-2-Clause */
/* A kernel that runs at its physical address: its virtual addresses are the same. */
#include "fields.h"

OUTPUT_FORMAT(elf64-x86-64)
ENTRY(entry)

PHDRS {
	text PT_LOAD FLAGS(5);		/* R-X */
	data PT_LOAD FLAGS(6);		/* RW- */
#ifdef PIE
	dynamic PT_DYNAMIC FLAGS(6);
#endif
}

constant_low = CONSTANT_LOW;
constant_high = CONSTANT_HIGH;
constant_inside = CONSTANT_INSIDE;
constant_inside_negated = -constant_inside;

SECTIONS {
	. = LINK_ADDRESS;
	kernel_start = .;
	.text : {
		*(.text .text.*)
		*(.rodata .rodata.*)
	} :text
#ifdef PIE
	.hash : { *(.hash) } :text
	.gnu.hash : { *(.gnu.hash) } :text
	.dynsym : { *(.dynsym) } :text
	.dynstr : { *(.dynstr) } :text
	.rela.dyn : { *(.rela.dyn .rela.*) } :text
	.relr.dyn : { *(.relr.dyn) } :text
#endif
	. = ALIGN(0x1000);
#ifdef PIE
	.dynamic : { *(.dynamic) } :data :dynamic
#endif
	.got : { *(.got .got.plt) } :data
	.data : { *(.data .data.*) } :data
	.bss : { *(.bss .bss.* COMMON) } :data
	kernel_end = .;
	_end = ABSOLUTE(.);
	kernel_size = ABSOLUTE(kernel_end - kernel_start);
	. = ALIGN(0x1000);
	kernel_page_end = .;		/* not a byte of any segment */

	/DISCARD/ : { *(.comment .note* .eh_frame*) }
}
