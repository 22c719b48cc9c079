// Runs of elements with AVX2, 32 at a time; the rest of a run goes through the portable kernels. A table of 256 bytes
// is looked up no faster with this instruction set than one byte after the other.
#if defined(__x86_64__)
#define SIGHTLINE_YMM __attribute__((target("avx2,fma")))
#include "avx2.h"
#include "portable.h"
#include "ymm.h"

enum { STEP = 32 };

/// Eight bytes as floats.
SIGHTLINE_YMM_INLINE __m256 floats_of(const uint8_t *bytes) {
    return _mm256_cvtepi32_ps(_mm256_cvtepu8_epi32(_mm_loadl_epi64((const __m128i *)bytes)));
}

/// Four vectors of integers to bytes, saturating.
SIGHTLINE_YMM_INLINE __m256i bytes_of(const __m256i integers[4]) {
    return in_order(_mm256_packus_epi16(_mm256_packs_epi32(integers[0], integers[1]),
                                        _mm256_packs_epi32(integers[2], integers[3])));
}

SIGHTLINE_YMM void sightline_avx2_add(const sightline_add_parameters *parameters, const uint8_t *a, const uint8_t *b,
                                      uint8_t *output, size_t count) {
    const float reach = fabsf(parameters->scale_a) * 255 + fabsf(parameters->scale_b) * 255 + fabsf(parameters->bias);
    const __m256 scale_a = _mm256_set1_ps(parameters->scale_a), scale_b = _mm256_set1_ps(parameters->scale_b);
    const __m256 bias = _mm256_set1_ps(parameters->bias);
    size_t done = 0;
    // Where a sum might not fit the conversion, the portable kernel does all.
    for (; reach < 0x1p30f && done + STEP <= count; done += STEP) {
        __m256i sums[4];
        SIGHTLINE_UNROLL
        for (int n = 0; n < 4; n++) {
            const __m256 inner = _mm256_fmadd_ps(floats_of(b + done + 8 * n), scale_b, bias);
            sums[n] = _mm256_cvtps_epi32(_mm256_fmadd_ps(floats_of(a + done + 8 * n), scale_a, inner));
        }
        _mm256_storeu_si256((__m256i *)(output + done), bytes_of(sums));
    }
    sightline_portable_add(parameters, a + done, b + done, output + done, count - done);
}

SIGHTLINE_YMM void sightline_avx2_quantize(float scale, int32_t zero_point, const float *input, uint8_t *output,
                                           size_t count) {
    assert(zero_point >= 0 && zero_point <= 255);
    const __m256 divisor = _mm256_set1_ps(scale);
    const __m256 lower = _mm256_set1_ps((float)-zero_point), upper = _mm256_set1_ps((float)(255 - zero_point));
    size_t done = 0;
    for (; done + STEP <= count; done += STEP) {
        __m256i steps[4];
        SIGHTLINE_UNROLL
        for (int n = 0; n < 4; n++) {
            __m256 quotient = _mm256_div_ps(_mm256_loadu_ps(input + done + 8 * n), divisor);
            quotient = _mm256_and_ps(quotient, _mm256_cmp_ps(quotient, quotient, _CMP_ORD_Q));
            const __m256 limited = _mm256_min_ps(_mm256_max_ps(quotient, lower), upper);
            steps[n] = _mm256_add_epi32(_mm256_cvtps_epi32(limited), _mm256_set1_epi32(zero_point));
        }
        _mm256_storeu_si256((__m256i *)(output + done), bytes_of(steps));
    }
    sightline_portable_quantize(scale, zero_point, input + done, output + done, count - done);
}

SIGHTLINE_YMM void sightline_avx2_dequantize(float scale, int32_t zero_point, const uint8_t *input, float *output,
                                             size_t count) {
    const __m256 factor = _mm256_set1_ps(scale);
    const __m256i zero = _mm256_set1_epi32(zero_point);
    size_t done = 0;
    for (; done + 8 <= count; done += 8) {
        const __m256i integers = _mm256_cvtepu8_epi32(_mm_loadl_epi64((const __m128i *)(input + done)));
        _mm256_storeu_ps(output + done, _mm256_mul_ps(_mm256_cvtepi32_ps(_mm256_sub_epi32(integers, zero)), factor));
    }
    sightline_portable_dequantize(scale, zero_point, input + done, output + done, count - done);
}

#else
typedef int sightline_not_this_processor;
#endif
