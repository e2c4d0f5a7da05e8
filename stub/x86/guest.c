/* SPDX-License-Identifier: BSD-2-Clause */
#include "guest.h"

/* AMD's manual, volume 2, 15.34 to 15.36; Intel's TDX manual, "CPUID Leaf 0x21" */
#define LEAF_EXTENDED 0x80000000u
#define LEAF_SEV 0x8000001fu
#define LEAF_TDX 0x21u
#define SEV_SUPPORTED ((uint32_t)1 << 1)
#define POSITION_MASK 63u
#define MSR_SEV_STATUS 0xc0010131u

#define STATUS_SEV ((uint64_t)1 << 0)
#define STATUS_SEV_ES ((uint64_t)1 << 1)
#define STATUS_SEV_SNP ((uint64_t)1 << 2)

/*
 * The features that need support by the guest, without those that Linux supports: 7 (debug
 * registers), 11 (time stamp counter), 17 and 18 (interrupt controller), 23. Each release of Linux
 * has a mask of its own, in its EFI stub only (x86-stub.c, have_unsupported_snp_features()): this
 * one is from 7.3.
 */
#define FEATURES_UNKNOWN 0xffffffffff79b478u

#define BLOB_MAGIC 0x45444d41u
#define BLOB_PAGE 4096u

static bool has_leaf(const struct guest_processor *processor, uint32_t leaf)
{
	uint32_t regs[4];

	processor->cpuid(leaf & LEAF_EXTENDED, regs);
	return regs[0] >= leaf;
}

static bool is_tdx(const struct guest_processor *processor)
{
	uint32_t regs[4];

	if (!has_leaf(processor, LEAF_TDX))
		return false;
	processor->cpuid(LEAF_TDX, regs);
	return !memcmp(&regs[1], "Inte", 4) && !memcmp(&regs[3], "lTDX", 4) &&
	       !memcmp(&regs[2], "    ", 4);
}

struct guest guest_examine(const struct guest_processor *processor)
{
	struct guest guest = { .no_io = is_tdx(processor) };
	uint32_t regs[4];

	if (!has_leaf(processor, LEAF_SEV))
		return guest;
	processor->cpuid(LEAF_SEV, regs);
	if (!(regs[0] & SEV_SUPPORTED))
		return guest;
	guest.status = processor->read_msr(MSR_SEV_STATUS);
	if (guest.status & STATUS_SEV)
		guest.encryption = (uint64_t)1 << (regs[1] & POSITION_MASK);
	if (guest.status & STATUS_SEV_ES)
		guest.no_io = true;
	return guest;
}

bool guest_is_snp(const struct guest *guest)
{
	return guest->status & STATUS_SEV_SNP;
}

uint64_t guest_unknown_features(const struct guest *guest)
{
	return guest_is_snp(guest) ? guest->status & FEATURES_UNKNOWN : 0;
}

/* Checks all fields that kernels since 5.19 read. cc_blob_address has 32 bits. */
static bool is_sound(const struct guest_blob *blob, uint64_t addr)
{
	return !(addr >> 32) && bzb_ld32(blob->magic) == BLOB_MAGIC && bzb_ld64(blob->cpuid) &&
	       bzb_ld32(blob->cpuid_size) >= BLOB_PAGE && bzb_ld64(blob->secrets) &&
	       bzb_ld32(blob->secrets_size) == BLOB_PAGE;
}

const char *guest_choose_blob(const struct guest *guest, const struct guest_blob *blob,
			      uint64_t addr, uint32_t *ret)
{
	*ret = 0;
	if (!guest_is_snp(guest))
		return NULL;
	if (!blob)
		return "this SEV-SNP guest has no confidential computing blob: update the firmware";
	if (!is_sound(blob, addr))
		return "the confidential computing blob is invalid: update the firmware";
	*ret = (uint32_t)addr;
	return NULL;
}
