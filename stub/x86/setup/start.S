/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The 16-bit entry, the way into the BIOS and the way out of real mode.
 *
 * A loader enters at CS = segment of the file's first byte + 0x20, IP = 0
 * (boot.rst), or at CS = that segment, IP = 0x200 (kvmtool); the jump there leads
 * to "start". The code relies on CS, IP and a stack of a few bytes only.
 */
#include "../addresses.h"
#include "setup.h"

#define CR0_PE 1
#define HEAP_END_BIAS 0x200		/* heap_end_ptr is the end minus this (boot.rst) */

	.code16
	.section .start, "ax"
	.globl	start
start:
	cli
	cld
	call	1f
1:	popw	%ax
	subw	$1b, %ax		/* 0, or -0x200 */
	sarw	$4, %ax
	movw	%cs, %cx
	addw	%cx, %ax		/* the segment we are linked for */
	movw	%ax, %ds
	movw	%ax, %es

	/* The loader's stack, if it is in our segment and is large enough. */
	movw	%ss, %cx
	cmpw	%ax, %cx
	jne	2f
	movw	%sp, %dx
	andw	$~3, %dx
	jz	4f			/* SP = 0: 64 KiB */
	cmpw	$bss_end + STACK_MIN, %dx
	jae	5f
	/* Else the end of the heap. */
2:	testb	$CAN_USE_HEAP, header + HEADER_LOADFLAGS
	jz	3f
	movw	header + HEADER_HEAP_END_PTR, %dx
	addw	$HEAP_END_BIAS, %dx
	jc	4f
	andw	$~3, %dx
	cmpw	$bss_end + STACK_MIN, %dx
	jae	5f
	/* Else the memory after our bss. */
3:	movw	$bss_end + STACK_MIN, %dx
	jmp	5f
4:	movw	$0xfffc, %dx
5:	movw	%ax, %ss
	movzwl	%dx, %esp
	pushw	%ax
	pushw	$6f
	lretw
6:	sti

	cmpl	$SETUP_SIGNATURE, signature
	jne	incomplete
	movw	$bss_start, %di
	movw	$bss_end, %cx
	subw	%di, %cx
	xorw	%ax, %ax
	rep stosb
	calll	setup_main

	.globl	halt
halt:
	sti				/* Ctrl-Alt-Del works */
	hlt
	jmp	halt

	/* The console's code may be missing. */
incomplete:
	movw	$incomplete_text, %si
7:	lodsb
	testb	%al, %al
	jz	halt
	movb	$0x0e, %ah		/* BIOS video: teletype output */
	movw	$0x0007, %bx
	int	$0x10
	jmp	7b
incomplete_text:
	.ascii	"\r\nbzboot: only a part of the image was loaded: "
	.asciz	"write it to the disk again, or use another boot loader\r\n"

/*
 * void bios_call(enum bios_service service, struct bios_regs *regs)
 *
 * Some BIOSes destroy registers that they should preserve: only SS:SP is relied on.
 */
	.text
	.globl	bios_call
bios_call:
	pushfl
	pushal
	pushw	%dx
	shlw	$2, %ax
	addw	$services, %ax
	pushw	%ax
	subw	$BIOS_REGS_SIZE - 2, %sp
	movw	%dx, %si
	movw	%sp, %di
	movw	$(BIOS_REGS_SIZE - 2) / 2, %cx
	rep movsw
	popal
	popw	%es
	stc				/* a missing service fails */
	ret				/* to one of these; 4 bytes each */
services:
	int	$0x10
	jmp	8f
	int	$0x13
	jmp	8f
	int	$0x15
	jmp	8f
	int	$0x16
8:	pushfw
	pushw	%es
	pushal
	cld
	movw	%cs, %ax
	movw	%ax, %ds
	movw	%ax, %es
	movzwl	%sp, %esp
	movw	%sp, %si
	movw	BIOS_REGS_SIZE(%esp), %di
	movw	$BIOS_REGS_SIZE / 2, %cx
	rep movsw
	addw	$BIOS_REGS_SIZE + 2, %sp
	popal
	popfl
	retl

/* _Noreturn void enter_protected_mode(uint32_t entry, uint32_t zero_page) */
	.globl	enter_protected_mode
enter_protected_mode:
	movl	%edx, %esi
	xorl	%ebx, %ebx
	movw	%cs, %bx
	shll	$4, %ebx
	addl	%ebx, gdt_base
	addl	%ebx, flat_code
	lidtl	idt_limit
	lgdtl	gdt_limit
	movl	%cr0, %ecx
	orb	$CR0_PE, %cl
	movl	%ecx, %cr0
	ljmpl	*flat_code

	.code32
9:	movl	$GDT_DATA, %ecx
	movl	%ecx, %ds
	movl	%ecx, %es
	movl	%ecx, %fs
	movl	%ecx, %gs
	movl	%ecx, %ss
	addl	%ebx, %esp
	/* Intel's VT requires a valid TR and LDTR even if they are not used. */
	movl	$GDT_TSS, %ecx
	ltr	%cx
	xorl	%ecx, %ecx
	lldt	%cx
	xorl	%edx, %edx
	xorl	%ebx, %ebx
	xorl	%ebp, %ebp
	xorl	%edi, %edi
	jmp	*%eax

/* void *memcpy(void *dst, const void *src, size_t n); void *memset(void *dst, int c, size_t n):
 * the compiler calls them, too. */
	.code16
	.globl	memcpy, memset
memcpy:
	pushl	%esi
	pushl	%edi
	movw	%ax, %di
	movw	%dx, %si
	rep movsb
	jmp	10f
memset:
	pushl	%esi
	pushl	%edi
	movw	%ax, %di
	pushl	%eax
	movb	%dl, %al
	rep stosb
	popl	%eax
10:	popl	%edi
	popl	%esi
	retl

	.data
	.balign	16			/* some machines require it (Linux, pm.c) */
gdt:	.quad	0, 0
	.quad	0x00cf9b000000ffff	/* GDT_CODE: 4 GiB, execute, read */
	.quad	0x00cf93000000ffff	/* GDT_DATA: 4 GiB, read, write */
	.quad	0x0000890010000067	/* GDT_TSS: 104 bytes at 0x1000 */
gdt_limit:
	.word	. - gdt - 1
gdt_base:
	.long	gdt
idt_limit:
	.word	0
	.long	0
	.balign	4
flat_code:
	.long	9b
	.word	GDT_CODE

	.section .signature, "a"
signature:
	.long	SETUP_SIGNATURE
	.section .note.GNU-stack, "", @progbits
