# SPDX-License-Identifier: BSD-2-Clause
"""The table of certificates, its signatures, and SBAT."""
import functools
import struct

import authenticode
from authenticode import Key, attach, certificate, directory, signature, unsigned
from case import Case, get, put
from pe_edit import (
    RAW_OFFSET,
    RAW_SIZE,
    SECTION_SIZE,
    VIRTUAL_ADDRESS,
    VIRTUAL_SIZE,
    put_coff,
    put_section,
    section,
    sections,
    set_directories,
)

PADDING = 8  # a certificate begins at a multiple of it
NUMBER_OF_RELOCATIONS = 0x20  # in a section header


@functools.cache
def key(*options):
    return Key(*options)


class Authority:
    """The issuer of the certificates: its key, and its name; None: they are self-signed."""

    def __init__(self, maker=None, issuer=None):
        self.key, self.name = maker or key(), issuer


@functools.cache
def authority():
    return Authority()


def table(image):
    """The offset and the size of the table of certificates."""
    return struct.unpack_from("<II", image, directory(image))


def set_table(image, offset, size):
    struct.pack_into("<II", image, directory(image), offset, size)


# Changes of the table


def no_directory(image):
    image = unsigned(image)
    return set_directories(4)(image) or image


def stale_directory(image):
    image = unsigned(image)
    set_table(image, len(image), 1384)
    return image


def past_the_end(image):
    offset, size = table(image)
    set_table(image, offset, size + 2 * PADDING)


def overlapping(image):
    """The table begins in the padding of the last section."""
    offset, size = table(image)
    struct.pack_into("<IHH", image, offset - PADDING, size + PADDING, 0x200, 2)
    set_table(image, offset - PADDING, size + PADDING)


def unaligned(image):
    """Four more bytes, without the padding that would align the table."""
    image = unsigned(image) + bytes(4)
    content = own_signature(image, padded=False)
    entry = struct.pack("<IHH", 8 + len(content), 0x200, 2) + content
    entry += bytes(-len(entry) % PADDING)
    set_table(image, len(image), len(entry))
    return image + entry


def own_signature(image, **options):
    issuer = authority().name
    cert = certificate(key(), "test", issuer, authority().key)
    return signature(image, key(), cert, issuer=issuer, **options)


def unpadded(image):
    image = unsigned(image)
    content = own_signature(image)
    content += bytes((4 - len(content)) % PADDING)
    image = attach(image, content)
    offset, size = table(image)
    set_table(image, offset, size - 4)
    return image[:-4]


def long_entry(image):
    offset, size = table(image)
    put(4, offset, size + PADDING)(image)


def in_entry(width, offset, value):
    return lambda image: put(width, table(image)[0] + offset, value)(image)


def forged(image):
    """A byte of the raw signature, which ends the PKCS #7."""
    offset, _ = table(image)
    image[offset + get(image, 4, offset) - 20] ^= 1


def another_image(image):
    image[image.index(b"SBAT Version")] ^= 1


# Other signatures


def signed(image, maker=None, issuer=None, times=1, digest="sha256", **options):
    image = unsigned(image)
    maker = maker or key()
    issuer = issuer or authority().name
    cert = certificate(maker, "test", issuer, authority().key, **options)
    return attach(image, *[signature(image, maker, cert, digest, "test", issuer)] * times)


def signed_by(**options):
    return lambda image: signed(image, **options)


def with_gap(image):
    """The last section moves in the file."""
    at = section(image, ".sbat") + RAW_OFFSET
    offset = get(image, 4, at)
    put(4, at, offset + 512)(image)
    return image[:offset] + b"gap!" * 128 + image[offset:]


# SBAT


def signed_again(change):
    def changed(image):
        image = unsigned(image)
        return signed(change(image) or image)

    return changed


