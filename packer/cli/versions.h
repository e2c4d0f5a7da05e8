/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef PACKER_VERSIONS_H
#define PACKER_VERSIONS_H

/**
 * versions_print() - print the version of bzboot, those of its libraries, and its machines
 *
 * A line each to standard output: "NAME VERSION"; then "stubs:" and the machines that they are for.
 */
void versions_print(void);

#endif
