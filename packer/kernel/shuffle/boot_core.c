/* SPDX-License-Identifier: BSD-2-Clause */
#include "boot_core.h"

#include <inttypes.h>
#include <stdio.h>

#include "boot_dump.h"
#include "linux_kallsyms.h"

/* The tables that depend on the order of functions; the others are those of the original. */
static int read_tables(struct boot_dump *dump, const struct linux_kallsyms *k, struct vmlinux *ran)
{
	const struct {
		uint32_t offset;
		size_t size;
	} tables[] = {
		{ k->names.offsets, k->names.count * (size_t)4 },
		{ k->names.names, k->places[k->names.count] },
		{ k->names.markers, (k->names.count + (size_t)255) / 256 * 4 },
		{ k->names.seqs, k->names.seqs ? k->names.count * (size_t)3 : 0 },
	};
	const struct vmlinux_symbol *count = vmlinux_find(ran, "kallsyms_num_syms");
	unsigned char bytes[4];

	if (boot_dump_read(dump, count->address, bytes, sizeof(bytes)))
		return -1;
	if (bzb_get32(bytes) != k->names.count)
		return explain(dump->why,
			       "kallsyms has %u names, and %u in this kernel: it is of another one",
			       bzb_get32(bytes), k->names.count);
	for (size_t i = 0; i < BZB_ARRAY_SIZE(tables); i++)
		if (boot_dump_read(dump, ran->address + tables[i].offset,
				   ran->memory.data + tables[i].offset, tables[i].size))
			return -1;
	return 0;
}

static struct blob write_text(const struct linux_kallsyms *k)
{
	struct blob text = { .data = NULL };
	char name[512];
	size_t size = 0;

	for (uint32_t i = 0; i < k->names.count; i++) {
		const char letter = linux_kallsyms_name(k, i, name, sizeof(name));

		if (text.size - size < sizeof(name) + 32)
			blob_resize(&text, 2 * text.size + sizeof(name) + 32);
		size += (size_t)snprintf((char *)text.data + size, text.size - size,
					 "%016" PRIx64 " %c %s\n", linux_kallsyms_address(k, i),
					 letter ? letter : '?', name);
	}
	blob_resize(&text, size);
	return text;
}

/* @ran: a copy of the kernel, whose memory becomes that of the dump where the names are. */
static int read_kallsyms(struct boot_dump *dump, struct vmlinux *ran, struct blob *text)
{
	struct linux_kallsyms k;
	struct why why;
	int error;

	if (linux_kallsyms_open(ran, &k, &why) || !k.names.count)
		return explain(dump->why,
			       "this kernel has no kallsyms that can be read: give --kallsyms");
	error = read_tables(dump, &k, ran);
	linux_kallsyms_close(&k);
	if (error)
		return -1;
	if (linux_kallsyms_open(ran, &k, &why))
		return explain(dump->why, "what it has for kallsyms of this kernel: %.180s",
			       why.text);
	*text = write_text(&k);
	linux_kallsyms_close(&k);
	return 0;
}

int boot_core_kallsyms(struct bzb_span core, const struct vmlinux *vmlinux, struct blob *text,
		       uint64_t *slide, struct why *why)
{
	struct boot_dump dump = { .file = core, .why = why };
	struct vmlinux ran = *vmlinux;
	int error = boot_dump_open(&dump);

	if (!error) {
		ran.memory = blob_copy(blob_span(&vmlinux->memory));
		error = read_kallsyms(&dump, &ran, text);
		blob_free(&ran.memory);
	}
	boot_dump_close(&dump);
	if (error)
		return -1;
	*slide = dump.slide;
	return 0;
}
