/* SPDX-License-Identifier: BSD-2-Clause */
/* The programs that read boot images. docs/checks.md has a table of them. */
#ifndef PACKER_CONSUMERS_H
#define PACKER_CONSUMERS_H

#include <stdbool.h>
#include <stdint.h>

#include <bzboot/machine.h>

#include "io/diag.h"

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

/* Sets of machines */
#define MACHINE(which) (1u << (which))
#define ON_X86_64 MACHINE(BZB_MACHINE_X86_64)
#define ON_ARM64 MACHINE(BZB_MACHINE_ARM64)
#define ON_RISCV64 MACHINE(BZB_MACHINE_RISCV64)
#define ON_LOONG64 MACHINE(BZB_MACHINE_LOONG64)
#define ON_APPLICATIONS (ON_ARM64 | ON_RISCV64 | ON_LOONG64) /* whose kernels are PE images */
#define ON_UNKNOWN MACHINE(BZB_MACHINE_COUNT)		     /* those that bzboot does not pack for */
#define ANYWHERE (ON_X86_64 | ON_APPLICATIONS | ON_UNKNOWN)

/* A kind beside those of enum bzb_kind: application_is_linux() */
#define IS_LINUX_IMAGE 0x100u

/* The kinds of files that a consumer reads on some machines */
struct reading {
	unsigned int machines; /* a set; 0: the row has no more */
	unsigned int kinds;    /* any of them; 0: any file */
	unsigned int except;   /* but none of these */
	const char *words;     /* the same in words, with an article */
};

#define READINGS_MAX 3u

struct consumer_row {
	const char *name, *title;
	struct reading reads[READINGS_MAX]; /* the first is for files of no known machine, too */
	unsigned int tried;		    /* the machines on which this project's tests run it */
};

/**
 * consumer_row() - a consumer
 * @which: 0 to CONSUMER_COUNT - 1
 *
 * returns: static
 */
const struct consumer_row *consumer_row(enum consumer which);

/**
 * consumer_reading() - what a consumer reads on a machine
 * @row: the consumer
 * @machine: of PE headers; 0: not known
 *
 * returns: a part of @row; NULL if it reads nothing for that machine
 */
const struct reading *consumer_reading(const struct consumer_row *row, uint16_t machine);

/**
 * consumer_machine() - a machine as a set
 * @machine: of PE headers
 *
 * returns: ON_X86_64 or another; ON_UNKNOWN, if it is none of <bzboot/machine.h>
 */
unsigned int consumer_machine(uint16_t machine);

/**
 * consumer_reads() - what a consumer reads, in words
 * @row: the consumer
 * @ret: "a bzImage for x86-64; a PE image for arm64"; without machines if it is the same on all
 */
void consumer_reads(const struct consumer_row *row, struct why *ret);

/**
 * consumer_refuses() - say that a file is of a kind that a consumer does not read
 * @row: the consumer
 * @machine: of PE headers; 0: not known
 * @ret: the sentence, with what it reads for that machine
 */
void consumer_refuses(const struct consumer_row *row, uint16_t machine, struct why *ret);

/**
 * consumer_tried() - where the tests run a consumer, in words
 * @row: the consumer
 * @ret: "never", "everywhere", or machines with a comma between
 */
void consumer_tried(const struct consumer_row *row, struct why *ret);

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
