#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
#
# measure.py IMAGE [PROFILE [CMDLINE]]: what bzboot measure has to print for a unified kernel image, by
# other code: a line for each PCR and bank, without comments. PCR 11 is that before any phase. The
# environment variable PHASES is a path, and STUB the version of systemd-stub in the image, if it
# is one.
import hashlib, os, sys

from image import FILES, archive, padded, sections, utf16

ORDER = ".linux .osrel .cmdline .initrd .ucode .splash .dtb .uname .sbat .pcrpkey .profile .hwids"
SINCE = {".uname": 253, ".sbat": 254, ".ucode": 256, ".profile": 257, ".hwids": 257}
BANKS = ["sha1", "sha256", "sha384", "sha512"]
stub = int(os.environ.get("STUB", "999"))


def initrd(found):
    parts = [found[name] for name in (".ucode", ".initrd") if name in found]
    parts += [archive(file, found[name]) for name, file in FILES.items()
              if name in found and (stub >= 257 or name in (".pcrsig", ".pcrpkey"))]
    if len(parts) == 1:
        return parts[0]
    return b"".join(map(padded, parts))


def events(found, profile, cmdline):
    if profile:
        yield 12, utf16(str(profile))
    for name in ORDER.split():
        if name in found and stub >= SINCE.get(name, 0):
            yield 11, name.encode() + b"\0"
            yield 11, found[name]
    if cmdline is not None:
        yield 12, utf16(cmdline)
    elif ".cmdline" in found:
        cmdline = found[".cmdline"].split(b"\0")[0].decode().replace("\n", " ").strip()
    if stub < 261 or stub == 999:
        if cmdline is not None:
            yield 9, utf16(cmdline)
        if initrd(found):
            yield 9, initrd(found)
    for phase in os.environ.get("PHASES", "").split(":"):
        if phase:
            yield 11, phase.encode()


def digest(bank, data):
    return hashlib.new(bank, data).digest()


def main(path, profile=0, cmdline=None):
    found = sections(open(path, "rb").read(), int(profile))
    pcrs, registers = {}, bytes(48)
    for pcr, data in events(found, int(profile), cmdline):
        old = pcrs.setdefault(pcr, {bank: bytes(len(digest(bank, b""))) for bank in BANKS})
        pcrs[pcr] = {bank: digest(bank, old[bank] + digest(bank, data)) for bank in BANKS}
        registers = digest("sha384", registers + digest("sha384", data))
    for pcr in sorted(pcrs):
        for bank in BANKS:
            print(f"{pcr}:{bank}={pcrs[pcr][bank].hex()}")
    if not os.environ.get("PHASES"):
        print(f"rtmr2:sha384={registers.hex()}")


main(*sys.argv[1:])
