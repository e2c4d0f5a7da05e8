/* SPDX-License-Identifier: BSD-2-Clause */
/* The parts of the stub that use 64-bit EFI firmware. */
#ifndef STUB_EFI_BOOT_H
#define STUB_EFI_BOOT_H

#include "boot.h"
#include "efi.h"

/* The allocations of one boot: boot_params, command line, initrd, kernel, maps that grew. */
#define STUB_ALLOCATIONS_MAX 16

/* Configuration tables that we install. */
#define STUB_TABLES_MAX 4

struct efi_allocation {
	EFI_PHYSICAL_ADDRESS addr;
	UINTN pages;
	UINT64 attributes; /* of its first page, before any change */
};

struct efi {
	EFI_HANDLE handle; /* of our image */
	EFI_SYSTEM_TABLE *st;
	EFI_BOOT_SERVICES *bs;
	EFI_LOADED_IMAGE *image;
	struct efi_memory_attribute *attribute; /* NULL: the firmware does not have it */
	struct efi_unaccepted *unaccepted;	/* the table in use; NULL: none */
	struct efi_allocation taken[STUB_ALLOCATIONS_MAX];
	unsigned int taken_count;
	struct efi_kept *kept;		   /* by efi_keep() */
	EFI_GUID *tables[STUB_TABLES_MAX]; /* that we installed */
	unsigned int table_count;
	EFI_EVENT timer;	/* of efi_watch() */
	const char *phase_said; /* the phase that efi_watch() printed last */
	struct efi_team *team;	/* other processors; efi_processors.c */
	struct {
		UINT8 bits[32];
		UINT32 size; /* bytes; 0: there are none */
	} seed;		     /* more random numbers for the kernel; stub/uki/ */
	struct uki *uki;     /* stub/uki/; NULL: not a unified kernel image */
#if KERNEL_IS_APPLICATION
	EFI_STATUS returned; /* by the kernel: STUB_RETURNED */
#endif
};

/* The firmware's memory map, in memory that stays valid after the firmware is left. */
struct efi_map {
	unsigned char *buffer;
	UINTN capacity, size; /* bytes */
	UINTN key;
	UINTN descriptor_size;
	UINT32 descriptor_version;
};

/* --- efi_memory.c --- */

/**
 * efi_allocate() - allocate pages, for efi_release_all() to free
 * @efi: the firmware
 * @how: AllocateAnyPages, or AllocateAddress or AllocateMaxAddress with *@addr
 * @type: EfiLoaderCode for code, else EfiLoaderData
 * @size: bytes, at least 1; the firmware refuses an impossible size
 * @addr: the address of the pages
 *
 * returns: the status of AllocatePages()
 */
EFI_STATUS efi_allocate(struct efi *efi, EFI_ALLOCATE_TYPE how, EFI_MEMORY_TYPE type, uint64_t size,
			EFI_PHYSICAL_ADDRESS *addr);

/**
 * efi_release_all() - free all pages from efi_allocate()
 * @efi: the firmware
 */
void efi_release_all(struct efi *efi);

/**
 * efi_allocate_map() - allocate space for the memory map and some growth
 * @efi: the firmware
 * @ret: an empty map
 *
 * returns: the status of GetMemoryMap() or AllocatePages()
 */
EFI_STATUS efi_allocate_map(struct efi *efi, struct efi_map *ret);

/**
 * efi_read_map() - read the memory map; allocates nothing
 * @efi: the firmware
 * @map: with its buffer; after success or EFI_BUFFER_TOO_SMALL descriptor_size is at least that of
 *	EFI_MEMORY_DESCRIPTOR
 *
 * returns: the status of GetMemoryMap(); EFI_DEVICE_ERROR: the size of the map or of its
 * descriptors is invalid
 */
EFI_STATUS efi_read_map(struct efi *efi, struct efi_map *map);

/**
 * efi_map_count() - count the entries of a map
 * @map: as read
 *
 * returns: the number of descriptors
 */
size_t efi_map_count(const struct efi_map *map);

/**
 * efi_map_entry() - get an entry of a map
 * @map: as read
 * @index: 0 to efi_map_count() - 1
 *
 * returns: the descriptor, in the map
 */
const EFI_MEMORY_DESCRIPTOR *efi_map_entry(const struct efi_map *map, size_t index);

/**
 * efi_choose_memory() - step 2: allocate memory for the kernel
 * @boot: memory is set
 * @request: of the kernel
 *
 * The place is random, or the lowest one if it must not be random.
 *
 * returns: false if the request fits nowhere
 */
bool efi_choose_memory(struct boot *boot, const struct bzb_memory_request *request);

