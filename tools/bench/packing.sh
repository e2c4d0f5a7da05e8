# SPDX-License-Identifier: BSD-2-Clause
# shellcheck shell=bash
# Time and memory for packing: beside the codec's own program, for the same bytes, and by the size
# of the ELF and the number of fields that move

packing_kernel=6.12-cloud
packing_rounds=3
packing_short=5	# times that a round repeats what takes less than a second: the first times are slower
packing_pairs=(
	"--fast:zstd -3 --single-thread"
	"--level 19:zstd -19 --single-thread"
	"--level 22:zstd -22 --ultra --single-thread"
	"--compress xz:xz -8 -T1"
	"--compress lz4:lz4 -l -9"
	"--compress gzip:gzip -9"
)

# Megabytes and fields of each ELF; the two that grow have the same start.
growth_sizes=(10:10000 50:10000 200:10000 800:10000)
growth_fields=(100:10000 100:100000 100:1000000 100:5000000)

# cost COMMAND...: run it; "SECONDS CPU-SECONDS PEAK-KIB"
cost() {
	/usr/bin/time -o "$work/time" -f '%e %U %S %M' "$@" >/dev/null 2>"$work/log" ||
		{ cat "$work/log" >&2 && fail "$* ended with $?"; }
	awk '{ print $1, $2 + $3, $4 }' "$work/time"
}

# pack_cost INPUT OPTION...
pack_cost() {
	cost "$BZBOOT" pack "$1" -o "$work/image.efi" "${@:2}"
}

# peer_cost FILE COMMAND: with FILE as its input
peer_cost() {
	cost bash -c "exec $2 <'$1' >'$work/stream'"
}

# packing_round ELF: "NAME<tab>WHO<tab>" and the cost of each
packing_round() {
	local pair options times
	for pair in "${packing_pairs[@]}"; do
		options=${pair%%:*}
		say "packing, and ${pair#*:}"
		times=1
		[[ $options != @(--fast|*lz4) ]] || times=$packing_short
		for ((; times > 0; times--)); do
			# shellcheck disable=SC2086 # words
			printf '%s\tbzboot\t%s\n' "$options" "$(pack_cost "$1" $options)"
			printf '%s\tpeer\t%s\n' "$options" "$(peer_cost "$1" "${pair#*:}")"
		done
	done
	for ((times = packing_short; times > 0; times--)); do
		printf 'vmlinuz\tbzboot\t%s\n' "$(pack_cost "$(vmlinuz $packing_kernel)" --fast)"
	done
}

# least_costs: of the rounds on standard input, in the order of names: name, then seconds, CPU
# seconds and KiB of bzboot, and seconds, CPU seconds and KiB of its peer
least_costs() {
	awk -F'\t' -v OFS='\t' '
		{
			split($3, cost, " ")
			if (!($1 in seen)) { seen[$1]; name[++names] = $1 }
			for (i = 1; i <= 3; i++)
				if (!(($1, $2, i) in least) || cost[i] < least[$1, $2, i])
					least[$1, $2, i] = cost[i]
		}
		END {
			for (n = 1; n <= names; n++) {
				line = name[n]
				for (who = 1; who <= 2; who++)
					for (i = 1; i <= 3; i++)
						line = line OFS least[name[n], who == 1 ? "bzboot" : "peer", i]
				print line
			}
		}'
}

# peer_of OPTIONS
peer_of() {
	local pair
	for pair in "${packing_pairs[@]}"; do
		[ "${pair%%:*}" != "$1" ] || echo "${pair#*:}"
	done
}

# packing_table: of the figures
packing_table() {
	local name seconds cpu peak peer_seconds peer_cpu peer_peak
	while IFS=$'\t' read -r name seconds cpu peak peer_seconds peer_cpu peer_peak; do
		[ -n "$peer_seconds" ] || continue
		printf '| `%s` | `%s` | %s | %s | %s | %s | %s | %s | %d | %d |\n' "$name" \
			"$(peer_of "$name")" "$seconds" "$peer_seconds" "$(ratio "$seconds" "$peer_seconds")" \
			"$cpu" "$peer_cpu" "$(ratio "$cpu" "$peer_cpu")" $((peak / 1024)) \
			$((peer_peak / 1024))
	done <"$(figures packing)"
}

# packing_steps ELF OPTION...: the lines of --verbose, as rows
packing_steps() {
	"$BZBOOT" pack "$1" -o "$work/image.efi" --verbose "${@:2}" 2>&1 >/dev/null | sed -n -E \
		's/^bzboot: (.*): ([0-9.]+) s, ([0-9.]+) s of CPU time.*/| \1 | \2 | \3 |/p'
}

# --- growth --------------------------------------------------------------------------------

# growing_elf ELF MEGABYTES FIELDS: make $work/growing, a position-independent executable of that
# size: the bytes of ELF, repeated, and that number of fields that move
growing_elf() {
	local bytes=$(($2 * 1000000 - $3 * 8))
	while cat "$1"; do :; done 2>"$work/log" | head -c "$bytes" >"$work/bytes" || true
	cat >"$work/growing.S" <<-END
		.globl _start
		.text
	_start:	jmp	_start
		.data
		.balign	8
		.rept	$3
		.quad	_start
		.endr
		.incbin	"$work/bytes"
	END
	gcc -c "$work/growing.S" -o "$work/growing.o"
	ld -pie --no-dynamic-linker -z pack-relative-relocs -z max-page-size=0x1000 \
		-Ttext-segment=0x1000000 -o "$work/growing" "$work/growing.o"
	rm "$work/bytes" "$work/growing.o"
}

# growth ELF MEGABYTES:FIELDS...: "MEGABYTES<tab>FIELDS<tab>" and CPU seconds and KiB of pack, and CPU
# seconds of zstd
growth() {
	local row ours theirs
	for row in "${@:2}"; do
		say "growth: ${row%:*} MB, ${row#*:} fields"
		growing_elf "$1" "${row%:*}" "${row#*:}"
		ours=$(pack_cost "$work/growing" --fast)
		theirs=$(peer_cost "$work/growing" "zstd -3 --single-thread")
		awk -v OFS='\t' -v mb="${row%:*}" -v fields="${row#*:}" -v ours="$ours" \
			-v theirs="$theirs" 'BEGIN {
				split(ours, a, " "); split(theirs, b, " ")
				print mb, fields, a[2], a[3], b[2]
			}'
	done
}

