/* SPDX-License-Identifier: BSD-2-Clause */
/* The programs that read boot images. docs/checks.md has a table of them. */
#ifndef PACKER_CONSUMERS_H
#define PACKER_CONSUMERS_H

#include <stdbool.h>
#include <stdint.h>

/* In the order of the report: firmware, EFI programs, other loaders, hypervisors, tools. */
enum consumer {
	FIRMWARE,
	FIRMWARE_NX,
	SHIM,
	SD_BOOT,
	SD_STUB,
	GRUB_EFI,
	GRUB_UKI,
	REFIND,
	GRUB_BIOS,
	SYSLINUX,
	IPXE,
	LIMINE,
	SEABIOS,
	U_BOOT,
	COREBOOT,
	KEXEC_LOAD,
	KEXEC_FILE,
	U_ROOT,
	QEMU,
	XEN_DOM0,
	FIRECRACKER,
	CLOUD_HYPERVISOR,
	CROSVM,
	RUST_VMM,
	EXTRACT_VMLINUX,
	UKIFY,
	KERNEL_INSTALL,
	PESIGN,
	SBSIGN,
	OSSLSIGNCODE,
	BZBOOT,
	CONSUMER_COUNT
};

/* A set of them */
typedef uint64_t consumer_set;
_Static_assert(CONSUMER_COUNT <= 64, "one bit for each consumer");

#define CONSUMER(which) ((consumer_set)1 << (which))
#define ALL_CONSUMERS (((consumer_set)1 << CONSUMER_COUNT) - 1)

/* Sets that rules have in common */
#define EFI_LOADERS                                                                               \
	(CONSUMER(FIRMWARE) | CONSUMER(FIRMWARE_NX) | CONSUMER(SHIM) | CONSUMER(SD_BOOT) |         \
	 CONSUMER(REFIND))
/* Those that start an image only after firmware or shim has verified it, if Secure Boot is on */
#define VERIFIERS (EFI_LOADERS | CONSUMER(GRUB_EFI) | CONSUMER(GRUB_UKI))
/* All that start a unified kernel image: its stub does not start the kernel. */
#define UKI_STARTERS (EFI_LOADERS | CONSUMER(GRUB_UKI) | CONSUMER(IPXE) | CONSUMER(QEMU))
#define SIGNERS (CONSUMER(PESIGN) | CONSUMER(SBSIGN) | CONSUMER(OSSLSIGNCODE))

/* Where this project's tests run the program */
enum tried { TRIED_NEVER, TRIED_ON_X86_64, TRIED_EVERYWHERE };

struct consumer_row {
	const char *name, *title;
	unsigned int kinds;  /* it reads any of them: enum bzb_kind; 0: any file */
	unsigned int except; /* but none of these */
	const char *reads;   /* the same in words, with an article */
	bool only_x86_64;
	enum tried tried;
};

/**
 * consumer_row() - a consumer
 * @which: 0 to CONSUMER_COUNT - 1
 *
 * returns: static
 */
const struct consumer_row *consumer_row(enum consumer which);

/**
 * consumers_parse() - read a list of names
 * @list: separated by commas
 * @ret: the set; untouched on error
 * @ret_unknown: the name that no consumer has, in @list
 * @ret_size: of that name, bytes
 *
 * returns: 0, or -1 if a name is unknown
 */
int consumers_parse(const char *list, consumer_set *ret, const char **ret_unknown, int *ret_size);

#endif
