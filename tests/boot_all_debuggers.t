#!/usr/bin/env bash
# SPDX-License-Identifier: BSD-2-Clause
#
# Debian's 6.1, shuffled at boot, crashes; kdump writes its memory, by the same image as the kernel that
# comes after it. With the vmlinux that bzboot symbols writes, crash, drgn, gdb, addr2line and perf say
# what the kernel has said of itself, and what they say of a kernel that is not shuffled: the control.
# With the vmlinux that was packed they do not.
. tests/boot.sh
need kexec cpio ldd crash drgn makedumpfile gdb addr2line perf nm

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
vmlinux=$(tools/kernel.sh 6.1-cloud-dbg)
release=${vmlinux%-dbg_*}
release=${release##*/linux-image-}
package=$(tools/unpacked.sh "linux-image-$release/bookworm-security" ||
	tools/unpacked.sh "linux-image-$release/bookworm")

# root_of FOLDER: with the modules of disks, in an order in which each finds those that it needs
root_of() {
	local name modules=(virtio_ring virtio virtio_pci_modern_dev virtio_pci_legacy_dev virtio_pci
		virtio_blk)
	mkdir -p "$1/modules"
	for name in "${modules[@]}"; do
		find "$package" -name "$name.ko" -exec cp {} "$1/modules" \;
	done
	printf '%s\n' "${modules[@]}" >"$1/modules/order"
}

# crash_with IMAGE PROGRAM...: leaves vmcore, kallsyms, perf.data in $work, and the console in $log
crash_with() {
	local root=$work/root name size disks=()
	rm -rf "$root" "$work/next"
	root_of "$root"
	root_of "$work/next"
	initramfs_of "$work/next" "$root/next.cpio" < <(cat tests/shuffle/{start,panic}.sh)
	cp "$1" "$root/next"
	initramfs_of "$root" "$work/initramfs" kexec "${@:2}" < <(cat tests/shuffle/{start,panic}.sh)
	for name in vmcore kallsyms perf.data; do
		rm -f "$work/$name"
		truncate -s 1G "$work/$name"
		disks+=(-drive "if=virtio,format=raw,file=$work/$name")
	done
	start --kernel "$1" --initrd "$work/initramfs" --memory 768 --timeout 300 \
		--cmdline "console=ttyS0 no_timer_check panic=-1 crashkernel=160M" -- "${disks[@]}"
	for name in vmcore kallsyms perf.data; do
		size=$(sed -n "s/^BZBOOT $name=//p" "$log")
		truncate -s "${size:-0}" "$work/$name"
	done
	[ -s "$work/vmcore" ] || fault "kdump has written nothing"
}

# traced: the Call Trace of $log, from the function that crashes: NAME+OFFSET, after "? " if it may be
# what earlier calls have left on the stack
traced() {
	sed -n '/Call Trace:/,/entry_SYSCALL_64_after_hwframe/s/^\[[^]]*\]  *\(.*+0x[0-9a-f]*\)\/.*/\1/p' \
		"$log" | sed -n '/^sysrq_handle_crash/,$p'
}

# --- the debuggers. Their answers have no addresses, which differ from boot to boot.

# crash_says VMLINUX CORE: to the file crash, and crash.frames
crash_says() {
	local command
	for command in "bt -s" mod ps "sym vfs_read" "sym __handle_sysrq" "sym proc_reg_write" \
		"dis vfs_write" "dis -l __handle_sysrq" "dis proc_create_data" log; do
		echo "$command"
	done >"$work/commands"
	timeout 200 crash -s --no_crashrc -i "$work/commands" "$1" "$2" </dev/null >"$work/said" 2>&1 ||
		true	# the answers are compared
	sed -n 's/^ *#[0-9]* \[[0-9a-f]*\] \([^ ]*\)+\([0-9]*\) at .*/\1 \2/p' "$work/said" |
		while read -r name offset; do
			printf '%s+%#x\n' "$name" "$offset"
		done | sed -n '/^sysrq_handle_crash/,$p' >"$work/crash.frames"
	sed -nE '/^ *MODULE/,/^\[ /{ /^\[ /!p; }' "$work/said" | sed -E 's/^>/ /
		s/-?0x[0-9a-f]+\(%rip\)/(%rip)/
		s/(0x)?f[ef][0-9a-f]{14}/ADDRESS/g
		s/([0-9.]+ +){3}(\[?[a-z]+[^ ]*)$/\2/' >"$work/crash"
}

# drgn_says VMLINUX CORE: to the file drgn, and drgn.frames
drgn_says() {
	cat >"$work/ask.py" <<-'END'
	from drgn.helpers.linux import for_each_task

	thread = prog.crashed_thread()
	for frame in thread.stack_trace():
	    try:
	        symbol = frame.symbol()
	    except LookupError:
	        continue
	    if not frame.is_inline:
	        print("frame %s+%#x" % (symbol.name, frame.pc - symbol.address))
	    print(frame.name, *frame.source()[:2])
	tasks = {task.comm.string_().decode() for task in for_each_task(prog)}
	print(thread.tid, *sorted(tasks & {"init", "kthreadd", "kswapd0", "rcu_preempt"}))
	print(prog["init_uts_ns"].name.release.string_().decode())
	END
	timeout 200 drgn -q -c "$2" -s "$1" "$work/ask.py" >"$work/drgn" 2>"$work/said" || true
	sed -n 's/^frame //p' "$work/drgn" | sed -n '/^sysrq_handle_crash/,/^do_syscall_64/p' \
		>"$work/drgn.frames"
}

# lines_say VMLINUX: to the file lines, what addr2line and gdb say of the frames of $log
lines_say() {
	local name offset addresses=() asked=()
	nm "$1" >"$work/symbols"
	while IFS=+ read -r name offset; do
		addresses+=("$(awk -v name="$name" '$3 == name { print "0x" $1; exit }' "$work/symbols")+$offset-1")
		asked+=(-ex "info line *(${addresses[-1]}+0x1000000)")
	done < <(traced | grep -v '^? ')
	{
		for name in "${addresses[@]}"; do
			printf '%x\n' $((name))
		done | addr2line -f -i -e "$1"
		gdb -nx -batch -ex "symbol-file -o 0x1000000 $1" "${asked[@]}" 2>&1 |
			sed 's/ starts at address .*//'
	} >"$work/lines"
}

# ask VMLINUX: all of them
ask() {
	crash_says "$1" "$work/vmcore"
	drgn_says "$1" "$work/vmcore"
	lines_say "$1"
}

# agree: the frames are those of the Call Trace. crash has some that are uncertain, too; drgn calls the
# last by another name that it has.
agree() {
	local frames
	frames=$(traced | grep -v '^? ')
	[ "$(wc -l <<<"$frames")" -ge 8 ] || fault "the kernel printed $frames"
	same "crash: frames of the kernel" "$frames" "$(grep -xFf <(echo "$frames") "$work/crash.frames")"
	others=$(grep -vxFf <(traced | sed 's/^? //') "$work/crash.frames" || true)
	[ -z "$others" ] || fault "crash: the kernel printed none of $others"
	same "drgn: frames" "${frames%$'\n'*}" "$(<"$work/drgn.frames")"
}

for name in plain shuffled; do
	option=()
	[ $name = plain ] || option=(--shuffle)
	pack "debuggers-$name" "$vmlinux" "${option[@]}"
done

crash_with "$boot/debuggers-plain.efi"
ask "$vmlinux"
agree
mkdir "$work/control"
cp "$work"/{crash,drgn,lines} "$work/control"
[ "$(wc -l <"$work/control/crash")" -gt 200 ] || fault "crash: $(head -n 5 "$work/control/crash")"
finish_boot "the control: crash and drgn show what the kernel printed"

crash_with "$boot/debuggers-shuffled.efi" perf
ran=$work/vmlinux.then
"$bzboot" symbols "$vmlinux" --vmcore "$work/vmcore" -o "$ran" --quiet || fault "symbols ended with $?"
ask "$ran"
agree
finish_boot "shuffled: crash and drgn show what the kernel printed"

for name in crash drgn lines; do
	diff "$work/control/$name" "$work/$name" >"$work/diff" || fault "$name: $(head -n 6 "$work/diff")"
done
finish "they, addr2line and gdb say what they say of the control"

# smaller NAME MAKEDUMPFILE-OPTION...: one test: what this makes of the dump is as good
smaller() {
	makedumpfile "${@:2}" -d 31 "$work/vmcore" "$work/smaller" >"$work/said" 2>&1 ||
		fault "makedumpfile: $(tail -n 3 "$work/said")"
	"$bzboot" symbols "$vmlinux" --vmcore "$work/smaller" -o "$work/again" --quiet ||
		fault "symbols ended with $?"
	cmp "$ran" "$work/again" >&2 || fault "another file"
	crash_says "$ran" "$work/smaller"
	drgn_says "$ran" "$work/smaller"
	agree
	rm -f "$work/smaller" "$work/again"
	finish "a dump by makedumpfile ${*:2}, $1"
}
smaller "an ELF core" -E
smaller "kdump's own format, by zlib" -c

"$bzboot" symbols "$vmlinux" --kallsyms "$work/kallsyms" -o "$work/vmlinux.now" --quiet ||
	fault "symbols ended with $?"
cmp "$ran" "$work/vmlinux.now" >&2 || fault "another file"
rm "$work/vmlinux.now"
finish "the names that the kernel showed before give the same vmlinux"

# perf_names PERF-OPTION...: the functions of all samples
perf_names() {
	perf script -i "$work/perf.data" "$@" -F ip,sym 2>/dev/null | grep 'ffffffff[0-9a-f]\{8\} '
}

# alike: how many per cent of the samples have the name that the kernel itself has given. Symbols of one
# address, and what follows a function that does not return, have others.
alike() {
	perf_names -k "$1" | paste -d '|' "$work/samples" - |
		awk -F '|' '{ same += $1 == $2 } END { print int(100 * same / NR) }'
}

perf_names --kallsyms "$work/kallsyms" >"$work/samples"
[ "$(wc -l <"$work/samples")" -ge 1000 ] || fault "only $(wc -l <"$work/samples") samples"
[ "$(alike "$ran")" -ge 98 ] || fault "only $(alike "$ran") % of the names"
[ "$(alike "$vmlinux")" -le 50 ] || fault "the original gives $(alike "$vmlinux") % of the names"
finish "perf says what the kernel says"

crash_says "$vmlinux" "$work/vmcore"
drgn_says "$vmlinux" "$work/vmcore"
for name in crash drgn; do
	! grep -xFf <(traced | grep '^[a-z]*_[a-z_]*write') "$work/$name.frames" >&2 || fault "$name is right"
done
finish "with the vmlinux that was packed, crash and drgn show other frames"
plan
