#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""bases.py ELF GOOD: make bzImages of a kernel as its own build does, one for each codec."""
import pathlib
import sys

import bzimage


def main(elf, good):
    for codec in bzimage.COMPRESSORS:
        stream = bzimage.compress(codec, elf)
        image = bzimage.bzimage(stream, len(elf), codec != "gzip")
        (good / f"{codec}.bz").write_bytes(image)


main(pathlib.Path(sys.argv[1]).read_bytes(), pathlib.Path(sys.argv[2]))
