/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Functions of a small kernel, with all that refers to functions. Each is in a section of its own,
 * whose name says where the linker puts it; symbols have the same order in every object. PART: the
 * object, 1 or 2. FACTOR: the order of functions. A macro for each defect changes the order or the
 * alignment of one function.
 */
#ifndef FACTOR
#define FACTOR 1
#endif
#ifndef FIRST_TWIN
#define FIRST_TWIN 1100
#endif
#ifndef LAST_TWIN
#define LAST_TWIN 1150
#endif

#define COUNT 151 /* of functions, a prime */
#define BASE (PART * 1000)
#define SHIFT ((PART - 1) * (FACTOR - 1))
#define SYMBOLS 600 /* room in kallsyms */

	.file	"functions.S"
	.altmacro

	/* The section of a function: its group, and its place in it, of four digits */
	.macro	section group, number, suffix
	.section .text.\group\().\number\suffix, "ax", @progbits
	.endm

	.macro	place number, suffix, group=f
	section	\group, %(\number), \suffix
	.endm

	.macro	begin name, align=16
	.balign	\align, 0xcc
	.type	\name, @function
\name:
	.endm

	.macro	end name
	.size	\name, . - \name
	.endm

	/* An entry of the unwinder for an address of this section */
	.macro	unwind label, entry
	.pushsection .orc_unwind_ip, "a", @progbits
	.long	\label - .
	.popsection
	.pushsection .orc_unwind, "a", @progbits
	.short	\entry, \entry + 1, \entry + 2
	.popsection
	.endm

	.macro	traced label
	.pushsection __mcount_loc, "aw", @progbits
	.quad	\label
	.popsection
	.endm

	/* To Linux 5.15, an exception has the place of a function that handles it, and no number. */
	.macro	fixup from, to
	.pushsection __ex_table, "a", @progbits
#ifdef HANDLERS
	.long	\from - ., \to - ., ex_handler_default - .
#else
	.long	\from - ., \to - ., 3 /* TYPE of tables.c */
#endif
	.popsection
	.endm

	/* A function that refers to another one in all ways. Half of them have one entry of the
	   unwinder, which is the same for all of these. */
	.macro	function n, next
	place	1000+((\n-BASE)*FACTOR+SHIFT)%COUNT
	begin	f\n
	traced	f\n
	unwind	f\n, 1
	endbr64
	push	%rbx
	.if	\n % 2
5:	unwind	5b, \n
	.endif
	call	f\next
	lea	f\next(%rip), %rdi
	mov	$f\next, %rsi
	movabs	$f\next, %rdx
	cmpq	$\n, table(%rip)
6:	movl	$0x1234, (%rdx)
	je	7f
	call	twin
	.if	\n % 3
	mov	table(,%rcx,8), %rax
	.endif
7:	pop	%rbx
	ret
	fixup	6b, 7b
	.fill	\n % 7, 1, 0x90
	end	f\n
	.endm

	.macro	pointer n
	.quad	f\n
	.endm

#if PART == 1
	.section .head.text, "ax", @progbits
	.balign	4096
	.globl	entry
	begin	entry
	call	global
	hlt
	end	entry
#endif

	/* Functions of equal names: that of part 1 is the first. */
#if PART == 1
	place	FIRST_TWIN, x
#else
	place	LAST_TWIN, x
#endif
	begin	twin
	unwind	twin, 7
	mov	$PART, %eax
	ret
	end	twin

	.set	n, 0
	.rept	COUNT
	function %(BASE+n), %(BASE+(n+5)%COUNT)
	.set	n, n + 1
	.endr

#if PART == 1
	place	1030, x
	.globl	global
	begin	global
	unwind	global, 9
	ret
	end	global

	place	1020+FACTOR, x
	.globl	ex_handler_default
	begin	ex_handler_default
	unwind	ex_handler_default, 33
	ret
	end	ex_handler_default

	/* A function that runs into another one */
#ifdef SEPARATED
	place	1045, x
#else
	place	1060+FACTOR, x
#endif
	begin	falls
	unwind	falls, 11
	xor	%eax, %eax
	nopl	0(%rax)
	end	falls
	place	1060+FACTOR, x
	.balign	8, 0x90
	begin	lands, 1
	unwind	lands, 13
	ret
	end	lands

	/* A function with a prefix */
#ifdef DETACHED
	place	1046, x
#else
	place	1070+FACTOR, x
#endif
	begin	__pfx_fixed
	unwind	__pfx_fixed, 15
	.fill	5, 1, 0x90
hash_end:
	end	__pfx_fixed
	.fill	11, 1, 0x90
	place	1070+FACTOR, x
	begin	fixed
	unwind	fixed, 17
	jmp	global
	end	fixed

	/* A function that nothing refers to: it is reached by its distance from the one before it. */
	place	1090+FACTOR, x
	begin	variant
	unwind	variant, 29
	mov	$1, %al
	ret
	end	variant
#ifdef PARTED
	place	1047, x
#else
	place	1090+FACTOR, x
#endif
	begin	unreached
	unwind	unreached, 31
	dec	%al
	jnz	unreached
	ret
	end	unreached

	/* It needs its page, which the padding before it shows. */
	place	1080+FACTOR, x
#ifdef MISALIGNED
	.balign	16
#else
	.balign	4096
#endif
	.globl	paged
paged:
	unwind	paged, 19
	mov	$paged_end, %rax
inside:
	mov	$inside, %rax
	jmp	inside
paged_end:
	end	paged

	/* Another group */
	place	1000+FACTOR, , s
	begin	sleeps
	unwind	sleeps, 21
	call	global
	ret
	end	sleeps
	place	1005, , s
	begin	wakes
	unwind	wakes, 23
	call	sleeps
	ret
	end	wakes
#ifdef CROSSED
	place	1001, x
#else
	place	1003, , s
#endif
	begin	yields
	unwind	yields, 25
	mov	$1, %eax
	ret
	end	yields

	/* Code that does not move */
	.section .init.text, "ax", @progbits
	begin	starts
	unwind	starts, 27
	call	sleeps
	call	global
	ret
	end	starts
#endif

	.data
	.balign	8
table:
	.set	n, 0
	.rept	COUNT
	pointer	%(BASE+n)
	.set	n, n + 1
	.endr
#if PART == 1
	.quad	ex_handler_default, falls, lands, fixed, variant, wakes, yields
plain:
	.ascii	"plain"
__initcall_start:
near:
	.long	f1000 - .
__initcall_end:

	/* Filled in after linking (tables.c) */
	.section .kallsyms, "a", @progbits
	.balign	8
kallsyms_num_syms:
	.quad	0
kallsyms_names:
	.skip	16 * SYMBOLS
kallsyms_markers:
	.skip	64
kallsyms_token_table:
	.skip	1024
kallsyms_token_index:
	.skip	512
kallsyms_offsets:
#ifdef PCREL
	.rept	SYMBOLS
	.long	_text - .
	.endr
#else
	.skip	4 * SYMBOLS
kallsyms_relative_base:
	.quad	_text
#endif
kallsyms_seqs_of_names:
	.skip	3 * SYMBOLS
#endif
