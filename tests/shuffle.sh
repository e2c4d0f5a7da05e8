# SPDX-License-Identifier: BSD-2-Clause
# shellcheck shell=bash
#
# Boots of shuffled kernels whose guest (tests/shuffle/guest.sh) uses all that Linux knows of where its
# functions are, and reports the same for the kernel as it was, which is the control, and for the
# shuffled one. Sourced by tests/boot_all_shuffle*.t.
# shellcheck source=tests/boot.sh
. tests/boot.sh
need gcc nm readelf kexec cpio ldd

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
for program in bad_pointers kallsyms; do
	gcc -O2 -static "tests/shuffle/$program.c" -o "$work/$program"
done
pack testkernel "$testkernel"

# shellcheck disable=SC2034 # for the tests; what each control reports
offsets="ksys_read+0x* do_syscall_64+0x* entry_SYSCALL_64_after_hwframe+0x*"

# The test may set others: where the guest provokes crashes, an oops is not the end.
cmdline_of_crashes="console=ttyS0 no_timer_check panic=-1"
guest_cmdline="$cmdline_of_crashes oops=panic"
guest_arguments=()

# build_module TREE FOLDER: $work/NAME.ko, of the module in this folder, for the kernel of this tree
build_module() {
	local copy=$work/module
	rm -rf "$copy"
	cp -r "$2" "$copy"
	make -C "$1" M="$copy" modules >"$work/make.log" 2>&1 ||
		fail "$2: $(tail -n 5 "$work/make.log")"
	mv "$copy"/*.ko "$work"
}

# debian_headers RELEASE: set headers to a tree in which modules for Debian's kernel of this release can
# be built; its packages expect to be in /usr
debian_headers() {
	local version=${1%-cloud-amd64} package
	mkdir "$work/headers"
	for package in "headers-$1" "headers-${version}-common" "kbuild-${version%.*}"; do
		package=$(tools/unpacked.sh "linux-$package/bookworm-security" ||
			tools/unpacked.sh "linux-$package/bookworm")
		cp -r "$package/usr" "$work/headers"
	done
	headers=$work/headers/usr/src/linux-headers-$1
	sed -i "s|/usr/src|$work/headers&|" "$headers/Makefile"
}

# put_more TREE ROOT NAME...: for each, the script tests/shuffle/NAME.sh, which the guest runs, too, and the
# module in tests/shuffle/NAME
put_more() {
	local more
	mkdir -p "$2/more"
	for more in "${@:3}"; do
		build_module "$1" "tests/shuffle/$more"
		cp "$work/bzboot_$more.ko" "$2"
		cp "tests/shuffle/$more.sh" "$2/more"
		echo "$more" >>"$2/more/order"
	done
}

# shellcheck disable=SC2034 # for the tests: what controls report of tests/shuffle/livepatch.sh. A task that
# sleeps in the function, with a kretprobe or without, cannot go over to the livepatch; one that sleeps
# elsewhere can.
livepatched=(refusing= refusing_after=
	"asleep_stack=wait_for_partner+0x* fifo_open+0x* *entry_SYSCALL_64_after_hwframe+0x*"
	asleep_transition=1 asleep_state=0 asleep_fails=ok
	elsewhere_transition=0 elsewhere_state=-1
	"probed_stack=wait_for_partner+0x* fifo_open+0x* *entry_SYSCALL_64_after_hwframe+0x*"
	probed_transition=1 probed_state=0 probed_fails=ok
	probed_elsewhere_transition=0 probed_elsewhere_state=-1)

# shellcheck disable=SC2034 # and of tests/shuffle/crash.sh: the status of a process that was killed is
# 128 + signal
crashed=(crash_WARNING=0 "crash_WARNING_message=WARNING: * at lib/refcount.c:* refcount_warn_saturate+0x*"
	"crash_WARNING_trace=provoke *ksys_write do_syscall_64 entry_SYSCALL_64_after_hwframe"
	crash_BUG=139 "crash_BUG_message=kernel BUG at fs/inode.c:*" "crash_BUG_rip=iput+0x*"
	"crash_BUG_trace=provoke *ksys_write do_syscall_64 entry_SYSCALL_64_after_hwframe"
	crash_EXCEPTION=137 "crash_EXCEPTION_message=BUG: kernel NULL pointer dereference*"
	"crash_EXCEPTION_rip=strlen+0x0 *"
	"crash_EXCEPTION_trace=provoke *ksys_write do_syscall_64 entry_SYSCALL_64_after_hwframe")

# try VMLINUX IMAGE ROOT: boot the image, packed from VMLINUX, with the files in ROOT, and leave the
# lines of the guest in $work/report
try() {
	local tree=$work/tree
	rm -rf "$tree"
	cp -r "$3" "$tree"
	nm "$1" >"$tree/symbols"
	initramfs_of "$tree" "$work/initramfs" kexec "$work/bad_pointers" "$work/kallsyms" \
		< <(cat tests/shuffle/{start,guest}.sh)
	start --kernel "$2" --initrd "$work/initramfs" --timeout 600 --cmdline "$guest_cmdline" \
		${guest_arguments[@]+"${guest_arguments[@]}"}
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

# works SEED...: one test for each: the kernel in that order reports the same as the control
works() {
	local seed
	for seed; do
		shuffle "$seed"
		try_shuffled ||
			fault "the control (<) and this kernel (>): $(cut -c 1-300 "$work/diff")"
		starts_next
		finish_boot "$name, seed $seed: all works as in the control"
	done
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
# line with this pattern. Such a kernel may not even end.
notices() {
	local differs=
	shuffle 1
	unfix "$3" "$4"
	try_shuffled || differs=yes
	[[ ${faults[*]-} != "run.sh ended with 124"* ]] || faults=()
	if [ -z "$differs" ]; then
		fault "no check notices it"
	elif ! grep -qE "$2" "$work/diff"; then
		fault "not '$2': $(cut -c 1-200 "$work/diff")"
	fi
	finish "$name, $1 as before: noticed"
}
