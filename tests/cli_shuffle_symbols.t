#!/usr/bin/env bash
# SPDX-License-Identifier: BSD-2-Clause
#
# bzboot symbols: what a shuffled kernel shows as its names gives its vmlinux back, without the seed.
# shellcheck source=tests/cli.sh
. tests/cli.sh
need clang-19 nm perl llvm-dwarfdump-19 llvm-symbolizer-19

program=$work/program
# Assembly with a local symbol, so that the linker names its object
printf '\t.text\nlocal:\tud2\n' >"$work/local.S"
make_program() {
	gcc -std=gnu17 -O2 -ffreestanding -fno-stack-protector -fno-pie -no-pie -mno-red-zone \
		-fno-asynchronous-unwind-tables -nostdlib -static -Wl,--emit-relocs,--build-id=none \
		-Wl,-z,noexecstack "$@" -o "$program" tests/shuffle/program.c \
		"$work/local.S"
}
make_program

# A kernel in which each name is that of two functions, but for those of an object between them
kernel=$work/kernel
functions() {
	local i
	echo 'volatile int v;'
	echo '__attribute__((noinline, noreturn)) static void stop(void) { for (;;) v++; }'
	for ((i = $1; i <= $2; i++)); do
		echo "__attribute__((noinline)) static void c$i(void) { v += $i; $([ $((i % 4)) -gt 0 ] || echo 'stop();') }"
		# No line of its own
		[ $((i % 9)) -gt 0 ] ||
			echo "__asm__(\".type bare$i, @function; bare$i: nop; nop; ret; .size bare$i, . - bare$i\");"
	done
	echo "void (*const all$1[])(void) = {"
	for ((i = $1; i <= $2; i++)); do echo "c$i,"; done
	echo '};'
}
functions 10 39 >"$work/twice.c"
functions 40 69 >"$work/once.c"
cat >"$work/apart.c" <<'EOF'
static volatile int w;
void apart1(void) { w++; }
__attribute__((section(".text.apart"))) void apart2(void) { w--; }
EOF
printf '\t.globl %s\n' _start _stext plain >"$work/entry.S"
printf '_stext:\n_start:\n\tnop\nlocal:\tud2\n\t.balign 16\n\t.data\nplain:\t.quad plain\n' >>"$work/entry.S"
make_kernel() {
	local name
	for name in twice once apart; do
		gcc -O2 -fno-toplevel-reorder -fno-pie -ffreestanding -fno-asynchronous-unwind-tables "$@" \
			-c "$work/$name.c" -o "$work/$name.o"
	done
	gcc "$@" -c "$work/entry.S" -o "$work/entry.o"
	link_kernel
}
link_kernel() {
	ld -static --emit-relocs --build-id=none -z noexecstack -Ttext=0x400000 -o "$kernel" \
		"$work/entry.o" "$work/twice.o" "$work/once.o" "$work/twice.o" "$work/apart.o" --allow-multiple-definition
}
make_kernel

shuffle_options=()	# of gives_back

# gives_back NAME VMLINUX SEED...: one test: symbols of what shuffle writes are what shuffle writes
gives_back() {
	local seed
	for seed in "${@:3}"; do
		run shuffle "$2" -o "$work/shuffled" --seed "$seed" "${shuffle_options[@]}"
		same "exit status of shuffle" 0 "$status"
		nm -p "$work/shuffled" >"$work/names"
		run symbols "$2" --kallsyms "$work/names" -o "$work/again"
		same "exit status" 0 "$status"
		same "stderr" "bzboot: $work/again:" "$(cut -d " " -f 1,2 "$work/stderr")"
		cmp "$work/shuffled" "$work/again" >&2 || fault "another file, seed $seed"
	done
	finish "$1"
}

gives_back "a program" "$program" 1 2 3 4 5
gives_back "a kernel, with functions of equal names" "$kernel" 1 2 3 4 5

# nm prints what kallsyms does not have: labels of clang, of which several have one name, and names that are
# not defined
printf '%s\n' 'extern void missing(void) __attribute__((weak));' 'void call(void (*f)(void));' \
	'void call(void (*f)(void)) { f(); if (missing) missing(); }' >"$work/call.c"
