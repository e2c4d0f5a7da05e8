# SPDX-License-Identifier: BSD-2-Clause
# shellcheck shell=bash
#
# Shared by tests of the command line: running bzboot, printing TAP, making small kernels.
# Sourced by tests/cli_*.t, which run in the root of the repository: prove tests/cli_*.t
# shellcheck source=tests/tap.sh
. tests/tap.sh

bzboot=$(realpath -m "${BZBOOT:-${BUILD:-build}/bzboot}")
[ -x "$bzboot" ] || fail "$bzboot is missing; make builds it"
work=$(mktemp -d)
chmod 755 "$work"
trap 'rm -rf "$work"' EXIT

# Looking for leaks takes as long as all else in a short run: make check-release does it.
[ -n "${FIND_LEAKS-}" ] || export ASAN_OPTIONS=detect_leaks=0

# Running

runner=()	# what stands before bzboot on its command line

# run ARGUMENT...: sets status, leaves $work/stdout and $work/stderr. With an option about the payload,
# pack refuses kernels that check takes.
run() {
	status=0
	"${runner[@]}" "$bzboot" "$@" </dev/null >"$work/stdout" 2>"$work/stderr" || status=$?
	[ "${1-}" != pack ] || [ "$status" -ne 1 ] ||
		[[ " $* " =~ " --"(symbols|debug-data|payload|zboot-magic|shuffle)[" ="] ]] ||
		check_agrees "$2"
}

# check_kernel KERNEL: check whether pack takes it; leaves $work/reasons, in the form of pack's messages
check_kernel() {
	run check --for bzboot "$1"
	sed -E '/: error: kernel-(pack|relocation): /!d; s//: /; s/^/bzboot: /' "$work/stdout" |
		cat - "$work/stderr" >"$work/reasons"
}

# check_agrees KERNEL: check gives the same message about KERNEL as the last run of pack
check_agrees() {
	local said expected more=
	said=$(grep -F "bzboot: $1: " "$work/stderr" | grep -v ': warning: ') || return 0
	[[ $said =~ ^(.*)", and "([0-9]+)" more (see 'bzboot check')"$ ]] && more=${BASH_REMATCH[2]}
	expected=${BASH_REMATCH[1]-$said}
	cp "$work/stdout" "$work/stdout.pack"
	cp "$work/stderr" "$work/stderr.pack"
	check_kernel "$1"
	same "exit status of check" 1 "$status"
	same "first line of check" "$expected" "$(head -n 1 "$work/reasons")"
	same "number of lines of check" $((1 + ${more:-0})) "$(wc -l <"$work/reasons")"
	status=1
	mv "$work/stdout.pack" "$work/stdout"
	mv "$work/stderr.pack" "$work/stderr"
}

# state FOLDER: everything that a careless program could change in it
state() {
	find "$1" -mindepth 1 -printf '%P: inode %i, type %y, mode %m, %s bytes, %T@ %C@\n' | sort
	find "$1" -type f -exec sha256sum {} + | sort
}

