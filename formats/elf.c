/* SPDX-License-Identifier: BSD-2-Clause */
/* ELF64: System V gABI, chapters 4 and 5. */
#include <bzboot/elf.h>

static uint64_t max64(uint64_t a, uint64_t b)
{
	return a > b ? a : b;
}

/* The addresses of a segment do not wrap, and its file bytes fit in its memory. */
static bool segment_is_sane(const struct bzb_elf_segment *s)
{
	return s->filesz <= s->memsz && s->memsz <= UINT64_MAX - s->paddr &&
	       s->memsz <= UINT64_MAX - s->vaddr;
}

struct bzb_elf_segment bzb_elf_segment(const struct bzb_elf *elf, unsigned int index)
{
	struct bzb_elf_phdr p;

	memcpy(&p, elf->file.data + elf->phoff + index * sizeof(p), sizeof(p));
	return (struct bzb_elf_segment){
		.type = bzb_ld32(p.p_type),
		.flags = bzb_ld32(p.p_flags),
		.offset = bzb_ld64(p.p_offset),
		.vaddr = bzb_ld64(p.p_vaddr),
		.paddr = bzb_ld64(p.p_paddr),
		.filesz = bzb_ld64(p.p_filesz),
		.memsz = bzb_ld64(p.p_memsz),
		.align = bzb_ld64(p.p_align),
	};
}

struct bzb_elf_section bzb_elf_section(const struct bzb_elf *elf, unsigned int index)
{
	struct bzb_elf_shdr s;

	memcpy(&s, elf->file.data + elf->shoff + index * sizeof(s), sizeof(s));
	return (struct bzb_elf_section){
		.name = bzb_ld32(s.sh_name),
		.type = bzb_ld32(s.sh_type),
		.flags = bzb_ld64(s.sh_flags),
		.addr = bzb_ld64(s.sh_addr),
		.offset = bzb_ld64(s.sh_offset),
		.size = bzb_ld64(s.sh_size),
		.link = bzb_ld32(s.sh_link),
		.info = bzb_ld32(s.sh_info),
		.addralign = bzb_ld64(s.sh_addralign),
		.entsize = bzb_ld64(s.sh_entsize),
	};
}

/* Programs that pack kernels read those of all machines, loaders those of their own. */
static bool is_read(uint16_t number)
{
#ifdef BZB_ALL_MACHINES
	enum bzb_machine machine;

	return !bzb_machine_of_elf(number, &machine);
#else
	return number == BZB_EM_NATIVE;
#endif
}

static int check_ident(const unsigned char ident[16])
{
	if (memcmp(ident, "\177ELF", 4))
		return -BZB_ERR_BADMAGIC;
	if (ident[4] != BZB_ELFCLASS64)
		return -BZB_ERR_BADCLASS;
	if (ident[5] != BZB_ELFDATA2LSB)
		return -BZB_ERR_BADENDIAN;
	if (ident[6] != BZB_EV_CURRENT)
		return -BZB_ERR_BADVERSION;
	return 0;
}

/* Whether numbers that do not fit in the ELF header are in section header 0. */
static bool is_extended(const struct bzb_elf *elf)
{
	return elf->shoff &&
	       (!elf->shnum || elf->phnum == BZB_PN_XNUM || elf->shstrndx == BZB_SHN_XINDEX);
}

/* gABI, "ELF Header", e_phnum, e_shnum, e_shstrndx. */
static int read_extended(struct bzb_elf *elf)
{
	struct bzb_elf_section first;
	struct bzb_span header;
	int err = bzb_slice(elf->file, elf->shoff, sizeof(struct bzb_elf_shdr), &header);

	if (err)
		return err;
	first = bzb_elf_section(elf, 0);
	if (first.size > UINT32_MAX)
		return -BZB_ERR_TRUNCATED;
	if (!elf->shnum)
		elf->shnum = (unsigned int)first.size;
	if (elf->phnum == BZB_PN_XNUM)
		elf->phnum = first.info;
	if (elf->shstrndx == BZB_SHN_XINDEX)
		elf->shstrndx = first.link;
	return 0;
}

