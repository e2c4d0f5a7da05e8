/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The entry point: 64-bit mode, paging on, nothing else to rely on. %rdi, %rsi
 * and the flags are passed to kernel_main() as the loader left them.
 */
#include "layout.h"

	.text
	.globl	entry
entry:
	leaq	stack_end(%rip), %rsp
	pushfq
	popq	%rdx
	cld
	call	kernel_main
1:	hlt
	jmp	1b

/* XEN_ELFNOTE_PHYS32_RELOC: it runs at any address. */
	.section .note.Xen, "a", @note
	.balign	4
	.long	4, 0, 19
	.asciz	"Xen"

	.section .bss.stack, "aw", @nobits
	.balign	16
	.skip	16384
stack_end:

	.macro	pattern_words
	.set	i, 0
	.rept	PATTERN_WORDS
	.long	(i * PATTERN_STEP) & 0xffffffff
	.set	i, i + 1
	.endr
	.endm

	.data
	.balign	8
	.globl	data_pattern
data_pattern:
	pattern_words

	.bss
	.skip	BSS_SIZE

	.section .percpu, "aw", @progbits
	pattern_words

	.section .percpu.bss, "aw", @nobits
	.skip	BSS_SIZE

	.section .note.GNU-stack, "", @progbits
