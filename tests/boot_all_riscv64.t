#!/usr/bin/env bash
# SPDX-License-Identifier: BSD-2-Clause
#
# riscv64 under OpenSBI and U-Boot's EFI: Debian's own kernel as the control, and images packed from it.
# shellcheck source=tests/boot.sh
. tests/boot.sh

use_machine riscv64
boot_debian 6.12:riscv64/trixie
plan
