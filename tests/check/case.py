# SPDX-License-Identifier: BSD-2-Clause
"""A broken file: how it is made of a good one."""
import dataclasses
import struct
import typing


@dataclasses.dataclass
class Case:
    check: str  # that finds it
    base: str  # the good file
    change: typing.Callable  # changes a bytearray, or returns another one
    also: tuple = ()  # other checks that the change breaks inevitably
    file: str = ""  # its name; otherwise that of the check, with the suffix of the base

    def file_name(self):
        _, dot, suffix = self.base.partition(".")
        return self.file or self.check + dot + suffix


def put(width, offset, value):
    """A change: a little-endian number of 1, 2, 4 or 8 bytes at an offset."""

    def change(image):
        struct.pack_into({1: "<B", 2: "<H", 4: "<I", 8: "<Q"}[width], image, offset, value)

    return change


def get(image, width, offset):
    return struct.unpack_from({1: "<B", 2: "<H", 4: "<I", 8: "<Q"}[width], image, offset)[0]
