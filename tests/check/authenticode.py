# SPDX-License-Identifier: BSD-2-Clause
"""Signatures of PE images that no other program would make: weak keys, old digests, any certificate.

DER is written by hand, keys and raw signatures are OpenSSL's.
"""
import hashlib
import pathlib
import struct
import subprocess
import tempfile

from case import get
from pe_edit import RAW_OFFSET, RAW_SIZE, section, sections

OIDS = {
    "rsa": "1.2.840.113549.1.1.1",
    "pss": "1.2.840.113549.1.1.10",
    "ecdsa": "1.2.840.10045.4.3.2",
    "sha1": "1.3.14.3.2.26",
    "sha256": "2.16.840.1.101.3.4.2.1",
    "sha384": "2.16.840.1.101.3.4.2.2",
    "mgf1": "1.2.840.113549.1.1.8",
    "sha256WithRSA": "1.2.840.113549.1.1.11",
    "signed data": "1.2.840.113549.1.7.2",
    "content type": "1.2.840.113549.1.9.3",
    "message digest": "1.2.840.113549.1.9.4",
    "SpcIndirectDataContent": "1.3.6.1.4.1.311.2.1.4",
    "SpcPeImageData": "1.3.6.1.4.1.311.2.1.15",
    "common name": "2.5.4.3",
}
CERTIFICATES = 4  # the data directory


