#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""describe.py FILE: what the debug data of a program says, without addresses.

Prints entries, locations, call frames, the ranges of units, and the source line of each byte of each
function, as llvm-dwarfdump-19 and llvm-symbolizer-19 read them. Each address of code is the name of
its function and a distance, so that it is the same wherever the function is. The range of a unit
becomes the functions in it.
"""
import bisect
import re
import subprocess
import sys

path = sys.argv[1]


def run(*command, text=None):
    return subprocess.run(command, input=text, capture_output=True, text=True, check=True).stdout


functions = []  # address, size, name; equal names have a number
seen = {}
for line in run("nm", "-n", "-S", path).splitlines():
    words = line.split()
    if len(words) == 4 and words[2] in "tT":
        name = words[3]
        seen[name] = seen.get(name, 0) + 1
        functions.append((int(words[0], 16), int(words[1], 16), f"{name}#{seen[name]}"))
starts = [address for address, _, _ in functions]


def place(address):
    """The name of an address."""
    i = bisect.bisect_right(starts, address) - 1
    if i < 0 or address - starts[i] > functions[i][1]:
        return hex(address)
    return f"{functions[i][2]}+{address - starts[i]}"


def start(match):
    return place(int(match[1], 16))


def pair(match):
    """A range, whose end is behind its last byte."""
    if match[1] == match[2]:
        return "nowhere"
    return f"from {start(match)} to the end of {place(int(match[2], 16) - 1)}"


def end(match):
    return f"{match[1]} end of {place(int(match[2], 16) - 1)}"


UNIT = re.compile(r"DW_TAG_compile_unit")
RANGE = re.compile(r"\[0x([0-9a-f]{16}), 0x([0-9a-f]{16})\)")
END = re.compile(r"(DW_AT_high_pc|DW_AT_call_return_pc|DW_AT_GNU_call_site_low_pc)\s+\(0x([0-9a-f]{16})")
ADDRESS = re.compile(r"0x([0-9a-f]{16})")
FRAME = re.compile(r"pc=([0-9a-f]+)\.\.\.([0-9a-f]+)")
STEP = re.compile(r"(?<= to )0x([0-9a-f]+)$")
ROW = re.compile(r"^\s+0x([0-9a-f]+):")
OFFSET = re.compile(r"\b(?:0x)?[0-9a-f]{8}\b")
OF_UNIT = re.compile(r"DW_AT_(low_pc|high_pc|ranges|identifier_case)|^\s+\[0x")


def describe_entries():
    in_unit = in_call = False
    for line in run("llvm-dwarfdump-19", "--debug-info", path).splitlines()[1:]:
        if "DW_TAG" in line:
            in_unit = UNIT.search(line)
            in_call = "DW_TAG_GNU_call_site" in line
        if "Compile Unit:" in line or (in_unit and OF_UNIT.search(line)):
            continue
        if in_call:
            line = line.replace("DW_AT_low_pc", "DW_AT_GNU_call_site_low_pc")
        line = END.sub(end, RANGE.sub(pair, line))
        print(OFFSET.sub("X", ADDRESS.sub(start, line)))


def describe_frames():
    for line in run("llvm-dwarfdump-19", "--debug-frame", path).splitlines()[1:]:
        print(OFFSET.sub("X", STEP.sub(start, ROW.sub(start, FRAME.sub(pair, line)))))


def describe_units():
    """The functions in the ranges of each unit, by the entry of the unit and by .debug_aranges."""
    found = set()
    unit = 0
    ranges = run("llvm-dwarfdump-19", "--debug-aranges", path)
    entries = run("llvm-dwarfdump-19", "--debug-info", "--recurse-depth=0", path)
    low = re.compile(r"DW_AT_low_pc\s+\(0x([0-9a-f]+)")
    high = re.compile(r"DW_AT_high_pc\s+\(0x([0-9a-f]+)")
    first = 0
    for text, kind in ((ranges, "aranges"), (entries, "entry")):
        for line in text.splitlines():
            unit = re.search(r"cu_offset = (0x[0-9a-f]+)|^(0x[0-9a-f]+): Compile", line) or unit
            number = unit and (unit[1] or unit[2])
            for a, b in RANGE.findall(line):
                found |= covered(kind, number, int(a, 16), int(b, 16))
            if low.search(line):
                first = int(low.search(line)[1], 16)
            if high.search(line):
                found |= covered(kind, number, first, int(high.search(line)[1], 16))
    for line in sorted(found):
        print(line)


def covered(kind, unit, first, last):
    """The functions that are all in a range; one that is partly in it is an error."""
    inside = set()
    for address, size, name in functions:
        if size and address < last and address + size > first:
            whole = address >= first and address + size <= last
            inside.add(f"{kind} {unit}: {name}{'' if whole else ', partly'}")
    return inside


def describe_lines():
    asked = [(name, i, address + i) for address, size, name in sorted(functions, key=lambda f: f[2])
             for i in range(size)]
    said = run("llvm-symbolizer-19", "-e", path, "--output-style=GNU", "--pretty-print",
               text="".join(f"{address:#x}\n" for _, _, address in asked)).splitlines()
    said = [line for line in said if line]
    at = 0
    for name, i, _ in asked:
        print(f"{name}+{i}: {said[at]}")
        at += 1
        while at < len(said) and said[at].startswith(" (inlined"):
            print(f"  {said[at]}")
            at += 1


describe_entries()
describe_frames()
describe_units()
describe_lines()
