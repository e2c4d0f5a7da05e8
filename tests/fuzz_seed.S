/* SPDX-License-Identifier: BSD-2-Clause */
/* The smallest kernel with a relocation of each kind: a seed for tests/f_packer_relocs.c */
	.text
	.globl	start, target
start:
	leaq	target(%rip), %rax
	movq	target@GOTPCREL(%rip), %rcx
#ifndef PIE
	call	*target@GOTPCREL(%rip)
	leaq	constant(%rip), %rdx
	movq	$target, %rsi
	movl	$target, %edi
#endif
target:
	hlt

	.data
	.balign	8
	.quad	target, target, 0, target
	.byte	0
	.quad	target

	.section .note.test, "a", @note
	.long	4, 8, 1
	.asciz	"abc"
	.quad	0

	.section .note.GNU-stack, "", @progbits
