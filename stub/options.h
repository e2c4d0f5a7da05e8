/* SPDX-License-Identifier: BSD-2-Clause */
/* Options for the stub on the kernel's command line. Runs on the host too. */
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
	uint32_t width, height;	/* of VIDEO_SIZE, pixels; */
	uint32_t depth;		/* bits per pixel, 0: any; */
	enum { VIDEO_ANY, VIDEO_RGB, VIDEO_BGR } order;
};

struct options {
	bool nokaslr;		/* "nokaslr": neither address is random */
	bool no5lvl;		/* "no5lvl": page tables with four levels */
	bool fixed_memory;	/* "mem=", "memmap=", "hugepages=", "efi_fake_mem=":
				   what the memory map says is not the last word on
				   what is free, so the physical address is not random */
	uint64_t memory_limit;	/* "mem=", "memmap=" without a place: the end of
				   memory; UINT64_MAX if it is not said */
	uint16_t serial_port;	/* "earlyprintk=", "console=": I/O port; 0: none */
	uint32_t serial_baud;	/* of that port; 0 if it is not said */
	bool quiet;		/* "quiet": errors only */
	bool nosmp;		/* "nosmp": this processor only */
	uint32_t others_max;	/* "maxcpus=", "bzboot.processors=", without this one: how
				   many others may help; UINT32_MAX without an option */
	bool debug;		/* "bzboot.debug", "efi=debug": say each phase */
	bool noinitrd;		/* "noinitrd": load none */
	bool nochunk;		/* "efi=nochunk": read a file in one go */
	bool nosoftreserve;	/* "efi=nosoftreserve": specific-purpose memory is RAM */
	bool stop_dma;		/* "efi=disable_early_pci_dma" */
	bool encrypt;		/* "mem_encrypt=on": the kernel is to encrypt memory */
	struct video_wish video;
};

/**
 * options_parse() - read a command line
 * @cmdline: NUL-terminated
 *
 * Words are separated by blanks; quotes keep them together. After "--" words
 * are for init.
 *
 * returns: the options
 */
struct options options_parse(const char *cmdline);

/**
 * options_next_reserved() - walk the memory that "memmap=" takes away
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
