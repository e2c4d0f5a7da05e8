/* SPDX-License-Identifier: BSD-2-Clause */
/* Everything the stub asks of a 64-bit EFI firmware. */
#ifndef STUB_EFI_BOOT_H
#define STUB_EFI_BOOT_H

#include "boot.h"
#include "efi.h"

/* All that one boot takes: boot_params, command line, initrd, kernel, maps that grew. */
#define STUB_ALLOCATIONS_MAX 16

/* Configuration tables of ours. */
#define STUB_TABLES_MAX 4

struct efi_allocation {
	EFI_PHYSICAL_ADDRESS addr;
	UINTN pages;
	UINT64 attributes;			/* of its first page, before we changed any */
};

struct efi {
	EFI_HANDLE handle;			/* of our image */
	EFI_SYSTEM_TABLE *st;
	EFI_BOOT_SERVICES *bs;
	EFI_LOADED_IMAGE *image;
	struct efi_memory_attribute *attribute;	/* NULL: this firmware has none */
	struct efi_unaccepted *unaccepted;	/* NULL: all memory is RAM at once, or of unknown state */
	struct efi_allocation taken[STUB_ALLOCATIONS_MAX];
	unsigned int taken_count;
	struct efi_kept *kept;			/* by efi_keep() */
	EFI_GUID *tables[STUB_TABLES_MAX];	/* that we installed */
	unsigned int table_count;
	EFI_EVENT timer;			/* of efi_watch() */
	const char *phase_said;			/* by it */
	struct efi_team *team;			/* other processors; efi_processors.c */
};

/* The firmware's memory map, in memory that outlives the firmware. */
struct efi_map {
	unsigned char *buffer;
	UINTN capacity, size;			/* bytes */
	UINTN key;
	UINTN descriptor_size;
	UINT32 descriptor_version;
};

/* --- efi_memory.c --- */

/**
 * efi_allocate() - take pages, and remember that we did
 * @efi: the firmware
 * @how: AllocateAnyPages, or AllocateAddress or AllocateMaxAddress with *@addr
 * @type: EfiLoaderCode for what is executed, else EfiLoaderData
 * @size: bytes, at least 1; a size that cannot be is refused by the firmware
 * @addr: where they are
 *
 * returns: what AllocatePages() returns
 */
EFI_STATUS efi_allocate(struct efi *efi, EFI_ALLOCATE_TYPE how, EFI_MEMORY_TYPE type,
			uint64_t size, EFI_PHYSICAL_ADDRESS *addr);

/**
 * efi_release_all() - give back everything that efi_allocate() took
 * @efi: the firmware
 */
void efi_release_all(struct efi *efi);

/**
 * efi_allocate_map() - room for the memory map and some growth
 * @efi: the firmware
 * @ret: an empty map
 *
 * returns: what GetMemoryMap() or AllocatePages() returns
 */
EFI_STATUS efi_allocate_map(struct efi *efi, struct efi_map *ret);

/**
 * efi_read_map() - read the memory map; allocates nothing
 * @efi: the firmware
 * @map: with its buffer; after success or EFI_BUFFER_TOO_SMALL descriptor_size is at least that of
 *	EFI_MEMORY_DESCRIPTOR
 *
 * returns: what GetMemoryMap() returns; EFI_DEVICE_ERROR: the size of the map or of its descriptors
 * is invalid
 */
EFI_STATUS efi_read_map(struct efi *efi, struct efi_map *map);

/**
 * efi_map_count() - entries of a map
 * @map: as read
 *
 * returns: how many descriptors it has
 */
size_t efi_map_count(const struct efi_map *map);

/**
 * efi_map_entry() - one entry of a map
 * @map: as read
 * @index: 0 to efi_map_count() - 1
 *
 * returns: the descriptor, in the map
 */
const EFI_MEMORY_DESCRIPTOR *efi_map_entry(const struct efi_map *map, size_t index);

/**
 * efi_choose_memory() - step 2: take memory for the kernel
 * @boot: memory is set
 * @request: what the kernel wants
 *
 * A place at random, the lowest if it is not to be random.
 *
 * returns: false if it fits nowhere
 */
bool efi_choose_memory(struct boot *boot, const struct bzb_memory_request *request);

/**
 * efi_allocate_initrd() - room for an initrd, where the kernel can reach it
 * @boot: load is used
 * @size: bytes
 * @addr: where it is
 *
 * returns: what AllocatePages() returns
 */
EFI_STATUS efi_allocate_initrd(struct boot *boot, uint64_t size, EFI_PHYSICAL_ADDRESS *addr);

/* --- efi_attributes.c --- */

/**
 * efi_find_attributes() - find the protocol for what memory may be used for
 * @efi: attribute is set
 */
void efi_find_attributes(struct efi *efi);

/**
 * efi_note_attributes() - keep in mind how the firmware has mapped an allocation
 * @efi: the firmware
 * @pages: attributes is set
 */
void efi_note_attributes(struct efi *efi, struct efi_allocation *pages);

/**
 * efi_restore_attributes() - map an allocation as it was
 * @efi: the firmware
 * @pages: about to be given back
 *
 * The firmware's allocator writes to what it gets back, and hands it out again, also for code.
 */
void efi_restore_attributes(struct efi *efi, const struct efi_allocation *pages);

/**
 * efi_make_executable() - let code run that we have put into memory
 * @boot: the firmware
 * @code: whole pages; they cannot be written to from now on, if the firmware can do that
 *
 * returns: false if the firmware refuses by EFI_MEMORY_ATTRIBUTE_PROTOCOL; true where it has none
 */
