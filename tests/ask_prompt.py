#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""ask_prompt.py LOG PROMPT SECONDS MACHINE ARGUMENT...: ask a boot loader at its prompt.

The machine has the serial line of its boot loader as its standard input and output. Reads lines
"FILE COMMAND", types each COMMAND at the PROMPT, and prints "FILE accepts -" if what is booted then
says that it has been entered (tests/check/entered.S), or "FILE refuses MESSAGE" if there is another
PROMPT instead: of the same boot or, if the machine has crashed, of the next. It ends without an
answer about a file after which there is none of them for SECONDS.
"""
import os
import re
import select
import subprocess
import sys
import time

ENTERED = b"JUDGE entered"


class Machine:
    def __init__(self, log, seconds, command):
        self.log = open(log, "wb", buffering=0)
        self.seconds = seconds
        self.process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE)

    def wait_for(self, *texts):
        """All output up to one of the texts, and that text; None if it does not come."""
        said, end = b"", time.monotonic() + self.seconds
        while not any(text in said for text in texts):
            left = end - time.monotonic()
            if left <= 0 or not select.select([self.process.stdout], [], [], left)[0]:
                return said, None
            some = os.read(self.process.stdout.fileno(), 4096)
            if not some:
                return said, None
            self.log.write(some)
            said += some
        return said, next(text for text in texts if text in said)

    def type(self, text):
        self.process.stdin.write(text.encode() + b"\r")
        self.process.stdin.flush()


def message(said, command, prompt):
    """The last line that is not the prompt."""
    text = re.sub(r"\x1b\[[0-9;=?]*[A-Za-z]", "", said.decode("latin-1"))
    lines = [" ".join(line.split()) for line in re.split(r"[\r\n]+", text)]
    lines = [line for line in lines if line not in ("", command, prompt.decode().strip())]
    return lines[-1] if lines else "-"


def main(log, prompt, seconds, *command):
    prompt = prompt.encode()
    machine = Machine(log, float(seconds), command)
    at_prompt = machine.wait_for(prompt)[1]
    for line in sys.stdin:
        name, text = line.rstrip("\n").split(" ", 1)
        if not at_prompt:
            break
        machine.type(text)
        said, at_prompt = machine.wait_for(ENTERED, prompt)
        if at_prompt == prompt:
            print(name, "refuses", message(said, text, prompt))
        elif at_prompt:
            print(name, "accepts -")
            at_prompt = machine.wait_for(prompt)[1]
    machine.process.kill()
    machine.process.wait()


main(*sys.argv[1:])
