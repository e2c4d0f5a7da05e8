#!/usr/bin/env bash
# SPDX-License-Identifier: BSD-2-Clause
#
# unpacked.sh PACKAGE[[:ARCHITECTURE]/SUITE]: print the path of a folder, in a cache outside the
# checkout, with the files of a Debian package that must not be installed: a boot loader's scripts
# would change how this machine starts, and SUITE may differ from the machine's. A cached package is
# used without a network.
set -euo pipefail
# shellcheck source=tools/apt.sh
. "${BASH_SOURCE[0]%/*}/apt.sh"

[[ ${1-} =~ ^[^/:]+((:([^/:]+))?/([^/:]+))?$ ]] ||
	fail "usage: unpacked.sh PACKAGE[[:ARCHITECTURE]/SUITE]"
package=$1
architecture=${BASH_REMATCH[3]}
suite=${BASH_REMATCH[4]}
cache=$bzboot_cache/unpacked
folder=$cache/${package//[\/:]/_}
mkdir -p "$cache"
temporary=$(mktemp -d "$cache/.fetch.XXXXXX")
trap 'rm -rf "$temporary"' EXIT

# download COMMAND...: the package's .deb into $temporary; apt's own user may not write there
download() {
	(cd "$temporary" && "$@" apt-get download -q -o APT::Sandbox::User=root "$package" >&2)
}

# download_from_machine: with this machine's apt
download_from_machine() {
	download env || { apt_update && download env; }
}

# download_from_archive: with our own apt, which supports SUITE
download_from_archive() {
	use_archive "$suite" "$architecture"
	see_to_archive
	download archive_apt || { see_to_archive now && download archive_apt; }
}

if [ ! -d "$folder" ]; then
	echo "unpacked.sh: downloading $package" >&2
	source=machine
	[ -z "$suite" ] || source=archive
	"download_from_$source" || fail "could not get $package"
	dpkg-deb -x "$temporary"/*.deb "$temporary/files"
	# The second of two that race finds the folder and removes its own.
	mv -T "$temporary/files" "$folder" 2>/dev/null || [ -d "$folder" ]
fi
echo "$folder"
