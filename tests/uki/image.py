# SPDX-License-Identifier: BSD-2-Clause
"""The sections of a unified kernel image, and the initrds that a stub makes of them."""
import struct

FILES = {
    ".pcrsig": "tpm2-pcr-signature.json",
    ".pcrpkey": "tpm2-pcr-public-key.pem",
    ".osrel": "os-release",
    ".profile": "profile",
}


def sections(image, wanted):
    """The sections of a profile by name; the first one of a name counts."""
    pe, = struct.unpack_from("<I", image, 0x3c)
    count, = struct.unpack_from("<H", image, pe + 6)
    table = pe + 24 + struct.unpack_from("<H", image, pe + 20)[0]
    base, chosen, profile = {}, {}, -1
    for i in range(count):
        name, virtual, _, raw, offset = struct.unpack_from("<8sIIII", image, table + 40 * i)
        name = name.rstrip(b"\0").decode()
        profile += name == ".profile"
        into = base if profile < 0 else chosen if profile == wanted else {}
        into.setdefault(name, image[offset : offset + min(raw, virtual)].ljust(virtual, b"\0"))
    return {name: data for name, data in {**base, **chosen}.items() if data}


def archive(name, data):
    """An initrd with one file in .extra."""
    out = record(1, 0o40555, ".extra") + record(2, 0o100444, f".extra/{name}", data)
    return out + record(0, 0, "TRAILER!!!", digits=b"%08X")


def record(inode, mode, path, data=b"", digits=b"%08x"):
    fields = [inode, mode, 0, 0, 1, 0, len(data), 0, 0, 0, 0, len(path) + 1, 0]
    head = b"070701" + b"".join(digits % field for field in fields)
    return padded(head + path.encode() + b"\0") + padded(data)


def padded(data):
    return data + bytes(-len(data) % 4)


def utf16(text):
    return (text + "\0").encode("utf-16-le")
