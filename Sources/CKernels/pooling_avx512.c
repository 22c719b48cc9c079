// Maximum pooling with AVX-512, 64 channels at a time.
//
// Windows that overlap along a row share their columns' maxima: each input column is reduced once and kept in a small
// ring, so that a k x k window costs about 2k instead of k * k maxima.
#if defined(__x86_64__)
#include "avx512.h"
#include "geometry.h"

enum { STEP = 64, RING = 16 };

/// The maximum of one column of taps.
SIGHTLINE_AVX512_INLINE __m512i column_maximum(const uint8_t *pixel, uint32_t rows, ptrdiff_t row_step,
                                               __mmask64 mask) {
    __m512i largest = _mm512_maskz_loadu_epi8(mask, pixel);
    for (uint32_t row = 1; row < rows; row++) {
        largest = _mm512_max_epu8(largest, _mm512_maskz_loadu_epi8(mask, pixel + row * row_step));
    }
    return largest;
}

/// Overlapping windows whose taps are neighbours: column c of the input lies in slot c % RING.
SIGHTLINE_AVX512 static void pool_overlapping(const sightline_convolution_shape *shape,
                                              const sightline_convolution_region *region, const uint8_t *input,
                                              uint8_t *output, __mmask64 mask) {
    const ptrdiff_t row_step = shape->dilation_height * region->input_row_stride;
    __m512i ring[RING];
    uint32_t known = 0;
    for (uint32_t column = 0; column < region->columns; column++) {
        const uint32_t first = column * shape->stride_width, end = first + shape->kernel_width;
        for (; known < end; known++) {
            const uint8_t *pixel = input + known * region->input_pixel_stride;
            ring[known % RING] = column_maximum(pixel, shape->kernel_height, row_step, mask);
        }
        __m512i largest = ring[first % RING];
        for (uint32_t n = first + 1; n < end; n++) {
            largest = _mm512_max_epu8(largest, ring[n % RING]);
        }
        _mm512_mask_storeu_epi8(output, mask, largest);
        output += region->output_pixel_stride;
    }
}

SIGHTLINE_AVX512 static void pool_apart(const sightline_convolution_shape *shape,
                                        const sightline_convolution_region *region, const uint8_t *input,
                                        uint8_t *output, __mmask64 mask) {
    const ptrdiff_t row_step = shape->dilation_height * region->input_row_stride;
    const ptrdiff_t tap_step = shape->dilation_width * region->input_pixel_stride;
    for (uint32_t column = 0; column < region->columns; column++) {
        const uint8_t *pixel = input + (ptrdiff_t)column * shape->stride_width * region->input_pixel_stride;
        __m512i largest = column_maximum(pixel, shape->kernel_height, row_step, mask);
        for (uint32_t tap = 1; tap < shape->kernel_width; tap++) {
            pixel += tap_step;
            largest = _mm512_max_epu8(largest, column_maximum(pixel, shape->kernel_height, row_step, mask));
        }
        _mm512_mask_storeu_epi8(output, mask, largest);
        output += region->output_pixel_stride;
    }
}

void sightline_avx512_maximum_pool(const sightline_convolution_shape *shape,
                                   const sightline_convolution_region *region) {
    sightline_assert_region(shape, region);
    assert(shape->input_channels == shape->output_channels);
    const int overlapping =
        shape->dilation_width == 1 && shape->stride_width < shape->kernel_width && shape->kernel_width <= RING;
    for (uint32_t row = 0; row < region->rows; row++) {
        const uint8_t *input = sightline_window(shape, region, row, 0);
        uint8_t *output = sightline_output_pixel(region, row, 0);
        for (uint32_t channel = 0; channel < shape->output_channels; channel += STEP) {
            const uint32_t left = shape->output_channels - channel;
            const __mmask64 mask = left >= STEP ? ~(__mmask64)0 : ((__mmask64)1 << left) - 1;
            (overlapping ? pool_overlapping : pool_apart)(shape, region, input + channel, output + channel, mask);
        }
    }
}

#else
typedef int sightline_not_this_processor;
#endif
