/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The fields that move, and code that uses them. A position-independent kernel (PIE defined) has
 * only 64-bit fields; the others have all kinds that a kernel at a fixed address may have.
 */
#include "fields.h"

	.text
	.globl	entry
	.hidden	entry
entry:
	leaq	stack_end(%rip), %rsp
	cld
	call	kernel_main
1:	hlt
	jmp	1b

	.section .bss.stack, "aw", @nobits
	.balign	16
	.skip	16384
stack_end:

	.macro	global name
	.globl	\name
	.hidden	\name
\name:
	.endm

	.data
	.balign	8
global targets
	.set	i, 0
	.rept	TARGETS
	.quad	TARGET_MARK + i
	.set	i, i + 1
	.endr

	.balign	8
global wide			/* adjacent: RELR's bitmaps */
	.set	i, 0
	.rept	TARGETS
	.quad	targets + 8 * i
	.set	i, i + 1
	.endr

global spread			/* 8-aligned, 65 words apart: an address each */
	.set	i, 0
	.rept	TARGETS
	.quad	targets + 8 * i
	.fill	64 * 8, 1, CANARY
	.set	i, i + 1
	.endr

global unaligned		/* every second one at an odd address */
	.set	i, 0
	.rept	TARGETS
	.byte	CANARY
	.quad	targets + 8 * i
	.set	i, i + 1
	.endr

	.balign	8
global edges			/* the start and the end of the kernel */
	.quad	kernel_start, kernel_end, kernel_page_end
global outside			/* pointers to addresses outside the kernel */
	.quad	kernel_start - FAR_BEFORE, kernel_end + FAR_AFTER
global constants		/* values that do not move */
	.quad	kernel_size, constant_low, constant_high, 0

#ifdef PIE

/* Linkers can only make a slot in the GOT of this, which moves like any other field. */
	.text
global got_slot
	pushq	targets@GOTPCREL(%rip)
	popq	%rax
	ret

#else

/* One of Linux's names of edges, which move although they are absolute */
global edge_absolute
	.quad	_end

/* A constant does not move even if an address of the kernel has the same value. */
global constants_inside
	.quad	constant_inside, constant_inside_negated

	.weak	missing
global missing_address
	.quad	missing

global half
	.set	i, 0
	.rept	TARGETS
	.byte	CANARY
	.long	targets + 8 * i
	.set	i, i + 1
	.endr

global half_constants
	.long	constant_low, constant_high

	.byte	CANARY
global distances		/* to constants, which do not move */
	.long	constant_low - ., constant_high - .
global distance_inside		/* to the kernel, which moves */
	.long	targets - .

	.text
global value_32
	movl	$targets, %eax
	ret

global value_32s
	movq	$targets, %rax
	ret

global value_32s_indexed
	movq	targets(, %rdi, 8), %rax
	ret

global value_pc32
	leaq	targets(%rip), %rax
	ret

global value_64
	movabsq	$targets, %rax
	ret

global constant_low_32s
	movq	$constant_low, %rax
	ret

global constant_low_pc32
	leaq	constant_low(%rip), %rax
	ret

global constant_inside_pc32
	leaq	constant_inside(%rip), %rax
	ret

global constant_high_pc32
	leaq	constant_high(%rip), %rax
	ret

global missing_32s
	movq	$missing, %rax
	ret

global missing_pc32
	leaq	missing(%rip), %rax
	ret

/* Through the GOT, unless the linker relaxes it, which it must. */
global got_mov
	movq	targets@GOTPCREL(%rip), %rax
	ret

global got_mov_missing
	movq	missing@GOTPCREL(%rip), %rax
	ret

global got_callee
	movl	$0x600d, %eax
	ret

global got_call
	call	*got_callee@GOTPCREL(%rip)
	ret

global got_jmp
	jmp	*got_callee@GOTPCREL(%rip)
	int3

global got_cmp
	xorl	%eax, %eax
	cmpq	targets@GOTPCREL(%rip), %rdi
	sete	%al
	ret

global got_test
	xorl	%eax, %eax
	testq	%rdi, targets@GOTPCREL(%rip)
	sete	%al
	ret

global got_add
	movq	%rdi, %rax
	addq	targets@GOTPCREL(%rip), %rax
	ret

#endif

#ifdef WITH_MANY
	.data
	.balign	4
global many
	.set	i, 0
	.rept	MANY
	.quad	targets + 8 * (i % TARGETS)
	.long	targets + 8 * (i % TARGETS)
	.set	i, i + 1
	.endr
#endif

	.section .note.GNU-stack, "", @progbits
