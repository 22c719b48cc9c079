// Epilogues with NEON. A curve's 64 segments are exactly one table look-up of four registers.
#if defined(__aarch64__)
#include "epilogue.h"
#include "neon.h"

static uint8x16x4_t table_of(const int16_t values[SIGHTLINE_CURVE_SEGMENTS], int shift) {
    uint8_t bytes[SIGHTLINE_CURVE_SEGMENTS];
    for (int segment = 0; segment < SIGHTLINE_CURVE_SEGMENTS; segment++) {
        bytes[segment] = (uint8_t)((uint16_t)values[segment] >> shift);
    }
    return vld1q_u8_x4(bytes);
}

neon_finisher sightline_neon_finisher(const sightline_epilogue *epilogue) {
    neon_finisher finisher;
    memset(&finisher, 0, sizeof finisher);
    finisher.epilogue = epilogue;
    if (epilogue->kind == SIGHTLINE_OUTPUT_CURVE) {
        const sightline_curve *curve = epilogue->curve;
        finisher.centre_low = table_of(curve->centre, 0);
        finisher.centre_high = table_of(curve->centre, 8);
        finisher.slope_low = table_of(curve->slope, 0);
        finisher.slope_high = table_of(curve->slope, 8);
        finisher.curve_is_exact = 1;
        for (int segment = 0; segment < SIGHTLINE_CURVE_SEGMENTS; segment++) {
            finisher.curve_is_exact &= curve->slope[segment] != INT16_MIN;
        }
    }
    return finisher;
}

/// NaN becomes `lower`: the number-preferring maximum takes the other operand.
SIGHTLINE_NEON_INLINE int32x4_t rounded(float32x4_t value, float lower, float upper) {
    value = vmaxnmq_f32(value, vdupq_n_f32(lower));
    return vcvtnq_s32_f32(vminnmq_f32(value, vdupq_n_f32(upper)));
}

SIGHTLINE_NEON_INLINE uint8x16_t bytes_of(const float32x4_t values[4], float lower, float upper) {
    const int16x8_t low =
        vcombine_s16(vmovn_s32(rounded(values[0], lower, upper)), vmovn_s32(rounded(values[1], lower, upper)));
    const int16x8_t high =
        vcombine_s16(vmovn_s32(rounded(values[2], lower, upper)), vmovn_s32(rounded(values[3], lower, upper)));
    return vreinterpretq_u8_s8(vcombine_s8(vmovn_s16(low), vmovn_s16(high)));
}

/// Eight arguments' values in 8.8 fixed point. `saturating rounding doubling high half` is (a * b + 0x4000) >> 15, but for
/// the product of both least numbers, which `curve_is_exact` excludes.
SIGHTLINE_NEON_INLINE uint8x8_t curve_bytes(int16x8_t argument, uint16x8_t centre, uint16x8_t slope) {
    const int16x8_t fraction = veorq_s16(vshlq_n_s16(argument, 6), vdupq_n_s16(INT16_MIN));
    const int16x8_t rise = vqrdmulhq_s16(vreinterpretq_s16_u16(slope), fraction);
    return vshrn_n_u16(vaddq_u16(centre, vreinterpretq_u16_s16(rise)), 8);
}

SIGHTLINE_NEON_INLINE uint8x16_t curved(const neon_finisher *f, const float32x4_t values[4]) {
    int16x4_t narrow[4];
    for (int n = 0; n < 4; n++) {
        narrow[n] = vmovn_s32(rounded(values[n], INT16_MIN, INT16_MAX));
    }
    const int16x8_t low = vcombine_s16(narrow[0], narrow[1]), high = vcombine_s16(narrow[2], narrow[3]);
    const uint8x16_t segment = vcombine_u8(vmovn_u16(vshrq_n_u16(vreinterpretq_u16_s16(low), 10)),
                                           vmovn_u16(vshrq_n_u16(vreinterpretq_u16_s16(high), 10)));
    const uint8x16_t centre_low = vqtbl4q_u8(f->centre_low, segment);
    const uint8x16_t centre_high = vqtbl4q_u8(f->centre_high, segment);
    const uint8x16_t slope_low = vqtbl4q_u8(f->slope_low, segment);
    const uint8x16_t slope_high = vqtbl4q_u8(f->slope_high, segment);
    return vcombine_u8(curve_bytes(low, vreinterpretq_u16_u8(vzip1q_u8(centre_low, centre_high)),
                                   vreinterpretq_u16_u8(vzip1q_u8(slope_low, slope_high))),
                       curve_bytes(high, vreinterpretq_u16_u8(vzip2q_u8(centre_low, centre_high)),
                                   vreinterpretq_u16_u8(vzip2q_u8(slope_low, slope_high))));
}

