/* SPDX-License-Identifier: BSD-2-Clause */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "io/diag.h"
#include "map.h"
#include "size_text.h"

/*
 *   0     LEFT - w   LEFT            RIGHT   RIGHT + w                WIDTH
 *   | labels   | file |     links     | memory | labels               |
 *
 * The names of the columns are above them, notes below. One unit is a pixel.
 */
#define WIDTH 1020
#define LEFT 410
#define RIGHT 610
#define BAR_MOST 150.0
#define BAR_LEAST 60.0
#define TOP 112
#define BOTTOM 76
#define HEIGHT_LEAST 460
#define LABEL_STEP 20 /* between two labels */
#define ELBOW 22      /* of the lines from pieces to labels */
#define TICKS 5	      /* the most numbers beside a column */

/* Padding that is a smaller share of its column has no label: 1 / this */
#define PADDING_SHARE 200

/* Light and dark. Those of a kernel are the same in the file and in memory. */
static const struct {
	const char *light, *dark;
} colours[PIECE_KINDS] = {
	[PIECE_HEADERS] = { "#6e7781", "#8b949e" },
	[PIECE_STUB] = { "#8250df", "#a371f7" },
	[PIECE_PAYLOAD] = { "#0969da", "#388bfd" },
	[PIECE_CODE] = { "#0b5cad", "#2f81f7" },
	[PIECE_RODATA] = { "#3d9bd9", "#56b4e9" },
	[PIECE_DATA] = { "#14866d", "#2ea88a" },
	[PIECE_TABLES] = { "#6bb7a4", "#7fcdb9" },
	[PIECE_SYMBOLS] = { "#7a7fd1", "#8f94e8" },
	[PIECE_DEBUG] = { "#a98fc0", "#b9a0d0" },
	[PIECE_RELOCS] = { "#c98500", "#e3a008" },
	[PIECE_CMDLINE] = { "#cf222e", "#f85149" },
	[PIECE_INITRD] = { "#5a9e1f", "#7bc143" },
	[PIECE_SECTIONS] = { "#d9692a", "#f0883e" },
	[PIECE_CERTIFICATES] = { "#bf3989", "#db61a2" },
	[PIECE_PADDING] = { "#d0d7de", "#3d444d" },
	[PIECE_UNKNOWN] = { "#afb8c1", "#656c76" },
	[PIECE_IMAGE] = { "#8c95c7", "#6e78b8" },
	[PIECE_BSS] = { "#b6d8f2", "#1f4a70" },
	[PIECE_WORK] = { "#e8c547", "#c9a227" },
};

struct drawing {
	FILE *to;
	const struct map *map;
	double height; /* of the columns */
};

/* A column as it is drawn */
struct bar {
	const struct map_column *column;
	double x, width;
	bool is_left;  /* labels are at the left */
	double pixels; /* per byte */
};

/* Names are from the file: no other characters than printable ASCII. */
static void put_text(FILE *to, const char *text)
{
	static const struct {
		char from;
		const char *to;
	} escapes[] = { { '&', "&amp;" }, { '<', "&lt;" }, { '>', "&gt;" }, { '"', "&quot;" } };

	for (; *text; text++) {
		const char *escape = NULL;

		for (size_t i = 0; i < BZB_ARRAY_SIZE(escapes); i++)
			if (*text == escapes[i].from)
				escape = escapes[i].to;
		if (escape)
			fputs(escape, to);
		else
			fputc(*text >= ' ' && *text <= '~' ? *text : '?', to);
	}
}

