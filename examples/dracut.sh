#!/usr/bin/env bash
# SPDX-License-Identifier: BSD-2-Clause
#
# dracut.sh: like dracut --uefi, with bzboot for the image. dracut makes the initrd; bzboot packs it with
# the kernel, the command line, os-release and the splash image, and signs the image. Neither binutils
# nor systemd's stub is needed.
#
#   dracut.sh linux.efi 6.12.0-1-amd64 --no-hostonly --kernel-cmdline "root=/dev/sda2"
#
# These options and settings of dracut are for the image, all others for the initrd:
#
#   --kernel-cmdline     kernel_cmdline=
#   --kernel-image       (default: that of VERSION in /lib/modules or /boot)
#   --uefi-splash-image  uefi_splash_image=
#                        uefi_secureboot_key=, uefi_secureboot_cert=
#   --conf, --confdir    where the settings are (default: /etc/dracut.conf, /etc/dracut.conf.d)
#
# --uefi and --uefi-stub are ignored. BZBOOT= names the program (default: bzboot), DRACUT= dracut.
set -euo pipefail
export LC_ALL=C	# in which dracut sorts its settings

usage="usage: dracut.sh IMAGE VERSION [OPTION-OF-DRACUT]... [-- OPTION-OF-BZBOOT-PACK...]"
bzboot=${BZBOOT:-bzboot}
dracut=${DRACUT:-dracut}
conf=/etc/dracut.conf
confdir=/etc/dracut.conf.d
vendor=/usr/lib/dracut/dracut.conf.d

# fail STATUS LINE...
fail() {
	printf '%s\n' "${@:2}" >&2
	exit "$1"
}

# take_options ARGUMENT...: sets the variables below, and for_dracut
cmdline="" splash="" kernel=""
for_dracut=()
take_options() {
	local name value
	while [ $# -gt 0 ]; do
		name=${1%%=*}
		case $name in
		--kernel-cmdline | --kernel-image | --uefi-splash-image | --uefi-stub | --conf | --confdir)
			if [[ $1 = *=* ]]; then
				value=${1#*=}
			else
				[ $# -ge 2 ] || fail 2 "dracut.sh: $1 wants a value" "$usage"
				value=$2
				shift
			fi
			;;&
		--kernel-cmdline) cmdline+=" $value" ;;
		--kernel-image) kernel=$value ;;
		--uefi-splash-image) splash=$value ;;
		--conf | --confdir)
			[ "$name" = --conf ] && conf=$value || confdir=$value
			for_dracut+=("$name" "$value")
			;;
		--uefi | --uefi-stub) ;;
		*) for_dracut+=("$1") ;;
		esac
		shift
	done
}

# see_to_settings: a folder with all settings; those of the administrator replace the vendor's
see_to_settings() {
	local file
	settings=$temporary/settings
	mkdir "$settings"
	for file in "$vendor"/*.conf "$confdir"/*.conf; do
		[ ! -e "$file" ] || ln -sf "$(realpath "$file")" "$settings/${file##*/}"
	done
}

# setting NAME: of dracut's files, which are shell
setting() {
	# shellcheck disable=SC1090
	(
		set +eu
		[ ! -f "$conf" ] || . "$conf"
		while read -r file; do
			. "$file"
		done < <(find "$settings" -name '*.conf' | sort -V)
		echo "${!1}"
	)
}

# add OPTION VALUE: to those of bzboot, unless VALUE is empty
add() {
	[ -z "$2" ] || for_bzboot+=("$1" "$2")
}

case ${1-} in
--help)
	echo "$usage"
	exit
	;;
-*)
	fail 2 "dracut.sh: the first argument is the image" "$usage"
	;;
esac
[ $# -ge 2 ] || fail 2 "$usage"
image=$1
version=$2
shift 2
before=()
while [ $# -gt 0 ] && [ "$1" != -- ]; do
	before+=("$1")
	shift
done
for_bzboot=("${@:2}")
take_options ${before[@]+"${before[@]}"}
for command in "$bzboot" "$dracut"; do
	command -v "$command" >/dev/null ||
		fail 1 "dracut.sh: $command is missing: BZBOOT= and DRACUT= name the programs"
done

temporary=$(mktemp -d)
trap 'rm -rf "$temporary"' EXIT
see_to_settings
set_cmdline=$(setting kernel_cmdline)
if [ -n "$set_cmdline" ]; then
	# dracut would put it into the initrd. This name comes last.
	echo kernel_cmdline= >"$settings/}bzboot.conf"
	for_dracut+=(--confdir "$settings")
fi
if [ -z "$kernel" ]; then
	kernel=/lib/modules/$version/vmlinuz
	[ -e "$kernel" ] || kernel=/boot/vmlinuz-$version
fi
read -r -a words <<<"$set_cmdline$cmdline"
add --cmdline "${words[*]-}"
add --splash "${splash:-$(setting uefi_splash_image)}"
add --key "$(setting uefi_secureboot_key)"
add --cert "$(setting uefi_secureboot_cert)"

"$dracut" --no-uefi ${for_dracut[@]+"${for_dracut[@]}"} "$temporary/initrd" "$version"
"$bzboot" pack "$kernel" -o "$image" --uki --os-release @/etc/os-release --uname "$version" \
	--initrd "$temporary/initrd" ${for_bzboot[@]+"${for_bzboot[@]}"}
