// Preprocessing in plain C: the definition of every stage, and what runs where nothing better does.
#include "preprocess_scalar.h"

static void blend_rows(const uint8_t *top, ptrdiff_t row_stride, const int16_t *weights, size_t taps, size_t count,
                       int16_t *restrict output) {
    if (taps == 1) {
        for (size_t i = 0; i < count; i++) output[i] = (int16_t)(top[i] << 7);
    } else if (taps == 2) {
        const uint8_t *bottom = top + row_stride;
        int16_t weight = weights[0];
        for (size_t i = 0; i < count; i++) {
            output[i] = (int16_t)((top[i] << 7) + preprocess_scale((bottom[i] - top[i]) * 128, weight));
        }
    } else {
        for (size_t i = 0; i < count; i++) output[i] = preprocess_blend_one(top, row_stride, weights, taps, i);
    }
}

static void resample(const int16_t *row, const uint16_t *left, const int16_t *weights, size_t weight_stride, size_t taps,
                     size_t count, int16_t *restrict output) {
    for (size_t x = 0; x < count; x++) {
        output[x] = preprocess_resample_one(row, left, weights, weight_stride, taps, x);
    }
}

static void yuv_to_rgb(const sightline_color_matrix *matrix, const int16_t *y, const int16_t *u, const int16_t *v,
                       size_t count, uint8_t *restrict red, uint8_t *restrict green, uint8_t *restrict blue) {
    sightline_color_matrix coefficients = *matrix;
    for (size_t i = 0; i < count; i++) {
        preprocess_rgb_one(&coefficients, y[i], u[i], v[i], red + i, green + i, blue + i);
    }
}

static void round_to_bytes(const int16_t *row, size_t count, uint8_t *restrict output) {
    for (size_t i = 0; i < count; i++) output[i] = preprocess_clamp((row[i] + 64) >> 7);
}

static void interleave(const uint8_t *first, const uint8_t *second, const uint8_t *third, size_t pixel_stride,
                       size_t count, uint8_t *output) {
    preprocess_interleave_rest(first, second, third, pixel_stride, 0, count, output);
}

const sightline_preprocess_kernels sightline_preprocess_portable = {
    .name = "portable",
    .blend_rows = blend_rows,
    .extract = preprocess_extract,
    .resample = resample,
    .yuv_to_rgb = yuv_to_rgb,
    .round_to_bytes = round_to_bytes,
    .interleave = interleave,
    .to_float = preprocess_to_float,
};
