/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The 16-bit entry, for BIOS boot loaders. This stub starts under EFI only, so
 * it says so and gives the machine back to the BIOS.
 *
 * Entered at CS = DS + 0x20, offset 0 (boot.rst), or with CS = DS, offset 0x200
 * (kvmtool); the jump there leads here. Nothing is assumed of either segment.
 */
	.code16
	.section .setup, "ax"
	.globl	setup16
setup16:
	cld
	call	1f
1:	popw	%si
	addw	$(message - 1b), %si
2:	cs lodsb
	testb	%al, %al
	jz	3f
	movb	$0x0e, %ah		/* BIOS video: teletype output */
	movw	$0x0007, %bx
	int	$0x10
	jmp	2b
3:	xorw	%ax, %ax		/* BIOS keyboard: wait for a key */
	int	$0x16
	int	$0x19			/* BIOS: bootstrap loader */
4:	hlt
	jmp	4b

message:
	.ascii	"bzboot: this image starts under EFI only: "
	.asciz	"choose an EFI boot loader (press a key)\r\n"
