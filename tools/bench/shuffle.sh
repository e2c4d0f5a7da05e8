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

# see_to_messages: the guest that passes messages, and the caches that it is seen by
see_to_messages() {
	gcc -O2 -shared -fPIC -o "$work/cachecount.so" tools/cachecount.c
	mkdir -p "$work/messages/dev"
	gcc -O2 -static -o "$work/messages/init" tools/bench/messages.c
	(cd "$work/messages" && find . | cpio -o -H newc --quiet --owner 0:0) >"$work/messages.cpio"
}

# passed IMAGE CMDLINE: a line of tools/cachecount.c. Time is counted in instructions, so that the timer
# interrupts all runs alike.
passed() {
	rm -f "$work/caches"
	ovmf/run.sh --kernel "$1" --initrd "$work/messages.cpio" --timeout 900 --log "$work/log" \
		--cmdline "console=ttyS0 no_timer_check $2" -- \
		-icount shift=1,sleep=off -plugin "$work/cachecount.so,out=$work/caches" || true
	[ -s "$work/caches" ] || fail "$1 did not pass its messages"
	cat "$work/caches"
}

# run_time: the table of what a shuffled kernel costs when it runs
run_time() {
	local plain units seed
	see_to_messages
	plain=$(passed "$work/functions.efi" noshuffle)
	for units in functions objects; do
		for seed in 1 2 3; do
			echo "$units, seed $seed=$(passed "$work/$units.efi" bzboot.seed=$seed)"
		done
	done | awk -F '[ =]' -v plain="$plain" '
		BEGIN {
			count = split(plain, first)
			print "| order | instructions | L1i misses | iTLB misses, 2 MiB | iTLB misses, 4 KiB | lines | pages |"
			print "|---|---:|---:|---:|---:|---:|---:|"
			printf "| `noshuffle` |"
			for (i = 2; i <= count; i += 2)
				printf " %d |", first[i]
			print ""
		}
		{
			name = $0
			sub(/=.*/, "", name)
			sub(/^[^=]*=/, "")
			printf "| %s |", name
			for (i = 2; i <= count; i += 2)
				printf " %d (%.3f) |", $i, first[i] ? $i / first[i] : 1
			print ""
		}'
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

	The kernel at run time, while processes in a ring pass a message on, by pipes and sockets in turn
	(\`tools/bench/messages.c\`): what it executes, and misses in simulated caches (\`tools/cachecount.c\`): an L1
	cache of 32 KiB, 8 ways; translations for pages of 2 MiB, 8 entries, as Linux maps its text; and 64 for
	pages of 4 KiB, as if it were mapped by these. Ratios to \`noshuffle\` are in parentheses; lines of 64 bytes
	and pages of 4 KiB are those that were used at all.

	$(run_time)
	END
}
