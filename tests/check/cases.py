#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""cases.py GOOD BROKEN: make a broken file for each check.

GOOD is a folder of files without findings. For each check, one of them is changed in one way
only, and written to BROKEN under the name of the check. Prints a line for each: the check, the
name of the broken file, the file that it was made of, and other checks that the same change breaks
inevitably.
"""
import pathlib
import sys

import bzimage_cases
import kernel_cases
import kind_cases
import nx_cases
import pe_cases
import payload_cases
import signature_cases
import uki_cases

FAMILIES = [
    kind_cases,
    pe_cases,
    nx_cases,
    signature_cases,
    bzimage_cases,
    payload_cases,
    kernel_cases,
    uki_cases,
]


def main(good, broken):
    for family in FAMILIES:
        for case in family.CASES:
            image = bytearray((good / case.base).read_bytes())
            image = case.change(image) or image
            (broken / case.file_name()).write_bytes(image)
            print(case.check, case.file_name(), case.base, *case.also)


main(pathlib.Path(sys.argv[1]), pathlib.Path(sys.argv[2]))
