/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Other services of Linux's own stub, before it leaves the firmware. None of them is
 * needed to boot: if the firmware does not support one, or refuses it, the kernel
 * boots without.
 */
#ifndef STUB_EFI_SERVICES_H
#define STUB_EFI_SERVICES_H

#include "efi_boot.h"

/**
 * efi_run_services() - run all of the services below, in Linux's order
 * @boot: params is changed
 */
void efi_run_services(struct boot *boot);

/* --- efi_tables.c: memory and tables that the kernel reads --- */

/**
 * efi_keep() - allocate pool memory that the kernel will read
 * @efi: the firmware; notes it for efi_take_back()
 * @type: EfiACPIReclaimMemory for data that a kernel after a kexec reads, too
 * @size: bytes
 *
 * returns: 8-aligned, cleared memory; NULL if there is none
 */
void *efi_keep(struct efi *efi, EFI_MEMORY_TYPE type, uint64_t size);

/**
 * efi_install_table() - add a configuration table, or replace it
 * @efi: the firmware; notes it for efi_take_back()
 * @guid: of the table; must stay valid
 * @table: from efi_keep() or efi_allocate()
 *
 * returns: true if it is installed
 */
bool efi_install_table(struct efi *efi, EFI_GUID *guid, void *table);

/**
 * efi_take_back() - remove the tables of efi_install_table(), and free the memory of efi_keep()
 * @efi: the firmware
 */
void efi_take_back(struct efi *efi);

/**
 * efi_add_setup_data() - add a node to setup_data
 * @boot: params is changed
 * @node: from efi_keep()
 * @type: BZB_SETUP_*
 * @size: bytes, with the head; no more than UINT32_MAX
 */
void efi_add_setup_data(struct boot *boot, struct bzb_setup_data *node, uint32_t type,
			uint64_t size);

/* --- efi_device_tree.c --- */

/**
 * efi_install_device_tree() - install a device tree for the kernel, in place of the firmware's
 * @efi: the firmware
 * @tree: is copied, and completed by the firmware, if it does that (EFI_DT_FIXUP_PROTOCOL)
 *
 * returns: false if it is not installed; then the tree is the one before
 */
bool efi_install_device_tree(struct efi *efi, struct bzb_span tree);

/**
 * efi_restore_device_tree() - install the firmware's device tree again, if there is another one
 * @efi: the firmware
 */
void efi_restore_device_tree(struct efi *efi);

/* --- efi_random.c --- */

/**
 * efi_earlier_seed() - find the random numbers that a boot loader has installed
 * @efi: the firmware
 *
 * returns: at most 512 bytes; NULL if there are none, or if a table is longer
 */
struct linux_seed_table *efi_earlier_seed(const struct efi *efi);

/**
 * efi_install_seed() - install random numbers for the kernel's own generator
 * @boot: the firmware
 *
 * They come from EFI_RNG_PROTOCOL, from the variable RandomSeed, which is deleted, and from
 * efi->seed. The numbers of a boot loader are appended and wiped in their old place.
 */
void efi_install_seed(struct boot *boot);

/* --- efi_tpm.c --- */

/**
 * efi_request_overwrite() - request that memory is cleared if the machine is reset
 * @boot: the firmware
 */
void efi_request_overwrite(struct boot *boot);

/**
 * efi_install_event_log() - install a copy of the measurement log for the kernel
 * @boot: the firmware
 */
void efi_install_event_log(struct boot *boot);

/* --- efi_measure.c --- */

enum efi_measured { STUB_MEASURED_INITRD, STUB_MEASURED_LOAD_OPTIONS };

/**
 * efi_measure() - measure into PCR 9, as in Linux
 * @efi: the firmware
 * @what: the kind of data, for the log
 * @data: to be hashed
 */
void efi_measure(struct efi *efi, enum efi_measured what, struct bzb_span data);

/* TCG PC Client Platform Firmware Profile 1.05, 10.4.1: types of events */
enum { STUB_EVENT_TAG = 6, STUB_IPL = 13 };

/* The start of the data of a STUB_EVENT_TAG in the log (10.4.2.1 TCG_PCClientTaggedEvent) */
struct tagged_event {
	UINT32 id;
	UINT32 size; /* of what follows */
} __attribute__((packed));

/* A measurement: what is hashed, and what the log says about it. */
struct efi_event {
	UINT32 index; /* of a PCR, or of a measurement register */
	UINT32 type;
	struct bzb_span logged;
	struct bzb_span hashed;
};

/**
 * efi_find_tpm() - find the protocol of a TPM
 * @efi: the firmware
 *
 * returns: the protocol; NULL if there is none
 */
struct tcg_protocol *efi_find_tpm(struct efi *efi);

/**
 * efi_find_guest_tpm() - find its equivalent in a confidential guest
 * @efi: the firmware
 *
 * It has measurement registers in place of PCRs, and map_pcr_to_mr_index().
 *
 * returns: the protocol; NULL if there is none
 */
struct tcg_protocol *efi_find_guest_tpm(struct efi *efi);

/**
 * efi_extend() - measure
 * @efi: the firmware
 * @tcg: a protocol that does it
 * @event: the measurement
 *
 * returns: whether it is measured
 */
bool efi_extend(struct efi *efi, struct tcg_protocol *tcg, const struct efi_event *event);

/* --- efi_pci.c --- */

/**
 * efi_keep_option_roms() - copy PCI option ROMs to setup_data
 * @boot: params is changed
 *
 * The drivers of some graphics cards need the ROM as the firmware has read it.
 */
void efi_keep_option_roms(struct boot *boot);

/**
 * efi_stop_dma() - disable bus mastering of PCI bridges, if the options say so
 * @boot: the firmware
 */
void efi_stop_dma(struct boot *boot);

/* --- efi_apple.c --- */

/**
 * efi_set_up_apple() - name the operating system to Apple's firmware, and copy its properties
 * @boot: params is changed
 */
void efi_set_up_apple(struct boot *boot);

/* --- efi_time.c --- */

/**
 * efi_ticks_per_ms() - measure the time stamp counter
 * @boot: the firmware
 *
 * returns: ticks in a millisecond
 */
uint64_t efi_ticks_per_ms(struct boot *boot);

/**
 * efi_watch() - start to reset the watchdog, and to print the phase every two seconds if it changed
 * @boot: phase and options are used until efi_stop_watching()
 */
void efi_watch(struct boot *boot);

/**
 * efi_stop_watching() - undo efi_watch()
 * @efi: the firmware
 */
void efi_stop_watching(struct efi *efi);

/**
 * efi_stop_watchdog() - turn the watchdog off for the program that continues if the boot fails
 * @efi: the firmware
 */
void efi_stop_watchdog(struct efi *efi);

/**
 * efi_set_variable() - set a variable of the Boot Loader Interface, which is gone after a reset
 * @efi: the firmware
 * @name: of the variable
 * @value: of it
 * @size: bytes of @value
 *
 * A variable that an earlier loader has set is not changed.
 */
void efi_set_variable(struct efi *efi, CHAR16 *name, const void *value, UINTN size);

/* Of these variables. */
#define STUB_VARIABLE_ATTRIBUTES (EFI_VARIABLE_BOOTSERVICE_ACCESS | EFI_VARIABLE_RUNTIME_ACCESS)

/* The value of StubInfo. */
#define STUB_INFO L"bzboot " BZBOOT_VERSION

/**
 * efi_tell_times() - set variables of the Boot Loader Interface, for systemd-analyze and bootctl
 * @boot: clock is used
 */
void efi_tell_times(struct boot *boot);

#endif
