# SPDX-License-Identifier: BSD-2-Clause
# shellcheck shell=dash disable=SC2086,SC2154 # tests/shuffle/guest.sh sets trace
#
# For tests/shuffle/guest.sh, whose functions it uses: livepatch, by the module in
# tests/shuffle/livepatch.

# --- livepatch

patch=/sys/kernel/livepatch/bzboot_livepatch

is_settled() {
	[ "$(cat $patch/transition)" = 0 ]
}

is_gone() {
	[ ! -e $patch ]
}

# patch FUNCTION POSITION
patch() {
	insmod /bzboot_livepatch.ko function="$1" position="$2"
}

# unpatch: and remove the module
unpatch() {
	wait_until 60 is_settled || report unpatch "stays in transition"
	echo 0 >$patch/enabled
	wait_until 60 is_gone || report unpatch "is not gone"
	rmmod bzboot_livepatch
}

# refusing: which kinds of devices have no modalias now
refusing() {
	for bus in acpi pci platform serio virtio; do
		for file in "/sys/bus/$bus/devices"/*/modalias; do
			if [ -e "$file" ] && ! cat "$file" >/dev/null; then
				echo $bus
				break
			fi
		done
	done | words
}

report refusing "$(refusing)"
position=1
while patch modalias_show $position 2>/dev/null; do
	wait_until 60 is_settled || report "livepatch_$position" "stays in transition"
	report "livepatch_$position" "$(refusing)"
	unpatch
	position=$((position + 1))
done
report livepatch_positions $((position - 1))
report refusing_after "$(refusing)"

# --- livepatch, of a function in which a task sleeps, and of another one; without a kretprobe of a
# function that it has called, and with one

mkfifo /tmp/fifo

# sleeping: whether the process sleeps in what opens a pipe
sleeping() {
	grep -q fifo_open /proc/$sleeper/stack
}

# patch_while_sleeping NAME FUNCTION POSITION: report whether all tasks have gone over to it, after
# some attempts of the kernel, one each second. It wakes up a task after 15.
patch_while_sleeping() {
	cat /tmp/fifo 2>/dev/null &
	sleeper=$!
	wait_until 20 sleeping
	cat /proc/$sleeper/stack >/tmp/stack
	report "$1_stack" "$(stack_of /tmp/stack)"
	if patch "$2" "$3"; then
		wait_until 5 is_settled
		report "$1_transition" "$(cat $patch/transition)"
		report "$1_state" "$(cat /proc/$sleeper/patch_state)"
	else
		report "$1" refused
	fi
	kill -9 $sleeper
	wait $sleeper 2>/dev/null
	[ -e $patch ] || return
	wait_until 60 is_settled || report "$1" "stays in transition"
	[ "$2" != fifo_open ] || use "$1_fails" '! cat /tmp/fifo'
	unpatch
}

patch_while_sleeping asleep fifo_open 0
patch_while_sleeping elsewhere modalias_show 1
echo 'r:partner wait_for_partner' >$trace/kprobe_events
echo 1 >$trace/events/kprobes/enable
patch_while_sleeping probed fifo_open 0
patch_while_sleeping probed_elsewhere modalias_show 1
report partner "$(grep -o 'partner: ([a-z_]*+0x[0-9a-f]*' $trace/trace | sort | uniq -c | words)"
echo 0 >$trace/events/kprobes/enable
echo >$trace/kprobe_events

