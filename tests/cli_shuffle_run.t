#!/usr/bin/env bash
# SPDX-License-Identifier: BSD-2-Clause
#
# bzboot shuffle: a program computes the same when its functions are in another order, whatever
# they refer to each other by: calls, jumps, addresses, distances, jump tables.
# shellcheck source=tests/cli.sh
. tests/cli.sh
need clang-19

program=$work/program

# Assembly with a local symbol, so that the linker names its object, and C is what is from another
printf '\t.text\nlocal:\tud2\n' >"$work/local.S"

# link NAME OPTION...: $work/NAME, by the host's compiler, or clang
relocs=--emit-relocs
compiler=gcc
clang="clang-19 -Wno-unknown-attributes -Wno-unused-command-line-argument"
kind="-fno-pie -no-pie -static"
link() {
	$compiler -std=gnu17 -ffreestanding -fno-stack-protector -mno-red-zone \
		-fno-asynchronous-unwind-tables -nostdlib $kind \
		-Wl,${relocs:+$relocs,}--build-id=none -Wl,-z,noexecstack "${@:2}" \
		-o "$work/$1" tests/shuffle/program.c "$work/local.S"
}

# order FILE: its functions by address
order() {
	nm -n "$1" | sed -n 's/^[^ ]* [tT] //p'
}

# computes_the_same NAME SEED...: one test: the program, in the orders of these seeds
computes_the_same() {
	local seed orders expected
	expected=$("$program")
	orders=$(order "$program" | sha256sum)
	for seed in "${@:2}"; do
		run shuffle "$program" -o "$work/shuffled" --seed "$seed"
		same "exit status" 0 "$status"
		chmod +x "$work/shuffled"
		same "result with seed $seed" "$expected" "$("$work/shuffled")"
		orders+=$'\n'$(order "$work/shuffled" | sha256sum)
	done
	same "different orders" $# "$(sort -u <<<"$orders" | wc -l)"
	finish "$1"
}

link program -O2
computes_the_same "gcc -O2" {1..20}
link program -O2 -ffunction-sections -falign-functions=32
computes_the_same "aligned to 32 bytes" 1 2 3
link program -Os
computes_the_same "gcc -Os" 1 2 3
link program -O2 -fcf-protection=full
computes_the_same "with endbr64" 1 2 3
compiler=$clang \
	link program -O2 -fsanitize=kcfi
computes_the_same "with kCFI, which checks the hash before a function" 1 2 3

link program -O2 -fPIC -fno-jump-tables -Wl,--no-relax
[[ $(readelf -rW "$program") == *_GOTPCRELX*" shared "* ]] || fault "nothing refers to .got"
computes_the_same "an address in .got, at a fixed address" 1 2 3
link program -O2

# The same seed, the same bytes; digits may be capital, and zeros may precede them.
run shuffle "$program" -o "$work/1" --seed 2a
run shuffle "$program" -o "$work/2" --seed 000000000000000000000000000000000000000000000000000000000000002A
same "exit status" 0 "$status"
cmp "$work/1" "$work/2" >&2 || fault "another file for the same seed"
[[ $(<"$work/stderr") == *" units have moved "*"; seed 000000000000000000000000000000000000000000000000000000000000002a" ]] ||
	fault "the message is: $(<"$work/stderr")"
run shuffle "$program" -o "$work/3" --seed 2b
! cmp -s "$work/1" "$work/3" || fault "the same file for another seed"
finish "a seed gives the same bytes again"

run shuffle "$program" -o "$work/1"
run shuffle "$program" -o "$work/2"
! cmp -s "$work/1" "$work/2" || fault "the same file twice"
seed=$(sed -n 's/.*; seed //p' "$work/stderr")
run shuffle "$program" -o "$work/3" --seed "$seed"
cmp "$work/2" "$work/3" >&2 || fault "another file for the seed that was printed"
finish "without a seed, another order each time, which can be made again"

run shuffle --verify "$program" "$work/3"
same "exit status" 0 "$status"
run pack "$work/3" -o "$work/image" --fast
finish "the result is verified, and can be shuffled again"

# The headers of sections end the file: one more, SHT_SYMTAB of 24 bytes, and e_shnum
cp "$program" "$work/twice"
count=$(od -An -t u1 -j 60 -N 1 "$program")
{
	printf '\0\0\0\0\2\0\0\0'
	head -c 24 /dev/zero
	printf '\30'
	head -c 31 /dev/zero
} >>"$work/twice"
printf '%b' "\\x$(printf %x $((count + 1)))" | dd of="$work/twice" bs=1 seek=60 conv=notrunc status=none
run shuffle "$work/twice" -o "$work/4" --seed 2a
same "exit status" 0 "$status"
finish "a second table of symbols is left out, and nothing is written to it"

