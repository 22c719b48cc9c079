// Preprocessing with AVX2. vpmulhrsw is exactly the contract's scale(d, w).
#if defined(__x86_64__)

#include <immintrin.h>

#include "sightline_preprocess.h"

#pragma clang attribute push(__attribute__((target("avx2,fma"))), apply_to = function)

#include "preprocess_scalar.h"

static inline __m256i load_words(const void *pointer) { return _mm256_loadu_si256((const __m256i *)pointer); }

static inline void store_words(void *pointer, __m256i value) { _mm256_storeu_si256((__m256i *)pointer, value); }

static inline __m256i widen(const uint8_t *pointer) {
    return _mm256_cvtepu8_epi16(_mm_loadu_si128((const __m128i *)pointer));
}

static void blend_rows(const uint8_t *top, ptrdiff_t row_stride, const int16_t *weights, size_t taps, size_t count,
                       int16_t *output) {
    size_t i = 0;
    for (; i + 16 <= count; i += 16) {
        __m256i first = widen(top + i);
        __m256i sum = _mm256_slli_epi16(first, 7);
        const uint8_t *next = top + i;
        for (size_t k = 1; k < taps; k++) {
            next += row_stride;
            __m256i difference = _mm256_slli_epi16(_mm256_sub_epi16(widen(next), first), 7);
            sum = _mm256_add_epi16(sum, _mm256_mulhrs_epi16(difference, _mm256_set1_epi16(weights[k - 1])));
        }
        store_words(output + i, sum);
    }
    for (; i < count; i++) output[i] = preprocess_blend_one(top, row_stride, weights, taps, i);
}

// Eight samples row[left[j] + tap] of each 128-bit half, from windows of 16 words.
static inline __m256i pick(const int16_t *low, const int16_t *high, __m256i low_half, __m256i high_half) {
    __m256i near = _mm256_inserti128_si256(
        _mm256_castsi128_si256(_mm_loadu_si128((const __m128i *)low)), _mm_loadu_si128((const __m128i *)high), 1);
    __m256i far = _mm256_inserti128_si256(
        _mm256_castsi128_si256(_mm_loadu_si128((const __m128i *)(low + 8))),
        _mm_loadu_si128((const __m128i *)(high + 8)), 1);
    return _mm256_or_si256(_mm256_shuffle_epi8(near, low_half), _mm256_shuffle_epi8(far, high_half));
}

// Eight outputs by gathers, for strong reductions whose samples lie far apart.
static inline void resample_gathered(const int16_t *row, const uint16_t *left, const int16_t *weights,
                                     size_t weight_stride, size_t taps, int16_t *output) {
    __m256i index = _mm256_cvtepu16_epi32(_mm_loadu_si128((const __m128i *)left));
    __m256i rounding = _mm256_set1_epi32(0x4000);
    __m256i pair = _mm256_i32gather_epi32((const int *)row, index, 2);
    __m256i first = _mm256_srai_epi32(_mm256_slli_epi32(pair, 16), 16);
    __m256i sum = first;
    for (size_t k = 1;; k += 2) {
        const int16_t *run = weights + (k - 1) * weight_stride;
        __m256i weight = _mm256_cvtepi16_epi32(_mm_loadu_si128((const __m128i *)run));
        __m256i difference = _mm256_sub_epi32(_mm256_srai_epi32(pair, 16), first);
        __m256i product = _mm256_add_epi32(_mm256_mullo_epi32(difference, weight), rounding);
        sum = _mm256_add_epi32(sum, _mm256_srai_epi32(product, 15));
        if (k + 1 >= taps) break;
        pair = _mm256_i32gather_epi32((const int *)(row + k + 1), index, 2);
        weight = _mm256_cvtepi16_epi32(_mm_loadu_si128((const __m128i *)(run + weight_stride)));
        difference = _mm256_sub_epi32(_mm256_srai_epi32(_mm256_slli_epi32(pair, 16), 16), first);
        product = _mm256_add_epi32(_mm256_mullo_epi32(difference, weight), rounding);
        sum = _mm256_add_epi32(sum, _mm256_srai_epi32(product, 15));
    }
    __m128i words = _mm_packs_epi32(_mm256_castsi256_si128(sum), _mm256_extracti128_si256(sum, 1));
    _mm_storeu_si128((__m128i *)output, words);
}

