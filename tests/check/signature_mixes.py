#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""signature_mixes.py IMAGE OUT: images with several signatures, and oddities of SBAT.

IMAGE has a section .sbat. Prints a line for each file: its name.
"""
import pathlib
import sys

from authenticode import Key, attach, certificate, signature, unsigned
from signature_cases import key, sbat, signed

# UEFI 2.10, 32.4.1: EFI_CERT_TYPE_PKCS7_GUID
PKCS7_GUID = bytes.fromhex("9dd2af4adf68ee498aa9347d375665a7")
OLD, NEW = "Microsoft Corporation UEFI CA 2011", "Microsoft UEFI CA 2023"


def one(image, maker=None, digest="sha256", issuer=None):
    maker = maker or key()
    cert = certificate(maker, "test", issuer, key())
    return signature(image, maker, cert, digest, issuer=issuer)


def spoiled(content):
    return content[:-20] + bytes([content[-20] ^ 1]) + content[-19:]


def mixes(image):
    """Names, and the contents of tables."""
    good, other = one(image), one(image, digest="sha384")
    yield "forged, good", [spoiled(good), good]
    yield "good, forged", [good, spoiled(good)]
    yield "forged, forged", [spoiled(good), spoiled(good)]
    yield "garbage, good", [bytes(64), good]
    yield "good, garbage", [good, bytes(64)]
    yield "sha384, good", [other, good]
    yield "forged, sha384", [spoiled(good), other]
    yield "sha1", [one(image, digest="sha1")]
    yield "ecdsa, good", [one(image, key("ecdsa")), good]
    yield "pss", [one(image, Key("pss"))]
    yield "2011, 2023", [one(image, issuer=OLD), one(image, issuer=NEW)]
    yield "2023", [one(image, issuer=NEW)]
    yield "rsa4096", [one(image, key("rsa", "-pkeyopt", "rsa_keygen_bits:4096"))]


def main(path, out):
    image = unsigned(path.read_bytes())
    files = {name: attach(image, *contents) for name, contents in mixes(image)}
    files["type guid"] = attach(image, PKCS7_GUID + one(image), kind=0xEF1)
    files["expired"] = signed(image, until="20200101000000Z")
    files["sbat shim"] = sbat(b"example,1", b"shim,3")(image)
    files["sbat shim 4"] = sbat(b"example,1", b"shim,4")(image)
    files["sbat proxmox"] = sbat(b"example,1", b"grub.proxmox,1")(image)
    files["sbat 65536"] = sbat(b"example,1", b"grub,65536")(image)
    files["sbat 0"] = sbat(b"sbat,1", b"sbat,0")(image)
    files["sbat fields"] = sbat(b",Example,", b",,\xc3\xa4")(image)
    for name, content in files.items():
        (out / name).write_bytes(content)
        print(name)


main(*map(pathlib.Path, sys.argv[1:]))
