# SPDX-License-Identifier: BSD-2-Clause
"""sections_of.py FILE SECTION=FILE[:VIRTUAL[:RAW]]...: make a PE image with these sections, of these
sizes, in the form of ukify's: 512 bytes apart in the file, and pages in memory."""
import struct
import sys

headers, body, at, memory = b"", b"", 0x1000, 0x1000
for word in sys.argv[2:]:
    name, _, rest = word.partition("=")
    path, *sizes = rest.split(":")
    data = open(path, "rb").read() if path else b""
    virtual = int(sizes[0]) if sizes else len(data)
    raw = int(sizes[1]) if len(sizes) > 1 else (len(data) + 511) // 512 * 512
    headers += struct.pack("<8sIIIIIIHHI", name.encode(), virtual, memory, raw,
                           at if raw else 0, 0, 0, 0, 0, 0x40000040)
    body += data[:raw].ljust(raw, b"\0")
    at, memory = at + raw, memory + (virtual + 0xfff) // 0x1000 * 0x1000
count = len(sys.argv) - 2
pe = b"PE\0\0" + struct.pack("<HHIIIHH", 0x8664, count, 0, 0, 0, 240, 0x22)
pe += struct.pack("<HBBIIIII", 0x20b, 0, 0, 0, 0, 0, 0x1000, 0x1000)
pe += struct.pack("<QIIHHHHHHIIIIHHQQQQII", 0, 0x1000, 512, 0, 0, 0, 0, 0, 0, 0,
                  memory, 0x1000, 0, 10, 0x100, 0, 0, 0, 0, 0, 16)
pe = b"MZ".ljust(0x3c, b"\0") + struct.pack("<I", 0x40) + pe + bytes(128) + headers
open(sys.argv[1], "wb").write(pe.ljust(0x1000, b"\0") + body)