static void put_style(const struct drawing *drawing)
{
	FILE *to = drawing->to;

	fputs("<style>\n"
	      "text{font:13px system-ui,'Segoe UI','DejaVu Sans',sans-serif;fill:#1f2328}\n"
	      ".m{fill:#59636e}.h{font-size:18px;font-weight:600}.c{font-weight:600}\n"
	      ".s,.t{font-size:11px;fill:#59636e}.page{fill:#fff}\n"
	      ".line{fill:none;stroke:#8c959f;stroke-width:.75}\n"
	      ".edge{fill:none;stroke:#59636e;stroke-width:1}.image{fill:#8c95c7;opacity:.16}\n"
	      ".kernel{fill:#0969da;opacity:.14}.initrd{fill:#5a9e1f;opacity:.25}\n",
	      to);
	for (size_t i = 0; i < PIECE_KINDS; i++)
		fprintf(to, ".k%zu{fill:%s}", i, colours[i].light);
	fputs("\n@media(prefers-color-scheme:dark){\n"
	      "text{fill:#e6edf3}.m,.s,.t{fill:#9198a1}.page{fill:#0d1117}\n"
	      ".line{stroke:#656c76}.edge{stroke:#9198a1}.image{fill:#6e78b8;opacity:.22}\n"
	      ".kernel{fill:#2f81f7;opacity:.2}.initrd{fill:#7bc143;opacity:.25}\n",
	      to);
	for (size_t i = 0; i < PIECE_KINDS; i++)
		fprintf(to, ".k%zu{fill:%s}", i, colours[i].dark);
	fputs("}\n</style>\n", to);
}

/* --- a column --------------------------------------------------------------------------- */

static double middle(const struct bar *bar, const struct piece *piece)
{
	return TOP + ((double)piece->offset + (double)piece->size / 2) * bar->pixels;
}

static bool has_label(const struct bar *bar, const struct piece *piece)
{
	return piece->kind != PIECE_PADDING ||
	       piece->size >= pieces_size(&bar->column->pieces) / PADDING_SHARE;
}

/* Labels that touch each other; the first one would be at sum / count if there were no other
 * cluster, so that the labels are as near to their pieces as they can be. */
struct cluster {
	size_t count;
	double sum, top;
};

static void place_cluster(struct cluster *cluster, double height)
{
	const double least = TOP + LABEL_STEP / 2, size = (double)cluster->count * LABEL_STEP,
		     most = TOP + height + LABEL_STEP / 2 - size;

	cluster->top = cluster->sum / (double)cluster->count;
	if (cluster->top > most)
		cluster->top = most;
	if (cluster->top < least)
		cluster->top = least;
}

/* Joins the last cluster with those that it runs into. returns: the number of clusters */
static size_t join_clusters(struct cluster *clusters, size_t count, double height)
{
	while (count > 1) {
		struct cluster *last = &clusters[count - 1], *before = last - 1;
		const double size = (double)before->count * LABEL_STEP;

		if (before->top + size <= last->top)
			break;
		before->sum += last->sum - (double)last->count * size;
		before->count += last->count;
		place_cluster(before, height);
		count--;
	}
	return count;
}

/* @ret: places of the labels that there are, in their order */
static void place_labels(const struct bar *bar, double height, double ret[MAP_PIECES_MAX])
{
	const struct pieces *pieces = &bar->column->pieces;
	struct cluster clusters[MAP_PIECES_MAX];
	size_t count = 0, label = 0;

	for (size_t i = 0; i < pieces->count; i++) {
		if (!has_label(bar, &pieces->list[i]))
			continue;
		clusters[count] = (struct cluster){ 1, middle(bar, &pieces->list[i]), 0 };
		place_cluster(&clusters[count], height);
		count = join_clusters(clusters, count + 1, height);
	}
	for (size_t i = 0; i < count; i++)
		for (size_t j = 0; j < clusters[i].count; j++)
			ret[label++] = clusters[i].top + (double)j * LABEL_STEP;
}

static void put_piece(const struct drawing *drawing, const struct bar *bar,
		      const struct piece *piece)
{
	fprintf(drawing->to,
		"<rect class=\"k%d\" x=\"%.1f\" y=\"%.3f\" width=\"%.1f\" height=\"%.3f\"><title>",
		(int)piece->kind, bar->x, TOP + (double)piece->offset * bar->pixels, bar->width,
		(double)piece->size * bar->pixels);
	put_text(drawing->to, piece->name);
	fprintf(drawing->to, ": %" PRIu64 " bytes at %" PRIu64 "</title></rect>\n", piece->size,
		piece->offset);
}

