# SPDX-License-Identifier: BSD-2-Clause
# shellcheck shell=dash
#
# The init of tests/boot_all_hibernate.t, behind start.sh: saves the kernel to /dev/vda, and reports when it
# has come back, by another boot, which has bzboot.resume on its command line.
dmesg -n 1

# names: a sum of all names of the kernel and their addresses, from which follow order and place
names() {
	sha256sum </proc/kallsyms | cut -c 1-64
}

load_modules
if grep -qw bzboot.resume /proc/cmdline; then
	dmesg -c >/dev/null
	cat /sys/block/vda/dev >/sys/power/resume
	dmesg | sed -n 's/^\[[^]]*\] PM: /BZBOOT refused=/p'
	report resumed no
else
	mkswap /dev/vda >/dev/null
	swapon /dev/vda || report swapon failed
	before=$(names)
	report saved "$before"
	echo shutdown >/sys/power/disk
	if echo disk >/sys/power/state; then
		[ "$(names)" = "$before" ] || report names "are other ones"
		report resumed "$before"
		bad_pointers
		cat /proc/self/stack >/stack
		report stack_self "$(stack_of /stack)"
	fi
fi
report end reached
stty -echo
poweroff -f
