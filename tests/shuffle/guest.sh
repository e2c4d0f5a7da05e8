# SPDX-License-Identifier: BSD-2-Clause
# shellcheck shell=dash
#
# The init of tests/boot_all_shuffle*.t, behind start.sh: uses all that Linux knows of where its functions
# are, and prints what came of it, which is the same for a kernel and for the same kernel in another order,
# but for "slide". A kernel that lacks something prints nothing of it.
dmesg -n 1
trace=/sys/kernel/tracing
[ ! -d $trace ] || mount -t tracefs tracefs $trace

# wait_until SECONDS COMMAND...: until it succeeds
wait_until() {
	left=$(($1 * 5))
	shift
	until "$@"; do
		left=$((left - 1))
		[ $left -gt 0 ] || return 1
		sleep 0.2
	done
}

# backtrace: of the kernel's messages on standard input, the names that are certain
backtrace() {
	sed -n 's/^\[[^]]*\] *\([A-Za-z0-9_.]*\)+0x[0-9a-f]*\/0x[0-9a-f]*.*$/\1/p' | words
}

# work: calls all functions with probes
work() {
	(
		cd /tmp && mkdir folder && echo text >folder/file && mv folder/file folder/other &&
			ln folder/other folder/link && ln -s other folder/symbolic &&
			cat folder/link >folder/copy && echo text | cat && sleep 0.01 && ls -l folder &&
			rm folder/* && rmdir folder
	) >/dev/null
}

report processors "$(nproc)"
# Which check of indirect calls the kernel has chosen
cfi=$(dmesg | sed -n 's/^.*Using \(.*CFI\)$/\1/p')
[ -z "$cfi" ] || report cfi "$cfi"

# --- the exception table, and names

bad_pointers
kallsyms /symbols </proc/kallsyms || report kallsyms failed

# --- how the kernel has changed its calls and returns

for file in spectre_v2 retbleed spec_rstack_overflow indirect_target_selection; do
	file=/sys/devices/system/cpu/vulnerabilities/$file
	[ ! -e $file ] || report "${file##*/}" "$(cat $file)"
done

# --- stacks

# In which function the stack of a task ends, if that does not start tasks or system calls. A task that was
# interrupted outside of the kernel, or is about to end, may have such a stack, too, but not for long.
ends_of_stacks() {
	for file in /proc/[0-9]*/stack; do
		tail -n 1 "$file" 2>/dev/null | sed 's/^\[<0>\] //; s/+.*//'
	done | grep -vE '^(ret_from_fork|ret_from_fork_asm|entry_SYSCALL_64_after_hwframe)$' >/tmp/ends
	[ ! -s /tmp/ends ]
}

# Tasks whose messages, by sysrq, name no such function; likewise
tasks_without_end() {
	dmesg -c >/dev/null
	echo t >/proc/sysrq-trigger
	dmesg -c | sed 's/^\[[^]]*\] *//' | awk '
		/^task:/ { if (task && !ends) print task; task = $1; ends = 0 }
		/^(ret_from_fork|ret_from_fork_asm|entry_SYSCALL_64_after_hwframe)\+/ { ends = 1 }
		/^Sched Debug|^Showing busy/ { exit }
		END { if (task && !ends) print task }' | sort -u >/tmp/cut
	[ ! -s /tmp/cut ]
}

if [ -e /proc/self/stack ]; then
	cat /proc/self/stack >/tmp/stack
	report stack_self "$(stack_of /tmp/stack)"
	(sleep 0.1 && cat /proc/1/stack) >/tmp/stack	# once this one waits
	report stack_init "$(stack_of /tmp/stack)"
	report stack_kthreadd "$(stack_of /proc/2/stack)"
	wait_until 2 ends_of_stacks
	report stacks_cut "$(words </tmp/ends)"
fi
if [ -e /proc/sysrq-trigger ]; then
	dmesg -c >/dev/null
	echo l >/proc/sysrq-trigger
	# Without those of other processors, which come later
	report sysrq_l "$(dmesg -c | backtrace | sed 's/\(entry_SYSCALL_64_after_hwframe\) .*/\1/')"
	wait_until 2 tasks_without_end
	report sysrq_t_cut "$(words </tmp/cut)"
fi

# --- the function tracers

# trace_with TRACER: of a read and a write, into /tmp/trace
trace_with() {
	echo "$1" >$trace/current_tracer
	: >$trace/trace
	read -r line </proc/version
	echo "$line" >/tmp/version
	echo 0 >$trace/tracing_on
	cat $trace/trace >/tmp/trace
	echo nop >$trace/current_tracer
	echo 1 >$trace/tracing_on
}

# called_by FUNCTION CALLER: in /tmp/trace
called_by() {
	grep -o "$1 <-$2\$" /tmp/trace | sort -u
}

if [ -e $trace/set_ftrace_filter ]; then
	report functions "$(wc -l <$trace/available_filter_functions) $(
		sort $trace/available_filter_functions | sha256sum | cut -c 1-64)"
	echo 'vfs_* ksys_*' >$trace/set_ftrace_filter
	trace_with function
	report traced "$(called_by vfs_read ksys_read) $(called_by vfs_write ksys_write)"
	echo vfs_read >$trace/set_ftrace_filter
	echo 1 >$trace/options/func_stack_trace
	trace_with function
	report traced_alone "$(grep -- '<-' /tmp/trace | grep -cv ' vfs_read <-[a-z_]*$')"
	report traced_stack "$(grep -A 7 'vfs_read <-ksys_read' /tmp/trace |
		sed -n 's/^ => \([a-z].*\)/\1/p' | head -n 4 | words)"
	echo 0 >$trace/options/func_stack_trace
	if grep -qw function_graph $trace/available_tracers; then
		echo vfs_read rw_verify_area >$trace/set_ftrace_filter
		echo vfs_read >$trace/set_graph_function
		trace_with function_graph
		report graph "$(grep -oE '(vfs_read|rw_verify_area)\(\)' /tmp/trace | sort -u | words)"
	fi
