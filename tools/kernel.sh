#!/usr/bin/env bash
# SPDX-License-Identifier: BSD-2-Clause
#
# kernel.sh SERIES[-cloud|-rt][-dbg][:ARCHITECTURE/SUITE]: print the path of one of Debian's kernels
# (a vmlinuz, with -dbg a vmlinux) in a cache outside the checkout, and download it first if the
# cache lacks Debian's current version. SERIES is upstream's, like 6.12, or "latest", the newest one.
# Without a network, the cached version is used; an older one, too, if the newest cannot be
# downloaded.
set -euo pipefail
# shellcheck source=tools/apt.sh
. "${BASH_SOURCE[0]%/*}/apt.sh"

usage="usage: kernel.sh SERIES[-cloud|-rt][-dbg][:ARCHITECTURE/SUITE], such as 5.10, 6.12-cloud,
	latest-rt, 6.1-cloud-dbg, latest:riscv64/forky"

# The endings of package versions of a series, unless they are those of trixie-backports: a series
# is taken from one release.
declare -A endings=(
	[5.10]='\.0-[0-9]+'
	[6.1]='\.0-[0-9]+'
	[6.12]='\.[0-9]+\+deb12(\.[0-9]+)?'
)
backports='\.[0-9]+\+deb[0-9]+(\.[0-9]+)?'

# newest KIND SERIES: the newest of the packages on standard input, named linux-KIND-VERSION-...
# Fails if there is none. SERIES is a pattern.
newest() {
	grep -xE "linux-$1-$2${endings[$2]-$backports}$flavour-$architecture$debug(_.*)?" | sort -V | tail -n 1
}

# resolve: set package, and release to PACKAGE_VERSION, from apt's lists
resolve() {
	local known kernel
	known=$(archive_apt apt-cache pkgnames linux-) || return 1
	# Kernels that are built but not signed yet have only -dbg.
	[ -z "$debug" ] || known=$(awk '{ print $0 "-dbg" }' <<<"$known" | grep -xFf - <(echo "$known")) ||
		return 1
	package=$(newest image "$series" <<<"$known") || return 1
	# From 6.19 on linux-image-* depends on the package with the kernel, but -dbg does not.
	kernel=linux-binary-${package#linux-image-}
	! grep -qxF "$kernel" <<<"$known" || package=$kernel
	release=$(archive_apt apt-get download --print-uris "$package" 2>/dev/null |
		sed -n "s/^'[^']*' \([^ ]*\)_$architecture\.deb .*/\1/p")
	[ -n "$release" ]
}

# in_cache: true if the file of $release is there
in_cache() {
	[ -s "$cache/$release/$file" ]
}

# fetch: download the file of $package to $cache/$release. The second of two that race finds the
# folder and removes its own.
fetch() {
	in_cache && return
	local deb=$temporary/deb kernel=$temporary/kernel
	rm -rf "$deb" "$kernel"
	mkdir "$deb" "$kernel"
	echo "kernel.sh: downloading $release" >&2
	(cd "$deb" && archive_apt apt-get download -q "$package" >&2) || return 1
	# The file is boot/vmlinuz-VERSION (riscv64: vmlinux-) or usr/lib/modules/VERSION/vmlinuz.
	dpkg-deb --fsys-tarfile "$deb"/*.deb |
		tar -x -O --wildcards -f - "./*/${file/%z/[xz]}*" >"$kernel/$file" || return 1
	mv -T "$kernel" "$cache/$release" 2>/dev/null || in_cache
}

# newest_cached: set release to the newest one in the cache
newest_cached() {
	local kind
	for kind in binary image; do
		release=$(cd "$cache" && compgen -G "*/$file" | sed 's|/[^/]*$||' |
			newest "$kind" "$series") || continue
		echo "kernel.sh: using $release, which is in the cache" >&2
		return
	done
	return 1
}

[[ ${1-} =~ ^([0-9]+\.[0-9]+|latest)(-cloud|-rt)?(-dbg)?(:([^/:]+)/([^/:]+))?$ ]] || fail "$usage"
series=${BASH_REMATCH[1]//latest/'[0-9]+\.[0-9]+'}
flavour=${BASH_REMATCH[2]} debug=${BASH_REMATCH[3]}
architecture=${BASH_REMATCH[5]:-amd64}
if [ -n "${BASH_REMATCH[6]}" ]; then
	endings=() backports='\.([0-9]+\+deb[0-9]+(\.[0-9]+)?|0-[0-9]+)'	# any
	use_archive "${BASH_REMATCH[6]}" "$architecture"
fi
file=vmlinuz
[ -z "$debug" ] || file=vmlinux
cache=$bzboot_cache/kernels
mkdir -p "$cache"
temporary=$(mktemp -d "$cache/.fetch.XXXXXX")
trap 'rm -rf "$temporary"' EXIT

see_to_archive
if ! { resolve && fetch; }; then
	see_to_archive now
	{ resolve && fetch; } || newest_cached || fail \
		"neither apt nor $cache has a kernel called $1; $usage"
fi
echo "$cache/$release/$file"
