/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * One boot. An entry fills in the first half of struct boot and calls
 * stub_main(); the steps fill in the second. struct platform has the functions
 * that depend on the entry: there is one for EFI and one for boot loaders.
 */
#ifndef STUB_BOOT_H
#define STUB_BOOT_H

#include <bzboot/bzboot.h>

#include "arch.h"
#include "options.h"
#include "random.h"

/* The reason why a boot failed. The message has been printed. */
enum stub_error {
	STUB_OK,
	STUB_CORRUPT, /* the image has changed since it was packed */
	STUB_NO_MEMORY,
	STUB_FIRMWARE,	  /* a service of the firmware failed */
	STUB_UNSUPPORTED, /* the kernel cannot run on this machine */
	STUB_NOT_FOUND,	  /* the image has no such profile */
	STUB_RETURNED,	  /* the kernel, an application, has returned a status */
};

struct boot;

/* Work that several processors can do at the same time. It may be copied before it is begun. */
struct work {
	/* does tasks until none is left; each processor calls it, with its own workspace */
	void (*run)(struct work *work, void *workspace);
	size_t size;	       /* bytes to copy: this struct and the data after it */
	size_t workspace_size; /* bytes; the workspace is 64-byte aligned */
	unsigned int tasks;    /* number of tasks that are worth a processor */
	unsigned int next;     /* the next task; those from @tasks on are not worth a
				  processor */
	size_t shared_size;    /* bytes; of memory for all processors together, which */
	void *shared;	       /* share_work sets; NULL: there is only this processor */
};

/* The functions that differ between EFI and boot loaders. All except choose_memory() print a
 * message when they fail. */
struct platform {
	/* prints text on the console, if there is one */
	void (*print)(struct boot *boot, const char *text);
	/* sets cmdline */
	enum stub_error (*read_cmdline)(struct boot *boot);
	/* stirs random numbers into a seed; false if there are none */
	bool (*random)(struct boot *boot, struct seed *seed);
	/* used if there are no random numbers: stirs in clocks, and their access times */
	void (*stir_clocks)(struct boot *boot, struct seed *seed);
	/* whether Secure Boot may be on: then nothing on the command line is to weaken the kernel */
	bool (*is_secure)(const struct boot *boot);
	/* step 2: sets memory; false if the request fits nowhere; prints nothing */
	bool (*choose_memory)(struct boot *boot, const struct bzb_memory_request *request);
	/* measures the rate of the time stamp counter; NULL if it cannot be measured */
	uint64_t (*ticks_per_ms)(struct boot *boot);
	/* step 3: runs work on this processor, with @workspace, and on others, with workspaces
	   of their own; all have finished when it returns. NULL: there is only this processor */
	void (*share_work)(struct boot *boot, struct work *work, void *workspace);
	/* steps 5 and 6: makes boot_params for the kernel, and leaves the firmware */
	enum stub_error (*finish)(struct boot *boot);
};

struct clock {
	uint64_t start;	       /* the time stamp counter at the entry */
	uint64_t ticks_per_ms; /* 0 until it is first needed */
};

struct boot {
	/* filled in by the entry */
	const struct platform *platform;
	struct efi *efi;		/* NULL if entered by a boot loader */
	struct loader *loader;		/* NULL if entered by EFI */
	const unsigned char *image;	/* RVA 0; headers may be unmapped */
	struct bzb_boot_params *params; /* from the loader; NULL if there are none */
	struct guest guest;		/* the kind of virtual machine */

	/* set by arch_admit_guest() */
	uint32_t cc_blob; /* for boot_params; 0: none */

	/* set by the steps */
	struct clock clock;
	const char *phase;	   /* the name of the current phase */
	struct bzb_load load;	   /* the payload */
	struct bzb_load_plan plan; /* the memory that the kernel needs */
	const char *cmdline;	   /* for the kernel */
	struct options options;	   /* the stub's options in cmdline */
	bool kaslr;		   /* addresses are random */
	struct seed seed;
	unsigned char *memory;	      /* for the kernel, as planned */
	struct bzb_kernel_elf kernel; /* the ELF at memory */
	struct bzb_load_moves *moves; /* whose parts have moved; NULL: nothing has */
	struct bzb_entry entry;	      /* the kernel's entry */
};

/**
 * stub_main() - boot the kernel in our image
 * @boot: the first half is filled in
 *
 * Returns only on failure. The memory that the steps allocated is not freed.
 *
 * returns: the reason
 */
enum stub_error stub_main(struct boot *boot);

#endif