def sbat(old, new):
    """Replaces some of the text of .sbat; the size stays."""

    def change(image):
        at = section(image, ".sbat")
        offset, size = get(image, 4, at + RAW_OFFSET), get(image, 4, at + RAW_SIZE)
        text = bytes(image[offset : offset + size])
        image[offset : offset + size] = text.replace(old, new, 1).rstrip(b"\0").ljust(size, b"\0")

    return signed_again(change)


def in_sbat_header(width, offset, value):
    return signed_again(put_section(".sbat", width, offset, value))


def no_sbat(image):
    at = section(image, ".sbat")
    image[at : at + 8] = b".sbot".ljust(8, b"\0")


def second_sbat(image):
    """A copy of the section ends the file, at the address that is its offset."""
    at, end = section(image, ".sbat"), len(image)
    offset, size = get(image, 4, at + RAW_OFFSET), get(image, 4, at + RAW_SIZE)
    new = section(image, sections(image))
    image[new : new + SECTION_SIZE] = image[at : at + SECTION_SIZE]
    put(4, new + VIRTUAL_ADDRESS, end)(image)
    put(4, new + RAW_OFFSET, end)(image)
    put_coff(2, 6, sections(image) + 1)(image)
    return image + image[offset : offset + size]


GOOD = "signed.efi"
PART = ("bzimage-padding",)  # a table that cannot be read counts as part of the kernel
ODDITY = ("kernel-oddity",)  # pack leaves out such a text

CASES = [
    Case("signature-missing", GOOD, unsigned),
    Case("signature-no-directory", GOOD, no_directory),
    Case("signature-stale-directory", GOOD, stale_directory),
    Case("signature-table-range", GOOD, past_the_end, PART),
    Case("signature-table-overlap", GOOD, overlapping, PART),
    Case("signature-table-alignment", GOOD, unaligned, PART),
    Case("signature-trailing-bytes", GOOD, lambda image: image + bytes(16), PART),
    Case("signature-padding", GOOD, unpadded),
    Case("signature-entry", GOOD, long_entry),
    Case("signature-count", GOOD, signed_by(times=2)),
    Case("signature-revision", GOOD, in_entry(2, 4, 0x100)),
    Case("signature-type", GOOD, in_entry(2, 6, 1)),
    Case("signature-not-pkcs7", GOOD, in_entry(1, 8, 0x31)),
    Case("signature-digest", GOOD, another_image),
    Case("signature-forged", GOOD, forged),
    Case("signature-digest-algorithm", GOOD, signed_by(digest="sha384")),
    Case("signature-key-algorithm", GOOD, lambda image: signed(image, key("ecdsa"))),
    Case(
        "signature-key-size",
        GOOD,
        lambda image: signed(image, key("rsa", "-pkeyopt", "rsa_keygen_bits:1024")),
    ),
    Case("signature-expired", GOOD, signed_by(until="20200101000000Z")),
    Case("signature-microsoft-ca", GOOD, signed_by(issuer="Microsoft Corporation UEFI CA 2011")),
    Case("signature-digests-differ", GOOD, signed_again(with_gap), ("pe-flat",)),
    Case("sbat-missing", GOOD, signed_again(no_sbat)),
    Case("sbat-duplicate-section", GOOD, signed_again(second_sbat)),
    Case("sbat-relocations", GOOD, in_sbat_header(2, NUMBER_OF_RELOCATIONS, 1)),
    Case("sbat-raw-size", GOOD, in_sbat_header(4, VIRTUAL_SIZE, 0x10000)),
    Case("sbat-malformed", GOOD, sbat(b",Example,", b",,"), ODDITY),
    Case("sbat-character", GOOD, sbat(b"Example", b"Ex\xc3\xa4mple"), ODDITY),
    Case("sbat-generation", GOOD, sbat(b"example,1", b"example,one"), ODDITY),
    Case("sbat-version-line", GOOD, sbat(b"sbat,1", b"sbat,2"), ODDITY),
    Case("sbat-revoked", GOOD, sbat(b"example,1", b"grub,4")),
]
