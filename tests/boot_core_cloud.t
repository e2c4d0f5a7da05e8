#!/usr/bin/env bash
# SPDX-License-Identifier: BSD-2-Clause
# Debian's cloud kernels, through OVMF
. tests/boot.sh

boot_debian 6.1-cloud
boot_debian 6.12-cloud
plan