def der(tag, *parts):
    content = b"".join(parts)
    size = len(content)
    if size < 0x80:
        return bytes([tag, size]) + content
    length = size.to_bytes((size.bit_length() + 7) // 8, "big")
    return bytes([tag, 0x80 | len(length)]) + length + content


def sequence(*parts):
    return der(0x30, *parts)


def set_of(*parts):
    return der(0x31, *sorted(parts))


def explicit(number, *parts):
    return der(0xA0 | number, *parts)


def integer(value):
    return der(0x02, value.to_bytes(value.bit_length() // 8 + 1, "big"))


def oid(name):
    numbers = [int(part) for part in OIDS[name].split(".")]
    out = bytes([40 * numbers[0] + numbers[1]])
    for number in numbers[2:]:
        digits = [number & 0x7F]
        while number := number >> 7:
            digits.insert(0, 0x80 | number & 0x7F)
        out += bytes(digits)
    return der(0x06, out)


NULL = der(0x05)
PSS = sequence(
    explicit(0, sequence(oid("sha256"), NULL)),
    explicit(1, sequence(oid("mgf1"), sequence(oid("sha256"), NULL))),
    explicit(2, integer(32)),
)


def openssl(*arguments, **options):
    return subprocess.run(
        ["openssl", *arguments], check=True, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, **options
    ).stdout


class Key:
    """A private key. padding: "rsa", "pss" or "ecdsa"."""

    def __init__(self, padding="rsa", *options, pem=None):
        self.padding = padding
        default = ("EC", "-pkeyopt", "ec_paramgen_curve:P-256") if padding == "ecdsa" else ("RSA",)
        self.pem = pem or openssl("genpkey", "-algorithm", *default, *options)
        self.public = openssl("pkey", "-pubout", "-outform", "DER", input=self.pem)

    def algorithm(self):
        return sequence(oid(self.padding), *{"rsa": [NULL], "pss": [PSS], "ecdsa": []}[self.padding])

    def sign(self, data, digest="sha256"):
        options = []
        if self.padding == "pss":
            options = ["-sigopt", "rsa_padding_mode:pss", "-sigopt", "rsa_pss_saltlen:32"]
        with tempfile.TemporaryDirectory() as folder:
            path = pathlib.Path(folder) / "key"
            path.write_bytes(self.pem)
            return openssl("dgst", "-" + digest, "-sign", path, *options, input=data)


def name(text):
    """A distinguished name; one that is DER already stays."""
    if isinstance(text, bytes):
        return text
    return sequence(set_of(sequence(oid("common name"), der(0x0C, text.encode()))))


def certificate(key, subject, issuer=None, issuer_key=None, until="99991231235959Z"):
    """A certificate of version 1, self-signed without an issuer."""
    issuer_key = issuer_key or key
    algorithm = sequence(oid("sha256WithRSA"), NULL)
    if issuer_key.padding == "ecdsa":
        algorithm = sequence(oid("ecdsa"))
    time = lambda text: der(0x18, text.encode())
    signed = sequence(
        integer(0x1234),
        algorithm,
        name(issuer or subject),
        sequence(time("20000101000000Z"), time(until)),
        name(subject),
        key.public,
    )
    padding, issuer_key.padding = issuer_key.padding, issuer_key.padding.replace("pss", "rsa")
    signature = issuer_key.sign(signed)
    issuer_key.padding = padding
    return sequence(signed, algorithm, der(0x03, b"\0", signature))


def elements(content):
    """The elements of the content of a SEQUENCE."""
    while content:
        head, size = 2, content[1]
        if size & 0x80:
            head += size & 0x7F
            size = int.from_bytes(content[2:head], "big")
        yield content[: head + size], content[head : head + size]
        content = content[head + size :]


def subject_of(cert):
    """The name in a certificate of version 3, DER."""
    (_, fields), = elements(cert)
    _, signed = next(elements(fields))
    return list(elements(signed))[5][0]


def directory(image):
    """The offset of the directory of certificates in a PE32+ image."""
    return struct.unpack_from("<I", image, 0x3C)[0] + 24 + 112 + 8 * CERTIFICATES


def unsigned(image):
    """The image without its certificates."""
    image = bytearray(image)
    offset, size = struct.unpack_from("<II", image, directory(image))
    if size:
        del image[offset:]
        struct.pack_into("<II", image, directory(image), 0, 0)
    return image


def digest_of(image, digest, padded=True):
    """As firmware computes it, of an image without certificates."""
    at = directory(image)
    optional = at - 8 * CERTIFICATES - 112
    checksum = optional + 64
    end, = struct.unpack_from("<I", image, optional + 60)  # SizeOfHeaders
    covered = image[:checksum] + image[checksum + 4 : at] + image[at + 8 : end]
    for start, size in sorted(section_bytes(image)):
        covered += image[start : start + size]
        end += size
    covered += image[end:]
    if padded:
        covered += bytes(-len(image) % 8)
    return hashlib.new(digest, covered).digest()


def section_bytes(image):
    """The offset and the size of each section in the file."""
    for number in range(sections(image)):
        at = section(image, number)
        if size := get(image, 4, at + RAW_SIZE):
            yield get(image, 4, at + RAW_OFFSET), size


def signature(image, key, cert, digest="sha256", subject="test", issuer=None, padded=True):
    """A PKCS #7 of an unsigned image."""
    algorithm = sequence(oid(digest), NULL)
    obsolete = der(0x80, "<<<Obsolete>>>".encode("utf-16-be"))
    data = sequence(oid("SpcPeImageData"), sequence(der(0x03, b"\0"), explicit(0, explicit(2, obsolete))))
    parts = data + sequence(algorithm, der(0x04, digest_of(image, digest, padded)))
    attributes = [
        sequence(oid("content type"), set_of(oid("SpcIndirectDataContent"))),
        sequence(oid("message digest"), set_of(der(0x04, hashlib.new(digest, parts).digest()))),
    ]
    signer = sequence(
        integer(1),
        sequence(name(issuer or subject), integer(0x1234)),
        algorithm,
        explicit(0, *sorted(attributes)),
        key.algorithm(),
        der(0x04, key.sign(set_of(*attributes), digest)),
    )
    content = sequence(oid("SpcIndirectDataContent"), explicit(0, sequence(parts)))
    signed = sequence(integer(1), set_of(algorithm), content, explicit(0, cert), set_of(signer))
    return sequence(oid("signed data"), explicit(0, signed))


def attach(image, *contents, revision=0x200, kind=2):
    """The image with a table of certificates."""
    image = bytearray(image)
    image += bytes(-len(image) % 8)
    at = len(image)
    for content in contents:
        image += struct.pack("<IHH", 8 + len(content), revision, kind) + content
        image += bytes(-len(image) % 8)
    struct.pack_into("<II", image, directory(image), at, len(image) - at)
    return image
