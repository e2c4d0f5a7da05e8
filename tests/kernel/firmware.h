/* SPDX-License-Identifier: BSD-2-Clause */
/* What the stub left with the firmware: configuration tables and variables; PCI bridges. */
#ifndef TESTKERNEL_FIRMWARE_H
#define TESTKERNEL_FIRMWARE_H

/*
 * Says what there is of them, as far as Linux or systemd would look for it. Calls the
 * firmware, so it has to come before map_memory().
 */
void report_firmware(const unsigned char *bp);

#endif
