/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The shape of a Linux vmlinux, with its difficulties: ET_EXEC with virtual
 * addresses at the top and a physical e_entry, a per-CPU segment at virtual
 * address 0, bss in the middle and at the end, holes in memory that are not in the
 * file. The entry point is not the first byte.
 */
#include "layout.h"

OUTPUT_FORMAT(elf64-x86-64)
ENTRY(physical_entry)

PHDRS {
	text PT_LOAD FLAGS(5);		/* R-X */
	data PT_LOAD FLAGS(6);		/* RW- */
	percpu PT_LOAD FLAGS(6);
	notes PT_NOTE FLAGS(4);
}

SECTIONS {
	. = VIRTUAL_BASE + LINK_ADDRESS;
	.text : AT(ADDR(.text) - VIRTUAL_BASE) {
		text_first = .;
		QUAD(SEGMENT_FIRST + 1)
		. = ALIGN(64);
		*(.text .text.*)
		*(.rodata .rodata.*)
		. = ALIGN(8);
		text_last = .;
		QUAD(SEGMENT_LAST + 1)
	} :text
	.notes : AT(ADDR(.notes) - VIRTUAL_BASE) { *(.note.Xen) } :text :notes
	physical_entry = ABSOLUTE(entry - VIRTUAL_BASE);

	/* further away than alignment requires */
	. = VIRTUAL_BASE + LINK_ADDRESS + 0x600000;
	.data : AT(ADDR(.data) - VIRTUAL_BASE) {
		data_first = .;
		QUAD(SEGMENT_FIRST + 2)
		*(.data .data.*)
		. = ALIGN(8);
		data_last = .;
		QUAD(SEGMENT_LAST + 2)
	} :data
	.bss : AT(ADDR(.bss) - VIRTUAL_BASE) {
		*(.bss.stack)
		bss_first = .;
		*(.bss .bss.* COMMON)
		bss_end = .;
		/* The addresses at which code finds the per-CPU segment: at its distance in memory,
		   which is that of a section, so they move as all others do */
		percpu_first = ALIGN(0x200000);
		percpu_last = percpu_first + SIZEOF(.percpu) - 8;
		percpu_bss_first = percpu_first + SIZEOF(.percpu);
		kernel_end = percpu_bss_first + SIZEOF(.percpu_bss);
	} :data

	.percpu 0 : AT(percpu_first - VIRTUAL_BASE) {
		QUAD(SEGMENT_FIRST + 3)
		*(.percpu)
		QUAD(SEGMENT_LAST + 3)
	} :percpu
	.percpu_bss : {
		*(.percpu.bss)
	} :percpu

	/DISCARD/ : { *(.comment .note* .eh_frame*) }
}
