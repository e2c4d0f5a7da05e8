# SPDX-License-Identifier: BSD-2-Clause
"""The payload of a bzImage or a zboot image."""
import gzip

from bzimage import BEFORE_PAYLOAD, SETUP, bzimage, compress, payload_of
from case import Case, get, put


def restream(change):
    """A change: another stream, with the size of the same ELF after it."""

    def apply(image):
        stream, size = payload_of(image)
        new = bytearray(stream)
        new = change(new) or new
        return bzimage(bytes(new), size, not stream.startswith(b"\x1f\x8b"))

    return apply


def recompress(elf_of, codec, *options):
    """A change: the ELF, compressed in another way."""

    def apply(image):
        elf = elf_of(image)
        return bzimage(compress(codec, elf, *options), len(elf), codec != "gzip")

    return apply


def elf_in(image):
    """The ELF of the base "gzip.bz"."""
    return gzip.decompress(payload_of(image)[0])


def text_in(image):
    return b"not a kernel\n" * 1000


def flip(image):
    """A byte in the middle of the stream."""
    at = SETUP + BEFORE_PAYLOAD + get(image, 4, 0x24C) // 2
    image[at] ^= 0x55


def zstd_header(stream, window=None, dictionary=None, content=True):
    """The frame with another header (RFC 8878, 3.1.1.1): it begins with one of a single segment
    that states 4 bytes of content size."""
    assert stream[4] & 0xFB == 0xA0
    header = stream[:4] + bytes([stream[4] & 4])
    if window is None:
        header[4] |= 0x20
    else:
        header.append(window - 10 << 3)
    if dictionary is not None:
        header[4] |= 1
        header.append(dictionary)
    if content:
        header[4] |= 0x80
        header += stream[5:9]
    return header + stream[9:]


def with_comment(stream):
    """RFC 1952, 2.3: FLG, and a text after the header"""
    stream[3] |= 0x10
    return stream[:10] + b"comment\0" + stream[10:]


def two_frames(image):
    """Each has half of the ELF."""
    elf = elf_in(image)
    half = len(elf) // 2
    return bzimage(compress("zstd", elf[:half]) + compress("zstd", elf[half:]), len(elf))


def decoy(image):
    """The start of an ELF, compressed by gzip, in the code before the payload."""
    stream = gzip.compress(b"\x7fELF\2\1\1".ljust(4096, b"\0"), mtime=0)
    image[SETUP + 0x100:SETUP + 0x100 + len(stream)] = stream


def zboot_stream(change):
    """A change of the stream of an image of bzboot, which becomes shorter at its start."""

    def apply(image):
        at, size = get(image, 4, 8), get(image, 4, 12)
        new = change(bytearray(image[at:at + size]))
        moved = size - len(new)
        image[at + moved:at + size] = new
        for offset, add in ((0x08, moved), (0x0C, -moved), (0x248, moved), (0x24C, -moved)):
            put(4, offset, get(image, 4, offset) + add)(image)

    return apply


def trailer_in_size(image):
    put(4, 12, get(image, 4, 12) + 4)(image)


def bare_zboot(size):
    """Only the zboot header and the payload are left of an image: no PE, no bzImage."""

    def apply(image):
        start, length = get(image, 4, 8), get(image, 4, 12)
        image = image[:64] + image[start:start + length + size]
        put(4, 8, 64)(image)
        put(4, 0x3C, 0)(image)
        return image

    return apply


def other_payload(image):
    """Only the zboot header is left, with a payload that is not an ELF."""
    stream = gzip.compress(text_in(image), mtime=0)
    image = image[:64] + stream
    image[0x18:0x20] = b"gzip".ljust(8, b"\0")
    for offset, value in ((8, 64), (12, len(stream)), (0x3C, 0)):
        put(4, offset, value)(image)
    return image


CASES = [
    Case("payload-codec", "lz4.bz", restream(lambda stream: put(1, 0, 4)(stream))),
    Case("payload-not-compressed", "gzip.bz", lambda image: bzimage(elf_in(image), 0, False)),
    Case("payload-frames", "gzip.bz", two_frames),
    Case("payload-trailing", "zstd.bz", restream(lambda stream: stream + b"trailing")),
    Case("payload-size", "zstd.bz",
         lambda image: put(4, SETUP + BEFORE_PAYLOAD + get(image, 4, 0x24C) - 4, 1000)(image)),
    Case("payload-dictionary", "zstd.bz", restream(lambda s: zstd_header(s, dictionary=1))),
    Case("payload-broken", "zstd.bz", flip),
    Case("payload-content-size", "plain.efi",
         zboot_stream(lambda s: zstd_header(s, window=23, content=False))),
    Case("payload-window", "zstd.bz", restream(lambda s: zstd_header(s, window=28))),
    Case("payload-xz-check", "gzip.bz", recompress(elf_in, "xz", "--check=crc64")),
    Case("payload-xz-filters", "gzip.bz",
         recompress(elf_in, "xz", "--check=crc32", "--delta", "--lzma2")),
    Case("payload-gzip-flags", "gzip.bz", restream(with_comment)),
    Case("payload-decoy", "zstd.bz", decoy),
    Case("payload-elf", "gzip.bz", recompress(text_in, "gzip")),
    Case("payload-image", "plain.efi", other_payload, ("kernel-pack",)),
    Case("zboot-header", "plain.efi", put(4, 8, 0x20)),
    Case("zboot-range", "plain.efi", put(4, 12, 0x10000000)),
    Case("zboot-type", "plain.efi", put(1, 0x18, ord("Z"))),
    Case("zboot-type-known", "plain.efi",
         lambda image: image.__setitem__(slice(0x18, 0x1E), b"zstd22")),
    Case("zboot-type-stream", "plain.efi",
         lambda image: image.__setitem__(slice(0x18, 0x1C), b"gzip")),
    Case("zboot-payload", "plain.efi", trailer_in_size),
    Case("zboot-trailer", "plain.efi", bare_zboot(0), ("kernel-pack",)),
    Case("zboot-reserved", "plain.efi", put(1, 0x17, 1)),
    Case("zboot-mz", "plain.efi", put(1, 2, 0x90)),
    Case("zboot-linux-magic", "plain.efi", put(4, 0x38, 0)),
    Case("zboot-zelf", "plain.efi", lambda image: image.__setitem__(slice(4, 8), b"zelf")),
]
