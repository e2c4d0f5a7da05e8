/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A hypervisor by AMD's SVM that simulates one of SEV-ES, as far as QEMU's processor allows: CPUID
 * in its guest is a #VC, and the MSR of the GHCB protocol returns the result. The processor seems
 * to have SEV, with memory encrypted by a page table bit that has no other use. Any other exit of
 * the guest ends QEMU. The hypervisor must stay in memory: nokaslr, and no kernel over it.
 *
 * AMD's manual, volume 2, appendix B and C; "SEV-ES Guest-Hypervisor Communication Block", 2.3
 */
#define MSR_EFER 0xc0000080
#define EFER_SVME 0x1000
#define EFER_LONG_MODE 0x500
#define MSR_HOST_SAVE 0xc0010117
#define MSR_GHCB 0xc0010130
#define MSR_SEV_STATUS 0xc0010131

#define INTERCEPTS 0x0c			/* CPUID, MSRs */
#define INTERCEPTS_MORE 0x10		/* VMRUN, VMMCALL */
#define MSR_MAP 0x48
#define ADDRESS_SPACE 0x58
#define EXIT_CODE 0x70
#define EXIT_IS_WRITE 0x78
#define GUEST_ES 0x400
#define GUEST_CS 0x410
#define GUEST_SS 0x420
#define GUEST_DS 0x430
#define GUEST_GDTR 0x460
#define GUEST_IDTR 0x480
#define GUEST_TR 0x490
#define GUEST_EFER 0x4d0
#define GUEST_CR4 0x548
#define GUEST_CR3 0x550
#define GUEST_CR0 0x558
#define GUEST_FLAGS 0x570
#define GUEST_RIP 0x578
#define GUEST_RSP 0x5d8
#define GUEST_RAX 0x5f8

#define EXIT_CPUID 0x72
#define EXIT_MSR 0x7c
#define EXIT_VMMCALL 0x81
#define VC 29
#define CODE64 0xa9b
#define DATA 0xc93
#define ENCRYPTION_BIT 55
#define STATUS_SEV_ES 3
#define DEBUG_EXIT_PORT 0xf4

	.code64
	.text
	.globl	hypervisor
/* In: %rdx = the entry, %rsi = boot_params; paging, GDT and CR0 are the guest's */
hypervisor:
	movq	%rdx, %r15
	movl	$MSR_EFER, %ecx
	rdmsr
	orl	$EFER_SVME, %eax
	wrmsr
	movl	$MSR_HOST_SAVE, %ecx
	movl	$host_save, %eax
	xorl	%edx, %edx
	wrmsr

	movl	$vmcb, %eax
	movl	$(1 << 18 | 1 << 28), INTERCEPTS(%rax)
	movl	$3, INTERCEPTS_MORE(%rax)
	movl	$1, ADDRESS_SPACE(%rax)
	movb	$0x0f, msr_map + 0x104c(%rip)	/* both MSRs, read and written */
	movl	$msr_map, MSR_MAP(%rax)
	movw	%cs, GUEST_CS(%rax)
	movw	$CODE64, GUEST_CS + 2(%rax)
	movl	$-1, GUEST_CS + 4(%rax)
	.irp	segment, GUEST_ES, GUEST_SS, GUEST_DS
	movw	%ds, \segment(%rax)
	movw	$DATA, \segment + 2(%rax)
	movl	$-1, \segment + 4(%rax)
	.endr
	sgdt	descriptors(%rip)
	movzwl	descriptors(%rip), %ecx
	movl	%ecx, GUEST_GDTR + 4(%rax)
	movq	descriptors + 2(%rip), %rcx
	movq	%rcx, GUEST_GDTR + 8(%rax)
	movq	$(EFER_LONG_MODE | EFER_SVME), GUEST_EFER(%rax)
	movq	%cr0, %rcx
	movq	%rcx, GUEST_CR0(%rax)
	movq	%cr3, %rcx
	movq	%rcx, GUEST_CR3(%rax)
	movq	%cr4, %rcx
	movq	%rcx, GUEST_CR4(%rax)
	movq	$2, GUEST_FLAGS(%rax)
	movq	%r15, GUEST_RIP(%rax)

/* %rax belongs to the hypervisor, all other registers to the guest. */
run:	vmrun
	cmpl	$EXIT_CPUID, EXIT_CODE(%rax)
	je	cpuid_traps
	cmpl	$EXIT_MSR, EXIT_CODE(%rax)
	je	msr
	cmpl	$EXIT_VMMCALL, EXIT_CODE(%rax)
	je	answer
