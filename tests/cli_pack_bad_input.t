#!/usr/bin/env bash
# SPDX-License-Identifier: BSD-2-Clause
#
# Input that bzboot pack refuses: exit status 1 (2 for a wrong command line), one line on stderr,
# nothing on stdout, and no change in the output folder. check gives the same message for every
# kernel (tests/cli.sh).
# shellcheck source=tests/cli.sh
. tests/cli.sh
need gcc ld zstd gzip xz setpriv

make_kernel
kernel=$work/kernel.elf
bad=$work/bad

# copy_of FILE: $bad, to be damaged
copy_of() {
	rm -rf "$bad"
	cp "$1" "$bad"
}

# packs NAME KERNEL OPTION...: one test, the control: the undamaged kernel is packed
packs() {
	rm -rf "$out"
	mkdir "$out"
	run pack "${@:2}" -o "$image"
	same "exit status" 0 "$status"
	# Most kernels made here have no relocations, and some run at only one place.
	same stderr "" "$(sed -E "/: warning: (no relocations: KASLR|it runs only at) /d" "$work/stderr")"
	same "files in the folder" image.efi "$(ls -A "$out")"
	finish "$1"
}

# payload_of CODEC STREAM: $work/payload, like a kernel build
payload_of() {
	if [ "$1" = gzip ]; then
		cp "$2" "$work/payload"
	else
		make_payload "$2" "$kernel" >"$work/payload"
	fi
}

# Good kernels

zstd -q "$kernel" -o "$work/stream.zstd"
gzip -n -c "$kernel" >"$work/stream.gzip"
xz --check=crc32 -c "$kernel" >"$work/stream.xz"
packs "control: an ELF is packed" "$kernel"
cp "$image" "$work/packed.efi"
for codec in zstd gzip xz; do
	payload_of "$codec" "$work/stream.$codec"
	make_bzimage "$work/bzimage.$codec" "$work/payload"
	packs "control: a bzImage compressed with $codec is packed" "$work/bzimage.$codec"
done
packs "control: an image made by bzboot is packed" "$work/packed.efi"
{
	echo '.globl _start'
	echo '_start: hlt'
	seq -f '.section .s%.0f, "a"; .byte 0' 70000
} | gcc -c -x assembler - -o "$work/many.o"
ld -n -Ttext=0x1000000 "$work/many.o" -o "$work/many.elf"
same "sections in its ELF header" 0 "$(($(get "$work/many.elf" 0x3c 2)))"
packs "control: an ELF of 70,000 sections is packed" "$work/many.elf"
packs "control: the longest command line is packed" "$kernel" \
	--cmdline "$(printf '%2047s' x)"

# Missing files, and files that are not kernels

: >"$work/empty"
refused_kernel "an empty file" "$work/empty"
refused_kernel "a file that is missing" "$work/missing"
refused_kernel "a folder" "$work"
seq 1 1000 >"$bad"
refused_kernel "a text" "$bad"
printf 'a file\n' >"$work/two
lines"
refused "a file whose name has two lines" 1 "$work/two?lines: " pack "$work/two
lines" -o "$image"

echo 'int start(void) { return 0; }' >"$work/object.c"
gcc -c "$work/object.c" -o "$bad"
refused_kernel "a relocatable object" "$bad"
refused_kernel "a program for an operating system" "$bzboot"
printf '.globl _start\n_start: nop\n' | gcc -m32 -c -x assembler - -o "$work/object32.o"
ld -m elf_i386 "$work/object32.o" -o "$bad"
refused_kernel "a 32-bit ELF" "$bad"
copy_of "$kernel"
put "$bad" 5 1 2
put "$bad" 0x12 2 0x3e00
refused_kernel "a big-endian ELF" "$bad"
copy_of "$kernel"
put "$bad" 0x12 2 183
refused_kernel "an ELF for arm64" "$bad"
rm "$bad"
truncate -s 64K "$bad"
put "$bad" 0 2 0x5a4d
put "$bad" 0x38 4 0x644d5241
refused_kernel "an Image for arm64" "$bad"