/* "payload: " and the like are less important than what follows. */
static void put_name(FILE *to, const char *name)
{
	const char *colon = strstr(name, ": ");

	if (colon)
		fprintf(to, "<tspan class=\"m\">%.*s</tspan> ", (int)(colon - name + 1), name);
	put_text(to, colon ? colon + 2 : name);
}

static void put_label(const struct drawing *drawing, const struct bar *bar,
		      const struct piece *piece, double y)
{
	const double edge = bar->is_left ? bar->x : bar->x + bar->width,
		     way = bar->is_left ? -1 : 1;
	char size[SIZE_TEXT];

	fprintf(drawing->to,
		"<polyline class=\"line\" points=\"%.1f,%.1f %.1f,%.1f %.1f,%.1f %.1f,%.1f\"/>\n",
		edge, middle(bar, piece), edge + 4 * way, middle(bar, piece),
		edge + (ELBOW - 4) * way, y, edge + ELBOW * way, y);
	size_text(piece->size, size);
	fprintf(drawing->to, "<text x=\"%.1f\" y=\"%.1f\" text-anchor=\"%s\">",
		edge + (ELBOW + 6) * way, y + 4.5, bar->is_left ? "end" : "start");
	put_name(drawing->to, piece->name);
	fprintf(drawing->to, " <tspan class=\"m\" dx=\"4\">%s</tspan></text>\n", size);
}

/* A unit for TICKS numbers at most: 1, 2 or 5, times 1, 10 or 100, of 2^n bytes */
static double tick_unit(uint64_t size)
{
	static const double steps[] = { 1, 2 };
	double unit = 1;

	while ((double)size / unit >= 1024)
		unit *= 1024;
	while ((double)size / (unit * 5) > TICKS)
		unit *= 10;
	for (size_t i = 0; i < BZB_ARRAY_SIZE(steps); i++)
		if ((double)size / (unit * steps[i]) <= TICKS)
			return unit * steps[i];
	return unit * 5;
}

static void put_ticks(const struct drawing *drawing, const struct bar *bar)
{
	const uint64_t all = pieces_size(&bar->column->pieces);
	const double edge = bar->is_left ? bar->x + bar->width : bar->x,
		     way = bar->is_left ? 1 : -1, unit = tick_unit(all);

	for (unsigned int i = 1; unit * i < (double)all * 0.985; i++) {
		const double at = unit * i, y = TOP + at * bar->pixels;
		char size[SIZE_TEXT];

		size_text_whole((uint64_t)at, size);
		fprintf(drawing->to,
			"<path class=\"edge\" d=\"M%.1f %.1fh%.0f\"/>"
			"<text class=\"t\" x=\"%.1f\" y=\"%.1f\" text-anchor=\"%s\">%s</text>\n",
			edge, y, 5 * way, edge + 8 * way, y + 4, bar->is_left ? "start" : "end",
			size);
	}
}

static void put_bar(const struct drawing *drawing, const struct bar *bar)
{
	const struct pieces *pieces = &bar->column->pieces;
	double labels[MAP_PIECES_MAX] = { 0 };

	place_labels(bar, drawing->height, labels);
	fprintf(drawing->to, "<g id=\"%s\">\n", bar->is_left ? "file" : "memory");
	for (size_t i = 0; i < pieces->count; i++)
		put_piece(drawing, bar, &pieces->list[i]);
	fputs("</g>\n", drawing->to);
	fprintf(drawing->to,
		"<rect class=\"edge\" x=\"%.1f\" y=\"%d\" width=\"%.1f\" height=\"%.1f\"/>\n",
		bar->x, TOP, bar->width, drawing->height);
	put_ticks(drawing, bar);
	for (size_t i = 0, label = 0; i < pieces->count; i++)
		if (has_label(bar, &pieces->list[i]))
			put_label(drawing, bar, &pieces->list[i], labels[label++]);
	fprintf(drawing->to, "<text class=\"c\" x=\"%.1f\" y=\"%d\" text-anchor=\"%s\">%s</text>\n",
		bar->is_left ? bar->x + bar->width : bar->x, TOP - 14,
		bar->is_left ? "end" : "start", bar->column->title);
}

