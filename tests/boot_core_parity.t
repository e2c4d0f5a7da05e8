#!/usr/bin/env bash
# SPDX-License-Identifier: BSD-2-Clause
# Our stub passes the same to Debian's kernel as Linux's own stub, and measures the same.
# shellcheck source=tests/parity.sh
. tests/parity.sh

name=6.12-cloud
kernel "$name"
initramfs loader
pack "$name" "$boot/$name.vmlinuz"
with_both "$name" "$name"

# Facts that the kernel's log does not show, as the test kernel finds them; started by the UEFI
# shell, which sets variables as other firmware has them.
prefix=TESTKERNEL
pack testkernel "$testkernel"
tree=$sockets/tree
mkdir "$tree"
cp "$boot/testkernel.efi" "$tree/kernel.efi"
shell="@echo -off
setvar RandomSeed -guid 1ce1e5bc-7ceb-42f2-81e5-8aadf180f57b -nv -bs -rt =0102030405060708
fs0:kernel.efi video=efifb:1024x768"
machine=(-device virtio-rng-pci -device tpm-crb,tpmdev=tpm)
start_with_tpm --cpu max,-hypervisor --tree "$tree" --startup "${shell//$'\n'/$'\r\n'}" -- "${machine[@]}"
expect failures=0 screen_width=1024 screen_height=768 screen=ok secure_boot=2 \
	seed_size=40 seed=ok event_log_version=2 'event_log_size=[1-9]*' \
	'StubInfo=bzboot *' \
	'LoaderTimeInitUSec=[1-9]*' 'LoaderTimeExecUSec=[1-9]*'
finish_boot "tables and variables, a TPM by CRB"
plan
