#!/usr/bin/env bash
# SPDX-License-Identifier: BSD-2-Clause
#
# unpacked.sh PACKAGE: print the path of a folder, in a cache outside the checkout, that holds the
# files of a Debian package which is not to be installed: a boot loader's scripts would change how
# this machine starts. What is cached is used without a network.
set -euo pipefail
# shellcheck source=tools/apt.sh
. "${BASH_SOURCE[0]%/*}/apt.sh"

[ $# -eq 1 ] || fail "usage: unpacked.sh PACKAGE"
package=$1
cache=${BZBOOT_CACHE:-${XDG_CACHE_HOME:-$HOME/.cache}/bzboot}/unpacked
mkdir -p "$cache"
temporary=$(mktemp -d "$cache/.fetch.XXXXXX")
trap 'rm -rf "$temporary"' EXIT

# download: the package's .deb into $temporary; apt's own user may not write there
download() {
	(cd "$temporary" && apt-get download -q -o APT::Sandbox::User=root "$package" >&2)
}

if [ ! -d "$cache/$package" ]; then
	echo "unpacked.sh: downloading $package" >&2
	download || { apt_update && download; } || fail "could not get $package"
	dpkg-deb -x "$temporary"/*.deb "$temporary/files"
	# Whoever comes second in a race finds the folder in place and drops its own.
	mv -T "$temporary/files" "$cache/$package" 2>/dev/null || [ -d "$cache/$package" ]
fi
echo "$cache/$package"
