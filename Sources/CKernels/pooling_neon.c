// Maximum pooling with NEON, 16 channels at a time. Windows that overlap along a row share their columns' maxima through
// a small ring.
#if defined(__aarch64__)
#include <assert.h>

#include "geometry.h"
#include "kernels_neon.h"
#include "neon.h"

enum { STEP = 16, RING = 16 };

SIGHTLINE_NEON_INLINE uint8x16_t column_maximum(const uint8_t *pixel, uint32_t rows, ptrdiff_t row_step,
                                                uint32_t count) {
    uint8x16_t largest = loaded_bytes(pixel, count);
    for (uint32_t row = 1; row < rows; row++) {
        largest = vmaxq_u8(largest, loaded_bytes(pixel + row * row_step, count));
    }
    return largest;
}

static void pool_row(const sightline_convolution_shape *shape, const sightline_convolution_region *region,
                     const uint8_t *input, uint8_t *output, uint32_t count) {
    const ptrdiff_t row_step = shape->dilation_height * region->input_row_stride;
    const ptrdiff_t tap_step = shape->dilation_width * region->input_pixel_stride;
    for (uint32_t column = 0; column < region->columns; column++) {
        const uint8_t *pixel = input + (ptrdiff_t)column * shape->stride_width * region->input_pixel_stride;
        uint8x16_t largest = column_maximum(pixel, shape->kernel_height, row_step, count);
        for (uint32_t tap = 1; tap < shape->kernel_width; tap++) {
            pixel += tap_step;
            largest = vmaxq_u8(largest, column_maximum(pixel, shape->kernel_height, row_step, count));
        }
        store_bytes(output, largest, count);
        output += region->output_pixel_stride;
    }
}

/// Overlapping windows whose taps are neighbours: column c of the input lies in slot c % RING.
static void pool_overlapping_row(const sightline_convolution_shape *shape, const sightline_convolution_region *region,
                                 const uint8_t *input, uint8_t *output, uint32_t count) {
    const ptrdiff_t row_step = shape->dilation_height * region->input_row_stride;
    uint8x16_t ring[RING];
    uint32_t known = 0;
    for (uint32_t column = 0; column < region->columns; column++) {
        const uint32_t first = column * shape->stride_width, end = first + shape->kernel_width;
        for (; known < end; known++) {
            const uint8_t *pixel = input + known * region->input_pixel_stride;
            ring[known % RING] = column_maximum(pixel, shape->kernel_height, row_step, count);
        }
        uint8x16_t largest = ring[first % RING];
        for (uint32_t n = first + 1; n < end; n++) {
            largest = vmaxq_u8(largest, ring[n % RING]);
        }
        store_bytes(output, largest, count);
        output += region->output_pixel_stride;
    }
}

void sightline_neon_maximum_pool(const sightline_convolution_shape *shape, const sightline_convolution_region *region) {
    sightline_assert_region(shape, region);
    assert(shape->input_channels == shape->output_channels);
    const int overlapping =
        shape->dilation_width == 1 && shape->stride_width < shape->kernel_width && shape->kernel_width <= RING;
    for (uint32_t row = 0; row < region->rows; row++) {
        const uint8_t *input = sightline_window(shape, region, row, 0);
        uint8_t *output = sightline_output_pixel(region, row, 0);
        for (uint32_t channel = 0; channel < shape->output_channels; channel += STEP) {
            const uint32_t left = shape->output_channels - channel;
            (overlapping ? pool_overlapping_row : pool_row)(shape, region, input + channel, output + channel,
                                                            left < STEP ? left : STEP);
        }
    }
}

#else
typedef int sightline_not_this_processor;
#endif
