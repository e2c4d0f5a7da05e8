#!/usr/bin/env bash
# SPDX-License-Identifier: BSD-2-Clause
#
# Debian's kernel, packed with its symbols and debug data: gdb, with the ELF that extract writes,
# finds a function by its name, and a line of its source, in the kernel that KASLR has moved.
. tests/boot.sh
need addr2line gdb nm

image=$boot/debug-data.efi
symbols=$boot/debug-data.elf
vmlinux=$(tools/kernel.sh 6.1-cloud-dbg)
initramfs loader
pack debug-data "$vmlinux" --debug-data
made "$symbols" "$image" -- "$bzboot" extract "$image" -o "$symbols" --no-relocs

# addresses FILE: of its symbols
addresses() {
	nm "$1" | awk '{ print $1, $NF }' | sort
}

same "symbols" "$(addresses "$vmlinux" | sha256sum)" "$(addresses "$symbols" | sha256sum)"
[ "$(addresses "$symbols" | wc -l)" -gt 100000 ] || fault "there are too few"
finish "extract writes the symbols that were packed"

temporary=$(mktemp -d)
trap 'rm -rf "$temporary"' EXIT
function=kernel_power_off	# called when /init ends
address=$(nm "$vmlinux" | awk -v name="$function" '$3 == name { print $1 }')
line=$(addr2line -e "$vmlinux" "$address")
line=${line##*/}	# reboot.c:680

# slide: as the stub prints it, once it is in the log
slide() {
	readable_log
	sed -n 's/^.*bzboot: the kernel moved by \([0-9]*\) bytes$/\1/p' "$log"
}

# wait_for_slide PID: false if it ends before
wait_for_slide() {
	while kill -0 "$1" 2>/dev/null; do
		[ -z "$(slide)" ] || return 0
		sleep 0.2
	done
	return 1
}

# shellcheck disable=SC2016 # the variable is gdb's
# ask_gdb: run to the line of the function, and leave gdb's output in $temporary/gdb
ask_gdb() {
	timeout --kill-after 10 200 gdb -nx -batch -ex "target remote $temporary/socket" \
		-ex "symbol-file $symbols -o $(slide)" -ex "info address $function" \
		-ex "break $line" -ex continue \
		-ex 'printf "pc %lx\n", $pc' -ex 'info symbol $pc' -ex backtrace -ex detach \
		</dev/null >"$temporary/gdb" 2>&1 || fault "gdb ended with $?"
}

open_log
ovmf/run.sh --timeout 300 --kernel "$image" --initrd "$boot/loader.cpio.gz" --log "$log.raw" \
	--cmdline "$from_loader bzboot.debug" \
	-- -gdb "unix:$temporary/socket,server=on,wait=off" >"$log.err" 2>&1 &
pid=$!
if wait_for_slide "$pid"; then
	ask_gdb
else
	fault "the stub does not print how far the kernel moved"
fi
wait "$pid" || fault "run.sh ended with $?"
readable_log
expect userspace=reached initrd=ok
[ "$(slide)" != 0 ] || fault "the kernel did not move"
moved=$(printf '%x' $((16#$address + $(slide))))
grep -q "^Symbol \"$function\" is a function at address 0x$moved\." "$temporary/gdb" ||
	fault "gdb does not find $function at $moved"
grep -q "^Breakpoint 1, $function () at .*/*$line$" "$temporary/gdb" ||
	fault "gdb did not stop in line $line"
grep -q "^$function.* in section .text" "$temporary/gdb" || fault "gdb did not stop in $function"
grep -qE "^pc ${moved%??}..$" "$temporary/gdb" || fault "gdb did not stop at $moved"
grep -qE '^#1 .* in [a-z_]+ ' "$temporary/gdb" || fault "the caller has no name"
[ ${#faults[@]} -eq 0 ] || fault "$(<"$temporary/gdb")"
finish_boot "gdb stops in a line of a function, at a virtual address that is not its own"
plan
