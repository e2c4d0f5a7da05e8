/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * One boot. An entry fills in the first half of struct boot and calls
 * stub_main(); the steps fill in the second. A table, one for EFI and one for
 * boot loaders, has the functions that depend on how we were entered.
 */
#ifndef STUB_BOOT_H
#define STUB_BOOT_H

#include <bzboot/bzboot.h>

#include "arch.h"
#include "options.h"
#include "random.h"

/* Why the boot failed, for the caller. The message has been printed. */
enum stub_error {
	STUB_OK,
	STUB_CORRUPT,		/* the image is not as it was packed */
	STUB_NO_MEMORY,
	STUB_FIRMWARE,		/* the firmware refused something we need */
	STUB_UNSUPPORTED,	/* the kernel cannot run on this machine */
};

struct boot;

/* Work that several processors can do at the same time. It may be copied before it is begun. */
struct work {
	/* takes tasks of it until there is none left; called by each, with its own workspace */
	void (*run)(struct work *work, void *workspace);
	size_t size;			/* bytes to copy: this struct and the data after it */
	size_t workspace_size;		/* bytes; it is 64-byte aligned */
	unsigned int tasks;		/* worth a processor each */
	unsigned int next;		/* the task to take; from @tasks on none is worth a
					   processor */
};

/* The functions that differ between EFI and boot loaders. One that fails has printed why, except
 * choose_memory(). */
struct platform {
	/* prints text on the console, if there is one */
	void (*print)(struct boot *boot, const char *text);
	/* sets cmdline */
	enum stub_error (*read_cmdline)(struct boot *boot);
	/* stirs random numbers into a seed; false if it has none */
	bool (*random)(struct boot *boot, struct seed *seed);
	/* used if there are no random numbers: stirs in clocks, and how long it takes to read them */
	void (*stir_clocks)(struct boot *boot, struct seed *seed);
	/* step 2: sets memory; false if it fits nowhere; prints nothing */
	bool (*choose_memory)(struct boot *boot, const struct bzb_memory_request *request);
	/* the rate of the time stamp counter, measured; NULL if it cannot be measured */
	uint64_t (*ticks_per_ms)(struct boot *boot);
	/* step 3: runs work on this processor, with @workspace, and on others, with workspaces
	   of their own; they have finished when it returns. NULL: only this one can work */
	void (*share_work)(struct boot *boot, struct work *work, void *workspace);
	/* steps 5 and 6: boot_params for the kernel, and the machine is ours */
	enum stub_error (*finish)(struct boot *boot);
};

struct clock {
	uint64_t start;			/* the time stamp counter at the entry */
	uint64_t ticks_per_ms;		/* 0 until it is first needed */
};

struct boot {
	/* filled in by the entry */
	const struct platform *platform;
	struct efi *efi;		/* of the EFI platform */
	struct loader *loader;		/* of the other one */
	const unsigned char *image;	/* RVA 0; headers may be unmapped */
	struct bzb_boot_params *params;	/* from the loader; NULL if it has none */
	struct guest guest;		/* the kind of virtual machine */

	/* set by arch_admit_guest() */
	uint32_t cc_blob;		/* for boot_params; 0: none */

	/* found by the steps */
	struct clock clock;
	const char *phase;		/* the current phase, as a text */
	struct bzb_load load;		/* the payload, */
	struct bzb_load_plan plan;	/* and the memory that it needs */
	const char *cmdline;		/* for the kernel */
	struct options options;		/* those on it that are for the stub */
	bool kaslr;			/* addresses are random */
	struct seed seed;
	unsigned char *memory;		/* as planned */
	struct bzb_kernel_elf kernel;	/* the ELF at memory */
	struct bzb_entry entry;		/* where it is entered */
};

/**
 * stub_main() - boot the kernel in our image
 * @boot: the first half filled in
 *
 * returns: only on failure, with the reason; memory that the steps allocated is
 * not freed
 */
enum stub_error stub_main(struct boot *boot);

#endif