# as_debug_data TYPE <FILE: the file, in which sections of this type have the name .debug_odd
as_debug_data() {
	python3 -c '
import struct, sys
file = bytearray(sys.stdin.buffer.read())
at, = struct.unpack_from("<Q", file, 40)
count, strings = struct.unpack_from("<HH", file, 60)
start, = struct.unpack_from("<Q", file, at + 64 * strings + 24)
for header in range(at, at + 64 * count, 64):
    if struct.unpack_from("<I", file, header + 4)[0] == int(sys.argv[1]):
        struct.pack_into("<I", file, header, file.index(b".debug_odd", start) - start)
sys.stdout.buffer.write(file)' "$1"
}

objcopy --add-section .debug_odd=/dev/null "$program" "$work/odd"
run shuffle "$work/odd" -o "$work/5" --seed 2a
for type in 2 4; do # SHT_SYMTAB, SHT_RELA
	as_debug_data $type <"$work/odd" >"$work/named"
	run shuffle "$work/named" -o "$work/6" --seed 2a
	same "exit status" 0 "$status"
	as_debug_data $type <"$work/5" | cmp - "$work/6" >&2 || fault "another file: $(<"$work/stderr")"
done
finish "symbols and relocations are no debug data, whatever their sections are named"

# A file of which the relocations for data are missing in both: no field of data was known.
objcopy --remove-section .rela.rodata "$program" "$work/incomplete"
run shuffle "$work/incomplete" -o "$work/out" --seed 1
same "exit status" 1 "$status"
[[ $(<"$work/stderr") == *"refers to where f"*" was before"* ]] || fault "$(<"$work/stderr")"
[[ $(<"$work/stderr") == *"is not written"*"seed 0000"*"0001" ]] || fault "$(<"$work/stderr")"
[ ! -e "$work/out" ] || fault "it was written"
finish "what has no relocation is no address: the verification finds those that have none"

# refused NAME TEXT FILE: one test: a file that cannot be shuffled, and why; check says the same of a
# vmlinux with symbols
refused() {
	local reason note=
	echo old >"$work/out"
	run shuffle "$3" -o "$work/out" --seed 1
	same "exit status" 1 "$status"
	reason=$(<"$work/stderr")
	[[ $reason == "bzboot: $3: "*"$2"* ]] || fault "the message is: $reason"
	same "output file" old "$(<"$work/out")"
	[[ $(readelf -SW "$3" 2>/dev/null) != *" .symtab "* ]] ||
		note="$3: note: kernel-shuffle: ${reason#"bzboot: $3: "}"
	run check --only kernel-shuffle "$3"
	same "note" "$note" "$(sed -n '/kernel-shuffle/p' "$work/stdout")"
	finish "refused: $1"
}

strip -o "$work/stripped" "$program"
refused "no symbols" "no .symtab" "$work/stripped"
relocs='' link no-relocs -O2
refused "no relocations" "--emit-relocs" "$work/no-relocs"
objcopy --remove-section .rela.text "$program" "$work/incomplete"
refused "relocations for data only" "no relocations for .text" "$work/incomplete"
head -c 1000 "$program" >"$work/short"
refused "a file that ends early" "" "$work/short"
refused "no ELF" "" /etc/os-release
objcopy --rename-section .text=.code "$program" "$work/renamed"
refused "no section .text" ".text" "$work/renamed"
printf '\t.globl _start\n_start:\n\tmov $_start, %%rax\n\thlt\n\t.data\n\t.quad _start\n' >"$work/empty.S"
gcc -nostdlib -static -no-pie -Wl,--emit-relocs,--build-id=none "$work/empty.S" -o "$work/empty"
refused "no functions" "none of its functions can be moved" "$work/empty"
cat >"$work/apart.lds" <<'EOF'
SECTIONS
{
	. = 0x400000;
	.rodata : AT(0x400000) { *(.rodata*) }
	. = 0x500000;
	.text : AT(0x410000) { *(.text*) }
	. = 0x600000;
	.data : AT(0x420000) { *(.data*) *(.bss*) }
	/DISCARD/ : { *(.comment) *(.note*) }
}
EOF
link apart -O2 -Wl,-T,"$work/apart.lds"
refused "code that is loaded elsewhere than its address says" "no section .text of code" "$work/apart"