give_up:
	movb	$3, %al
	outb	%al, $DEBUG_EXIT_PORT
1:	hlt
	jmp	1b

/* By hand, because QEMU pushes no error code for this exception. */
cpuid_traps:
	vmsave				/* the task register */
	movq	%rbx, saved(%rip)
	movq	%rcx, saved + 8(%rip)
	movq	%rdx, saved + 16(%rip)
	movq	GUEST_IDTR + 8(%rax), %rcx
	addq	$(VC * 16), %rcx
	movzbl	4(%rcx), %edx		/* the stack's number */
	movq	GUEST_TR + 8(%rax), %rbx
	movq	0x1c(%rbx, %rdx, 8), %rbx
	movzwl	GUEST_SS(%rax), %edx
	movq	%rdx, -8(%rbx)
	movq	GUEST_RSP(%rax), %rdx
	movq	%rdx, -16(%rbx)
	movq	GUEST_FLAGS(%rax), %rdx
	movq	%rdx, -24(%rbx)
	movzwl	GUEST_CS(%rax), %edx
	movq	%rdx, -32(%rbx)
	movq	GUEST_RIP(%rax), %rdx
	movq	%rdx, -40(%rbx)
	movq	$EXIT_CPUID, -48(%rbx)
	subq	$48, %rbx
	movq	%rbx, GUEST_RSP(%rax)
	movl	8(%rcx), %edx
	shlq	$32, %rdx
	movzwl	(%rcx), %ebx
	orq	%rbx, %rdx
	movzwl	6(%rcx), %ebx
	shll	$16, %ebx
	orq	%rbx, %rdx
	movq	%rdx, GUEST_RIP(%rax)
	movq	saved(%rip), %rbx
	movq	saved + 8(%rip), %rcx
	movq	saved + 16(%rip), %rdx
	jmp	run

msr:	addq	$2, GUEST_RIP(%rax)
	cmpl	$MSR_GHCB, %ecx
	jne	2f
	cmpl	$0, EXIT_IS_WRITE(%rax)
	je	1f
	movl	%edx, ghcb + 4(%rip)
	movl	GUEST_RAX(%rax), %edx
	movl	%edx, ghcb(%rip)
	movl	ghcb + 4(%rip), %edx
	jmp	run
1:	movl	ghcb(%rip), %edx
	movq	%rdx, GUEST_RAX(%rax)
	movl	ghcb + 4(%rip), %edx
	jmp	run
2:	cmpl	$MSR_SEV_STATUS, %ecx
	jne	give_up
	movq	$STATUS_SEV_ES, GUEST_RAX(%rax)
	xorl	%edx, %edx
	jmp	run

/* A request for one register of CPUID. */
answer:	addq	$4, GUEST_RIP(%rax)
	movl	ghcb(%rip), %eax
	andl	$0x3fffffff, %eax
	cmpl	$4, %eax
	jne	give_up
	movq	%rbx, saved(%rip)
	movq	%rcx, saved + 8(%rip)
	movq	%rdx, saved + 16(%rip)
	movl	ghcb + 4(%rip), %eax
	xorl	%ecx, %ecx
	cpuid
	cmpl	$0x80000000, ghcb + 4(%rip)
	jne	1f
	movl	$0x8000001f, %eax
1:	cmpl	$0x8000001f, ghcb + 4(%rip)
	jne	2f
	movl	$0xa, %eax		/* SEV, SEV-ES */
	movl	$ENCRYPTION_BIT, %ebx
2:	movl	%eax, registers(%rip)
	movl	%ebx, registers + 4(%rip)
	movl	%ecx, registers + 8(%rip)
	movl	%edx, registers + 12(%rip)
	movl	ghcb(%rip), %ecx
	shrl	$30, %ecx
	leaq	registers(%rip), %rdx
	movl	(%rdx, %rcx, 4), %eax
	movl	%eax, ghcb + 4(%rip)
	shll	$30, %ecx
	orl	$5, %ecx
	movl	%ecx, ghcb(%rip)
	movq	saved(%rip), %rbx
	movq	saved + 8(%rip), %rcx
	movq	saved + 16(%rip), %rdx
	movl	$vmcb, %eax
	jmp	run

	.bss
	.balign	4096
vmcb:	.skip	4096
host_save:
	.skip	4096
msr_map:
	.skip	8192
ghcb:	.skip	8
saved:	.skip	24
registers:
	.skip	16
descriptors:
	.skip	10

	.section .note.GNU-stack, "", @progbits
