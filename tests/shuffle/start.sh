#!/bin/busybox sh
# SPDX-License-Identifier: BSD-2-Clause
# shellcheck shell=dash
#
# The beginning of the init of each guest with a shuffled kernel; the rest is guest.sh, hibernate.sh or
# panic.sh. All print lines "BZBOOT KEY=VALUE".
/bin/busybox --install -s /bin
mkdir -p /proc /sys /tmp /mnt
mount -t proc proc /proc
mount -t sysfs sysfs /sys
mount -t devtmpfs devtmpfs /dev
exec </dev/console >/dev/console 2>&1
echo 0 >/proc/sys/kernel/kptr_restrict
echo

report() {
	echo "BZBOOT $1=$2"
}

# words: the lines of standard input, as one line
words() {
	tr '\n' ' ' | sed 's/ $//'
}

# stack_of FILE: of one in /proc: names with offsets, but without sizes, which include padding
stack_of() {
	sed 's/^\[<0>\] //; s/\/0x.*//' "$1" | words
}

# load_modules: all that the test has put there; sets loaded to their number
load_modules() {
	loaded=0
	while read -r module; do
		if insmod "/modules/$module.ko"; then
			loaded=$((loaded + 1))
		else
			report module_refused "$module"
		fi
	done </modules/order
}

