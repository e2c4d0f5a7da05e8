/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Guests whose memory the hypervisor cannot read: AMD's SEV, SEV-ES and SEV-SNP, Intel's TDX. What
 * the processor says of them and what follows from it, as a function of that: it runs on the host
 * too. status of struct guest is MSR c0010131h; 0 if the processor has no SEV.
 */
#ifndef STUB_GUEST_H
#define STUB_GUEST_H

#include "arch.h"

/* How a processor is asked. */
struct guest_processor {
	void (*cpuid)(uint32_t leaf, uint32_t regs[4]);
	uint64_t (*read_msr)(uint32_t msr);
};

/* Linux, arch/x86/include/asm/sev.h: what a kernel needs to know in a guest of SEV-SNP. */
struct guest_blob {
	bzb_le32 magic;
	bzb_le16 version, reserved1;
	bzb_le64 secrets;		/* physical address */
	bzb_le32 secrets_size, reserved2;
	bzb_le64 cpuid;			/* physical address of what CPUID says */
	bzb_le32 cpuid_size, reserved3;
};
_Static_assert(sizeof(struct guest_blob) == 40, "blob");

/**
 * guest_examine() - what kind of guest this is
 * @processor: the MSR is read only if it is there
 *
 * returns: all zero if it is no such guest
 */
struct guest guest_examine(const struct guest_processor *processor);

/**
 * guest_is_snp() - whether it is a guest of SEV-SNP
 * @guest: examined
 *
 * returns: whether
 */
bool guest_is_snp(const struct guest *guest);

/**
 * guest_unknown_features() - what a kernel would have to know, and may not
 * @guest: examined
 *
 * returns: bits of status; 0 unless it is a guest of SEV-SNP
 */
uint64_t guest_unknown_features(const struct guest *guest);

/**
 * guest_choose_blob() - what boot_params.cc_blob_address is to be
 * @guest: examined
 * @blob: NULL if there is none; read only in a guest of SEV-SNP
 * @addr: where it is
 * @ret: 0 in any other guest, whether there is a blob or not: then the kernel does not look for it
 *
 * returns: NULL, or what is wrong and what to do
 */
const char *guest_choose_blob(const struct guest *guest, const struct guest_blob *blob,
			      uint64_t addr, uint32_t *ret);

#endif
