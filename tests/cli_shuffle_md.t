#!/usr/bin/env bash
# SPDX-License-Identifier: BSD-2-Clause
#
# docs/shuffle.md lists the sections that packer/kernel/shuffle/linux_sections.c knows.
# shellcheck source=tests/tap.sh
. tests/tap.sh

facts=${BUILD:-build}/tests/linux_facts
[ -x "$facts" ] || fail "$facts is missing; make test-programs builds it"
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

"$facts" --sections >"$work/code" || fault "$facts ended with $?"
[ "$(wc -l <"$work/code")" -ge 30 ] || fault "it has only these: $(cat "$work/code")"
sed '/^## Sections$/,/^## /!d; /^| `/!d' docs/shuffle.md >"$work/page"
diff "$work/page" "$work/code" >"$work/diff" ||
	fault "copy the rows of $facts --sections to the page: $(head -n 10 "$work/diff")"
finish "docs/shuffle.md has the sections of the code"

plan
