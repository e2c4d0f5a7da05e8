/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Who may write where, and what is code. Today's firmware hands out no memory
 * that can be executed; it is told otherwise by EFI_MEMORY_ATTRIBUTE_PROTOCOL,
 * older one by the services of the DXE phase. No mapping is ever both writable
 * and executable, as far as the kernel says what its code is.
 */
#include "console.h"
#include "efi_boot.h"

void efi_find_attributes(struct efi *efi)
{
	EFI_GUID guid = STUB_MEMORY_ATTRIBUTE_GUID;

	if (EFI_ERROR(efi->bs->LocateProtocol(&guid, NULL, (void **)&efi->attribute)))
		efi->attribute = NULL;
}

void efi_note_attributes(struct efi *efi, struct efi_allocation *pages)
{
	pages->attributes = 0;
	if (efi->attribute)
		efi->attribute->get(efi->attribute, pages->addr, EFI_PAGE_SIZE,
				    &pages->attributes);
}

void efi_restore_attributes(struct efi *efi, const struct efi_allocation *pages)
{
	const uint64_t ours = STUB_MEMORY_READ_ONLY | EFI_MEMORY_XP;
	uint64_t size = pages->pages * EFI_PAGE_SIZE;

	if (!efi->attribute)
		return;
	efi->attribute->clear(efi->attribute, pages->addr, size, ours & ~pages->attributes);
	if (pages->attributes & ours)
		efi->attribute->set(efi->attribute, pages->addr, size, pages->attributes & ours);
}

/* Lifts what is set, and nothing else: where nothing is, firmware is not to be bothered. */
static bool unprotect_by_services(const struct dxe_services *services, struct bzb_range range)
{
	uint64_t end = range.addr + range.size, next;

	for (uint64_t at = range.addr; at < end; at = next) {
		struct dxe_memory_space space;

		if (EFI_ERROR(services->get_memory_space(at, &space)))
			return true;
		next = space.base + space.size;
		if (next <= at)
			return true;
		if (next > end)
			next = end;
		if (space.type == STUB_DXE_SYSTEM_MEMORY &&
		    space.attributes & (STUB_MEMORY_READ_ONLY | EFI_MEMORY_XP) &&
		    EFI_ERROR(services->set_memory_space(at, next - at, EFI_MEMORY_WB)))
			return false;
	}
	return true;
}

static bool unprotect(struct efi *efi, struct bzb_range range)
{
	static const EFI_GUID guid = STUB_DXE_SERVICES_GUID;
	const struct dxe_services *services = efi_find_table(efi, &guid);

	return !services || services->head.Signature != STUB_DXE_SERVICES_SIGNATURE ||
	       unprotect_by_services(services, range);
}

bool efi_make_executable(struct efi *efi, struct bzb_range code)
{
	struct efi_memory_attribute *protocol = efi->attribute;

	if (!protocol)
		return unprotect(efi, code);
	return !EFI_ERROR(protocol->set(protocol, code.addr, code.size, STUB_MEMORY_READ_ONLY)) &&
	       !EFI_ERROR(protocol->clear(protocol, code.addr, code.size, EFI_MEMORY_XP));
}

/* Whole pages of the kernel, by offset in its file, which is offset in memory. */
static struct bzb_range pages_of(const struct boot *boot, uint64_t offset, uint64_t size)
{
	uint64_t start = (uintptr_t)boot->memory + offset;
	uint64_t first = start & ~(uint64_t)(EFI_PAGE_SIZE - 1);

	return (struct bzb_range){ first, bzb_align_up(start + size, EFI_PAGE_SIZE) - first };
}

/* The packer leaves one section of code at most. */
static bool find_text(const struct boot *boot, struct bzb_range *ret)
{
	const struct bzb_elf *elf = &boot->kernel.elf;

	for (unsigned int i = 0; i < elf->shnum; i++) {
		struct bzb_elf_section s = bzb_elf_section(elf, i);

		if (!(s.flags & BZB_SHF_EXECINSTR))
			continue;
		*ret = pages_of(boot, s.offset, s.size);
		return true;
	}
	return false;
}

/*
 * By segment: there may be data in it that is written to before the kernel has page tables of its
 * own. If the rest of the code is known, a firmware may refuse.
 */
static bool allow_segment(struct boot *boot, const struct bzb_elf_segment *s, bool must)
{
	struct efi_memory_attribute *protocol = boot->efi->attribute;
	struct bzb_range range = pages_of(boot, s->offset, s->memsz);

	if (!protocol)
		return unprotect(boot->efi, range);
	return !EFI_ERROR(protocol->clear(protocol, range.addr, range.size, EFI_MEMORY_XP)) ||
	       !must;
}

static bool allow_code(struct boot *boot)
{
	struct bzb_range text;
	bool known = find_text(boot, &text);

	for (unsigned int i = 0; i < boot->kernel.elf.phnum; i++) {
		struct bzb_elf_segment s = bzb_elf_segment(&boot->kernel.elf, i);

		if (s.type == BZB_PT_LOAD && s.memsz && s.flags & BZB_PF_X &&
		    (!known || s.flags & BZB_PF_W) && !allow_segment(boot, &s, !known))
			return false;
	}
	return !known || efi_make_executable(boot->efi, text);
}

enum stub_error efi_protect_kernel(struct boot *boot)
{
	struct efi_memory_attribute *protocol = boot->efi->attribute;
	struct bzb_range all = pages_of(boot, 0, boot->plan.kernel_size);

	if (protocol)
		protocol->set(protocol, all.addr, all.size, EFI_MEMORY_XP);
	if (allow_code(boot))
		return STUB_OK;
	return boot_fail(boot, STUB_FIRMWARE,
			 "the firmware does not let code of ours run: update it");
}
