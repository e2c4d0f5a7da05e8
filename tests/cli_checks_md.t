#!/usr/bin/env bash
# SPDX-License-Identifier: BSD-2-Clause
#
# docs/checks.md is what tools/checks.sh prints.
# shellcheck source=tests/cli.sh
. tests/cli.sh
need jq fmt

BZBOOT=$bzboot tools/checks.sh >"$work/checks.md" || fault "tools/checks.sh fails"
diff docs/checks.md "$work/checks.md" >"$work/diff" ||
	fault "make it again by tools/checks.sh >docs/checks.md: $(head -n 10 "$work/diff")"
finish "docs/checks.md is up to date"

plan
