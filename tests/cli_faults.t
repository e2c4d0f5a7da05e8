#!/usr/bin/env bash
# SPDX-License-Identifier: BSD-2-Clause
#
# An error from a library is reported, and nothing is written: libzstd that does not support a
# parameter, a failing digest of OpenSSL. A libzstd without threads is enough.
# shellcheck source=tests/sign.sh
. tests/sign.sh
need gcc jq

gcc -shared -fPIC tests/faults.c -o "$work/faults.so" -ldl || fail "gcc cannot make faults.so"

# with_fault VARIABLE=VALUE: the next runs have this fault, and a time limit
with_fault() {
	runner=(timeout 120 env LD_PRELOAD="$work/faults.so" ASAN_OPTIONS="${ASAN_OPTIONS-}:verify_asan_link_order=0"
		"$@")
}

make_image
make_key rsa -newkey rsa:2048
key=(--key "$work/rsa.key" --cert "$work/rsa.pem")
signed=$work/signed.efi
signs "$work/ours.efi" "$signed" "${key[@]}"
kernel=$work/kernel.elf

# zstd.h: ZSTD_c_compressionLevel, ZSTD_c_windowLog, ZSTD_c_nbWorkers
with_fault FAULT_ZSTD_PARAMETER=100
refused "a level that libzstd does not support" 1 "$image: cannot compress: libzstd: " pack "$kernel" \
	-o "$image"
with_fault FAULT_ZSTD_PARAMETER=101
refused "a window that libzstd does not support" 1 "$image: cannot compress: libzstd: " pack "$kernel" \
	-o "$image" --parts 2

for parts in 1 2; do
	runner=()
	run pack "$kernel" -o "$image" --parts "$parts"
	with_fault FAULT_ZSTD_PARAMETER=400
	run pack "$kernel" -o "$work/again.efi" --parts "$parts"
	same "exit status" 0 "$status"
	cmp -s "$image" "$work/again.efi" || fault "other bytes"
	finish "--parts $parts: the same bytes with a libzstd without threads"
done

for function in EVP_DigestInit_ex EVP_DigestUpdate EVP_DigestFinal_ex; do
	with_fault FAULT_EVP="$function"
	refused "sign, when $function fails" 1 "$work/ours.efi: " sign "$work/ours.efi" -o "$image" \
		"${key[@]}"
	run hash "$work/ours.efi"
	expect_refusal 1 "$work/ours.efi: "
	run measure "$work/ours.efi"
	expect_refusal 1 "$work/ours.efi: cannot compute a sha"
	run verify "$signed" --cert "$work/rsa.pem"
	same "exit status of verify" 1 "$status"
	[[ $(<"$work/stdout") != *"good      yes"* ]] || fault "verify reports it as good"
	finish "hash, measure and verify, when $function fails"
done

plan
