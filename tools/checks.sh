#!/usr/bin/env bash
# SPDX-License-Identifier: BSD-2-Clause
#
# checks.sh: print docs/checks.md, from the table of bzboot check and the list of files for which a
# test saw something else: checks.sh >docs/checks.md
set -euo pipefail
cd "${BASH_SOURCE[0]%/*}/.."

[ $# -eq 0 ] || {
	echo "usage: checks.sh" >&2
	exit 2
}
list=$(mktemp)
trap 'rm -f "$list"' EXIT
"${BZBOOT:-build/bzboot}" check --list --json >"$list"

# rows FILTER: lines of a table, of the list
rows() {
	jq -r "$1 | \"| \" + join(\" | \") + \" |\"" "$list"
}

# wrapped: paragraphs of standard input, in lines of at most 100 characters
wrapped() {
	fmt -w 100
}

cat <<'END_OF_TEXT'
# Checks

`bzboot check FILE` holds any boot image against everything that may read it. This page is printed by
`tools/checks.sh` from the table of checks; `bzboot check --explain NAME` prints an entry of it.

| severity | means |
|---|---|
| error | many consumers refuse the file, or a part of it is broken |
| warning | some consumers refuse it, or it is fragile |
| note | a fact that may surprise; it does not change the exit status |

With `--for CONSUMERS`, whatever makes one of these consumers refuse the file is an error, and nothing
else is printed.

## Consumers

A consumer is **ok** if no check finds a reason for it to refuse the file and the tests run it on such
files, and **untested** if they do not: then its rules were read in its source only. It is untested, too,
if its checks need PE headers that could not be read.

| name | is | reads | the tests run it |
|---|---|---|---|
END_OF_TEXT
rows '.consumers[] | ["`" + .name + "`", .title, .reads,
	({ never: "no", everywhere: "yes" }[.tried] // "on " + .tried)]'

cat <<'END_OF_TEXT'

`firmware-nx` is OVMF 2025.02 of Debian 13 in its variant `strictnx`. It has
EFI_MEMORY_ATTRIBUTE_PROTOCOL, by which shim, boot loaders and kernels protect the memory of what they
load; it does not protect images from a disk itself. It started, without a page fault, programs with
NX_COMPAT whose entry is in a section of data, in a section of code that is not executable, and in the
headers, and programs that write to their section of code, writable or not. So no check of the flags of
sections says that it refuses a file. On arm64 it is AAVMF of that variant, which started good files.
END_OF_TEXT

echo
echo "## All checks"
echo
echo "| check | severity | refused by |"
echo "|---|---|---|"
rows '(.consumers | length - 3) as $many | .checks[] | ["[`" + .name + "`](#" + .name + ")", .severity,
	if (.refuse | length) >= $many then "almost all" else .refuse | join(", ") end]' |
	sed 's/  *|$/ |/'

while read -r name; do
	printf '\n### %s\n\n' "$name"
	jq -r --arg name "$name" '.checks[] | select(.name == $name) | .why' "$list" | wrapped
done < <(jq -r '.checks[].name' "$list")

cat <<'END_OF_TEXT'

## Where a consumer does something else

`tests/all_check.t`, `tests/boot_all_check.t` and `tests/boot_all_check_loaders.t` try the verdicts on
boot images of other makers and on a broken file for each check. SYSLINUX, iPXE, U-Boot, Xen, rEFInd,
systemd-boot and systemd-stub get a choice of these: files that differ in what they read. QEMU with
OVMF starts good files only, in `tests/boot_matrix.t`. These are the cases in which a consumer does not
do what its verdict says:

| file | consumer | reason |
|---|---|---|
END_OF_TEXT
sed -n '/^[^#]/p' tests/check/disagreements | while IFS=$'\t' read -r file consumer reason; do
	# In a table, even code needs a backslash before a bar.
	echo "| \`${file//|/\\|}\` | \`${consumer//|/\\|}\` | $reason |"
done
