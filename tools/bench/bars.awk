#!/usr/bin/awk -f
# SPDX-License-Identifier: BSD-2-Clause
#
# bars.awk -v title=TEXT: a bar chart, as SVG, of lines "LABEL<tab>SERIES<tab>VALUE" in the order in which they
# come. There are two series, bzboot and another; an empty label belongs to the one before. Colours
# and text can be read on white and on black.
BEGIN {
	FS = "\t"
	left = 190; plot = 430; row = 20; top = 44
}

{
	label[NR] = $1; series[NR] = $2; value[NR] = $3
	if ($3 > most) most = $3
	if ($2 != "bzboot") other = $2
}

function text(x, y, anchor, what) {
	printf "<text x=\"%d\" y=\"%d\" text-anchor=\"%s\">%s</text>\n", x, y, anchor, what
}

function bar(x, y, width, class) {
	printf "<rect class=\"%s\" x=\"%d\" y=\"%d\" width=\"%.1f\" height=\"14\"/>\n", class, x, y, width
}

END {
	y = top
	for (i = 1; i <= NR; i++) {
		if (label[i] != "" && i > 1) y += 6
		at[i] = y
		y += row
	}
	width = left + plot + 70
	printf "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 %d %d\" width=\"%d\">\n", width, y + 6, width
	print "<!-- made by make bench (tools/bench/bars.awk): do not edit -->"
	print "<style>text{font:12px sans-serif;fill:#777}.bzboot{fill:#2a7fd4}.other{fill:#a08c6c}</style>"
	text(8, 18, "start", title)
	bar(left, 24, 14, "bzboot"); text(left + 20, 36, "start", "bzboot")
	if (other != "") { bar(left + 90, 24, 14, "other"); text(left + 110, 36, "start", other) }
	for (i = 1; i <= NR; i++) {
		if (label[i] != "") text(left - 8, at[i] + 12, "end", label[i])
		length_ = most ? plot * value[i] / most : 0
		bar(left, at[i], length_, series[i] == "bzboot" ? "bzboot" : "other")
		text(left + length_ + 6, at[i] + 12, "start", value[i])
	}
	print "</svg>"
}
