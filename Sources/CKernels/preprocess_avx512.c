// Preprocessing with AVX-512 (F, BW, VL). vpmulhrsw is exactly the contract's scale(d, w).
#if defined(__x86_64__)

#include <immintrin.h>

#include "sightline_preprocess.h"

#pragma clang attribute push(__attribute__((target("avx512f,avx512bw,avx512vl,avx512dq,avx2,fma"))), apply_to = function)

#include "preprocess_scalar.h"

static inline __m512i load_words(const void *pointer) { return _mm512_loadu_si512(pointer); }

static inline void store_words(void *pointer, __m512i value) { _mm512_storeu_si512(pointer, value); }

// Up to 32 rows' bytes of one column block: masked, so that not a byte behind the picture is read.
static inline __m512i blend_block(const uint8_t *top, ptrdiff_t row_stride, const int16_t *weights, size_t taps,
                                  __mmask32 mask) {
    __m512i first = _mm512_cvtepu8_epi16(_mm256_maskz_loadu_epi8(mask, top));
    __m512i sum = _mm512_slli_epi16(first, 7);
    for (size_t k = 1; k < taps; k++) {
        top += row_stride;
        __m512i next = _mm512_cvtepu8_epi16(_mm256_maskz_loadu_epi8(mask, top));
        __m512i difference = _mm512_slli_epi16(_mm512_sub_epi16(next, first), 7);
        sum = _mm512_add_epi16(sum, _mm512_mulhrs_epi16(difference, _mm512_set1_epi16(weights[k - 1])));
    }
    return sum;
}

static void blend_rows(const uint8_t *top, ptrdiff_t row_stride, const int16_t *weights, size_t taps, size_t count,
                       int16_t *output) {
    size_t i = 0;
    if (taps == 2) {
        __m512i weight = _mm512_set1_epi16(weights[0]);
        for (; i + 32 <= count; i += 32) {
            __m512i first = _mm512_cvtepu8_epi16(_mm256_loadu_si256((const __m256i *)(top + i)));
            __m512i next = _mm512_cvtepu8_epi16(_mm256_loadu_si256((const __m256i *)(top + row_stride + i)));
            __m512i difference = _mm512_slli_epi16(_mm512_sub_epi16(next, first), 7);
            __m512i sum = _mm512_add_epi16(_mm512_slli_epi16(first, 7), _mm512_mulhrs_epi16(difference, weight));
            store_words(output + i, sum);
        }
    }
    for (; i + 32 <= count; i += 32) {
        store_words(output + i, blend_block(top + i, row_stride, weights, taps, 0xffffffffu));
    }
    if (i < count) {
        __mmask32 mask = (__mmask32)((1u << (count - i)) - 1);
        store_words(output + i, blend_block(top + i, row_stride, weights, taps, mask));
    }
}

// Sixteen outputs by gathers, for strong reductions whose samples lie far apart.
static inline void resample_gathered(const int16_t *row, const uint16_t *left, const int16_t *weights,
                                     size_t weight_stride, size_t taps, int16_t *output) {
    __m512i index = _mm512_cvtepu16_epi32(_mm256_loadu_si256((const __m256i *)left));
    __m512i rounding = _mm512_set1_epi32(0x4000);
    __m512i pair = _mm512_i32gather_epi32(index, row, 2);
    __m512i first = _mm512_srai_epi32(_mm512_slli_epi32(pair, 16), 16);
    __m512i sum = first;
    for (size_t k = 1;; k += 2) {
        const int16_t *run = weights + (k - 1) * weight_stride;
        __m512i weight = _mm512_cvtepi16_epi32(_mm256_loadu_si256((const __m256i *)run));
        __m512i difference = _mm512_sub_epi32(_mm512_srai_epi32(pair, 16), first);
        __m512i product = _mm512_add_epi32(_mm512_mullo_epi32(difference, weight), rounding);
        sum = _mm512_add_epi32(sum, _mm512_srai_epi32(product, 15));
        if (k + 1 >= taps) break;
        pair = _mm512_i32gather_epi32(index, row + k + 1, 2);
        weight = _mm512_cvtepi16_epi32(_mm256_loadu_si256((const __m256i *)(run + weight_stride)));
        difference = _mm512_sub_epi32(_mm512_srai_epi32(_mm512_slli_epi32(pair, 16), 16), first);
        product = _mm512_add_epi32(_mm512_mullo_epi32(difference, weight), rounding);
        sum = _mm512_add_epi32(sum, _mm512_srai_epi32(product, 15));
    }
    _mm256_storeu_si256((__m256i *)output, _mm512_cvtepi32_epi16(sum));
}

// Samples left[j] + k of 16 outputs in the low half and left[j] + k + 1 in the high half, from a window of 64 words.
static inline __m512i pick_pair(__m512i near, __m512i far, __m256i offset, size_t k) {
    __m256i low = _mm256_add_epi16(offset, _mm256_set1_epi16((int16_t)k));
    __m256i high = _mm256_add_epi16(low, _mm256_set1_epi16(1));
    __m512i index = _mm512_inserti64x4(_mm512_castsi256_si512(low), high, 1);
    return _mm512_permutex2var_epi16(near, index, far);
}

