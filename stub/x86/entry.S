/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Entries for boot loaders, the first two at their fixed offsets in PM; the
 * kernel_info table and the blank manifest.
 *
 *   32-bit   %esi = boot_params, paging off  --> long mode --+
 *   64-bit   %rsi = boot_params, paging on  -----------------+--> loader_main()
 *   handover %rdi, %rsi, %rdx, EFI alive  -----------------------> efi_handover()
 *
 * The first two rely on nothing else: not on the selectors, the stack, the page
 * tables or the state of the FPU.
 */
#include "../blank_manifest.inc"
#include "addresses.h"

#define CR0_PE 0x1
#define CR0_MP 0x2
#define CR0_EM 0x4
#define CR0_TS 0x8
#define CR0_NE 0x20
#define CR0_PG 0x80000000
#define CR4_PAE 0x20
#define CR4_MCE 0x40		/* may not be cleared in a TDX guest */
#define CR4_OSFXSR 0x200
#define CR4_OSXMMEXCPT 0x400
#define CR4_LA57 0x1000
#define MSR_EFER 0xc0000080
#define MSR_SEV_STATUS 0xc0010131
#define CPUID_SEV 0x8000001f
#define EFER_LME 0x100
#define EFLAGS_NONE 0x2
#define EFLAGS_ID 0x200000
#define MXCSR_DEFAULT 0x1f80

#define PAGE_MASK -PAGE_SIZE
#define PRESENT_WRITABLE 0x3
#define LARGE 0x80

#define BOOT_PARAMS_SCRATCH 0x1e4

#define COM1 0x3f8
#define COM1_LINE_STATUS 0x3fd
#define TRANSMITTER_EMPTY 0x20
#define VGA_TEXT 0xb8000

/* The address of a symbol: 32-bit code keeps the address of entry32 in %ebp. */
#define OF(symbol) ((symbol) - entry32)(%ebp)

	.section .setup, "a"
	.incbin SETUP16_BIN

	.section .entry, "ax"
	.code32
	.globl	entry32
entry32:
	cli
	cld
	/* A stack for one call. */
	leal	BOOT_PARAMS_SCRATCH + 4(%esi), %esp
	call	1f
1:	popl	%ebp
	subl	$(1b - entry32), %ebp
	leal	OF(stack_end), %esp
	call	check_long_mode
	call	make_page_tables
	call	mark_encrypted

	leal	OF(gdt), %eax
	pushl	%eax
	pushw	$(gdt_end - gdt - 1)
	lgdt	(%esp)
	movl	$SELECTOR_DATA, %eax
	movl	%eax, %ds
	movl	%eax, %es
	movl	%eax, %ss

	movl	%cr0, %eax		/* OVMF for IA32 leaves its paging on */
	andl	$~CR0_PG, %eax
	movl	%eax, %cr0
	movl	%cr4, %eax
	andl	$CR4_MCE, %eax
	orl	$CR4_PAE, %eax
	movl	%eax, %cr4
	movl	%ebx, %cr3
	movl	$MSR_EFER, %ecx
	rdmsr
	orl	$EFER_LME, %eax
	wrmsr
	pushl	$SELECTOR_CODE64
	leal	OF(2f), %eax
	pushl	%eax
	movl	$(CR0_PG | CR0_NE | CR0_MP | CR0_PE), %eax
	movl	%eax, %cr0
	lret

	.code64
2:	addl	$6, %esp		/* the operand of lgdt */
	movl	%esi, %esi
	subl	%ebx, %edi
	shrl	$12, %edi
	movl	%edi, %ebx		/* page tables in use */
	jmp	enter_c

	.org	entry32 + 0x200
	.globl	entry64
entry64:
	cli
	cld
	leaq	stack_end(%rip), %rsp
	leaq	gdt(%rip), %rax
	pushq	%rax
	pushw	$(gdt_end - gdt - 1)
	lgdt	(%rsp)
	movl	$SELECTOR_DATA, %eax
	movl	%eax, %ds
	movl	%eax, %es
	movl	%eax, %ss
	addq	$10, %rsp		/* the operand of lgdt */
	pushq	$SELECTOR_CODE64
	leaq	1f(%rip), %rax
	pushq	%rax
	lretq
1:	xorl	%ebx, %ebx		/* page tables in use */

/* In: %rsi = boot_params, %ebx = number of our page tables in use */
enter_c:
	xorl	%eax, %eax
	movl	%eax, %fs
	movl	%eax, %gs
	pushq	%rax			/* no interrupt descriptors */
	pushq	%rax
	lidt	(%rsp)
	pushq	$EFLAGS_NONE
	popfq
	movq	%cr0, %rax
	andl	$~(CR0_EM | CR0_TS), %eax
	orl	$(CR0_MP | CR0_NE), %eax
	movq	%rax, %cr0
	movq	%cr4, %rax		/* without PGE and PCIDE, whose TLB entries survive CR3 */
	andl	$(CR4_PAE | CR4_MCE | CR4_LA57), %eax
	orl	$(CR4_OSFXSR | CR4_OSXMMEXCPT), %eax
	movq	%rax, %cr4
	fninit
	movl	$MXCSR_DEFAULT, (%rsp)
	ldmxcsr	(%rsp)
	addq	$16, %rsp
	xorl	%ebp, %ebp
	movq	%rsi, %rdi
	movl	%ebx, %esi
	leaq	page_tables + PAGE_SIZE - 1(%rip), %rdx
	andq	$PAGE_MASK, %rdx
	call	loader_main

	.globl	efi_handover_entry
