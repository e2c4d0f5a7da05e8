#!/usr/bin/env bash
# SPDX-License-Identifier: BSD-2-Clause
#
# One file has one name: every command that cannot use it gives it the same name, and reports the
# same error.
# shellcheck source=tests/cli.sh
. tests/cli.sh
need gcc ld objcopy openssl jq gzip lz4

make_kernel
kernel=$work/kernel.elf
run pack "$kernel" -o "$work/packed.efi" --level 1
[ "$status" -eq 0 ] || fail "pack: $(<"$work/stderr")"
packed=$work/packed.efi
openssl req -x509 -nodes -newkey rsa:2048 -keyout "$work/key" -out "$work/cert" -subj /CN=test \
	2>"$work/log" || fail "openssl req: $(<"$work/log")"
odd=$work/odd

# command_line NAME: set arguments, which the command takes beside the file
command_line() {
	arguments=()
	case $1 in
	pack | extract) arguments=(-o "$work/output") ;;
	sign) arguments=(-o "$work/output" --key "$work/key" --cert "$work/cert") ;;
	verify) arguments=(--cert "$work/cert") ;;
	edit | unsign) arguments=(-o "$work/output") ;;
	esac
}

# said_by COMMAND: messages of the last run about $odd; info prints them in its report
said_by() {
	if [ "$1" = info ]; then
		jq -r '.errors[]' "$work/stdout" 2>/dev/null
	fi
	[ "$1" != check ] || sed -n 's|^.*: error: kernel-pack: ||p' "$work/stdout"
	sed -n "s|^bzboot: $odd: ||p" "$work/stderr"
}

# named NAME COMMAND...: one test: all commands call $odd NAME, but those COMMANDs accept it
named() {
	local name=$1 takes=" ${*:2} " command arguments said
	for command in info extract pack check edit hash sign verify unsign; do
		command_line "$command"
		[ "$command" != info ] || arguments=(--json)
		[ "$command" != check ] || arguments=(--for bzboot)
		run "$command" "$odd" "${arguments[@]}"
		said=$(said_by "$command" | tail -n 1)
		if [[ $takes == *" $command "* ]]; then
			[ "$status" -eq 0 ] || [ "$said" = "is not signed" ] ||
				fault "$command refuses it: $said"
		else
			same "exit status of $command" 1 "$status"
			[[ $said == "is $name" || $said == "is $name, not "* ]] ||
				fault "$command prints: $said"
		fi
	done
	finish "$name"
}

