# SPDX-License-Identifier: BSD-2-Clause
"""Memory protection."""
from case import Case
from pe_edit import CODE, WRITE, put_optional, set_flags
from sections import VIRTUAL_SIZE, set_field

CASES = [
    Case("nx-compat", "plain.efi", put_optional(2, 0x46, 0)),
    Case("nx-writable-code", "plain.efi", set_flags(".text", add=WRITE)),
    Case("nx-section-alignment", "plain.efi", put_optional(4, 0x20, 0x200)),
    Case(
        "nx-code-pages",
        "plain.efi",
        set_field(".text", VIRTUAL_SIZE, 0x29F00),
        ("stub-sections",),
    ),
    Case("nx-entry", "plain.efi", set_flags(".text", remove=CODE)),
]
