/* SPDX-License-Identifier: BSD-2-Clause */
#include "menu_entry.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "input/os_release.h"
#include "io/fileio.h"
#include "io/text.h"

#define MACHINE_WORD "systemd.machine_id="
#define BLANKS " \t\r"

const char *menu_entry_next_file(char **rest, bool *ret_is_kernel)
{
	char *line;

	while ((line = strsep(rest, "\n"))) {
		char *value = NULL;
		const char *key = strtok_r(line, BLANKS, &value);
		size_t length;

		if (!key || (strcmp(key, "linux") && strcmp(key, "initrd")))
			continue;
		*ret_is_kernel = *key == 'l';
		value += strspn(value, BLANKS "/");
		length = strlen(value);
		while (length && strchr(BLANKS, value[length - 1]))
			length--;
		value[length] = '\0';
		return value;
	}
	return NULL;
}

/* returns: a text for free(); NULL if the variable is not set */
static char *value_of(const struct blob *os_release, const char *name)
{
	struct blob value = os_release_value(blob_span(os_release), name);
	char *text = value.size ? text_make("%.*s", (int)value.size, (const char *)value.data) :
				  NULL;

	blob_free(&value);
	return text;
}

static void print_title(FILE *to, const struct menu_entry *entry, const struct blob *os_release)
{
	char *name = value_of(os_release, "PRETTY_NAME");

	if (entry->title || name)
		fprintf(to, "title      %s\n", entry->title ? entry->title : name);
	else
		fprintf(to, "title      Linux %s\n", entry->version);
	free(name);
}

static void print_sort_key(FILE *to, const struct blob *os_release)
{
	char *key = value_of(os_release, "IMAGE_ID");

	if (!key)
		key = value_of(os_release, "ID");
	if (key)
		fprintf(to, "sort-key   %s\n", key);
	free(key);
}

static void print_entry(FILE *to, const struct install_place *place, const char *machine_id,
			const struct menu_entry *entry, const struct blob *os_release)
{
	const bool is_machine = machine_id && !strcmp(machine_id, place->token);

	print_title(to, entry, os_release);
	fprintf(to, "version    %s\n", entry->version);
	if (is_machine)
		fprintf(to, "machine-id %s\n", machine_id);
	print_sort_key(to, os_release);
	fprintf(to, "options    %s", entry->cmdline);
	/* The initrd cannot read the machine's ID where it is. */
	if (is_machine && !strstr(entry->cmdline, MACHINE_WORD))
		fprintf(to, "%s" MACHINE_WORD "%s", *entry->cmdline ? " " : "", machine_id);
	putc('\n', to);
	for (size_t i = 0; i < entry->files->count; i++)
		fprintf(to, "%-10s /%s\n", i ? "initrd" : "linux", entry->files->files[i].path);
}

int menu_entry_make(const struct install_place *place, const struct menu_entry *entry,
		    struct blob *ret)
{
	char *machine_id = install_machine_id(place), *text = NULL;
	struct blob os_release = { 0 };
	size_t size = 0;
	struct why why;
	FILE *to;

	if (entry->os_release && file_read_any(entry->os_release, &os_release, &why)) {
		free(machine_id);
		return diag_fail(entry->os_release, &why);
	}
	to = open_memstream(&text, &size);
	if (!to)
		diag_no_memory(BUFSIZ);
	print_entry(to, place, machine_id, entry, &os_release);
	if (fclose(to))
		diag_no_memory(size);
	*ret = blob_copy((struct bzb_span){ (const unsigned char *)text, size });
	free(text);
	free(machine_id);
	blob_free(&os_release);
	return 0;
}