bool efi_make_executable(struct boot *boot, struct bzb_range code);

/**
 * efi_allow_code() - let the kernel's code run
 * @boot: the kernel at memory
 *
 * returns: STUB_OK, or why not
 */
enum stub_error efi_allow_code(struct boot *boot);

/* --- efi_unaccepted.c --- */

/**
 * efi_prepare_unaccepted() - memory of a confidential guest that has not been accepted yet
 * @boot: the kernel at memory
 * @map: as read
 *
 * A kernel that knows of it gets a table for it, and the firmware is told to leave it alone; for
 * any other the firmware accepts all of it when it is left.
 *
 * returns: what AllocatePages() or InstallConfigurationTable() returns; EFI_UNSUPPORTED: there is
 * a table already, of a version that we do not know
 */
EFI_STATUS efi_prepare_unaccepted(struct boot *boot, const struct efi_map *map);

/**
 * efi_mark_unaccepted() - put a range into that table
 * @efi: the firmware, which may have been left
 * @range: from the last memory map; reduced to the part that the table can describe, which may
 *	be empty; the rest stays unused
 */
void efi_mark_unaccepted(struct efi *efi, struct bzb_range *range);

/* --- efi_cmdline.c, efi_initrd.c, efi_graphics.c, efi_tables.c, efi_secure_boot.c --- */

/**
 * efi_read_cmdline() - the loader's command line, else the packed one; only that if it is decided
 * @boot: load and params are used, cmdline is set
 *
 * returns: STUB_OK, or why not
 */
enum stub_error efi_read_cmdline(struct boot *boot);

/**
 * efi_set_initrd() - the initrd: by LoadFile2, else "initrd=", else in boot_params, else the packed
 * one, else none; the packed one and no other if that is decided
 * @boot: params is changed
 *
 * "initrd=" of the packed command line is ignored if an initrd is packed, with one line.
 *
 * returns: STUB_OK, or why not; a loader that offers an initrd and then fails
 * to deliver it is an error
 */
enum stub_error efi_set_initrd(struct boot *boot);

/**
 * efi_load_named_initrds() - the files that "initrd=" names
 * @boot: cmdline is used
 * @ret: where they are; stays as it is if there are none
 *
 * Several become one, in the order of the command line. Where we do not come from
 * a volume that has files, the words are left to the program that defines them: QEMU writes
 * one though it offers its initrd otherwise.
 *
 * returns: STUB_OK, also if there are none; or why not
 */
enum stub_error efi_load_named_initrds(struct boot *boot, struct bzb_range *ret);

/**
 * efi_set_screen() - the graphics mode that is on, and what the monitor says of itself
 * @boot: params->screen_info and edid_info are changed; zeros if there is no frame buffer
 */
void efi_set_screen(struct boot *boot);

/**
 * efi_find_table() - a configuration table
 * @efi: the firmware
 * @guid: its name
 *
 * returns: the table, or NULL
 */
void *efi_find_table(const struct efi *efi, const EFI_GUID *guid);

/**
 * efi_set_rsdp() - where the ACPI tables are
 * @boot: params->acpi_rsdp_addr is changed, if there are any
 */
void efi_set_rsdp(struct boot *boot);

/**
 * efi_is_decided() - whether only what is packed counts
 * @boot: load is used
 * @flag: BZB_MANIFEST_CMDLINE_DECIDED or BZB_MANIFEST_INITRD_DECIDED
 *
 * The firmware tells whether Secure Boot is on: boot_params are the loader's. If it fails to, Secure
 * Boot counts as on.
 *
 * returns: true if it is packed so and Secure Boot is on
 */
bool efi_is_decided(const struct boot *boot, unsigned int flag);

/**
 * efi_set_secure_boot() - whether Secure Boot is on
 * @boot: params->secure_boot is changed, unless the loader has set it
 */
void efi_set_secure_boot(struct boot *boot);

/* --- efi_random.c --- */

/**
 * efi_random() - a seed from the firmware
 * @boot: the firmware; options are changed where physical addresses must not be random
 * @seed: set, if there is one
 *
 * returns: whether there is one
 */
bool efi_random(struct boot *boot, struct seed *seed);

/**
 * efi_stir_clocks() - stir_clocks() of struct platform
 * @boot: the firmware
 * @seed: changed
 */
void efi_stir_clocks(struct boot *boot, struct seed *seed);

/* --- efi_processors.c --- */

/**
 * efi_share_work() - step 3 on all processors: share_work() of struct platform
 * @boot: the firmware
 * @work: what to do
 * @workspace: for this processor
 *
 * At most options.others_max others help, none with nosmp, and no more than there are tasks
 * besides this processor's; without others this one does it all. Tasks that one of them took and
 * did not finish are left to the caller. It prints how many did not answer, and does not return if
 * one of them may still run the work.
 */
void efi_share_work(struct boot *boot, struct work *work, void *workspace);

/**
 * efi_release_processors() - for a boot that failed: give back what efi_share_work() took
 * @efi: the firmware
 */
void efi_release_processors(struct efi *efi);

/* --- efi_shim.c --- */

/**
 * efi_answer_shim() - have shim let us leave the firmware, if it has started us
 * @efi: the firmware
 */
void efi_answer_shim(struct efi *efi);

/* --- efi_leave.c --- */

/**
 * efi_finish_and_leave() - steps 5 and 6: boot_params, and out of the firmware
 * @boot: params is set
 *
 * When it succeeds, no firmware service is to be called any more.
 *
 * returns: STUB_OK, or why not
 */
enum stub_error efi_finish_and_leave(struct boot *boot);

#endif
