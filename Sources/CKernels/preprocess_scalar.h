// One sample of each preprocessing stage: what every instruction set must compute, used for remainders.
#pragma once

#include "sightline_preprocess.h"

static inline int16_t preprocess_scale(int32_t difference, int16_t weight) {
    return (int16_t)((difference * weight + 0x4000) >> 15);
}

static inline uint8_t preprocess_clamp(int32_t value) {
    return (uint8_t)(value < 0 ? 0 : value > 255 ? 255 : value);
}

static inline int16_t preprocess_blend_one(const uint8_t *top, ptrdiff_t row_stride, const int16_t *weights, size_t taps,
                                           size_t i) {
    int32_t first = top[i] << 7;
    int32_t sum = first;
    for (size_t k = 1; k < taps; k++) {
        sum += preprocess_scale((top[(ptrdiff_t)k * row_stride + (ptrdiff_t)i] << 7) - first, weights[k - 1]);
    }
    return (int16_t)sum;
}

static inline int16_t preprocess_resample_one(const int16_t *row, const uint16_t *left, const int16_t *weights,
                                              size_t weight_stride, size_t taps, size_t x) {
    const int16_t *sample = row + left[x];
    int32_t sum = sample[0];
    for (size_t k = 1; k < taps; k++) {
        sum += preprocess_scale(sample[k] - sample[0], weights[(k - 1) * weight_stride + x]);
    }
    return (int16_t)sum;
}

static inline void preprocess_rgb_one(const sightline_color_matrix *matrix, int32_t y, int32_t u, int32_t v, uint8_t *red,
                                      uint8_t *green, uint8_t *blue) {
    int32_t luma = preprocess_scale(y - matrix->luma_zero, matrix->luma) + 16;
    u -= 16384;
    v -= 16384;
    *red = preprocess_clamp((luma + preprocess_scale(v, matrix->red_from_v)) >> 5);
    *green = preprocess_clamp(
        (luma + preprocess_scale(u, matrix->green_from_u) + preprocess_scale(v, matrix->green_from_v)) >> 5);
    *blue = preprocess_clamp((luma + preprocess_scale(u, matrix->blue_from_u)) >> 5);
}

static inline void preprocess_extract(const int16_t *restrict row, size_t step, size_t count, int16_t *restrict output) {
    switch (step) {
    case 2:
        for (size_t i = 0; i < count; i++) output[i] = row[i * 2];
        break;
    case 3:
        for (size_t i = 0; i < count; i++) output[i] = row[i * 3];
        break;
    case 4:
        for (size_t i = 0; i < count; i++) output[i] = row[i * 4];
        break;
    default:
        for (size_t i = 0; i < count; i++) output[i] = row[i * step];
        break;
    }
}

// Product and sum are rounded one after the other (two statements, so that no compiler fuses them): a fused form would
// give other bits where the processor has none.
static inline void preprocess_to_float(const uint8_t *restrict input, float scale, float offset, size_t stride,
                                       size_t count, float *restrict output) {
    if (stride == 1) {
        for (size_t i = 0; i < count; i++) {
            float product = (float)input[i] * scale;
            output[i] = product + offset;
        }
    } else {
        for (size_t i = 0; i < count; i++) {
            float product = (float)input[i] * scale;
            output[i * stride] = product + offset;
        }
    }
}

static inline void preprocess_interleave_rest(const uint8_t *first, const uint8_t *second, const uint8_t *third,
                                              size_t pixel_stride, size_t start, size_t count, uint8_t *output) {
    for (size_t i = start; i < count; i++) {
        uint8_t *pixel = output + i * pixel_stride;
        pixel[0] = first[i];
        pixel[1] = second[i];
        pixel[2] = third[i];
        if (pixel_stride == 4) pixel[3] = 0;
    }
}
