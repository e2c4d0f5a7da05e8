/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What else Linux's own stub does before it leaves the firmware. None of it is
 * needed to boot: where the firmware has it not, or refuses, the kernel does
 * without.
 */
#ifndef STUB_EFI_SERVICES_H
#define STUB_EFI_SERVICES_H

#include "efi_boot.h"

/**
 * efi_run_services() - all of the following, in Linux's order
 * @boot: params is changed
 */
void efi_run_services(struct boot *boot);

/* --- efi_tables.c: memory and tables that the kernel finds --- */

/**
 * efi_keep() - take pool memory that the kernel will read
 * @efi: the firmware; remembers it
 * @type: EfiACPIReclaimMemory for what the kernel after the next one still reads
 * @size: bytes
 *
 * returns: 8-aligned, cleared; NULL if there is none
 */
void *efi_keep(struct efi *efi, EFI_MEMORY_TYPE type, uint64_t size);

/**
 * efi_install_table() - add a configuration table, or replace it
 * @efi: the firmware; remembers it
 * @guid: of the table; stays
 * @table: from efi_keep(), or efi_allocate()
 *
 * returns: whether it is there now
 */
bool efi_install_table(struct efi *efi, EFI_GUID *guid, void *table);

/**
 * efi_take_back() - no tables of ours, and no memory from efi_keep()
 * @efi: the firmware
 */
void efi_take_back(struct efi *efi);

/**
 * efi_add_setup_data() - give the kernel a node of setup_data
 * @boot: params is changed
 * @node: from efi_keep()
 * @type: BZB_SETUP_*
 * @size: bytes, with the head; no more than UINT32_MAX
 */
void efi_add_setup_data(struct boot *boot, struct bzb_setup_data *node, uint32_t type,
			uint64_t size);

/* --- efi_random.c --- */

/**
 * efi_install_seed() - random numbers for the kernel's own generator
 * @boot: the firmware
 *
 * From EFI_RNG_PROTOCOL and from the variable RandomSeed, which is deleted, with
 * those that a boot loader left after them; these are wiped.
 */
void efi_install_seed(struct boot *boot);

/* --- efi_tpm.c --- */

/**
 * efi_request_overwrite() - have memory cleared if the machine is reset
 * @boot: the firmware
 */
void efi_request_overwrite(struct boot *boot);

/**
 * efi_install_event_log() - what has been measured, for the kernel
 * @boot: the firmware
 */
void efi_install_event_log(struct boot *boot);

/* --- efi_measure.c --- */

enum efi_measured { STUB_MEASURED_INITRD, STUB_MEASURED_LOAD_OPTIONS };

/**
 * efi_measure() - measure into PCR 9, as Linux does
 * @efi: the firmware
 * @what: decides what the log says
 * @data: to be hashed
 */
void efi_measure(struct efi *efi, enum efi_measured what, struct bzb_span data);

/* --- efi_pci.c --- */

/**
 * efi_keep_option_roms() - copy PCI option ROMs to setup_data
 * @boot: params is changed
 *
 * Graphics cards there are whose drivers want the ROM that the firmware has seen.
 */
void efi_keep_option_roms(struct boot *boot);

/**
 * efi_stop_dma() - take bus mastering from PCI bridges, if the options say so
 * @boot: the firmware
 */
void efi_stop_dma(struct boot *boot);

/* --- efi_apple.c --- */

/**
 * efi_set_up_apple() - what Apple's firmware wants to know, and what it knows
 * @boot: params is changed
 */
void efi_set_up_apple(struct boot *boot);

/* --- efi_time.c --- */

/**
 * efi_ticks_per_ms() - measure the time stamp counter
 * @boot: the firmware
 *
 * returns: by how much it grows in a millisecond
 */
uint64_t efi_ticks_per_ms(struct boot *boot);

/**
 * efi_watch() - from now on keep the watchdog quiet, and say after two seconds of silence what
 * we are doing
 * @boot: phase and options are used until efi_stop_watching()
 */
void efi_watch(struct boot *boot);

/**
 * efi_stop_watching() - undo efi_watch()
 * @efi: the firmware
 */
void efi_stop_watching(struct efi *efi);

/**
 * efi_stop_watchdog() - turn the watchdog off for the program that goes on if the boot fails
 * @efi: the firmware
 */
void efi_stop_watchdog(struct efi *efi);

/**
 * efi_tell_times() - variables of the Boot Loader Interface, for systemd-analyze and bootctl
 * @boot: clock is used
 */
void efi_tell_times(struct boot *boot);

#endif