/* Reads the ELF header; its tables are checked to be inside the file. */
static int parse_ehdr(struct bzb_elf *elf)
{
	struct bzb_span table;
	struct bzb_elf_ehdr e;

	if (elf->file.size < sizeof(e.e_ident))
		return elf->file.size >= 4 && !memcmp(elf->file.data, "\177ELF", 4) ?
			       -BZB_ERR_TRUNCATED :
			       -BZB_ERR_BADMAGIC;
	int err = check_ident(elf->file.data);
	if (err)
		return err;
	if (elf->file.size < sizeof(e))
		return -BZB_ERR_TRUNCATED;
	memcpy(&e, elf->file.data, sizeof(e));
	if (bzb_ld32(e.e_version) != BZB_EV_CURRENT)
		return -BZB_ERR_BADVERSION;
	if (!is_read(bzb_ld16(e.e_machine)))
		return -BZB_ERR_BADMACHINE;
	elf->type = bzb_ld16(e.e_type);
	if (elf->type != BZB_ET_EXEC && elf->type != BZB_ET_DYN)
		return -BZB_ERR_BADTYPE;

	elf->entry = bzb_ld64(e.e_entry);
	elf->phoff = bzb_ld64(e.e_phoff);
	elf->phnum = bzb_ld16(e.e_phnum);
	elf->shoff = bzb_ld64(e.e_shoff);
	elf->shnum = bzb_ld16(e.e_shnum);
	elf->shstrndx = bzb_ld16(e.e_shstrndx);
	if (elf->phnum && bzb_ld16(e.e_phentsize) != sizeof(struct bzb_elf_phdr))
		return -BZB_ERR_BADHEADER;
	if ((elf->shnum || is_extended(elf)) &&
	    bzb_ld16(e.e_shentsize) != sizeof(struct bzb_elf_shdr))
		return -BZB_ERR_BADHEADER;
	if (is_extended(elf) && (err = read_extended(elf)))
		return err;
	if (bzb_slice(elf->file, elf->phoff, bzb_elf_phdrs_size(elf), &table) ||
	    bzb_slice(elf->file, elf->shnum ? elf->shoff : 0, bzb_elf_shdrs_size(elf), &table))
		return -BZB_ERR_TRUNCATED;
	if (elf->phnum > BZB_ELF_PHDRS_MAX)
		return -BZB_ERR_TOOLARGE;

	elf->end = sizeof(e);
	if (elf->phnum)
		elf->end = max64(elf->end, elf->phoff + bzb_elf_phdrs_size(elf));
	if (elf->shnum)
		elf->end = max64(elf->end, elf->shoff + bzb_elf_shdrs_size(elf));
	return 0;
}

/* Checks that all PT_LOADs can be loaded, and sums up their memory. */
static int parse_segments(struct bzb_elf *elf)
{
	uint64_t above = 0; /* end of the last segment */
	bool seen = false;

	for (unsigned int i = 0; i < elf->phnum; i++) {
		struct bzb_elf_segment s = bzb_elf_segment(elf, i);
		struct bzb_span bytes;

		if (s.type != BZB_PT_LOAD)
			continue;
		if (!segment_is_sane(&s))
			return -BZB_ERR_BADSEGMENT;
		if (!s.memsz)
			continue;
		int err = bzb_slice(elf->file, s.offset, s.filesz, &bytes);
		if (err)
			return err;
		if (seen && s.paddr < above)
			return -BZB_ERR_OVERLAP;
		if (!seen) {
			elf->load_address = s.paddr;
			elf->virtual_address = s.vaddr;
		}
		seen = true;
		above = s.paddr + s.memsz;
		elf->end = max64(elf->end, s.offset + s.filesz);
	}
	if (!seen)
		return -BZB_ERR_NOSEGMENT;
	elf->memory_size = above - elf->load_address;
	return 0;
}

