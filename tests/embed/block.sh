#!/usr/bin/env bash
# SPDX-License-Identifier: BSD-2-Clause
#
# block.sh LANGUAGE NUMBER: print this block of code in docs/embedding.md, counted from 1
set -euo pipefail

awk -v begin="\`\`\`$1" -v number="$2" '
	$0 == "```" { on = 0 }
	on
	$0 == begin { on = ++count == number }' "${BASH_SOURCE[0]%/*}/../../docs/embedding.md" |
	grep "" || {
	echo "block.sh: docs/embedding.md has no block $2 of $1" >&2
	exit 1
}
