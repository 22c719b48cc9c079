// Runs of elements with NEON, 16 at a time; the rest of a run goes through the portable kernels.
#if defined(__aarch64__)
#include "kernels_neon.h"
#include "neon.h"
#include "portable.h"

enum { STEP = 16 };

/// Integers of 0 to 255 as bytes.
SIGHTLINE_NEON_INLINE uint8x16_t bytes_of(const int32x4_t integers[4]) {
    const int16x8_t low = vcombine_s16(vmovn_s32(integers[0]), vmovn_s32(integers[1]));
    const int16x8_t high = vcombine_s16(vmovn_s32(integers[2]), vmovn_s32(integers[3]));
    return vreinterpretq_u8_s8(vcombine_s8(vmovn_s16(low), vmovn_s16(high)));
}

SIGHTLINE_NEON_INLINE int32x4_t rounded(float32x4_t value, float lower, float upper) {
    value = vmaxnmq_f32(value, vdupq_n_f32(lower));
    return vcvtnq_s32_f32(vminnmq_f32(value, vdupq_n_f32(upper)));
}

void sightline_neon_add(const sightline_add_parameters *parameters, const uint8_t *a, const uint8_t *b, uint8_t *output,
                        size_t count) {
    const float32x4_t scale_a = vdupq_n_f32(parameters->scale_a), scale_b = vdupq_n_f32(parameters->scale_b);
    const float32x4_t bias = vdupq_n_f32(parameters->bias);
    size_t done = 0;
    for (; done + STEP <= count; done += STEP) {
        float32x4_t left[4], right[4];
        int32x4_t sums[4];
        floats_of(vld1q_u8(a + done), left);
        floats_of(vld1q_u8(b + done), right);
        for (int n = 0; n < 4; n++) {
            sums[n] = rounded(vfmaq_f32(vfmaq_f32(bias, right[n], scale_b), left[n], scale_a), 0, 255);
        }
        vst1q_u8(output + done, bytes_of(sums));
    }
    sightline_portable_add(parameters, a + done, b + done, output + done, count - done);
}

void sightline_neon_look_up(const uint8_t table[256], const uint8_t *input, uint8_t *output, size_t count) {
    uint8x16x4_t quarters[4];
    for (int n = 0; n < 4; n++) {
        quarters[n] = vld1q_u8_x4(table + 64 * n);
    }
    size_t done = 0;
    for (; done + STEP <= count; done += STEP) {
        // An index beyond a quarter leaves what is there; one below it wraps to far beyond.
        uint8x16_t index = vld1q_u8(input + done);
        uint8x16_t result = vqtbl4q_u8(quarters[0], index);
        for (int n = 1; n < 4; n++) {
            index = vsubq_u8(index, vdupq_n_u8(64));
            result = vqtbx4q_u8(result, quarters[n], index);
        }
        vst1q_u8(output + done, result);
    }
    sightline_portable_look_up(table, input + done, output + done, count - done);
}

void sightline_neon_quantize(float scale, int32_t zero_point, const float *input, uint8_t *output, size_t count) {
    const float32x4_t divisor = vdupq_n_f32(scale);
    size_t done = 0;
    for (; done + STEP <= count; done += STEP) {
        int32x4_t steps[4];
        for (int n = 0; n < 4; n++) {
            float32x4_t quotient = vdivq_f32(vld1q_f32(input + done + 4 * n), divisor);
            const uint32x4_t is_number = vceqq_f32(quotient, quotient);
            quotient = vreinterpretq_f32_u32(vandq_u32(vreinterpretq_u32_f32(quotient), is_number));
            steps[n] = vaddq_s32(rounded(quotient, (float)-zero_point, (float)(255 - zero_point)),
                                 vdupq_n_s32(zero_point));
        }
        vst1q_u8(output + done, bytes_of(steps));
    }
    sightline_portable_quantize(scale, zero_point, input + done, output + done, count - done);
}

void sightline_neon_dequantize(float scale, int32_t zero_point, const uint8_t *input, float *output, size_t count) {
    const float32x4_t factor = vdupq_n_f32(scale), zero = vdupq_n_f32((float)zero_point);
    size_t done = 0;
    for (; done + STEP <= count; done += STEP) {
        float32x4_t values[4];
        floats_of(vld1q_u8(input + done), values);
        for (int n = 0; n < 4; n++) {  // Both are integers below 2^24, so their difference is exact.
            vst1q_f32(output + done + 4 * n, vmulq_f32(vsubq_f32(values[n], zero), factor));
        }
    }
    sightline_portable_dequantize(scale, zero_point, input + done, output + done, count - done);
}

#else
typedef int sightline_not_this_processor;
#endif
