#!/usr/bin/awk -f
# SPDX-License-Identifier: BSD-2-Clause
#
# bars.awk -v title=TEXT -v measure=TEXT -v unit=TEXT -v apart=TEXT: a bar chart, as SVG, of lines
# "LABEL<tab>SERIES<tab>VALUE" in their order; less is better. MEASURE is the unit in words. There
# are two series, bzboot and another; an empty label belongs to the one before. Labels with a single
# bar, without a counterpart, come last, below the text APART. Colours and text are legible on white
# and on black.
BEGIN {
	FS = "\t"
	left = 190; plot = 400; row = 20; bar_height = 14; legend = 46; top = 78
}

{
	if ($1 != "") label[++labels] = $1
	bars[labels]++
	series[labels, bars[labels]] = $2
	value[labels, bars[labels]] = $3
	if ($3 > most) most = $3
	if ($2 != "bzboot" && bars[labels] > 1) other = $2
}

function escaped(what) {
	gsub(/&/, "\\&amp;", what)
	gsub(/</, "\\&lt;", what)
	return what
}

function text(x, y, anchor, what) {
	printf "<text x=\"%d\" y=\"%d\" text-anchor=\"%s\">%s</text>\n", x, y, anchor, escaped(what)
}

function bar(x, y, width, class) {
	printf "<rect class=\"%s\" x=\"%d\" y=\"%d\" width=\"%.1f\" height=\"%d\"/>\n", class, x, y,
		width, bar_height
}

function key(x, class, what) {
	bar(x, legend, bar_height, class)
	text(x + 20, legend + 12, "start", what)
}

function class_of(name) {
	return name == "bzboot" ? "bzboot" : name == other ? "other" : "alone"
}

# Draws the bars of a label at y; sets y to the place of the next ones.
function draw(i, j, length_) {
	text(left - 8, y + 12, "end", label[i])
	for (j = 1; j <= bars[i]; j++) {
		length_ = most ? plot * value[i, j] / most : 0
		bar(left, y, length_, class_of(series[i, j]))
		text(left + length_ + 6, y + 12, "start", value[i, j] " " unit)
		y += row
	}
	y += 6
}

END {
	for (i = 1; i <= labels; i++) {
		rows += bars[i]
		if (bars[i] == 1) alone++
	}
	width = left + plot + 90
	height = top + row * rows + 6 * labels + (alone ? 36 : 0)
	printf "<svg xmlns=\"http://www.w3.org/2000/svg\" role=\"img\" viewBox=\"0 0 %d %d\" width=\"%d\">\n",
		width, height, width
	printf "<title>%s, %s; less is better</title>\n", escaped(title), escaped(measure)
	print "<!-- made by make bench (tools/bench/bars.awk): do not edit -->"
	print "<style>text{font:12px sans-serif;fill:#777}.bzboot{fill:#2a7fd4}.other{fill:#a08c6c}.alone{fill:#999}</style>"
	text(8, 18, "start", title)
	text(8, 35, "start", measure " (" unit "); less is better")
	key(left, "bzboot", "bzboot")
	if (other != "") key(left + 90, "other", other)
	y = top
	for (i = 1; i <= labels; i++)
		if (bars[i] > 1) draw(i)
	if (alone) {
		y += 36
		text(8, y - 12, "start", apart)
	}
	for (i = 1; i <= labels; i++)
		if (bars[i] == 1) draw(i)
	print "</svg>"
}
