#!/usr/bin/env bash
# SPDX-License-Identifier: BSD-2-Clause
#
# Segments with more alignment (p_align) than the 2 MiB that all kernels get: the image promises it,
# and in the payload ELF p_offset and p_vaddr are congruent, as the gABI requires.
# shellcheck source=tests/cli.sh
. tests/cli.sh
need gcc ld readelf

kernel=$work/kernel

# link ADDRESS ALIGNMENT: $kernel, Linux by its banner, loaded at ADDRESS, with a per-CPU segment at
# virtual address 0
link() {
	printf '%s\n' '.globl start' 'start: hlt' .data '.quad start' \
		'.asciz "Linux version 1.2.3 (nobody@nowhere) (cc 1, ld 2) #1 SMP now"' \
		'.section .percpu, "aw"' '.quad 1' | gcc -c -x assembler - -o "$work/kernel.o"
	cat >"$work/kernel.lds" <<-END
		ENTRY(physical)
		PHDRS { text PT_LOAD FLAGS(5); data PT_LOAD FLAGS(6); percpu PT_LOAD FLAGS(6); }
		SECTIONS {
			. = 0xffffffff80000000 + $1;
			physical = start - 0xffffffff80000000;
			.text : AT(ADDR(.text) - 0xffffffff80000000) { *(.text) } :text
			. = ALIGN(0x3000);
			.data : AT(ADDR(.data) - 0xffffffff80000000) { *(.data) } :data
			. = ALIGN(0x2000);
			percpu_load = .;
			.percpu 0 : AT(percpu_load - 0xffffffff80000000) { *(.percpu) } :percpu
			/DISCARD/ : { *(.note*) *(.comment) *(.eh_frame) *(.bss) }
		}
	END
	ld -z max-page-size="$2" -T "$work/kernel.lds" "$work/kernel.o" -o "$kernel" ||
		fail "ld cannot link it"
}

# segments FILE: p_offset, p_vaddr, p_paddr and p_align of each PT_LOAD
segments() {
	readelf -lW "$1" | awk '$1 == "LOAD" { print $2, $3, $4, $NF }'
}

# agrees FILE: p_offset and p_vaddr are congruent
agrees() {
	local offset vaddr align count=0
	while read -r offset vaddr _ align; do
		count=$((count + 1))
		((((offset - vaddr) & (align - 1)) == 0)) ||
			fault "$1: segment at $offset, $vaddr, aligned to $align"
	done < <(segments "$1")
	same "segments of $1" 3 "$count"
}

# alignment_of IMAGE: the one that the setup header promises
alignment_of() {
	hex "$(get "$1" 0x230 4)"
}

# keeps NAME ADDRESS ALIGNMENT PROMISED GAP: one test
keeps() {
	local again=$work/again
	link "$2" "$3"
	agrees "$kernel"
	run pack "$kernel" -o "$work/image" --level 1
	same "exit status of pack" 0 "$status"
	same "alignment" "$4" "$(alignment_of "$work/image")"
	run extract "$work/image" -o "$work/payload"
	agrees "$work/payload"
	same "the gap" "$5" "$(hex "$(segments "$work/payload" | head -n 1 | cut -d ' ' -f 1)")"
	same "aligned like the kernel" "$(segments "$kernel" | head -n 2 | cut -d ' ' -f 2-)" \
		"$(segments "$work/payload" | head -n 2 | cut -d ' ' -f 2-)"
	run pack "$work/payload" -o "$again" --level 1
	cmp -s "$work/image" "$again" || fault "packed again: another image"
	check_kernel "$kernel"
	same "exit status of check" 0 "$status"
	finish "$1"
}

keeps "p_align of 4 KiB" 0x1000000 0x1000 0x200000 0x200000
keeps "p_align of 2 MiB" 0x1000000 0x200000 0x200000 0x200000
keeps "p_align of 16 MiB" 0x1000000 0x1000000 0x1000000 0x1000000
keeps "p_align of 32 MiB" 0x2000000 0x2000000 0x2000000 0x2000000

keeps "p_align of 32 MiB, linked to 16 MiB" 0x1000000 0x2000000 0x2000000 0x1000000
keeps "p_align of 4 KiB, linked to 17 MiB" 0x1100000 0x1000 0x200000 0x100000
keeps "p_align of 1 MiB, linked to 17 MiB" 0x1100000 0x100000 0x200000 0x100000
keeps "p_align of 2 MiB, linked to 17 MiB and 64 KiB" 0x1110000 0x200000 0x200000 0x110000
keeps "linked to 16 MiB and 4 KiB: no room for headers in 4 KiB" 0x1001000 0x1000 0x200000 0x201000
keeps "linked to 1 MiB" 0x100000 0x1000 0x200000 0x100000

# refused_for NAME TEXT
refused_for() {
	run pack "$kernel" -o "$work/image"
	same "the message of pack" "bzboot: $kernel: $2" "$(<"$work/stderr")"
	refused_kernel "$1" "$kernel"
}

link 0x1000000 0x1000
put "$kernel" "0x40 + 56 + 48" 8 0x3000
refused_for "p_align that is not a power of two" \
	"ELF: p_align 0x3000 is not a power of two (program header 1)"
put "$kernel" "0x40 + 56 + 48" 8 0x80000000
refused_for "p_align of 2 GiB" "ELF: p_align 0x80000000 is more than 1 GiB (program header 1)"
link 0x40000000 0x1000
put "$kernel" "0x40 + 56 + 48" 8 0x40000000
refused_for "p_align of 1 GiB" "ELF: with segments aligned to 0x40000000 (p_align) it has\
 1073758209 bytes, more than 1 GiB"

# Two segments of 64 KiB, whose program headers then name the same bytes of the file.
cat >"$work/shared.lds" <<-END
	ENTRY(_start)
	PHDRS { text PT_LOAD FLAGS(5); one PT_LOAD FLAGS(6); two PT_LOAD FLAGS(6); }
	SECTIONS {
		. = 0x1000000;
		.text : { *(.text) } :text
		. = ALIGN(0x1000);
		.one : { *(.one) } :one
		. = ALIGN(0x1000);
		.two : { *(.two) } :two
		/DISCARD/ : { *(.note*) }
	}
END
gcc -c -x assembler - -o "$work/shared.o" <<-END
	.globl _start
	_start: hlt
	.section .one, "aw"
	.fill 8192, 8, 0x55667788
	.section .two, "aw"
	.fill 8192, 8, 0x1
END
ld -z max-page-size=0x1000 -T "$work/shared.lds" "$work/shared.o" -o "$kernel" ||
	fail "ld cannot link it"
put "$kernel" "0x40 + 2 * 56 + 8" 8 "$(get "$kernel" "0x40 + 56 + 8" 8)"
run pack "$kernel" -o "$work/image" --compress none
run extract "$work/image" -o "$work/payload"
same "bytes of both" 16384 "$(od -An -v -t x8 -w8 "$work/payload" | grep -c 0000000055667788)"
finish "segments may have the same bytes of the file"
plan
