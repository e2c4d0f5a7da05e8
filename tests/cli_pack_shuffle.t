#!/usr/bin/env bash
# SPDX-License-Identifier: BSD-2-Clause
#
# bzboot pack --shuffle: the image has a table of the kernel's functions, by which a boot loader makes
# of it, byte for byte, the kernel that --shuffle=SEED and bzboot shuffle make. The kernel is the test
# kernel, which tests/boot_core_shuffle.t boots.
# shellcheck source=tests/cli.sh
. tests/cli.sh
need gcc jq objcopy readelf strip

build=${BUILD:-build}
kernel=$build/tests/kernel/testkernel-relocs.elf
plain=$build/tests/kernel/testkernel.elf
program=$build/tests/load_same
[ -x "$program" ] || fail "$program is missing; make test-programs builds it"
seed=2a
mkdir "$out"

# packs OUT KERNEL OPTION...: $work/OUT; nothing but the line about the shuffle is printed
packs() {
	run pack "$2" -o "$work/$1" --level 1 "${@:3}"
	same "exit status of pack ${*:3}" 0 "$status"
	same "messages of pack ${*:3}" "" \
		"$(sed -E '/: (warning: no relocations: |[0-9]+ of [0-9]+ units )/d' "$work/stderr")"
}

# says PATTERN: a line of the last run is that
says() {
	grep -qxE "bzboot: $kernel: $1" "$work/stderr" || fault "it prints: $(<"$work/stderr")"
}

# identical A B: files in $work
identical() {
	cmp "$work/$1" "$work/$2" >"$work/cmp" 2>&1 || fault "$(<"$work/cmp")"
}

# fact FILE FIELD: a number of its manifest or of its setup header
fact() {
	run info --json "$work/$1"
	jq -r "$2" "$work/stdout"
}

# has_table FILE: whether the payload of $work/FILE has the table
has_table() {
	run extract "$work/$1" -o "$work/payload"
	same "exit status of extract" 0 "$status"
	[[ $(readelf -SW "$work/payload") == *" .bzboot.units "* ]]
}

# shuffles_to FILE OTHER: the library shuffles the kernel of $work/FILE to that of $work/OTHER
shuffles_to() {
	local slide
	for slide in 0x0 0x12400000; do
		"$program" "$work/$1" "$work/$2" $slide $seed >"$work/said" 2>&1 ||
			fault "$slide: $(head -n 3 "$work/said")"
	done
}

# --- what is packed

packs boot "$kernel" --shuffle
says "([1-9][0-9]*) of \1 units move at each boot \([0-9]+ of [0-9]+ KiB of \.text\), [1-9][0-9]* bits of entropy"
has_table boot || fault "no unit table"
packs again "$kernel" --shuffle=boot
identical boot again
finish "--shuffle: the image has the table, and is the same each time"

packs fixed "$kernel" --shuffle=$seed
says "[1-9][0-9]* of [0-9]+ units have moved .*; seed 0{62}$seed"
! has_table fixed || fault "there is a unit table"
packs again "$kernel" --shuffle=000${seed^^}
identical fixed again
packs again "$kernel" --shuffle=2b
! cmp -s "$work/fixed" "$work/again" || fault "the same image by another seed"
run shuffle "$kernel" -o "$work/shuffled.elf" --seed $seed
packs again "$work/shuffled.elf"
identical fixed again
finish "--shuffle=SEED: the image is that of what bzboot shuffle makes"

