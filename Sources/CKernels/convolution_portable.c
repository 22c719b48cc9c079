// Dense convolution in plain C. Weights are packed [block of 16 output channels][tap][input channel][16], so that the
// inner loop runs over output channels and a compiler vectorises it.
#include "epilogue.h"
#include "geometry.h"
#include "numerics.h"
#include "portable.h"

enum { BLOCK = 16 };

size_t sightline_portable_convolution_packed_bytes(const sightline_convolution_shape *shape) {
    sightline_assert_shape(shape);
    return sightline_rounded_up(shape->output_channels, BLOCK) * sightline_taps(shape) * shape->input_channels;
}

void sightline_portable_convolution_pack(const sightline_convolution_shape *shape, const int8_t *weights,
                                         void *packed) {
    const size_t depth = sightline_taps(shape) * shape->input_channels;
    int8_t *out = packed;
    for (uint32_t block = 0; block < shape->output_channels; block += BLOCK) {
        for (size_t k = 0; k < depth; k++) {
            for (uint32_t lane = 0; lane < BLOCK; lane++) {
                const uint32_t channel = block + lane;
                *out++ = channel < shape->output_channels ? weights[channel * depth + k] : 0;
            }
        }
    }
}

/// Adds one tap's products. The sums are unsigned because they wrap.
static const int8_t *accumulate(const uint8_t *pixel, uint32_t channels, const int8_t *weights, uint32_t sums[BLOCK]) {
    for (uint32_t channel = 0; channel < channels; channel++) {
        const int32_t activation = pixel[channel];
        for (uint32_t lane = 0; lane < BLOCK; lane++) {
            sums[lane] += (uint32_t)(activation * weights[lane]);
        }
        weights += BLOCK;
    }
    return weights;
}

void sightline_portable_convolution(const sightline_convolution_shape *shape, const void *packed,
                                    const sightline_epilogue *epilogue, const sightline_convolution_region *region) {
    sightline_assert_region(shape, region);
    const size_t block_bytes = sightline_taps(shape) * shape->input_channels * BLOCK;
    for (uint32_t row = 0; row < region->rows; row++) {
        for (uint32_t column = 0; column < region->columns; column++) {
            const uint8_t *window = sightline_window(shape, region, row, column);
            void *output = sightline_output_pixel(region, row, column);
            const int8_t *block_weights = packed;
            for (uint32_t block = 0; block < shape->output_channels; block += BLOCK) {
                uint32_t sums[BLOCK] = {0};
                const int8_t *weights = block_weights;
                for (uint32_t i = 0; i < shape->kernel_height; i++) {
                    for (uint32_t j = 0; j < shape->kernel_width; j++) {
                        const uint8_t *pixel = window + sightline_tap_offset(shape, region, i, j);
                        weights = accumulate(pixel, shape->input_channels, weights, sums);
                    }
                }
                const uint32_t left = shape->output_channels - block;
                if (region->starting_sums) {
                    const float *start = region->starting_sums + column / 2 * region->starting_sum_stride + block;
                    for (uint32_t lane = 0; lane < BLOCK && lane < left; lane++) {
                        sums[lane] += (uint32_t)(int32_t)start[lane];
                    }
                }
                sightline_apply_epilogue(epilogue, block, left < BLOCK ? left : BLOCK, (const int32_t *)sums, output);
                block_weights += block_bytes;
            }
        }
    }
}
