# SPDX-License-Identifier: BSD-2-Clause
"""bzImages without PE headers, by boot.rst (protocol 2.15): what a kernel's own build makes."""
import struct
import subprocess

SETUP = 0x2000
BEFORE_PAYLOAD = 0x1000  # bytes of PM: the code that would decompress it
VERSION = b"1.2.3-test (nobody@nowhere) #1 SMP now\0"

COMPRESSORS = {
    "gzip": ["gzip", "-n9"],
    "xz": ["xz", "-6", "--check=crc32", "--x86", "--lzma2"],
    "lzma": ["xz", "--format=lzma"],
    "zstd": ["zstd", "-q"],
    "lz4": ["lz4", "-q", "-l9"],
}


def compress(codec, data, *options):
    """Options replace those that a kernel's build gives."""
    command = COMPRESSORS[codec][:2 if options else None] + list(options) + ["-c"]
    if codec == "zstd":
        command.append(f"--stream-size={len(data)}")
    return subprocess.run(command, input=data, stdout=subprocess.PIPE, check=True).stdout


def header(pm_size, payload_size):
    """The setup header, from 0x1f1 on."""
    return struct.pack(
        "<BHIHHHHH4sHIHHBBHIIIIHBBIIIBBHIIQIIQQIII",
        SETUP // 512 - 1, 1, pm_size // 16, 0, 0xFFFF, 0, 0xAA55, 0x6AEB, b"HdrS", 0x20F,
        0, 0, 0x100, 0, 1, 0, 0x100000, 0, 0, 0, 0x7E00, 0, 0, 0, 0x7FFFFFFF, 0x200000, 1, 21,
        0x23, 2047, 0, 0, BEFORE_PAYLOAD, payload_size, 0, 0x1000000, 0x1000000, 0, 0)


def bzimage(stream, size, trailer=True):
    """A bzImage of a compressed stream; its trailer is the size that it decompresses to."""
    payload = stream + (struct.pack("<I", size) if trailer else b"")
    pm = bytes(BEFORE_PAYLOAD) + payload
    pm += bytes(-(len(pm) + 4) % 4096 + 4)
    fields = header(len(pm), len(payload))
    setup = bytes(0x1EF) + b"\xff\xff" + fields
    setup = setup.ljust(0x300, b"\0") + VERSION
    return setup.ljust(SETUP, b"\0") + pm


def payload_of(image):
    """The compressed stream of such a bzImage, and its size when decompressed."""
    length = struct.unpack_from("<I", image, 0x24C)[0]
    payload = bytes(image[SETUP + BEFORE_PAYLOAD:SETUP + BEFORE_PAYLOAD + length])
    size = struct.unpack_from("<I", payload, length - 4)[0]
    return (payload if payload.startswith(b"\x1f\x8b") else payload[:-4]), size