/**
 * efi_allocate_initrd() - allocate space for an initrd, below the kernel's limit
 * @boot: load is used
 * @size: bytes
 * @addr: the address of the space
 *
 * returns: the status of AllocatePages()
 */
EFI_STATUS efi_allocate_initrd(struct boot *boot, uint64_t size, EFI_PHYSICAL_ADDRESS *addr);

/* --- efi_attributes.c --- */

/**
 * efi_find_attributes() - find the protocol for memory attributes
 * @efi: attribute is set
 */
void efi_find_attributes(struct efi *efi);

/**
 * efi_note_attributes() - store the attributes of an allocation
 * @efi: the firmware
 * @pages: attributes is set
 */
void efi_note_attributes(struct efi *efi, struct efi_allocation *pages);

/**
 * efi_restore_attributes() - restore the attributes of an allocation
 * @efi: the firmware
 * @pages: about to be freed
 *
 * The firmware's allocator writes to freed pages and allocates them again, also for code.
 */
void efi_restore_attributes(struct efi *efi, const struct efi_allocation *pages);

/**
 * efi_make_executable() - make code in memory executable
 * @boot: the firmware
 * @code: whole pages; read-only from now on, if the firmware supports that
 *
 * returns: false if EFI_MEMORY_ATTRIBUTE_PROTOCOL fails; true if the firmware does not have it
 */
bool efi_make_executable(struct boot *boot, struct bzb_range code);

/**
 * efi_allow_code() - make the kernel's code executable
 * @boot: the kernel is at memory
 *
 * returns: STUB_OK or an error
 */
enum stub_error efi_allow_code(struct boot *boot);

/* --- efi_unaccepted.c --- */

/**
 * efi_prepare_unaccepted() - prepare for memory of a confidential guest that is not accepted yet
 * @boot: the kernel is at memory
 * @map: as read
 *
 * If the kernel supports such memory, a table for it is installed, and the firmware is told not to
 * accept the memory. Otherwise the firmware accepts all of it when it is left.
 *
 * returns: the status of AllocatePages() or InstallConfigurationTable(); EFI_UNSUPPORTED: there is
 * a table already, of an unknown version
 */
EFI_STATUS efi_prepare_unaccepted(struct boot *boot, const struct efi_map *map);

/**
 * efi_mark_unaccepted() - mark a range in that table
 * @efi: the firmware; may have been left
 * @range: from the last memory map; reduced to the part that the table can describe, which may
 *	be empty; the rest stays unused
 */
void efi_mark_unaccepted(struct efi *efi, struct bzb_range *range);

/* --- efi_cmdline.c, efi_initrd.c, efi_graphics.c, efi_tables.c, efi_secure_boot.c --- */

/**
 * efi_read_cmdline() - get the loader's command line, else the packed one
 * @boot: load and params are used, cmdline is set
 *
 * If the packed one is decided, it is the only one.
 *
 * returns: STUB_OK or an error
 */
enum stub_error efi_read_cmdline(struct boot *boot);

/**
 * efi_arguments() - get the part of LoadOptions that is a command line
 * @efi: image is used
 *
 * returns: UTF-16, if it is text; empty if there are none
 */
struct bzb_span efi_arguments(const struct efi *efi);

/**
 * efi_set_initrd() - find the initrd and fill it in
 * @boot: params is changed
 *
 * It comes from LoadFile2, else from "initrd=", else from boot_params, else from the image.
 * If the packed one is decided, it is the only one. If an initrd is packed, "initrd=" of the packed
 * command line is ignored, and a line is printed.
 *
 * returns: STUB_OK or an error; it is an error if a loader offers an initrd and fails to load it
 */
enum stub_error efi_set_initrd(struct boot *boot);

/**
 * efi_load_initrd() - load the initrd that the loader offers by LoadFile2, else by "initrd="
 * @boot: cmdline is used; params is changed if the image's initrd is decided: all others are
 *	removed
 * @both_packed: command line and initrd are the image's: "initrd=" is ignored, and a line is
 *	printed
 * @ret: untouched if there is none
 * @ret_own: whether the image's may be used, too; false with "noinitrd"; set on success
 *
 * If the image's initrd is decided, no other is loaded; if there is one, a line is printed.
 *
 * returns: STUB_OK or an error; it is an error if a loader offers an initrd and fails to load it
 */
enum stub_error efi_load_initrd(struct boot *boot, bool both_packed, struct bzb_range *ret,
				bool *ret_own);

/**
 * efi_use_initrd() - fill in an initrd that is not in the image, measure it, and tell the kernel
 * @boot: params is changed
 * @initrd: from efi_allocate_initrd()
 */
