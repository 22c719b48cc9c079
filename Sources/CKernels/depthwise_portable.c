// Depthwise convolution in plain C. Weights are packed [tap][channel], so that the inner loop runs over channels.
#include "epilogue.h"
#include "geometry.h"
#include "numerics.h"
#include "portable.h"

enum { BLOCK = 64 };

size_t sightline_portable_depthwise_packed_bytes(const sightline_convolution_shape *shape) {
    sightline_assert_shape(shape);
    return sightline_taps(shape) * shape->output_channels;
}

void sightline_portable_depthwise_pack(const sightline_convolution_shape *shape, const int8_t *weights, void *packed) {
    assert(shape->input_channels == shape->output_channels);
    const size_t taps = sightline_taps(shape);
    int8_t *out = packed;
    for (size_t tap = 0; tap < taps; tap++) {
        for (uint32_t channel = 0; channel < shape->output_channels; channel++) {
            *out++ = weights[channel * taps + tap];
        }
    }
}

/// Output channels [first, first + count) of one pixel.
static void pixel_block(const sightline_convolution_shape *shape, const int8_t *weights,
                        const sightline_epilogue *epilogue, const sightline_convolution_region *region,
                        const uint8_t *window, uint32_t first, uint32_t count, void *output) {
    uint32_t sums[BLOCK] = {0};
    for (uint32_t i = 0; i < shape->kernel_height; i++) {
        for (uint32_t j = 0; j < shape->kernel_width; j++) {
            const uint8_t *pixel = window + sightline_tap_offset(shape, region, i, j) + first;
            for (uint32_t lane = 0; lane < count; lane++) {
                sums[lane] += (uint32_t)((int32_t)pixel[lane] * weights[first + lane]);
            }
            weights += shape->output_channels;
        }
    }
    sightline_apply_epilogue(epilogue, first, count, (const int32_t *)sums, output);
}

void sightline_portable_depthwise(const sightline_convolution_shape *shape, const void *packed,
                                  const sightline_epilogue *epilogue, const sightline_convolution_region *region) {
    sightline_assert_region(shape, region);
    for (uint32_t row = 0; row < region->rows; row++) {
        for (uint32_t column = 0; column < region->columns; column++) {
            const uint8_t *window = sightline_window(shape, region, row, column);
            void *output = sightline_output_pixel(region, row, column);
            for (uint32_t first = 0; first < shape->output_channels; first += BLOCK) {
                const uint32_t left = shape->output_channels - first;
                pixel_block(shape, packed, epilogue, region, window, first, left < BLOCK ? left : BLOCK, output);
            }
        }
    }
}
