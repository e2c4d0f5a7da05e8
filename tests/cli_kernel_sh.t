#!/usr/bin/env bash
# SPDX-License-Identifier: BSD-2-Clause
#
# tools/kernel.sh where Debian's package lists cannot be fetched: it names the lists and the reason,
# and uses the cache.
. tests/tap.sh
need python3 apt-get

work=$(mktemp -d)
server=
trap 'rm -rf "$work"; [ -z "$server" ] || kill "$server"' EXIT
export BZBOOT_CACHE=$work/cache
nowhere=http://127.0.0.1:9	# nothing listens there

for release in linux-image-6.1.0-9-amd64_6.1.90-1 linux-image-6.1.0-10-amd64_6.1.91-1 \
	linux-image-6.1.0-11-cloud-amd64_6.1.92-1 linux-image-6.9.7+deb13-amd64_6.9.7-1~bpo13+1 \
	linux-binary-7.9.1+deb13-amd64_7.9.1-1 linux-binary-7.10.2+deb13.1-amd64_7.10.2-1 \
	linux-binary-7.11.2+deb13-rt-amd64_7.11.2-1 linux-image-6.12.9+deb13-arm64_6.12.9-1 \
	linux-binary-7.12.9+deb14-arm64_7.12.9-1 linux-image-6.1.0-12-arm64_6.1.93-1; do
	mkdir -p "$BZBOOT_CACHE/kernels/$release"
	echo "$release" >"$BZBOOT_CACHE/kernels/$release/vmlinuz"
done

# ask PROXY NAME: set status, printed and said
ask() {
	status=0
	rm -f "$BZBOOT_CACHE/apt/fetched"
	http_proxy=$1 tools/kernel.sh "$2" >"$work/stdout" 2>"$work/stderr" || status=$?
	printed=$(<"$work/stdout") said=$(<"$work/stderr")
}

# finds NAME RELEASE [SUITE]: one test: without a network it uses RELEASE, after asking for SUITE
finds() {
	ask "$nowhere" "$1"
	same "exit status" 0 "$status"
	same "path" "$BZBOOT_CACHE/kernels/$2/vmlinuz" "$printed"
	[[ $said == *"cannot refresh "*${3-bullseye-security}*"; apt says \"Failed to fetch "* ]] ||
		fault "$said"
	[[ $said == *"using $2, which is in the cache" ]] || fault "$said"
	finish "$1 without a network"
}

finds 6.1 linux-image-6.1.0-10-amd64_6.1.91-1
finds 6.1-cloud linux-image-6.1.0-11-cloud-amd64_6.1.92-1
finds 7.10 linux-binary-7.10.2+deb13.1-amd64_7.10.2-1
finds latest linux-binary-7.10.2+deb13.1-amd64_7.10.2-1
finds latest-rt linux-binary-7.11.2+deb13-rt-amd64_7.11.2-1
finds 6.1:arm64/bookworm linux-image-6.1.0-12-arm64_6.1.93-1 bookworm
finds 6.12:arm64/trixie linux-image-6.12.9+deb13-arm64_6.12.9-1 trixie
finds latest:arm64/forky linux-binary-7.12.9+deb14-arm64_7.12.9-1 forky

# A proxy that has no files
(cd "$work" && exec python3 -u -m http.server 0 --bind 127.0.0.1 >"$work/port" 2>/dev/null) &
server=$!
until port=$(grep -o 'port [0-9]*' "$work/port"); do
	sleep 0.1
done
ask "http://127.0.0.1:${port#port }" 6.1
same "exit status" 0 "$status"
[[ $said == *"cannot refresh "*trixie-backports*"does not have a Release file."* ]] || fault "$said"
finish "suites that do not exist any more"

for name in 6.1-rt 9.9 latest-cloud-dbg; do
	ask "$nowhere" "$name"
	same "exit status" 1 "$status"
	[[ $said == *"neither apt nor $BZBOOT_CACHE/kernels has a kernel called $name; usage: "* ]] ||
		fault "$said"
	finish "$name, which exists nowhere"
done
for name in "" 6 6.1-huge newest 6.12:arm64; do
	ask "$nowhere" "$name"
	same "exit status" 1 "$status"
	[[ $said == "kernel.sh: usage: "* ]] || fault "$said"
	finish "'$name' is not a name"
done

# The messages of apt-get update
# shellcheck source=tools/apt.sh
. tools/apt.sh
url=http://deb.debian.org/debian
while IFS='|' read -r suite line; do
	same suite "$suite" "$(failed_suites <<<"Hit:1 $url trixie InRelease"$'\n'"E: $line")"
	finish "$line"
done <<END
bullseye|Release file for $url/dists/bullseye/InRelease is expired (invalid since 3d). Updates for this repository will not be applied.
bookworm|The repository '$url bookworm Release' does not have a Release file.
trixie-updates|Failed to fetch $url/dists/trixie-updates/InRelease  Could not resolve 'deb.debian.org'
trixie|Failed to fetch $url/dists/trixie/main/binary-amd64/by-hash/SHA256/0123  404  Not Found
the package lists|Could not get lock
END
plan
