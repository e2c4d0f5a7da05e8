#!/usr/bin/env bash
# SPDX-License-Identifier: BSD-2-Clause
#
# pack and check agree about an ELF: both take it, or both refuse it for the same reason. The ELFs
# differ in where they are linked to, and in whether and how they move.
# shellcheck source=tests/cli.sh
. tests/cli.sh
need gcc ld

kernel=$work/kernel
printf '%s\n' '.globl start' 'start: hlt' .data '.quad start' '.section .note.GNU-stack, "", @progbits' |
	gcc -c -x assembler - -o "$work/kernel.o"

declare -A options=([fixed]="-static" [exec]="-static --emit-relocs" [pie]="-pie --no-dynamic-linker")

# link KIND ADDRESS [OFFSET]: $kernel; virtual addresses are physical ones plus OFFSET
link() {
	cat >"$work/kernel.lds" <<-END
		ENTRY(start)
		SECTIONS {
			. = $2 + ${3-0};
			.text : AT(ADDR(.text) - (${3-0})) { *(.text) }
			. = ALIGN(0x1000);
			.data : AT(ADDR(.data) - (${3-0})) { *(.data) }
			/DISCARD/ : { *(.note*) }
		}
	END
	# shellcheck disable=SC2086 # several options
	ld ${options[$1]} -z max-page-size=0x1000 --no-warn-rwx-segments -T "$work/kernel.lds" \
		"$work/kernel.o" -o "$kernel" 2>"$work/log" || fail "ld: $(<"$work/log")"
}

# agree NAME [REASON]: one test about $kernel; without REASON both take it
agree() {
	local packs reasons
	run pack "$kernel" -o "$work/image" --compress none
	packs=$status
	reasons=$(grep -v ': warning: ' "$work/stderr") || true
	check_kernel "$kernel"
	[ "$status" -ne 3 ] || status=0		# it warns
	same "exit status of pack" "$(($# - 1))" "$packs"
	same "exit status of check" "$packs" "$status"
	if [ "$packs" -ne 0 ]; then
		same "pack and check" "$reasons" "$(<"$work/reasons")"
		[[ $reasons == "bzboot: $kernel: "*"${2-}"* ]] || fault "not '${2-}': $reasons"
	fi
	finish "$1"
}

# agrees_at KIND VERDICT ADDRESS: one test
agrees_at() {
	link "$1" "$3"
	if [ "$2" = taken ]; then
		agree "$1, linked to $3: taken"
	elif [ "$1" = fixed ]; then
		agree "$1, linked to $3: refused" "ELF: it runs only at $3, and no machine has free memory"
	else
		agree "$1, linked to $3: refused" \
			"ELF: it is linked to $3, and a kernel that runs at physical addresses ends below"
	fi
}

# Fixed kernels need free memory before them, those that run at physical addresses are below 2 GiB.
while read -r address fixed moves; do
	agrees_at fixed "$fixed" "$address"
	agrees_at exec "$moves" "$address"
	agrees_at pie "$moves" "$address"
done <<-'END'
	0x0		refused	taken
	0x100000	refused	taken
	0x201000	refused	taken
	0x300000	taken	taken
	0x1110000	taken	taken
	0x1110010	taken	taken
	0x7fe00000	taken	taken
	0x80000000	taken	refused
	0x100000000	refused	refused
END

# With virtual addresses of its own, at 16 MiB
own=0xffffffff80000000
for kind in exec pie; do
	link $kind 0x1110000 $own
	agree "$kind, with virtual addresses of its own: taken"
done
link fixed 0x1110000 $own
agree "fixed, with virtual addresses of its own: taken"

# changed NAME OFFSET VALUE REASON: one test; OFFSET is in the program headers, of which two are PT_LOAD
changed() {
	link exec 0x1000000
	put "$kernel" "0x40 + $2" 8 "$3"
	agree "$1: refused" "$4"
}
changed "p_align of 3 pages" 48 0x3000 "ELF: p_align 0x3000 is not a power of two"
changed "p_align of 2 GiB" 48 0x80000000 "ELF: p_align 0x80000000 is more than 1 GiB"
changed "p_memsz of 2 GiB" "56 + 40" 0x80000000 \
	"ELF: 2147487744 bytes of memory, more than 1 GiB"
changed "p_filesz past the end" "56 + 32" 0x1000000 \
	"is a broken ELF file (a segment with an invalid size or address)"
changed "segments in the other order" 24 0x2000000 \
	"is a broken ELF file (segments overlap or do not ascend in memory)"
changed "an entry point outside" "-0x28" 0x2000000 \
	"is a broken ELF file (the entry point lies outside every segment)"
plan
