/* SPDX-License-Identifier: BSD-2-Clause */
/* Command lines as LoadOptions hold them, and stubs measure them: UTF-16, with a NUL. */
#ifndef PACKER_LOAD_LINE_H
#define PACKER_LOAD_LINE_H

#include "io/blob.h"
#include "io/diag.h"

/**
 * load_line_make() - make the line that a stub makes of a text
 * @text: UTF-8; it ends at the first NUL
 * @ret: for blob_free(); untouched on error
 * @why: it is not UTF-8, or has characters that UCS-2 has not
 *
 * As in systemd-stub, control characters become blanks, and there are no blanks at either end.
 *
 * returns: 0, or -1 on error
 */
int load_line_make(struct bzb_span text, struct blob *ret, struct why *why);

#endif
