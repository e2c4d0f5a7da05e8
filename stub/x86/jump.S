/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * jump_to_kernel(entry, params): boot.rst, "64-bit Boot Protocol", with
 * boot_params in %rdi too. The stack and the identity map stay the firmware's.
 */
	.section .text.jump_to_kernel, "ax"
	.globl	jump_to_kernel
jump_to_kernel:
	cli
	cld
	movq	%rdi, %rax
	movq	%rsi, %rdi
	xorl	%ebx, %ebx
	xorl	%ebp, %ebp
	jmp	*%rax
	.section .note.GNU-stack, "", @progbits
