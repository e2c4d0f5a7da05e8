/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A recent firmware: allocations are not executable, images are mapped as their
 * sections require, and other attributes must be requested. OVMF of 2022 does none
 * of that, so the driver does it, in the page tables.
 */
#include "driver.h"

/* UEFI 2.10, 7.2.3: EFI_MEMORY_RO, which not every gnu-efi has */
#define READ_ONLY 0x20000ull

#define PRESENT 1ull
#define WRITABLE 2ull
#define LARGE 0x80ull
#define NO_EXECUTE (1ull << 63)
#define ADDRESS 0x000ffffffffff000ull
#define CR0_WRITE_PROTECT 0x10000ull
#define MSR_EFER 0xc0000080
#define EFER_NO_EXECUTE_ENABLE 0x800u

/* UEFI 2.10, 37.3 */
struct attribute_protocol {
	EFI_STATUS(EFIAPI *get)(struct attribute_protocol *self, EFI_PHYSICAL_ADDRESS base,
				UINT64 length, UINT64 *attributes);
	EFI_STATUS(EFIAPI *set)(struct attribute_protocol *self, EFI_PHYSICAL_ADDRESS base,
				UINT64 length, UINT64 attributes);
	EFI_STATUS(EFIAPI *clear)(struct attribute_protocol *self, EFI_PHYSICAL_ADDRESS base,
				  UINT64 length, UINT64 attributes);
};

/* Platform Initialization 1.8, volume 2, 7.2.4 */
struct space_descriptor {
	EFI_PHYSICAL_ADDRESS base;
	UINT64 length, capabilities, attributes;
	UINT32 type; /* EFI_GCD_MEMORY_TYPE */
	EFI_HANDLE image, device;
};
enum { SYSTEM_MEMORY = 2, MORE_RELIABLE = 5 };

struct space_services {
	EFI_TABLE_HEADER head;
	void *unused[4];
	EFI_STATUS(EFIAPI *get_descriptor)(EFI_PHYSICAL_ADDRESS base, struct space_descriptor *ret);
	EFI_STATUS(EFIAPI *set_attributes)(EFI_PHYSICAL_ADDRESS base, UINT64 length,
					   UINT64 attributes);
};

static unsigned int asked; /* number of requests for other attributes */

/* --- page tables --- */

static uint64_t read_cr0(void)
{
	uint64_t value;

	asm volatile("movq %%cr0, %0" : "=r"(value));
	return value;
}

static void write_cr0(uint64_t value)
{
	asm volatile("movq %0, %%cr0" : : "r"(value) : "memory");
}

static uint64_t read_cr3(void)
{
	uint64_t value;

	asm volatile("movq %%cr3, %0" : "=r"(value));
	return value;
}

static void enable_no_execute(void)
{
	uint32_t low, high;

	asm volatile("rdmsr" : "=a"(low), "=d"(high) : "c"(MSR_EFER));
	asm volatile("wrmsr" : : "a"(low | EFER_NO_EXECUTE_ENABLE), "d"(high), "c"(MSR_EFER));
}

/* Splits a large page into a table of the next smaller ones. */
static void split(uint64_t *entry, unsigned int shift)
{
	uint64_t part = 1ull << (shift - 9);
	EFI_PHYSICAL_ADDRESS table;

	if (EFI_ERROR(real_bs->AllocatePages(AllocateAnyPages, EfiReservedMemoryType, 1, &table)))
		give_up("no memory for a page table");
	for (unsigned int i = 0; i < 512; i++) {
		uint64_t page = *entry + i * part;

		((uint64_t *)table)[i] = shift == 21 ? page & ~LARGE : page;
	}
	*entry = table | PRESENT | WRITABLE | (*entry & 4);
}

/* The entry of the page of 4 KiB at @addr. */
static uint64_t *entry_of(uint64_t addr)
{
	uint64_t *table = (uint64_t *)(read_cr3() & ADDRESS);

	for (unsigned int shift = 39; shift > 12; shift -= 9) {
		uint64_t *entry = &table[addr >> shift & 511];

		if (!(*entry & PRESENT))
			give_up("an address is not mapped");
		if (shift < 39 && *entry & LARGE)
			split(entry, shift);
		table = (uint64_t *)(*entry & ADDRESS);
	}
	return &table[addr >> 12 & 511];
}

