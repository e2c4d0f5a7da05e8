#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""Files beside a unified kernel image, made and predicted without bzboot:

companions.py addon OUT NAME=TEXT|NAME=@FILE...
    Make an addon of these sections.
companions.py predict TREE IMAGE HOST
    Print the results of a boot of TREE/IMAGE, unsigned, if SMBIOS adds HOST to the command line:
    "cmdline", "extra" (mode, path, SHA-256) and "event" (PCR, type, SHA-256, text). An addon
    with "ignored" in its name does not count.
companions.py initrd TREE IMAGE
    Write the initrd of that boot.
companions.py events LOG
    Print the events of PCRs 9, 12 and 13 in an event log, in the same form.
"""
import hashlib
import os
import struct
import sys

from image import FILES, archive, padded, record, sections, utf16

EV_IPL, EV_EVENT_TAG = 13, 6
# Folder, suffix, the folder in the initrd, modes, PCR, text of the event
GROUPS = [
    ("", ".cred", "credentials", 0o500, 0o400, 12, "Credentials initrd"),
    ("loader/credentials", ".cred", "global_credentials", 0o500, 0o400, 12,
     "Global credentials initrd"),
    ("", ".raw", "sysext", 0o555, 0o444, 13, "System extension initrd"),
    ("loader/extensions", ".raw", "global_sysext", 0o555, 0o444, 13,
     "Global system extension initrd"),
    ("", ".confext.raw", "confext", 0o555, 0o444, 12, "Configuration extension initrd"),
    ("loader/extensions", ".confext.raw", "global_confext", 0o555, 0o444, 12,
     "Global configuration extension initrd"),
]


def read(path):
    with open(path, "rb") as file:
        return file.read()


def digest(data):
    return hashlib.sha256(data).hexdigest()


# --- addons ---------------------------------------------------------------------


def addon(out, arguments):
    parts = []
    for argument in arguments:
        name, text = argument.split("=", 1)
        parts.append((name.encode(), read(text[1:]) if text[:1] == "@" else text.encode()))
    headers, bodies, raw, address = b"", b"", 0x400, 0x1000
    for name, data in parts:
        size = len(data) + -len(data) % 0x200
        headers += struct.pack("<8sIIIIIIHHI", name, len(data), address, size, raw, 0, 0, 0, 0,
                               0x40000040)
        bodies += data.ljust(size, b"\0")
        raw += size
        address += len(data) + -len(data) % 0x1000
    coff = struct.pack("<4sHHIIIHH", b"PE\0\0", 0x8664, len(parts), 0, 0, 0, 112 + 16 * 8, 0x22)
    optional = struct.pack("<HBBIIIII", 0x20b, 0, 0, 0, len(bodies), 0, 0, 0)
    optional += struct.pack("<QIIHHHHHHIIIIHH", 0, 0x1000, 0x200, 0, 0, 0, 0, 0, 0, 0, address,
                            0x400, 0, 10, 0x100)
    optional += struct.pack("<QQQQII", 0, 0, 0, 0, 0, 16) + bytes(16 * 8)
    dos = b"MZ".ljust(60, b"\0") + struct.pack("<I", 64)
    with open(out, "wb") as file:
        file.write((dos + coff + optional + headers).ljust(0x400, b"\0") + bodies)


# --- predicting -----------------------------------------------------------------


def names(folder, suffix, unless="/"):
    """Files with the suffix, in their order."""
    if not os.path.isdir(folder):
        return []
    return [name for name in sorted(os.listdir(folder))
            if name.lower().endswith(suffix) and not name.lower().endswith(unless)
            and name[0] != "." and os.path.isfile(f"{folder}/{name}")]


def many(folder, files, folder_mode, file_mode):
    """An initrd with files of a folder of .extra."""
    out = record(1, 0o40555, ".extra") + record(2, 0o40000 | folder_mode, f".extra/{folder}")
    for i, (name, data) in enumerate(files):
        out += record(3 + i, 0o100000 | file_mode, f".extra/{folder}/{name}", data)
    return out + record(0, 0, "TRAILER!!!", digits=b"%08X")


class Boot:
    """A boot of TREE/IMAGE: the command line, the initrd, and the lines of predict()."""

    def __init__(self, tree, image, host):
        self.tree, self.beside = tree, f"{tree}/{image}.extra.d"
        self.events, self.files = [], []
        self.own = sections(read(f"{tree}/{image}"), 0)
        self.addons = [(name, sections(read(f"{folder}/{name}"), 0))
                       for folder in (f"{tree}/loader/addons", self.beside)
                       for name in names(folder, ".addon.efi") if "ignored" not in name]
        self.line = self.own[".cmdline"].decode()
        for text in (" ".join(self.added_lines()), host):
            self.line += f" {text}" if text else ""
            if text:
                self.event(12, EV_IPL, utf16(text), text)
        self.event(9, EV_EVENT_TAG, utf16(self.line), "LOADED_IMAGE::LoadOptions")
        groups = b"".join(self.group(*row) for row in GROUPS)
        self.initrd = self.parts(".ucode", reversed(self.addons))
        self.initrd += padded(self.own.get(".ucode", b"")) + padded(self.own.get(".initrd", b""))
        self.initrd += groups
        for name, file in FILES.items():
            if name in self.own:
                self.initrd += archive(file, self.own[name])
                self.file(0o444, file, self.own[name])
        self.initrd += self.parts(".initrd", self.addons)
        self.event(9, EV_EVENT_TAG, self.initrd, "Linux initrd")

    def event(self, pcr, kind, data, text):
        self.events.append(f"event {pcr} {kind} {digest(data)} {text}")

    def file(self, mode, path, data):
        self.files.append(f"extra {mode:o} /.extra/{path} {digest(data)}")

    def added_lines(self):
        return [parts[".cmdline"].decode().strip() for _, parts in self.addons
                if ".cmdline" in parts]

    def group(self, folder, suffix, target, folder_mode, file_mode, pcr, text):
        path = f"{self.tree}/{folder}" if folder else self.beside
        unless = ".confext.raw" if suffix == ".raw" else "/"
        files = [(name, read(f"{path}/{name}")) for name in names(path, suffix, unless)]
        if not files:
            return b""
        for name, data in files:
            self.file(file_mode, f"{target}/{name}", data)
        initrd = many(target, files, folder_mode, file_mode)
        self.event(pcr, EV_IPL, initrd, text)
        return initrd

    def parts(self, section, addons):
        joined = b""
        for name, parts in addons:
            if section in parts:
                self.event(12, EV_EVENT_TAG, parts[section], name)
                joined += padded(parts[section])
        return joined


def predict(tree, image, host):
    boot = Boot(tree, image, host)
    boot.events.sort(key=lambda event: int(event.split()[1]))  # stable: by PCR
    print("\n".join([f"cmdline {boot.line}", *boot.events, *sorted(boot.files)]))


# --- the event log (TCG PC Client Platform Firmware Profile 1.05, 10.2) -----------


def text_of(kind, data):
    if kind == EV_EVENT_TAG:
        data = data[8:]
    wide = len(data) > 1 and data[1] == 0
    return data.decode("utf-16-le" if wide else "ascii").rstrip("\0")


def events(log):
    sizes = {0x4: 20, 0xb: 32, 0xc: 48, 0xd: 64}
    data = read(log)
    at = 32 + struct.unpack_from("<I", data, 28)[0]
    while at < len(data):
        pcr, kind, count = struct.unpack_from("<III", data, at)
        at += 12
        for _ in range(count):
            algorithm, = struct.unpack_from("<H", data, at)
            if algorithm == 0xb:
                found = data[at + 2 : at + 34].hex()
            at += 2 + sizes[algorithm]
        size, = struct.unpack_from("<I", data, at)
        if pcr in (9, 12, 13):
            print(f"event {pcr} {kind} {found} {text_of(kind, data[at + 4 : at + 4 + size])}")
        at += 4 + size


def main():
    command, *arguments = sys.argv[1:]
    if command == "addon":
        addon(arguments[0], arguments[1:])
    elif command == "predict":
        predict(*arguments)
    elif command == "initrd":
        sys.stdout.buffer.write(Boot(*arguments, "").initrd)
    else:
        events(*arguments)


main()