efi_handover_entry:
	andq	$-16, %rsp
	call	efi_handover
3:	hlt
	jmp	3b

	.code32
/* Does not return if the processor has no long mode. */
check_long_mode:
	pushfl
	popl	%eax
	movl	%eax, %ecx
	xorl	$EFLAGS_ID, %eax
	pushl	%eax
	popfl
	pushfl
	popl	%eax
	xorl	%ecx, %eax
	testl	$EFLAGS_ID, %eax
	jz	no_long_mode
	movl	$0x80000000, %eax
	cpuid
	cmpl	$0x80000001, %eax
	jb	no_long_mode
	movl	$0x80000001, %eax
	cpuid
	btl	$29, %edx
	jnc	no_long_mode
	ret

/*
 * Makes the root, the third level, and a second level for the GiB in which the stub
 * begins; another one if the stub ends in the next GiB. Out: %ebx = the root, %edi = the end of
 * the last table
 */
make_page_tables:
	leal	PAGE_SIZE - 1 + OF(page_tables), %edi
	andl	$PAGE_MASK, %edi
	movl	%edi, %ebx
	xorl	%eax, %eax
	movl	$(2 * PAGE_SIZE / 4), %ecx
	rep stosl
	leal	PAGE_SIZE + PRESENT_WRITABLE(%ebx), %eax
	movl	%eax, (%ebx)
	movl	%ebp, %edx
	shrl	$30, %edx
	call	map_gib
	leal	OF(stack_end), %eax
	decl	%eax
	shrl	$30, %eax
	cmpl	%eax, %edx
	movl	%eax, %edx
	jne	map_gib
	ret
/* In: %ebx = tables, %edi = the next one, %edx = GiB */
map_gib:
	leal	PRESENT_WRITABLE(%edi), %eax
	movl	%eax, PAGE_SIZE(%ebx, %edx, 8)
	movl	%edx, %eax
	shll	$30, %eax
	orl	$(LARGE | PRESENT_WRITABLE), %eax
	movl	$512, %ecx
1:	movl	%eax, (%edi)
	movl	$0, 4(%edi)
	addl	$0x200000, %eax
	addl	$8, %edi
	loop	1b
	ret

/*
 * In a guest of SEV, a page is encrypted only if its entry has the encryption bit. Our memory was
 * written while paging was off, encrypted, and could not be read without the bit. In a guest of
 * SEV-ES, CPUID traps, so such a guest does not get past this. In: %ebx, %edi from make_page_tables
 */
mark_encrypted:
	pushl	%ebx
	movl	$0x80000000, %eax
	cpuid
	cmpl	$CPUID_SEV, %eax
	jb	2f
	movl	$CPUID_SEV, %eax
	xorl	%ecx, %ecx
	cpuid
	btl	$1, %eax		/* SEV is supported */
	jnc	2f
	movl	$MSR_SEV_STATUS, %ecx
	rdmsr
	btl	$0, %eax		/* SEV is on */
	jnc	2f
	movl	%ebx, %ecx		/* the bit's number, above 31; the shift is modulo 32 */
	movl	$1, %eax
	shll	%cl, %eax
	movl	(%esp), %edx
1:	testb	$PRESENT_WRITABLE, (%edx)
	jz	3f
	orl	%eax, 4(%edx)
3:	addl	$8, %edx
	cmpl	%edi, %edx
	jb	1b
2:	popl	%ebx
	ret

/* Prints on the first serial port and on the VGA text screen. */
no_long_mode:
	leal	OF(message), %esi
	movl	$VGA_TEXT, %edi
1:	lodsb
	testb	%al, %al
	jz	4f
	movb	%al, (%edi)
	addl	$2, %edi
	movb	%al, %bl
	movl	$100000, %ecx		/* a port without a UART is never ready */
2:	movw	$COM1_LINE_STATUS, %dx
	inb	%dx, %al
	testb	$TRANSMITTER_EMPTY, %al
	jnz	3f
	loop	2b
3:	movw	$COM1, %dx
	movb	%bl, %al
	outb	%al, %dx
	jmp	1b
4:	hlt
	jmp	4b

message:
	.asciz	"bzboot: this kernel needs a 64-bit processor\r\n"

/* Flat; all have the accessed bit, so that the processor does not write to them. */
	.balign	8
	.globl	gdt
gdt:	.quad	0, 0
	.quad	0x00af9b000000ffff	/* SELECTOR_CODE64 */
	.quad	0x00cf93000000ffff	/* SELECTOR_DATA */
	.quad	0x00cf9b000000ffff	/* SELECTOR_CODE32 */
gdt_end:

/* boot.rst, "The kernel_info" */
	.balign	16
kernel_info:
	.ascii	"LToP"
	.long	kernel_info_end - kernel_info
	.long	kernel_info_end - kernel_info
	.long	0			/* setup_type_max: the kernel's, by the packer */
kernel_info_end:

	begin_blank_manifest
	.org	blank_manifest + 0x44 + 0x236 - 0x1f1
	.word	0x3b			/* KERNEL_64, ABOVE_4G, HANDOVER_64, EFI_KEXEC, 5LEVEL */
	.org	blank_manifest + 0x44 + 0x264 - 0x1f1
	.long	efi_handover_entry - entry64	/* the 64-bit entry is at this + 0x200 in PM */
	.long	kernel_info - entry32
	end_blank_manifest flags=6, shuffles=STUB_SHUFFLES

	.section .note.GNU-stack, "", @progbits
