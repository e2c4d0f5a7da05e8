/* SPDX-License-Identifier: BSD-2-Clause */
#include "boot_names.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "io/array.h"
#include "linux_edges.h"

/* Linux: KSYM_NAME_LEN since 6.1 */
enum { NAME_MAX_SIZE = 512 };

/* Linux moves a kernel by a multiple of its CONFIG_PHYSICAL_ALIGN, which is at least this. */
#define SLIDE_ALIGNMENT (2u << 20)

static const char blanks[] = " \t";

/* --- lines ---------------------------------------------------------------------------- */

/* Cuts the first word off a line; empty if there is none. */
static char *cut_word(char **line)
{
	char *word = *line + strspn(*line, blanks);
	char *end = word + strcspn(word, blanks);

	*line = end + (*end != 0);
	*end = 0;
	return word;
}

static bool read_address(const char *word, uint64_t *ret)
{
	const size_t digits = strlen(word);

	if (!digits || digits > 16 || strspn(word, "0123456789abcdefABCDEF") != digits)
		return false;
	*ret = strtoull(word, NULL, 16);
	return true;
}

/* nm has a letter and a name for a symbol that is not defined. */
static bool is_undefined(const char *letter, const char *name, const char *more)
{
	return strlen(letter) == 1 && strchr("Uvw", *letter) && *name && !*more;
}

/* Returns 0, or -1 if it is no line of kallsyms. */
static int read_line(struct boot_names *names, char *line)
{
	const char *address = cut_word(&line), *type = cut_word(&line), *name = cut_word(&line);
	const char *module = cut_word(&line);
	struct boot_name new = { .name = name };

	if (is_undefined(address, type, name) || linux_is_label(name))
		return 0;
	if (!read_address(address, &new.address) || strlen(type) != 1 || !*name ||
	    strlen(name) >= NAME_MAX_SIZE)
		return -1;
	if (*module)
		return *module == '[' ? 0 : -1;
	names->names =
		array_grow(names->names, names->count, &names->room, sizeof(names->names[0]));
	names->names[names->count++] = new;
	return 0;
}

/* The text ends with a NUL of ours, at @end. */
static int read_lines(struct boot_names *names, char *end, struct why *why)
{
	char *at = (char *)names->text.data;

	for (size_t number = 1; at < end; number++) {
		char *line = at, *newline = strchrnul(at, '\n');

		if (!*newline && newline != end)
			return explain(why, "line %zu has a NUL in it", number);
		*newline = 0;
		at = newline + 1;
		if (*line && read_line(names, line))
			return explain(why, "line %zu is not an address, a letter and a name",
				       number);
	}
	return names->count ? 0 : explain(why, "it has no names");
}

/* --- addresses ------------------------------------------------------------------------ */

/* Linux shows zeros to those who may not see addresses. */
static int check_visible(const struct boot_names *names, struct why *why)
{
	for (size_t i = 0; i < names->count; i++)
		if (names->names[i].address)
			return 0;
	return explain(why, "all its addresses are 0: read it as root, with sysctl "
			    "kernel.kptr_restrict=1 or 0");
}

static const struct boot_name *find_name(const struct boot_names *names, const char *name)
{
	for (size_t i = 0; i < names->count; i++)
		if (!strcmp(names->names[i].name, name))
			return &names->names[i];
	return NULL;
}

/* A program that is no Linux has no such symbol, and does not move. */
static int find_slide(struct boot_names *names, const struct vmlinux *v, struct why *why)
{
	static const char *const starts[] = { "_text", "_stext" };
	bool wanted = false;

	for (size_t i = 0; i < BZB_ARRAY_SIZE(starts); i++) {
		const struct vmlinux_symbol *symbol = vmlinux_find(v, starts[i]);
		const struct boot_name *name = symbol ? find_name(names, starts[i]) : NULL;

		wanted |= symbol != NULL;
		if (!name)
			continue;
		names->slide = name->address - symbol->address;
		if (names->slide % SLIDE_ALIGNMENT)
			return explain(why,
				       "%s is at 0x%" PRIx64 ", and at 0x%" PRIx64
				       " in this kernel: it is of another one",
				       name->name, name->address, symbol->address);
		return 0;
	}
	return wanted ? explain(why, "it has neither _text nor _stext") : 0;
}

int boot_names_read(struct bzb_span text, const struct vmlinux *vmlinux, struct boot_names *ret,
		    struct why *why)
{
	struct boot_names names = { .text = blob_room(text.size + 1) };

	if (text.size)
		memcpy(names.text.data, text.data, text.size);
	names.text.data[text.size] = 0;
	if (read_lines(&names, (char *)names.text.data + text.size, why) ||
	    check_visible(&names, why) || find_slide(&names, vmlinux, why)) {
		boot_names_free(&names);
		return -1;
	}
	for (size_t i = 0; i < names.count; i++)
		names.names[i].address -= names.slide;
	*ret = names;
	return 0;
}

void boot_names_free(struct boot_names *names)
{
	blob_free(&names->text);
	free(names->names);
	*names = (struct boot_names){ .names = NULL };
}
