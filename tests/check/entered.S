/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Instead of a kernel: code that says on the serial line that a loader has entered it, and resets the
 * machine. Both parts run at any address.
 */

/* The 16-bit entry, which continues as Linux's setup does: in protected mode, at code32_start. */
	.section .setup, "ax"
	.code16
	cli
	call	1f
1:	pop	%bx
	movzwl	%bx, %ebx
	xorl	%eax, %eax
	movw	%cs, %ax
	shll	$4, %eax
	addl	%ebx, %eax
	addl	%eax, %cs:table - 1b + 2(%bx)
	lgdtl	%cs:table - 1b(%bx)
	movl	0x214, %ecx
	movl	%cr0, %eax
	orb	$1, %al
	movl	%eax, %cr0
	pushl	$0x10
	pushl	%ecx
	lretl
table:	.word	3 * 8 - 1
	.long	table - 1b
	.word	0
	.quad	0
	.quad	0x00cf9b000000ffff	/* 0x10: code, 4 GiB */

/* The other entries: the same bytes are 32-bit code and 64-bit code. */
	.section .entry, "ax"
	.code32
	call	1f
	.asciz	"\nJUDGE entered\n"
1:	pop	%esi
	mov	$0x3f8, %edx
2:	lodsb	%cs:(%esi)
	test	%al, %al
	jz	3f
	out	%al, %dx
	jmp	2b
3:	mov	$0xcf9, %edx
	mov	$6, %al
	out	%al, %dx
4:	jmp	4b
