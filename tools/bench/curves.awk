#!/usr/bin/awk -f
# SPDX-License-Identifier: BSD-2-Clause
#
# curves.awk -v title=TEXT -v across=TEXT -v up=TEXT: a chart, as SVG, of lines
# "SERIES<tab>X<tab>Y<tab>LABEL" in their order: a curve for each of up to three series, with a dot
# for each point; labels are at the first series' points, above one and below the next. ACROSS and UP
# name the axes, which begin at the least X and at 0; less is better. Colours and text are legible on
# white and on black.
BEGIN {
	FS = "\t"
	left = 60; plot = 480; top = 64; height = 260
}

{
	if (!($1 in number)) { name[++names] = $1; number[$1] = names }
	s = number[$1]
	x[s, ++points[s]] = $2
	y[s, points[s]] = $3
	label[s, points[s]] = $4
	if (NR == 1 || $2 < x_least) x_least = $2
	if (NR == 1 || $2 > x_most) x_most = $2
	if ($3 > y_most) y_most = $3
}

function across_at(value) {
	return left + 16 + (plot - 32) * (value - x_least) / (x_most > x_least ? x_most - x_least : 1)
}

function up_at(value) {
	return top + height - height * value / (y_most ? y_most * 1.08 : 1)
}

function escaped(what) {
	gsub(/&/, "\\&amp;", what)
	gsub(/</, "\\&lt;", what)
	return what
}

function text(x, y, anchor, what) {
	printf "<text x=\"%.1f\" y=\"%.1f\" text-anchor=\"%s\">%s</text>\n", x, y, anchor,
		escaped(what)
}

function line(x1, y1, x2, y2, class) {
	printf "<line class=\"%s\" x1=\"%.1f\" y1=\"%.1f\" x2=\"%.1f\" y2=\"%.1f\"/>\n", class, x1, y1, x2, y2
}

function draw_axes(i, value) {
	for (i = 0; i <= 4; i++) {
		value = y_most * i / 4
		line(left, up_at(value), left + plot, up_at(value), "grid")
		text(left - 6, up_at(value) + 4, "end", sprintf("%.2f", value))
	}
	for (i = 0; i <= 4; i++) {
		value = x_least + (x_most - x_least) * i / 4
		text(across_at(value), top + height + 18, "middle", sprintf("%.2f", value))
	}
}

function draw_curve(s, i) {
	printf "<polyline class=\"c%d\" points=\"", s
	for (i = 1; i <= points[s]; i++) printf "%.1f,%.1f ", across_at(x[s, i]), up_at(y[s, i])
	print "\"/>"
	for (i = 1; i <= points[s]; i++) {
		printf "<circle class=\"d%d\" cx=\"%.1f\" cy=\"%.1f\" r=\"4\"/>\n", s,
			across_at(x[s, i]), up_at(y[s, i])
		if (s == 1)
			text(across_at(x[s, i]), up_at(y[s, i]) + (i % 2 ? -8 : 18), "middle", label[s, i])
	}
}

END {
	width = left + plot + 20
	printf "<svg xmlns=\"http://www.w3.org/2000/svg\" role=\"img\" viewBox=\"0 0 %d %d\" width=\"%d\">\n",
		width, top + height + 44, width
	printf "<title>%s: %s, by %s; less is better</title>\n", escaped(title), escaped(up),
		escaped(across)
	print "<!-- made by make bench (tools/bench/curves.awk): do not edit -->"
	print "<style>text{font:12px sans-serif;fill:#777}line{stroke:#8888;stroke-width:.5}polyline{fill:none;stroke-width:2}" \
		".c1{stroke:#2a7fd4}.d1{fill:#2a7fd4}.c2{stroke:#a08c6c}.d2{fill:#a08c6c}.c3{stroke:#4a9a5b}.d3{fill:#4a9a5b}</style>"
	text(8, 18, "start", title "; less is better")
	text(8, 35, "start", "up: " up "; across: " across)
	draw_axes()
	for (s = 1; s <= names; s++) {
		draw_curve(s)
		printf "<circle class=\"d%d\" cx=\"%d\" cy=\"%d\" r=\"5\"/>\n", s, left + 16 + 130 * (s - 1), 49
		text(left + 28 + 130 * (s - 1), 53, "start", name[s])
	}
	print "</svg>"
}
