/* SPDX-License-Identifier: BSD-2-Clause */
/* The part of LoadOptions that is the command line. Runs on the host too. */
#ifndef STUB_LOAD_OPTIONS_H
#define STUB_LOAD_OPTIONS_H

#include <bzboot/bytes.h>

/**
 * load_option_data() - the part of LoadOptions that is meant for us
 * @options: LoadOptions
 *
 * Some firmware passes the whole boot option (Boot####), with its description
 * and its device path. Only if all that it says of its own lengths is true.
 *
 * returns: the part of @options after these; else all of @options
 */
struct bzb_span load_option_data(struct bzb_span options);

/**
 * load_options_arguments() - LoadOptions without the image's own name
 * @options: UTF-16LE, or anything at all
 * @path: the device path of the image; no more of it is read than it says itself
 * @named: the first word is a name, whatever it is: the UEFI shell started the image
 *
 * The shell passes all of the line that was typed. iPXE puts the name of the
 * file in front. A first word is the image's name if it is the path of the file
 * (UEFI 2.10, 10.3.5.4) or the URI (10.3.4.23) in @path, or the end of either
 * from a slash on. It may have a volume before it ("fs0:") and quotes around
 * it; upper and lower case are alike, and so are both slashes.
 *
 * returns: the part of @options after the name; all of @options if the first
 * word is not the name
 */
struct bzb_span load_options_arguments(struct bzb_span options, struct bzb_span path, bool named);

#endif
