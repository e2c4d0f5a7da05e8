#!/usr/bin/env bash
# SPDX-License-Identifier: BSD-2-Clause
#
# A kernel whose functions are in another order works wherever Linux needs to know where a function
# is: exceptions, names, stacks, tracers, probes, modules, warnings, kexec. The guest
# (tests/shuffle/guest.sh) tries all, and reports the same for the kernel as it was, which is the
# control of each check, and for the shuffled one.
#
#   tests/boot_all_shuffle.t		Debian's 6.1, which the stub shuffles
#   tests/boot_all_shuffle.t --all	twice, to another order; ten seeds, when packing; kernels built
#					here, which have fewer of these; and kernels with a table left
#					as it was: a check notices each
#
# Left out: lkdtm, which no kernel here has (a module provokes a WARN of the kernel instead); a
# crash by sysrq, because kexec comes last, and a crash prints what the WARN does; livepatch, for
# which Debian has no module.
. tests/boot.sh
need gcc nm readelf kexec cpio ldd mke2fs

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
for program in bad_pointers kallsyms; do
	gcc -O2 -static "tests/shuffle/$program.c" -o "$work/$program"
done
pack testkernel "$testkernel"

# In an order in which each finds those that it needs
modules=(loop dummy llc stp garp mrp 8021q bridge veth overlay tun fuse squashfs libcrc32c
	nf_defrag_ipv4 nf_defrag_ipv6 nf_conntrack pktgen)

# put_modules ROOT RELEASE
put_modules() {
	local package name
	package=$(tools/unpacked.sh "linux-image-$2/bookworm-security" ||
		tools/unpacked.sh "linux-image-$2/bookworm")
	mkdir "$1/modules"
	for name in "${modules[@]}"; do
		find "$package" -name "$name.ko" -exec cp {} "$1/modules" \;
	done
	printf '%s\n' "${modules[@]}" >"$1/modules/order"
	truncate -s 8M "$1/ext4"
	mke2fs -q -t ext4 "$1/ext4"
}

# try VMLINUX IMAGE ROOT: boot the image, packed from VMLINUX, with the files in ROOT, and leave the
# lines of the guest in $work/report
try() {
	local tree=$work/tree
	rm -rf "$tree"
	cp -r "$3" "$tree"
	nm "$1" >"$tree/symbols"
	initramfs_of "$tree" "$work/initramfs" kexec "$work/bad_pointers" "$work/kallsyms" \
		<tests/shuffle/guest.sh
	start --kernel "$2" --initrd "$work/initramfs" --timeout 300 \
		--cmdline "console=ttyS0 no_timer_check oops=panic panic=-1"
	sed -n "s/^$prefix //p" "$log" >"$work/report"
}

# control NAME VMLINUX ROOT KEY=VALUE...: one test: the kernel as it is reports these. The shuffled
# kernels of the next tests are made from it.
control() {
	name=$1
	vmlinux=$2
	root=$3
	pack "shuffle-$name" "$vmlinux"
	try "$vmlinux" "$boot/shuffle-$name.efi" "$root"
	grep -v '^slide=' "$work/report" >"$work/control" || true
	expect "${@:4}" end=reached
	starts_next
	finish_boot "$name, the control"
}

# starts_next: by kexec, if there is one
starts_next() {
	[ ! -e "$root/next" ] || grep -q '^TESTKERNEL cmdline=kexec$' "$log" ||
		fault "kexec started nothing"
}

# shuffle SEED: $work/shuffled.elf
shuffle() {
	"$bzboot" shuffle "$vmlinux" -o "$work/shuffled.elf" --seed "$1" --quiet 2>"$work/stderr" ||
		fault "shuffle, seed $1: $(<"$work/stderr")"
}

# try_shuffled: pack $work/shuffled.elf and boot it
try_shuffled() {
	"$bzboot" pack "$work/shuffled.elf" -o "$work/shuffled.efi" --level 3 --quiet ||
		fault "pack ended with $?"
	try "$work/shuffled.elf" "$work/shuffled.efi" "$root"
	grep -v '^slide=' "$work/report" | diff "$work/control" - >"$work/diff"
}

# works SEED: one test: the kernel in that order reports the same as the control
works() {
	shuffle "$1"
	try_shuffled || fault "the control (<) and this kernel (>): $(cut -c 1-300 "$work/diff")"
	starts_next
	finish_boot "$name, seed $1: all works as in the control"
}

# works_at_boot: one test: the kernel that the stub has shuffled reports the same as the control, but
# that no file has its addresses; adds the first address that is another one to orders
orders=()
works_at_boot() {
	pack "shuffle-$name-boot" "$vmlinux" --shuffle
	try "$vmlinux" "$boot/shuffle-$name-boot.efi" "$root"
	expect "kallsyms_addresses=* is at *"
	orders+=("$(grep '^kallsyms_addresses=' "$work/report")")
	grep -vE '^(slide|kallsyms_addresses)=' "$work/report" |
		diff <(grep -v '^kallsyms_addresses=' "$work/control") - >"$work/diff" ||
		fault "the control (<) and this kernel (>): $(cut -c 1-300 "$work/diff")"
	starts_next
	finish_boot "$name, shuffled at boot: all works as in the control"
}

