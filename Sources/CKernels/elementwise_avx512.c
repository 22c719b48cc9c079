// Runs of elements with AVX-512. The last, partial vector is masked, so that nothing beyond a run is touched.
#if defined(__x86_64__)
#include "avx512.h"
#include "portable.h"

enum { STEP = 64 };

SIGHTLINE_AVX512_INLINE __mmask64 byte_mask(size_t left) {
    return left >= STEP ? ~(__mmask64)0 : ((__mmask64)1 << left) - 1;
}

SIGHTLINE_AVX512_INLINE __mmask16 quarter_mask(__mmask64 mask, int quarter) {
    return (__mmask16)(mask >> 16 * quarter);
}

/// 16 bytes as floats.
SIGHTLINE_AVX512_INLINE __m512 floats_of(__m512i bytes, int quarter) {
    __m128i part = _mm512_castsi512_si128(bytes);
    if (quarter > 0) {
        part = quarter == 1   ? _mm512_extracti32x4_epi32(bytes, 1)
               : quarter == 2 ? _mm512_extracti32x4_epi32(bytes, 2)
                              : _mm512_extracti32x4_epi32(bytes, 3);
    }
    return _mm512_cvtepi32_ps(_mm512_cvtepu8_epi32(part));
}

/// Four vectors of integers to bytes, saturating.
SIGHTLINE_AVX512_INLINE __m512i bytes_of(const __m512i integers[4]) {
    const __m512i order = _mm512_setr_epi32(0, 4, 8, 12, 1, 5, 9, 13, 2, 6, 10, 14, 3, 7, 11, 15);
    const __m512i low = _mm512_packs_epi32(integers[0], integers[1]);
    const __m512i high = _mm512_packs_epi32(integers[2], integers[3]);
    return _mm512_permutexvar_epi32(order, _mm512_packus_epi16(low, high));
}

SIGHTLINE_AVX512 void sightline_avx512_add(const sightline_add_parameters *parameters, const uint8_t *a,
                                           const uint8_t *b, uint8_t *output, size_t count) {
    const float reach = fabsf(parameters->scale_a) * 255 + fabsf(parameters->scale_b) * 255 + fabsf(parameters->bias);
    if (!(reach < 0x1p30f)) {  // A sum might not fit the conversion.
        sightline_portable_add(parameters, a, b, output, count);
        return;
    }
    const __m512 scale_a = _mm512_set1_ps(parameters->scale_a), scale_b = _mm512_set1_ps(parameters->scale_b);
    const __m512 bias = _mm512_set1_ps(parameters->bias);
    for (size_t done = 0; done < count; done += STEP) {
        const __mmask64 mask = byte_mask(count - done);
        const __m512i bytes_a = _mm512_maskz_loadu_epi8(mask, a + done);
        const __m512i bytes_b = _mm512_maskz_loadu_epi8(mask, b + done);
        __m512i sums[4];
        SIGHTLINE_UNROLL
        for (int n = 0; n < 4; n++) {
            const __m512 inner = _mm512_fmadd_ps(floats_of(bytes_b, n), scale_b, bias);
            sums[n] = _mm512_cvtps_epi32(_mm512_fmadd_ps(floats_of(bytes_a, n), scale_a, inner));
        }
        _mm512_mask_storeu_epi8(output + done, mask, bytes_of(sums));
    }
}

SIGHTLINE_AVX512 void sightline_avx512_look_up(const uint8_t table[256], const uint8_t *input, uint8_t *output,
                                               size_t count) {
    const __m512i t0 = _mm512_loadu_si512(table), t1 = _mm512_loadu_si512(table + 64);
    const __m512i t2 = _mm512_loadu_si512(table + 128), t3 = _mm512_loadu_si512(table + 192);
    for (size_t done = 0; done < count; done += STEP) {
        const __mmask64 mask = byte_mask(count - done);
        const __m512i index = _mm512_maskz_loadu_epi8(mask, input + done);
        const __m512i low = _mm512_permutex2var_epi8(t0, index, t1);
        const __m512i high = _mm512_permutex2var_epi8(t2, index, t3);
        const __m512i values = _mm512_mask_blend_epi8(_mm512_movepi8_mask(index), low, high);
        _mm512_mask_storeu_epi8(output + done, mask, values);
    }
}

SIGHTLINE_AVX512 void sightline_avx512_quantize(float scale, int32_t zero_point, const float *input, uint8_t *output,
                                                size_t count) {
    assert(zero_point >= 0 && zero_point <= 255);
    const __m512 divisor = _mm512_set1_ps(scale);
    const __m512 lower = _mm512_set1_ps((float)-zero_point), upper = _mm512_set1_ps((float)(255 - zero_point));
    for (size_t done = 0; done < count; done += STEP) {
        const __mmask64 mask = byte_mask(count - done);
        __m512i steps[4];
        SIGHTLINE_UNROLL
        for (int n = 0; n < 4; n++) {
            const __m512 values = _mm512_maskz_loadu_ps(quarter_mask(mask, n), input + done + 16 * n);
            __m512 quotient = _mm512_div_ps(values, divisor);
            quotient = _mm512_maskz_mov_ps(_mm512_cmp_ps_mask(quotient, quotient, _CMP_ORD_Q), quotient);
            const __m512 limited = _mm512_min_ps(_mm512_max_ps(quotient, lower), upper);
            steps[n] = _mm512_add_epi32(_mm512_cvtps_epi32(limited), _mm512_set1_epi32(zero_point));
        }
        _mm512_mask_storeu_epi8(output + done, mask, bytes_of(steps));
    }
}

SIGHTLINE_AVX512 void sightline_avx512_dequantize(float scale, int32_t zero_point, const uint8_t *input, float *output,
                                                  size_t count) {
    const __m512 factor = _mm512_set1_ps(scale);
    const __m512i zero = _mm512_set1_epi32(zero_point);
    for (size_t done = 0; done < count; done += 16) {
        const size_t left = count - done;
        const __mmask16 mask = left >= 16 ? (__mmask16)0xFFFF : (__mmask16)((1u << left) - 1);
        const __m512i integers = _mm512_cvtepu8_epi32(_mm_maskz_loadu_epi8(mask, input + done));
        const __m512 values = _mm512_mul_ps(_mm512_cvtepi32_ps(_mm512_sub_epi32(integers, zero)), factor);
        _mm512_mask_storeu_ps(output + done, mask, values);
    }
}

#else
typedef int sightline_not_this_processor;
#endif
