/* SPDX-License-Identifier: BSD-2-Clause */
/* The part of LoadOptions that is the command line. Tests run this on the host. */
#ifndef STUB_LOAD_OPTIONS_H
#define STUB_LOAD_OPTIONS_H

#include <bzboot/bytes.h>

/**
 * load_option_data() - get the data of a boot option
 * @options: LoadOptions
 *
 * Some firmware passes the whole boot option (Boot####), with its description and
 * its device path. @options is a boot option only if all of its lengths are correct.
 *
 * returns: the part of @options after the device path; all of @options if it is not
 * a boot option
 */
struct bzb_span load_option_data(struct bzb_span options);

/**
 * load_options_arguments() - remove the image's own name from LoadOptions
 * @options: UTF-16LE, or any other bytes
 * @path: the device path of the image; it is read up to its end node only
 * @named: the first word is always a name: the UEFI shell started the image
 *
 * The shell passes the whole typed line. iPXE passes the name of the file first. The
 * first word is the image's name if it is the path of the file (UEFI 2.10, 10.3.5.4)
 * or the URI (10.3.4.23) in @path, or the end of either after a slash. It may begin
 * with a volume ("fs0:") and may be quoted; upper and lower case are equal, and so
 * are both slashes.
 *
 * returns: the part of @options after the name; all of @options if the first
 * word is not the name
 */
struct bzb_span load_options_arguments(struct bzb_span options, struct bzb_span path, bool named);

#endif
