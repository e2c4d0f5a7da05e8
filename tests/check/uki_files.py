#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""uki_files.py FOLDER: write the contents of a unified kernel image to FOLDER: initrd, ucode,
splash.bmp and more."""
import gzip
import pathlib
import struct
import sys

from image import padded, record

MICROCODE = "kernel/x86/microcode/GenuineIntel.bin"


def archive(files):
    """A cpio archive."""
    folders = sorted({str(parent) for name in files for parent in pathlib.PurePath(name).parents})
    out = b"".join(record(1, 0o40755, name) for name in folders if name != ".")
    out += b"".join(record(1, 0o100644, name, data) for name, data in files.items())
    return padded(out + record(0, 0, "TRAILER!!!"))


def bitmap(width, height):
    """A picture of 24 bits per pixel."""
    pixels = bytes((3 * width + 3) // 4 * 4 * height)
    head = struct.pack("<IiiHHIIiiII", 40, width, height, 1, 24, 0, len(pixels), 0, 0, 0, 0)
    return struct.pack("<2sIII", b"BM", 14 + len(head) + len(pixels), 0, 14 + len(head)) + head + pixels


def main():
    folder = pathlib.Path(sys.argv[1])
    contents = {
        "initrd": archive({"early": b"1"}) + gzip.compress(archive({"init": b"2" * 5000}), mtime=0),
        "ucode": archive({MICROCODE: bytes(100)}),
        "splash.bmp": bitmap(10, 10),
        "more": b"more\n" * 4800,
    }
    for name, data in contents.items():
        (folder / name).write_bytes(data)


if __name__ == "__main__":
    main()
