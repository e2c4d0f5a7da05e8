#!/usr/bin/env bash
# SPDX-License-Identifier: BSD-2-Clause
#
# The charts of docs/benchmarks.md, by tools/bench/bars.awk and tools/bench/curves.awk: nothing
# overlaps or leaves the picture; the title says that less is better. (How they look must be judged by eye.)
# shellcheck source=tests/cli.sh
. tests/cli.sh
need awk python3

# chart LINE...: $work/chart.svg
chart() {
	printf '%s\n' "$@" | tools/bench/bars.awk -v "title=This & that" -v "measure=milliseconds" \
		-v unit=ms -v "apart=Alone:" >"$work/chart.svg"
}

cat >"$work/overlaps.py" <<'END'
import sys, xml.etree.ElementTree as tree

svg = tree.parse(sys.argv[1]).getroot()
space = "{http://www.w3.org/2000/svg}"
width, height = map(float, svg.get("viewBox").split()[2:])
boxes = []
for rect in svg.iter(space + "rect"):
    x, y, w, h = (float(rect.get(name)) for name in ("x", "y", "width", "height"))
    boxes.append((x, y, x + w, y + h, "a bar at %g" % y))
for text in svg.iter(space + "text"):
    x, y, w = float(text.get("x")), float(text.get("y")), 7 * len(text.text)
    x -= {"end": w, "middle": w / 2}.get(text.get("text-anchor"), 0)
    boxes.append((x, y - 11, x + w, y + 3, text.text))
for a in boxes:
    if a[0] < 0 or a[1] < 0 or a[2] > width or a[3] > height:
        print("not in the picture:", a[4])
for i, a in enumerate(boxes):
    for b in boxes[:i]:
        if a[0] < b[2] and b[0] < a[2] and a[1] < b[3] and b[1] < a[3]:
            print(a[4], "overlaps", b[4])
END

# drawn FILE: nothing in it overlaps
drawn() {
	python3 "$work/overlaps.py" "$1" >"$work/log" 2>&1 || fault "$1: no XML: $(<"$work/log")"
	[ ! -s "$work/log" ] || fault "$1: $(<"$work/log")"
}

# texts: the chart's texts, from top to bottom
texts() {
	sed -n 's/.* y="\([0-9]*\)".*>\(.*\)<\/text>$/\1 \2/p' "$work/chart.svg" | sort -n -s |
		cut -d ' ' -f 2-
}

chart $'first\tbzboot\t10' $'\tLinux\t4000.5' $'lone\tbzboot\t2000' $'second\tbzboot\t5' \
	$'\tLinux\t6' $'part\tpart\t3'
drawn "$work/chart.svg"
for file in docs/bench-*.svg; do
	drawn "$file"
done
finish "nothing overlaps"

grep -qxF '<title>This &amp; that, milliseconds; less is better</title>' "$work/chart.svg" ||
	fault "the title is $(grep '<title>' "$work/chart.svg")"
for text in "milliseconds (ms); less is better" "4000.5 ms" bzboot Linux; do
	texts | grep -qxF "$text" || fault "no text '$text'"
done
for file in docs/bench-*.svg; do
	[[ $(grep '<title>' "$file") == *"less is better</title>" ]] || fault "$file has no title"
done
finish "the title says what is better; values have a unit"

same "the labels" "first second Alone: lone part " \
	"$(texts | grep -xE 'first|second|lone|part|Alone:' | tr '\n' ' ')"
finish "values without a counterpart are listed apart"

chart $'first\tbzboot\t10' $'\tLinux\t20'
drawn "$work/chart.svg"
! texts | grep -qx Alone: || fault "a heading without values"
finish "without such values there is no heading"

printf '%s\n' $'two\t0\t0.7\t1' $'two\t0.4\t0.4\t4' $'two\t1.7\t0.3\t8' $'four\t0\t0.7\t' \
	$'four\t0.4\t0.2\t' $'four\t1.7\t0.15\t' | tools/bench/curves.awk -v "title=Now & then" \
	-v across=growth -v up=path >"$work/chart.svg"
drawn "$work/chart.svg"
grep -qxF '<title>Now &amp; then: path, by growth; less is better</title>' "$work/chart.svg" ||
	fault "the title is $(grep '<title>' "$work/chart.svg")"
same "curves" 2 "$(grep -c '^<polyline' "$work/chart.svg")"
same "points" 6 "$(grep -c '^<circle.* r="4"' "$work/chart.svg")"
same "heights of the points with the same place" 1 \
	"$(sed -n 's/.*cx="76.0" cy="\([0-9.]*\)" r="4".*/\1/p' "$work/chart.svg" | sort -u | wc -l)"
finish "curves: the points are where their values are"
plan
