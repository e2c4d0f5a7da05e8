/* SPDX-License-Identifier: BSD-2-Clause */
ENTRY(entry)

PHDRS {
	text PT_LOAD FLAGS(5);
	data PT_LOAD FLAGS(6);
#ifdef PIE
	dynamic PT_DYNAMIC FLAGS(6);
#endif
}

SECTIONS {
	. = LINK_ADDRESS;
	kernel_start = .;
	.text : AT(LOAD_ADDRESS) { *(.text .text.*) } :text
	.rodata : { *(.rodata .rodata.*) }
#ifdef PIE
	.rela.dyn : { *(.rela .rela.*) }
#endif
	. = ALIGN(0x1000);
#ifdef PIE
	.dynamic : { *(.dynamic) } :data :dynamic
#endif
	.data : { *(.data .data.*) } :data
	.bss : { *(.bss .bss.*) }
	kernel_end = .;
	/DISCARD/ : { *(.comment .note* .eh_frame*) }
}