# An unreadable file. Root can read everything, so another user runs this.

cp "$bzboot" "$work/bzboot"
[ "$(id -u)" -ne 0 ] || runner=(setpriv --reuid=65534 --regid=65534 --clear-groups)
readable=$bzboot
bzboot=$work/bzboot
copy_of "$kernel"
chmod 000 "$bad"
refused_kernel "a file that may not be read" "$bad"
mkdir -m 555 "$work/closed"
refused "a folder that may not be written to" 1 "$work/closed/image.efi: " \
	pack "$kernel" -o "$work/closed/image.efi"
same "files in the folder" "" "$(ls -A "$work/closed")"
finish "nothing is left in a folder that may not be written to"
bzboot=$readable
runner=()

# Truncated files. The ELF: magic, header, program headers, segments; the sections end the file.

# truncated KIND FILE LENGTH...
truncated() {
	local length whole
	whole=$(size_of "$2")
	for length in "${@:3}"; do
		copy_of "$2"
		truncate -s $((length)) "$bad"
		refused_kernel "$1, the first $((length)) of $whole bytes" "$bad"
	done
}

elf_size=$(size_of "$kernel")
truncated "an ELF" "$kernel" 1 3 4 5 16 63 64 65 119 120 231 232 4095 4096 4097 \
	$((elf_size / 2)) $((elf_size - 64)) $((elf_size - 1))

# The bzImage: marks, setup header, setup, stream, size.
end=$(size_of "$work/bzimage.zstd")
truncated "a bzImage" "$work/bzimage.zstd" 1 0x1f0 0x1f1 0x1fe 0x1ff 0x200 0x202 0x205 0x206 0x207 \
	0x208 0x26b 0x26c 1023 1024 1025 1028 $((end / 2)) $((end - 5)) $((end - 4)) $((end - 1))

# Our image: DOS header, PE headers, section table, setup header, setup, stub, payload.
payload=$(($(get "$work/packed.efi" 0x08 4)))
end=$((payload + $(get "$work/packed.efi" 0x0c 4) + 4))
setup=$((($(get "$work/packed.efi" 0x1f1 1) + 1) * 512))
truncated "an image of ours" "$work/packed.efi" 1 2 8 0x3f 0x40 0x44 0x58 0xc8 0xf8 0x120 0x1ef \
	0x1f1 0x200 0x206 0x208 0x26b 0x26c $((setup - 1)) "$setup" $((payload - 1)) "$payload" \
	$((payload + 1)) $((end - 5)) $((end - 4)) $((end - 1))

# Payloads that differ from their headers

for codec in zstd gzip xz; do
	copy_of "$work/stream.$codec"
	middle=$(($(size_of "$bad") / 2))
	put "$bad" "$middle" 1 "$(get "$bad" "$middle" 1) ^ 255"
	payload_of "$codec" "$bad"
	make_bzimage "$bad" "$work/payload"
	refused_kernel "a payload with a byte changed ($codec)" "$bad"
	for lie in 0 1 elf_size-1 elf_size+1 elf_size/2 2*elf_size 0x7fffffff 0xffffffff; do
		copy_of "$work/bzimage.$codec"
		put "$bad" "$(size_of "$bad") - 4" 4 "$lie"
		refused_kernel "a payload that is said to have $((lie)) of $elf_size bytes ($codec)" "$bad"
	done
done

make_payload "$work/numbers" "$work/numbers" >"$work/payload"
make_bzimage "$bad" "$work/payload"
refused_kernel "a payload of unknown compression" "$bad"
zstd -q -c "$work/numbers" >"$work/stream"
make_payload "$work/stream" "$work/numbers" >"$work/payload"
make_bzimage "$bad" "$work/payload"
refused_kernel "a payload that is not an ELF" "$bad"

