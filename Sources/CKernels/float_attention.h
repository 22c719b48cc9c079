// Attention on bytes: weights as unsigned bytes of their row's greatest, values as signed bytes of their column's. A part of
// float_kernels.h.
#pragma once

#include "float_lanes.h"

/// Rounds to the nearest integer when added: no bits are left for a fraction. The integer is in the low bits of the sum.
#define ROUNDING 12582912.0f

/// 255 * 2^t for t <= 0, as the bits of ROUNDING plus the nearest integer. 2^n times a polynomial on [-0.5, 0.5] (minimax,
/// relative error 7.5e-5), so that a byte differs from the exact one only where that is within 0.02 of a half.
ALWAYS mask byte_power(lanes t) {
    lanes limited = larger(smaller(t, splat(0.0f)), splat(-16.0f));
    lanes shifted = limited + splat(ROUNDING);
    lanes f = limited - (shifted - splat(ROUNDING));
    lanes p = splat(255 * 5.517166e-2f);
    p = fused(p, f, splat(255 * 2.4261116e-1f));
    p = fused(p, f, splat(255 * 6.9326099e-1f));
    p = fused(p, f, splat(255 * 9.9992807e-1f));
    lanes power = (lanes)((mask)p + ((mask)shifted << 23));
    return (mask)(power + splat(ROUNDING));
}

static uint32_t byte_exponentials(const float *values, float scale, float offset, uint8_t *output, size_t count) {
    const float to_binary = 1.44269504088896341f;
    const lanes factor = splat(scale * to_binary), shift = splat(-offset * to_binary);
    mask total = {0};
    size_t i = 0;
    for (; i + LANES <= count; i += LANES) {
        mask rounded = byte_power(fused(load(values + i), factor, shift));
        total += rounded & 255;
        *(bytes *)(output + i) = __builtin_convertvector(rounded, bytes);
    }
    uint32_t sum = 0;
    if (i < count) {
        const mask index = {0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15};
        mask rounded = byte_power(fused(load(values + i), factor, shift)) & (index < (int32_t)(count - i));
        total += rounded & 255;
        store_bytes(output + i, __builtin_convertvector(rounded, bytes), count - i);
    }
    for (int lane = 0; lane < LANES; lane++) {
        sum += (uint32_t)total[lane];
    }
    return sum;
}

/// Sixteen columns of `quantize_columns`; `width` of them are real.
ALWAYS void quantize_sixteen(const float *values, ptrdiff_t row_stride, size_t rows, size_t width, float *scales,
                             int8_t *output, ptrdiff_t output_stride) {
    lanes largest = splat(0.0f);
    for (size_t row = 0; row < rows; row++) {
        lanes v = load(values + (ptrdiff_t)row * row_stride);
        largest = larger(largest, larger(v, -v));
    }
    lanes inverse = select(largest > splat(0.0f), splat(127.0f) / largest, splat(0.0f));
    lanes scale = largest * splat(1.0f / 127.0f);
    for (size_t column = 0; column < width; column++) {
        scales[column] = scale[column];
    }
    for (size_t row = 0; row < rows; row += 4) {
        size_t count = rows - row < 4 ? rows - row : 4;
        mask four = {0};
        for (size_t n = 0; n < count; n++) {
            lanes v = load(values + (ptrdiff_t)(row + n) * row_stride) * inverse;
            four |= ((mask)(v + splat(ROUNDING)) & 255) << (mask){0} + (int32_t)(8 * n);
        }
        for (size_t column = 0; column < width; column++) {
            int32_t packed = four[column];
            memcpy(output + (ptrdiff_t)column * output_stride + row, &packed, count);
        }
    }
}

static void quantize_columns(const float *values, ptrdiff_t row_stride, size_t rows, size_t columns, float *scales,
                             int8_t *output, ptrdiff_t output_stride) {
    for (size_t column = 0; column < columns; column += LANES) {
        size_t width = columns - column < LANES ? columns - column : LANES;
        quantize_sixteen(values + column, row_stride, rows, width, scales + column,
                         output + (ptrdiff_t)column * output_stride, output_stride);
    }
}
