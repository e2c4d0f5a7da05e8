#!/usr/bin/env bash
# SPDX-License-Identifier: BSD-2-Clause
#
# bench.sh: measure an image of ours beside the distribution's own, for the same kernel and in
# one run, and print docs/benchmarks.md. Run by `make bench`.
set -euo pipefail
cd "${BASH_SOURCE[0]%/*}/.."

BZBOOT=${BZBOOT:-build/bzboot}
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

# field PATH IMAGE: one fact of an image
field() {
	"$BZBOOT" info --json "$2" | jq -r "$1"
}

# straight FILE OFFSET: the bytes of the instructions there, up to the first branch, in hex
straight() {
	objdump -D -b binary -m i386:x86-64 --start-address=$(($2)) \
		--stop-address=$(($2 + 40)) "$1" | awk -F'\t' '
		/^ *[0-9a-f]+:/ {
			if ($3 ~ /^(j|call|ret|lret|loop)/ || length(hex) >= 48) exit
			gsub(" ", "", $2); hex = hex $2
		}
		END { print hex }'
}

# elf_of IMAGE: decompress its payload to $work/elf; print the file offset of the kernel entry
elf_of() {
	dd if="$1" bs=4096 iflag=skip_bytes,count_bytes status=none \
		skip="$(field .payload.offset "$1")" \
		count="$(field .payload.compressed_size "$1")" | zstd -dcq >"$work/elf"
	field '.elf | .gap as $gap | "(\(.entry)) - (\(.load_address)) + \($gap)"' "$1"
}

# count IMAGE NAME: boot it under OVMF on one CPU; print millions of guest instructions from its
# PE entry to the kernel's entry
count() {
	local status=0
	ovmf/run.sh --kernel "$1" --initrd "$work/initrd" --cmdline console=ttyS0 --cpus 1 \
		--timeout 300 --log "$work/$2.log" -- \
		-plugin "$work/bootcount.so,stub=$(straight "$1" "$(field .pe.entry "$1")"),kernel=$kernel_entry,out=$work/$2.count" ||
		status=$?
	[ $status -eq 0 ] && grep -q userspace=reached "$work/$2.log" ||
		{ tail -n 30 "$work/$2.log" >&2; exit 1; }
	awk '{ sub("insns=", "", $2) }
		$1 == "stub" { start = $2 }
		$1 == "kernel" { printf "%.1f\n", ($2 - start) / 1e6; exit }' "$work/$2.count"
}

# ratio A B: A/B with three decimals
ratio() {
	awk "BEGIN { printf \"%.3f\", $1 / $2 }"
}

vmlinuz=$(tools/kernel.sh 6.12-cloud)
image=$work/image.efi
/usr/bin/time -o "$work/time" -f '%e %M' "$BZBOOT" pack "$vmlinuz" -o "$image" >/dev/null
read -r seconds peak_kib <"$work/time"

gcc -O2 -shared -fPIC -o "$work/bootcount.so" tools/bootcount.c
gcc -std=gnu17 -O2 -Iinclude -o "$work/bench_relocs" tools/bench_relocs.c formats/*.c
ovmf/initramfs.sh "$work/initrd"
entry=$(elf_of "$image")
kernel_entry=$(straight "$work/elf" "$entry")
read -r check_ms apply_ms < <("$work/bench_relocs" "$work/elf")
ours=$(count "$image" ours)
theirs=$(count "$vmlinuz" theirs)

size=$(stat -c %s "$image")
their_size=$(stat -L -c %s "$vmlinuz")
payload=$(field .payload.compressed_size "$image")
their_payload=$(field .payload.compressed_size "$vmlinuz")
elf=$(field .payload.size "$image")
fields=$(field '.elf.relocs | .count64 + .count32 + .count32_inverse' "$image")
tables=$(field '.elf.tables | .relr + .reld' "$image")
their_table=$(((fields + 3) * 4))
release=$(field .bzimage.version_string "$image" | cut -d ' ' -f 1)

cat <<EOF
# Benchmarks

Written by \`make bench\`, which measures everything in one run. The other side is always the distribution's own image of
the same kernel; both move the kernel by KASLR.

- Kernel: Debian's $release; the ELF in our image is $elf bytes.
- Machine: $(sed -n 's/^model name.*: //p; T; q' /proc/cpuinfo), $(nproc) CPUs; $(qemu-system-x86_64 --version | sed -n 's/.*version \([0-9.]*\).*/QEMU \1/p'), TCG, one guest CPU (\`-cpu max\`), OVMF $(dpkg-query -W -f '${Version}' ovmf).
- Guest instructions are counted by \`tools/bootcount.c\` from the first instruction of the PE entry to the first of the
  kernel. They repeat to about 0.1 %; seconds do not, and are those of one run.

| | bzboot | distribution | ratio |
|---|---|---|---|
| guest instructions, EFI entry to kernel entry (millions) | $ours | $theirs | $(ratio "$ours" "$theirs") |
| image (bytes) | $size | $their_size | $(ratio "$size" "$their_size") |
| compressed payload (bytes) | $payload | $their_payload | $(ratio "$payload" "$their_payload") |
| everything else: stub, setup, headers, padding (bytes) | $((size - payload)) | $((their_size - their_payload)) | $(ratio $((size - payload)) $((their_size - their_payload))) |
| relocations of $fields fields (bytes, not compressed) | $tables | $their_table | $(ratio "$tables" "$their_table") |

Packing, zstd level 19, one thread: $seconds s, peak memory $peak_kib KiB, $(ratio $((peak_kib * 1024)) "$elf") times the ELF.

Relocations on the host, by the library that the stub uses (\`tools/bench_relocs.c\`): $check_ms ms to check them, $apply_ms ms to
apply them.
EOF
