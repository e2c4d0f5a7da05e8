/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef PACKER_VERSIONS_H
#define PACKER_VERSIONS_H

/**
 * versions_print() - print the version of bzboot, and those of the libraries that it runs with
 *
 * A line each to standard output: "NAME VERSION".
 */
void versions_print(void);

#endif
