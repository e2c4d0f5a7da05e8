/* SPDX-License-Identifier: BSD-2-Clause */
/* The part of set_video() that is VESA's. */
#ifndef SETUP_VESA_H
#define SETUP_VESA_H

#include <stdbool.h>

#include "zero_page.h"

/**
 * vesa_detect() - ask the BIOS about itself; comes before the others
 */
void vesa_detect(void);

/**
 * vesa_set_mode() - set a text mode, or a graphics mode with a linear frame buffer
 * @screen: lfb_*, colours and orig_video_isvga are set if it is graphics
 * @mode: VESA's number
 *
 * returns: false if there is no such mode; the screen is unchanged then
 */
bool vesa_set_mode(struct screen_info *screen, uint16_t mode);

/**
 * vesa_read_edid() - read the description that the monitor has of itself
 * @zp: edid_info is set; bytes of 13h, as Linux has it, if it says nothing
 */
void vesa_read_edid(struct zero_page *zp);

#endif