static bool is_after_loaded(const struct bzb_elf *elf, const struct bzb_elf_section *s)
{
	return !(s->flags & BZB_SHF_ALLOC) && s->offset >= elf->file.size;
}

static int parse_sections(struct bzb_elf *elf, bool whole)
{
	for (unsigned int i = 0; i < elf->shnum; i++) {
		struct bzb_elf_section s = bzb_elf_section(elf, i);
		struct bzb_span bytes;

		if (s.type == BZB_SHT_NULL || s.type == BZB_SHT_NOBITS ||
		    (!whole && is_after_loaded(elf, &s)))
			continue;
		int err = bzb_slice(elf->file, s.offset, s.size, &bytes);
		if (err)
			return err;
		elf->end = max64(elf->end, s.offset + s.size);
	}
	return 0;
}

static uint64_t start_of(const struct bzb_elf_segment *s, enum bzb_elf_space space)
{
	return space == BZB_ELF_FILE ? s->offset : space == BZB_ELF_PHYSICAL ? s->paddr : s->vaddr;
}

static uint64_t size_of(const struct bzb_elf_segment *s, enum bzb_elf_space space)
{
	return space == BZB_ELF_FILE ? s->filesz : s->memsz;
}

int bzb_elf_find_load(const struct bzb_elf *elf, enum bzb_elf_space space, uint64_t at,
		      struct bzb_elf_place *ret)
{
	for (unsigned int i = 0; i < elf->phnum; i++) {
		struct bzb_elf_segment s = bzb_elf_segment(elf, i);
		uint64_t start = start_of(&s, space);

		if (s.type != BZB_PT_LOAD || at < start || at - start >= size_of(&s, space))
			continue;
		*ret = (struct bzb_elf_place){ s, at - start };
		return 0;
	}
	return -BZB_ERR_NOSEGMENT;
}

static int find_entry(struct bzb_elf *elf)
{
	struct bzb_elf_place place;

	if (bzb_elf_find_load(elf, BZB_ELF_PHYSICAL, elf->entry, &place) &&
	    bzb_elf_find_load(elf, BZB_ELF_VIRTUAL, elf->entry, &place))
		return -BZB_ERR_BADENTRY;
	elf->entry_offset = place.segment.paddr - elf->load_address + place.distance;
	return 0;
}

static int parse(struct bzb_span bytes, bool whole, struct bzb_elf *ret)
{
	struct bzb_elf elf = { .file = bytes };
	int err;

	if ((err = parse_ehdr(&elf)) || (err = parse_segments(&elf)) ||
	    (err = parse_sections(&elf, whole)) || (err = find_entry(&elf)))
		return err;
	*ret = elf;
	return 0;
}

int bzb_elf_parse(struct bzb_span file, struct bzb_elf *ret)
{
	return parse(file, true, ret);
}

int bzb_elf_parse_loaded(struct bzb_span bytes, struct bzb_elf *ret)
{
	return parse(bytes, false, ret);
}

static int find_names(const struct bzb_elf *elf, struct bzb_span *ret)
{
	struct bzb_elf_section strings;

	if (elf->shstrndx >= elf->shnum)
		return -BZB_ERR_NOTFOUND;
	strings = bzb_elf_section(elf, elf->shstrndx);
	if (strings.type != BZB_SHT_STRTAB)
		return -BZB_ERR_NOTFOUND;
	return bzb_slice(elf->file, strings.offset, strings.size, ret);
}

int bzb_elf_section_name(const struct bzb_elf *elf, const struct bzb_elf_section *section,
			 struct bzb_span *ret)
{
	struct bzb_span names, name;
	size_t len = 0;
	int err = find_names(elf, &names);

	if (err)
		return err;
	if (section->name >= names.size ||
	    bzb_slice(names, section->name, names.size - section->name, &name))
		return -BZB_ERR_TRUNCATED;
	while (name.data[len]) {
		if (++len == name.size)
			return -BZB_ERR_TRUNCATED;
		if (len > BZB_ELF_NAME_MAX)
			return -BZB_ERR_TOOLARGE;
	}
	*ret = (struct bzb_span){ name.data, len };
	return 0;
}

