# SPDX-License-Identifier: BSD-2-Clause
# shellcheck shell=bash
# CPU time of the commands that read images, beside the usual programs for the same work

commands_kernel=6.12-cloud

# commands_inputs: $work/small and $work/large, images signed by $work/db.key; noise of these sizes
commands_inputs() {
	local vmlinuz name
	gcc -std=gnu17 -D_GNU_SOURCE -O2 -Wall -Wextra tools/bench/cpu.c -o "$work/cpu"
	openssl req -x509 -newkey rsa:2048 -nodes -keyout "$work/db.key" -out "$work/db.pem" \
		-days 3650 -subj /CN=bench 2>/dev/null
	vmlinuz=$(vmlinuz "$commands_kernel")
	cp "$vmlinuz" "$work/small"
	say "packing $commands_kernel with an initrd of 255 MB"
	head -c 255M /dev/urandom >"$work/initrd.large"
	"$BZBOOT" pack "$vmlinuz" -o "$work/large" --level 3 --initrd "$work/initrd.large" >/dev/null
	rm "$work/initrd.large"
	for name in small large; do
		"$BZBOOT" sign "$work/$name" -o "$work/$name.signed" \
			--key "$work/db.key" --cert "$work/db.pem" 2>/dev/null
		head -c "$(size_of "$work/$name")" /dev/urandom >"$work/$name.noise"
	done
	extract_vmlinux=$(tools/linux.sh source)/scripts/extract-vmlinux
}

# commands_agree NAME: both sides do the same work
commands_agree() {
	local image=$work/$1.signed
	[ "$("$BZBOOT" hash "$image" | cut -d ' ' -f 1)" = \
		"$(pesign -h -i "$image" | grep -o '[0-9a-f]\{64\}')" ] ||
		fail "pesign prints another digest of $1"
	sbverify --cert "$work/db.pem" "$image" >/dev/null 2>&1 || fail "sbverify refuses $1"
	"$BZBOOT" verify --cert "$work/db.pem" "$image" >/dev/null || fail "verify refuses $1"
	"$BZBOOT" extract "$image" -o "$work/ours.elf"
	sh "$extract_vmlinux" "$image" | cmp -s - "$work/ours.elf" ||
		fail "extract-vmlinux finds another kernel in $1"
}

# compared COMMAND SIZE ROUNDS AT-MOST PEER -- OURS... -- THEIRS...: a line of figures
compared() {
	local times
	say "$1, $2"
	mapfile -t times < <("$work/cpu" "$3" "${@:7}")
	[ "${#times[@]}" -eq 2 ] || fail "$1 cannot be measured"
	printf '%s\t%s\t%s\t%s\t%s\t%s\n' "$1" "$2" "${times[0]}" "${times[1]}" "$4" "$5"
}

# commands_of NAME SIZE ROUNDS
commands_of() {
	local image=$work/$1.signed plain=$work/$1 keys=(--key "$work/db.key" --cert "$work/db.pem")
	compared hash "$2" "$3" 0.35 pesign -- "$BZBOOT" hash "$image" -- pesign -h -i "$image"
	compared verify "$2" "$3" 0.35 sbverify -- "$BZBOOT" verify "$image" --cert "$work/db.pem" -- \
		sbverify --cert "$work/db.pem" "$image"
	compared sign "$2" "$3" 0.6 sbsign -- "$BZBOOT" sign "$plain" "${keys[@]}" -o "$work/ours" -- \
		sbsign "${keys[@]}" --output "$work/theirs" "$plain"
	# shellcheck disable=SC2016 # arguments of the inner shell
	compared extract "$2" "$3" 0.25 extract-vmlinux -- \
		"$BZBOOT" extract "$image" -o "$work/ours.elf" -- \
		sh -c 'exec sh "$1" "$2" >"$3"' sh "$extract_vmlinux" "$image" "$work/theirs.elf"
	compared "extract, noise" "$2" 3 0.6 extract-vmlinux -- \
		"$BZBOOT" extract "$work/$1.noise" -o "$work/ours.elf" -- \
		sh "$extract_vmlinux" "$work/$1.noise"
	compared "info --headers" "$2" 101 2 "objdump -h" -- "$BZBOOT" info --headers "$image" -- \
		objdump -h "$image"
}

# processor: and whether it has instructions for what most of this time goes to
processor() {
	local sha=without
	! grep -qw sha_ni /proc/cpuinfo || sha=with
	echo "$(sed -n 's/^model name.*: //p; T; q' /proc/cpuinfo), $sha instructions for SHA"
}

# bench_commands: the section
bench_commands() {
	commands_inputs
	commands_agree small
	commands_agree large
	{
		commands_of small "11 MB" 21
		commands_of large "266 MB" 11
	} >"$(figures commands)"
	cat <<-END
	## Other commands

	CPU time, user and system, in milliseconds: the least of several runs, in turn
	(\`tools/bench/cpu.c\`). 11 MB: Debian's image of $commands_kernel. 266 MB: bzboot's image of the same
	kernel with an initrd of 255 MB, zstd at level 3. Noise: random bytes of the same sizes, in which
	there is no kernel. Both sides print the same digests and extract the same kernels. Peers:
	sbsigntool $(version sbsigntool), pesign $(version pesign), binutils $(version binutils),
	\`scripts/extract-vmlinux\` of Debian's linux-source. Processor: $(processor).

	| command | file | bzboot | peer | | ratio | at most | reached |
	|---|---|---:|---|---:|---:|---:|---|
	END
	awk -F'\t' '{ printf "| %s | %s | %.1f | %s | %.1f | %.3f | %s | %s |\n", $1, $2, $3, $6, $4,
			$3 / $4, $5, $3 / $4 <= $5 ? "yes" : "no" }' "$(figures commands)"
}