elif [ -e $trace/current_tracer ]; then
	trace_with function
	report traced "$(called_by vfs_read ksys_read) $(called_by vfs_write ksys_write)"
fi

# --- kprobes

functions="vfs_read vfs_write do_sys_openat2 do_filp_open vfs_open filp_close vfs_statx vfs_mkdir
	vfs_rmdir vfs_unlink vfs_rename vfs_link vfs_symlink kernel_clone wake_up_new_task kernel_wait4
	mmput bprm_execve begin_new_exec pipe_read pipe_write do_mmap alloc_pid hrtimer_nanosleep"

if [ -e $trace/kprobe_events ]; then
	for function in $functions; do
		echo "p:p_$function $function"
		echo "r:r_$function $function"
	done >$trace/kprobe_events
	# Behind the first instruction, where an int3 or a jump has to be
	echo "p:inside vfs_read+5" >>$trace/kprobe_events
	echo 1 >$trace/events/kprobes/enable
	: >$trace/trace
	work
	echo 0 >$trace/events/kprobes/enable
	cat $trace/trace >/tmp/trace
	for function in $functions; do
		grep -q " p_$function: ($function+0x[04]/" /tmp/trace || report kprobe_silent "$function"
		grep -qE " r_$function: \([a-z0-9_.]+\+0x[0-9a-f/x]+ <- $function\)" /tmp/trace ||
			report kretprobe_silent "$function"
	done
	report kprobes "$(grep -oE ' [pr]_[a-z0-9_]+: ' /tmp/trace | sort -u | wc -l)"
	report kprobe_inside "$(grep -o 'inside: (vfs_read+0x5/' /tmp/trace | sort -u)"
	report kretprobe "$(grep -oE 'r_vfs_read: \(ksys_read\+0x[0-9a-f]*' /tmp/trace | sort -u)"
	: >$trace/kprobe_events
