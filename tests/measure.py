#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
#
# measure.py IMAGE [PROFILE [CMDLINE]]: what bzboot measure has to print for a unified kernel image, by
# other code: a line for each PCR and bank, without comments. PCR 11 is that before any phase. The
# environment variable PHASES is a path, and STUB the version of systemd-stub in the image, if it
# is one.
import hashlib, os, struct, sys

ORDER = ".linux .osrel .cmdline .initrd .ucode .splash .dtb .uname .sbat .pcrpkey .profile .hwids"
SINCE = {".uname": 253, ".sbat": 254, ".ucode": 256, ".profile": 257, ".hwids": 257}
FILES = {".pcrsig": "tpm2-pcr-signature.json", ".pcrpkey": "tpm2-pcr-public-key.pem",
         ".osrel": "os-release", ".profile": "profile"}
BANKS = ["sha1", "sha256", "sha384", "sha512"]
stub = int(os.environ.get("STUB", "999"))


def sections(image, wanted):
    pe = struct.unpack_from("<I", image, 0x3c)[0]
    count, = struct.unpack_from("<H", image, pe + 6)
    table = pe + 24 + struct.unpack_from("<H", image, pe + 20)[0]
    base, chosen, profile = {}, {}, -1
    for i in range(count):
        name, virtual, _, raw, at = struct.unpack_from("<8sIIII", image, table + 40 * i)
        name = name.rstrip(b"\0").decode()
        profile += name == ".profile"
        into = base if profile < 0 else chosen if profile == wanted else {}
        into.setdefault(name, image[at:at + min(raw, virtual)].ljust(virtual, b"\0"))
    return {name: data for name, data in {**base, **chosen}.items() if data}


def record(inode, mode, name, data):
    name = name.encode() + b"\0"
    head = "070701" + "".join("%08x" % n for n in (
        inode, mode, 0, 0, 1, 0, len(data), 0, 0, 0, 0, len(name), 0))
    head = head.encode() + name
    return head + b"\0" * (-len(head) % 4) + data + b"\0" * (-len(data) % 4)


def cpio(name, data):
    zeros, links = b"00000000", b"00000001"
    end = b"070701" + zeros * 4 + links + zeros * 6 + b"0000000B" + zeros + b"TRAILER!!!\0\0\0\0"
    return record(1, 0o040555, ".extra", b"") + record(2, 0o100444, ".extra/" + name, data) + end


def initrd(found):
    parts = [found[name] for name in (".ucode", ".initrd") if name in found]
    parts += [cpio(file, found[name]) for name, file in FILES.items()
              if name in found and (stub >= 257 or name in (".pcrsig", ".pcrpkey"))]
    if len(parts) == 1:
        return parts[0]
    return b"".join(part + b"\0" * (-len(part) % 4) for part in parts)


def utf16(text):
    return text.encode("utf-16-le") + b"\0\0"


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
