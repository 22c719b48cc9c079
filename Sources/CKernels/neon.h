// What the NEON kernels share: loads of partial vectors, and the epilogues for sixteen channels at a time. Everything here
// is ARMv8.0; only dense convolutions need later instructions.
#pragma once

#include <arm_neon.h>
#include <string.h>

#include "sightline_convolution.h"

#if defined(__clang__)
#pragma STDC FP_CONTRACT OFF
#endif

#define SIGHTLINE_NEON_INLINE static inline __attribute__((always_inline))

/// Channels that an epilogue takes at a time.
enum { NEON_CHANNELS = 16 };

/// An epilogue's constants in registers' form.
typedef struct {
    const sightline_epilogue *epilogue;
    uint8x16x4_t centre_low, centre_high, slope_low, slope_high;
    int curve_is_exact;  ///< Whether the rounding multiplication cannot saturate.
} neon_finisher;

/// The first `count` (up to 16) bytes, the rest zero; reads nothing behind them.
SIGHTLINE_NEON_INLINE uint8x16_t loaded_bytes(const uint8_t *bytes, uint32_t count) {
    if (count >= 16) {
        return vld1q_u8(bytes);
    }
    uint8_t copy[16] = {0};
    memcpy(copy, bytes, count);
    return vld1q_u8(copy);
}

/// Writes the first `count` (up to 16) bytes.
SIGHTLINE_NEON_INLINE void store_bytes(uint8_t *bytes, uint8x16_t value, uint32_t count) {
    if (count >= 16) {
        vst1q_u8(bytes, value);
        return;
    }
    uint8_t copy[16];
    vst1q_u8(copy, value);
    memcpy(bytes, copy, count);
}

/// Sixteen bytes as floats.
SIGHTLINE_NEON_INLINE void floats_of(uint8x16_t bytes, float32x4_t floats[4]) {
    const uint16x8_t low = vmovl_u8(vget_low_u8(bytes)), high = vmovl_high_u8(bytes);
    floats[0] = vcvtq_f32_u32(vmovl_u16(vget_low_u16(low)));
    floats[1] = vcvtq_f32_u32(vmovl_high_u16(low));
    floats[2] = vcvtq_f32_u32(vmovl_u16(vget_low_u16(high)));
    floats[3] = vcvtq_f32_u32(vmovl_high_u16(high));
}

neon_finisher sightline_neon_finisher(const sightline_epilogue *epilogue);

/// `count` (up to 16) channels from channel `first` on of some pixels: values that have been scaled already, [pixel][4
/// vectors], to outputs. `output` points at the first pixel's channel 0; pixels lie `pixel_stride` bytes apart.
void sightline_neon_finish_values(const neon_finisher *finisher, uint32_t first, uint32_t count, uint32_t pixels,
                                  const float32x4_t *values, void *output, ptrdiff_t pixel_stride);

/// fma((float)sum, scale, bias) of sixteen channels.
SIGHTLINE_NEON_INLINE void scaled_sums(const sightline_epilogue *epilogue, uint32_t first, const int32x4_t sums[4],
                                       float32x4_t values[4]) {
    for (uint32_t n = 0; n < 4; n++) {
        values[n] = vfmaq_f32(vld1q_f32(epilogue->bias + first + 4 * n), vcvtq_f32_s32(sums[n]),
                              vld1q_f32(epilogue->scale + first + 4 * n));
    }
}
