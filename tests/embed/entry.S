/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The first instructions: from Multiboot 1 or 2, or PVH (paging off, 32 bits) to
 * 64-bit mode with the low 4 GiB mapped to themselves.
 */
#define MULTIBOOT1_MAGIC 0x1badb002
#define MULTIBOOT1_FLAGS 3		/* modules on pages; a memory map */
#define MULTIBOOT2_MAGIC 0xe85250d6
#define PVH_MAGIC 0x336ec578		/* as in embed.h */
#define XEN_ELFNOTE_PHYS32_ENTRY 18	/* Xen, include/public/elfnote.h */

#define CR0_PE_MP 3
#define CR0_EM_TS 0xc
#define CR0_PG 0x80000000
#define CR4_PAE_SSE 0x620		/* PAE, OSFXSR, OSXMMEXCPT */
#define MSR_EFER 0xc0000080
#define EFER_LME 0x100
#define PRESENT_WRITABLE 3
#define LARGE 0x80
#define TABLES 4			/* of 512 pages of 2 MiB each */

	.section .multiboot1, "a"
	.balign	8
	.long	MULTIBOOT1_MAGIC, MULTIBOOT1_FLAGS, -(MULTIBOOT1_MAGIC + MULTIBOOT1_FLAGS)

	.section .multiboot2, "a"
	.balign	8
multiboot2:
	.long	MULTIBOOT2_MAGIC, 0, multiboot2_end - multiboot2
	.long	-(MULTIBOOT2_MAGIC + multiboot2_end - multiboot2)
	.short	6, 0			/* modules on pages */
	.long	8
	.short	0, 0			/* the end */
	.long	8
multiboot2_end:

	/* Aligned to 4: so the descriptor follows the name without a gap. */
	.section .note.xen, "a", @note
	.balign	4
	.long	4, 8, XEN_ELFNOTE_PHYS32_ENTRY	/* bytes of name and descriptor */
	.asciz	"Xen"
	.quad	start_pvh

	.text
	.code32
start_pvh:
	movl	$PVH_MAGIC, %eax
	.globl	start
start:
	cli
	cld
	movl	$stack_end, %esp
	movl	%eax, %ebp

	movl	$TABLES - 1, %ecx
1:	movl	%ecx, %eax
	shll	$12, %eax
	addl	$directories + PRESENT_WRITABLE, %eax
	movl	%eax, pointers(, %ecx, 8)
	decl	%ecx
	jns	1b
	movl	$pointers + PRESENT_WRITABLE, top
	movl	$TABLES * 512 - 1, %ecx
1:	movl	%ecx, %eax
	shll	$21, %eax
	orl	$LARGE + PRESENT_WRITABLE, %eax
	movl	%eax, directories(, %ecx, 8)
	decl	%ecx
	jns	1b

	movl	$top, %eax
	movl	%eax, %cr3
	movl	%cr4, %eax
	orl	$CR4_PAE_SSE, %eax
	movl	%eax, %cr4
	movl	$MSR_EFER, %ecx
	rdmsr
	orl	$EFER_LME, %eax
	wrmsr
	movl	%cr0, %eax
	andl	$~CR0_EM_TS, %eax
	orl	$CR0_PG | CR0_PE_MP, %eax
	movl	%eax, %cr0
	lgdt	gdtr
	ljmp	$0x10, $start64

	.code64
start64:
	movl	$0x18, %eax
	movl	%eax, %ds
	movl	%eax, %es
	movl	%eax, %ss
	movl	$stack_end, %esp
	movl	%ebp, %edi		/* the protocol's magic number */
	movl	%ebx, %esi		/* its information */
	xorl	%ebp, %ebp
	call	embed_main

	.section .rodata
	.balign	8
gdt:	.quad	0, 0
	.quad	0x00af9b000000ffff	/* 0x10: 64-bit code */
	.quad	0x00cf93000000ffff	/* 0x18: data */
gdtr:	.short	. - gdt - 1
	.long	gdt

	.bss
	.balign	4096
top:	.skip	4096
pointers:
	.skip	4096
directories:
	.skip	4096 * TABLES
	.skip	65536
stack_end:

	.section .note.GNU-stack, "", @progbits
