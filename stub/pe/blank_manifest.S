/* SPDX-License-Identifier: BSD-2-Clause */
#include "../blank_manifest.inc"

	begin_blank_manifest
	end_blank_manifest flags=14

	.section .note.GNU-stack, "", %progbits