# --- position-independent executables, which relocate themselves: by DT_RELA, by DT_RELR, at an address
# where GNU ld calls them ET_EXEC, with fields in .got and functions among the dynamic symbols

program=$work/pie
kind="-fpie -static-pie -fno-jump-tables"	# those have distances from elsewhere
link pie -O2
computes_the_same "position-independent" {1..5}
link pie -O2 -Wl,-z,pack-relative-relocs
computes_the_same "position-independent, DT_RELR" 1 2 3
link pie -O2 -Wl,-Ttext-segment=0x400000
computes_the_same "position-independent, linked to another address than 0" 1 2 3
# LLD leaves a jump by .got as one to the function, with its relocation one byte too late.
echo 'long shared(long), jumps(long); long jumps(long x) { return shared(x); }' >"$work/jumps.c"
compiler="$clang -fuse-ld=lld" \
	link pie -O2 -pie -fsanitize=kcfi -fno-plt -Wl,--pack-dyn-relocs=relr "$work/jumps.c"
[[ $(objdump -dr "$program") == *"jmp "*"<shared>"* ]] || fault "nothing jumps"
computes_the_same "position-independent, LLD and kCFI" 1 2 3
link pie -O2 -fPIC -D__pie__ -Wl,--no-relax -Wl,--export-dynamic
[[ $(readelf -rW "$program") == *_GOTPCRELX*" shared "* ]] || fault "nothing refers to .got"
computes_the_same "position-independent, .got and dynamic symbols" 1 2 3

# undo SECTION FILE: the first word of the section that differs from the program's is as it was
undo() {
	python3 -c '
import subprocess, sys
section, program, path = sys.argv[1:]
line = next(l.split("]")[1].split() for l in
            subprocess.check_output(["readelf", "-SW", program], text=True).splitlines()
            if f"] {section} " in l)
start, size = int(line[3], 16), int(line[4], 16)
old, new = open(program, "rb").read(), bytearray(open(path, "rb").read())
at = next(i for i in range(start, start + size, 8) if old[i:i + 8] != new[i:i + 8])
new[at:at + 8] = old[at:at + 8]
open(path, "wb").write(new)' "$1" "$program" "$2"
}

for section in .rela.dyn .dynsym; do
	run shuffle "$program" -o "$work/undone" --seed 1
	undo $section "$work/undone"
	run shuffle --verify "$program" "$work/undone"
	same "exit status" 1 "$status"
	grep -qE ": (the relocation of )?$section 0x[0-9a-f]+ (does not hold|refers to another place)" \
		"$work/stderr" || fault "$section: $(<"$work/stderr")"
done
finish "the verification finds an address in the dynamic section that has not followed"

# Numbers that could be addresses in code; a call of what is not there
printf '\t.globl number\nnumber = 0x1458\n\t.data\n\t.quad number\n' >"$work/number.S"
printf '%s\n' 'extern void missing(void) __attribute__((weak));' 'void calls(void);' \
	'void calls(void) { if (missing) missing(); }' >"$work/calls.c"
link pie -O2 "$work/number.S" "$work/calls.c"
computes_the_same "position-independent, with absolute numbers and a weak symbol" 1 2 3

# change FILE PYTHON: by code that has "file", and "headers" of its sections: offset, type, flags
change() {
	python3 -c '
import struct, sys
path, code = sys.argv[1:]
file = bytearray(open(path, "rb").read())
at, = struct.unpack_from("<Q", file, 40)
count, = struct.unpack_from("<H", file, 60)
headers = [(h, *struct.unpack_from("<IQ", file, h + 4)) for h in range(at, at + 64 * count, 64)]
exec(code)
open(path, "wb").write(file)' "$1" "$2"
}

cp "$program" "$work/empty"
change "$work/empty" '
for at, type, flags in headers:
    if type in (2, 4) and not flags & 2:
        struct.pack_into("<Q", file, at + 32, 0)'
run shuffle "$work/empty" -o "$work/out" --seed 1
expect_refusal 1 "$work/empty: .symtab is empty"
run shuffle --verify "$work/empty" "$work/empty"
expect_refusal 1 "$work/empty: has no symbols (.symtab)"
finish "refused: no symbol at all"

hide='
for at in range(64, 64 + 56 * file[56], 56):
    if file[at] == 2:
        file[at] = 0'
cp "$program" "$work/hidden"
change "$work/hidden" "$hide"
refused "a dynamic section that no segment shows" "but there is no PT_DYNAMIC" "$work/hidden"
link hidden -O2 -Wl,-Ttext-segment=0x400000
change "$work/hidden" "$hide"
refused "likewise, at a fixed address" "but there is no PT_DYNAMIC" "$work/hidden"
compiler="$clang -fuse-ld=lld" \
	link hidden -O2 -pie -fsanitize=kcfi	# it leaves zeros in fields
