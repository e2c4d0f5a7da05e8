/* SPDX-License-Identifier: BSD-2-Clause */
/* The stubs that stubs.c has in its table: two for each codec. The build sets the folder. */

	.macro	embed name, file
	.balign	16
	.globl	\name\()_start, \name\()_end
\name\()_start:
	.incbin	"\file"
\name\()_end:
	.endm

	.macro	stub codec
	embed	stub_\codec, \codec\().elf
	embed	stub_uki_\codec, \codec\()-uki.elf
	.endm

	.section .rodata
	stub	zstd
	stub	xz
	stub	lzma
	stub	gzip
	stub	lz4
	stub	none

	.section .note.GNU-stack, "", @progbits
