/* SPDX-License-Identifier: BSD-2-Clause */
/* The VESA part of set_video(). */
#ifndef SETUP_VESA_H
#define SETUP_VESA_H

#include <stdbool.h>

#include "zero_page.h"

/**
 * vesa_detect() - detect VESA; call it before the others
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
 * vesa_read_edid() - read the monitor's EDID
 * @zp: edid_info is set; filled with 13h, as in Linux, if there is no EDID
 */
void vesa_read_edid(struct zero_page *zp);

#endif
