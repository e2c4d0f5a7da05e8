/* SPDX-License-Identifier: BSD-2-Clause */
/* Inside set_video(). */
#ifndef SETUP_VIDEO_H
#define SETUP_VIDEO_H

#include <stdbool.h>

#include "zero_page.h"

/**
 * video_call() - a video service that is told in three registers
 * @ax: the function
 * @bx: as the function wants it
 * @cx: as the function wants it
 *
 * returns: AX
 */
uint16_t video_call(uint16_t ax, uint16_t bx, uint16_t cx);

/**
 * vesa_detect() - ask the BIOS about itself; comes before the others
 */
void vesa_detect(void);

/**
 * vesa_set_mode() - set a text mode, or a graphics mode with a linear frame buffer
 * @screen: lfb_*, colours and orig_video_isvga are set if it is graphics
 * @mode: VESA's number
 *
 * returns: false if there is no such mode; then the screen is as it was
 */
bool vesa_set_mode(struct screen_info *screen, uint16_t mode);

/**
 * vesa_read_edid() - what the monitor says of itself
 * @zp: edid_info is set; bytes of 13h, as Linux has it, if it says nothing
 */
void vesa_read_edid(struct zero_page *zp);

#endif