# The module signature that Linux's sign-file appends

copy_of "$work/bzimage.gzip"
append_module_signature "$bad" 700
rm -rf "$out"
mkdir "$out"
run pack "$bad" -o "$image"
same "exit status" 0 "$status"
grep -q "^bzboot: $bad: warning: the appended module signature is not in the image\$" \
	"$work/stderr" || fault "stderr: $(<"$work/stderr")"
run info "$bad"
same "the warning of info" "module_signature:
  offset: $(size_of "$work/bzimage.gzip")
  size: 740" "$(sed -n '/^module_signature:/,/size:/p' "$work/stdout")"
finish "a bzImage with a module signature after it is packed, with a warning"
copy_of "$kernel"
append_module_signature "$bad" 700
refused "an ELF with a module signature after it" 1 "$bad: after the ELF: an appended module \
signature (740 bytes at offset $(hex "$elf_size")): cut it off" pack "$bad" -o "$image"

# Invalid ELF headers

# spoiled NAME OFFSET WIDTH VALUE
spoiled() {
	copy_of "$kernel"
	put "$bad" "$2" "$3" "$4"
	refused_kernel "an ELF $1" "$bad"
}

spoiled "with its program headers past the end" 0x20 8 0x100000000
spoiled "with 65535 program headers" 0x38 2 0xffff
spoiled "with 73 program headers" 0x38 2 73
spoiled "with a segment past the end" 0x48 8 0x7fffffffffff0000
spoiled "with more bytes than memory" 0x68 8 1
spoiled "with a segment that wraps" 0x58 8 -4096
spoiled "with overlapping segments" 0x68 8 0x10000000
spoiled "of more than 1 GiB of memory" 0xa0 8 0x40000000
spoiled "with its entry point elsewhere" 0x18 8 0x500000
spoiled "with a load address that is not aligned" 0x58 8 0x1000010

# Kernels for which no machine has a place: two MiB before a kernel must be free, above the first
# MiB.

# linked_to ADDRESS OPTION...: $bad, with virtual addresses equal to the physical ones
linked_to() {
	printf '.globl _start\n_start: hlt\n.quad _start\nhlt\n' |
		gcc -c -x assembler - -o "$work/small.o"
	ld -n --no-warn-rwx-segments -Ttext="$1" "${@:2}" "$work/small.o" -o "$bad"
}

# no_place NAME TEXT: one test, like refused_kernel; the message has TEXT
no_place() {
	run pack "$bad" -o "$image"
	grep -qF "$2" "$work/stderr" || fault "stderr: $(<"$work/stderr")"
	refused_kernel "$1" "$bad"
}

for address in 0x400000 0x1000000 0xfea00000 0x100200000; do
	linked_to "$address"
	packs "control: a kernel that runs only at $address is packed" "$bad"
done
for address in 0x200000 0xfec00000 0xfee00000 0x100000000 0x400000000000; do
	linked_to "$address"
	no_place "a kernel that runs only at $address" "no machine has free memory there"
done
linked_to 0x7f000000 --emit-relocs
packs "control: a kernel that moves below 2 GiB is packed" "$bad"
linked_to 0x80000000 --emit-relocs
no_place "a kernel that moves below 2 GiB and is linked there" \
	"a kernel that runs at physical addresses ends below 0x80000000"
linked_to 0x200000 --emit-relocs
packs "control: a kernel that moves is packed, though linked to 0x200000" "$bad"

# Invalid outputs

refused "an output in a folder that does not exist" 1 "$out/missing/image.efi: " \
	pack "$kernel" -o "$out/missing/image.efi"
refused "an output that is a folder" 1 "$out: " pack "$kernel" -o "$out"
refused "an output below a file" 1 "$kernel/image.efi: " pack "$kernel" -o "$kernel/image.efi"
if [ -b /dev/loop0 ]; then
	refused "an output that is a disk" 1 "/dev/loop0: cannot write: not a regular file" \
		pack "$kernel" -o /dev/loop0