/* Reads only the bytes that @name has: any number of sections may share one long name. */
static bool is_at(struct bzb_span names, uint32_t offset, const char *name)
{
	struct bzb_span byte;

	for (size_t i = 0;; i++) {
		if (bzb_slice(names, (uint64_t)offset + i, 1, &byte) ||
		    *byte.data != (unsigned char)name[i])
			return false;
		if (!name[i])
			return true;
	}
}

int bzb_elf_find_section(const struct bzb_elf *elf, const char *name, struct bzb_elf_section *ret)
{
	struct bzb_span names;

	if (find_names(elf, &names))
		return -BZB_ERR_NOTFOUND;
	for (unsigned int i = 0; i < elf->shnum; i++) {
		struct bzb_elf_section s = bzb_elf_section(elf, i);

		if (!is_at(names, s.name, name))
			continue;
		*ret = s;
		return 0;
	}
	return -BZB_ERR_NOTFOUND;
}

int bzb_elf_machine(const struct bzb_elf *elf, enum bzb_machine *ret)
{
	struct bzb_elf_ehdr e;

	memcpy(&e, elf->file.data, sizeof(e));
	return bzb_machine_of_elf(bzb_ld16(e.e_machine), ret);
}

void bzb_elf_write_ehdr(struct bzb_elf_ehdr *to, const struct bzb_elf *elf,
			enum bzb_machine machine)
{
	*to = (struct bzb_elf_ehdr){
		.e_ident = { 0x7f, 'E', 'L', 'F', BZB_ELFCLASS64, BZB_ELFDATA2LSB, BZB_EV_CURRENT },
		.e_type = bzb_st16(elf->type),
		.e_machine = bzb_st16(bzb_machine_elf(machine)),
		.e_version = bzb_st32(BZB_EV_CURRENT),
		.e_entry = bzb_st64(elf->entry),
		.e_phoff = bzb_st64(elf->phoff),
		.e_shoff = bzb_st64(elf->shoff),
		.e_ehsize = bzb_st16(sizeof(struct bzb_elf_ehdr)),
		.e_phentsize = bzb_st16(sizeof(struct bzb_elf_phdr)),
		.e_phnum = bzb_st16((uint16_t)elf->phnum),
		.e_shentsize = bzb_st16(sizeof(struct bzb_elf_shdr)),
		.e_shnum = bzb_st16((uint16_t)elf->shnum),
		.e_shstrndx = bzb_st16((uint16_t)elf->shstrndx),
	};
}

void bzb_elf_write_phdr(struct bzb_elf_phdr *to, const struct bzb_elf_segment *segment)
{
	*to = (struct bzb_elf_phdr){
		.p_type = bzb_st32(segment->type),
		.p_flags = bzb_st32(segment->flags),
		.p_offset = bzb_st64(segment->offset),
		.p_vaddr = bzb_st64(segment->vaddr),
		.p_paddr = bzb_st64(segment->paddr),
		.p_filesz = bzb_st64(segment->filesz),
		.p_memsz = bzb_st64(segment->memsz),
		.p_align = bzb_st64(segment->align),
	};
}

void bzb_elf_write_shdr(struct bzb_elf_shdr *to, const struct bzb_elf_section *section)
{
	*to = (struct bzb_elf_shdr){
		.sh_name = bzb_st32(section->name),
		.sh_type = bzb_st32(section->type),
		.sh_flags = bzb_st64(section->flags),
		.sh_addr = bzb_st64(section->addr),
		.sh_offset = bzb_st64(section->offset),
		.sh_size = bzb_st64(section->size),
		.sh_link = bzb_st32(section->link),
		.sh_info = bzb_st32(section->info),
		.sh_addralign = bzb_st64(section->addralign),
		.sh_entsize = bzb_st64(section->entsize),
	};
}
