/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The first and the last instructions of the direct loader: from Multiboot into
 * direct_main(), and from launch_32() or launch_64() into the image.
 */
#include "launch.h"

#define MULTIBOOT_MAGIC 0x1badb002
#define MULTIBOOT_FLAGS 0x3		/* modules on pages; a memory map */

	.section .multiboot, "a"
	.balign	4
	.long	MULTIBOOT_MAGIC
	.long	MULTIBOOT_FLAGS
	.long	-(MULTIBOOT_MAGIC + MULTIBOOT_FLAGS)

	.text
	.code32
	.globl	start
start:
	movl	$stack_end, %esp
	cld
	pushl	%ebx			/* Multiboot's information */
	call	direct_main

/* DS, ES and SS as the boot protocol requires; the others are 0, and interrupts off. */
.macro	load_data_segments base
	movzwl	LAUNCH_DS(\base), %eax
	movl	%eax, %ds
	movl	%eax, %es
	movl	%eax, %ss
	xorl	%eax, %eax
	movl	%eax, %fs
	movl	%eax, %gs
.endm

	.globl	launch_32
launch_32:
	cli
	movl	$launch_state, %ebp
	movl	LAUNCH_CR4(%ebp), %eax
	movl	%eax, %cr4
	movl	LAUNCH_CR0(%ebp), %eax
	orl	$CR0_PE | CR0_ET, %eax
	movl	%eax, %cr0
	lgdt	LAUNCH_GDTR(%ebp)
	lidt	LAUNCH_IDTR(%ebp)
	load_data_segments %ebp
	movl	LAUNCH_PARAMS(%ebp), %esi
	/* Zero by the protocol, while a stack is not part of it: */
	xorl	%ebx, %ebx
	xorl	%edi, %edi
	pushl	LAUNCH_FLAGS(%ebp)
	popfl
	movl	LAUNCH_JUNK(%ebp), %eax
	movl	%eax, %ecx
	movl	%eax, %edx
	movl	%eax, %esp
	movl	$0, %ebp
	ljmp	*LAUNCH_FAR + launch_state

	.globl	launch_64
launch_64:
	cli
	movl	$launch_state, %ebp
	movl	LAUNCH_CR4(%ebp), %eax
	movl	%eax, %cr4
	movl	LAUNCH_CR3_MOVING(%ebp), %eax
	movl	%eax, %cr3
	movl	$MSR_EFER, %ecx
	rdmsr
	orl	$EFER_LME, %eax
	wrmsr
	movl	LAUNCH_CR0(%ebp), %eax
	orl	$CR0_PG | CR0_PE | CR0_ET, %eax
	movl	%eax, %cr0
	lgdt	LAUNCH_GDTR(%ebp)
	lidt	LAUNCH_IDTR(%ebp)
	ljmp	*LAUNCH_FAR(%ebp)

	.code64
	.globl	long_mode
long_mode:
	movl	$launch_state, %ebp
	load_data_segments %rbp
	movl	LAUNCH_MOVES(%rbp), %ebx
1:	movq	(%rbx), %rdi
	movq	8(%rbx), %rsi
	movq	16(%rbx), %rcx
	jrcxz	2f
	rep movsb
	addq	$24, %rbx
	jmp	1b

2:	movl	LAUNCH_CR3(%rbp), %eax
	movq	%rax, %cr3
	movq	LAUNCH_ENTRY(%rbp), %rdx
	movq	LAUNCH_PARAMS(%rbp), %rsi
	movl	$stack_end, %esp
	movl	LAUNCH_FLAGS(%rbp), %eax
	pushq	%rax
	popfq
	/* Neither a stack nor any other register is part of the protocol. */
	movl	LAUNCH_JUNK(%rbp), %eax
	movq	%rax, %rcx
	shlq	$32, %rcx
	leaq	(%rax, %rcx), %rax
	movq	%rax, %rbx
	movq	%rax, %rcx
	movq	%rax, %rdi
	movq	%rax, %rbp
	movq	%rax, %rsp
	movq	%rax, %r8
	movq	%rax, %r9
	movq	%rax, %r10
	movq	%rax, %r11
	movq	%rax, %r12
	movq	%rax, %r13
	movq	%rax, %r14
	movq	%rax, %r15
	cmpl	$0, launch_state + LAUNCH_SEV(%rip)
	jne	hypervisor
	jmp	*%rdx

	.bss
	.balign	16
	.skip	16384
stack_end:

	.section .note.GNU-stack, "", @progbits
