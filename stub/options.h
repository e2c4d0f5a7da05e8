/* SPDX-License-Identifier: BSD-2-Clause */
/* The stub's options on the kernel's command line. Tests run this on the host. */
#ifndef STUB_OPTIONS_H
#define STUB_OPTIONS_H

#include <bzboot/load.h>

/* A part of the command line. */
struct text {
	const char *at;
	size_t size;
};

/* "video=efifb:": the mode to set on the firmware's screen */
struct video_wish {
	enum { VIDEO_KEEP, VIDEO_MODE, VIDEO_SIZE, VIDEO_AUTO, VIDEO_LIST } choice;
	uint32_t mode;		/* of VIDEO_MODE: the firmware's number */
	uint32_t width, height; /* of VIDEO_SIZE, pixels */
	uint32_t depth;		/* of VIDEO_SIZE, bits per pixel; 0: any */
	enum { VIDEO_ANY, VIDEO_RGB, VIDEO_BGR } order;
};

struct options {
	bool nokaslr;	 /* "nokaslr": neither address is random */
	bool noshuffle;	 /* "noshuffle": functions stay where they are */
	bool seed_given; /* "bzboot.seed=": the seed of their order, for tests, */
	bool has_seed;	 /* which is a number */
	unsigned char seed[BZB_SHUFFLE_SEED_SIZE];
	bool no5lvl;	       /* "no5lvl": page tables with four levels */
	bool fixed_memory;     /* "mem=", "memmap=", "hugepages=", "efi_fake_mem=":
				  memory that is free in the map may be in use, so
				  the physical address is not random */
	uint64_t memory_limit; /* "mem=", "memmap=" without a place: the end of
				  memory (default: UINT64_MAX) */
	uint16_t serial_port;  /* "earlyprintk=", "console=": I/O port; 0: none */
	uint32_t serial_baud;  /* of that port; 0: not set */
	bool quiet;	       /* "quiet": errors only */
	bool nosmp;	       /* "nosmp": this processor only */
	uint32_t others_max;   /* "maxcpus=", "bzboot.processors=": the number of
				  helpers, without this processor (default:
				  UINT32_MAX) */
	bool debug;	       /* "bzboot.debug", "efi=debug": print each phase */
	bool noinitrd;	       /* "noinitrd": load none */
	bool nochunk;	       /* "efi=nochunk": read a file in one go */
	bool nosoftreserve;    /* "efi=nosoftreserve": specific-purpose memory is RAM */
	bool stop_dma;	       /* "efi=disable_early_pci_dma" */
	bool encrypt;	       /* "mem_encrypt=on": the kernel is to encrypt memory */
	struct video_wish video;
};

/**
 * options_parse() - read a command line
 * @cmdline: NUL-terminated
 *
 * Words are separated by blanks; a quoted word may have blanks. The words after
 * "--" are for init.
 *
 * returns: the options
 */
struct options options_parse(const char *cmdline);

/**
 * options_next_reserved() - walk the memory that "memmap=" reserves
 * @cmdline: NUL-terminated
 * @position: in @cmdline, 0 for the first; moved on
 * @ret: the next range: "size$start", "size#start" or "size!start"
 *
 * returns: false after the last one
 */
bool options_next_reserved(const char *cmdline, size_t *position, struct bzb_range *ret);

/**
 * options_next_initrd() - walk the files that "initrd=" names
 * @cmdline: NUL-terminated
 * @position: in @cmdline, 0 for the first; moved on
 * @ret: the next path; not empty
 *
 * returns: false after the last one
 */
bool options_next_initrd(const char *cmdline, size_t *position, struct text *ret);

#endif