# growth_table FIGURES
growth_table() {
	awk -F'\t' '{ printf "| %d | %d | %.2f | %.2f | %.1f | %.1f | %.2f |\n", $1, $2, $3, $5,
		1000 * $3 / $1, 1000 * $5 / $1, $4 * 1024 / 1e6 / $1 }' "$(figures "$1")"
}

# growth_bars FIGURES: lines for bars.awk; labels have the fields if they grow
growth_bars() {
	awk -F'\t' -v OFS='\t' -v figures="$1" '{
		label = $1 " MB" (figures == "growth_fields" ? ", " $2 " fields" : "")
		print label, "bzboot", sprintf("%.1f", 1000 * $3 / $1)
		print "", "zstd -3", sprintf("%.1f", 1000 * $5 / $1)
	}' "$(figures "$1")"
}

bench_growth() {
	growth "$1" "${growth_sizes[@]}" >"$(figures growth)"
	growth "$1" "${growth_fields[@]}" >"$(figures growth_fields)"
	{
		growth_bars growth
		growth_bars growth_fields
	} | tools/bench/bars.awk -v "title=Packing with --fast, by size and by fields that move" \
		-v "measure=CPU milliseconds per MB of ELF" -v unit=ms >docs/bench-growth.svg
}

# bench_packing: the section
bench_packing() {
	local elf
	elf=$(payload_elf $packing_kernel)
	for ((i = 0; i < packing_rounds; i++)); do
		packing_round "$elf"
	done | least_costs >"$(figures packing)"
	printf 'elf\t%s\n' "$(size_of "$elf")" >>"$(figures packing)"
	bench_growth "$elf"
	cat <<-END
	## Packing

	\`bzboot pack\` beside the codec's own program on one thread, for the same bytes: the ELF with
	the relocations of Debian's $packing_kernel kernel ($(size_of "$elf") bytes), which is what an
	image compresses. The least of $packing_rounds rounds, in turn, on $(nproc) processors; peak memory in MiB.
	\`--fast\` for the vmlinuz: $(figure packing '$1 == "vmlinuz"' '$2') seconds, $(figure packing '$1 == "vmlinuz"' '$3') of CPU time.

	| bzboot pack | beside | seconds | its | ratio | CPU seconds | its | ratio | peak | its |
	|---|---|---:|---:|---:|---:|---:|---:|---:|---:|
	END
	packing_table
	cat <<-END

	The steps of \`--fast\` and of the default, by \`--verbose\`, of one run:

	| step | seconds | CPU seconds |
	|---|---:|---:|
	END
	packing_steps "$elf" --fast
	cat <<-END

	| step | seconds | CPU seconds |
	|---|---:|---:|
	END
	packing_steps "$elf"
	cat <<-END

	Growth: an executable of the bytes of that ELF, again and again, with fields that move; \`--fast\`, and
	\`zstd -3\` on one thread for the same file. Peak memory is in bytes per byte of the file.

	| MB | fields | CPU seconds | its | CPU ms per MB | its | peak |
	|---:|---:|---:|---:|---:|---:|---:|
	END
	growth_table growth
	growth_table growth_fields
	cat <<-END

	![CPU milliseconds per MB of ELF; less is better](bench-growth.svg)
	END
}