static void change(uint64_t base, uint64_t length, uint64_t set, uint64_t clear)
{
	uint64_t cr0 = read_cr0();

	write_cr0(cr0 & ~CR0_WRITE_PROTECT);
	for (uint64_t at = base & ~0xfffull; at < base + length; at += EFI_PAGE_SIZE) {
		uint64_t *entry = entry_of(at);

		*entry = (*entry | set) & ~clear;
	}
	asm volatile("movq %0, %%cr3" : : "r"(read_cr3()) : "memory");
	write_cr0(cr0 | CR0_WRITE_PROTECT);
}

void protect_allocation(EFI_PHYSICAL_ADDRESS addr, UINTN pages)
{
	change(addr, pages * EFI_PAGE_SIZE, NO_EXECUTE, 0);
}

/* Writable and not executable: the allocator's own memory and its allocations */
bool still_protected(EFI_PHYSICAL_ADDRESS addr, UINTN pages)
{
	for (UINTN i = 0; i < pages; i++) {
		uint64_t entry = *entry_of(addr + i * EFI_PAGE_SIZE);

		if (!(entry & WRITABLE) || !(entry & NO_EXECUTE))
			return false;
	}
	return true;
}

/* PE/COFF: the section table lies after the optional header. */
void protect_image(const EFI_LOADED_IMAGE *image)
{
	const unsigned char *base = image->ImageBase;
	const unsigned char *pe = base + *(const uint32_t *)(base + 0x3c);
	unsigned int count = *(const uint16_t *)(pe + 6);
	const unsigned char *section = pe + 24 + *(const uint16_t *)(pe + 20);

	for (; count--; section += 40) {
		uint32_t size = *(const uint32_t *)(section + 8);
		uint32_t rva = *(const uint32_t *)(section + 12);
		uint32_t flags = *(const uint32_t *)(section + 36);

		if (!(flags & 0x20000000)) /* IMAGE_SCN_MEM_EXECUTE */
			change((uintptr_t)base + rva, size, NO_EXECUTE, 0);
		if (!(flags & 0x80000000)) /* IMAGE_SCN_MEM_WRITE */
			change((uintptr_t)base + rva, size, 0, WRITABLE);
	}
}

/* --- requests for other attributes: EFI_MEMORY_ATTRIBUTE_PROTOCOL --- */

static EFI_STATUS EFIAPI get(struct attribute_protocol *self, EFI_PHYSICAL_ADDRESS base,
			     UINT64 length, UINT64 *attributes)
{
	uint64_t entry = *entry_of(base);

	(void)self;
	(void)length;
	*attributes = (entry & NO_EXECUTE ? EFI_MEMORY_XP : 0) | (entry & WRITABLE ? 0 : READ_ONLY);
	return EFI_SUCCESS;
}

static void say_change(const char *how, uint64_t base, uint64_t length, uint64_t attributes)
{
	asked++;
	say_line(how);
	say_hex("base", base);
	say_hex("size", length);
	say_word("what", attributes == EFI_MEMORY_XP ? "XP" :
			 attributes == READ_ONLY     ? "RO" :
			 attributes		     ? "other" :
						       "none");
	say("\r\n");
}

/* Firmware requires whole pages, and at least one attribute. */
static EFI_STATUS EFIAPI set(struct attribute_protocol *self, EFI_PHYSICAL_ADDRESS base,
			     UINT64 length, UINT64 attributes)
{
	(void)self;
	say_change("attribute=set", base, length, attributes);
	if ((base | length) % EFI_PAGE_SIZE || !length || !attributes)
		return EFI_INVALID_PARAMETER;
	change(base, length, attributes & EFI_MEMORY_XP ? NO_EXECUTE : 0,
	       attributes & READ_ONLY ? WRITABLE : 0);
	return EFI_SUCCESS;
}

static EFI_STATUS EFIAPI clear(struct attribute_protocol *self, EFI_PHYSICAL_ADDRESS base,
			       UINT64 length, UINT64 attributes)
{
	(void)self;
	say_change("attribute=cleared", base, length, attributes);
	if ((base | length) % EFI_PAGE_SIZE || !length || !attributes)
		return EFI_INVALID_PARAMETER;
	change(base, length, attributes & READ_ONLY ? WRITABLE : 0,
	       attributes & EFI_MEMORY_XP ? NO_EXECUTE : 0);
	return EFI_SUCCESS;
}

static struct attribute_protocol attribute_protocol = { get, set, clear };

