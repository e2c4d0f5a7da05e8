/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The stub of a unified kernel image does more, as systemd-stub does it (UAPI group, "Unified
 * Kernel Image", "Linux TPM PCR Registry"; systemd-stub(7)). One struct uki is the state of a boot:
 * the modules of this room fill in its places.
 */
#ifndef STUB_UKI_BOOT_H
#define STUB_UKI_BOOT_H

#include <bzboot/uki.h>

#include "efi/efi_services.h"

/* The parts of the joined initrd, in its order: of files of the same name, the kernel uses the
 * last, but of microcode the first. */
enum uki_place {
	UKI_ADDON_UCODE, /* several parts are in one place, each padded to UKI_ALIGNMENT */
	UKI_UCODE,
	UKI_LOADER,
	UKI_INITRD,
	UKI_CREDENTIALS,
	UKI_GLOBAL_CREDENTIALS,
	UKI_SYSEXTS,
	UKI_GLOBAL_SYSEXTS,
	UKI_CONFEXTS,
	UKI_GLOBAL_CONFEXTS,
	UKI_PCRSIG,
	UKI_PCRPKEY,
	UKI_OSREL,
	UKI_PROFILE,
	UKI_ADDON_INITRD,
	UKI_PLACES
};

/* Linux reads an uncompressed archive only at a multiple of this; zeros are between them. */
#define UKI_ALIGNMENT 4u

/* The things that are measured. For each of them, a variable names the PCR to the operating system,
 * if every event succeeded. */
enum uki_measured {
	UKI_OF_IMAGE,	   /* PCR 11: sections */
	UKI_OF_PARAMETERS, /* PCR 12: profile, command lines, credentials */
	UKI_OF_SYSEXTS,	   /* PCR 13 */
	UKI_OF_CONFEXTS,   /* PCR 12 */
	UKI_MEASURED
};

/* Bits of StubFeatures (systemd's efivars-fundamental.h), for what this stub does. */
enum {
	UKI_FEATURE_LOADER_PARTITION = 1 << 0,
	UKI_FEATURE_CREDENTIALS = 1 << 1,
	UKI_FEATURE_SYSEXTS = 1 << 2,
	UKI_FEATURE_PCRS = 1 << 3,
	UKI_FEATURE_RANDOM_SEED = 1 << 4,
	UKI_FEATURE_ADDONS = 1 << 5,
	UKI_FEATURE_SMBIOS = 1 << 6,
	UKI_FEATURE_ADDON_TREES = KERNEL_IS_APPLICATION << 7,
	UKI_FEATURE_CONFEXTS = 1 << 8,
	UKI_FEATURE_PROFILES = 1 << 9,
	UKI_FEATURE_STUB_PARTITION = 1 << 10,
};

struct uki {
	uint32_t profile;
	struct bzb_uki image;		     /* in memory, with the profile */
	struct bzb_span arguments;	     /* the loader's command line, UTF-16 */
	struct bzb_span cmdline;	     /* UTF-8, with a NUL that size does not count */
	bool is_own_cmdline;		     /* it begins with .cmdline */
	struct bzb_span initrds[UKI_PLACES]; /* in memory that stays until the boot has failed */
	struct uki_part *addon_ucode, *addon_initrd; /* uki_addons.c */
#if KERNEL_IS_APPLICATION
	struct uki_part *addon_trees;
#endif
	bool is_initrd_wanted;		  /* the loader does not say "noinitrd" */
	struct tcg_protocol *tpm, *guest; /* that measure; NULL: there is none */
	struct {
		bool tried, failed;
	} measured[UKI_MEASURED];
};

/* --- uki_steps.c --- */

/**
 * uki_section() - get the bytes of a section
 * @uki: image is used
 * @name: of the section
 *
 * returns: in the image; empty if there is none
 */
struct bzb_span uki_section(const struct uki *uki, enum bzb_uki_name name);

/* --- uki_measure.c --- */

/**
 * uki_measure() - measure data into a PCR of the operating system, as EV_IPL
 * @boot: the firmware; uki->measured is changed
 * @what: the kind of data, which has a PCR
 * @text: for the event log: UTF-16, NUL-terminated
 * @data: to be hashed
 *
 * It goes to the TPM and to the registers of a confidential guest, if there are both.
 */
void uki_measure(struct boot *boot, enum uki_measured what, const CHAR16 *text,
		 struct bzb_span data);

/**
 * uki_measure_tagged() - the same, as EV_EVENT_TAG
 * @boot: the firmware; uki->measured is changed
 * @what: the kind of data, which has a PCR
 * @id: of the event
 * @text: for the event log: UTF-16, NUL-terminated
 * @data: to be hashed
 */
void uki_measure_tagged(struct boot *boot, enum uki_measured what, UINT32 id, const CHAR16 *text,
			struct bzb_span data);

/**
 * uki_tell_pcrs() - name the PCRs to the operating system, by variables
 * @boot: uki->measured is used
 *
 * A variable is set only if something was measured, and all of it; it is deleted if something
 * failed.
 *
 * returns: STUB_OK
 */
enum stub_error uki_tell_pcrs(struct boot *boot);

/* --- uki_cmdline.c --- */

/**
 * uki_choose_cmdline() - use the loader's command line, or that of the image
 * @boot: uki->arguments is used, uki->cmdline is set
 *
 * With Secure Boot on, the image's is used if it has one, in a confidential guest, and if it is
 * decided. If the loader's is used, it is measured into PCR 12.
 *
 * returns: STUB_OK, or STUB_NO_MEMORY
 */
enum stub_error uki_choose_cmdline(struct boot *boot);

/**
 * uki_finish_cmdline() - pass the command line to the kernel, and measure it into PCR 9
 * @boot: uki->cmdline is used, cmdline is set
 *
 * returns: STUB_OK, or STUB_NO_MEMORY
 */
enum stub_error uki_finish_cmdline(struct boot *boot);

/**
 * uki_append() - append a text to the command line, and measure it into PCR 12
 * @boot: uki->cmdline is changed
 * @text: is copied, and cleaned as by uki_clean(); without anything left, nothing is done; if it is
 *	not UTF-8, it is ignored, with a message
 *
 * A blank separates it from the text before. All of @text is one event.
 *
 * returns: STUB_OK, or STUB_NO_MEMORY
 */
enum stub_error uki_append(struct boot *boot, struct bzb_span text);

/* --- uki_initrd.c --- */

/**
 * uki_load_initrd() - load the loader's initrd
 * @boot: uki->initrds is changed
 *
 * returns: STUB_OK or an error, as efi_load_initrd()
 */
enum stub_error uki_load_initrd(struct boot *boot);

/**
 * uki_take_sections() - take the parts of the initrd that are sections
 * @boot: uki->initrds is changed
 *
 * returns: STUB_OK, or STUB_NO_MEMORY
 */
enum stub_error uki_take_sections(struct boot *boot);

/**
 * uki_join_initrds() - join the parts, fill in the result, and measure it into PCR 9
 * @boot: uki->initrds is used, params is changed
 *
 * returns: STUB_OK, or STUB_NO_MEMORY
 */
enum stub_error uki_join_initrds(struct boot *boot);

/**
 * uki_pack() - make an archive with one file, as a part of the initrd
 * @boot: uki->initrds is changed
 * @place: of the part
 * @name: of the file in the folder .extra
 * @file: its bytes; empty: nothing is made
 *
 * returns: STUB_OK, or STUB_NO_MEMORY
 */
enum stub_error uki_pack(struct boot *boot, enum uki_place place, const char *name,
			 struct bzb_span file);

/* --- uki_variables.c --- */

/**
 * uki_replace_variable() - as efi_set_variable(), whether a loader has set it or not
 * @efi: the firmware
 * @name: of the variable
 * @value: of it
 * @size: bytes of @value; 0: the variable is deleted
 */
void uki_replace_variable(struct efi *efi, CHAR16 *name, const void *value, UINTN size);

/**
 * uki_set_variables() - describe the stub, the image and the firmware by variables
 * @boot: the firmware
 *
 * returns: STUB_OK
 */
enum stub_error uki_set_variables(struct boot *boot);

/* --- uki_splash.c --- */

/**
 * uki_show_splash() - show the bitmap of .splash in the middle of the screen
 * @boot: the firmware
 *
 * If it is larger than the screen, nothing is shown.
 *
 * returns: STUB_OK
 */
enum stub_error uki_show_splash(struct boot *boot);

/* --- uki_device_tree.c: only where KERNEL_IS_APPLICATION --- */

/**
 * uki_install_device_tree() - install the device tree in .dtb for the kernel
 * @boot: the firmware
 *
 * One that is invalid, or that the firmware refuses, is ignored, with a message.
 *
 * returns: STUB_OK
 */
enum stub_error uki_install_device_tree(struct boot *boot);

/**
 * uki_install_tree() - install a device tree
 * @boot: the firmware
 * @section: a section .dtb
 * @failure: the message if it cannot be installed
 *
 * returns: whether it is installed
 */
bool uki_install_tree(struct boot *boot, struct bzb_span section, const char *failure);

/* --- uki_companions.c --- */

/**
 * uki_load_companions() - load credentials and extensions as parts of the initrd, and measure them
 * @boot: uki->initrds is changed
 *
 * Files that cannot be read are ignored, with a message. Without a volume there are none.
 *
 * returns: STUB_OK, or STUB_NO_MEMORY
 */
enum stub_error uki_load_companions(struct boot *boot);

/* --- uki_addons.c --- */

/**
 * uki_load_addons() - load the addons, and append their command lines
 * @boot: uki->cmdline and the addons in it are changed
 *
 * Their command lines are one event. Files that are not addons for the image, or that the firmware
 * does not load, are ignored, with a message. Without a volume there are none.
 *
 * returns: STUB_OK, or STUB_NO_MEMORY
 */
enum stub_error uki_load_addons(struct boot *boot);

/**
 * uki_take_addons() - take the sections of addons that are parts of the initrd, and measure them
 * @boot: uki->initrds is changed
 *
 * returns: STUB_OK, or STUB_NO_MEMORY
 */
enum stub_error uki_take_addons(struct boot *boot);

/**
 * uki_install_addon_trees() - install the device trees of addons, and measure them
 * @boot: the firmware
 *
 * Only where KERNEL_IS_APPLICATION. The last one is the kernel's.
 *
 * returns: STUB_OK
 */
enum stub_error uki_install_addon_trees(struct boot *boot);

/* --- uki_smbios.c --- */

/**
 * uki_append_smbios() - append the host's addition to the command line
 * @boot: uki->cmdline is changed
 *
 * Not in a confidential guest.
 *
 * returns: STUB_OK, or STUB_NO_MEMORY
 */
enum stub_error uki_append_smbios(struct boot *boot);

/* --- uki_seed.c --- */

/**
 * uki_refresh_seed() - use the random seed on the volume, and replace it
 * @boot: efi->seed is set if there is one
 *
 * returns: STUB_OK
 */
enum stub_error uki_refresh_seed(struct boot *boot);

#endif
