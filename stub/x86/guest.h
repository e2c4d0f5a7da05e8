/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Guests whose memory the hypervisor cannot read: AMD's SEV, SEV-ES and SEV-SNP, Intel's TDX. The
 * processor is read through functions, so that tests can run this on the host. status of struct
 * guest is MSR c0010131h; 0 if the processor does not have SEV.
 */
#ifndef STUB_GUEST_H
#define STUB_GUEST_H

#include "arch.h"

/* The functions that read a processor. */
struct guest_processor {
	void (*cpuid)(uint32_t leaf, uint32_t regs[4]);
	uint64_t (*read_msr)(uint32_t msr);
};

/* Linux, arch/x86/include/asm/sev.h: the data for a kernel in a guest of SEV-SNP. */
struct guest_blob {
	bzb_le32 magic;
	bzb_le16 version, reserved1;
	bzb_le64 secrets; /* physical address */
	bzb_le32 secrets_size, reserved2;
	bzb_le64 cpuid; /* physical address of a table of CPUID results */
	bzb_le32 cpuid_size, reserved3;
};
_Static_assert(sizeof(struct guest_blob) == 40, "blob");

/**
 * guest_examine() - detect a confidential guest
 * @processor: the MSR is read only if it exists
 *
 * returns: the guest; all zero if it is not a confidential one
 */
struct guest guest_examine(const struct guest_processor *processor);

/**
 * guest_is_snp() - test for a guest of SEV-SNP
 * @guest: from guest_examine()
 *
 * returns: true if it is one
 */
bool guest_is_snp(const struct guest *guest);

/**
 * guest_unknown_features() - get the features that a kernel would have to support, and may not
 * @guest: from guest_examine()
 *
 * returns: bits of status; 0 unless it is a guest of SEV-SNP
 */
uint64_t guest_unknown_features(const struct guest *guest);

/**
 * guest_choose_blob() - get the value for boot_params.cc_blob_address
 * @guest: from guest_examine()
 * @blob: NULL if there is none; read only in a guest of SEV-SNP
 * @addr: of @blob
 * @ret: the value; always 0 in other guests, so that the kernel does not look for a blob
 *
 * returns: NULL or an error message
 */
const char *guest_choose_blob(const struct guest *guest, const struct guest_blob *blob,
			      uint64_t addr, uint32_t *ret);

#endif
