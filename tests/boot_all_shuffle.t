#!/usr/bin/env bash
# SPDX-License-Identifier: BSD-2-Clause
#
# A kernel whose functions are in another order works wherever Linux needs to know where a function
# is: exceptions, names, stacks, tracers, probes, modules, warnings, kexec.
#
#   tests/boot_all_shuffle.t		Debian's 6.1, which the stub shuffles
#   tests/boot_all_shuffle.t --all	twice, to another order; ten seeds, when packing; livepatch and
#					crashes; mitigations of two processors; kernels built here, which
#					have fewer of these; and kernels with a table left as it was: a
#					check notices each
#
# Left out: lkdtm for Debian's, which lacks it (modules provoke a WARN, a BUG and a fault of the kernel
# instead); a crash by sysrq, because kexec comes last, and a crash prints what the WARN does.
. tests/shuffle.sh
need mke2fs

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

# --- Debian's kernel

series=6.1-cloud
kernel=$(tools/kernel.sh $series-dbg)
release=${kernel%-dbg_*}
files=$work/$series
nothing=$work/nothing
mkdir "$files" "$nothing"
put_modules "$files" "${release##*/linux-image-}"
cp "$boot/testkernel.efi" "$files/next"
more=()
if [ "${1-}" = --all ]; then
	debian_headers "${release##*/linux-image-}"
	put_more "$headers" "$files" livepatch crash
	guest_cmdline=$cmdline_of_crashes
	# Of eight functions of one name, those whose devices this machine has
	more=("${livepatched[@]}" "partner=*2 partner: (fifo_open+0x*" "${crashed[@]}" livepatch_1=pci livepatch_2=acpi
		livepatch_5=platform livepatch_8=serio livepatch_positions=8)
fi
callers="ksys_read do_syscall_64 entry_SYSCALL_64_after_hwframe"
control $series "$kernel" "$files" efault=340 kallsyms_order=ascending \
	"kallsyms_addresses=of the file" "stack_self=*vfs_read+0x* $offsets" \
	"stack_init=do_wait+0x*" "stack_kthreadd=kthreadd+0x* ret_from_fork+0x*" stacks_cut= \
	"sysrq_l=*write_sysrq_trigger*ksys_write ${callers#* }" sysrq_t_cut= "functions=[1-9]*" \
	"traced=vfs_read <-ksys_read vfs_write <-ksys_write" traced_alone=0 \
	"traced_stack=vfs_read $callers" "graph=rw_verify_area() vfs_read()" kprobes=48 \
	"kprobe_inside=inside: (vfs_read+0x5/" "kretprobe=r_vfs_read: (ksys_read+0x*" \
	"blacklist=[1-9]*" \
	"modules=${#modules[@]}" ext4=ok overlay=ok network=ok pktgen=ok \
	"warning=fs/proc/generic.c:* proc_register+0x*" \
	"warning_trace=proc_create_data pktgen_thread_write *ksys_write ${callers#* }" \
	${more[@]+"${more[@]}"}
works_at_boot
if [ "${1-}" = --all ]; then
	works_at_boot
	[ "${orders[0]}" != "${orders[1]}" ] || fault "both boots say ${orders[0]}"
	finish "$name, shuffled at boot: another order each time"
	works 1 2 3 4 5 6 7 8 9 a
	notices "the exception table" '^< efault=' __start___ex_table __stop___ex_table
	notices __mcount_loc '^> functions=' __start_mcount_loc __stop_mcount_loc
	notices "the unwinder's table" '^> stack_self=' __start_orc_unwind __stop_orc_unwind
	notices "the table of BUG and WARN" '^[<>] warning=' __start___bug_table __stop___bug_table
	notices "the addresses of kallsyms" '^> kallsyms_addresses=' \
		kallsyms_offsets kallsyms_relative_base
	notices "the numbers of names" '^> kprobes=0' kallsyms_seqs_of_names kallsyms_token_table
	notices "the blacklist of kprobes" '^> blacklist=' \
		__start_kprobe_blacklist __stop_kprobe_blacklist
	# The mitigations of other processors than QEMU's own, in which calls and returns are others; two of them
	guest_arguments=(--cpu EPYC --cpus 2)
	control $series-EPYC "$kernel" "$nothing" processors=2 efault=340 "spectre_v2=Mitigation: Retpolines*" \
		"retbleed=Mitigation: untrained return thunk*" \
		"spec_rstack_overflow=Mitigation: safe RET*"
	works 1
	guest_arguments=(--cpu Cascadelake-Server --cpus 2)
	guest_cmdline+=" spectre_v2=retpoline"
	control $series-Cascadelake "$kernel" "$nothing" processors=2 efault=340 \
		"spectre_v2=Mitigation: Retpolines*" \
		"indirect_target_selection=Mitigation: Aligned branch/return thunks"
	works 1
	guest_arguments=()
	# Kernels built here, without modules, sockets, filters of the tracer in 6.12, kprobes in tracefs
	for config in 6.12/smp 6.12/sections 7.2/smp 7.2/lld 7.2/lto; do
		control "${config/\//-}" "$(tools/linux.sh $config)/result/vmlinux" "$nothing" \
			efault=300 kallsyms_order=ascending "kallsyms_addresses=of the file" \
			"stack_self=proc_pid_stack+0x* $offsets" "stack_init=do_wait+0x*" \
			"stack_kthreadd=kthreadd+0x* ret_from_fork_asm+0x*" stacks_cut= \
			"traced=vfs_read <-ksys_read vfs_write <-ksys_write"
		works 1 2 3 4 5 6 7 8 9 a
	done

	# clang and LLD. The kernel rewrites hashes, calls and prefixes of functions when it boots;
	# FineIBT checks them even on a processor without IBT, such as QEMU's.
	declare -A said=([kcfi]="rehashed retpoline kCFI" [fineibt]="FineIBT CFI")
	for mode in kcfi fineibt; do
		guest_cmdline="$cmdline_of_crashes cfi=$mode"
		control "7.2-$mode" "$(tools/linux.sh 7.2/cfi)/result/vmlinux" "$nothing" \
			"cfi=${said[$mode]}" efault=300 kallsyms_order=ascending "kallsyms_addresses=of the file" \
			"stack_self=proc_pid_stack+0x* $offsets" stacks_cut= "functions=[1-9]*" \
			"traced=vfs_read <-ksys_read vfs_write <-ksys_write" \
			"graph=*vfs_read()*" "kprobes=[1-9]*" "blacklist=[1-9]*" \
			"lkdtm_warning=lkdtm_WARNING+0x*" "lkdtm_EXCEPTION=lkdtm_EXCEPTION+0x*" \
			"lkdtm_BUG=lkdtm_BUG+0x*" "lkdtm_cfi=lkdtm_*+0x* lkdtm_increment_int+0x*"
		works 1 2 3 4 5 6 7 8 9 a
		works_at_boot
	done
	notices "the table of hashes" '^< lkdtm_cfi=' __cfi_sites __cfi_sites_end
fi
plan