static void resample(const int16_t *row, const uint16_t *left, const int16_t *weights, size_t weight_stride, size_t taps,
                     size_t count, int16_t *output) {
    for (size_t x = 0; x < count; x += 16) {
        size_t low = left[x], high = left[x + 8];
        if (left[x + 7] - low > 15 || left[x + 15] - high > 15) {
            resample_gathered(row, left + x, weights + x, weight_stride, taps, output + x);
            resample_gathered(row, left + x + 8, weights + x + 8, weight_stride, taps, output + x + 8);
            continue;
        }
        __m256i bases = _mm256_inserti128_si256(
            _mm256_castsi128_si256(_mm_set1_epi16((int16_t)low)), _mm_set1_epi16((int16_t)high), 1);
        __m256i offset = _mm256_sub_epi16(load_words(left + x), bases);
        // Byte positions 2j and 2j + 1 in a window of two 16-byte halves; a set top bit makes vpshufb give zero.
        __m256i bytes = _mm256_add_epi16(_mm256_mullo_epi16(offset, _mm256_set1_epi16(0x0202)), _mm256_set1_epi16(0x0100));
        __m256i low_half = _mm256_add_epi8(bytes, _mm256_set1_epi8(0x70));
        __m256i high_half = _mm256_sub_epi8(bytes, _mm256_set1_epi8(0x10));
        __m256i first = pick(row + low, row + high, low_half, high_half);
        __m256i sum = first;
        for (size_t k = 1; k < taps; k++) {
            __m256i sample = pick(row + low + k, row + high + k, low_half, high_half);
            __m256i weight = load_words(weights + (k - 1) * weight_stride + x);
            sum = _mm256_add_epi16(sum, _mm256_mulhrs_epi16(_mm256_sub_epi16(sample, first), weight));
        }
        store_words(output + x, sum);
    }
}

static inline __m128i pack_bytes(__m256i words) {
    return _mm_packus_epi16(_mm256_castsi256_si128(words), _mm256_extracti128_si256(words, 1));
}

static void yuv_to_rgb(const sightline_color_matrix *matrix, const int16_t *y, const int16_t *u, const int16_t *v,
                       size_t count, uint8_t *red, uint8_t *green, uint8_t *blue) {
    __m256i luma_zero = _mm256_set1_epi16(matrix->luma_zero);
    __m256i luma_scale = _mm256_set1_epi16(matrix->luma);
    __m256i red_from_v = _mm256_set1_epi16(matrix->red_from_v);
    __m256i green_from_u = _mm256_set1_epi16(matrix->green_from_u);
    __m256i green_from_v = _mm256_set1_epi16(matrix->green_from_v);
    __m256i blue_from_u = _mm256_set1_epi16(matrix->blue_from_u);
    __m256i half = _mm256_set1_epi16(16), neutral = _mm256_set1_epi16(16384);
    for (size_t i = 0; i < count; i += 16) {
        __m256i luma = _mm256_mulhrs_epi16(_mm256_sub_epi16(load_words(y + i), luma_zero), luma_scale);
        luma = _mm256_add_epi16(luma, half);
        __m256i cb = _mm256_sub_epi16(load_words(u + i), neutral);
        __m256i cr = _mm256_sub_epi16(load_words(v + i), neutral);
        __m256i r = _mm256_add_epi16(luma, _mm256_mulhrs_epi16(cr, red_from_v));
        __m256i g = _mm256_add_epi16(luma, _mm256_mulhrs_epi16(cb, green_from_u));
        g = _mm256_add_epi16(g, _mm256_mulhrs_epi16(cr, green_from_v));
        __m256i b = _mm256_add_epi16(luma, _mm256_mulhrs_epi16(cb, blue_from_u));
        _mm_storeu_si128((__m128i *)(red + i), pack_bytes(_mm256_srai_epi16(r, 5)));
        _mm_storeu_si128((__m128i *)(green + i), pack_bytes(_mm256_srai_epi16(g, 5)));
        _mm_storeu_si128((__m128i *)(blue + i), pack_bytes(_mm256_srai_epi16(b, 5)));
    }
}

