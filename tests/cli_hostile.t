#!/usr/bin/env bash
# SPDX-License-Identifier: BSD-2-Clause
#
# Files crafted to waste time take no longer than others of their size (tests/hostile.c). The limit
# is on processor time, and generous: each command needs a fraction of it, but exceeds it if it
# processes the size of the file once for each of many items.
# shellcheck source=tests/cli.sh
. tests/cli.sh
need gcc openssl

hostile=${BUILD:-build}/tests/hostile
[ -x "$hostile" ] || fail "$hostile is missing; make test-programs builds it"
seconds=30
file=$work/hostile

# run_in_time ARGUMENT...: run with the limit; at the limit, the status is above 128
run_in_time() {
	status=0
	(
		ulimit -t "$seconds"
		exec "$bzboot" "$@"
	) </dev/null >"$work/stdout" 2>"$work/stderr" || status=$?
}

# ends NAME STATUS LAST ARGUMENT...: one test: bzboot ends in time, with this status, and its last line
# on stderr begins with "bzboot: FILE: " and the pattern LAST
ends() {
	local name=$1 expected=$2 last=$3 line
	shift 3
	run_in_time "$@"
	same "exit status" "$expected" "$status"
	line=$(tail -n 1 "$work/stderr")
	line=${line#"bzboot: $file: "}
	# shellcheck disable=SC2053 # a pattern
	[[ $line == $last* ]] || fault "the last line on stderr is: $line"
	finish "$name"
}

# check_ends NAME STATUS LAST: likewise, of check, whose last line on stdout is the reason of bzboot
check_ends() {
	local line
	run_in_time check --for bzboot "$file"
	same "exit status" "$2" "$status"
	line=$(sed -n '/: error: kernel-[a-z]*: /{s///;p}' "$work/stdout" | tail -n 1)
	line=${line#"$file"}
	# shellcheck disable=SC2053 # a pattern
	[[ $line == $3* ]] || fault "the last reason on stdout is: $line"
	finish "$1"
}

# kernel_ends KIND CHECK LAST INFO WHAT: four tests: of check, pack and info
kernel_ends() {
	"$hostile" "$1" "$file"
	check_ends "check: $5" "$2" "$3"
	ends "pack: $5" "$2" "$3" pack "$file" -o "$work/image" --compress none
	ends "info: $5" "$4" "" info "$file"
	ends "info --budget: $5" "$4" "" info --budget "$file"
}

kernel_ends names 0 "" 0 "60,000 sections that share a name of 8 MiB"
kernel_ends section-symbols 0 "" 0 "300,000 relocations that refer to a section with such a name"
kernel_ends relocations 1 "relocation sections overlap" 0 "60,000 sections that share 300,000 relocations"
kernel_ends code 1 "ELF: more than 256 separate ranges" 0 \
	"120,000 sections of code that share pages with data"
kernel_ends segments 1 "is a broken ELF file (a table or a name is larger" 1 "60,000 segments and 20,000 lists"
kernel_ends lists 1 "*32-bit field: overlaps the *32-bit field" 0 "700,000 lists of one field"

# A file that begins with a stream is decompressed; any other file is searched.
for row in magics-gzip:gzip magics-xz:xz magics-lzma:lzma magics-zstd:zstd endless-names:gzip bombs:zstd; do
	kind=${row%:*}
	"$hostile" "$kind" "$work/streams"
	cp "$work/streams" "$file"
	ends "extract: $kind, at the beginning" 1 "${row#*:}: " extract "$file" -o "$work/out"
	{
		echo
		cat "$work/streams"
	} >"$file"
	ends "extract: $kind" 1 "no kernel found: the file has too many magic numbers" \
		extract "$file" -o "$work/out"
done

"$hostile" pe-sections "$file"
ends "hash: 4,096 sections, the last one first" 0 "" hash "$file"
ends "info --budget: 4,096 sections, the last one first" 0 "" info --budget "$file"
ends "info --map: 4,096 sections, the last one first" 0 "" info --map "$file"
run_in_time check "$file"
same "exit status" 1 "$status"
grep -q ": error: pe-headers: has [0-9]* sections, more than the 96 that bzboot checks" "$work/stdout" ||
	fault "check says: $(<"$work/stdout")"
finish "check: 4,096 sections, the last one first"

# A good signature, 3,000 times
make_kernel
openssl req -x509 -newkey rsa:2048 -nodes -keyout "$work/key" -out "$work/cert" -days 2 -subj /CN=test \
	2>"$work/log" || fail "openssl: $(<"$work/log")"
run pack "$work/kernel.elf" -o "$file" --compress none --key "$work/key" --cert "$work/cert"
same "exit status of pack" 0 "$status"
pe=$(get "$file" 0x3c 4)
directory=$((pe + 24 + 112 + 4 * 8))
offset=$(($(get "$file" $directory 4)))
size=$(($(get "$file" $((directory + 4)) 4)))
tail -c "$size" "$file" >"$work/signature"
for ((i = 0; i < 3000; i++)); do
	echo "$work/signature"
done | xargs cat >>"$file"
put "$file" $((directory + 4)) 4 $(($(size_of "$file") - offset))
ends "verify: 3,001 signatures" 1 "has more than 64 signatures" verify "$file" --cert "$work/cert"

plan
