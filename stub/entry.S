/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Entries for loaders that are not EFI, at their fixed places in PM, the
 * kernel_info table and the blank manifest.
 *
 * This stub starts under EFI only: the entries say so on the first serial port
 * and the VGA text screen, and stop. xloadflags in the manifest promises none
 * of them, so kexec and its like refuse the image before they get here.
 */
#include "layout.h"

#define COM1 0x3f8
#define COM1_LINE_STATUS 0x3fd
#define TRANSMITTER_EMPTY 0x20
#define VGA_TEXT 0xb8000

	.section .setup, "a"
	.incbin SETUP16_BIN

/* In: (e/r)si = message, (e/r)di = VGA_TEXT. The same bytes of code do for 32
 * and 64 bits; only the registers' names differ. */
.macro	say si, di
1:	movb	(\si), %al
	testb	%al, %al
	jz	4f
	movb	%al, (\di)
	movb	%al, %bl
	add	$1, \si
	add	$2, \di
	movl	$100000, %ecx		/* a port without a UART never gets ready */
2:	movw	$COM1_LINE_STATUS, %dx
	inb	%dx, %al
	testb	$TRANSMITTER_EMPTY, %al
	jnz	3f
	decl	%ecx
	jnz	2b
3:	movw	$COM1, %dx
	movb	%bl, %al
	outb	%al, %dx
	jmp	1b
4:	cli
5:	hlt
	jmp	5b
.endm

	.section .entry, "ax"
	.code32
	.globl	entry32
entry32:
	/* Any stack will do for one call: the "scratch" field of boot_params. */
	leal	0x1e8(%esi), %esp
	call	1f
1:	popl	%esi
	addl	$(message - 1b), %esi
	movl	$VGA_TEXT, %edi
	say	%esi, %edi

	.org	entry32 + 0x200
	.code64
	.globl	entry64
entry64:
	leaq	message(%rip), %rsi
	movl	$VGA_TEXT, %edi
	say	%rsi, %rdi

message:
	.asciz	"bzboot: this image starts under EFI only: choose an EFI boot loader"

/* boot.rst, "The kernel_info" */
	.balign	16
kernel_info:
	.ascii	"LToP"
	.long	kernel_info_end - kernel_info
	.long	kernel_info_end - kernel_info
	.long	0x80000001		/* setup_type_max: SETUP_INDIRECT | E820_EXT */
kernel_info_end:

/* include/bzboot/manifest.h: what a blank one says of the stub. */
	.section .manifest, "aw"
	.balign	16
	.globl	blank_manifest
blank_manifest:
	.ascii	"bzboot\0\1"
	.org	blank_manifest + 0x0c
	.long	STUB_CODEC
	.org	blank_manifest + 0x44 + 0x236 - 0x1f1
	.word	0			/* xloadflags: no entry but EFI's */
	.org	blank_manifest + 0x44 + 0x264 - 0x1f1
	.long	0			/* handover_offset: none */
	.long	kernel_info - entry32
	.org	blank_manifest + 0x100
	.previous
	.section .note.GNU-stack, "", @progbits
