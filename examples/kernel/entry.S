/* SPDX-License-Identifier: BSD-2-Clause */
/* Entered at its physical address, so code is relative to %rip; the fields have been moved. */
	.globl	entry
entry:
	movq	%rsi, %rbp			/* boot_params */
	leaq	kernel_start(%rip), %rbx

	/* Page tables: those of the loader, which map memory to itself, and the kernel's GiB */
	movq	%cr3, %rsi
	andq	$~0xfff, %rsi
	leaq	level4(%rip), %rdi
	movl	$512, %ecx
	rep movsq
	leaq	level3 + 3(%rip), %rax		/* present, writable */
	movq	%rax, level4 + 511 * 8(%rip)
	leaq	level2 + 3(%rip), %rax
	movq	%rax, level3 + 510 * 8(%rip)

	leaq	level2(%rip), %rdi
	movl	fields(%rip), %edx		/* the virtual address of the kernel */
	shrl	$21, %edx
	andl	$511, %edx
	leaq	0x83(%rbx), %rax		/* a page of 2 MiB */
	leaq	kernel_end(%rip), %rcx
1:	movq	%rax, (%rdi, %rdx, 8)
	incl	%edx
	addq	$0x200000, %rax
	cmpq	%rcx, %rax
	jb	1b
	leaq	level4(%rip), %rax
	movq	%rax, %cr3

	movq	fields + 8(%rip), %rsp
	movq	%rbx, %rdi
	movq	%rbp, %rsi
	call	*fields + 16(%rip)

	.data
	.balign	8
fields:	.quad	kernel_start, stack_end, kernel_main

	.bss
	.balign	4096
level4:	.skip	4096
level3:	.skip	4096
level2:	.skip	4096
	.skip	8192
stack_end:

	.section .note.GNU-stack, "", @progbits
