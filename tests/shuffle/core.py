#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""core.py VMLINUX CORE SLIDE [FORM]: the dump of a kernel that KASLR has moved, without its other memory.

FORM: "virtual", as /proc/vmcore; "physical", as QEMU writes it; "pages", a segment for each page, with
the number of segments in section 0. "kdump": kdump's own format, as makedumpfile writes it, with pages by
zlib, by zstd, and as they are, in turn; "lzo", "snappy": the same, but the pages are said to be these.
"""
import ctypes
import struct
import sys
import zlib

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


def zstd(page):
    library = ctypes.CDLL("libzstd.so.1")
    room = ctypes.create_string_buffer(2 * PAGE)
    library.ZSTD_compress.restype = ctypes.c_size_t
    size = library.ZSTD_compress(room, ctypes.c_size_t(len(room)), page, ctypes.c_size_t(len(page)), 3)
    return room.raw[:size]


def pages_of_memory():
    pages = {}
    for _, physical, bytes_ in loads:
        for at in range(physical // PAGE, (physical + len(bytes_) + PAGE - 1) // PAGE):
            page = pages.setdefault(at, bytearray(PAGE))
            start = max(physical, at * PAGE)
            part = bytes_[start - physical:(at + 1) * PAGE - physical]
            page[start % PAGE:start % PAGE + len(part)] = part
    return pages


def packed(page, number):
    """The bytes of a page in the file, and the flags of its row"""
    if form in ("lzo", "snappy"):
        return zlib.compress(page), 2 if form == "lzo" else 4
    ways = [(zlib.compress(page), 1), (zstd(page), 0x20), (page, 0)]
    bytes_, flags = ways[number % 3]
    return (bytes_, flags) if len(bytes_) < PAGE else (page, 0)


def write_kdump():
    pages = pages_of_memory()
    bits = bytearray(-(-(max(pages) + 1) // (8 * PAGE)) * PAGE)
    for number in pages:
        bits[number // 8] |= 1 << number % 8
    header = bytearray(PAGE)
    header[:12] = struct.pack("<8sI", b"KDUMP   ", 6)
    header[424:440] = struct.pack("<IIII", 1, PAGE, 1, 2 * len(bits) // PAGE)
    sub = bytearray(PAGE)
    struct.pack_into("<Q", sub, 0, PHYS_BASE)
    rows, body = b"", info
    at = 2 * PAGE + 2 * len(bits) + 24 * len(pages)
    struct.pack_into("<QQ", sub, 32, at, len(info))
    for i, number in enumerate(sorted(pages)):
        bytes_, flags = packed(bytes(pages[number]), i)
        rows += struct.pack("<QIIQ", at + len(body), len(bytes_), flags, 0)
        body += bytes_
    open(sys.argv[2], "wb").write(header + sub + bytes(2 * bits) + rows + body)


if form in ("kdump", "lzo", "snappy"):
    write_kdump()
    sys.exit()

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
