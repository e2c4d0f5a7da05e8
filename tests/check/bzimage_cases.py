# SPDX-License-Identifier: BSD-2-Clause
"""The setup header of a bzImage."""
import struct

from bzimage import BEFORE_PAYLOAD, SETUP
from case import Case, get, put


def flags(remove=0, add=0):
    """A change: bits of xloadflags."""

    def change(image):
        put(2, 0x236, get(image, 2, 0x236) & ~remove | add)(image)

    return change


def five_sectors(image):
    """The same kernel, after the setup that 0 in setup_sects stands for."""
    put(1, 0x1F1, 0)(image)
    return image[:5 * 512] + image[SETUP:]


def one_sector(image):
    """The same kernel, after the least setup."""
    put(1, 0x1F1, 1)(image)
    return image[:2 * 512] + image[SETUP:]


def many_sectors(image):
    put(1, 0x1F1, 71)(image)
    return image[:SETUP] + bytes(72 * 512 - SETUP) + image[SETUP:]


def large(image):
    """After the payload are zeros, up to more than 15 MiB."""
    image = image + bytes(0xF00000)
    put(4, 0x1F4, (len(image) - SETUP) // 16)(image)
    put(4, 0x260, 0x2000000)(image)
    return image


def ends_with_payload(image):
    """The payload goes to the end of the file, whose size after the setup is a multiple of 16."""
    start, length = SETUP + BEFORE_PAYLOAD, get(image, 4, 0x24C)
    gap = -length % 16
    image = image[:start] + bytes(gap) + image[start:start + length]
    put(4, 0x248, BEFORE_PAYLOAD + gap)(image)
    put(4, 0x1F4, (len(image) - SETUP) // 16)(image)
    return image


def multiboot(image):
    struct.pack_into("<III", image, 0x400, 0x1BADB002, 0, -0x1BADB002 & 0xFFFFFFFF)


def old(image):
    """Protocol 2.11, the last one without xloadflags."""
    put(2, 0x206, 0x20B)(image)


def relocatable(image):
    put(1, 0x234, 0)(image)


def pm_size(image):
    return len(image) - (image[0x1F1] + 1) * 512


def init_size(size):
    """A change: init_size is a number that follows from the image."""
    return lambda image: put(4, 0x260, size(image))(image)


CASES = [
    Case("bzimage-header", "zstd.bz", put(2, 0x206, 0x1FF)),
    Case("bzimage-loaded-high", "zstd.bz", put(1, 0x211, 0)),
    Case("bzimage-version", "zstd.bz", old),
    Case("bzimage-jump", "zstd.bz", put(1, 0x201, 0x60)),
    Case("bzimage-setup-sects-zero", "zstd.bz", five_sectors, ("bzimage-setup-small",)),
    Case("bzimage-setup-large", "zstd.bz", many_sectors),
    Case("bzimage-setup-small", "zstd.bz", one_sector),
    Case("bzimage-syssize", "zstd.bz",
         lambda image: put(4, 0x1F4, get(image, 4, 0x1F4) + 1)(image)),
    Case("bzimage-padding", "zstd.bz", lambda image: image + b"\0"),
    Case("bzimage-u-boot-size", "zstd.bz", large),
    Case("bzimage-kernel-version", "zstd.bz", put(2, 0x20E, 0x2000)),
    Case("bzimage-version-text", "zstd.bz", put(1, 0x300, ord("V"))),
    Case("bzimage-payload-range", "zstd.bz", put(4, 0x24C, 0x1000000)),
    Case("bzimage-no-payload", "zstd.bz", put(4, 0x24C, 0)),
    Case("bzimage-payload-end", "zstd.bz", ends_with_payload),
    Case("bzimage-sentinel", "zstd.bz", put(1, 0x1EF, 0)),
    Case("bzimage-kernel-info", "zstd.bz", put(4, 0x268, 0x100)),
    Case("bzimage-multiboot", "zstd.bz", multiboot),
    Case("bzimage-code32-start", "zstd.bz", put(4, 0x214, 0x1000)),
    Case("bzimage-heap-end", "zstd.bz", put(2, 0x224, 0xFFFE)),
    Case("bzimage-initrd-addr-max", "zstd.bz", put(4, 0x22C, 0xFFFFF)),
    Case("bzimage-alignment", "zstd.bz", put(4, 0x230, 0x300000)),
    Case("bzimage-min-alignment", "zstd.bz", put(1, 0x235, 22)),
    Case("bzimage-relocatable", "zstd.bz", relocatable),
    Case("bzimage-kernel-64", "zstd.bz", flags(remove=1)),
    Case("bzimage-above-4g", "zstd.bz", flags(remove=2)),
    Case("bzimage-5level", "zstd.bz", flags(remove=0x20)),
    Case("bzimage-efi-kexec", "plain.efi", flags(remove=0x10)),
    Case("bzimage-handover", "zstd.bz", put(4, 0x264, 0x1000000)),
    Case("bzimage-no-handover", "plain.efi",
         lambda image: (flags(remove=8)(image), put(4, 0x264, 0)(image)) and None),
    Case("bzimage-cmdline-size", "zstd.bz", put(4, 0x238, 254)),
    Case("bzimage-setup-data", "zstd.bz", put(8, 0x250, 0x1000)),
    Case("bzimage-pref-address", "zstd.bz", put(8, 0x258, 0x1100000)),
    Case("bzimage-init-size", "zstd.bz", put(4, 0x260, 0x1000)),
    Case("bzimage-init-size-room", "plain.efi", init_size(pm_size), ("bzimage-init-size-image",)),
    Case("bzimage-init-size-image", "plain.efi", init_size(lambda image: len(image) - 1)),
]
