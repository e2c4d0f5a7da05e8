#!/usr/bin/env bash
# SPDX-License-Identifier: BSD-2-Clause
#
# root.sh RELEASE: print the path of a root of this release of Debian (trixie), in a cache outside
# the checkout, with all packages needed to build bzboot and its tests, and programs that make initrds
# and disks. debootstrap makes it, and again after each update of the release; a cached one is used
# without a network.
#
# root.sh RELEASE OUT COMMAND...: run a command in it, as root. The checkout is mounted as /bzboot,
# which is the command's folder and read-only; the folder OUT is /out. What the command changes
# elsewhere lasts until it ends.
set -euo pipefail
here=$(realpath "${BASH_SOURCE[0]%/*}")
# shellcheck source=tools/apt.sh
. "$here/apt.sh"

[ $# -eq 1 ] || [ $# -gt 2 ] || fail "usage: root.sh RELEASE [OUT COMMAND...]"
release=$1
roots=$bzboot_cache/roots
groups="build test package images machines"	# groups of packages

# newest: the newest root in the cache
newest() {
	find "$roots/" -mindepth 1 -maxdepth 1 -name "$release-*" | sort | tail -n 1
}

# How a root is mounted on itself, without which / is not a mount inside
mount_lasting='mount --bind "$root" "$root"'
mount_passing='mount -t tmpfs tmpfs /mnt
	mkdir /mnt/upper /mnt/work
	mount -t overlay -o "lowerdir=$root,upperdir=/mnt/upper,workdir=/mnt/work" overlay "$root"'

# in_root MOUNT ROOT OUT COMMAND...: the mounts are private to the command, and end with it
in_root() {
	# shellcheck disable=SC2016 # expanded inside
	as_root unshare --mount bash -euc '
		root=$1 checkout=$2 out=$3
		'"$1"'
		mount --bind -o ro "$checkout" "$root/bzboot"
		mount --bind "$out" "$root/out"
		mount -t proc proc "$root/proc"
		mount --rbind /dev "$root/dev"
		mount --bind /etc/resolv.conf "$root/etc/resolv.conf"
		exec env -i PATH=/usr/sbin:/usr/bin HOME=/root LC_ALL=C.UTF-8 \
			BZBOOT_CACHE=/var/cache/bzboot \
			chroot "$root" sh -c "cd /bzboot && exec \"\$@\"" sh "${@:4}"
	' bash "$2" "${here%/*}" "$3" "${@:4}"
}

# install_packages ROOT: install the missing ones
install_packages() {
	local out
	out=$(mktemp -d)
	# shellcheck disable=SC2086 # words
	in_root "$mount_lasting" "$1" "$out" tools/packages.sh $groups >&2
	rmdir "$out"
}

# prepare ROOT: without documents and without syncing, because it can be made again
prepare() {
	as_root mkdir -p "$1/bzboot" "$1/out"
	as_root touch "$1/etc/resolv.conf"
	printf '%s\n' force-unsafe-io path-exclude=/usr/share/{doc,man,locale}/'*' |
		as_root tee "$1/etc/dpkg/dpkg.cfg.d/root" >/dev/null
	{
		echo 'Acquire::Languages "none";'
		apt-config dump | grep -E '^Acquire::https?::' || true
	} | as_root tee "$1/etc/apt/apt.conf.d/root" >/dev/null
	printf '#!/bin/sh\nexit 101\n' | as_root tee "$1/usr/sbin/policy-rc.d" >/dev/null
	as_root chmod 755 "$1/usr/sbin/policy-rc.d"
}

# make_root ROOT
make_root() {
	echo "root.sh: making a root of $release" >&2
	as_root debootstrap --variant=minbase --keyring="$archive_keyring" "$release" "$1" \
		"$archive_url/debian" >&2 &&
		prepare "$1" && install_packages "$1" && as_root chroot "$1" apt-get clean
}

# update: make the root of the current release if it is missing
update() {
	local name root temporary
	name=$release-$(published "$release") || name=
	root=$roots/$name
	[ -z "$name" ] || [ ! -d "$root" ] || return 0
	temporary=$roots/.$release.making
	as_root rm -rf "$temporary"
	if [ -n "$name" ] && make_root "$temporary"; then
		as_root mv -T "$temporary" "$root"
		as_root find "$roots/" -mindepth 1 -maxdepth 1 -name "$release-*" ! -path "$root" \
			-exec rm -rf {} +
		return
	fi
	as_root rm -rf "$temporary"
	[ -n "$(newest)" ] || fail "cannot make a root of $release"
	echo "root.sh: cannot make a root of $release; using $(newest)" >&2
}

mkdir -p "$roots"
exec {lock}>"$roots/.lock"
flock "$lock"
see_to_archive
update
root=$(newest)
install_packages "$root"
exec {lock}>&-

if [ $# -eq 1 ]; then
	echo "$root"
else
	in_root "$mount_passing" "$root" "$(realpath "$2")" "${@:3}"
fi
