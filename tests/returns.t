#!/usr/bin/env bash
# SPDX-License-Identifier: BSD-2-Clause
#
# Unit tests pass, and get every code that a header of the library lists under "returns:", and no other code.
# They log the codes if TEST_RETURNS is set (RETURNED() in tests/test.h).
# shellcheck source=tests/tap.sh
. tests/tap.sh

build=${BUILD:-build}
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

# The lists, one line per entry: FUNCTION code N, FUNCTION like FUNCTION, FUNCTION any (the result
# of another function). Functions without codes are left out.
awk '
	NR == FNR && match($0, /^\tBZB_ERR_[A-Z]+/) {
		number[substr($0, 2, RLENGTH - 1)] = ++count
	}
	/^[ \t]*\/\*\*/ { name = text = ""; inside = 1 }
	!inside { next }
	name == "" && match($0, /[a-z0-9_]+\(\) - /) { name = substr($0, RSTART, RLENGTH - 5) }
	/ returns:/ { listing = 1 }
	listing { text = text " " $0 "\n" }
	/\*\// {
		if (text ~ /BZB_ERR|\(\)/) say()
		inside = listing = 0
	}
	function say(rest, n) {
		if (text ~ /(returns:|\*)[ \t]+0,/) print name, "code 0"
		if (text ~ /\*[ \t]+1,/) print name, "code 1"
		if (text ~ /return value of @visit/) print name, "any"
		for (rest = text; match(rest, /BZB_ERR_[A-Z]+/); rest = substr(rest, RSTART + RLENGTH))
			print name, "code", -number[substr(rest, RSTART, RLENGTH)]
		gsub(/[ \t\n*]+/, " ", text)
		for (rest = text; match(rest, /(error of|as|and) [a-z0-9_]+\(\)/);
		     rest = substr(rest, RSTART + RLENGTH)) {
			n = split(substr(rest, RSTART, RLENGTH - 2), word, " ")
			print name, "like", word[n]
		}
	}
' include/bzboot/error.h include/bzboot/*.h | sort -u >"$work/said"
functions=$(cut -d ' ' -f 1 "$work/said" | sort -u)
[ "$(wc -w <<<"$functions")" -ge 30 ] || fault "only these functions were found: $functions"
[ "$(grep -c ' code ' "$work/said")" -ge 100 ] || fault "too few codes were found in the lists"
finish "the headers list the codes that functions return"

# The units of the packer and the stub do not test the library.
for unit in "$build"/tests/t_*; do
	[[ $unit == *.[od] || $unit == */t_packer_* || $unit == */t_stub_* ]] || TEST_RETURNS=$work/log "$unit" >"$work/out" 2>&1 ||
		fault "$unit fails: $(grep -v '^ok ' "$work/out" | tail -n 10)"
done
finish "the units pass"
sort -u "$work/log" >"$work/seen"

# codes FUNCTION: the codes that it may return, including those of functions that its list names
codes() {
	local other
	sed -n "s/^$1 code //p" "$work/said"
	for other in $(sed -n "s/^$1 like //p" "$work/said"); do
		[ "$other" = "$1" ] || codes "$other"
	done
}

# name_of CODE
name_of() {
	[ "$1" -lt 0 ] || { echo "$1"; return; }
	grep -o '^	BZB_ERR_[A-Z]*' include/bzboot/error.h | sed -n "$((-$1))s/^	/-/p"
}

for function in $functions; do
	sed -n "s/^$function //p" "$work/seen" >"$work/of"
	for code in $(sed -n "s/^$function code //p" "$work/said"); do
		grep -qxe "$code" "$work/of" || fault "it never returned $(name_of "$code")"
	done
	codes "$function" | sort -u >"$work/may"
	if ! grep -q "^$function any$" "$work/said"; then
		for code in $(grep -vxFf "$work/may" "$work/of" || true); do
			fault "it returned $(name_of "$code"), which is not in its list"
		done
	fi
	if grep -q "^$function like " "$work/said"; then
		grep '^-' "$work/of" | grep -qxFf "$work/may" || fault "it never returned an error"
	fi
	finish "$function()"
done

plan
