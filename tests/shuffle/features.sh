# SPDX-License-Identifier: BSD-2-Clause
# shellcheck shell=dash
#
# For tests/shuffle/guest.sh, whose functions it uses: what a kernel with tests/linux/features.config
# has beside others.

# all_messages: since the start, which "dmesg -c" does not change
all_messages() {
	timeout 2 cat /dev/kmsg | sed -n 's/^[0-9,a-z-]*;//p'
}

# --- the tests that the kernel has run when it started, and kallsyms_selftest, which a thread runs later

is_tested() {
	all_messages >/tmp/messages
	grep -q '^kallsyms_selftest: \(finish\|abort\)' /tmp/messages
}

wait_until 120 is_tested
report selftest "$(sed -n 's/^kallsyms_selftest: //p' /tmp/messages |
	grep -E '^(start|finish|abort)|failed|mismatch|Never|NULL|!=|\?!' | words)"
# Messages of drivers, which start meanwhile, come between a test and its result.
grep -o 'Testing .*' /tmp/messages | sort >/tmp/tests
report tests "$(wc -l </tmp/tests)"
report tests_failed "$(grep -wE 'FAILED|NG' /tmp/messages | words)"
report tests_warned "$(grep -cE 'WARNING:|BUG:' /tmp/messages)"
report kprobe_tests "$(grep '^Testing kprobe' /tmp/tests)"
report kprobe_sanity "$(sed -n 's/^# kprobes_test: //p' /tmp/messages | words)"
report tracer_tests "$(sed -n 's/^Testing tracer \([a-z_]*\): PASSED/\1/p' /tmp/tests | words)"

# --- a module that finds a function of the kernel in each way

# shellcheck disable=SC2016 # expanded when used
use module 'insmod /bzboot_module.ko; address=$(sed -n "s/ . _printk$//p; T; q" /proc/kallsyms)
	cd /sys/module/bzboot_module/parameters
	[ "$(cat data immediate distance | sort -u)" = "$address" ]'
