// Maximum pooling in plain C.
#include <string.h>

#include "geometry.h"
#include "portable.h"

static void pool_pixel(const sightline_convolution_shape *shape, const sightline_convolution_region *region,
                       const uint8_t *window, uint8_t *output) {
    memcpy(output, window, shape->output_channels);
    for (uint32_t i = 0; i < shape->kernel_height; i++) {
        for (uint32_t j = 0; j < shape->kernel_width; j++) {
            const uint8_t *pixel = window + sightline_tap_offset(shape, region, i, j);
            for (uint32_t channel = 0; channel < shape->output_channels; channel++) {
                output[channel] = pixel[channel] > output[channel] ? pixel[channel] : output[channel];
            }
        }
    }
}

void sightline_portable_maximum_pool(const sightline_convolution_shape *shape,
                                     const sightline_convolution_region *region) {
    sightline_assert_region(shape, region);
    assert(shape->input_channels == shape->output_channels);
    for (uint32_t row = 0; row < region->rows; row++) {
        for (uint32_t column = 0; column < region->columns; column++) {
            pool_pixel(shape, region, sightline_window(shape, region, row, column),
                       sightline_output_pixel(region, row, column));
        }
    }
}
