// Blends with AVX-512: 64 channels of a pixel, or of two or four, at a time where conversions are safe, else 16.
#if defined(__x86_64__)
#include "avx512.h"
#include "packing.h"

static const byte_order packed_order = SIGHTLINE_VECTOR_BY_VECTOR(SIGHTLINE_PACKED_BYTE);
static const byte_order curve_order = SIGHTLINE_VECTOR_BY_VECTOR(SIGHTLINE_CURVE_BYTE);

typedef struct {
    const sightline_epilogue *epilogue;
    const float *scale_b;
    uint32_t channels;
    int safe;
} task;

/// 16 channels' values, from `channel` on. `b` is NULL for one tensor.
SIGHTLINE_AVX512_INLINE __m512 blended(const task *task, const uint8_t *a, const uint8_t *b, uint32_t channel,
                                       __mmask16 mask) {
    const __m512 scale = _mm512_maskz_loadu_ps(mask, task->epilogue->scale + channel);
    __m512 inner = _mm512_maskz_loadu_ps(mask, task->epilogue->bias + channel);
    if (b) {
        const __m512i bytes = _mm512_cvtepu8_epi32(_mm_maskz_loadu_epi8(mask, b + channel));
        inner = scaled_sums(bytes, _mm512_maskz_loadu_ps(mask, task->scale_b + channel), inner);
    }
    return scaled_sums(_mm512_cvtepu8_epi32(_mm_maskz_loadu_epi8(mask, a + channel)), scale, inner);
}

SIGHTLINE_AVX512_INLINE void blend_pixel(const sightline_output_kind kind, const task *task, const finisher *f,
                                         const uint8_t *a, const uint8_t *b, void *output) {
    uint32_t channel = 0;
    for (; kind != SIGHTLINE_OUTPUT_FLOAT && task->safe && channel + 64 <= task->channels; channel += 64) {
        __m512 values[4];
        channel_factors factors;
        SIGHTLINE_UNROLL
        for (uint32_t n = 0; n < 4; n++) {
            const uint32_t c = channel + 16 * n;
            values[n] = blended(task, a, b, c, (__mmask16)0xFFFF);
            load_factors(kind, task->epilogue, c, (int)n, &factors);
        }
        _mm512_storeu_si512((uint8_t *)output + channel, bytes_of_values(kind, 1, values, &factors, f));
    }
    for (; channel < task->channels; channel += 16) {
        const __mmask16 mask = lane_mask(task->channels - channel);
        finish_values(kind, task->epilogue, f, channel, mask, blended(task, a, b, channel, mask), output);
    }
}

/// Pixels of one or two vectors of channels, as many as make four vectors. Returns how many columns it did.
SIGHTLINE_AVX512_INLINE uint32_t blend_narrow(const sightline_output_kind kind, const uint32_t vectors, const int two,
                                              const task *task, const finisher *f, const sightline_blend_region *region,
                                              const uint8_t *a, const uint8_t *b, uint8_t *output) {
    const uint32_t pixels = 4 / vectors;
    channel_factors factors;
    SIGHTLINE_UNROLL
    for (uint32_t n = 0; n < 4; n++) {
        load_factors(kind, task->epilogue, 16 * (n % vectors), (int)n, &factors);
    }
    uint32_t column = 0;
    for (; column + pixels <= region->columns; column += pixels) {
        __m512 values[4];
        SIGHTLINE_UNROLL
        for (uint32_t n = 0; n < 4; n++) {
            const uint32_t pixel = column + n / vectors;
            values[n] = blended(task, a + pixel * region->a_pixel_stride,
                                two ? b + pixel * region->b_pixel_stride : NULL, 16 * (n % vectors), (__mmask16)0xFFFF);
        }
        const __m512i bytes = bytes_of_values(kind, 1, values, &factors, f);
        uint8_t *to = output + column * region->output_pixel_stride;
        if (vectors == 2) {
            _mm256_storeu_si256((__m256i *)to, _mm512_castsi512_si256(bytes));
            _mm256_storeu_si256((__m256i *)(to + region->output_pixel_stride), _mm512_extracti64x4_epi64(bytes, 1));
        } else {
            SIGHTLINE_STORE_QUARTER(to, bytes, 0);
            SIGHTLINE_STORE_QUARTER(to + region->output_pixel_stride, bytes, 1);
            SIGHTLINE_STORE_QUARTER(to + 2 * region->output_pixel_stride, bytes, 2);
            SIGHTLINE_STORE_QUARTER(to + 3 * region->output_pixel_stride, bytes, 3);
        }
    }
    return column;
}

SIGHTLINE_AVX512_INLINE void blend_row(const sightline_output_kind kind, const int two, const task *task,
                                       const finisher *f, const sightline_blend_region *region, const uint8_t *a,
                                       const uint8_t *b, char *output) {
    uint32_t column = 0;
    if (kind != SIGHTLINE_OUTPUT_FLOAT && task->safe && task->channels == 16) {
        column = blend_narrow(kind, 1, two, task, f, region, a, b, (uint8_t *)output);
    } else if (kind != SIGHTLINE_OUTPUT_FLOAT && task->safe && task->channels == 32) {
        column = blend_narrow(kind, 2, two, task, f, region, a, b, (uint8_t *)output);
    }
    for (; column < region->columns; column++) {
        blend_pixel(kind, task, f, a + column * region->a_pixel_stride,
                    two ? b + column * region->b_pixel_stride : NULL, output + column * region->output_pixel_stride);
    }
}

SIGHTLINE_AVX512_INLINE void blend_rows(const sightline_output_kind kind, const task *task,
                                        const sightline_blend_region *region) {
    const finisher f = prepared(task->epilogue, kind, &packed_order, &curve_order);
    for (uint32_t row = 0; row < region->rows; row++) {
        const uint8_t *a = region->a + row * region->a_row_stride;
        char *output = (char *)region->output + row * region->output_row_stride;
        if (region->b) {
            blend_row(kind, 1, task, &f, region, a, region->b + row * region->b_row_stride, output);
        } else {
            blend_row(kind, 0, task, &f, region, a, NULL, output);
        }
    }
}

SIGHTLINE_AVX512 void sightline_avx512_blend(const sightline_epilogue *epilogue, const float *scale_b,
                                             const sightline_blend_region *region) {
    const int safe = sightline_blend_is_safe(epilogue, region->b ? scale_b : NULL, region->channels);
    const task task = {epilogue, scale_b, region->channels, safe};
    switch (epilogue->kind) {
    case SIGHTLINE_OUTPUT_REQUANTIZED:
        blend_rows(SIGHTLINE_OUTPUT_REQUANTIZED, &task, region);
        break;
    case SIGHTLINE_OUTPUT_CURVE:
        blend_rows(SIGHTLINE_OUTPUT_CURVE, &task, region);
        break;
    case SIGHTLINE_OUTPUT_PRELU:
        blend_rows(SIGHTLINE_OUTPUT_PRELU, &task, region);
        break;
    case SIGHTLINE_OUTPUT_FLOAT:
        blend_rows(SIGHTLINE_OUTPUT_FLOAT, &task, region);
        break;
    case SIGHTLINE_OUTPUT_ARCS:
        blend_rows(SIGHTLINE_OUTPUT_ARCS, &task, region);
        break;
    }
}

#else
typedef int sightline_not_this_processor;
#endif
