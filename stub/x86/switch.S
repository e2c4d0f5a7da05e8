/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The functions of paging.h that load registers, and the handlers of interrupts.h. Selectors are
 * those of the GDT in entry.S.
 */
#include "addresses.h"

/* AMD's manual, volume 2, 15.35; "SEV-ES Guest-Hypervisor Communication Block", 2.3 */
#define EXIT_CPUID 0x72
#define MSR_GHCB 0xc0010130
#define GHCB_TYPE 0xfff
#define GHCB_CPUID_REQUEST 0x4
#define GHCB_CPUID_RESPONSE 0x5
#define GHCB_TERMINATE 0x100

#define CR0_PG 0x80000000
#define CR4_LA57 0x1000

	.text
	.globl	interrupts_return
interrupts_return:
	iretq

/*
 * The handler of traps in a guest of SEV-ES. For CPUID it asks the hypervisor, through an MSR, for
 * one register after the other; other traps are not expected. Of leaves with subleaves the stub
 * uses only the first one.
 */
	.globl	interrupts_ask_hypervisor
interrupts_ask_hypervisor:
	cmpl	$EXIT_CPUID, (%rsp)	/* the error code */
	jne	2f
	pushq	%rsi
	pushq	%rdi
	movl	%eax, %esi
	xorl	%edi, %edi		/* EAX, EBX, ECX, EDX */
1:	movl	%edi, %eax
	shll	$30, %eax
	orl	$GHCB_CPUID_REQUEST, %eax
	movl	%esi, %edx
	movl	$MSR_GHCB, %ecx
	wrmsr
	rep; vmmcall			/* VMGEXIT */
	rdmsr
	andl	$GHCB_TYPE, %eax
	cmpl	$GHCB_CPUID_RESPONSE, %eax
	jne	2f
	pushq	%rdx
	incl	%edi
	cmpl	$4, %edi
	jne	1b
	popq	%rdx
	popq	%rcx
	popq	%rbx
	popq	%rax
	popq	%rdi
	popq	%rsi
	addq	$8, %rsp
	addq	$2, (%rsp)		/* after the instruction */
	iretq
2:	movl	$GHCB_TERMINATE, %eax
	xorl	%edx, %edx
	movl	$MSR_GHCB, %ecx
	wrmsr
	rep; vmmcall			/* VMGEXIT */
	jmp	2b

	.globl	paging_load
paging_load:
	movq	(%rdi), %rax		/* tables */
	movq	%rax, %cr3
	ret

/*
 * The number of levels can be changed only while paging is off, and paging can be
 * off only outside 64-bit mode, where the upper halves of registers are lost.
 */
	.globl	paging_switch_levels
paging_switch_levels:
	cli
	leaq	gdt(%rip), %rax
	pushq	%rax
	pushw	$(GDT_SIZE - 1)
	lgdt	(%rsp)
	addq	$10, %rsp
	movl	$SELECTOR_DATA, %eax
	movl	%eax, %ds
	movl	%eax, %es
	movl	%eax, %ss
	pushq	%rbx
	pushq	%rbp
	pushq	%r12
	pushq	%r13
	pushq	%r14
	pushq	%r15
	movq	%rsp, %rax
	movl	%edx, %esp
	pushq	%rax
	leal	2f - paging_switch_code(%rsi), %eax
	subq	$8, %rsp		/* the return address of the 32-bit code */
	movl	%eax, (%rsp)
	movl	$SELECTOR_CODE64, 4(%rsp)
	pushq	$SELECTOR_CODE32
	pushq	%rsi
	lretq

	.globl	paging_switch_code, paging_switch_code_end
	.code32
paging_switch_code:
	movl	%cr0, %eax
	andl	$~CR0_PG, %eax
	movl	%eax, %cr0
	movl	%edi, %cr3
	movl	%cr4, %ecx
	xorl	$CR4_LA57, %ecx
	movl	%ecx, %cr4
	orl	$CR0_PG, %eax
	movl	%eax, %cr0
	lret
	.code64
2:	popq	%rsp
	popq	%r15
	popq	%r14
	popq	%r13
	popq	%r12
	popq	%rbp
	popq	%rbx
	ret
paging_switch_code_end:
	.section .note.GNU-stack, "", @progbits
