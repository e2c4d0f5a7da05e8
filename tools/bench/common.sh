# SPDX-License-Identifier: BSD-2-Clause
# shellcheck shell=bash
#
# common.sh: shared by the parts of bench.sh. The caller sets $work, a folder for this run; the
# parts write their figures to $results, in lines of fields separated by tabs.

say() {
	echo "bench.sh: $*" >&2
}

fail() {
	say "$@"
	exit 1
}

# field PATH IMAGE: one fact about an image
field() {
	"$BZBOOT" info --json "$2" | jq -r "$1"
}

size_of() {
	stat -L -c %s "$1"
}

# wrapped WIDTH: standard input in lines of at most WIDTH characters
wrapped() {
	fold -s -w "$1" | sed 's/ *$//'
}

# ratio A B: A/B with three decimals
ratio() {
	awk "BEGIN { printf \"%.3f\", $1 / $2 }"
}

# figures NAME: the file for the figures of a part
figures() {
	echo "$results/$1.tsv"
}

# figure PART CONDITION EXPRESSION: from the first line of a part's figures that meets an awk
# condition
figure() {
	[ -e "$(figures "$1")" ] || fail "no figures of '$1': run that part first"
	awk -F'\t' "$2 { printf \"%.3f\", $3; exit }" "$(figures "$1")"
}

# vmlinuz NAME: the distribution's own image (see kernel.sh), as $work/NAME.vmlinuz
vmlinuz() {
	[ -e "$work/$1.vmlinuz" ] || ln -s "$(tools/kernel.sh "$1")" "$work/$1.vmlinuz"
	echo "$work/$1.vmlinuz"
}

# has_option OPTION: true if bzboot pack has it
has_option() {
	[[ $("$BZBOOT" pack --help) == *" $1 "* ]]
}

# packed NAME CODEC [OPTION...]: our image of a kernel, packed once per run
packed() {
	local image
	image=$work/$(tr -d ' ' <<<"$*").efi
	if [ ! -e "$image" ]; then
		say "packing $*"
		"$BZBOOT" pack "$(vmlinuz "$1")" -o "$image" --compress "$2" "${@:3}" >/dev/null
	fi
	echo "$image"
}

# payload_elf NAME: the ELF that our images of a kernel compress
payload_elf() {
	local elf=$work/$1.elf
	[ -e "$elf" ] || "$BZBOOT" extract "$(packed "$1" none)" -o "$elf" >/dev/null
	echo "$elf"
}

# straight FILE OFFSET: the bytes of the instructions at OFFSET, up to the first branch, in hex
straight() {
	objdump -D -b binary -m i386:x86-64 --start-address=$(($2)) \
		--stop-address=$(($2 + 40)) "$1" | awk -F'\t' '
		/^ *[0-9a-f]+:/ {
			if ($3 ~ /^(j|call|ret|lret|loop)/ || length(hex) >= 48) exit
			gsub(" ", "", $2); hex = hex $2
		}
		END { print hex }'
}

# kernel_entry NAME: the bytes at the entry point of a kernel, which are the same in all its images
kernel_entry() {
	straight "$(payload_elf "$1")" "$(field '.elf | .gap as $gap | "(\(.entry)) - (\(.load_address)) + \($gap)"' \
		"$work/$1none.efi")"
}

# see_to_boots: make the files that measured boots need
see_to_boots() {
	[ -e "$work/bootcount.so" ] ||
		gcc -O2 -shared -fPIC -o "$work/bootcount.so" tools/bootcount.c
	[ -e "$work/initrd" ] || ovmf/initramfs.sh "$work/initrd"
}

# until_kernel IMAGE KERNEL-NAME CPUS PLUGIN-OPTIONS [RUN-OPTION...]: start an image with OVMF; QEMU
# ends at the kernel's entry. $work/points gets the output of bootcount.c.
until_kernel() {
	local stub kernel
	stub=$(straight "$1" "$(field .pe.entry "$1")")
	kernel=$(kernel_entry "$2")
	rm -f "$work/points"
	ovmf/run.sh --kernel "$1" --initrd "$work/initrd" --cmdline console=ttyS0 --cpus "$3" \
		--timeout 600 --log "$work/log" "${@:5}" -- \
		-plugin "$work/bootcount.so,stub=$stub,kernel=$kernel,end=kernel,out=$work/points$4" ||
		true	# the points reached are checked below
	if ! grep -qs '^kernel' "$work/points"; then
		tail -n 30 "$work/log" >&2
		fail "$1 did not reach its kernel"
	fi
}

# between FIELD SCALE: the difference between the kernel's entry and the stub's in the last points
between() {
	awk -v field="$1" -v scale="$2" '
		{ value = $0; sub(".*" field "=", "", value); sub(" .*", "", value) }
		$1 == "stub" && !started { start = value; started = 1 }
		$1 == "kernel" { printf "%.1f\n", (value - start) / scale; exit }' "$work/points"
}
