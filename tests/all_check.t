#!/usr/bin/env bash
# SPDX-License-Identifier: BSD-2-Clause
#
# bzboot check, on boot images of others and on a broken file for each check: it finds what is known
# of them, and the programs on this machine accept and refuse what it says.
#
#   tests/all_check.t		of what a program need not refuse, every fourth file
#   tests/all_check.t --all	all files: 12 minutes of one processor
# shellcheck source=tests/verdicts.sh
. tests/verdicts.sh
need sbsign sbverify pesign osslsigncode objcopy
[ "${1-}" = --all ] || every=4
# shellcheck disable=SC2119 # without an argument
judge_files

# findings: "FILE CHECK" for the corpus, each once. When a certificate expires is no fact about a file.
findings() {
	(cd "$answers" && jq -r '(input_filename | split("/") | last) as $file | .findings[] |
		select(.check != "signature-expired") | "\($file) \(.check)"' "${corpus_names[@]}") | sort -u
}

# expected: the same, by tests/check/expected
expected() {
	local pattern check name
	while IFS=$'\t' read -r pattern check _; do
		for name in "${corpus_names[@]}"; do
			# shellcheck disable=SC2053 # a pattern
			[[ $name != $pattern ]] || echo "$name $check"
		done
	done < <(sed '/^#/d; /^$/d' tests/check/expected) | sort -u
}

difference=$(diff <(expected) <(findings)) ||
	fault "expected (<), found (>): $difference"
finish "${#corpus_names[@]} boot images of others: the findings are those in tests/check/expected"

try sbsign judge_sbsign
try osslsigncode judge_osslsigncode
try pesign judge_pesign
try kernel-install judge_kernel_install
try ukify judge_ukify
try extract-vmlinux judge_extract_vmlinux
try seabios judge_seabios
consumers=(sbsign osslsigncode pesign kernel-install ukify extract-vmlinux seabios)
unused_exceptions "${consumers[@]}"
judged_table "${consumers[@]}"

# The digest is the same for all that read the whole file; it is padded to 8 bytes when it is signed.
count=0
while read -r file verdict digest; do
	if [ "$verdict" = refuses ] || [ $(($(stat -L -c %s "$files/$file") % 8)) -ne 0 ]; then
		continue
	fi
	# It refuses some broken files.
	hash=$("$bzboot" hash "$files/$file" 2>/dev/null | cut -d ' ' -f 1) || continue
	same "the digest of $file" "$digest" "$hash"
	count=$((count + 1))
done <"$judged/said.pesign"
finish "$count digests by pesign are those of bzboot hash"

plan