sed 's/call(/again(/' "$work/call.c" >"$work/again.c"
clang-19 -O2 -ffreestanding -fno-pie -mno-red-zone -fno-asynchronous-unwind-tables -fsanitize=kcfi \
	-Wno-unknown-attributes -nostdlib -static -Wl,--emit-relocs,--build-id=none -o "$work/clang" \
	tests/shuffle/program.c "$work/call.c" "$work/again.c"
names=$(nm "$work/clang")
[[ $names == *" .Ltmp0"*" .Ltmp0"* && $names == *" w missing"* ]] || fault "nm prints no such names"
gives_back "a program by clang, with labels and a name that is not defined" "$work/clang" 1 2 3
shuffle_options=(--units objects)
gives_back "a kernel of which whole objects have moved" "$kernel" 1 2 3 4 5

# moved FILE SLIDE: its names as Linux shows them
moved() {
	local address type name
	nm -n "$1" | while read -r address type name; do
		printf '%016x %s %s\n' $((0x$address + $2)) "$type" "$name"
	done
}

run shuffle "$kernel" -o "$work/shuffled" --seed 7
{
	moved "$work/shuffled" 0x1a000000
	printf '%s\t[%s]\n' 'ffffffffc0201000 t c40' one 'ffffffffc0202000 t other' two
} >"$work/names"
run symbols "$kernel" --kallsyms "$work/names" -o "$work/again"
same "exit status" 0 "$status"
cmp "$work/shuffled" "$work/again" >&2 || fault "another file"
[[ $(<"$work/stderr") == *" units have moved; KASLR had moved the kernel by 0x1a000000" ]] ||
	fault "the message is: $(<"$work/stderr")"
finish "a kernel that KASLR has moved, with names of modules"

run symbols "$kernel" --kallsyms - -o "$work/again" # nothing, see run
expect_refusal 1 "-: is empty"
"$bzboot" symbols "$kernel" --kallsyms - -o - <"$work/names" 2>"$work/stderr" | cmp - "$work/shuffled" >&2 ||
	fault "another file: $(<"$work/stderr")"
finish "standard input and output"

nm "$kernel" >"$work/names"
run symbols "$kernel" --kallsyms "$work/names" -o "$work/again"
same "exit status" 0 "$status"
[[ $(<"$work/stderr") == *": 0 of "*" units have moved; KASLR had moved the kernel by 0x0" ]] ||
	fault "the message is: $(<"$work/stderr")"
same "symbols" "$(nm -p "$kernel")" "$(nm -p "$work/again")"
finish "a kernel that was not shuffled"

# describes_the_same NAME VMLINUX: one test: its debug data is right for another order, too
describes_the_same() {
	run shuffle "$2" -o "$work/shuffled" --seed 7
	nm "$work/shuffled" >"$work/names"
	run symbols "$2" --kallsyms "$work/names" -o "$work/again"
	same "exit status" 0 "$status"
	[[ $(<"$work/stderr") == *" by 0x0" ]] || fault "the message is: $(<"$work/stderr")"
	tests/shuffle/describe.py "$2" >"$work/before" || fault "describe.py ended with $?"
	tests/shuffle/describe.py "$work/again" >"$work/after" || fault "describe.py ended with $?"
	[ "$(wc -l <"$work/before")" -gt 2000 ] || fault "no debug data: $(head -n 5 "$work/before")"
	diff "$work/before" "$work/after" >"$work/diff" || fault "$(head -n 20 "$work/diff")"
	objcopy --strip-debug "$work/again" "$work/code"
	objcopy --strip-debug "$work/shuffled" "$work/shuffled.code"
	cmp "$work/shuffled.code" "$work/code" >&2 || fault "other code"
	finish "$1"
}

for version in 4 5; do
	make_program -g -gdwarf-$version
	make_kernel -g -gdwarf-$version
	describes_the_same "debug data, DWARF $version: a program" "$program"
	describes_the_same "debug data, DWARF $version: a kernel" "$kernel"
	make_kernel -g -gdwarf-$version -Os
	describes_the_same "debug data, DWARF $version: without padding, calls at the end of functions" "$kernel"
