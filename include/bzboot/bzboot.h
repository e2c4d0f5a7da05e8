/* SPDX-License-Identifier: BSD-2-Clause */
/* All of the format library. */
#ifndef BZBOOT_BZBOOT_H
#define BZBOOT_BZBOOT_H

#define BZBOOT_VERSION "0.1"

#include <bzboot/authenticode.h>
#include <bzboot/boot_params.h>
#include <bzboot/bytes.h>
#include <bzboot/bzimage.h>
#include <bzboot/chacha.h>
#include <bzboot/checksum.h>
#include <bzboot/cpio.h>
#include <bzboot/decode.h>
#include <bzboot/device_tree.h>
#include <bzboot/dynamic.h>
#include <bzboot/elf.h>
#include <bzboot/error.h>
#include <bzboot/kernel_elf.h>
#include <bzboot/kernel_relocs.h>
#include <bzboot/load.h>
#include <bzboot/machine.h>
#include <bzboot/manifest.h>
#include <bzboot/notes.h>
#include <bzboot/payload.h>
#include <bzboot/pe.h>
#include <bzboot/probe.h>
#include <bzboot/rela.h>
#include <bzboot/reloc_types.h>
#include <bzboot/relocs.h>
#include <bzboot/shuffle.h>
#include <bzboot/siglist.h>
#include <bzboot/symbols.h>
#include <bzboot/uki.h>
#include <bzboot/vmlinux.h>
#include <bzboot/zboot.h>

#endif