/* --- between the columns ------------------------------------------------------------------ */

/* The codec, and the sizes before and after it */
static void put_link_text(const struct drawing *drawing, const struct map_link *link, double x,
			  double y)
{
	char from[SIZE_TEXT], to[SIZE_TEXT];

	size_text(link->from_size, from);
	size_text(link->unpacked_size, to);
	fprintf(drawing->to,
		"<text class=\"t\" text-anchor=\"middle\"><tspan x=\"%.1f\" y=\"%.1f\">%s</tspan>"
		"<tspan x=\"%.1f\" dy=\"14\">%s</tspan><tspan x=\"%.1f\" dy=\"14\">to %s</tspan>"
		"</text>\n",
		x, y - 10, link->text, x, from, x, to);
}

static void put_link(const struct drawing *drawing, const struct map_link *link, const char *class,
		     const struct bar *file, const struct bar *memory)
{
	const double left = file->x + file->width, right = memory->x, bend = (left + right) / 2,
		     a = TOP + (double)link->from * file->pixels,
		     b = a + (double)link->from_size * file->pixels,
		     c = TOP + (double)link->to * memory->pixels,
		     d = c + (double)link->to_size * memory->pixels;

	if (!link->from_size || !link->to_size)
		return;
	fprintf(drawing->to,
		"<path class=\"%s\" d=\"M%.1f %.1fC%.1f %.1f %.1f %.1f %.1f %.1fV%.1fC%.1f %.1f "
		"%.1f %.1f %.1f %.1fZ\"/>\n",
		class, left, a, bend, a, bend, c, right, c, d, bend, d, bend, b, left, b);
	if (*link->text)
		put_link_text(drawing, link, bend, (a + b + c + d) / 4);
}

static void put_links(const struct drawing *drawing, const struct bar *file,
		      const struct bar *memory)
{
	static const char *const classes[MAP_LINKS] = {
		[LINK_IMAGE] = "image", [LINK_KERNEL] = "kernel", [LINK_INITRD] = "initrd"
	};

	for (size_t i = 0; i < MAP_LINKS; i++)
		put_link(drawing, &drawing->map->links[i], classes[i], file, memory);
}

/* --- the picture -------------------------------------------------------------------------- */

static size_t count_labels(const struct map_column *column)
{
	const struct bar bar = { .column = column };
	size_t count = 0;

	for (size_t i = 0; i < column->pieces.count; i++)
		count += has_label(&bar, &column->pieces.list[i]);
	return count;
}

static double bar_height(const struct map *map)
{
	const size_t file = count_labels(&map->file), memory = count_labels(&map->memory);
	const double labels = (double)(file > memory ? file : memory) * LABEL_STEP;

	return labels > HEIGHT_LEAST ? labels : HEIGHT_LEAST;
}

static double pixels_per_byte(const struct drawing *drawing, const struct map_column *column)
{
	const uint64_t size = pieces_size(&column->pieces);

	return size ? drawing->height / (double)size : 0;
}

/* All columns are as high, so their widths are in proportion, if they can be, like their sizes.
 * returns: true if so */
static bool find_widths(const struct map *map, double *ret_file, double *ret_memory)
{
	const double file = (double)pieces_size(&map->file.pieces),
		     memory = (double)pieces_size(&map->memory.pieces),
		     most = file > memory ? file : memory;

	*ret_file = most > 0 ? BAR_MOST * file / most : BAR_MOST;
	*ret_memory = most > 0 ? BAR_MOST * memory / most : BAR_MOST;
	if (*ret_file >= BAR_LEAST && *ret_memory >= BAR_LEAST)
		return true;
	*ret_file = *ret_file > BAR_LEAST ? *ret_file : BAR_LEAST;
	*ret_memory = *ret_memory > BAR_LEAST ? *ret_memory : BAR_LEAST;
	return false;
}