# with_key VALUE IMAGE [UNITS]: it gives $work/IMAGE
with_key() {
	printf '[UKI]\nUKI=no\n[Contents]\nShuffle=%s\n' "$1" >"$work/conf"
	[ $# -lt 3 ] || echo "ShuffleUnits=$3" >>"$work/conf"
	packs again "$kernel" --config "$work/conf"
	identical "$2" again
}

units_of() {
	run info --json "$work/$1"
	jq .elf.units.count "$work/stdout"
}
packs objects "$kernel" --shuffle --shuffle-units objects
says "([1-9][0-9]*) of \1 units move at each boot \([0-9]+ of [0-9]+ KiB of \.text\), [1-9][0-9]* bits of entropy"
[ "$(units_of objects)" -lt "$(units_of boot)" ] || fault "too many units: $(units_of objects)"
packs objects-fixed "$kernel" --shuffle=$seed --shuffle-units objects
run shuffle "$kernel" -o "$work/shuffled.elf" --seed $seed --units objects
packs again "$work/shuffled.elf"
identical objects-fixed again
shuffles_to objects objects-fixed
packs again "$kernel" --shuffle --shuffle-units functions
identical boot again
finish "--shuffle-units objects: fewer units, and the same kernel by both ways"

with_key boot boot
with_key $seed fixed
with_key boot objects objects
with_key $seed fixed functions
finish "the keys Shuffle and ShuffleUnits"

# --- the same kernel by both ways

shuffles_to boot fixed
"$program" "$work/boot" "$work/fixed" 0x0 2b >"$work/said" 2>&1 &&
	fault "the same kernel by another seed"
"$program" "$work/boot" "$work/fixed" 0x0 >"$work/said" 2>&1 && fault "the same kernel, not shuffled"
packs plain "$kernel"
"$program" "$work/boot" "$work/plain" 0x12400000 >"$work/said" 2>&1 ||
	fault "another kernel with a table than without: $(<"$work/said")"
finish "a loader makes the kernel of --shuffle=SEED from the table, and that as it was without a seed"

for codec in zstd xz lzma gzip lz4 none; do
	run pack "$kernel" -o "$work/$codec" --compress $codec --shuffle
	same "$codec: exit status" 0 "$status"
	shuffles_to $codec fixed
	run pack "$work/$codec" -o "$work/again" --compress $codec
	same "$codec: exit status of packing it again" 0 "$status"
	identical $codec again
done
finish "by each codec; and packed again, the image keeps the table"

packs again "$work/boot" --shuffle
identical boot again
run pack "$work/boot" -o "$work/again" --shuffle=$seed
expect_refusal 1 "$work/boot: it is no ELF: take the vmlinux"
finish "an image that has the table can be packed with --shuffle, but not by a seed"

run edit "$work/boot" -o "$work/edited" --cmdline quiet
same "exit status" 0 "$status"
shuffles_to edited fixed
finish "bzboot edit keeps the table"

printf 'ID=test\nPRETTY_NAME="Test OS"\n' >"$work/osrel"
packs uki "$kernel" --shuffle --uki --os-release "@$work/osrel" --uname 1
same "kind" UKI "$(fact uki '.kinds[-1]')"
shuffles_to uki fixed
finish "a unified kernel image"

packs symbols "$kernel" --shuffle --symbols
has_table symbols || fault "no unit table"
shuffles_to symbols fixed
finish "with symbols"

# --- memory

# The shuffle works in the kernel's bss, here of 5 MiB. A kernel with less needs memory behind it: 40
# functions of 30,000 bytes, each of which calls the next one; and assembly with a local symbol, so that
# the linker names its object, and functions of another are C.
make_kernel
printf '\t.globl start\nstart:\tjmp f7\nlocal:\tud2\n' >"$work/start.S"
{
	printf '\t.file "large.c"\n\t.globl f7\n'
	for i in {1..40}; do
		printf '\t.balign 16\n\t.type f%d, @function\nf%d:\t.fill 30000, 1, 0x90\n' "$i" "$i"
		printf '\tcall f%d\n\tret\n\t.size f%d, . - f%d\n' $((i % 40 + 1)) "$i" "$i"
	done
	printf '\t.data\n\t.quad f7\n'
} >"$work/large.S"
# link_large ARGUMENT...: by gcc
link_large() {
	gcc -nostdlib -static -no-pie -Wl,--build-id=none -Wl,-z,max-page-size=4096 -Wl,--emit-relocs \
		-Wl,-T,"$work/kernel.lds" "$work/start.S" "$work/large.S" "$@"
}
link_large -o "$work/large"

# init_size OUT OPTION...: sets it, for $work/OUT, the large kernel, uncompressed
init_size() {
	run pack "$work/large" -o "$work/$1" --compress none "${@:2}"
	same "exit status" 0 "$status"
	init_size=$(fact "$1" .bzimage.init_size)
}

same "memory for the shuffle of a kernel with bss" "$(fact plain .bzimage.init_size)" \
	"$(fact boot .bzimage.init_size)"
init_size large-fixed --shuffle=$seed
less=$init_size
init_size large-boot --shuffle
[ "$init_size" -gt "$less" ] || fault "init_size is $less without the shuffle, $init_size with it"
shuffles_to large-boot large-fixed
finish "the image asks for the memory that shuffling needs, as far as the bss does not suffice"

# A position-independent kernel, whose dynamic section stays as it is linked, and follows the functions
# all the same: it may relocate itself, too.
cat >"$work/pie.lds" <<'END'
PHDRS { text PT_LOAD; data PT_LOAD; dynamic PT_DYNAMIC; }
SECTIONS {
	. = 0x1000000;
	__ehdr_start = .;
	.text : { *(.text .text.*) } :text
	. = ALIGN(4096);
	.rodata : { *(.rodata .rodata.*) } :data
	.rela.dyn : { *(.rela.dyn) }
	.relr.dyn : { *(.relr.dyn) }
	.dynsym : { *(.dynsym) }
	.dynstr : { *(.dynstr) }
	.hash : { *(.gnu.hash .hash) }
	.data : { *(.data .data.*) }
	.dynamic : { *(.dynamic) } :data :dynamic
	.bss : { *(.bss) } :data
	/DISCARD/ : { *(.comment .note* .eh_frame*) }
}
END
printf '\t.text\nlocal:\tud2\n' >"$work/local.S"	# so that GNU ld names an object of assembly
for table in nopack-relative-relocs pack-relative-relocs; do
	gcc -O2 -ffreestanding -fpie -static-pie -nostdlib -fno-jump-tables -fno-stack-protector \
		-fno-asynchronous-unwind-tables -Wl,--build-id=none -Wl,-z,max-page-size=4096 \
		-Wl,--emit-relocs -Wl,-z,noexecstack -Wl,-z,$table -Wl,--export-dynamic -Wl,-T,"$work/pie.lds" \
		tests/shuffle/program.c "$work/local.S" -o "$work/pie"
	packs pie-boot "$work/pie" --shuffle
	packs pie-fixed "$work/pie" --shuffle=$seed
	shuffles_to pie-boot pie-fixed
	finish "a position-independent kernel, $table"
done

# --- what is refused

no_symbols=$work/stripped.elf
strip -o "$no_symbols" "$kernel"
refused "no symbols" 1 "$no_symbols: it has no .symtab" pack "$no_symbols" -o "$image" --shuffle
refused "no relocations" 1 "$plain: it has no relocations for .text: link it with --emit-relocs" \
	pack "$plain" -o "$image" --shuffle
refused "no relocations, with a seed" 1 "$plain: it has no relocations for .text" \
	pack "$plain" -o "$image" --shuffle=5
refused "an image without the table" 1 "$work/plain: it is no ELF: take the vmlinux" \
	pack "$work/plain" -o "$image" --shuffle
vmlinuz=$(tools/kernel.sh 6.1-cloud)
refused "a vmlinuz" 1 "$vmlinuz: it is no ELF: take the vmlinux" pack "$vmlinuz" -o "$image" --shuffle

# With symbols, all sections in segments are kept.
run extract "$work/large-boot" -o "$work/payload"
objcopy --dump-section .bzboot.units="$work/table" "$work/payload"
printf '\t.section .bzboot.units, "a"\n\t.incbin "%s"\n' "$work/table" >"$work/loaded.S"
link_large "$work/loaded.S" -o "$work/loaded"
refused "a table that is loaded" 1 "$work/loaded: its unit table " \
	pack "$work/loaded" -o "$image" --symbols

rm -f "$image"
run pack "$kernel" -o "$image" --shuffle --stub "$build/stub/zstd.elf"
same "exit status" 1 "$status"
same "the last line" "bzboot: $build/stub/zstd.elf: does not shuffle, and the kernel has a unit table" \
	"$(tail -n 1 "$work/stderr")"
[ ! -e "$image" ] || fault "it is written"
finish "refused: a stub that does not shuffle"

refused "other units" 2 "pack: --shuffle-units 'files' is not functions or objects" \
	pack "$kernel" -o "$image" --shuffle --shuffle-units files
refused "units, without --shuffle" 2 "pack: --shuffle-units needs --shuffle" \
	pack "$kernel" -o "$image" --shuffle-units objects
printf '[UKI]\nUKI=no\n[Contents]\nShuffleUnits=objects\n' >"$work/conf"
refused "units, without Shuffle=" 1 "$work/conf:4: --shuffle-units needs --shuffle" \
	pack "$kernel" -o "$image" --config "$work/conf"

for bad in 0x5 5g -1 "$(printf '0%.0s' {1..65})" "boots"; do
	refused "the seed ${bad:0:5}" 2 "pack: --shuffle: '$bad' is not a number of 1 to 64" \
		pack "$kernel" -o "$image" "--shuffle=$bad"
done
# A table of the order before
objcopy --add-section .bzboot.units="$work/table" "$kernel" "$work/stale"
run shuffle "$work/stale" -o "$work/shuffled" --seed $seed
same "exit status of shuffle" 0 "$status"
packs again "$work/shuffled"
packs seeded "$kernel" --shuffle=$seed
identical again seeded
finish "a table of another order does not stay"

plan