# --- what the checks notice

# offset_of SYMBOL: its place in the file, which is the same before and after
offset_of() {
	local address kind offset start size
	address=$(nm "$vmlinux" | awk -v name="$1" '$3 == name { print "0x" $1 }')
	while read -r kind offset start _ size _; do
		if [ "$kind" = LOAD ] && ((address >= start && address <= start + size)); then
			echo $((offset + address - start))
			return
		fi
	done < <(readelf -lW "$vmlinux")
}

# unfix START STOP: put into $work/shuffled.elf what the original has between these symbols
unfix() {
	local start size
	start=$(offset_of "$1")
	size=$(($(offset_of "$2") - start))
	[ "$size" -gt 0 ] || fault "nothing from $1 to $2"
	dd if="$vmlinux" of="$work/shuffled.elf" bs=64K skip="$start" seek="$start" count="$size" \
		iflag=skip_bytes,count_bytes oflag=seek_bytes conv=notrunc status=none
}

# notices WHAT PATTERN START STOP: one test: if a table stays as it was, the report differs in a
# line with this pattern
notices() {
	shuffle 1
	unfix "$3" "$4"
	if try_shuffled; then
		fault "no check notices it"
	elif ! grep -qE "$2" "$work/diff"; then
		fault "not '$2': $(cut -c 1-200 "$work/diff")"
	fi
	finish "$name, $1 as before: noticed"
}

# --- Debian's kernel

series=6.1-cloud
kernel=$(tools/kernel.sh $series-dbg)
release=${kernel%-dbg_*}
files=$work/$series
nothing=$work/nothing
mkdir "$files" "$nothing"
put_modules "$files" "${release##*/linux-image-}"
cp "$boot/testkernel.efi" "$files/next"
callers="ksys_read do_syscall_64 entry_SYSCALL_64_after_hwframe"
offsets="ksys_read+0x* do_syscall_64+0x* entry_SYSCALL_64_after_hwframe+0x*"
control $series "$kernel" "$files" efault=340 kallsyms_order=ascending \
	"kallsyms_addresses=of the file" "stack_self=*vfs_read+0x* $offsets" \
	"stack_init=do_wait+0x*" "stack_kthreadd=kthreadd+0x* ret_from_fork+0x*" stacks_cut=0 \
	"sysrq_l=*write_sysrq_trigger*ksys_write ${callers#* }" sysrq_t_cut= "functions=[1-9]*" \
	"traced=vfs_read <-ksys_read vfs_write <-ksys_write" traced_alone=0 \
	"traced_stack=vfs_read $callers" "graph=rw_verify_area() vfs_read()" kprobes=48 \
	"kprobe_inside=inside: (vfs_read+0x5/" "kretprobe=r_vfs_read: (ksys_read+0x*" \
	"blacklist=[1-9]*" \
	"modules=${#modules[@]}" ext4=ok overlay=ok network=ok pktgen=ok \
	"warning=fs/proc/generic.c:* proc_register+0x*" \
	"warning_trace=proc_create_data pktgen_thread_write *ksys_write ${callers#* }"
works_at_boot
if [ "${1-}" = --all ]; then
	works_at_boot
	[ "${orders[0]}" != "${orders[1]}" ] || fault "both boots say ${orders[0]}"
	finish "$name, shuffled at boot: another order each time"
	for seed in 1 2 3 4 5 6 7 8 9 a; do
		works $seed
	done
	notices "the exception table" '^< efault=' __start___ex_table __stop___ex_table
	notices __mcount_loc '^> functions=' __start_mcount_loc __stop_mcount_loc
	notices "the unwinder's table" '^> stack_self=' __start_orc_unwind __stop_orc_unwind
	notices "the table of BUG and WARN" '^[<>] warning=' __start___bug_table __stop___bug_table
	notices "the addresses of kallsyms" '^> kallsyms_addresses=' \
		kallsyms_offsets kallsyms_relative_base
	notices "the blacklist of kprobes" '^> blacklist=' \
		__start_kprobe_blacklist __stop_kprobe_blacklist
	# Kernels built here, without modules, sockets, filters of the tracer in 6.12, kprobes in tracefs
	for config in 6.12/smp 7.2/smp; do
		control "${config/\//-}" "$(tools/linux.sh $config)/result/vmlinux" "$nothing" \
			efault=300 kallsyms_order=ascending "kallsyms_addresses=of the file" \
			"stack_self=proc_pid_stack+0x* $offsets" "stack_init=do_wait+0x*" \
			"stack_kthreadd=kthreadd+0x* ret_from_fork_asm+0x*" stacks_cut=0 \
			"traced=vfs_read <-ksys_read vfs_write <-ksys_write"
		works 1
	done
fi
plan
