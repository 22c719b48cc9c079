#if defined(__x86_64__)
#include "avx512.h"

/// Values limited in floating point, so that the conversion never meets one that does not fit; NaN gives `lower`.
SIGHTLINE_AVX512_INLINE __m512i limited_integers(__m512 value, float lower, float upper) {
    const __m512 above = _mm512_max_ps(value, _mm512_set1_ps(lower));
    return _mm512_cvtps_epi32(_mm512_min_ps(above, _mm512_set1_ps(upper)));
}

SIGHTLINE_AVX512_INLINE __m512i limited_curve(__m512 value, const finisher *f) {
    const __m512i arguments = limited_integers(value, INT16_MIN, INT16_MAX);
    const __m512i words = _mm512_zextsi256_si512(_mm512_cvtepi32_epi16(arguments));
    const __m512i values = _mm512_srli_epi16(curved(words, f), 8);
    return _mm512_cvtepu16_epi32(_mm512_castsi512_si256(values));
}

SIGHTLINE_AVX512 void sightline_avx512_finish(const sightline_way_out *out, uint32_t pixels, const int32_t *sums,
                                              size_t pixel_sums, void *output) {
    const sightline_epilogue *epilogue = out->epilogue;
    static const byte_order unused;
    const sightline_output_kind kind = epilogue->kind;
    const finisher f = prepared(epilogue, kind, &unused, &unused);
    for (uint32_t pixel = 0; pixel < pixels; pixel++) {
        for (uint32_t done = 0; done < out->channels; done += 16) {
            const uint32_t channel = out->first_channel + done, left = out->channels - done;
            const __mmask16 mask = left < 16 ? (__mmask16)((1u << left) - 1) : (__mmask16)0xFFFF;
            const __m512i lanes = _mm512_maskz_loadu_epi32(mask, sums + done);
            __m512 value = scaled_sums(lanes, _mm512_maskz_loadu_ps(mask, epilogue->scale + channel),
                                       _mm512_maskz_loadu_ps(mask, epilogue->bias + channel));
            if (kind == SIGHTLINE_OUTPUT_FLOAT) {
                _mm512_mask_storeu_ps((float *)output + channel, mask, value);
                continue;
            }
            __m512i bytes;
            if (kind == SIGHTLINE_OUTPUT_CURVE) {
                bytes = limited_curve(value, &f);
            } else {
                if (kind == SIGHTLINE_OUTPUT_PRELU) {
                    value = bent(value, _mm512_maskz_loadu_ps(mask, epilogue->negative_slope + channel), f.zero_point);
                }
                bytes = limited_integers(value, epilogue->lower, epilogue->upper);
            }
            _mm512_mask_cvtepi32_storeu_epi8((uint8_t *)output + channel, mask, bytes);
        }
        sums += pixel_sums;
        output = (char *)output + out->output_pixel_stride;
    }
}

#else
typedef int sightline_not_this_processor;
#endif
