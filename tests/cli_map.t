#!/usr/bin/env bash
# SPDX-License-Identifier: BSD-2-Clause
#
# bzboot info --map: the picture is XML, every piece is in it, to scale; the text has colours only on a
# terminal, and not with NO_COLOR.
# shellcheck source=tests/cli.sh
. tests/cli.sh
need gcc jq python3

cloud_kernel

mkdir -p "$out"
make_kernel
seq 200000 >"$work/initrd"
printf 'ID=test\n' >"$work/osrel"
uki=$work/uki.efi
"$bzboot" pack "$work/kernel.elf" -o "$uki" --uki --os-release "@$work/osrel" --level 1 \
	--cmdline quiet --initrd "$work/initrd" >/dev/null || fail "cannot pack"
svg=$out/map.svg

# pieces COLUMN: "SIZE OFFSET NAME" of each piece in the picture. It fails if a rectangle is not to
# scale, or if pieces overlap or leave a gap.
pieces() {
	python3 - "$svg" "$1" <<-'END' 2>&1
		import re, sys
		import xml.etree.ElementTree as tree
		space = "{http://www.w3.org/2000/svg}"
		root = tree.parse(sys.argv[1]).getroot()
		assert root.tag == space + "svg", root.tag
		group = [g for g in root.iter(space + "g") if g.get("id") == sys.argv[2]]
		rects = list(group[0]) if group else []
		rows = []
		for rect in rects:
		    name, size, offset = re.fullmatch(r"(.*): (\d+) bytes at (\d+)",
		                                      rect.find(space + "title").text).groups()
		    rows.append((int(size), int(offset), name, float(rect.get("y")), float(rect.get("height"))))
		total = sum(row[0] for row in rows)
		end = 0
		for size, offset, name, y, height in rows:
		    assert offset == end, f"{name} is at {offset}, not at {end}"
		    end = offset + size
		    scale = (rows[-1][3] + rows[-1][4] - rows[0][3]) / total
		    assert abs(height - size * scale) < 0.01, f"{name} is not to scale: {height}"
		    assert abs(y - rows[0][3] - offset * scale) < 0.01, f"{name} is at the wrong place: {y}"
		    print(size, offset, name)
	END
}

# labels: the texts in the picture
labels() {
	python3 - "$svg" <<-'END'
		import sys
		import xml.etree.ElementTree as tree
		for text in tree.parse(sys.argv[1]).getroot().iter("{http://www.w3.org/2000/svg}text"):
		    print(" ".join("".join(text.itertext()).split()))
	END
}

# sum: of the first column of standard input
sum() {
	awk '{ sum += $1 } END { printf "%d", sum }'
}

# draws FILE: the picture of FILE
draws() {
	rm -f "$svg"
	run info --map "$1" -o "$svg"
	same "exit status for ${1##*/}" 0 "$status"
	same "stdout for ${1##*/}" "" "$(<"$work/stdout")"
	same "stderr for ${1##*/}" "" "$(<"$work/stderr")"
	pieces file >"$work/file" || fault "${1##*/}: $(tail -n 1 "$work/file")"
	pieces memory >"$work/memory" || fault "${1##*/}: $(tail -n 1 "$work/memory")"
	same "the file of ${1##*/}" "$(stat -L -c %s "$1")" "$(sum <"$work/file")"
	labels >"$work/labels" || fault "${1##*/}: the picture is not XML"
}

# --- the picture --------------------------------------------------------------------------------

for file in "$vmlinuz" "$packed" "$uki"; do
	draws "$file"
	"$bzboot" info --budget --json "$file" >"$work/json"
	same "the memory of ${file##*/}" "$(jq .budget.memory.efi.peak "$work/json")" \
		"$(sum <"$work/memory")"
	while read -r _ _ name; do
		[[ $name == *padding ]] || grep -qF -- "$name" "$work/labels" ||
			fault "${file##*/}: $name has no label"
	done < <(cat "$work/file" "$work/memory")
done
finish "every piece of file and memory is in the picture, to scale, with a label"

draws "$uki"
for name in .cmdline .osrel .uname .initrd "payload: code" "kernel: bss"; do
	grep -qF -- "$name" "$work/labels" || fault "$name has no label"
done
grep -q 'prefers-color-scheme:dark' "$svg" || fault "there is no style for dark mode"
grep -qx "uki.efi" "$work/labels" || fault "the name of the file is missing"
finish "the picture of a unified kernel image"

draws "$work/kernel.elf"
same "the memory of an ELF" "" "$(<"$work/memory")"
finish "an ELF has one column"

draws "$uki"
run info --map "$uki" -o -
cmp -s "$work/stdout" "$svg" || fault "standard output gets another picture"
"$bzboot" info --map "$uki" -o "$work/again.svg"
cmp -s "$work/again.svg" "$svg" || fault "the second picture is another one"
finish "standard output; the same picture each time"

"$bzboot" info --map - -o "$svg" <"$uki"
grep -qx "standard input" <(labels) || fault "the picture has no name"
finish "standard input has a name in the picture"

# Names are from the file, and from the command line.
hostile="$work/<&\"
.efi"
python3 - "$uki" "$hostile" <<-'END'
	import sys
	data = bytearray(open(sys.argv[1], "rb").read())
	at = data.index(b".osrel\0\0")
	data[at:at + 8] = b"<&\"\x01\xff>'x"
	open(sys.argv[2], "wb").write(data)
