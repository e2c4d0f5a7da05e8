#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""secure_cases.py IMAGE KEY CERTIFICATE OUT: make the files of signature_cases.py for a machine.

IMAGE is signed by KEY, PEM. CERTIFICATE, DER, is in db, and issued those of the other signatures.
"""
import pathlib
import sys

import authenticode
import signature_cases


def main(good, key, certificate, out):
    issuer = authenticode.subject_of(certificate.read_bytes())
    authority = signature_cases.Authority(authenticode.Key(pem=key.read_bytes()), issuer)
    signature_cases.authority = lambda: authority
    for case in signature_cases.CASES:
        image = bytearray(good.read_bytes())
        (out / case.check).write_bytes(case.change(image) or image)


main(*map(pathlib.Path, sys.argv[1:]))
