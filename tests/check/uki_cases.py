# SPDX-License-Identifier: BSD-2-Clause
"""Unified kernel images and addons."""
from case import Case
from sections import VIRTUAL_SIZE, change_bytes, fewer_directories, rename, set_bytes, set_field

OSREL = b'ID=test\nPRETTY_NAME="Test OS"\n'





def all_of(*changes):
    """A change: several, one after the other."""

    def change(image):
        for one in changes:
            one(image)

    return change


CASES = [
    Case("uki-whole", "uki.efi", rename(".osrel", ".other")),
    Case("uki-profile", "full.efi", set_bytes(".profile", b"TITLE=Main\n")),
    Case("uki-kernel", "full.efi",
         all_of(set_bytes(".cmdline", b"ID=early\n"), rename(".cmdline", ".profile"))),
    Case("uki-duplicate-section", "full.efi",
         all_of(set_bytes(".sdmagic", b"quiet"), rename(".sdmagic", ".cmdline"))),
    Case("uki-directories", "uki.efi", fewer_directories(10)),
    Case("uki-text-length", "full.efi",
         all_of(set_bytes(".more", OSREL.ljust(17000, b"#")), rename(".osrel", ".old"),
                rename(".more", ".osrel"))),
    Case("uki-empty-section", "uki.efi", set_field(".cmdline", VIRTUAL_SIZE, 0)),
    Case("uki-embedded-nul", "uki.efi", set_bytes(".cmdline", b"quiet\0splash")),
    Case("uki-text-size", "uki.efi", set_bytes(".cmdline", b"quiet", 16)),
    Case("uki-text-end", "uki.efi", set_bytes(".osrel", OSREL.ljust(4095, b"#") + b"\n")),
    Case("uki-osrel", "uki.efi", set_bytes(".osrel", b"VERSION=1\n")),
    Case("uki-osrel-title", "uki.efi", set_bytes(".osrel", b"ID=test\n")),
    Case("uki-osrel-id", "uki.efi", set_bytes(".osrel", b"PRETTY_NAME=Test\n")),
    Case("uki-lines", "uki.efi", set_bytes(".osrel", OSREL + b'HOME_URL="unfinished\n')),
    Case("uki-cmdline-control", "uki.efi", set_bytes(".cmdline", b"quiet\nsplash")),
    Case("uki-cmdline-end", "uki.efi", set_bytes(".cmdline", b"quiet\n")),
    Case("uki-cmdline-script", "uki.efi", set_bytes(".cmdline", b'quiet dyndbg="file a.c +p"')),
    Case("uki-cmdline-length", "uki.efi", set_bytes(".cmdline", b"q" * 2048)),
    Case("uki-uname-text", "uki.efi", set_bytes(".uname", b"1.2.3-test\n")),
    Case("uki-uname", "uki.efi", set_bytes(".uname", b"1.2.4-test")),
    Case("uki-initrd", "full.efi", set_bytes(".initrd", b"070707 of another cpio")),
    Case("uki-ucode", "full.efi", change_bytes(".ucode", b"GenuineIntel", b"GenuineOther")),
    Case("uki-splash", "full.efi", change_bytes(".splash", b"BM", b"PM")),
    Case("uki-device-tree", "uki.efi", rename(".sdmagic", ".dtb")),
]