END
draws "$hostile"
grep -qF '<&"??>' "$work/file" || fault "the section is missing: $(cut -d ' ' -f 3- "$work/file")"
finish "names with markup and control characters"

python3 - "$work/many.efi" <<-'END'
	import struct, sys
	count = 2000
	start = 0x15000
	pe = b"PE\0\0" + struct.pack("<HHIIIHH", 0x8664, count, 0, 0, 0, 240, 0x22)
	pe += struct.pack("<HBBIIIII", 0x20b, 0, 0, 0, 0, 0, 0x1000, 0x1000)
	pe += struct.pack("<QIIHHHHHHIIIIHHQQQQII", 0, 0x1000, 512, 0, 0, 0, 0, 0, 0, 0,
	                  0x1000000, start, 0, 10, 0x100, 0, 0, 0, 0, 0, 16)
	pe = b"MZ".ljust(0x3c, b"\0") + struct.pack("<I", 0x40) + pe + bytes(128)
	for i in range(count):
	    pe += struct.pack("<8sIIIIIIHHI", b".s%d" % i, 512, 0x100000 + 0x1000 * i, 512,
	                      start + 512 * i, 0, 0, 0, 0, 0x40000040)
	open(sys.argv[1], "wb").write(pe.ljust(start, b"\0") + b"x" * 512 * count)
END
draws "$work/many.efi"
[ "$(wc -l <"$work/file")" -le 64 ] || fault "the picture has $(wc -l <"$work/file") pieces"
finish "more sections than a picture has room for"

# --- the text -----------------------------------------------------------------------------------

run info --map "$packed"
same "exit status" 0 "$status"
LC_ALL=C grep -q '[^ -~]' "$work/stdout" && fault "there are other characters than those of plain text"
[ "$(wc -L <"$work/stdout")" -le 80 ] || fault "a line has more than 80 characters"
for name in "file: " "memory at boot, EFI: " "payload: code" "kernel: bss" "#"; do
	grep -qF -- "$name" "$work/stdout" || fault "$name is missing"
done
finish "plain text if standard output is not a terminal"

# on_terminal VARIABLE=VALUE...: what --map prints to a terminal of 120 columns, in $work/terminal
on_terminal() {
	env -u NO_COLOR -u LC_ALL -u LC_CTYPE "$@" python3 - "$bzboot" "$packed" >"$work/terminal" <<-'END'
		import fcntl, os, pty, struct, sys, termios
		pid, terminal = pty.fork()
		if pid == 0:
		    fcntl.ioctl(1, termios.TIOCSWINSZ, struct.pack("HHHH", 24, 120, 0, 0))
		    os.execv(sys.argv[1], [sys.argv[1], "info", "--map", sys.argv[2]])
		while True:
		    try:
		        data = os.read(terminal, 65536)
		    except OSError:
		        break
		    if not data:
		        break
		    os.write(1, data)
		sys.exit(os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]))
	END
}

escape=$(printf '\033')
block=$(printf '\342\226\210')
on_terminal TERM=xterm-256color LANG=C.UTF-8 || fault "exit status $?"
grep -q "$escape\[38;5;" "$work/terminal" || fault "there are no colours"
grep -q "$block" "$work/terminal" || fault "there are no blocks"
finish "a terminal: colours and blocks"

on_terminal TERM=xterm-256color LANG=C.UTF-8 NO_COLOR=1
grep -q "$escape" "$work/terminal" && fault "there are escape sequences"
grep -q "$block" "$work/terminal" || fault "there are no blocks"
on_terminal TERM=dumb LANG=C.UTF-8
grep -q "$escape" "$work/terminal" && fault "TERM=dumb: there are escape sequences"
on_terminal TERM=xterm LANG=C.UTF-8 NO_COLOR=
grep -q "$escape" "$work/terminal" || fault "an empty NO_COLOR counts"
finish "NO_COLOR, and a terminal without colours"

on_terminal TERM=xterm LANG=C.UTF-8 LC_ALL=C
grep -q "$block" "$work/terminal" && fault "there are characters of UTF-8"
awk '{ gsub(/\033\[[0-9;]*m/, ""); sub(/\r$/, "") } length > most { most = length }
	END { exit !(most > 100 && most <= 120) }' "$work/terminal" ||
	fault "the text is not as wide as the terminal"
finish "LC_ALL=C: ASCII; the width of the terminal"

# --- errors -------------------------------------------------------------------------------------

refused "a file that is missing" 1 "$work/missing: " info --map "$work/missing"
head -c 100000 /dev/urandom >"$work/noise"
refused "noise" 1 "$work/noise: " info --map "$work/noise" -o "$image"
: >"$work/empty"
refused "an empty file" 1 "$work/empty: " info --map "$work/empty"
cp "$packed" "$work/broken.efi"
put "$work/broken.efi" "$("$bzboot" info --headers --json "$packed" | jq .payload.offset) + 0x1000" 8 0
refused "a damaged payload" 1 "$work/broken.efi: payload: " info --map "$work/broken.efi" -o "$image"
refused "a folder that is missing" 1 "$out/none/map.svg: " info --map "$uki" -o "$out/none/map.svg"
refused "--output without --map" 2 "info: --output needs --map" info "$uki" -o "$image"

plan