change "$work/hidden" "$hide"'
file[16] = 2 # ET_EXEC
for at, type, flags in headers:
    if type in (4, 6, 11) and flags & 2: # SHT_RELA, SHT_DYNAMIC, SHT_DYNSYM that are loaded
        struct.pack_into("<I", file, at + 4, 1)'
refused "fields that get their addresses later" "does not hold the address that its relocation says" "$work/hidden"

# A relocation that a build has turned into R_X86_64_NONE
cp "$program" "$work/none"
change "$work/none" '
for at, type, flags in headers:
    start, size = struct.unpack_from("<QQ", file, at + 24)
    for entry in range(start, start + size, 24) if type == 4 and not flags & 2 else ():
        if struct.unpack_from("<I", file, entry + 8)[0] == 4: # R_X86_64_PLT32
            struct.pack_into("<QII", file, entry, 0, 0, 0xffffffff)
            break'
run shuffle "$work/none" -o "$work/out" --seed 1
same "exit status" 0 "$status"
finish "a relocation of no type, for nothing, with no symbol"

printf '\t.data\n\t.quad 0x1122334455667788\n' >"$work/word.S"
link word -O2 -Wl,-Ttext-segment=0x400000 "$work/word.S"
address=$(nm "$work/word" | sed -n 's/ T shared$//p')
change "$work/word" "
at = file.index(struct.pack('<Q', 0x1122334455667788))
struct.pack_into('<Q', file, at, 0x$address)"
run shuffle "$work/word" -o "$work/out" --seed 1
same "exit status" 1 "$status"
[[ $(<"$work/stderr") == *"refers to where shared+0x0 (0x"*") was before"* ]] || fault "$(<"$work/stderr")"
finish "the verification finds an address that not even the dynamic section shows"

printf '%s\n' 'static int table[] = { 1, 2 }; int (*const called[3])(int);' \
	'static int first(int i) { return table[i]; }' 'static int second(int i) { return table[i] + 1; }' \
	'static int third(int i) { return table[i] + 2; }' \
	'int (*const called[])(int) = { first, second, third };' >"$work/leaf.c"
gcc -O2 -fpie -mcmodel=large -fcf-protection=none -fno-asynchronous-unwind-tables -c "$work/leaf.c" -o "$work/leaf.o"
link large -O2 "$work/leaf.o"
refused "code that counts from .got" "a relocation of an unknown type" "$work/large"
printf '%s\n' 'int chosen_once(int); static int one(int x) { return x; }' \
	'static int (*choose(void))(int) { return one; }' \
	'int chosen_once(int) __attribute__((ifunc("choose")));' \
	'int (*pointer)(int) = chosen_once;' >"$work/ifunc.c"
link ifunc -O2 "$work/ifunc.c"
refused "functions that are chosen when the program starts" "of an unknown type (37)" "$work/ifunc"
printf '\t.data\n\t.quad alias\n' >"$work/alias.S"
kind="-fno-pie -no-pie -static" link alias -O2 -Wl,--defsym,'alias=ABSOLUTE(shared)' "$work/alias.S"
refused "an absolute symbol in code" "an absolute symbol, which may be the address of a function" "$work/alias"
printf '\t.text\n\tmovabs $shared, %%rax\n' >"$work/text.S"
link text -O2 -Wl,-z,notext "$work/text.S"
refused "a dynamic relocation in code" "in .text, has a dynamic relocation" "$work/text"
link init -O2 -Wl,-init=shared
refused "functions that only the dynamic section names" "DT_INIT" "$work/init"
relocs='' link no-relocs -O2
refused "a position-independent executable without relocations" "--emit-relocs" "$work/no-relocs"

# usage_error NAME TEXT ARGUMENT...: one test
usage_error() {
	run shuffle "${@:3}"
	same "exit status" 2 "$status"
	[[ $(<"$work/stderr") == *"$2"* ]] || fault "the message is: $(<"$work/stderr")"
	finish "$1"
}

usage_error "a seed that is no number" "--seed: 'xyz'" "$program" -o "$work/out" --seed xyz
usage_error "a seed that is too long" "--seed" "$program" -o "$work/out" --seed "0$(printf '0%.0s' {1..64})"
usage_error "no output" "-o FILE" "$program"
usage_error "two kernels" "more than one" "$program" "$program" -o "$work/out"
plan
