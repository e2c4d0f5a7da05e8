#!/usr/bin/env bash
# SPDX-License-Identifier: BSD-2-Clause
#
# deb.sh OUT: make the Debian packages of this tree, in the folder OUT. They are built in a copy, so
# the tree stays as it is.
set -euo pipefail

[ $# -eq 1 ] || {
	echo "usage: deb.sh OUT" >&2
	exit 2
}
mkdir -p "$1"
out=$(realpath "$1")
cd "${BASH_SOURCE[0]%/*}/.."

# A build that make runs would pass its options on.
unset MAKEFLAGS MFLAGS MAKELEVEL BUILD

rm -rf "$out"
mkdir -p "$out/source"
tar -c --exclude=./build --exclude=./.git . | tar -C "$out/source" -x
cd "$out/source"
dpkg-buildpackage --build=binary --no-sign --jobs=auto
rm -rf "$out/source"
