/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * arch_jump(entry, params): boot.rst, "64-bit Boot Protocol", with boot_params in
 * %rdi, too. The kernel gets the current stack and page tables.
 */
	.section .text.arch_jump, "ax"
	.globl	arch_jump
arch_jump:
	cli
	cld
	movq	%rdi, %rax
	movq	%rsi, %rdi
	xorl	%ebx, %ebx
	xorl	%ebp, %ebp
	jmp	*%rax
	.section .note.GNU-stack, "", @progbits
