# SPDX-License-Identifier: BSD-2-Clause
# shellcheck shell=bash
# Another order of functions at each boot: the size of the unit table, and the work of the stub

# until_shuffled IMAGE CMDLINE: millions of instructions from the stub's entry to the kernel's
until_shuffled() {
	local stub kernel elf=$work/shuffled.elf
	"$BZBOOT" extract "$1" -o "$elf" >/dev/null
	stub=$(straight "$1" "$(field .pe.entry "$1")")
	kernel=$(straight "$elf" "$(field '.elf | .gap as $gap | "(\(.entry)) - (\(.load_address)) + \($gap)"' "$1")")
	rm -f "$work/points"
	ovmf/run.sh --kernel "$1" --initrd "$work/initrd" --cmdline "console=ttyS0 $2" --timeout 600 \
		--log "$work/log" -- \
		-plugin "$work/bootcount.so,stub=$stub,kernel=$kernel,end=kernel,out=$work/points" ||
		true	# the points reached are checked here
	grep -qs '^kernel' "$work/points" || fail "$1 did not reach its kernel"
	between insns 1e6
}

# seconds_of COMMAND...: of a processor, and the most memory in MiB
seconds_of() {
	"$@" -v 2>&1 >/dev/null |
		sed -nE 's/.*all: [^,]*, ([0-9.]+) s of CPU time, at most ([0-9]+) MiB.*/\1 \2/p'
}

# bench_shuffle: the section
bench_shuffle() {
	local vmlinux plain=$work/plain.efi image=$work/shuffle.efi
	local without with shuffled verified
	vmlinux=$(tools/kernel.sh 6.1-cloud-dbg)
	see_to_boots
	say "packing 6.1-cloud, plain and to be shuffled"
	"$BZBOOT" pack -q "$vmlinux" -o "$plain" >/dev/null
	"$BZBOOT" pack -q "$vmlinux" -o "$image" --shuffle >/dev/null
	without=$(until_shuffled "$image" noshuffle)
	with=$(until_shuffled "$image" bzboot.seed=1)
	shuffled=$(seconds_of "$BZBOOT" shuffle "$vmlinux" -o "$work/shuffled.elf" --seed 1)
	verified=$(seconds_of "$BZBOOT" shuffle --verify "$vmlinux" "$work/shuffled.elf")
	cat <<-END
	## Shuffling

	Debian's $(field .bzimage.version_string "$image" | cut -d ' ' -f 1), zstd: \`pack --shuffle\` beside \`pack\`. One processor shuffles. The goals are 2.7 % of the image, 100 million instructions, and 3 s
	and 1.5 GiB for \`bzboot shuffle\` without its verification, 10 s with it.

	| | |
	|---|---:|
	| units; bits of entropy | $(field '.elf.units | "\(.count); \(.entropy)"' "$image") |
	| the unit table, bytes | $(field .elf.units.table_size "$image") |
	| the image, bytes: without it, with it | $(size_of "$plain"), $(size_of "$image") |
	| of the image | $(awk "BEGIN { printf \"%.1f %%\", 100 * ($(size_of "$image") / $(size_of "$plain") - 1) }") |
	| init_size, MiB: without, with | $(($(field .bzimage.init_size "$plain") >> 20)), $(($(field .bzimage.init_size "$image") >> 20)) |
	| instructions to the kernel's entry, millions: with \`noshuffle\`, shuffled | $without, $with |
	| of which to shuffle | $(awk "BEGIN { printf \"%.1f\", $with - $without }") |
	| \`bzboot shuffle\`, with the verification: s of a processor, MiB | ${shuffled/ /, } |
	| \`bzboot shuffle --verify\`: s of a processor, MiB | ${verified/ /, } |
	END
}
