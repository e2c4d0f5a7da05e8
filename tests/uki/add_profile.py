#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""add_profile.py IN OUT NAME=TEXT|NAME=@FILE...: append section headers and their bytes to a unified
kernel image, or to the stub of one; NAME .profile begins a profile."""
import struct
import sys

PAGE = 4096


def pages(size):
    return (size + PAGE - 1) // PAGE * PAGE


def main():
    image = bytearray(open(sys.argv[1], "rb").read())
    pe, = struct.unpack_from("<I", image, 0x3c)
    count, = struct.unpack_from("<H", image, pe + 6)
    table = pe + 24 + struct.unpack_from("<H", image, pe + 20)[0]
    size_at = pe + 24 + 56  # SizeOfImage
    image += bytes(max(pages(len(image)), struct.unpack_from("<I", image, size_at)[0]) - len(image))
    for argument in sys.argv[3:]:
        name, text = argument.split("=", 1)
        data = open(text[1:], "rb").read() if text[:1] == "@" else text.encode()
        header = struct.pack("<8sIIIIIIHHI", name.encode(), len(data), len(image),
                             pages(len(data)), len(image), 0, 0, 0, 0, 0x40000040)
        image[table + 40 * count : table + 40 * (count + 1)] = header
        count += 1
        image += data.ljust(pages(len(data)), b"\0")
    struct.pack_into("<H", image, pe + 6, count)
    struct.pack_into("<I", image, size_at, len(image))
    open(sys.argv[2], "wb").write(image)


main()
