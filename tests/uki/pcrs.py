#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""pcrs.py IMAGE [PROFILE [GIVEN]]: the SHA-256 PCRs 9, 11 and 12 after the stub of a unified kernel
image, computed from the file alone; GIVEN is the command line that replaces the image's."""
import hashlib
import struct
import sys

MEASURED = ".linux .osrel .cmdline .initrd .ucode .splash .dtb .uname .sbat .pcrpkey .profile"
FILES = {
    ".pcrsig": "tpm2-pcr-signature.json",
    ".pcrpkey": "tpm2-pcr-public-key.pem",
    ".osrel": "os-release",
    ".profile": "profile",
}


def sections(image, profile):
    """The sections of a profile by name."""
    pe, = struct.unpack_from("<I", image, 0x3c)
    count, = struct.unpack_from("<H", image, pe + 6)
    table = pe + 24 + struct.unpack_from("<H", image, pe + 20)[0]
    found, number = {}, -1
    for i in range(count):
        name, virtual, _, raw, offset = struct.unpack_from("<8sIIII", image, table + 40 * i)
        name = name.rstrip(b"\0").decode()
        number += name == ".profile"
        if number in (-1, profile):
            found[name] = image[offset : offset + min(raw, virtual)].ljust(virtual, b"\0")
    return {name: data for name, data in found.items() if data}


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


def extend(pcr, data):
    return hashlib.sha256(pcr + hashlib.sha256(data).digest()).digest()


def utf16(text):
    return (text + "\0").encode("utf-16-le")


def main():
    image = open(sys.argv[1], "rb").read()
    profile = int(sys.argv[2]) if len(sys.argv) > 2 else 0
    given = sys.argv[3] if len(sys.argv) > 3 else ""
    parts = sections(image, profile)
    pcrs = {9: bytes(32), 11: bytes(32), 12: bytes(32)}
    if profile:
        pcrs[12] = extend(pcrs[12], utf16(str(profile)))
    for name in MEASURED.split():
        if name in parts:
            pcrs[11] = extend(pcrs[11], name.encode() + b"\0")
            pcrs[11] = extend(pcrs[11], parts[name])
    if given:
        pcrs[12] = extend(pcrs[12], utf16(given))
    line = given or parts.get(".cmdline", b"").decode().strip()
    if line:
        pcrs[9] = extend(pcrs[9], utf16(line))
    initrd = padded(parts.get(".ucode", b"")) + padded(parts.get(".initrd", b""))
    for name, file in FILES.items():
        if name in parts:
            initrd += archive(file, parts[name])
    pcrs[9] = extend(pcrs[9], initrd)
    for number, value in pcrs.items():
        print(number, value.hex())


if __name__ == "__main__":
    main()