static void offer_protocol(void)
{
	static EFI_GUID guid = {
		0xf4560cf6, 0x40ec, 0x4b4a, { 0xa1, 0x92, 0xbf, 0x1d, 0x57, 0xd0, 0xb1, 0x89 }
	};
	EFI_HANDLE handle = NULL;
	void *there;

	if (!EFI_ERROR(real_bs->LocateProtocol(&guid, NULL, &there)))
		give_up("this firmware has the protocol already");
	if (EFI_ERROR(real_bs->InstallMultipleProtocolInterfaces(&handle, &guid,
								 &attribute_protocol, NULL)))
		give_up("cannot install the protocol");
}

/* --- before that protocol: the services of the DXE phase --- */

static uint32_t space_type = SYSTEM_MEMORY;
static EFI_STATUS space_status = EFI_SUCCESS;

static EFI_STATUS EFIAPI get_descriptor(EFI_PHYSICAL_ADDRESS base, struct space_descriptor *ret)
{
	*ret = (struct space_descriptor){
		.base = base & ~0xffffull,
		.length = 0x10000,
		.type = space_type,
	};
	return get(NULL, base, EFI_PAGE_SIZE, &ret->attributes);
}

static EFI_STATUS EFIAPI set_attributes(EFI_PHYSICAL_ADDRESS base, UINT64 length, UINT64 attributes)
{
	asked++;
	if ((base | length) % EFI_PAGE_SIZE || attributes != EFI_MEMORY_WB)
		return EFI_UNSUPPORTED;
	change(base, length, WRITABLE, NO_EXECUTE);
	return space_status;
}

static void offer_services(void)
{
	static EFI_GUID guid = {
		0x05ad34ba, 0x6f02, 0x4214, { 0x95, 0x2e, 0x4d, 0xa0, 0x39, 0x8e, 0x2b, 0xb9 }
	};
	static struct space_services services = {
		.head.Signature = 0x565245535f455844, /* "DXE_SERV" */
		.get_descriptor = get_descriptor,
		.set_attributes = set_attributes,
	};

	if (EFI_ERROR(real_bs->InstallConfigurationTable(&guid, &services)))
		give_up("cannot install the services");
}

/* --- the image under this firmware --- */

/* Platform Initialization 1.8, volume 2, 12.3 */
struct cpu_protocol {
	void *unused[5];
	EFI_STATUS(EFIAPI *register_handler)(struct cpu_protocol *self, INTN number,
					     void(EFIAPI *handler)(INTN number, void *context));
};
#define PAGE_FAULT 14

static void EFIAPI page_fault(INTN number, void *context)
{
	(void)number;
	(void)context;
	say_line("page_fault");
	give_up("the image violates the protection");
}

static void catch_page_faults(void)
{
	static EFI_GUID guid = {
		0x26baccb1, 0x6f42, 0x11d4, { 0xbc, 0xe7, 0x00, 0x80, 0xc7, 0x3c, 0x88, 0x81 }
	};
	struct cpu_protocol *cpu;

	if (EFI_ERROR(real_bs->LocateProtocol(&guid, NULL, (void **)&cpu)))
		give_up("cannot catch page faults");
	cpu->register_handler(cpu, PAGE_FAULT, NULL);
	if (EFI_ERROR(cpu->register_handler(cpu, PAGE_FAULT, page_fault)))
		give_up("cannot catch page faults");
}

static void start_protected(void)
{
	static const struct start plain = { NULL, 0, false };
	const struct plan p = { .leave = true, .protect = true };

	enable_no_execute();
	catch_page_faults();
	say_line("protection=on\r\n");
	image_start(&plain, &p);
	say_line("asked");
	say_number("times", asked);
}

/* First a start that must return, then one that does not. */
void run_protection(void)
{
	static const struct start plain = { NULL, 0, false };
	const struct plan refused = { .protect = true };

	enable_no_execute();
	offer_protocol();
	report("protected", image_start(&plain, &refused));
	start_protected();
}

void run_protection_by_services(void)
{
	offer_services();
	start_protected();
}

/* All memory is mirrored. */
void run_protection_reliable(void)
{
	space_type = MORE_RELIABLE;
	run_protection_by_services();
}

/* The service returns an error, although it has done its work. */
void run_protection_refused(void)
{
	space_status = EFI_ACCESS_DENIED;
	run_protection_by_services();
}

/* Neither protocol nor services */
void run_protection_only(void)
{
	start_protected();
}
