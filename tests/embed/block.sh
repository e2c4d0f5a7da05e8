#!/usr/bin/env bash
# SPDX-License-Identifier: BSD-2-Clause
#
# block.sh LANGUAGE NUMBER [PAGE]: print this block of code in docs/PAGE.md, counted from 1; PAGE is
# embedding by default
set -euo pipefail
page=docs/${3-embedding}.md

awk -v begin="\`\`\`$1" -v number="$2" '
	$0 == "```" { on = 0 }
	on
	$0 == begin { on = ++count == number }' "${BASH_SOURCE[0]%/*}/../../$page" |
	grep "" || {
	echo "block.sh: $page has no block $2 of $1" >&2
	exit 1
}
