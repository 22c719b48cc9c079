// Preprocessing: from a decoder's planes to a network's input, one row at a time through buffers that stay in the first
// cache level. Every stage is exact integer arithmetic, so that all instruction sets give the same bytes.
//
// Samples travel as Q7: an 8-bit sample times 128, in int16_t (0...32640). Weights are Q15. The product of both is
//     scale(d, w) = (d * w + 0x4000) >> 15
// and a weighted mean of samples s[0]... is s[0] + sum over k >= 1 of scale(s[k] - s[0], w[k]): bilinear interpolation
// with two taps, area averaging with more.
//
// "Row buffers" below are the caller's scratch memory: SIGHTLINE_ROW_PADDING elements behind the last one may be read
// and written. Pictures and destinations are never touched outside the stated bytes.
#pragma once

#include <stddef.h>
#include <stdint.h>

enum { SIGHTLINE_ROW_PADDING = 64 };

/// Conversion of Q7 luma and chroma to R'G'B'. Coefficients are Q13: results are Q5, rounded and clamped to a byte.
///     red   = scale(y - luma_zero, luma) + scale(v - 16384, red_from_v)
///     green = scale(y - luma_zero, luma) + scale(u - 16384, green_from_u) + scale(v - 16384, green_from_v)
///     blue  = scale(y - luma_zero, luma) + scale(u - 16384, blue_from_u)
typedef struct {
    int16_t luma_zero;  ///< The code of black, Q7.
    int16_t luma;
    int16_t red_from_v;
    int16_t green_from_u;
    int16_t green_from_v;
    int16_t blue_from_u;
} sightline_color_matrix;

/// Conversion of 8-bit R'G'B' to Y'CbCr. Coefficients are Q15; chroma is that of the mean of each 2x2 block.
typedef struct {
    int32_t y_from_red, y_from_green, y_from_blue, y_offset;
    int32_t u_from_red, u_from_green, u_from_blue;
    int32_t v_from_red, v_from_green, v_from_blue;
} sightline_inverse_color_matrix;

typedef struct {
    /// "avx512", "avx2" or "portable".
    const char *name;

    /// Weighted mean of `taps` consecutive picture rows: Q7 samples. `weights[k]` belongs to row k + 1.
    /// Reads exactly `count` bytes of each row; `output` is a row buffer.
    void (*blend_rows)(const uint8_t *top, ptrdiff_t row_stride, const int16_t *weights, size_t taps, size_t count,
                       int16_t *output);

    /// output[i] = row[i * step]; both are row buffers.
    void (*extract)(const int16_t *row, size_t step, size_t count, int16_t *output);

    /// Weighted mean of `taps` neighbours starting at left[x]. `weights` holds taps - 1 runs of `weight_stride` values;
    /// value x of run k belongs to tap k + 1. `taps` is even. `left` never decreases. All arrays are row buffers whose
    /// padding repeats the last entry (`left`) or is zero (`weights`).
    void (*resample)(const int16_t *row, const uint16_t *left, const int16_t *weights, size_t weight_stride, size_t taps,
                     size_t count, int16_t *output);

    /// Q7 luma and chroma to bytes; all are row buffers.
    void (*yuv_to_rgb)(const sightline_color_matrix *matrix, const int16_t *y, const int16_t *u, const int16_t *v,
                       size_t count, uint8_t *red, uint8_t *green, uint8_t *blue);

    /// Q7 to bytes: (sample + 64) >> 7; both are row buffers.
    void (*round_to_bytes)(const int16_t *row, size_t count, uint8_t *output);

    /// Three rows of bytes to pixels `pixel_stride` >= 3 bytes apart. With a stride of 4, the fourth byte becomes 0;
    /// with other strides the bytes between pixels are left alone. Writes nothing behind the last pixel.
    void (*interleave)(const uint8_t *first, const uint8_t *second, const uint8_t *third, size_t pixel_stride,
                       size_t count, uint8_t *output);

    /// output[i * stride] = (float)input[i] * scale + offset, both operations rounded.
    void (*to_float)(const uint8_t *input, float scale, float offset, size_t stride, size_t count, float *output);
} sightline_preprocess_kernels;

/// The best table that this processor runs; SIGHTLINE_ISA in the environment selects a lesser one.
const sightline_preprocess_kernels *sightline_preprocess_selected(void);

/// The table of that name, or NULL when it is unknown or this processor cannot run it.
const sightline_preprocess_kernels *sightline_preprocess_named(const char *name);

/// Two rows of interleaved 8-bit pixels to two rows of luma and one of each chroma plane (4:2:0, centred chroma).
///
/// `second` may equal `first` for the last row of an odd height, and then `second_luma` equals `first_luma`. The byte
/// offsets of red, green and blue inside a pixel are given. An odd last column counts twice in its chroma sample.
void sightline_rgb_to_yuv420_rows(const sightline_inverse_color_matrix *matrix, const uint8_t *first,
                                  const uint8_t *second, size_t pixel_stride, size_t red, size_t green, size_t blue,
                                  size_t width, uint8_t *first_luma, uint8_t *second_luma, uint8_t *u, uint8_t *v);

// Implementation tables; use sightline_preprocess_named.
extern const sightline_preprocess_kernels sightline_preprocess_portable;
#if defined(__x86_64__)
extern const sightline_preprocess_kernels sightline_preprocess_avx2;
extern const sightline_preprocess_kernels sightline_preprocess_avx512;
#endif
