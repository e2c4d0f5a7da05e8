# SPDX-License-Identifier: BSD-2-Clause
"""The kind of a file."""
import gzip

from case import Case

CASES = [
    Case("unknown-kind", "plain.efi", lambda image: bytes(len(image))),
    Case("compressed-file", "linked", lambda image: gzip.compress(image, mtime=0)),
]
