#!/usr/bin/env bash
# SPDX-License-Identifier: BSD-2-Clause
#
# tools/split_functions.c: of an object of riscv64 or loong64, only the functions that are called are
# linked; one that is named is left out, and calls of it are linked_away(). An object whose functions
# refer to each other without the linker is copied.
# shellcheck source=tests/tap.sh
. tests/tap.sh
need clang-19 ld.lld-19 llvm-readelf-19 nm cmp

split=${BUILD:-build}/host/tools/split_functions
[ -x "$split" ] || fail "$split is missing; make builds it"
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

cat >"$work/source.c" <<-'END'
	int elsewhere(int x);

	__attribute__((noinline)) static int twice(int x)
	{
		return elsewhere(x) * 2;
	}

	__attribute__((noinline)) static int thrice(int x)
	{
		return elsewhere(x) * 3;
	}

	int entry(int x)
	{
		return twice(x) + (x > 5 ? thrice(x) : 1);
	}

	int unused(int x)
	{
		return twice(x) + 1;
	}
END

# compile TARGET SIGN: $work/object; with "+", references are left to the linker
compile() {
	clang-19 --target="$1-unknown-none" -O1 -ffreestanding -fPIE -Xclang -target-feature \
		-Xclang "${2}relax" -c "$work/source.c" -o "$work/object" || fail "clang fails for $1"
}

# linked [FUNCTION...]: the functions in what is linked when these are left out
linked() {
	"$split" "$work/object" "$work/split" "$@" || fault "it fails"
	ld.lld-19 -pie --no-dynamic-linker --gc-sections -e entry --defsym=linked_away=0x1234 \
		--defsym=elsewhere=0x2000 "$work/split" -o "$work/program" || fault "it does not link"
	nm "$work/program" | sed -n 's/^[0-9a-f]* [tT] \([a-z]*\)$/\1/p' | sort | paste -s -d ' '
}

for target in riscv64 loongarch64; do
	compile "$target" +
	same "functions" "entry thrice twice" "$(linked)"
	finish "$target: a function that nothing calls is not linked"

	same "functions" "entry twice" "$(linked thrice)"
	same "calls of linked_away()" 1 "$(llvm-readelf-19 -r "$work/split" | grep -cw linked_away)"
	finish "$target: a function that is named is left out"

	compile "$target" -
	"$split" "$work/object" "$work/split" || fault "it fails"
	cmp "$work/object" "$work/split" >"$work/said" 2>&1 || fault "$(<"$work/said")"
	finish "$target: an object with references that are not the linker's is copied"
done

head -c 300 "$work/object" >"$work/cut"
clang-19 --target=x86_64-unknown-none -c "$work/source.c" -o "$work/object" || fail "clang fails"
"$split" "$work/object" "$work/split" 2>"$work/said" && fault "it is split"
same "the message" "split_functions: $work/object: it is for another machine" "$(<"$work/said")"
"$split" "$work/cut" "$work/split" 2>"$work/said" && fault "the start of an object is split"
same "the message" "split_functions: $work/cut: it is truncated" "$(<"$work/said")"
finish "another machine's object, and one that is truncated, are refused"
plan
