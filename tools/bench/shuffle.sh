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

# row LABEL VALUE...: of the table
row() {
	printf '| %s' "$1"
	printf ' | %s' "${@:2}"
	echo ' |'
}

# bench_shuffle: the section
bench_shuffle() {
	local vmlinux plain=$work/plain.efi image units
	local without names=() counts=() entropies=() tables=() sizes=() shares=() with=() work_of=() shuffled=() verified=()
	vmlinux=$(tools/kernel.sh 6.1-cloud-dbg)
	see_to_boots
	say "packing 6.1-cloud, plain and to be shuffled"
	"$BZBOOT" pack -q "$vmlinux" -o "$plain" >/dev/null
	for units in functions objects; do
		image=$work/$units.efi
		"$BZBOOT" pack -q "$vmlinux" -o "$image" --shuffle --shuffle-units $units >/dev/null
		names+=("$units")
		counts+=("$(field .elf.units.count "$image")")
		entropies+=("$(field .elf.units.entropy "$image")")
		tables+=("$(field .elf.units.table_size "$image")")
		sizes+=("$(size_of "$image")")
		shares+=("$(awk "BEGIN { printf \"%.1f %%\", 100 * ($(size_of "$image") / $(size_of "$plain") - 1) }")")
		without=$(until_shuffled "$image" noshuffle)
		with+=("$without, $(until_shuffled "$image" bzboot.seed=1)")
		work_of+=("$(awk -F ', ' '{ printf "%.1f", $2 - $1 }' <<<"${with[-1]}")")
		shuffled+=("$(seconds_of "$BZBOOT" shuffle "$vmlinux" -o "$work/shuffled.elf" --seed 1 --units $units)")
		verified+=("$(seconds_of "$BZBOOT" shuffle --verify "$vmlinux" "$work/shuffled.elf")")
	done
	cat <<-END
	## Shuffling

	Debian's $(field .bzimage.version_string "$plain" | cut -d ' ' -f 1), zstd: \`pack --shuffle\` beside \`pack\`, whose image has $(size_of "$plain") bytes and an
	init_size of $(($(field .bzimage.init_size "$plain") >> 20)) MiB; with the table it is $(($(field .bzimage.init_size "$image") >> 20)) MiB. One processor shuffles. The goals are 2.7 % of the image, 100 million
	instructions, and 3 s and 1.5 GiB for \`bzboot shuffle\` without its verification, 10 s with it.

	$(row "\`--shuffle-units\`" "${names[@]}")
	|---|---:|---:|
	$(row units "${counts[@]}")
	$(row "bits of entropy" "${entropies[@]}")
	$(row "the unit table, bytes" "${tables[@]}")
	$(row "the image with it, bytes" "${sizes[@]}")
	$(row "of the image" "${shares[@]}")
	$(row "instructions to the kernel's entry, millions: with \`noshuffle\`, shuffled" "${with[@]}")
	$(row "of which to shuffle" "${work_of[@]}")
	$(row "\`bzboot shuffle\`, with the verification: s of a processor, MiB" "${shuffled[@]/ /, }")
	$(row "\`bzboot shuffle --verify\`: s of a processor, MiB" "${verified[@]/ /, }")
	END
}
