/* SPDX-License-Identifier: BSD-2-Clause */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "io/terminal.h"
#include "map.h"
#include "size_text.h"

#define NAME_WIDTH 26
/* Before the bar: two blanks, the name, the size, the share */
#define BAR_COLUMN (2 + NAME_WIDTH + 1 + 10 + 9 + 1)
#define WIDTH_DEFAULT 80u
#define WIDTH_MAX 200u
#define BAR_MIN 20u

/* Of the 256 colours of xterm: legible on black and on white */
static const unsigned char colours[PIECE_KINDS] = {
	[PIECE_HEADERS] = 244,	[PIECE_STUB] = 134,	    [PIECE_PAYLOAD] = 33,
	[PIECE_CODE] = 33,	[PIECE_RODATA] = 38,	    [PIECE_DATA] = 71,
	[PIECE_TABLES] = 109,	[PIECE_SYMBOLS] = 104,	    [PIECE_DEBUG] = 139,
	[PIECE_RELOCS] = 172,	[PIECE_CMDLINE] = 167,	    [PIECE_INITRD] = 70,
	[PIECE_SECTIONS] = 173, [PIECE_CERTIFICATES] = 169, [PIECE_PADDING] = 247,
	[PIECE_UNKNOWN] = 245,	[PIECE_IMAGE] = 99,	    [PIECE_BSS] = 74,
	[PIECE_WORK] = 178,
};

static bool is_set(const char *name)
{
	const char *value = getenv(name);

	return value && *value;
}

/* By the first variable that is set, as setlocale() has it (POSIX, XBD 8.2) */
static bool is_utf8(void)
{
	static const char *const names[] = { "LC_ALL", "LC_CTYPE", "LANG" };

	for (size_t i = 0; i < BZB_ARRAY_SIZE(names); i++) {
		const char *value = getenv(names[i]);

		if (value && *value)
			return strcasestr(value, "utf-8") || strcasestr(value, "utf8");
	}
	return false;
}

struct map_form map_form_choose(void)
{
	struct map_form form = { .width = WIDTH_DEFAULT };

	if (!isatty(STDOUT_FILENO))
		return form;
	form.width = terminal_width(STDOUT_FILENO);
	if (form.width > WIDTH_MAX)
		form.width = WIDTH_MAX;
	form.blocks = is_utf8();
	form.colour = !is_set("NO_COLOR") && terminal_is_capable(STDOUT_FILENO);
	return form;
}

/* A bar at the place of a piece, a character wide at least */
static void print_bar(const struct piece *piece, uint64_t all, const struct map_form *form)
{
	const unsigned int width = form->width > BAR_COLUMN + BAR_MIN ? form->width - BAR_COLUMN :
									BAR_MIN;
	const double scale = (double)width / (double)all;
	unsigned int start = (unsigned int)((double)piece->offset * scale),
		     end = (unsigned int)((double)(piece->offset + piece->size) * scale + 0.5);

	if (start >= width)
		start = width - 1;
	if (end <= start)
		end = start + 1;
	if (end > width)
		end = width;
	printf("%*s", (int)start, "");
	if (form->colour)
		printf("\033[38;5;%dm", colours[piece->kind]);
	for (unsigned int i = start; i < end; i++)
		fputs(form->blocks ? "\u2588" : "#", stdout);
	if (form->colour)
		fputs("\033[0m", stdout);
	putchar('\n');
}

static void print_column(const struct map_column *column, const struct map_form *form)
{
	const uint64_t all = pieces_size(&column->pieces);

	puts(column->title);
	for (size_t i = 0; i < column->pieces.count; i++) {
		const struct piece *piece = &column->pieces.list[i];
		char size[SIZE_TEXT];

		size_text(piece->size, size);
		printf("  %-*.*s %10s %6.1f %% ", NAME_WIDTH, NAME_WIDTH, piece->name, size,
		       100.0 * (double)piece->size / (double)all);
		print_bar(piece, all, form);
	}
}

void map_print(const struct map *map, const struct map_form *form)
{
	print_column(&map->file, form);
	if (map->memory.pieces.count) {
		putchar('\n');
		print_column(&map->memory, form);
	}
	if (map->is_estimated)
		puts("\nThe shares of the payload are estimated: see bzboot-info(1).");
}
