#!/usr/bin/env bash
# SPDX-License-Identifier: BSD-2-Clause
#
# A kernel without relocations may lie anywhere in physical memory if its setup header says so, or
# the note of a payload, else its ELF. The manifest has the answer, and the note keeps it when the
# kernel is extracted or packed again.
# shellcheck source=tests/cli.sh
. tests/cli.sh
need gcc ld jq readelf zstd

make_kernel
kernel=$work/kernel.elf
sed 's/Linux version/Other version/' "$kernel" >"$work/other.elf"

fixed="runs only at its load address"

# place_of IMAGE: "fixed" or "any"
place_of() {
	"$bzboot" info --json "$1" | jq -r 'if .manifest.flags % 2 == 1 then "fixed" else "any" end'
}

# keeps_clear IMAGE PLACE: pref_address is after a fixed kernel, and 16 MiB for any other
keeps_clear() {
	local pref start size
	read -r pref start size < <("$bzboot" info --json "$1" | jq -r '
		"\(.bzimage.pref_address) \(.manifest.load_address) \(.manifest.memory_size - .manifest.gap)"')
	if [ "$2" = any ]; then
		same "pref_address" 0x1000000 "$pref"
	else
		((pref >= start + size)) || fault "the image would be put at $pref"
	fi
}

# packs KERNEL IMAGE PLACE: with a warning if the place is fixed
packs() {
	run pack "$1" -o "$2" --level 1
	same "exit status" 0 "$status"
	same "the place" "$3" "$(place_of "$2")"
	keeps_clear "$2" "$3"
	same "warnings" "$([ "$3" = any ] || echo 1)" "$(grep -c "$fixed" "$work/stderr" | sed s/^0//)"
}

# lies NAME KERNEL PLACE: one test
lies() {
	packs "$2" "$work/image" "$3"
	packs "$work/image" "$work/again" "$3"
	cmp -s "$work/image" "$work/again" || fault "packed again: another image"
	run extract "$work/image" -o "$work/payload"
	packs "$work/payload" "$work/again" "$3"
	cmp -s "$work/image" "$work/again" || fault "extracted and packed: another image"
	finish "$1"
}

# make_vmlinuz ELF RELOCATABLE: $work/vmlinuz
make_vmlinuz() {
	zstd -qc "$1" >"$work/stream"
	make_payload "$work/stream" "$1" >"$work/payload"
	make_bzimage "$work/vmlinuz" "$work/payload"
	put "$work/vmlinuz" 0x234 1 "$2"
}

for name in kernel other; do
	make_vmlinuz "$work/$name.elf" 0
	lies "a bzImage of $name.elf whose relocatable_kernel is 0" "$work/vmlinuz" fixed
	make_vmlinuz "$work/$name.elf" 1
	lies "a bzImage of $name.elf whose relocatable_kernel is 1" "$work/vmlinuz" any
done

lies "an ELF with Linux's banner" "$kernel" any
lies "an ELF without Linux's banner" "$work/other.elf" fixed

# with_note TYPE: $work/noted.elf: other.elf with its note replaced by one of Xen's
with_note() {
	local name
	cp "$work/other.elf" "$work/noted.elf"
	name=$(LC_ALL=C grep -abo Test "$work/noted.elf" | head -n 1 | cut -d : -f 1)
	put "$work/noted.elf" "$name - 12" 4 4
	put "$work/noted.elf" "$name - 8" 4 8
	put "$work/noted.elf" "$name - 4" 4 "$1"
	put "$work/noted.elf" "$name" 4 0x6e6558
}

with_note 19
lies "an ELF with XEN_ELFNOTE_PHYS32_RELOC" "$work/noted.elf" any
with_note 18
lies "an ELF with XEN_ELFNOTE_PHYS32_ENTRY alone" "$work/noted.elf" fixed

sed -i 's/Linux version/Other version/' "$work/kernel.S"
gcc -nostdlib -static -no-pie -Wl,--build-id=none,-z,max-page-size=4096,--emit-relocs \
	-Wl,-T,"$work/kernel.lds" "$work/kernel.S" -o "$work/moves.elf"
lies "an ELF with relocations" "$work/moves.elf" any
cp "$work/other.elf" "$work/dyn.elf"
put "$work/dyn.elf" 0x10 2 3
lies "an ET_DYN" "$work/dyn.elf" any

# An older note, without the place, ends with the version.
make_vmlinuz "$work/kernel.elf" 1
run pack "$work/vmlinuz" -o "$work/image" --level 1
run extract "$work/image" -o "$work/old.elf"
headers=$(get "$work/old.elf" 0x28 8)
number=$(readelf -SW "$work/old.elf" | sed -n 's/^ *\[ *\([0-9]*\)\] \.note\.bzboot.*/\1/p')
note=$(get "$work/old.elf" "$headers + 64 * $number + 24" 8)
put "$work/old.elf" "$headers + 64 * $number + 32" 8 156
put "$work/old.elf" "$note + 4" 4 136
put "$work/old.elf" "$note + 20" 4 0x1000000
packs "$work/old.elf" "$work/image" any
same "the alignment" 0x1000000 "$(hex "$(get "$work/image" 0x230 4)")"
finish "an older note is read"

# Fixed kernels at any address: hobby kernels, U-Boot

# link_at ADDRESS: $work/at.elf
link_at() {
	printf '.globl _start\n_start: hlt\n.data\n.quad _start\n' |
		gcc -c -x assembler - -o "$work/at.o"
	cat >"$work/at.lds" <<-END
		ENTRY(_start)
		PHDRS { text PT_LOAD FLAGS(5); data PT_LOAD FLAGS(6); }
		SECTIONS {
			. = $1;
			.text : { *(.text) } :text
			. = ALIGN(0x1000);
			.data : { *(.data) } :data
		}
	END
	ld -z max-page-size=0x1000 -T "$work/at.lds" "$work/at.o" -o "$work/at.elf"
}

for address in 0x300000 0x400000 0x401000 0x1110000 0x1110010; do
	link_at "$address"
	lies "a kernel that runs at $address only" "$work/at.elf" fixed
	run info "$work/image" --json
	same "its place" "$address true" "$(jq -r '.manifest |
		"\(.load_address) \(.alignment == 2097152)"' "$work/stdout")"
	finish "the kernel is loaded to $address"
done
for address in 0x100000 0x201000; do
	link_at "$address"
	refused_kernel "a kernel that runs at $address, which leaves no room before it" "$work/at.elf"
	run pack "$work/at.elf" -o "$image"
	[[ $(<"$work/stderr") == *"ELF: it runs only at $address, and no machine has free memory"* ]] ||
		fault "pack prints: $(<"$work/stderr")"
	finish "the message names the place"
done
plan