fi

# Other files

stub=${BUILD:-build}/stub/zstd.elf
manifest=$(LC_ALL=C grep -abPo 'bzboot\x00\x03' "$stub" | cut -d : -f 1 | awk '$1 % 4096 == 0' | head -n 1)
packs "control: the stub is accepted" "$kernel" --stub "$stub"
for version in 0 2 4; do
	copy_of "$stub"
	put "$bad" "$manifest + 7" 1 "$version"
	refused "a stub with a manifest of version $version" 1 "$bad: " \
		pack "$kernel" -o "$image" --stub "$bad"
done
copy_of "$stub"
put "$bad" "$manifest + 0xbf" 1 0
packs "control: a stub that obeys no decision, for defaults" "$kernel" --stub "$bad" \
	--default-cmdline x --default-initrd "$kernel"
for option in "--cmdline x" "--initrd $kernel" --no-initrd; do
	# shellcheck disable=SC2086 # an option and its argument
	refused "a stub that obeys no decision: ${option%% *}" 1 "$bad: " \
		pack "$kernel" -o "$image" --stub "$bad" $option
done
refused "an initrd that is missing" 1 "$work/missing: " \
	pack "$kernel" -o "$image" --initrd "$work/missing"
refused "an initrd that is a folder" 1 "$work: " pack "$kernel" -o "$image" --initrd "$work"

# Command lines

# refused_usage NAME ARGUMENT...
refused_usage() {
	refused "usage: $1" 2 "pack: " pack "${@:2}"
}

refused_usage "no output" "$kernel"
refused_usage "no kernel" -o "$image"
refused_usage "two kernels" "$kernel" "$kernel" -o "$image"
refused_usage "two outputs" "$kernel" -o "$image" -o "$out/other.efi"
refused_usage "an unknown option" "$kernel" -o "$image" --nonsense
refused_usage "an unknown letter" "$kernel" -o "$image" -Z
refused_usage "an option without its argument" "$kernel" -o
refused_usage "level 0" "$kernel" -o "$image" --level 0
refused_usage "level 23" "$kernel" -o "$image" --level 23
refused_usage "level -1" "$kernel" -o "$image" --level -1
refused_usage "a level that is not a number" "$kernel" -o "$image" --level high
refused_usage "a level with a unit" "$kernel" -o "$image" --level 3x
refused_usage "an empty level" "$kernel" -o "$image" --level ""
refused_usage "a level beyond all numbers" "$kernel" -o "$image" --level 99999999999999999999
refused_usage "a command line of 2048 characters" "$kernel" -o "$image" \
	--cmdline "$(printf '%2048s' x)"
refused_usage "a version of 128 characters" "$kernel" -o "$image" \
	--version-text "$(printf '%128s' x | tr ' ' y)"
refused_usage "a version with a newline" "$kernel" -o "$image" --version-text $'Other\n1'
refused_usage "a version that is not ASCII" "$kernel" -o "$image" --version-text "Ändern"
refused_usage "a version that begins with a space" "$kernel" -o "$image" --version-text " 1"
refused_usage "an empty version" "$kernel" -o "$image" --version-text ""
refused_usage "a command line, decided and default" "$kernel" -o "$image" --cmdline x --default-cmdline x
refused_usage "an initrd, decided and default" "$kernel" -o "$image" --default-initrd "$kernel" \
	--initrd "$kernel"
refused_usage "an initrd and none" "$kernel" -o "$image" --initrd "$kernel" --no-initrd
refused_usage "a default and none" "$kernel" -o "$image" --no-initrd --default-initrd "$kernel"
refused "usage: no command" 2 ""
refused "usage: an unknown command" 2 "" nonsense "$kernel" -o "$image"

plan
