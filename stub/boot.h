/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * One boot. An entry fills in the first half of struct boot and calls
 * stub_main(); the steps fill in the second. What depends on how we were
 * entered is in a table: one for EFI, one for boot loaders.
 */
#ifndef STUB_BOOT_H
#define STUB_BOOT_H

#include <bzboot/bzboot.h>

#include "arch.h"
#include "options.h"
#include "random.h"

/* What went wrong, for whoever started us. The words have been printed. */
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

/* What the steps ask of whoever started us. Those that fail have said why. */
struct platform {
	/* text on the console there is */
	void (*print)(struct boot *boot, const char *text);
	/* sets cmdline */
	enum stub_error (*read_cmdline)(struct boot *boot);
	/* stirs random numbers into a seed; false if it has none */
	bool (*random)(struct boot *boot, struct seed *seed);
	/* used if there are no random numbers: stirs in clocks, and how long it takes to read them */
	void (*stir_clocks)(struct boot *boot, struct seed *seed);
	/* step 2: sets memory; false if it fits nowhere, and has said nothing */
	bool (*choose_memory)(struct boot *boot, const struct bzb_memory_request *request);
	/* by how much the time stamp counter grows; NULL if nobody can tell */
	uint64_t (*ticks_per_ms)(struct boot *boot);
	/* step 3: runs work on this processor, with @workspace, and on others, with workspaces of
	   theirs; when it returns, no other one runs it any more. NULL: there is only this one */
	void (*share_work)(struct boot *boot, struct work *work, void *workspace);
	/* steps 5 and 6: boot_params for the kernel, and the machine is ours */
	enum stub_error (*finish)(struct boot *boot);
};

struct clock {
	uint64_t start;			/* the time stamp counter at the entry */
	uint64_t ticks_per_ms;		/* 0 as long as nobody has asked */
};

struct boot {
	/* filled in by the entry */
	const struct platform *platform;
	struct efi *efi;		/* of the EFI platform */
	struct loader *loader;		/* of the other one */
	const unsigned char *image;	/* RVA 0; headers may be unmapped */
	struct bzb_boot_params *params;	/* from the loader; NULL if it has none */
	struct guest guest;		/* what kind of guest we are in */

	/* set by arch_admit_guest() */
	uint32_t cc_blob;		/* for boot_params; 0: none */

	/* found by the steps */
	struct clock clock;
	const char *phase;		/* what we are doing */
	struct bzb_load load;		/* what there is to load, */
	struct bzb_load_plan plan;	/* and what that wants */
	const char *cmdline;		/* for the kernel */
	struct options options;		/* what it says to us */
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
 * returns: only if it could not, with the reason; what the steps took has not
 * been given back
 */
enum stub_error stub_main(struct boot *boot);

#endif
