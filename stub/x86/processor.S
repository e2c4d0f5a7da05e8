/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * processor_entry(helper): the firmware calls it on another processor (EFI_AP_PROCEDURE: PI 1.8,
 * volume 2, 13.4.3; UEFI 2.10, 2.3.4 for the registers to preserve). It calls
 * processor_work(helper), with SSE on and on the helper's stack, because no specification states
 * the size of the firmware's stack. Its last write before it returns sets the state.
 *
 * Firmware need not have enabled SSE on the processor. CR0 and CR4 are restored afterwards, and
 * written only if they have to change: in a confidential guest a write may trap.
 *
 * Without caches a processor is hundreds of times slower, and with NW set it may not see the
 * writes of others (Intel SDM, volume 3, 12.5.1): such a processor returns at once.
 */
#include "../helper.h"

#define CR0_MP 0x2
#define CR0_EM 0x4
#define CR0_TS 0x8
#define CR0_NW 0x20000000
#define CR0_CD 0x40000000
#define CR4_OSFXSR 0x200
#define CR4_OSXMMEXCPT 0x400

#define XMM_AREA 160			/* %xmm6 to %xmm15 */

	.section .text.processor_entry, "ax"
	.globl	processor_entry
processor_entry:
	movq	%cr0, %rax
	testl	$(CR0_CD | CR0_NW), %eax
	jz	0f
	movl	$HELPER_UNFIT, HELPER_STATE(%rcx)
	ret

0:	pushq	%rbp
	movq	%rsp, %rbp
	pushq	%rbx
	pushq	%rsi
	pushq	%rdi
	pushq	%r12
	pushq	%r13
	movq	%rcx, %r13
	movq	%rax, %rbx
	movq	%cr4, %r12
	andq	$~(CR0_EM | CR0_TS), %rax
	orq	$CR0_MP, %rax
	cmpq	%rax, %rbx
	je	1f
	movq	%rax, %cr0
1:	movq	%r12, %rax
	orq	$(CR4_OSFXSR | CR4_OSXMMEXCPT), %rax
	cmpq	%rax, %r12
	je	2f
	movq	%rax, %cr4

2:	movq	HELPER_STACK(%r13), %rsp
	subq	$XMM_AREA, %rsp
	movaps	%xmm6, 0x00(%rsp)
	movaps	%xmm7, 0x10(%rsp)
	movaps	%xmm8, 0x20(%rsp)
	movaps	%xmm9, 0x30(%rsp)
	movaps	%xmm10, 0x40(%rsp)
	movaps	%xmm11, 0x50(%rsp)
	movaps	%xmm12, 0x60(%rsp)
	movaps	%xmm13, 0x70(%rsp)
	movaps	%xmm14, 0x80(%rsp)
	movaps	%xmm15, 0x90(%rsp)
	cld
	movq	%r13, %rdi
	call	processor_work
	movaps	0x00(%rsp), %xmm6
	movaps	0x10(%rsp), %xmm7
	movaps	0x20(%rsp), %xmm8
	movaps	0x30(%rsp), %xmm9
	movaps	0x40(%rsp), %xmm10
	movaps	0x50(%rsp), %xmm11
	movaps	0x60(%rsp), %xmm12
	movaps	0x70(%rsp), %xmm13
	movaps	0x80(%rsp), %xmm14
	movaps	0x90(%rsp), %xmm15

	movq	%cr4, %rax
	cmpq	%rax, %r12
	je	3f
	movq	%r12, %cr4
3:	movq	%cr0, %rax
	cmpq	%rax, %rbx
	je	4f
	movq	%rbx, %cr0
4:	movq	%r13, %rax
	leaq	-40(%rbp), %rsp
	popq	%r13
	popq	%r12
	popq	%rdi
	popq	%rsi
	popq	%rbx
	popq	%rbp
	movl	$HELPER_DONE, HELPER_STATE(%rax)
	ret
	.section .note.GNU-stack, "", @progbits
