# SPDX-License-Identifier: BSD-2-Clause
"""Changes of PE headers, for cases. Offsets are those of "PE Format", Microsoft."""
import struct

from case import get, put

COFF_SIZE = 24
OPTIONAL_SIZE = 112
DIRECTORY_SIZE = 8
SECTION_SIZE = 40

# In a section header
VIRTUAL_SIZE, VIRTUAL_ADDRESS, RAW_SIZE, RAW_OFFSET, FLAGS = 0x08, 0x0C, 0x10, 0x14, 0x24
CODE, DISCARDABLE, EXECUTE, READ, WRITE = 0x20, 0x2000000, 0x20000000, 0x40000000, 0x80000000


def coff(image):
    """Where the headers are: the PE signature."""
    return get(image, 4, 0x3C)


def optional(image):
    return coff(image) + COFF_SIZE


def table(image):
    return optional(image) + get(image, 2, coff(image) + 0x14)


def sections(image):
    return get(image, 2, coff(image) + 6)


def section(image, name):
    """Where the header of a section is, by its name or its number."""
    if isinstance(name, int):
        return table(image) + name * SECTION_SIZE
    for at in range(table(image), table(image) + sections(image) * SECTION_SIZE, SECTION_SIZE):
        if image[at : at + 8].rstrip(b"\0") == name.encode():
            return at
    raise KeyError(name)


def put_coff(width, offset, value):
    return lambda image: put(width, coff(image) + offset, value)(image)


def put_optional(width, offset, value):
    return lambda image: put(width, optional(image) + offset, value)(image)


def put_directory(index, address, size):
    def change(image):
        at = optional(image) + OPTIONAL_SIZE + index * DIRECTORY_SIZE
        put(4, at, address)(image)
        put(4, at + 4, size)(image)

    return change


def put_section(name, width, offset, value):
    return lambda image: put(width, section(image, name) + offset, value)(image)


def set_flags(name, add=0, remove=0):
    """A change: flags of a section."""

    def change(image):
        at = section(image, name) + FLAGS
        put(4, at, get(image, 4, at) & ~remove | add)(image)

    return change


def add_relocations(place):
    """A change: a block of base relocations that does nothing, at an offset in the image."""

    def change(image):
        offset = place(image)
        struct.pack_into("<II4x", image, offset, 0x2000, 12)
        put_directory(5, offset, 12)(image)

    return change


def entry_page(image):
    return get(image, 4, optional(image) + 0x10) & ~0xFFF


def swap_sections(one, other):
    """A change: two section headers."""

    def change(image):
        a, b = section(image, one), section(image, other)
        first = image[a : a + SECTION_SIZE]
        image[a : a + SECTION_SIZE] = image[b : b + SECTION_SIZE]
        image[b : b + SECTION_SIZE] = first

    return change


def several(*changes):
    """A change that is made of others."""

    def change(image):
        for one in changes:
            one(image)

    return change


def move_table(image, size):
    """Moves the section table by a number of bytes."""
    start, length = table(image), sections(image) * SECTION_SIZE
    headers = image[start : start + length]
    image[start : start + length] = bytes(length)
    image[start + size : start + size + length] = headers


def set_directories(count):
    """As many data directories, with the section table right after them."""

    def change(image):
        old = get(image, 4, optional(image) + 0x6C)
        move_table(image, (count - old) * DIRECTORY_SIZE)
        put_coff(2, 0x14, OPTIONAL_SIZE + count * DIRECTORY_SIZE)(image)
        put_optional(4, 0x6C, count)(image)

    return change


def make_pe32(image):
    """The optional header of PE32, which is 16 bytes shorter, with zeros for ImageBase."""
    count = get(image, 4, optional(image) + 0x6C)
    size = count * DIRECTORY_SIZE
    start = optional(image) + OPTIONAL_SIZE
    image[start - 0x10 : start - 0x10 + size] = image[start : start + size]
    move_table(image, -0x10)
    put_coff(2, 0x14, OPTIONAL_SIZE - 0x10 + size)(image)
    put_optional(2, 0, 0x10B)(image)
    put_optional(4, 0x5C, count)(image)


def move_headers(to):
    """Moves the PE headers, with the section table, and leaves zeros."""

    def change(image):
        start = coff(image)
        end = table(image) + sections(image) * SECTION_SIZE
        headers = image[start:end]
        image[start:end] = bytes(end - start)
        image[to : to + len(headers)] = headers
        put(4, 0x3C, to)(image)

    return change
