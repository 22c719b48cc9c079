// Blends with AVX2, 32 channels of a pixel at a time.
#if defined(__x86_64__)
#define SIGHTLINE_YMM __attribute__((target("avx2,fma")))
#include "avx2.h"
#include "packing.h"
#include "ymm.h"

typedef struct {
    sightline_way_out out;
    const float *scale_b;
    int safe;
} task;

/// Up to eight bytes as integers; reads up to the next multiple of four.
SIGHTLINE_YMM_INLINE __m256i integers_of(const uint8_t *bytes, uint32_t count) {
    return _mm256_cvtepu8_epi32(count >= 8 ? _mm_loadl_epi64((const __m128i *)bytes) : loaded_16(bytes, count));
}

/// 32 channels' values, from `channel` on; those behind `count` are anything.
SIGHTLINE_YMM_INLINE void blended(const task *task, const uint8_t *a, const uint8_t *b, uint32_t channel,
                                  uint32_t count, __m256 values[4]) {
    const sightline_epilogue *epilogue = task->out.epilogue;
    SIGHTLINE_UNROLL
    for (uint32_t n = 0; n < 4; n++) {
        if (8 * n >= count) {
            values[n] = _mm256_setzero_ps();
            continue;
        }
        const uint32_t c = channel + 8 * n;
        __m256 inner = _mm256_loadu_ps(epilogue->bias + c);
        if (b) {
            inner = scaled_sums(integers_of(b + c, count - 8 * n), _mm256_loadu_ps(task->scale_b + c), inner);
        }
        values[n] = scaled_sums(integers_of(a + c, count - 8 * n), _mm256_loadu_ps(epilogue->scale + c), inner);
    }
}

SIGHTLINE_YMM_INLINE void blend_pixel(const sightline_output_kind kind, const task *task, const ymm_finisher *f,
                                      const uint8_t *a, const uint8_t *b, void *output) {
    uint32_t channel = 0;
    __m256 values[4];
    for (; task->safe && channel + 32 <= task->out.channels; channel += 32) {
        blended(task, a, b, channel, 32, values);
        finish_values(kind, 0, task->out.epilogue, f, channel, 32, values, output);
    }
    for (; channel < task->out.channels; channel += 32) {
        const uint32_t left = task->out.channels - channel, count = left < 32 ? left : 32;
        blended(task, a, b, channel, count, values);
        finish_values(kind, 1, task->out.epilogue, f, channel, count, values, output);
    }
}

SIGHTLINE_YMM_INLINE void blend_rows(const sightline_output_kind kind, const task *task,
                                     const sightline_blend_region *region) {
    const ymm_finisher f = prepared(&task->out);
    for (uint32_t row = 0; row < region->rows; row++) {
        const uint8_t *a = region->a + row * region->a_row_stride;
        const uint8_t *b = region->b ? region->b + row * region->b_row_stride : NULL;
        char *output = (char *)region->output + row * region->output_row_stride;
        for (uint32_t column = 0; column < region->columns; column++) {
            blend_pixel(kind, task, &f, a, b, output);
            a += region->a_pixel_stride;
            b = b ? b + region->b_pixel_stride : NULL;
            output += region->output_pixel_stride;
        }
    }
}

SIGHTLINE_YMM void sightline_avx2_blend(const sightline_epilogue *epilogue, const float *scale_b,
                                        const sightline_blend_region *region) {
    sightline_curve_bytes curve;
    if (epilogue->kind == SIGHTLINE_OUTPUT_CURVE) {
        sightline_split_curve(epilogue->curve, &curve);
    }
    const int safe = sightline_blend_is_safe(epilogue, region->b ? scale_b : NULL, region->channels);
    const sightline_way_out out = {.epilogue = epilogue,
                                   .curve = &curve,
                                   .channels = region->channels,
                                   .output_pixel_stride = region->output_pixel_stride};
    const task task = {out, scale_b, safe};
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
