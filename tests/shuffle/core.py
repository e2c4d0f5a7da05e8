#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""core.py VMLINUX CORE SLIDE [FORM]: the dump of a kernel that KASLR has moved, without its other memory.

FORM: "virtual", as /proc/vmcore; "physical", as QEMU writes it; "pages", a segment for each page, with
the number of segments in section 0.
"""
import struct
import sys

vmlinux = open(sys.argv[1], "rb").read()
slide = int(sys.argv[3], 16)
form = sys.argv[4] if len(sys.argv) > 4 else "virtual"
PHYS_BASE = 0x5000000
PAGE = 4096

loads = []  # virtual, physical, bytes
phoff, = struct.unpack_from("<Q", vmlinux, 32)
phnum, = struct.unpack_from("<H", vmlinux, 56)
for i in range(phnum):
    kind, _, offset, virtual, physical, size = struct.unpack_from("<IIQQQQ", vmlinux, phoff + 56 * i)
    if kind == 1:
        bytes_ = vmlinux[offset:offset + size]
        loads.append((virtual + slide, physical + slide + PHYS_BASE, bytes_))
if form == "physical":
    loads = [(0, physical, bytes_) for _, physical, bytes_ in loads]
if form == "pages":
    loads = [(virtual + at, physical + at, bytes_[at:at + PAGE])
             for virtual, physical, bytes_ in loads for at in range(0, len(bytes_), PAGE)]

info = (f"OSRELEASE=6.1\nPAGESIZE=4096\nNUMBER(phys_base)={PHYS_BASE}\n"
        f"KERNELOFFSET={slide:x}\n").encode()
note = struct.pack("<III", 4, 3, 1) + b"GNU\0" + b"abc\0"
note += struct.pack("<III", 11, len(info), 0) + b"VMCOREINFO\0\0" + info + b"\0" * (-len(info) % 4)

count = 1 + len(loads)
header = 64 + 56 * count
section = b""
if form == "pages":
    section = struct.pack("<IIQQQQIIQQ", 0, 0, 0, 0, 0, 0, 0, count, 0, 0)
at = header + len(section)
phdrs = struct.pack("<IIQQQQQQ", 4, 0, at, 0, 0, len(note), len(note), 0)
body = note
for virtual, physical, bytes_ in loads:
    phdrs += struct.pack("<IIQQQQQQ", 1, 7, at + len(body), virtual, physical, len(bytes_),
                         len(bytes_), PAGE)
    body += bytes_
ident = b"\x7fELF\x02\x01\x01" + b"\0" * 9
ehdr = ident + struct.pack("<HHIQQQIHHHHHH", 4, 62, 1, 0, 64, header if section else 0, 0, 64, 56,
                           0xffff if section else count, 64 if section else 0, 1 if section else 0, 0)
open(sys.argv[2], "wb").write(ehdr + phdrs + section + body)
