# SPDX-License-Identifier: BSD-2-Clause
"""Section headers of a PE image that is about to be broken."""
import struct

VIRTUAL_SIZE, ADDRESS, RAW_SIZE, RAW_OFFSET = 8, 12, 16, 20


def table(image):
    """The offset of the section table, and the number of its headers."""
    pe, = struct.unpack_from("<I", image, 0x3c)
    count, = struct.unpack_from("<H", image, pe + 6)
    return pe + 24 + struct.unpack_from("<H", image, pe + 20)[0], count


def header(image, name, number=0):
    """The offset of a section header; of several of a name, that with a number."""
    start, count = table(image)
    headers = range(start, start + 40 * count, 40)
    return [at for at in headers if image[at : at + 8].rstrip(b"\0") == name.encode()][number]


def field(image, name, which, number=0):
    return struct.unpack_from("<I", image, header(image, name, number) + which)[0]


def near(name, distance):
    """A value for set_field(): the RVA of a section, which is its offset, and bytes from there."""
    return lambda image: field(image, name, ADDRESS) + distance


def end_of(name, distance):
    """The same, from the end of the section."""
    return lambda image: field(image, name, RAW_OFFSET) + field(image, name, RAW_SIZE) + distance


def set_field(name, which, value, number=0):
    """A change: a field of a section header. The value is a number, or a function of the image."""

    def change(image):
        written = value(image) if callable(value) else value
        struct.pack_into("<I", image, header(image, name, number) + which, written)

    return change


def set_bytes(name, data, size=None, number=0):
    """A change: the bytes of a section, and its VirtualSize."""

    def change(image):
        offset = field(image, name, RAW_OFFSET, number)
        room = field(image, name, RAW_SIZE, number)
        assert len(data) <= room, f"{name} has {room} bytes"
        image[offset : offset + room] = data.ljust(room, b"\0")
        virtual = len(data) if size is None else size
        struct.pack_into("<I", image, header(image, name, number) + VIRTUAL_SIZE, virtual)

    return change


def change_bytes(name, old, new, number=0):
    """A change: a few bytes of a section."""
    assert len(old) == len(new)

    def change(image):
        at = image.index(old, field(image, name, RAW_OFFSET, number))
        image[at : at + len(old)] = new

    return change


def rename(old, new, number=0):
    """A change: the name of a section."""

    def change(image):
        struct.pack_into("8s", image, header(image, old, number), new.encode())

    return change


def fewer_directories(count):
    """A change: the section table moves up, over data directories."""

    def change(image):
        start, sections = table(image)
        pe, = struct.unpack_from("<I", image, 0x3c)
        before, = struct.unpack_from("<I", image, pe + 24 + 108)
        struct.pack_into("<I", image, pe + 24 + 108, count)
        struct.pack_into("<H", image, pe + 20, 112 + 8 * count)
        to, size = start - 8 * (before - count), 40 * sections
        image[to : start + size] = image[start : start + size] + bytes(start - to)

    return change
