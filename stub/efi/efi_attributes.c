/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Executable memory. The memory that new firmware allocates is not executable; it is
 * made so by EFI_MEMORY_ATTRIBUTE_PROTOCOL, in older firmware by the services of the
 * DXE phase. Code becomes read-only, data stay as the firmware maps them: Linux with
 * mem_encrypt=on executes some data, which its own stub does not change, either.
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
		efi->attribute->get(efi->attribute, pages->addr, EFI_PAGE_SIZE, &pages->attributes);
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

static bool is_protected(const struct dxe_memory_space *space)
{
	return (space->type == STUB_DXE_SYSTEM_MEMORY || space->type == STUB_DXE_MORE_RELIABLE) &&
	       space->attributes & (STUB_MEMORY_READ_ONLY | EFI_MEMORY_XP);
}

/* Changes only ranges that are protected: for others no service is called. False if the firmware
 * refused. */
static bool unprotect_by_services(const struct dxe_services *services, struct bzb_range range)
{
	uint64_t end = range.addr + range.size, next;
	bool ok = true;

	for (uint64_t at = range.addr; at < end; at = next) {
		struct dxe_memory_space space;

		if (EFI_ERROR(services->get_memory_space(at, &space)))
			break;
		next = space.base + space.size;
		if (next <= at)
			break;
		if (next > end)
			next = end;
		if (is_protected(&space) &&
		    EFI_ERROR(services->set_memory_space(at, next - at, EFI_MEMORY_WB)))
			ok = false;
	}
	return ok;
}

/* A failure is not an error: firmware of that age may run the code nevertheless. */
static void unprotect(struct boot *boot, struct bzb_range range)
{
	static const EFI_GUID guid = STUB_DXE_SERVICES_GUID;
	const struct dxe_services *services = efi_find_table(boot->efi, &guid);

	if (services && services->head.Signature == STUB_DXE_SERVICES_SIGNATURE &&
	    !unprotect_by_services(services, range))
		boot_say(boot, "the firmware refuses to make memory executable: "
			       "update it if the boot stops here");
}

bool efi_make_executable(struct boot *boot, struct bzb_range code)
{
	struct efi_memory_attribute *protocol = boot->efi->attribute;

	if (!protocol) {
		unprotect(boot, code);
		return true;
	}
	return !EFI_ERROR(protocol->set(protocol, code.addr, code.size, STUB_MEMORY_READ_ONLY)) &&
	       !EFI_ERROR(protocol->clear(protocol, code.addr, code.size, EFI_MEMORY_XP));
}

/* The whole pages of a range of the kernel. An offset in its file is also the offset in memory. */
static struct bzb_range pages_of(const struct boot *boot, uint64_t offset, uint64_t size)
{
	uint64_t start = (uintptr_t)boot->memory + offset;
	uint64_t first = start & ~(uint64_t)(EFI_PAGE_SIZE - 1);

	return (struct bzb_range){ first, bzb_align_up(start + size, EFI_PAGE_SIZE) - first };
}

/* Makes a range executable and leaves it writable: it may have data that are written to before the
 * kernel has page tables of its own. */
static bool make_writable_executable(struct boot *boot, struct bzb_range range)
{
	struct efi_memory_attribute *protocol = boot->efi->attribute;

	if (!protocol) {
		unprotect(boot, range);
		return true;
	}
	return !EFI_ERROR(protocol->clear(protocol, range.addr, range.size, EFI_MEMORY_XP));
}

/* The segment of the section is both writable and executable, as for the init code of older
 * kernels. */
static bool is_in_mixed_segment(const struct bzb_elf *elf, const struct bzb_elf_section *section)
{
	struct bzb_elf_place place;

	return !bzb_elf_find_load(elf, BZB_ELF_FILE, section->offset, &place) &&
	       place.segment.flags & BZB_PF_W && place.segment.flags & BZB_PF_X;
}

/* Firmware may refuse to make memory both writable and executable. That is an error only for the
 * section of the entry: the kernel runs no other code of such a segment before it has page
 * tables. */
static bool allow_section(struct boot *boot, const struct bzb_elf_section *section)
{
	struct bzb_range range = pages_of(boot, section->offset, section->size);

	if (!is_in_mixed_segment(&boot->kernel.elf, section))
		return efi_make_executable(boot, range);
	return make_writable_executable(boot, range) ||
	       boot->kernel.entry_offset - section->offset >= section->size;
}

/* The packer writes a section for each range of code, if the kernel has sections. */
static bool allow_sections(struct boot *boot, bool *ret_found)
{
	const struct bzb_elf *elf = &boot->kernel.elf;
	bool ok = true;

	*ret_found = false;
	for (unsigned int i = 0; i < elf->shnum && ok; i++) {
		struct bzb_elf_section section = bzb_elf_section(elf, i);

		if (!(section.flags & BZB_SHF_EXECINSTR))
			continue;
		*ret_found = true;
		ok = allow_section(boot, &section);
	}
	return ok;
}

static bool allow_segments(struct boot *boot)
{
	const struct bzb_elf *elf = &boot->kernel.elf;
	bool ok = true;

	for (unsigned int i = 0; i < elf->phnum && ok; i++) {
		struct bzb_elf_segment s = bzb_elf_segment(elf, i);

		if (s.type == BZB_PT_LOAD && s.memsz && s.flags & BZB_PF_X)
			ok = make_writable_executable(boot, pages_of(boot, s.offset, s.memsz));
	}
	return ok;
}

enum stub_error efi_allow_code(struct boot *boot)
{
	bool found, ok = allow_sections(boot, &found);

	if (ok && !found)
		ok = allow_segments(boot);
	if (ok)
		return STUB_OK;
	return boot_fail(boot, STUB_FIRMWARE,
			 "the firmware does not make the kernel executable: update it");
}
