// Depthwise convolution with NEON, exact: bytes are widened to 16 bits and multiplied into 32, sixteen channels and two
// pixels at a time, so that weights are loaded once for both. Weights are packed [block of 16 channels][tap][channel].
#if defined(__aarch64__)
#include <assert.h>

#include "geometry.h"
#include "kernels_neon.h"
#include "neon.h"

enum { BLOCK = 16 };

size_t sightline_neon_depthwise_packed_bytes(const sightline_convolution_shape *shape) {
    sightline_assert_shape(shape);
    return (shape->output_channels + BLOCK - 1) / BLOCK * sightline_taps(shape) * BLOCK;
}

void sightline_neon_depthwise_pack(const sightline_convolution_shape *shape, const int8_t *weights, void *packed) {
    assert(shape->input_channels == shape->output_channels);
    const size_t taps = sightline_taps(shape);
    int8_t *out = packed;
    memset(packed, 0, sightline_neon_depthwise_packed_bytes(shape));
    for (uint32_t channel = 0; channel < shape->output_channels; channel++) {
        for (size_t tap = 0; tap < taps; tap++) {
            out[(channel / BLOCK * taps + tap) * BLOCK + channel % BLOCK] = weights[channel * taps + tap];
        }
    }
}

SIGHTLINE_NEON_INLINE void add_tap(uint8x16_t pixel, int16x8_t low, int16x8_t high, int32x4_t sums[4]) {
    const int16x8_t first = vreinterpretq_s16_u16(vmovl_u8(vget_low_u8(pixel)));
    const int16x8_t second = vreinterpretq_s16_u16(vmovl_high_u8(pixel));
    sums[0] = vmlal_s16(sums[0], vget_low_s16(first), vget_low_s16(low));
    sums[1] = vmlal_high_s16(sums[1], first, low);
    sums[2] = vmlal_s16(sums[2], vget_low_s16(second), vget_low_s16(high));
    sums[3] = vmlal_high_s16(sums[3], second, high);
}

/// One block of channels' work.
typedef struct {
    const sightline_convolution_shape *shape;
    const sightline_convolution_region *region;
    const neon_finisher *finisher;
    const int8_t *weights;
    uint32_t first, channels;
} task;

SIGHTLINE_NEON_INLINE void run_pixels(const int pixels, const int partial, const task *t, const uint8_t *window,
                                      char *output) {
    const sightline_convolution_shape *shape = t->shape;
    const ptrdiff_t pixel_step = shape->stride_width * t->region->input_pixel_stride;
    int32x4_t sums[2][4];
    for (int p = 0; p < pixels; p++) {
        for (int v = 0; v < 4; v++) {
            sums[p][v] = vdupq_n_s32(0);
        }
    }
    const int8_t *weights = t->weights;
    for (uint32_t i = 0; i < shape->kernel_height; i++) {
        for (uint32_t j = 0; j < shape->kernel_width; j++, weights += BLOCK) {
            const uint8_t *tap = window + sightline_tap_offset(shape, t->region, i, j);
            const int8x16_t weight = vld1q_s8(weights);
            const int16x8_t low = vmovl_s8(vget_low_s8(weight)), high = vmovl_high_s8(weight);
            for (int p = 0; p < pixels; p++) {
                const uint8_t *pixel = tap + p * pixel_step;
                add_tap(partial ? loaded_bytes(pixel, t->channels) : vld1q_u8(pixel), low, high, sums[p]);
            }
        }
    }
    float32x4_t values[2 * 4];
    for (int p = 0; p < pixels; p++) {
        scaled_sums(t->finisher->epilogue, t->first, sums[p], values + 4 * p);
    }
    sightline_neon_finish_values(t->finisher, t->first, t->channels, pixels, values, output,
                                 t->region->output_pixel_stride);
}

SIGHTLINE_NEON_INLINE void run_row(const int partial, const task *t, uint32_t row) {
    const sightline_convolution_region *region = t->region;
    const ptrdiff_t pixel_step = t->shape->stride_width * region->input_pixel_stride;
    const uint8_t *window = sightline_window(t->shape, region, row, 0) + t->first;
    char *output = sightline_output_pixel(region, row, 0);
    uint32_t column = 0;
    for (; column + 2 <= region->columns; column += 2) {
        run_pixels(2, partial, t, window, output);
        window += 2 * pixel_step;
        output += 2 * region->output_pixel_stride;
    }
    if (column < region->columns) {
        run_pixels(1, partial, t, window, output);
    }
}

void sightline_neon_depthwise(const sightline_convolution_shape *shape, const void *packed,
                              const sightline_epilogue *epilogue, const sightline_convolution_region *region) {
    sightline_assert_region(shape, region);
    const neon_finisher finisher = sightline_neon_finisher(epilogue);
    task t = {.shape = shape, .region = region, .finisher = &finisher, .weights = packed};
    for (uint32_t first = 0; first < shape->output_channels; first += BLOCK) {
        const uint32_t left = shape->output_channels - first;
        t.first = first;
        t.channels = left < BLOCK ? left : BLOCK;
        for (uint32_t row = 0; row < region->rows; row++) {
            if (left < BLOCK) {
                run_row(1, &t, row);
            } else {
                run_row(0, &t, row);
            }
        }
        t.weights += sightline_taps(shape) * BLOCK;
    }
}

#else
typedef int sightline_not_this_processor;
#endif