void efi_use_initrd(struct boot *boot, struct bzb_range initrd);

/* The device path by which a loader offers an initrd: one vendor node and the end. */
struct efi_initrd_path {
	VENDOR_DEVICE_PATH vendor;
	EFI_DEVICE_PATH end;
} __attribute__((packed));

#pragma GCC visibility push(hidden)
extern const struct efi_initrd_path efi_initrd_path;
#pragma GCC visibility pop

/**
 * efi_open_volume() - open the volume that our image was loaded from
 * @efi: the firmware
 *
 * returns: its root folder, for the caller to close; NULL if it has no files
 */
EFI_FILE_HANDLE efi_open_volume(struct efi *efi);

/**
 * efi_read_file() - read a file from its position on
 * @boot: options are used
 * @file: open
 * @to: @size bytes
 * @size: bytes that the file has
 *
 * returns: false if it cannot be read, or has fewer bytes
 */
bool efi_read_file(const struct boot *boot, EFI_FILE_HANDLE file, unsigned char *to, uint64_t size);

/**
 * efi_load_named_initrds() - load the files that "initrd=" names
 * @boot: cmdline is used
 * @ret: the loaded files; untouched if there are none
 *
 * Several files are joined in the order of the command line. If the image was not loaded from a
 * volume with files, "initrd=" is ignored: QEMU writes one, but offers its initrd in another way.
 *
 * returns: STUB_OK, also if there are none, or an error
 */
enum stub_error efi_load_named_initrds(struct boot *boot, struct bzb_range *ret);

/**
 * efi_set_screen() - fill in the graphics mode, and the monitor's EDID
 * @boot: params->screen_info and edid_info are changed; zeros if there is no frame buffer
 */
void efi_set_screen(struct boot *boot);

/**
 * efi_find_table() - find a configuration table
 * @efi: the firmware
 * @guid: of the table
 *
 * returns: the table, or NULL
 */
void *efi_find_table(const struct efi *efi, const EFI_GUID *guid);

/**
 * efi_set_rsdp() - fill in the address of the ACPI tables
 * @boot: params->acpi_rsdp_addr is changed
 */
void efi_set_rsdp(struct boot *boot);

/**
 * efi_secure_boot_is_on() - check whether the variable SecureBoot is 1, and nothing else
 * @efi: the firmware
 *
 * returns: false also if it cannot be read
 */
bool efi_secure_boot_is_on(const struct efi *efi);

/**
 * efi_is_secure() - check whether Secure Boot may be on
 * @boot: of EFI
 *
 * returns: false if it is off, or its owner has turned off verification in shim
 */
bool efi_is_secure(const struct boot *boot);

/**
 * efi_is_decided() - check whether only the packed command line or initrd may be used
 * @boot: load is used
 * @flag: BZB_MANIFEST_CMDLINE_DECIDED or BZB_MANIFEST_INITRD_DECIDED
 *
 * The state of Secure Boot is read from the firmware, because boot_params are the loader's. If that
 * fails, Secure Boot counts as on.
 *
 * returns: true if the image has @flag and Secure Boot is on
 */
bool efi_is_decided(const struct boot *boot, unsigned int flag);

/**
 * efi_set_secure_boot() - fill in whether Secure Boot is on
 * @boot: params->secure_boot is changed, unless the loader has set it
 */
void efi_set_secure_boot(struct boot *boot);

/* --- efi_random.c --- */

/**
 * efi_random() - get a seed from the firmware
 * @boot: the firmware; options are changed if the physical address must not be random
 * @seed: set on success
 *
 * returns: false if there is none
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
 * @work: to be done
 * @workspace: for this processor
 *
 * Other processors help: at most options.others_max, none with nosmp, and at most one for each task
 * but the first. Tasks that a helper took and did not finish are left to the caller. It prints the
 * number of helpers that did not answer, and does not return if one may still run the work.
 */
void efi_share_work(struct boot *boot, struct work *work, void *workspace);

/**
 * efi_release_processors() - free the memory of efi_share_work(), after a boot that failed
 * @efi: the firmware
 */
void efi_release_processors(struct efi *efi);

/* --- efi_shim.c --- */

/**
 * efi_answer_shim() - make shim allow ExitBootServices(), if it has started us
 * @efi: the firmware
 */
void efi_answer_shim(struct efi *efi);

/* --- efi_leave.c --- */

/**
 * efi_finish_and_leave() - steps 5 and 6: make boot_params, and leave the firmware
 * @boot: params is set
 *
 * On success, firmware services must not be called any more.
 *
 * returns: STUB_OK or an error
 */
enum stub_error efi_finish_and_leave(struct boot *boot);

#endif