static void resample(const int16_t *row, const uint16_t *left, const int16_t *weights, size_t weight_stride, size_t taps,
                     size_t count, int16_t *output) {
    for (size_t x = 0; x < count; x += 32) {
        size_t base_a = left[x], base_b = left[x + 16];
        if (left[x + 15] - base_a + taps > 64 || left[x + 31] - base_b + taps > 64) {
            resample_gathered(row, left + x, weights + x, weight_stride, taps, output + x);
            resample_gathered(row, left + x + 16, weights + x + 16, weight_stride, taps, output + x + 16);
            continue;
        }
        __m256i offset_a = _mm256_sub_epi16(
            _mm256_loadu_si256((const __m256i *)(left + x)), _mm256_set1_epi16((int16_t)base_a));
        __m256i offset_b = _mm256_sub_epi16(
            _mm256_loadu_si256((const __m256i *)(left + x + 16)), _mm256_set1_epi16((int16_t)base_b));
        __m512i near_a = load_words(row + base_a), far_a = load_words(row + base_a + 32);
        __m512i near_b = load_words(row + base_b), far_b = load_words(row + base_b + 32);
        __m512i a = pick_pair(near_a, far_a, offset_a, 0), b = pick_pair(near_b, far_b, offset_b, 0);
        __m512i first = _mm512_shuffle_i64x2(a, b, 0x44);
        __m512i second = _mm512_shuffle_i64x2(a, b, 0xee);
        __m512i sum = _mm512_add_epi16(
            first, _mm512_mulhrs_epi16(_mm512_sub_epi16(second, first), load_words(weights + x)));
        for (size_t k = 2; k < taps; k += 2) {
            const int16_t *run = weights + (k - 1) * weight_stride + x;
            a = pick_pair(near_a, far_a, offset_a, k);
            b = pick_pair(near_b, far_b, offset_b, k);
            __m512i even = _mm512_sub_epi16(_mm512_shuffle_i64x2(a, b, 0x44), first);
            __m512i odd = _mm512_sub_epi16(_mm512_shuffle_i64x2(a, b, 0xee), first);
            sum = _mm512_add_epi16(sum, _mm512_mulhrs_epi16(even, load_words(run)));
            sum = _mm512_add_epi16(sum, _mm512_mulhrs_epi16(odd, load_words(run + weight_stride)));
        }
        store_words(output + x, sum);
    }
}

static inline void store_bytes(uint8_t *output, __m512i words) {
    __m512i positive = _mm512_max_epi16(words, _mm512_setzero_si512());
    _mm256_storeu_si256((__m256i *)output, _mm512_cvtusepi16_epi8(positive));
}

static void yuv_to_rgb(const sightline_color_matrix *matrix, const int16_t *y, const int16_t *u, const int16_t *v,
                       size_t count, uint8_t *red, uint8_t *green, uint8_t *blue) {
    __m512i luma_zero = _mm512_set1_epi16(matrix->luma_zero);
    __m512i luma_scale = _mm512_set1_epi16(matrix->luma);
    __m512i red_from_v = _mm512_set1_epi16(matrix->red_from_v);
    __m512i green_from_u = _mm512_set1_epi16(matrix->green_from_u);
    __m512i green_from_v = _mm512_set1_epi16(matrix->green_from_v);
    __m512i blue_from_u = _mm512_set1_epi16(matrix->blue_from_u);
    __m512i half = _mm512_set1_epi16(16), neutral = _mm512_set1_epi16(16384);
    for (size_t i = 0; i < count; i += 32) {
        __m512i luma = _mm512_mulhrs_epi16(_mm512_sub_epi16(load_words(y + i), luma_zero), luma_scale);
        luma = _mm512_add_epi16(luma, half);
        __m512i cb = _mm512_sub_epi16(load_words(u + i), neutral);
        __m512i cr = _mm512_sub_epi16(load_words(v + i), neutral);
        __m512i r = _mm512_add_epi16(luma, _mm512_mulhrs_epi16(cr, red_from_v));
        __m512i g = _mm512_add_epi16(luma, _mm512_mulhrs_epi16(cb, green_from_u));
        g = _mm512_add_epi16(g, _mm512_mulhrs_epi16(cr, green_from_v));
        __m512i b = _mm512_add_epi16(luma, _mm512_mulhrs_epi16(cb, blue_from_u));
        store_bytes(red + i, _mm512_srai_epi16(r, 5));
        store_bytes(green + i, _mm512_srai_epi16(g, 5));
        store_bytes(blue + i, _mm512_srai_epi16(b, 5));
    }
}

static void round_to_bytes(const int16_t *row, size_t count, uint8_t *output) {
    for (size_t i = 0; i < count; i += 32) {
        store_bytes(output + i, _mm512_srai_epi16(_mm512_add_epi16(load_words(row + i), _mm512_set1_epi16(64)), 7));
    }
}

static void interleave(const uint8_t *first, const uint8_t *second, const uint8_t *third, size_t pixel_stride,
                       size_t count, uint8_t *output) {
    if (pixel_stride != 4) {
        sightline_preprocess_avx2.interleave(first, second, third, pixel_stride, count, output);
        return;
    }
    size_t i = 0;
    for (; i + 16 <= count; i += 16) {
        __m512i a = _mm512_cvtepu8_epi32(_mm_loadu_si128((const __m128i *)(first + i)));
        __m512i b = _mm512_cvtepu8_epi32(_mm_loadu_si128((const __m128i *)(second + i)));
        __m512i c = _mm512_cvtepu8_epi32(_mm_loadu_si128((const __m128i *)(third + i)));
        __m512i pixels = _mm512_or_si512(a, _mm512_slli_epi32(b, 8));
        store_words(output + i * 4, _mm512_or_si512(pixels, _mm512_slli_epi32(c, 16)));
    }
    preprocess_interleave_rest(first, second, third, pixel_stride, i, count, output);
}

const sightline_preprocess_kernels sightline_preprocess_avx512 = {
    .name = "avx512",
    .blend_rows = blend_rows,
    .extract = preprocess_extract,
    .resample = resample,
    .yuv_to_rgb = yuv_to_rgb,
    .round_to_bytes = round_to_bytes,
    .interleave = interleave,
    .to_float = preprocess_to_float,
};

#pragma clang attribute pop

#endif
