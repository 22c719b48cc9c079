// Single-precision kernels: elementwise operations on runs, softmax, transposition, direct convolution and pooling of
// channels-last feature maps.
//
// Common to all kernels: no allocation, no state, no failure. Every result is the same on every instruction set: each
// output is computed by a fixed sequence of IEEE operations (with explicit fused multiply-adds), and reductions always
// use sixteen partial results. Input and output may be the same run, but may not overlap otherwise. Vectors are loaded
// whole: 60 bytes behind every input must be readable.
#pragma once

#include <stddef.h>
#include <stdint.h>

/// Functions of one number; `p` and `q` are parameters where the name needs some.
typedef enum {
    SIGHTLINE_FLOAT_COPY = 0,
    SIGHTLINE_FLOAT_AFFINE,        ///< fma(x, p, q)
    SIGHTLINE_FLOAT_CLIP,          ///< min(max(x, p), q); NaN stays
    SIGHTLINE_FLOAT_LEAKY,         ///< x < 0 ? p * x : x
    SIGHTLINE_FLOAT_SIGMOID,
    SIGHTLINE_FLOAT_SILU,          ///< x * sigmoid(p * x)
    SIGHTLINE_FLOAT_HARD_SIGMOID,  ///< min(max(p * x + q, 0), 1)
    SIGHTLINE_FLOAT_HARD_SWISH,    ///< x * min(max(x / 6 + 0.5, 0), 1)
    SIGHTLINE_FLOAT_TANH,
    SIGHTLINE_FLOAT_EXP,
    SIGHTLINE_FLOAT_SQUARE_ROOT,
    SIGHTLINE_FLOAT_RECIPROCAL,
    SIGHTLINE_FLOAT_NEGATE,
    SIGHTLINE_FLOAT_ABSOLUTE,
    SIGHTLINE_FLOAT_SQUARE,
    SIGHTLINE_FLOAT_FLOOR,
    SIGHTLINE_FLOAT_CEILING,
    SIGHTLINE_FLOAT_ROUND,  ///< halves to even
    SIGHTLINE_FLOAT_ELU,    ///< x < 0 ? p * (exp(x) - 1) : x
    SIGHTLINE_FLOAT_SOFTPLUS,
    SIGHTLINE_FLOAT_MISH,
    SIGHTLINE_FLOAT_GELU,       ///< 0.5 * x * (1 + erf(x / sqrt(2)))
    SIGHTLINE_FLOAT_GELU_TANH,  ///< the usual approximation of it
    SIGHTLINE_FLOAT_ERF,
    SIGHTLINE_FLOAT_LOG,
    SIGHTLINE_FLOAT_POWER,      ///< x to the power p
} sightline_float_function;

/// Functions of two numbers.
typedef enum {
    SIGHTLINE_FLOAT_ADD = 0,
    SIGHTLINE_FLOAT_SUBTRACT,
    SIGHTLINE_FLOAT_MULTIPLY,
    SIGHTLINE_FLOAT_DIVIDE,
    SIGHTLINE_FLOAT_MINIMUM,
    SIGHTLINE_FLOAT_MAXIMUM,
    SIGHTLINE_FLOAT_PRELU,  ///< a < 0 ? a * b : a
    SIGHTLINE_FLOAT_RAISE,  ///< a to the power b
} sightline_float_combination;

/// A window that slides over a channels-last map; counts are in elements of float, not bytes.
typedef struct {
    const float *input;  ///< The map's pixel (0, 0), channel 0.
    ptrdiff_t input_row_stride, input_pixel_stride;
    int32_t input_height, input_width;
    float *output;  ///< The first output pixel of the row.
    ptrdiff_t output_pixel_stride;
    int32_t output_width;
    int32_t channels;
    int32_t kernel_height, kernel_width;
    int32_t stride_width;
    int32_t dilation_height, dilation_width;
    int32_t first_row;     ///< Input row under tap (0, .) of this output row; may be negative.
    int32_t first_column;  ///< Input column under tap (., 0) of output column 0; may be negative.
} sightline_float_window;

/// Columns that a product computes at a time; packed right operands come in panels of as many.
enum { SIGHTLINE_FLOAT_PANEL = 64 };

/// c = initial + a * b, where the rows of `a` are gathered by pointers: each row is `segments` runs of `length` numbers
/// (the taps of a convolution, or one run for a plain matrix).
typedef struct {
    const float *const *pointers;  ///< [segment][row]: the run's first number. Numbers lie `depth_stride` apart.
    size_t pointer_pitch;          ///< From a segment's pointers to the next one's.
    size_t segments, length;
    ptrdiff_t depth_stride;
    /// Row k of panel n starts at b + n * b_panel_stride + k * b_row_stride. Up to 63 numbers behind a row's end may be read.
    const float *b;
    ptrdiff_t b_row_stride, b_panel_stride;
    float *c;
    ptrdiff_t c_row_stride;
    int accumulates;       ///< c itself is the initial value.
    const float *initial;  ///< One for each column, readable up to a multiple of 16; or NULL for zeros.
    size_t rows, columns;
} sightline_float_product;

