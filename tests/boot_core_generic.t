#!/usr/bin/env bash
# SPDX-License-Identifier: BSD-2-Clause
# Debian's generic kernels, through OVMF
. tests/boot.sh

boot_debian 6.1
boot_debian 6.12
plan