fi

# --- the list of functions that kprobes may not change

debug=/sys/kernel/debug
if [ -d $debug ] && mount -t debugfs debugfs $debug; then
	report blacklist "$(wc -l <$debug/kprobes/blacklist) $(
		awk '{ print $NF }' $debug/kprobes/blacklist | sort | sha256sum | cut -c 1-64)"
fi

# --- modules

# use NAME COMMANDS: whether they work
use() {
	if sh -ec "$2" >/tmp/said 2>&1; then
		echo ok >/tmp/said
	fi
	report "$1" "$(tail -n 1 /tmp/said)"
}

if [ -e /modules/order ]; then
	load_modules
	report modules "$loaded"
	use ext4 'mkdir /mnt/ext4; mount -o loop /ext4 /mnt/ext4; cat /bin/busybox >/mnt/ext4/copy
		umount /mnt/ext4; mount -o loop /ext4 /mnt/ext4; cmp /bin/busybox /mnt/ext4/copy
		umount /mnt/ext4'
	use overlay 'mkdir /mnt/o; mount -t tmpfs tmpfs /mnt/o; cd /mnt/o; mkdir lower upper work all
		echo a >lower/file
		mount -t overlay -o lowerdir=lower,upperdir=upper,workdir=work overlay all
		echo b >>all/file; grep a upper/file; umount all'
	use network 'ip link set lo up; ip link add left type veth; ip link add br0 type bridge
		ip link set left master br0; ip link set br0 up; ip link set left up
		ip link add link left name left.5 type vlan id 5; ip link set left.5 up
		ip address add 10.0.0.1/24 dev left.5; ping -c 1 -W 5 10.0.0.1; ip link delete left'
	# A name that pktgen has taken for itself: Linux warns that the file is there twice.
	dmesg -c >/dev/null
	use pktgen 'ip link add kpktgend_0 type dummy; ip link set kpktgend_0 up
		! echo add_device kpktgend_0 >/proc/net/pktgen/kpktgend_0'
	dmesg -c >/tmp/warning
	report warning "$(sed -n 's/^.*WARNING: .* at \(.*\)\/0x.*/\1/p' /tmp/warning)"
	report warning_trace "$(backtrace </tmp/warning)"
fi

# --- faults that the kernel has for tests (lkdtm)

# fault_of KIND: the messages of one; whatever writes that does not live on
fault_of() {
	dmesg -c >/dev/null
	(echo "$1" >$debug/provoke-crash/DIRECT) 2>/dev/null
	dmesg -c
}

# place_in MESSAGES PATTERN: the function and offset behind the pattern
place_in() {
	sed -n "s/^.*$2 *\([A-Za-z0-9_.]*+0x[0-9a-f]*\).*/\1/p" "$1" | head -n 1
}

if [ -e $debug/provoke-crash/DIRECT ]; then
	fault_of WARNING >/tmp/fault
	report lkdtm_warning "$(place_in /tmp/fault 'WARNING: .*bugs.c:[0-9]*[ at]*')"
	for kind in EXCEPTION BUG; do
		fault_of $kind >/tmp/fault
		report lkdtm_$kind "$(place_in /tmp/fault 'RIP: 0010:') $(backtrace </tmp/fault)"
	done
	fault_of CFI_FORWARD_PROTO >/tmp/fault
	report lkdtm_cfi "$(place_in /tmp/fault 'CFI failure at') $(place_in /tmp/fault '(target:')"
fi

# --- more, which the test has put there

if [ -e /more/order ]; then
	while read -r more <&3; do
		# shellcheck source=/dev/null
		. "/more/$more.sh"
	done 3</more/order
fi

# --- another kernel

report end reached
[ ! -e /next ] || { kexec --kexec-syscall --load /next --command-line=kexec && kexec --exec; }
stty -echo
poweroff -f
