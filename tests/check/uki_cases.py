# SPDX-License-Identifier: BSD-2-Clause
"""Unified kernel images and addons."""
import gzip
import lzma

from case import Case, put
from pe_edit import add_relocations
from sections import (
    RAW_OFFSET,
    VIRTUAL_SIZE,
    change_bytes,
    end_of,
    fewer_directories,
    field,
    rename,
    set_bytes,
    set_field,
)
from uki_files import MICROCODE, archive

PE = 0x40  # the headers of plain images of bzboot
FLIP = bytes.maketrans(b"0123456789abcdef", b"fedcba9876543210")
OSREL = b'ID=test\nPRETTY_NAME="Test OS"\n'
FILES = archive({"init": b"1" * 1000})
INITRDS = {
    "truncated": FILES[:1000],
    "compressed": gzip.compress(b"not an archive"),
    "cut": gzip.compress(FILES)[:-10],
    "lz4-frame": b"\x04\x22\x4d\x18" + bytes(100),
    "crc64": lzma.compress(FILES, check=lzma.CHECK_CRC64),
    "unaligned": gzip.compress(FILES) + bytes(-(len(gzip.compress(FILES)) + 1) % 4) + FILES,
    "more": FILES + b"more",
}


def all_of(*changes):
    """A change: several, one after the other."""

    def change(image):
        for one in changes:
            one(image)

    return change


def inside(change):
    """A change of the image in .linux."""

    def apply(image):
        start = field(image, ".linux", RAW_OFFSET)
        size = field(image, ".linux", VIRTUAL_SIZE)
        inner = image[start : start + size]
        change(inner)
        image[start : start + size] = inner

    return apply


def shorten(name):
    """A change: the end of a section is padding."""

    def change(image):
        set_field(name, VIRTUAL_SIZE, field(image, name, VIRTUAL_SIZE) - 16)(image)

    return change


def change_signature(image):
    """A digit of the first signature."""
    at = image.index(b'"sig":', field(image, ".pcrsig", RAW_OFFSET)) + 20
    image[at] = ord("A") if image[at] != ord("A") else ord("B")


def change_fingerprints(image):
    """Of all policies."""
    for number in (0, 1):
        start = field(image, ".pcrsig", RAW_OFFSET, number)
        size = field(image, ".pcrsig", VIRTUAL_SIZE, number)
        parts = bytes(image[start : start + size]).split(b'"pkfp":"')
        image[start : start + size] = b'"pkfp":"'.join(
            [parts[0]] + [part.translate(FLIP, b"")[:64] + part[64:] for part in parts[1:]])


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
    Case("uki-empty-section", "uki.efi", set_field(".cmdline", VIRTUAL_SIZE, 0),
         ("pe-virtual-size",)),
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
    *(Case("uki-initrd", "full.efi", set_bytes(".initrd", data), file=f"uki-initrd-{name}.efi")
      for name, data in INITRDS.items()),
    Case("uki-ucode", "full.efi", set_bytes(".ucode", gzip.compress(archive({MICROCODE: b"1"}))),
         file="uki-ucode-compressed.efi"),
    Case("uki-splash", "full.efi", set_field(".splash", VIRTUAL_SIZE, 1000),
         file="uki-splash-size.efi"),
    Case("uki-splash", "full.efi", change_bytes(".splash", b"\x18\0\0\0\0\0", b"\x18\0\1\0\0\0"),
         file="uki-splash-compressed.efi"),
    Case("uki-ucode", "full.efi", change_bytes(".ucode", b"GenuineIntel", b"GenuineOther")),
    Case("uki-splash", "full.efi", change_bytes(".splash", b"BM", b"PM")),
    Case("uki-stub-age", "theirs.efi",
         change_bytes(".sdmagic", b"systemd-stub 258", b"systemd-stub 256")),
    Case("uki-linux", "theirs.efi", change_bytes(".linux", b"MZ", b"PZ")),
    Case("uki-linux-machine", "theirs.efi", inside(put(2, PE + 4, 0xaa64))),
    Case("uki-linux-image", "theirs.efi", inside(shorten(".payload"))),
    Case("stub-sections", "plain.efi", shorten(".payload")),
    Case("stub-relocations", "plain.efi", add_relocations(end_of(".payload", -0x10))),
    Case("stub-version", "plain.efi",
         all_of(put(2, PE + 24 + 44, 0), put(2, 0x236, 0x33))),
    Case("uki-pcrsig", "policies.efi", change_bytes(".pcrsig", b"{", b"[")),
    Case("uki-pcrpkey", "policies.efi", change_bytes(".pcrpkey", b"PUBLIC", b"PUBLIK"),
         also=("uki-pcrsig-policy",)),
    Case("uki-pcrsig-policy", "policies.efi", set_bytes(".cmdline", b"quieter")),
    Case("uki-pcrsig-unsigned", "policies.efi", change_bytes(".pcrsig", b'"sig"', b'"gis"')),
    Case("uki-pcrsig-signature", "policies.efi", change_signature),
    Case("uki-pcrsig-key", "policies.efi", change_fingerprints),
    Case("uki-name", "uki.efi", lambda image: None, file="uki-name"),
    Case("uki-name", "uki.efi", lambda image: None, file="auto-uki-name.efi"),
    Case("addon-linux", "theirs.efi", lambda image: None, file="addon-linux.addon.efi"),
    Case("addon-empty", "test.addon.efi",
         all_of(rename(".cmdline", ".other"), rename(".ucode", ".more"))),
    Case("addon-kernel", "plain.efi", rename(".payload", ".initrd"), also=("uki-initrd",)),
    Case("addon-section", "test.addon.efi", rename(".uname", ".splash")),
    Case("addon-name", "test.addon.efi", lambda image: None, file="addon-name.efi"),
    Case("uki-device-tree", "uki.efi", rename(".sdmagic", ".hwids")),
    Case("uki-dtb", "uki.efi", rename(".sdmagic", ".dtb"), also=("uki-device-tree",)),
]
