#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""Files beside a unified kernel image, made and predicted without bzboot:

companions.py addon OUT NAME=TEXT|NAME=@FILE...
    Make an addon of these sections.
companions.py predict TREE IMAGE HOST
    Print the results of a boot of TREE/IMAGE, unsigned, if SMBIOS adds HOST to the command line:
    "cmdline", "extra" (mode, path, SHA-256) and "event" (PCR, type, SHA-256, text). An addon
    with "ignored" in its name does not count.
companions.py events LOG
    Print the events of PCRs 9, 12 and 13 in an event log, in the same form.
"""
import hashlib
import os
import struct
import sys

from pcrs import FILES, archive, padded, record, sections, utf16

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
    def __init__(self):
        self.lines = []

    def event(self, pcr, kind, data, text):
        self.lines.append(f"event {pcr} {kind} {digest(data)} {text}")

    def extra(self, mode, path, data):
        self.lines.append(f"extra {mode:o} /.extra/{path} {digest(data)}")


def predict(tree, image, host):
    boot, beside = Boot(), f"{tree}/{image}.extra.d"
    own = sections(read(f"{tree}/{image}"), 0)
    addons = [(name, sections(read(f"{folder}/{name}"), 0))
              for folder in (f"{tree}/loader/addons", beside)
              for name in names(folder, ".addon.efi") if "ignored" not in name]
    added = " ".join(parts[".cmdline"].decode().strip() for _, parts in addons
                     if ".cmdline" in parts)
    boot.event(12, EV_IPL, utf16(added), added)
    boot.event(12, EV_IPL, utf16(host), host)
    line = f"{own['.cmdline'].decode()} {added} {host}"
    boot.event(9, EV_EVENT_TAG, utf16(line), "LOADED_IMAGE::LoadOptions")
    boot.lines.append(f"cmdline {line}")
    archives = b""
    for folder, suffix, target, folder_mode, file_mode, pcr, text in GROUPS:
        path = f"{tree}/{folder}" if folder else beside
        unless = ".confext.raw" if suffix == ".raw" else "/"
        files = [(name, read(f"{path}/{name}")) for name in names(path, suffix, unless)]
        for name, data in files:
            boot.extra(file_mode, f"{target}/{name}", data)
        if files:
            archives += many(target, files, folder_mode, file_mode)
            boot.event(pcr, EV_IPL, many(target, files, folder_mode, file_mode), text)
    initrd = b""
    for name, parts in reversed(addons):
        if ".ucode" in parts:
            initrd += padded(parts[".ucode"])
            boot.event(12, EV_EVENT_TAG, parts[".ucode"], name)
    initrd += padded(own.get(".ucode", b"")) + padded(own[".initrd"]) + archives
    for name, file in FILES.items():
        if name in own:
            initrd += archive(file, own[name])
            boot.extra(0o444, file, own[name])
    for name, parts in addons:
        if ".initrd" in parts:
            initrd += padded(parts[".initrd"])
            boot.event(12, EV_EVENT_TAG, parts[".initrd"], name)
    boot.event(9, EV_EVENT_TAG, initrd, "Linux initrd")
    print("\n".join(event for event in boot.lines if event[:5] != "extra"))
    print("\n".join(sorted(extra for extra in boot.lines if extra[:5] == "extra")))


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
    else:
        events(*arguments)


main()
