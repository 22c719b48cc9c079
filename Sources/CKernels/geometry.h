// Where a region's pixels and a kernel's taps lie in memory.
#pragma once

#include <assert.h>

#include "sightline_convolution.h"

static inline size_t sightline_taps(const sightline_convolution_shape *shape) {
    return (size_t)shape->kernel_height * shape->kernel_width;
}

/// Offset of tap (i, j) from tap (0, 0), in bytes.
static inline ptrdiff_t sightline_tap_offset(const sightline_convolution_shape *shape,
                                             const sightline_convolution_region *region, uint32_t i, uint32_t j) {
    return (ptrdiff_t)i * shape->dilation_height * region->input_row_stride +
           (ptrdiff_t)j * shape->dilation_width * region->input_pixel_stride;
}

/// The input pixel under tap (0, 0) of output pixel (row, column).
static inline const uint8_t *sightline_window(const sightline_convolution_shape *shape,
                                              const sightline_convolution_region *region, uint32_t row,
                                              uint32_t column) {
    return region->input + (ptrdiff_t)row * shape->stride_height * region->input_row_stride +
           (ptrdiff_t)column * shape->stride_width * region->input_pixel_stride;
}

/// Channel 0 of output pixel (row, column).
static inline void *sightline_output_pixel(const sightline_convolution_region *region, uint32_t row, uint32_t column) {
    return (char *)region->output + (ptrdiff_t)row * region->output_row_stride +
           (ptrdiff_t)column * region->output_pixel_stride;
}

static inline void sightline_assert_shape(const sightline_convolution_shape *shape) {
    assert(shape->input_channels > 0 && shape->output_channels > 0);
    assert(shape->kernel_height > 0 && shape->kernel_width > 0);
    assert(shape->stride_height > 0 && shape->stride_width > 0);
    assert(shape->dilation_height > 0 && shape->dilation_width > 0);
    (void)shape;
}

static inline void sightline_assert_region(const sightline_convolution_shape *shape,
                                           const sightline_convolution_region *region) {
    sightline_assert_shape(shape);
    assert(region->rows == 0 || region->columns == 0 || (region->input && region->output));
    (void)region;
}