done

make_kernel -g -gdwarf-4
as -g --gdwarf-2 "$work/entry.S" -o "$work/entry.o"
link_kernel
describes_the_same "debug data, DWARF 4, and of assembly DWARF 2" "$kernel"

# no_debug_data NAME MESSAGE: one test: what is not understood is left out
no_debug_data() {
	run shuffle "$kernel" -o "$work/shuffled" --seed 1
	nm "$work/shuffled" >"$work/names"
	run symbols "$kernel" --kallsyms "$work/names" -o "$work/again"
	same "exit status" 0 "$status"
	grep -qF "again: it has no debug data: $2" "$work/stderr" ||
		fault "the message is: $(<"$work/stderr")"
	same "debug data" "" "$(llvm-dwarfdump-19 --debug-info "$work/again" | sed 1,3d)"
	finish "$1"
}

objcopy --compress-debug-sections "$kernel" "$work/compressed"
mv "$work/compressed" "$kernel"
no_debug_data "compressed debug data is left out" ".debug_"
make_kernel -g -gdwarf-5 -g3
no_debug_data "macros are left out, with the rest" ".debug_macro is not understood"

for version in 2 3; do
	make_kernel -g -gdwarf-$version
	no_debug_data "DWARF $version is left out" ".debug_info: a block of DWARF 2 or 3 at 0x"
done

# replace SECTION: in the kernel, with the input
replace() {
	make_kernel -g -gdwarf-5
	cat >"$work/section"
	objcopy --update-section "$1=$work/section" "$kernel" "$work/replaced"
	mv "$work/replaced" "$kernel"
}