# spoil FILE OFFSET WIDTH VALUE...: $odd
spoil() {
	cp "$1" "$odd"
	shift
	while [ $# -gt 0 ]; do
		put "$odd" "$1" "$2" "$3"
		shift 3
	done
}

# only_pe: removes the marks of a bzImage and of a zboot image from $odd
only_pe() {
	put "$odd" 4 4 0
	put "$odd" 0x202 4 0
}

pe_commands=(info hash sign verify unsign)

# Unknown kinds

: >"$odd"
named "empty"
seq 1 1000 >"$odd"
named "a file of unknown format"
head -c 100000 /dev/urandom >"$odd"
put "$odd" 0 4 0
named "a file of unknown format"
gzip -c "$work/numbers" >"$odd"
named "a file compressed with gzip"
lz4 -q -c "$work/numbers" >"$odd"
named "a file compressed with lz4"
{
	printf '070701'
	head -c 1000 /dev/zero
} >"$odd"
named "a cpio archive"
spoil "$work/numbers" 0 4 0x56190527
named "a U-Boot image"
spoil "$work/numbers" 0 4 0xedfe0dd0
named "a device tree or FIT image"

# ELF

spoil "$kernel" 0x12 2 22
named "an ELF file for another machine (s390)"
spoil "$kernel" 5 1 2
named "a big-endian ELF file"
printf '.globl _start\n_start: nop\n' | gcc -m32 -c -x assembler - -o "$work/object32.o"
ld -m elf_i386 "$work/object32.o" -o "$odd"
named "a 32-bit x86 ELF file"
spoil "$kernel" 4 1 1
named "a 32-bit ELF file"

# multiboot OFFSET VALUE...: $odd, a 32-bit ELF with these numbers at that offset of its segment
multiboot() {
	gcc -m32 -c -x assembler - -o "$work/multiboot.o" <<-END
		.globl _start
		.org $1
		.long $(tr ' ' , <<<"${*:2}")
		_start: nop
	END
	ld -m elf_i386 -Ttext=0x100000 "$work/multiboot.o" -o "$odd"
}
multiboot 0 0x1badb002 3 -0x1badb002-3
named "a 32-bit ELF file for Multiboot loaders"
multiboot 16 0xe85250d6 0 16 0x17adaf1a
named "a 32-bit ELF file for Multiboot loaders"
multiboot 2 0x1badb002 3 -0x1badb002-3
named "a 32-bit x86 ELF file"
multiboot 0 0x1badb002 3 -0x1badb002-4
named "a 32-bit x86 ELF file"
multiboot 8192 0x1badb002 3 -0x1badb002-3
named "a 32-bit x86 ELF file"
printf '.globl _start\n_start: nop\n' | gcc -c -x assembler - -o "$odd"
named "an ELF file that is not an executable"
for size in 4 63 200 5000; do
	head -c "$size" "$kernel" >"$odd"
	named "a truncated ELF file"
done
spoil "$kernel" 0x58 8 -4096
named "a broken ELF file (a segment with an invalid size or address)"
cp "$kernel" "$odd"
named "an x86-64 ELF file" info pack check
gzip -c "$kernel" >"$odd"
named "a file compressed with gzip" info extract pack check

# bzImages: without PE headers, and ours, which has three formats

gzip -n -c "$kernel" >"$work/stream"
make_bzimage "$work/bzimage" "$work/stream"
cp "$work/bzimage" "$odd"
named "a bzImage" info pack check extract
head -c 5000 "$work/bzimage" >"$odd"
named "a truncated bzImage"
for size in $((0x1000)) $((0x3000)) $(($(size_of "$packed") - 4097)); do
	head -c "$size" "$packed" >"$odd"
	named "a truncated bzImage"
done
spoil "$packed" 0x206 2 0x0100
put "$odd" 0x58 2 0
named "a broken bzImage (a version that is not supported)"
spoil "$packed" 0x58 2 0
named "a broken bzImage (PE image: a version that is not supported)" pack check extract

# PE, and formats that are PE, too

spoil "$packed" 0x44 2 0x5032
put "$odd" 0x202 4 0
named "an EFI zboot image for another machine (riscv32)" "${pe_commands[@]}" extract
head -c 5000 "$odd" >"$work/cut"
cp "$work/cut" "$odd"
named "a truncated EFI zboot image"
spoil "$packed" 0x44 2 0x5032
only_pe
named "a PE image for another machine (riscv32)" "${pe_commands[@]}" extract
printf '.globl start\nstart: ret\n' | gcc -c -x assembler - -o "$work/app.o"
objcopy -O pe-x86-64 "$work/app.o" "$work/app.obj"
ld -m i386pep --image-base 0 --subsystem 10 -e start "$work/app.obj" -o "$work/app.efi"
cp "$work/app.efi" "$odd"
named "an x86-64 PE image" "${pe_commands[@]}"
head -c 400 "$work/app.efi" >"$odd"
named "a truncated PE image"
spoil "$work/app.efi" "$(get "$work/app.efi" 0x3c 4) + 24 + 108" 4 17
named "a broken PE image (a header field has an invalid value)"

# An Image: its PE headers are at the offset in it, or it has none
spoil "$work/app.efi" 0x38 4 0x644d5241
named "an arm64 Image" "${pe_commands[@]}"
head -c 400 "$odd" >"$work/cut"
cp "$work/cut" "$odd"
named "a truncated arm64 Image"
put "$odd" 0x3c 4 0
named "an arm64 Image"

plan
