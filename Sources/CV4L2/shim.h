// What Swift's importer does not reach of V4L2: request numbers made by macros, a variadic function, a packed structure.
#pragma once
#include <libv4l2.h>
#include <libv4lconvert.h>
#include <linux/videodev2.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/ioctl.h>

static const unsigned long sightline_vidioc_querycap = VIDIOC_QUERYCAP;
static const unsigned long sightline_vidioc_enum_fmt = VIDIOC_ENUM_FMT;
static const unsigned long sightline_vidioc_g_fmt = VIDIOC_G_FMT;
static const unsigned long sightline_vidioc_s_fmt = VIDIOC_S_FMT;
static const unsigned long sightline_vidioc_try_fmt = VIDIOC_TRY_FMT;
static const unsigned long sightline_vidioc_g_parm = VIDIOC_G_PARM;
static const unsigned long sightline_vidioc_s_parm = VIDIOC_S_PARM;
static const unsigned long sightline_vidioc_enum_framesizes = VIDIOC_ENUM_FRAMESIZES;
static const unsigned long sightline_vidioc_enum_frameintervals = VIDIOC_ENUM_FRAMEINTERVALS;
static const unsigned long sightline_vidioc_reqbufs = VIDIOC_REQBUFS;
static const unsigned long sightline_vidioc_querybuf = VIDIOC_QUERYBUF;
static const unsigned long sightline_vidioc_qbuf = VIDIOC_QBUF;
static const unsigned long sightline_vidioc_dqbuf = VIDIOC_DQBUF;
static const unsigned long sightline_vidioc_expbuf = VIDIOC_EXPBUF;
static const unsigned long sightline_vidioc_streamon = VIDIOC_STREAMON;
static const unsigned long sightline_vidioc_streamoff = VIDIOC_STREAMOFF;
static const unsigned long sightline_vidioc_queryctrl = VIDIOC_QUERYCTRL;
static const unsigned long sightline_vidioc_querymenu = VIDIOC_QUERYMENU;
static const unsigned long sightline_vidioc_g_ctrl = VIDIOC_G_CTRL;
static const unsigned long sightline_vidioc_s_ctrl = VIDIOC_S_CTRL;
static const unsigned long sightline_vidioc_subscribe_event = VIDIOC_SUBSCRIBE_EVENT;
static const unsigned long sightline_vidioc_dqevent = VIDIOC_DQEVENT;

/// The control that says how many buffers a driver needs queued before it captures.
static const uint32_t sightline_cid_min_buffers_for_capture = V4L2_CID_MIN_BUFFERS_FOR_CAPTURE;
/// Set in v4l2_pix_format.priv when the fields after it hold something.
static const uint32_t sightline_pix_fmt_priv_magic = V4L2_PIX_FMT_PRIV_MAGIC;

/// Hands an open capture device to libv4l2; other nodes work without it.
///
/// The library and its plug-ins write to standard error when they are given something else, and the library does so on other
/// occasions unless it has a file for that: what goes wrong is reported by the caller.
static inline void sightline_v4l2_adopt(int descriptor) {
    struct v4l2_capability capability;
    if (ioctl(descriptor, VIDIOC_QUERYCAP, &capability) < 0) return;
    if (!(capability.capabilities & (V4L2_CAP_VIDEO_CAPTURE | V4L2_CAP_VIDEO_CAPTURE_MPLANE))) return;
    if (!v4l2_log_file && !getenv("LIBV4L2_LOG_FILENAME")) v4l2_log_file = fopen("/dev/null", "we");
    // The multi-planar plug-in prints a line to standard output, where results go.
    FILE *output = stdout;
    if (v4l2_log_file && !(capability.capabilities & V4L2_CAP_VIDEO_CAPTURE)) stdout = v4l2_log_file;
    v4l2_fd_open(descriptor, V4L2_DISABLE_CONVERSION);
    stdout = output;
}

/// v4l2_ioctl without the variadic argument list.
static inline int sightline_v4l2_ioctl(int descriptor, unsigned long request, void *argument) {
    return v4l2_ioctl(descriptor, request, argument);
}

/// One choice of a menu control: v4l2_querymenu, which the kernel declares packed, with the same layout.
struct sightline_menu_item {
    uint32_t id;
    uint32_t index;
    /// A zero-terminated name, or the eight bytes of an integer for V4L2_CTRL_TYPE_INTEGER_MENU.
    uint8_t name[32];
    uint32_t reserved;
};
_Static_assert(sizeof(struct sightline_menu_item) == sizeof(struct v4l2_querymenu), "the layouts agree");