# Each of 40000 entries has all code, and would become one for each unit.
replace .debug_rnglists < <(perl -e 'print pack("L<S<CCL<", 8 + 40000 * 11 + 1, 5, 8, 0, 0),
	pack("CQ<S<", 7, 0x400000, 0xff0) x 40000, "\0"')
no_debug_data "a list that would have no end" ".debug_rnglists: the list at 0xc is not understood"
replace .debug_aranges < <(perl -e 'print pack("L<S<L<CCL<", 12 + 40001 * 16, 2, 0, 8, 0, 0),
	pack("Q<Q<", 0x400000, 0x7f0) x 40000, "\0" x 16')
no_debug_data "ranges that would have no end" ".debug_aranges: the unit at 0x0 is not understood"

# Twice as many lines as a signed number has
make_kernel -g -gdwarf-5
objcopy --dump-section ".debug_line=$work/lines" "$kernel" "$work/replaced"
perl -e 'print pack("L<S<L<", 66, 4, 20), pack("CCCcCC", 1, 1, 1, -5, 14, 13),
	pack("C12", 0, 1, 1, 1, 1, 0, 0, 0, 1, 0, 0, 1), "\0\0", pack("CCCQ<", 0, 9, 2, 0x400000),
	("\3" . "\xff" x 9 . "\0" . "\1") x 2, "\2\1", "\0\1\1"' >>"$work/lines"
replace .debug_line <"$work/lines"
describes_the_same "a line number of 64 bits" "$kernel"

# Each byte of debug data may be anything.
make_kernel -g -gdwarf-5
nm "$kernel" >"$work/names"
cp "$kernel" "$work/good"
read -r start size < <(readelf -SW "$kernel" | sed -n 's/.* \.debug_info *PROGBITS *[0-9a-f]* *\([0-9a-f]*\) \([0-9a-f]*\) .*/\1 \2/p')
read -r end last < <(readelf -SW "$kernel" | sed -n 's/.* \.debug_[a-z_]* *PROGBITS *[0-9a-f]* *\([0-9a-f]*\) \([0-9a-f]*\) .*/\1 \2/p' | sort | tail -n 1)
for ((i = 0; i < 60; i++)); do
	cp "$work/good" "$kernel"
	for ((k = 0; k <= i % 3; k++)); do
		put "$kernel" $((0x$start + (i * 7919 + k * 104729) % (0x$end + 0x$last - 0x$start))) 1 $((i * 37 + k * 11))
	done
	run symbols "$kernel" --kallsyms "$work/names" -o "$work/again"
	[ "$status" -le 1 ] || fault "exit status $status, $i: $(head -c 500 "$work/stderr")"
done
finish "damaged debug data"
make_kernel
run shuffle "$kernel" -o "$work/shuffled" --seed 7

# edited NAME SED: one test: names that are changed still give the same
moved "$work/shuffled" 0 >"$work/all"
edited() {
	sed "$2" "$work/all" >"$work/names"
	run symbols "$kernel" --kallsyms "$work/names" -o "$work/again"
	same "exit status" 0 "$status"
	cmp "$work/shuffled" "$work/again" >&2 || fault "another file"
	finish "$1"
}

edited "more blanks and empty lines" 's/ /  /; 3s/^/\n/; 5s/$/ /'

# no FILE is written, and the message says why
refuses() {
	echo old >"$work/out.elf"
	run symbols "$kernel" --kallsyms "$work/names" -o "$work/out.elf"
	expect_refusal 1 "$work/names: $2"
	same "output file" old "$(<"$work/out.elf")"
	finish "refused: $1"
}

# refused_edited NAME MESSAGE SED
refused_edited() {
	sed "$3" "$work/all" >"$work/names"
	refuses "$1" "$2"
}

refused_edited "addresses that are hidden" "all its addresses are 0: " 's/^[0-9a-f]*/0000000000000000/'
refused_edited "no start" "it has neither _text nor _stext" '/ _s*text$/d'
refused_edited "a start that KASLR would not choose" "_stext is at 0x401000, and at 0x400000 in" \
	'/ _stext$/s/400000/401000/'
refused_edited "data elsewhere" "plain is at 0x" '/ plain$/s/. D /f D /'
refused_edited "another name" "it has 1 functions named another, and this kernel has 0" 's/ c42$/ another/'
refused_edited "one less of a name" "it has 1 functions named c11, and this kernel has 2" \
	"$(grep -n -m 1 ' c11$' "$work/all" | cut -d : -f 1)d"
refused_edited "one more of a name" "it has 2 functions named c43, and this kernel has 1" 's/ c42$/ c43/'
refused_edited "no name of a function" "it has no c42, which this kernel has: it is cut, or of another one" '/ c42$/d'
refused_edited "a function at an odd place" "it cannot be shuffled: " '/ c42$/s/. [tT] /1 t /'
refused_edited "two functions at one place" "it cannot be shuffled: " \
	"/ c42\$/s/^[0-9a-f]*/$(sed -n 's/ . c43$//p' "$work/all")/"
refused_edited "no kallsyms" "line 3 is not an address, a letter and a name" '3s/^/x/'
refused_edited "a letter missing" "line 3 is not an address, a letter and a name" '3s/ .* / /'
refused_edited "a long address" "line 3 is not an address, a letter and a name" '3s/^/00/'
printf '0000000000400000 T _te\0xt\n' >"$work/names"
refuses "a NUL" "line 1 has a NUL in it"
printf '\n\n' >"$work/names"
refuses "no names" "it has no names"
: >"$work/names"
refuses "an empty file" "is empty"
head -c 100000 /dev/urandom >"$work/names"
refuses "garbage" "line "

# Each cut and each changed byte is refused, or gives a kernel that is verified.
size=$(size_of "$work/all")
for ((i = 0; i < 40; i++)); do
	head -c $((size * i / 40)) "$work/all" >"$work/names"
	put "$work/names" $((i * 997 % (size * i / 40 + 1))) 1 $((i * 37 + 48))
	run symbols "$kernel" --kallsyms "$work/names" -o "$work/again"
	[ "$status" -le 1 ] || fault "exit status $status, $i: $(head -c 500 "$work/stderr")"
done
finish "damaged names"

# A dump of the memory, in which kallsyms are read
names=${BUILD:-build}/tests/shuffle/names
for kernel in "$names.elf" "$names-pcrel.elf"; do
	run shuffle "$kernel" -o "$work/shuffled" --seed 9
	for form in virtual physical pages kdump; do
		tests/shuffle/core.py "$work/shuffled" "$work/vmcore" 1a000000 $form
		run symbols "$kernel" --vmcore "$work/vmcore" -o "$work/again"
		same "exit status" 0 "$status"
		cmp "$work/shuffled" "$work/again" >&2 || fault "another file: $(<"$work/stderr")"
		[[ $(<"$work/stderr") == *" units have moved; KASLR had moved the kernel by 0x1a000000" ]] ||
			fault "the message is: $(<"$work/stderr")"
		finish "${kernel##*/}: a dump with addresses: $form"
	done
	"${BUILD:-build}/tests/linux_facts" --kallsyms "$work/shuffled" 2000000 >"$work/names"
	run symbols "$kernel" --kallsyms "$work/names" -o "$work/again"
	same "exit status" 0 "$status"
	cmp "$work/shuffled" "$work/again" >&2 || fault "another file: $(<"$work/stderr")"
	finish "${kernel##*/}: its own names"
done
kernel=$names.elf
run shuffle "$kernel" -o "$work/shuffled" --seed 9
tests/shuffle/core.py "$work/shuffled" "$work/core" 1a000000

# refused_core NAME MESSAGE
refused_core() {
	run symbols "$kernel" --vmcore "$work/vmcore" -o "$work/out.elf"
	expect_refusal 1 "$work/vmcore: $2"
	finish "refused: $1"
}

# edited_core SED: $work/vmcore, of which bytes are others
edited_core() {
	LC_ALL=C sed "$1" "$work/core" >"$work/vmcore"
}

printf 'DISKDUMP%04096d' 0 >"$work/vmcore"
refused_core "a dump of Linux 2.4" "is an old compressed dump: write it with makedumpfile -E, or give --kallsyms"
printf 'makedumpfile\0\0\0\0%04096d' 0 >"$work/vmcore"
refused_core "a flattened dump" "is a flattened dump: make a file of it with makedumpfile -R"
cp "$kernel" "$work/vmcore"
refused_core "an ELF that is no core" "is no ELF core of x86-64"
: >"$work/vmcore"
refused_core "an empty file" "is empty"
edited_core 's/KERNELOFFSET/kernelOFFSET/'
refused_core "no offset" "it has no VMCOREINFO with KERNELOFFSET: give --kallsyms"
edited_core 's/KERNELOFFSET=1a/KERNELOFFSET=1b/; s/phys_base/phys_ever/'
refused_core "another offset" "it does not have the memory at 0xffffffff9c0"
head -c 5000 "$work/core" >"$work/vmcore"
refused_core "a dump that ends early" "it does not have the memory at "
head -c 70 "$work/core" >"$work/vmcore"
refused_core "no program headers" "its program headers are not in the file"
tests/shuffle/core.py "$work/shuffled" "$work/vmcore" 1a000000 pages
truncate -s 64M "$work/vmcore"
put "$work/vmcore" $(($(od -An -t u8 -j 40 -N 8 "$work/vmcore") + 44)) 4 $(((1 << 20) + 1)) # sh_info
refused_core "too many program headers" "it has 1048577 program headers, and may have 1048576"
tests/shuffle/core.py "$names-pcrel.elf" "$work/vmcore" 1a000000
refused_core "another kernel" ""

# damaged NAME FIRST: one test: $work/core with other bytes, one field of which is in the headers from
# FIRST on
damaged() {
	local i size
	size=$(size_of "$work/core")
	for ((i = 0; i < 30; i++)); do
		cp "$work/core" "$work/vmcore"
		put "$work/vmcore" $(($2 + i * 3 % 400)) $((1 + i % 8)) $((i * 37 + 200 - i * i))
		put "$work/vmcore" $((400 + i * 99991 % (size - 408))) 4 $((i * 4099 + 255))
		run symbols "$kernel" --vmcore "$work/vmcore" -o "$work/again"
		[ "$status" -le 1 ] || fault "exit status $status, $i: $(head -c 500 "$work/stderr")"
	done
	finish "damaged dumps: $1"
}
damaged "an ELF core" 0

# kdump's own format: the header, the second one, maps, rows of 24 bytes, pages
for form in lzo snappy; do
	tests/shuffle/core.py "$work/shuffled" "$work/vmcore" 1a000000 $form
	refused_core "$form" "its pages are compressed with $form: write it with makedumpfile -c or -E, or give --kallsyms"
done
tests/shuffle/core.py "$work/shuffled" "$work/core" 1a000000 kdump
maps=$(get "$work/core" 436 4)
rows=$(((2 + maps) * 4096))
count=$((($(get "$work/core" $((4096 + 32)) 8) - rows) / 24))

# refused_field NAME OFFSET SIZE VALUE MESSAGE
refused_field() {
	cp "$work/core" "$work/vmcore"
	put "$work/vmcore" "$2" "$3" "$4"
	refused_core "kdump: $1" "$5"
}

refused_field "pages of 5000 bytes" 428 4 5000 "its pages have 5000 bytes"
refused_field "pages of 128 KiB" 428 4 $((128 << 10)) "its pages have 131072 bytes"
refused_field "maps that are not there" 436 4 $((1 << 30)) "its maps of pages are not in the file"
refused_field "one part of several" $((4096 + 12)) 4 1 \
	"is one part of a split dump: join them with makedumpfile --reassemble"
refused_field "no VMCOREINFO" $((4096 + 40)) 8 0 "it has no VMCOREINFO with KERNELOFFSET"
refused_field "VMCOREINFO that is not there" $((4096 + 32)) 8 $((1 << 40)) \
	"its bytes of VMCOREINFO are not in the file"
head -c 4000 "$work/core" >"$work/vmcore"
truncate -s 4100 "$work/vmcore"
refused_core "kdump: no headers" "its "

# refused_rows NAME OFFSET SIZE VALUE MESSAGE: a field of all rows
refused_rows() {
	local i
	cp "$work/core" "$work/vmcore"
	for ((i = 0; i < count; i++)); do
		put "$work/vmcore" $((rows + 24 * i + $2)) "$3" "$4"
	done
	refused_core "kdump: $1" "$5"
}

refused_rows "pages that are not there" 0 8 -1 "its pages are not in the file"
refused_rows "pages that are too large" 8 4 4097 "its pages are not in the file"
refused_rows "pages without bytes" 8 4 0 "its pages are not in the file"
for flags in 0 1 32; do
	refused_rows "bytes that are not of this codec, $flags" 8 8 $(((flags << 32) + 50)) "page 0x2"
done
cp "$work/core" "$work/vmcore"
head -c $((maps * 4096)) /dev/zero |
	dd of="$work/vmcore" bs=4096 seek=2 conv=notrunc status=none
refused_core "kdump: no page" "it does not have the memory at 0xffffffff9"
damaged "kdump's own format" $((1 + 424))

run symbols "$work/missing" --kallsyms "$work/all" -o "$work/out.elf"
expect_refusal 1 "$work/missing: "
run symbols "$work/all" --kallsyms "$work/all" -o "$work/out.elf"
expect_refusal 1 "$work/all: "
run symbols "$kernel" --kallsyms "$work/missing" -o "$work/out.elf"
expect_refusal 1 "$work/missing: "
finish "files that are missing, or no kernel"

# usage_error NAME TEXT ARGUMENT...: one test
usage_error() {
	run symbols "${@:3}"
	same "exit status" 2 "$status"
	[[ $(<"$work/stderr") == *"$2"* ]] || fault "the message is: $(<"$work/stderr")"
	finish "$1"
}

usage_error "no names" "--kallsyms FILE" "$kernel" -o "$work/out.elf"
usage_error "names and a dump" "--vmcore" "$kernel" --kallsyms "$work/all" --vmcore "$work/core" -o "$work/out.elf"
usage_error "no output" "-o FILE" "$kernel" --kallsyms "$work/all"


plan
