/* SPDX-License-Identifier: BSD-2-Clause */
/* The initrd that the stub passes to a kernel that is an application */
#define KERNEL_IS_APPLICATION 1
#include "../stub/efi/efi_initrd.c"
#include "t_stub_initrd.c"
