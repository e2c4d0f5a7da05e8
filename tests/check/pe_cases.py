# SPDX-License-Identifier: BSD-2-Clause
"""PE headers."""
from case import Case
from pe_edit import (
    CODE,
    DISCARDABLE,
    EXECUTE,
    READ,
    WRITE,
    entry_page,
    make_pe32,
    move_headers,
    put_coff,
    put_directory,
    put_optional,
    set_directories,
    set_flags,
    several,
    swap_sections,
)
from sections import ADDRESS, RAW_OFFSET, RAW_SIZE, VIRTUAL_SIZE, near, rename, set_field


CASES = [
    Case("pe-headers", "plain.efi", put_optional(4, 0x6C, 7)),  # NumberOfRvaAndSizes
    Case("pe-truncated", "plain.efi", set_field(".payload", RAW_SIZE, 0x3000)),
    Case("pe-machine", "plain.efi", put_coff(2, 4, 0x1F0)),  # PowerPC
    Case("pe-magic", "plain.efi", make_pe32),
    Case("pe-subsystem", "plain.efi", put_optional(2, 0x44, 3)),  # of Windows
    Case("pe-dos-header", "plain.efi", move_headers(0x30), ("zboot-linux-magic",)),
    Case("pe-header-offset", "plain.efi", move_headers(0x290)),
    Case("pe-directories", "plain.efi", set_directories(5)),
    Case("pe-headers-size", "plain.efi", put_optional(4, 0x3C, 0x180)),
    Case("pe-image-size", "plain.efi", set_field(".payload", VIRTUAL_SIZE, 0x13000)),
    Case("pe-image-size-alignment", "plain.efi", put_optional(4, 0x38, 0x3F800)),
    Case(
        "pe-image-size-file",
        "plain.efi",
        lambda image: image + bytes(0x20000),
        ("pe-trailing-data",),
    ),
    Case("pe-section-alignment", "plain.efi", put_optional(4, 0x20, 0)),
    Case("pe-file-alignment", "plain.efi", put_optional(4, 0x24, 0x201)),
    Case("pe-relocations-stripped", "plain.efi", put_coff(2, 0x16, 0x23)),
    Case("pe-image-base", "plain.efi", put_optional(8, 0x18, 0x1000000)),
    Case("pe-machine-sbsign", "plain.efi", put_coff(2, 4, 0x6264)),
    Case("pe-checksum", "plain.efi", put_optional(4, 0x40, 1)),
    Case("pe-timestamp", "plain.efi", put_coff(4, 8, 0x66000000)),
    Case("pe-base-relocations", "uki.efi", put_directory(5, 0x34000, 0x100000)),
    Case("pe-debug-directory", "uki.efi", put_directory(6, 0x34000, 0x100000)),
    Case("pe-section-in-headers", "plain.efi", put_optional(4, 0x3C, 0x1200)),
    Case("pe-overlap", "uki.efi", set_field(".sdmagic", RAW_OFFSET, near(".sdmagic", -0x1000))),
    Case("pe-memory-overlap", "uki.efi", set_field(".sdmagic", ADDRESS, near(".sdmagic", -0x1000))),
    Case("pe-section-order", "plain.efi", swap_sections(".data", ".payload")),
    Case("pe-trailing-data", "uki.efi", set_field(".sdmagic", RAW_SIZE, 0x200)),
    Case("pe-file-size", "uki.efi", lambda image: image + b"\0"),
    Case("pe-virtual-size", "uki.efi", set_field(".sdmagic", VIRTUAL_SIZE, 0)),
    Case("pe-flat", "plain.efi", set_field(".payload", ADDRESS, near(".payload", 0x1000))),
    Case(
        "pe-address-alignment",
        "uki.efi",
        set_field(".sdmagic", ADDRESS, near(".sdmagic", 0x100)),
    ),
    Case(
        "pe-raw-alignment",
        "uki.efi",
        set_field(".sdmagic", RAW_SIZE, 0xFF0),
        ("pe-trailing-data",),
    ),
    Case("pe-reloc-section", "uki.efi", rename(".sdmagic", ".reloc")),
    Case("pe-unreadable", "uki.efi", set_flags(".sdmagic", remove=READ)),
    Case("pe-entry", "uki.efi", put_optional(4, 0x10, 0x100)),
    Case(
        "pe-entry-twice",
        "uki.efi",
        several(
            set_field(".data", ADDRESS, entry_page),
            set_flags(".data", add=CODE | EXECUTE, remove=WRITE),
        ),
        ("pe-memory-overlap",),
    ),
    Case("pe-entry-discardable", "uki.efi", set_flags(".text", add=DISCARDABLE)),
]