static uint64_t unlabelled(const struct map_column *column)
{
	const struct bar bar = { .column = column };
	uint64_t size = 0;

	for (size_t i = 0; i < column->pieces.count; i++)
		if (!has_label(&bar, &column->pieces.list[i]))
			size += column->pieces.list[i].size;
	return size;
}

static void put_notes(const struct drawing *drawing, bool has_areas)
{
	const double y = TOP + drawing->height + 26;
	const bool has_memory = drawing->map->memory.pieces.count;
	const uint64_t padding = unlabelled(&drawing->map->file);
	char size[SIZE_TEXT];

	fprintf(drawing->to, "<text class=\"s\" x=\"24\" y=\"%.1f\">%s%s</text>\n", y,
		has_memory ? "Each column is to scale" : "The column is to scale",
		has_memory && has_areas ? ", and so are the areas." : ".");
	fprintf(drawing->to, "<text class=\"s\" x=\"24\" y=\"%.1f\">%s", y + 16,
		drawing->map->is_estimated ?
			"The shares of the compressed payload are estimated. " :
			"");
	size_text(padding, size);
	if (padding)
		fprintf(drawing->to, "Padding of the file without a label: %s.", size);
	fputs("</text>\n", drawing->to);
	if (has_memory)
		fprintf(drawing->to, "<text class=\"s\" x=\"24\" y=\"%.1f\">%s</text>\n", y + 32,
			drawing->map->memory_note);
}

static void put_head(const struct drawing *drawing, const char *name)
{
	const double height = TOP + drawing->height + BOTTOM;

	fprintf(drawing->to,
		"<svg xmlns=\"http://www.w3.org/2000/svg\" role=\"img\" viewBox=\"0 0 %d %.0f\" "
		"width=\"%d\" height=\"%.0f\">\n<title>",
		WIDTH, height, WIDTH, height);
	put_text(drawing->to, name);
	fputs(": the file, and the memory at boot</title>\n"
	      "<desc>made by bzboot info --map</desc>\n",
	      drawing->to);
	put_style(drawing);
	fprintf(drawing->to,
		"<rect class=\"page\" width=\"%d\" height=\"%.0f\" rx=\"8\"/>\n"
		"<text class=\"h\" x=\"24\" y=\"38\">",
		WIDTH, height);
	put_text(drawing->to, name);
	fputs("</text>\n<text class=\"m\" x=\"24\" y=\"60\">", drawing->to);
	put_text(drawing->to, drawing->map->subject);
	fputs("</text>\n", drawing->to);
}

static void put_map(struct drawing *drawing, const char *name)
{
	const struct map *map = drawing->map;
	struct bar file = { .column = &map->file, .is_left = true },
		   memory = { .column = &map->memory };
	const bool has_areas = find_widths(map, &file.width, &memory.width);

	drawing->height = bar_height(map);
	file.x = LEFT - file.width;
	memory.x = RIGHT;
	file.pixels = pixels_per_byte(drawing, &map->file);
	memory.pixels = pixels_per_byte(drawing, &map->memory);
	put_head(drawing, name);
	put_links(drawing, &file, &memory);
	put_bar(drawing, &file);
	if (map->memory.pieces.count)
		put_bar(drawing, &memory);
	put_notes(drawing, has_areas);
	fputs("</svg>\n", drawing->to);
}

struct blob map_svg(const struct map *map, const char *name)
{
	char *text = NULL;
	size_t size = 0;
	struct blob copy;
	struct drawing drawing = { .to = open_memstream(&text, &size), .map = map };

	if (!drawing.to)
		diag_no_memory(0);
	put_map(&drawing, name);
	if (fclose(drawing.to))
		diag_no_memory(size);
	copy = blob_copy((struct bzb_span){ (const unsigned char *)text, size });
	free(text);
	return copy;
}
