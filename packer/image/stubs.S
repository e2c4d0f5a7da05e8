/* SPDX-License-Identifier: BSD-2-Clause */
/* The stubs that stubs.c has in its table. The build sets the folder. */

	.macro	stub codec
	.balign	16
	.globl	stub_\codec\()_start, stub_\codec\()_end
stub_\codec\()_start:
	.incbin	"\codec\().elf"
stub_\codec\()_end:
	.endm

	.section .rodata
	stub	zstd
	stub	xz
	stub	lzma
	stub	gzip
	stub	lz4
	stub	none

	.section .note.GNU-stack, "", @progbits
