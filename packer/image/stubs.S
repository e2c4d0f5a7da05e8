/* SPDX-License-Identifier: BSD-2-Clause */
/* The stubs that stubs.c has in its table, of the machines that the build has made them for: for each
 * codec. The build sets the folder, and STUBS_MACHINE for each machine. */

	.macro	embed name, file
	.balign	16
	.globl	\name\()_start, \name\()_end
\name\()_start:
	.incbin	"\file"
\name\()_end:
	.endm

	.macro	stub machine, folder, codec
	embed	stub_\machine\()_\codec, \folder\()/\codec\().elf
	embed	stub_\machine\()_uki_\codec, \folder\()/\codec\()-uki.elf
	.endm

	/* those that shuffle the kernel's functions */
	.macro	shuffling machine, folder, codec
	embed	stub_\machine\()_shuffle_\codec, \folder\()/\codec\()-shuffle.elf
	embed	stub_\machine\()_uki_shuffle_\codec, \folder\()/\codec\()-uki-shuffle.elf
	.endm

	.macro	stubs kind, machine, folder
	\kind	\machine, \folder, zstd
	\kind	\machine, \folder, xz
	\kind	\machine, \folder, lzma
	\kind	\machine, \folder, gzip
	\kind	\machine, \folder, lz4
	\kind	\machine, \folder, none
	.endm

	.section .rodata
#ifdef STUBS_x86_64
	stubs	stub, x86_64, .
	stubs	shuffling, x86_64, .
#endif
#ifdef STUBS_arm64
	stubs	stub, arm64, arm64
#endif
#ifdef STUBS_riscv64
	stubs	stub, riscv64, riscv64
#endif
#ifdef STUBS_loong64
	stubs	stub, loong64, loong64
#endif

	.section .note.GNU-stack, "", @progbits
