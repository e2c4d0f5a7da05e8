# SPDX-License-Identifier: BSD-2-Clause
# shellcheck shell=dash
#
# For tests/shuffle/guest.sh, whose functions it uses: a warning, a BUG and a fault in the kernel's own
# functions, by the module in tests/shuffle/crash. The kernel goes on.

insmod /bzboot_crash.ko
for crash in WARNING BUG EXCEPTION; do
	dmesg -c >/dev/null
	(echo $crash >/proc/bzboot_crash) 2>/dev/null
	report "crash_$crash" $?
	dmesg -c >/tmp/messages
	report "crash_${crash}_message" "$(sed -n 's/^\[[^]]*\] *//; /^WARNING:\|^kernel BUG\|^BUG:/p' \
		/tmp/messages | sed 's/PID: [0-9]*//; s/\/0x.*//' | words)"
	report "crash_${crash}_rip" "$(sed -n 's/^.*RIP: 0010:\(.*\)\/0x.*/\1/p' /tmp/messages | words)"
	report "crash_${crash}_trace" "$(backtrace </tmp/messages)"
done
