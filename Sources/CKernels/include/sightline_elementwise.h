// Kernels over runs of bytes or floats. `fma` rounds once; `rne` rounds to the nearest integer, halves to even; NaN
// becomes the lower bound of a clamp.
#pragma once

#include <stddef.h>
#include <stdint.h>

/// out[i] = clamp(rne(fma((float)a[i], scale_a, fma((float)b[i], scale_b, bias))), 0, 255): the sum of two quantised
/// tensors.
typedef struct {
    float scale_a, scale_b, bias;
} sightline_add_parameters;

/// Pixels of one or two quantised tensors, and where their blend goes. Strides are in bytes. As for convolutions, each
/// input pixel's bytes up to the next multiple of 4 may be touched, and exactly `channels` outputs are written.
typedef struct {
    const uint8_t *a;
    ptrdiff_t a_row_stride, a_pixel_stride;
    const uint8_t *b;  ///< NULL: only one tensor.
    ptrdiff_t b_row_stride, b_pixel_stride;
    void *output;  ///< uint8_t, where it may be `a` or `b` itself, in place; or float for SIGHTLINE_OUTPUT_FLOAT.
    ptrdiff_t output_row_stride, output_pixel_stride;
    uint32_t rows, columns, channels;
} sightline_blend_region;
