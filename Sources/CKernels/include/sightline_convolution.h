// int8 convolutions: what every instruction set's kernels take, and exactly what they compute.
//
// Common to all kernels: no allocation, no state, no failure. Preconditions are asserted in debug builds. Tensors are
// NHWC with free strides, so that a channel slice of a wider buffer can be read or written in place. Sums are 32-bit
// and wrap; results are bit-identical on every instruction set.
#pragma once

#include <stddef.h>
#include <stdint.h>

/// Geometry of one convolution with a single group. Fixed when weights are packed.
typedef struct {
    uint32_t input_channels;   ///< Real channels. Readers may touch each pixel's bytes up to the next multiple of 4.
    uint32_t output_channels;  ///< Real channels; exactly these are written.
    uint32_t kernel_height, kernel_width;
    uint32_t stride_height, stride_width;
    uint32_t dilation_height, dilation_width;
} sightline_convolution_shape;

/// A rectangle of output pixels, and where its input lies.
///
/// Output pixel (y, x) sums over taps (i, j) and channels c
///     input[(y * stride_height + i * dilation_height) * input_row_stride
///         + (x * stride_width + j * dilation_width) * input_pixel_stride + c] * weight[...]
/// Padding is therefore the caller's border of zero-point pixels around the image; `input` points at the pixel under
/// tap (0, 0) of the rectangle's first output. All strides are in bytes.
typedef struct {
    const uint8_t *input;
    ptrdiff_t input_row_stride;
    ptrdiff_t input_pixel_stride;
    void *output;  ///< uint8_t, or float for SIGHTLINE_OUTPUT_FLOAT.
    ptrdiff_t output_row_stride;
    ptrdiff_t output_pixel_stride;
    uint32_t rows;
    uint32_t columns;
    /// Dense convolution only: what sums start from, or NULL for zero. A row's pixels 2n and 2n + 1 share the numbers at
    /// starting_sums + n * starting_sum_stride, one for each output channel and 16 more that may be read; all rows share them.
    /// They are integers of less than 2^24. A convolution over a map that was enlarged twofold adds what one over the
    /// small map gave.
    const float *starting_sums;
    ptrdiff_t starting_sum_stride;  ///< In numbers.
} sightline_convolution_region;

/// How a sum becomes an output.
///
/// `fma` rounds once; `rne` rounds to the nearest integer, halves to even; (float)sum is rounded likewise. Values
/// beyond the bounds, infinities among them, become the bound, and NaN becomes the lower bound (-32768 for
/// saturate_s16).
typedef enum {
    /// u8 = clamp(rne(fma((float)sum, scale[c], bias[c])), lower, upper). The bias holds the output's zero point and
    /// -zero_point_in * sum(weights). ReLU and ReLU6 are bounds.
    SIGHTLINE_OUTPUT_REQUANTIZED = 0,
    /// u8 = curve(saturate_s16(rne(fma((float)sum, scale[c], bias[c])))): SiLU and other smooth activations.
    SIGHTLINE_OUTPUT_CURVE = 1,
    /// v = fma((float)sum, scale[c], bias[c]) in units of the output's scale; v = v < 0 ? v * negative_slope[c] : v;
    /// u8 = clamp(rne(v + zero_point), lower, upper): PReLU and leaky ReLU.
    SIGHTLINE_OUTPUT_PRELU = 2,
    /// float = fma((float)sum, scale[c], bias[c]).
    SIGHTLINE_OUTPUT_FLOAT = 3,
    /// u = fma((float)sum, scale[c], bias[c]) limited to +-SIGHTLINE_ARC_LIMIT (NaN: the lower limit);
    /// u8 = clamp(rne(fma(arcs(u), gain[c], offset[c])), lower, upper): smooth activations where each channel has a step
    /// of its own.
    SIGHTLINE_OUTPUT_ARCS = 4,
} sightline_output_kind;

enum {
    SIGHTLINE_OUTPUT_KINDS = 5,
    SIGHTLINE_CURVE_SEGMENTS = 64,
    SIGHTLINE_ARCS = 32,
    SIGHTLINE_ARC_LIMIT = 1 << 20,
    SIGHTLINE_CHANNEL_PADDING = 64,
};

/// A function of a signed 16-bit argument in 64 straight segments, in 8.8 fixed point.
///
/// With s the argument: index = (uint16_t)s >> 10; fraction = (int16_t)((uint16_t)s << 6) ^ 0x8000, which is the
/// signed distance from the segment's centre; value = centre[index] + ((slope[index] * fraction + 0x4000) >> 15), in
/// wrapping 16-bit arithmetic; output = (uint16_t)value >> 8. The tables are built so that the value never wraps.
typedef struct {
    int16_t centre[SIGHTLINE_CURVE_SEGMENTS];
    int16_t slope[SIGHTLINE_CURVE_SEGMENTS];
} sightline_curve;

/// A function of a real argument in 32 parabolas: arc n, for arguments from n to n + 1, is
/// fma(fma(square[n], u, linear[n]), u, constant[n]). The first and the last go on beyond.
typedef struct {
    float square[SIGHTLINE_ARCS];
    float linear[SIGHTLINE_ARCS];
    float constant[SIGHTLINE_ARCS];
} sightline_arcs;

/// Per-channel arrays hold a multiple of SIGHTLINE_CHANNEL_PADDING entries, so that vector loads stay inside.
typedef struct {
    sightline_output_kind kind;
    const float *scale;
    const float *bias;
    const float *negative_slope;   ///< SIGHTLINE_OUTPUT_PRELU only.
    const sightline_curve *curve;  ///< SIGHTLINE_OUTPUT_CURVE only.
    float zero_point;              ///< SIGHTLINE_OUTPUT_PRELU only.
    uint8_t lower, upper;          ///< Not for SIGHTLINE_OUTPUT_CURVE and SIGHTLINE_OUTPUT_FLOAT.
    const sightline_arcs *arcs;    ///< SIGHTLINE_OUTPUT_ARCS only, like the next two.
    const float *gain;
    const float *offset;
} sightline_epilogue;
