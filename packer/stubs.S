/* SPDX-License-Identifier: BSD-2-Clause */
/* The stubs that stubs.c has in its table. STUB_* are paths, given by the build. */

	.section .rodata
	.balign	16
	.globl	stub_zstd_start, stub_zstd_end
stub_zstd_start:
	.incbin	STUB_ZSTD
stub_zstd_end:

	.section .note.GNU-stack, "", @progbits