# expect_refusal STATUS SUBJECT: the last run ended with STATUS and printed one line about SUBJECT
expect_refusal() {
	local lines
	mapfile -t lines <"$work/stderr"
	same "exit status" "$1" "$status"
	[ ! -s "$work/stdout" ] || fault "stdout is not empty: $(head -c 200 "$work/stdout")"
	[ ${#lines[@]} -eq 1 ] || fault "${#lines[@]} lines on stderr: ${lines[*]}"
	[[ ${lines[0]-} == "bzboot: $2"* ]] ||
		fault "stderr does not begin with 'bzboot: $2': ${lines[0]-}"
}

out=$work/out
image=$out/image.efi

# refused NAME STATUS SUBJECT ARGUMENT...: one test: these arguments are refused with one line
# about SUBJECT, and nothing changes in $out, whether there is an older $image or not
refused() {
	local name=$1 expected=$2 subject=$3 older before after
	shift 3
	for older in yes no; do
		rm -rf "$out"
		mkdir -m 777 "$out"
		[ "$older" = no ] || echo "an older image" >"$image"
		before=$(state "$out")
		run "$@"
		after=$(state "$out")
		expect_refusal "$expected" "$subject"
		same "the output folder" "$before" "$after"
	done
	finish "$name"
}

# refused_kernel NAME KERNEL: one test: KERNEL is refused, in a message about KERNEL
refused_kernel() {
	refused "$1" 1 "$2: " pack "$2" -o "$image"
}

# list_commands: commands: those of --help
list_commands() {
	run --help
	# shellcheck disable=SC2034 # for the test
	mapfile -t commands < <(sed -n 's/^  \([a-z]\+\)  .*/\1/p' "$work/stdout")
}

# list_options COMMAND: option_names: those of its --help, in order; the argument that each needs, its
# text, whether it may have an argument, and whether it may be repeated
declare -A option_argument option_text option_may option_repeats
list_options() {
	local line name=
	option_names=() option_argument=() option_text=() option_may=() option_repeats=()
	run "$1" --help
	while IFS= read -r line; do
		if [[ $line =~ ^\ \ (-.,|\ \ \ )\ --([a-z-]+)(\ ([A-Z]+)|\[=[A-Z]+\])?(\ |$) ]]; then
			name=${BASH_REMATCH[2]}
			option_names+=("$name")
			option_argument[$name]=${BASH_REMATCH[4]}
			option_may[$name]=${BASH_REMATCH[3]##\ *}
		fi
		[ -z "$name" ] || option_text[$name]+=$line
		[ -n "$line" ] || name=
	done <"$work/stdout"
	for name in "${option_names[@]}"; do
		[[ $(tr -s ' ' <<<"${option_text[$name]}") != *"may be repeated"* ]] ||
			option_repeats[$name]=yes
	done
}

# Bytes

# bytes_le WIDTH VALUE: little-endian
bytes_le() {
	local i value=$(($2))
	for ((i = 0; i < $1; i++)); do
		printf '%b' "\\x$(printf %x $((value & 255)))"
		value=$((value >> 8))
	done
}

# put FILE OFFSET WIDTH VALUE
put() {
	bytes_le "$3" "$4" | dd of="$1" bs=1 seek=$(($2)) conv=notrunc status=none
}

# get FILE OFFSET WIDTH: a little-endian number, as 0x...
get() {
	local digits
	digits=$(od -An -v --endian=little -t "x$3" -j $(($2)) -N "$3" "$1")
	hex "0x${digits// /}"
}

# hex NUMBER: a number in any notation of the shell, as 0x...
hex() {
	printf '0x%x\n' $(($1))
}

size_of() {
	stat -c %s "$1"
}

# append_module_signature FILE SIZE: like scripts/sign-file of Linux
append_module_signature() {
	{
		head -c "$2" /dev/urandom
		printf '\0\0\2\0\0\0\0\0\0\0'
		bytes_le 1 $(($2 >> 8))
		bytes_le 1 "$2"
		printf '~Module signature appended~\n'
	} >>"$1"
}

# Kernels: useless, but with the outer structure of a Linux vmlinux

text_numbers=20000	# that make up a kernel's text
kernel_notes=		# more notes of a kernel, as assembler

# make_kernel: $work/kernel.elf: ET_EXEC, a physical entry, two segments and a note, at 16 MiB
make_kernel() {
	seq 1 "$text_numbers" >"$work/numbers"
	cat >"$work/kernel.S" <<-END
		.text
		.globl start
	start:	hlt
		jmp start
		.incbin "$work/numbers"
		.section .note.test, "a", @note
		.balign 4
		.long 5, 4, 1
		.asciz "Test"
		.balign 4
		.long 0
		$kernel_notes
		.data
		.quad start
		.asciz "Linux version 1.2.3-test (nobody@nowhere) (cc 1, ld 2) #1 SMP now"
		.bss
		.skip 20000
	END
	cat >"$work/kernel.lds" <<-'END'
		ENTRY(phys_start)
		PHDRS {
			text PT_LOAD FLAGS(5);
			data PT_LOAD FLAGS(6);
			note PT_NOTE FLAGS(4);
		}
		SECTIONS {
			. = 0xffffffff81000000;
			phys_start = start - 0xffffffff80000000;
			.text : AT(ADDR(.text) - 0xffffffff80000000) { *(.text) } :text
			.note : AT(ADDR(.note) - 0xffffffff80000000) { *(.note.test) } :text :note
			. = ALIGN(0x200000);
			.data : AT(ADDR(.data) - 0xffffffff80000000) { *(.data) } :data
			.bss : AT(ADDR(.bss) - 0xffffffff80000000) { *(.bss) } :data
			/DISCARD/ : { *(.note.*) }
		}
	END
	gcc -nostdlib -static -no-pie -Wl,--build-id=none -Wl,-z,max-page-size=4096 \
		-Wl,-T,"$work/kernel.lds" "$work/kernel.S" -o "$work/kernel.elf" ||
		fail "gcc cannot make a kernel"
}

# make_linked: $work/linked, the same kernel with the relocations of its linker
make_linked() {
	make_kernel
	gcc -nostdlib -static -no-pie -Wl,--build-id=none -Wl,-z,max-page-size=4096 \
		-Wl,--emit-relocs -Wl,-T,"$work/kernel.lds" "$work/kernel.S" -o "$work/linked" ||
		fail "gcc cannot make a kernel with relocations"
}

# cloud_kernel: vmlinuz, a kernel of Debian, and packed, the image made of it
cloud_kernel() {
	local boot
	boot=$(realpath -m "${BUILD:-build}/boot")
	# shellcheck disable=SC2034 # for the test
	vmlinuz=$boot/6.12-cloud.vmlinuz packed=$boot/6.12-cloud.efi
	# Another shell keeps the variables of boot.sh.
	# shellcheck disable=SC2016 # its variables
	bash -c '. tests/boot.sh && kernel "$1" && pack "$1" "$boot/$1.vmlinuz"' - 6.12-cloud ||
		fail "cannot get a kernel"
}

# make_payload STREAM ELF: append the size of ELF to the compressed file STREAM
make_payload() {
	cat "$1"
	bytes_le 4 "$(size_of "$2")"
}

# make_bzimage FILE PAYLOAD: setup of two sectors (boot.rst, protocol 2.15), then PAYLOAD
make_bzimage() {
	rm -f "$1"
	truncate -s 1024 "$1"
	put "$1" 0x1f1 1 1
	put "$1" 0x1fe 2 0xaa55
	put "$1" 0x200 2 0x6aeb
	put "$1" 0x202 4 0x53726448
	put "$1" 0x206 2 0x020f
	put "$1" 0x211 1 1
	put "$1" 0x230 4 0x200000
	put "$1" 0x234 1 1
	put "$1" 0x24c 4 "$(size_of "$2")"
	put "$1" 0x258 4 0x1000000
	cat "$2" >>"$1"
}