SIGHTLINE_NEON_INLINE uint8x16_t bent(const sightline_epilogue *epilogue, const float *slopes,
                                      const float32x4_t values[4]) {
    float32x4_t results[4];
    for (int n = 0; n < 4; n++) {
        const float32x4_t product = vmulq_f32(values[n], vld1q_f32(slopes + 4 * n));
        const float32x4_t value = vbslq_f32(vcltzq_f32(values[n]), product, values[n]);
        results[n] = vaddq_f32(value, vdupq_n_f32(epilogue->zero_point));
    }
    return bytes_of(results, epilogue->lower, epilogue->upper);
}

/// The value of the arc under each argument.
SIGHTLINE_NEON_INLINE float32x4_t on_arcs(float32x4_t argument, const sightline_arcs *arcs) {
    argument = vmaxnmq_f32(argument, vdupq_n_f32(-SIGHTLINE_ARC_LIMIT));
    argument = vminnmq_f32(argument, vdupq_n_f32(SIGHTLINE_ARC_LIMIT));
    int32_t arc[4];
    float square[4], linear[4], constant[4];
    vst1q_s32(arc, vminq_s32(vmaxq_s32(vcvtq_s32_f32(argument), vdupq_n_s32(0)), vdupq_n_s32(SIGHTLINE_ARCS - 1)));
    for (int n = 0; n < 4; n++) {
        square[n] = arcs->square[arc[n]];
        linear[n] = arcs->linear[arc[n]];
        constant[n] = arcs->constant[arc[n]];
    }
    const float32x4_t slope = vfmaq_f32(vld1q_f32(linear), vld1q_f32(square), argument);
    return vfmaq_f32(vld1q_f32(constant), slope, argument);
}

SIGHTLINE_NEON_INLINE uint8x16_t arced(const sightline_epilogue *epilogue, uint32_t first,
                                       const float32x4_t values[4]) {
    float32x4_t results[4];
    for (int n = 0; n < 4; n++) {
        results[n] = vfmaq_f32(vld1q_f32(epilogue->offset + first + 4 * n), on_arcs(values[n], epilogue->arcs),
                               vld1q_f32(epilogue->gain + first + 4 * n));
    }
    return bytes_of(results, epilogue->lower, epilogue->upper);
}

void sightline_neon_finish_values(const neon_finisher *finisher, uint32_t first, uint32_t count, uint32_t pixels,
                                  const float32x4_t *values, void *output, ptrdiff_t pixel_stride) {
    const sightline_epilogue *epilogue = finisher->epilogue;
    char *pixel = output;
    switch (epilogue->kind) {
    case SIGHTLINE_OUTPUT_REQUANTIZED:
        for (uint32_t p = 0; p < pixels; p++, pixel += pixel_stride, values += 4) {
            store_bytes((uint8_t *)pixel + first, bytes_of(values, epilogue->lower, epilogue->upper), count);
        }
        break;
    case SIGHTLINE_OUTPUT_CURVE:
        for (uint32_t p = 0; p < pixels; p++, pixel += pixel_stride, values += 4) {
            if (finisher->curve_is_exact) {
                store_bytes((uint8_t *)pixel + first, curved(finisher, values), count);
            } else {
                sightline_finish_values(epilogue, first, count, (const float *)values, pixel);
            }
        }
        break;
    case SIGHTLINE_OUTPUT_PRELU:
        for (uint32_t p = 0; p < pixels; p++, pixel += pixel_stride, values += 4) {
            store_bytes((uint8_t *)pixel + first, bent(epilogue, epilogue->negative_slope + first, values), count);
        }
        break;
    case SIGHTLINE_OUTPUT_ARCS:
        for (uint32_t p = 0; p < pixels; p++, pixel += pixel_stride, values += 4) {
            store_bytes((uint8_t *)pixel + first, arced(epilogue, first, values), count);
        }
        break;
    case SIGHTLINE_OUTPUT_FLOAT:
        for (uint32_t p = 0; p < pixels; p++, pixel += pixel_stride, values += 4) {
            memcpy((float *)pixel + first, values, count * sizeof(float));
        }
        break;
    }
}

#else
typedef int sightline_not_this_processor;
#endif
