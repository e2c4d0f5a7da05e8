# SPDX-License-Identifier: BSD-2-Clause
"""The kernel: a bare ELF with the relocations of its linker."""
import struct

from case import Case, get, put
from elf import (P_ALIGN, P_FILESZ, P_FLAGS, P_OFFSET, P_PADDR, P_VADDR, PT_LOAD, PT_NOTE,
                 SHT_RELA, phdrs, sections)


def field(kind, index, offset, width, value):
    """A change: a number in a program header."""
    return lambda elf: put(width, phdrs(elf, kind)[index] + offset, value)(elf)


def virtual_entry(elf):
    put(8, 0x18, get(elf, 8, phdrs(elf, PT_LOAD)[0] + P_VADDR))(elf)


def virtual_addresses(elf):
    virtual_entry(elf)
    for phdr in phdrs(elf, PT_LOAD):
        put(8, phdr + P_PADDR, get(elf, 8, phdr + P_VADDR))(elf)


def xen_note(elf, kind, size=4):
    """The offset of the type of a note of Xen."""
    return elf.index(struct.pack("<III", 4, size, kind) + b"Xen\0") + 8


def no_sections(elf):
    put(8, 0x28, 0)(elf)
    put(2, 0x3C, 0)(elf)
    put(2, 0x3E, 0)(elf)
    return elf[:max(get(elf, 8, at + P_OFFSET) + get(elf, 8, at + P_FILESZ)
                    for at in phdrs(elf, PT_LOAD))]


def multiboot(elf):
    """Over the text, where the linker's script puts numbers."""
    start = get(elf, 8, phdrs(elf, PT_LOAD)[0] + P_OFFSET)
    struct.pack_into("<III", elf, start + 0x100, 0x1BADB002, 0, -0x1BADB002 & 0xFFFFFFFF)


def half_relocation(elf):
    """The type of the first relocation becomes R_X86_64_16."""
    put(4, sections(elf, SHT_RELA)[0] + 8, 12)(elf)


CASES = [
    Case("kernel-elf", "linked", put(1, 5, 2)),
    Case("kernel-segments", "linked", field(PT_LOAD, 1, P_PADDR, 8, 0x1000000)),
    Case("kernel-entry", "linked", put(8, 0x18, 0x10)),
    Case("kernel-entry-physical", "linked", virtual_entry),
    Case("kernel-load-address", "linked", virtual_addresses),
    Case("kernel-wx", "linked", field(PT_LOAD, 0, P_FLAGS, 4, 7)),
    Case("kernel-notes", "linked", field(PT_NOTE, 0, 0, 4, 0)),
    Case("kernel-pvh", "linked", lambda elf: put(4, xen_note(elf, 18), 10)(elf)),
    Case("kernel-xen", "linked", lambda elf: put(4, xen_note(elf, 17) + 8, 0)(elf)),
    Case("kernel-xen", "linked", lambda elf: put(4, xen_note(elf, 5, 8), 7)(elf),
         file="kernel-xen-version"),
    Case("kernel-memory", "zstd.bz", put(4, 0x260, 0x9000000)),
    Case("kernel-kaslr", "linked", no_sections),
    Case("kernel-relocation", "linked", half_relocation),
    Case("kernel-pack", "linked", field(PT_LOAD, 0, P_ALIGN, 8, 0x3000)),
    Case("kernel-oddity", "linked", multiboot),
]
