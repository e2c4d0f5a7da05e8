/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * An EFI application that starts an image under a faulty firmware. It finds the
 * image at the removable media path, passes it a system table of its own, and
 * reports on COM1 in lines "DRIVER key=value ...".
 * As in stub/efi/efi.h, no name here or in the driver is one that gnu-efi may define.
 */
#ifndef TEST_DRIVER_H
#define TEST_DRIVER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <bzboot/env.h>
#include <efi.h>

/* The firmware's own */
extern EFI_HANDLE driver_handle;
extern EFI_SYSTEM_TABLE *real_st;
extern EFI_BOOT_SERVICES *real_bs;

/* --- console.c --- */

void say(const char *text);
void say_number(const char *key, uint64_t value); /* " key=" and the number in base 10 */
void say_hex(const char *key, uint64_t value);
void say_word(const char *key, const char *word);
void say_line(const char *text); /* "DRIVER " and the text on a new line */

/* Prints the error and ends the test. */
_Noreturn void give_up(const char *what);

/* --- services.c: the system table for the image under test --- */

/* False sizes that GetMemoryMap() returns. */
struct map_lie {
	UINTN sizing;  /* DescriptorSize if the map does not fit; 0: it is not set */
	UINTN reading; /* DescriptorSize if it does */
	UINTN more;    /* bytes added to the size of the map, if it fits */
};

/* The faults of one start of the image */
struct plan {
	unsigned int fail;	/* the number of the call that fails, from 1 on; 0: none */
	bool for_good;		/* and every later one */
	uint64_t largest;	/* bytes that AllocatePages() can allocate at once; 0: no limit */
	const EFI_GUID *hidden; /* a protocol that the firmware lacks */
	bool leave;		/* ExitBootServices() works, but not at once */
	unsigned int growth;	/* entries by which the map grows before it */
	bool protect;		/* allocations are not executable */
	uint32_t type;		/* of free memory above 4 GiB; 0: unchanged */
	uint64_t attribute;	/* likewise, added */
	void (*change)(EFI_SYSTEM_TABLE *st); /* more changes of the system table */
	const struct map_lie *lie;	      /* NULL: true sizes of the memory map */
};

/* The results of one start */
struct account {
	unsigned int calls;				  /* that may fail */
	const char *failed;				  /* the first that did; NULL: none */
	bool exit_reached;				  /* ExitBootServices() was called */
	unsigned int pages, pools, events, files, tables; /* not freed */
	unsigned int wrong; /* freed, but never allocated, or changed; allocations
			       of 0 bytes */
};

extern struct plan plan;
extern struct account account;

/* The system table that the image gets, for a new start. */
EFI_SYSTEM_TABLE *services_begin(const struct plan *p);

/* Fills in the rest of the account. */
void services_end(void);

/* Counts a call of this name; true: it must fail. */
bool call_fails(const char *name);

bool same_guid(const EFI_GUID *a, const EFI_GUID *b);

/* boot_params among the image's allocations; NULL if there are none yet */
const unsigned char *find_params(void);

/* --- protocols.c: protocols for the image --- */

/* The initrd offered by LoadFile2 */
struct offer {
	UINTN told;	   /* size, when asked for it */
	EFI_STATUS answer; /* status when asked for the size */
	UINTN given;	   /* size, when loaded */
	EFI_STATUS status; /* when loaded */
};

void offer_initrd(const struct offer *offer); /* NULL: withdraw it */
void offer_random(EFI_STATUS status);

#define FILE_SIZE ((1u << 20) + 4099)	/* more than one read, and not a multiple of 4 */

/* A volume with any file, each of FILE_SIZE: "\c..." of '0', the first byte of uncompressed
 * archives; any other of 0xa5. EFI_HANDLE for DeviceHandle. */
EFI_HANDLE offer_volume(void);

/* Measurements by the protocol of confidential guests */
struct measuring {
	unsigned int count; /* number of measurements; the last one: */
	uint64_t at, size;
};
extern struct measuring measured_initrd, measured_options;

void offer_measuring(void);

/* --- image.c --- */

void image_find(void);

/* The image's manifest, which may be changed between starts */
unsigned char *image_manifest(void);

/* The image's file */
const unsigned char *image_bytes(size_t *size);

struct start {
	const void *options; /* LoadOptions */
	uint32_t options_size;
	bool on_volume; /* loaded from offer_volume() */
};

/* Prints the results in one line. */
void report(const char *name, EFI_STATUS status);

extern EFI_HANDLE image_handle; /* while it runs */

/* Starts the image under a plan; returns its status. The other results are in account. */
EFI_STATUS image_start(const struct start *start, const struct plan *p);

/* --- parity.c: helpers for checks --- */

void check(const char *name, bool ok); /* prints a line with the result */
bool only(const unsigned char *at, unsigned char value, size_t count);
bool same_bytes(const void *a, const void *b, size_t count);
uint64_t load(const void *at, unsigned int size);      /* little-endian */
const unsigned char *find_table(const EFI_GUID *guid); /* NULL: none */

/* --- answers.c --- */

bool is_name(const CHAR16 *name, const CHAR16 *other);

/* --- faults.c, parity.c, answers.c, decided.c, handover.c, protection.c, memory.c, guest.c,
 * processors.c, unified.c, companions.c: the functions that main() chooses from --- */

void run_faults(void);
void run_parity(void);
void run_answers(void);
void run_decided(void);
void run_handover(void);
void run_handover_params(void);
void run_protection(void);
void run_protection_by_services(void);
void run_protection_reliable(void);
void run_protection_refused(void);
void run_protection_only(void);
void run_unaccepted(void);
void run_special(void);
void run_reliable(void);
void run_pluggable(void);
void run_blob(void);
void run_processors(void);
void run_unified(void);
void run_companions(void);

/* protection.c: like a firmware that protects its allocations */
void protect_allocation(EFI_PHYSICAL_ADDRESS addr, UINTN pages);
bool still_protected(EFI_PHYSICAL_ADDRESS addr, UINTN pages);
void protect_image(const EFI_LOADED_IMAGE *image);

#endif
