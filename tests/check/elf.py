# SPDX-License-Identifier: BSD-2-Clause
"""The tables of an ELF64, as places in a file."""
from case import get

PT_LOAD, PT_NOTE, SHT_RELA = 1, 4, 4
P_FLAGS, P_OFFSET, P_VADDR, P_PADDR, P_FILESZ, P_MEMSZ, P_ALIGN = 4, 8, 16, 24, 32, 40, 48


def phdrs(elf, kind):
    """The offsets of the program headers of a type."""
    first, count = get(elf, 8, 0x20), get(elf, 2, 0x38)
    return [at for at in range(first, first + 56 * count, 56) if get(elf, 4, at) == kind]


def sections(elf, kind):
    """The offsets in the file of the sections of a type, in their order."""
    first, count = get(elf, 8, 0x28), get(elf, 2, 0x3C)
    headers = range(first, first + 64 * count, 64)
    return [get(elf, 8, at + 0x18) for at in headers if get(elf, 4, at + 4) == kind]