/// Pixels of adjacent channels on their way out. Each value v = input becomes
///     v = v + addend                       where there is one
///     v = fma(v, scale[c], shift[c]); v = v < 0 ? v * slope[c] : v      where there are scales
/// and is stored as a real, as a byte clamp(rne(fma(v, factors[c], zero_points[c])), 0, 255), or both. Strides are in
/// elements; arrays for channels are readable up to a multiple of 16. Reals may be the input itself.
typedef struct {
    const float *input;
    ptrdiff_t input_stride;
    const float *addend;  ///< Or NULL.
    ptrdiff_t addend_stride;
    const float *scale, *shift, *slope;  ///< All or none of them.
    float *reals;                        ///< Or NULL.
    ptrdiff_t reals_stride;
    const float *factors, *zero_points;
    uint8_t *bytes;  ///< Or NULL.
    ptrdiff_t bytes_stride;
    size_t pixels, channels;
} sightline_float_pixels;

typedef struct {
    void (*apply)(sightline_float_function function, float p, float q, const float *input, float *output, size_t count);
    void (*combine)(sightline_float_combination function, const float *a, const float *b, float *output, size_t count);
    /// output = fma(a, b, c)
    void (*multiply_add)(const float *a, const float *b, const float *c, float *output, size_t count);

    /// Softmax of `rows` rows of `count` adjacent elements; strides in elements.
    void (*softmax)(const float *input, ptrdiff_t input_stride, float *output, ptrdiff_t output_stride, size_t rows,
                    size_t count);

    /// Each row's mean of sixteen weights under the softmax of its sixteen adjacent elements: how boxes' edges are read from
    /// distributions over distances. Strides in elements.
    void (*expectation)(const float *input, ptrdiff_t input_stride, const float *weights, float *output,
                        ptrdiff_t output_stride, size_t rows);

    /// output[c * output_stride + r] = input[r * input_stride + c]; strides in elements.
    void (*transpose)(const float *input, ptrdiff_t input_stride, float *output, ptrdiff_t output_stride, size_t rows,
                      size_t columns);
    /// The same of the inputs' sigmoids, to the bit as SIGHTLINE_FLOAT_SIGMOID has them.
    void (*transpose_sigmoids)(const float *input, ptrdiff_t input_stride, float *output, ptrdiff_t output_stride,
                               size_t rows, size_t columns);

    /// One output row of a depthwise convolution. Weights and bias: [tap][channel], [channel]. Outside the map is zero.
    void (*depthwise_row)(const sightline_float_window *window, const float *weights, const float *bias);
    /// One output row of maximum pooling. Outside the map is ignored.
    /// Scratch: input_width * channels numbers, and 15 more that are readable.
    void (*maximum_row)(const sightline_float_window *window, float *scratch);
    /// One output row of average pooling: the sum inside the map times `reciprocals[output column]`.
    /// Scratch as for `maximum_row`.
    void (*average_row)(const sightline_float_window *window, const float *reciprocals, float *scratch);

    /// output[i] = fma(t, b[i] - a[i], a[i]) as linear interpolation.
    void (*interpolate)(const float *a, const float *b, float t, float *output, size_t count);

    void (*product)(const sightline_float_product *product);
    /// The largest of scale * values[i].
    float (*scaled_maximum)(const float *values, float scale, size_t count);
    /// values[i] = e^(scale * values[i] - offset); returns the sum.
    float (*exponentials)(float *values, float scale, float offset, size_t count);
    /// output[i] = 255 * e^(scale * values[i] - offset) as a byte, at most 0.52 from the real number; `offset` is the largest
    /// of scale * values[i]. Returns the sum of the bytes.
    uint32_t (*byte_exponentials)(const float *values, float scale, float offset, uint8_t *output, size_t count);
    /// Columns of numbers to signed bytes: scales[c] = largest |values[.][c]| / 127, and
    /// output[c * output_stride + r] = rne(values[r][c] / scales[c]).
    void (*quantize_columns)(const float *values, ptrdiff_t row_stride, size_t rows, size_t columns, float *scales,
                             int8_t *output, ptrdiff_t output_stride);

    /// `quantize` of the int8 kernels for rows of `count` numbers that follow each other, into rows of bytes that lie
    /// `output_stride` apart.
    void (*quantize_rows)(float scale, int32_t zero_point, const float *input, uint8_t *output, ptrdiff_t output_stride,
                          size_t rows, size_t count);
    /// output[c] = clamp(rne(fma(input[c], factors[c], zero_points[c])), 0, 255) for pixels of adjacent channels; the
    /// input's pixels follow each other, the output's lie `output_stride` bytes apart. Arrays for channels are readable up
    /// to a multiple of 16.
    void (*quantize_pixels)(const float *input, const float *factors, const float *zero_points, uint8_t *output,
                            ptrdiff_t output_stride, size_t pixels, size_t channels);
    void (*finish_pixels)(const sightline_float_pixels *pixels);
    /// Copies `count` bytes of each pixel; strides in bytes.
    void (*copy_pixels)(const uint8_t *input, ptrdiff_t input_stride, uint8_t *output, ptrdiff_t output_stride,
                        size_t pixels, size_t count);

    /// Sum, and maximum, of adjacent elements. `count` is at least 1 for the maximum.
    float (*sum)(const float *input, size_t count);
    float (*maximum)(const float *input, size_t count);
} sightline_float_kernels;

/// The single-precision kernels that go with the int8 table of that name, or NULL when it is unknown.
const sightline_float_kernels *sightline_float_kernels_named(const char *name);