static void round_to_bytes(const int16_t *row, size_t count, uint8_t *output) {
    for (size_t i = 0; i < count; i += 16) {
        __m256i words = _mm256_srai_epi16(_mm256_add_epi16(load_words(row + i), _mm256_set1_epi16(64)), 7);
        _mm_storeu_si128((__m128i *)(output + i), pack_bytes(words));
    }
}

// 16 pixels of three bytes: output register j holds bytes 16j...16j + 15 of the 48.
static inline void interleave_three(const uint8_t *first, const uint8_t *second, const uint8_t *third, uint8_t *output) {
    const __m128i first_masks[3] = {
        _mm_setr_epi8(0, -1, -1, 1, -1, -1, 2, -1, -1, 3, -1, -1, 4, -1, -1, 5),
        _mm_setr_epi8(-1, -1, 6, -1, -1, 7, -1, -1, 8, -1, -1, 9, -1, -1, 10, -1),
        _mm_setr_epi8(-1, 11, -1, -1, 12, -1, -1, 13, -1, -1, 14, -1, -1, 15, -1, -1)};
    const __m128i second_masks[3] = {
        _mm_setr_epi8(-1, 0, -1, -1, 1, -1, -1, 2, -1, -1, 3, -1, -1, 4, -1, -1),
        _mm_setr_epi8(5, -1, -1, 6, -1, -1, 7, -1, -1, 8, -1, -1, 9, -1, -1, 10),
        _mm_setr_epi8(-1, -1, 11, -1, -1, 12, -1, -1, 13, -1, -1, 14, -1, -1, 15, -1)};
    const __m128i third_masks[3] = {
        _mm_setr_epi8(-1, -1, 0, -1, -1, 1, -1, -1, 2, -1, -1, 3, -1, -1, 4, -1),
        _mm_setr_epi8(-1, 5, -1, -1, 6, -1, -1, 7, -1, -1, 8, -1, -1, 9, -1, -1),
        _mm_setr_epi8(10, -1, -1, 11, -1, -1, 12, -1, -1, 13, -1, -1, 14, -1, -1, 15)};
    __m128i a = _mm_loadu_si128((const __m128i *)first);
    __m128i b = _mm_loadu_si128((const __m128i *)second);
    __m128i c = _mm_loadu_si128((const __m128i *)third);
    for (size_t j = 0; j < 3; j++) {
        __m128i bytes = _mm_or_si128(_mm_shuffle_epi8(a, first_masks[j]), _mm_shuffle_epi8(b, second_masks[j]));
        bytes = _mm_or_si128(bytes, _mm_shuffle_epi8(c, third_masks[j]));
        _mm_storeu_si128((__m128i *)(output + 16 * j), bytes);
    }
}

static void interleave(const uint8_t *first, const uint8_t *second, const uint8_t *third, size_t pixel_stride,
                       size_t count, uint8_t *output) {
    size_t i = 0;
    if (pixel_stride == 4) {
        for (; i + 8 <= count; i += 8) {
            __m256i a = _mm256_cvtepu8_epi32(_mm_loadl_epi64((const __m128i *)(first + i)));
            __m256i b = _mm256_cvtepu8_epi32(_mm_loadl_epi64((const __m128i *)(second + i)));
            __m256i c = _mm256_cvtepu8_epi32(_mm_loadl_epi64((const __m128i *)(third + i)));
            __m256i pixels = _mm256_or_si256(a, _mm256_slli_epi32(b, 8));
            store_words(output + i * 4, _mm256_or_si256(pixels, _mm256_slli_epi32(c, 16)));
        }
    } else if (pixel_stride == 3) {
        for (; i + 16 <= count; i += 16) interleave_three(first + i, second + i, third + i, output + i * 3);
    }
    preprocess_interleave_rest(first, second, third, pixel_stride, i, count, output);
}

const sightline_preprocess_kernels sightline_preprocess_avx2 = {
    .name = "avx2",
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
