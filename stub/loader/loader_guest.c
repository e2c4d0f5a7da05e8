/* SPDX-License-Identifier: BSD-2-Clause */
#include "loader.h"

/* 067b1f5f-cf26-44c5-8554-93d777912d42 in the byte order of memory */
static const unsigned char blob_guid[16] = {
	0x5f, 0x1f, 0x7b, 0x06, 0x26, 0xcf, 0xc5, 0x44,
	0x85, 0x54, 0x93, 0xd7, 0x77, 0x91, 0x2d, 0x42,
};

/* UEFI 2.10, 4.3 and 4.6, for 64-bit firmware; after a kexec, tables is a virtual address */
struct system_table {
	unsigned char others[0x68];
	bzb_le64 count, tables;
};

struct configuration_table {
	unsigned char guid[16];
	bzb_le64 table;
};

/* The beginning of a node of type SETUP_EFI. */
struct setup_efi {
	struct bzb_setup_data head;
	bzb_le64 vendor, unused, tables;
};

struct setup_blob {
	struct bzb_setup_data head;
	bzb_le32 addr;
};

/* More than any firmware has; after a kexec the count may have any value. */
#define CONFIGURATION_TABLES_MAX 1024u

/* A search for a node of a type, with a minimum size. */
struct wanted_node {
	uint32_t type, size;
	const void *found;
};

static bool is_not_wanted(void *context, uint64_t addr)
{
	const struct bzb_setup_data *node = (const void *)(uintptr_t)addr;
	struct wanted_node *wanted = context;

	if (bzb_ld32(node->type) != wanted->type ||
	    bzb_ld32(node->len) + (uint64_t)sizeof(*node) < wanted->size)
		return true;
	wanted->found = node;
	return false;
}

static const void *find_node(const struct bzb_boot_params *params, uint32_t type, uint32_t size)
{
	struct wanted_node wanted = { type, size, NULL };

	loader_walk_setup_data(params, is_not_wanted, &wanted);
	return wanted.found;
}

/* Returns NULL if @addr is 0, or if the range cannot be mapped. */
static const void *mapped(struct paging *paging, uint64_t addr, uint64_t size)
{
	return addr && paging_map(paging, addr, size) ? (const void *)(uintptr_t)addr : NULL;
}

static const struct system_table *system_table(const struct bzb_boot_params *params,
					       struct paging *paging)
{
	const struct bzb_efi_info *info = &params->efi_info;

	if (memcmp(info->loader_signature, "EL64", 4))
		return NULL;
	return mapped(paging, (uint64_t)bzb_ld32(info->systab_hi) << 32 | bzb_ld32(info->systab),
		      sizeof(struct system_table));
}

static uint64_t blob_of_firmware(const struct bzb_boot_params *params, struct paging *paging)
{
	const struct setup_efi *efi = find_node(params, BZB_SETUP_EFI, sizeof(*efi));
	const struct system_table *system = system_table(params, paging);
	const struct configuration_table *table = NULL;
	uint64_t count = 0;

	if (system) {
		count = bzb_ld64(system->count);
		if (count > CONFIGURATION_TABLES_MAX)
			count = CONFIGURATION_TABLES_MAX;
		table = mapped(paging,
			       bzb_ld64(efi && bzb_ld64(efi->tables) ? efi->tables :
								       system->tables),
			       count * sizeof(*table));
	}
	for (uint64_t i = 0; table && i < count; i++)
		if (!memcmp(table[i].guid, blob_guid, sizeof(blob_guid)))
			return bzb_ld64(table[i].table);
	return 0;
}

static uint64_t blob_of_loader(const struct bzb_boot_params *params)
{
	const struct setup_blob *node = find_node(params, BZB_SETUP_CC_BLOB, sizeof(*node));

	return node ? bzb_ld32(node->addr) : 0;
}

const struct guest_blob *loader_find_blob(const struct bzb_boot_params *params,
					  struct paging *paging)
{
	uint64_t addr = blob_of_firmware(params, paging);

	if (!addr)
		addr = blob_of_loader(params);
	return mapped(paging, addr, sizeof(struct guest_blob));
}

bool loader_map_blob(const struct guest_blob *blob, struct paging *paging)
{
	return paging_map(paging, bzb_ld64(blob->cpuid), bzb_ld32(blob->cpuid_size)) &&
	       paging_map(paging, bzb_ld64(blob->secrets), bzb_ld32(blob->secrets_size));
}
