# SPDX-License-Identifier: BSD-2-Clause
"""PE headers."""
from case import Case
from pe_edit import (
    RAW_SIZE,
    VIRTUAL_SIZE,
    make_pe32,
    move_headers,
    put_coff,
    put_optional,
    put_section,
    set_directories,
)

CASES = [
    Case("pe-headers", "plain.efi", put_optional(4, 0x6C, 7)),  # NumberOfRvaAndSizes
    Case("pe-truncated", "plain.efi", put_section(".payload", 4, RAW_SIZE, 0x3000)),
    Case("pe-machine", "plain.efi", put_coff(2, 4, 0x1F0)),  # PowerPC
    Case("pe-magic", "plain.efi", make_pe32),
    Case("pe-subsystem", "plain.efi", put_optional(2, 0x44, 3)),  # of Windows
    Case("pe-dos-header", "plain.efi", move_headers(0x30), ("zboot-linux-magic",)),
    Case("pe-header-offset", "plain.efi", move_headers(0x290)),
    Case("pe-directories", "plain.efi", set_directories(5)),
    Case("pe-headers-size", "plain.efi", put_optional(4, 0x3C, 0x180)),
    Case("pe-image-size", "plain.efi", put_section(".payload", 4, VIRTUAL_SIZE, 0x13000)),
    Case("pe-image-size-alignment", "plain.efi", put_optional(4, 0x38, 0x3F800)),
    Case("pe-image-size-file", "plain.efi", lambda image: image + bytes(0x20000)),
    Case("pe-section-alignment", "plain.efi", put_optional(4, 0x20, 0)),
    Case("pe-file-alignment", "plain.efi", put_optional(4, 0x24, 0x201)),
    Case("pe-relocations-stripped", "plain.efi", put_coff(2, 0x16, 0x23)),
]
