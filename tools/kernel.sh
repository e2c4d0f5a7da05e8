#!/usr/bin/env bash
# SPDX-License-Identifier: BSD-2-Clause
#
# kernel.sh NAME: print the path of one of Debian's kernels (a vmlinuz) in a cache outside the
# checkout, and download it first where the cache lacks the version that apt knows. What is
# cached is used without a network; so is an older version if apt cannot get the newest.
set -euo pipefail
# shellcheck source=tools/apt.sh
. "${BASH_SOURCE[0]%/*}/apt.sh"

# NAME -> the package that depends on the newest kernel, and how that kernel's package is called
declare -A names=(
	[6.1]="linux-image-amd64 linux-image-6.1.*[0-9]-amd64"
	[6.1-cloud]="linux-image-cloud-amd64 linux-image-6.1.*[0-9]-cloud-amd64"
	[6.12]="linux-image-6.12-amd64 linux-image-6.12.*[0-9]-amd64"
	[6.12-cloud]="linux-image-6.12-cloud-amd64 linux-image-6.12.*[0-9]-cloud-amd64"
)

# resolve: set package, and release to PACKAGE_VERSION, from what apt knows
resolve() {
	package=$(apt-cache depends "$meta" 2>/dev/null |
		sed -n '/^ *|\?Depends: \(linux-image-.*\)/ { s//\1/p; q }')
	# shellcheck disable=SC2053 # a pattern
	[[ $package == $pattern ]] || return 1
	release=$(apt-get download --print-uris "$package" 2>/dev/null |
		sed -n "s/^'[^']*' \([^ ]*\)_amd64\.deb .*/\1/p")
	[ -n "$release" ]
}

# in_cache: is the vmlinuz of $release there?
in_cache() {
	[ -s "$cache/$release/vmlinuz" ]
}

# fetch: see that the vmlinuz of $package is in $cache/$release. Whoever comes second in a race
# finds the directory in place and drops its own.
fetch() {
	in_cache && return
	local deb=$temporary/deb kernel=$temporary/kernel
	rm -rf "$deb" "$kernel"
	mkdir "$deb" "$kernel"
	echo "kernel.sh: downloading $release" >&2
	# apt's own user may not write here
	(cd "$deb" && apt-get download -q -o APT::Sandbox::User=root "$package" >&2) || return 1
	dpkg-deb --fsys-tarfile "$deb"/*.deb |
		tar -x -O --wildcards -f - './boot/vmlinuz-*' >"$kernel/vmlinuz" || return 1
	mv -T "$kernel" "$cache/$release" 2>/dev/null || in_cache
}

# newest_cached: set release to the newest one in the cache
newest_cached() {
	release=$(cd "$cache" && compgen -G "${pattern}_*/vmlinuz" | sort -V | tail -n 1) ||
		return 1
	release=${release%/vmlinuz}
	[ -n "$release" ]
}

[ -n "${names[${1:-none}]-}" ] || fail "usage: kernel.sh 6.1|6.1-cloud|6.12|6.12-cloud"
read -r meta pattern <<<"${names[$1]}"
cache=${BZBOOT_CACHE:-${XDG_CACHE_HOME:-$HOME/.cache}/bzboot}/kernels
mkdir -p "$cache"
temporary=$(mktemp -d "$cache/.fetch.XXXXXX")
trap 'rm -rf "$temporary"' EXIT

if ! { resolve && fetch; } && ! newest_cached; then
	apt_update
	resolve || fail "apt knows no kernel by the name of $meta ($pattern)"
	fetch || fail "could not get $release"
fi
echo "$cache/$release/vmlinuz"
