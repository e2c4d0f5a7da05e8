# SPDX-License-Identifier: BSD-2-Clause
# shellcheck shell=dash
#
# The init of tests/boot_all_debuggers.t, behind start.sh, in the kernel that crashes and in the one that
# comes after it: the first records what perf sees, if perf is there, and its names, and crashes; the second
# copies the memory of the first to a disk. Both report the size of each file that they write.

# write_to DISK NAME FILE
write_to() {
	if dd if="$3" of="$1" bs=1M 2>/tmp/said; then
		report "$2" "$(stat -c %s "$3")"
	else
		cat /tmp/said
	fi
	sync
}

load_modules
if [ -e /proc/vmcore ]; then
	write_to /dev/vda vmcore /proc/vmcore
	poweroff -f
fi

cat /proc/kallsyms >/tmp/kallsyms
write_to /dev/vdb kallsyms /tmp/kallsyms
if [ -e /bin/perf ]; then
	perf record -q -e cpu-clock -F 500 -g -a -o /tmp/perf.data -- sh -c '
		dd if=/dev/zero of=/tmp/file bs=4k count=500
		for i in 1 2 3 4 5 6 7 8; do
			dd if=/tmp/file of=/dev/null bs=64
			find / -xdev
		done' >/dev/null 2>&1
	write_to /dev/vdc perf.data /tmp/perf.data
fi
kexec --load-panic --kexec-file-syscall /next --initrd=/next.cpio \
	--command-line="console=ttyS0 no_timer_check reset_devices panic=-1"
echo c >/proc/sysrq-trigger
