#!/usr/bin/env bash
# SPDX-License-Identifier: BSD-2-Clause
#
# loong64 under QEMU 10 and edk2: Debian's own kernel as the control, and images packed from it.
# shellcheck source=tests/boot.sh
. tests/boot.sh

use_machine loong64
boot_debian latest:loong64/forky
plan
