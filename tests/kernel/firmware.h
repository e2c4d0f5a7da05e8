/* SPDX-License-Identifier: BSD-2-Clause */
/* The stub's results in the firmware: configuration tables and variables; PCI bridges */
#ifndef TESTKERNEL_FIRMWARE_H
#define TESTKERNEL_FIRMWARE_H

/*
 * Prints those of them that Linux or systemd would look for. Calls the firmware, so
 * it must come before map_memory().
 */
void report_firmware(const unsigned char *bp);

#endif
