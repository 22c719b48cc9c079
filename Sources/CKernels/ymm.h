// Epilogues for 256-bit vectors. Include after defining SIGHTLINE_YMM as the functions' target attribute, which must
// have AVX2 and FMA.
#pragma once

#include <immintrin.h>
#include <string.h>

#include "dense.h"
#include "numerics.h"

#define SIGHTLINE_YMM_INLINE static inline __attribute__((always_inline)) SIGHTLINE_YMM

#if defined(__clang__)
#define SIGHTLINE_UNROLL _Pragma("clang loop unroll(full)")
#else
#define SIGHTLINE_UNROLL _Pragma("GCC unroll 32")
#endif

/// An epilogue's constants.
typedef struct {
    const sightline_curve_bytes *curve;
    const sightline_arcs *arcs;
    float zero_point, lower, upper;
    uint8_t lower_byte, upper_byte;
} ymm_finisher;

/// What four vectors of sums are finished with, channel by channel. `slope`: PReLU's, or the gain of arcs; `offset`: of
/// arcs. Those that a kind of output does not have are never read.
typedef struct {
    __m256 scale[4], bias[4], slope[4], offset[4];
} ymm_factors;

/// The slopes and offsets of eight channels from `channel` on, for vector `n`.
SIGHTLINE_YMM_INLINE void load_slopes(const sightline_output_kind kind, const sightline_epilogue *epilogue,
                                      uint32_t channel, int n, ymm_factors *factors) {
    if (kind == SIGHTLINE_OUTPUT_PRELU) {
        factors->slope[n] = _mm256_loadu_ps(epilogue->negative_slope + channel);
    }
    if (kind == SIGHTLINE_OUTPUT_ARCS) {
        factors->slope[n] = _mm256_loadu_ps(epilogue->gain + channel);
        factors->offset[n] = _mm256_loadu_ps(epilogue->offset + channel);
    }
}

/// All factors of eight channels.
SIGHTLINE_YMM_INLINE void load_factors(const sightline_output_kind kind, const sightline_epilogue *epilogue,
                                       uint32_t channel, int n, ymm_factors *factors) {
    factors->scale[n] = _mm256_loadu_ps(epilogue->scale + channel);
    factors->bias[n] = _mm256_loadu_ps(epilogue->bias + channel);
    load_slopes(kind, epilogue, channel, n, factors);
}

SIGHTLINE_YMM_INLINE ymm_finisher prepared(const sightline_way_out *out) {
    const sightline_epilogue *epilogue = out->epilogue;
    return (ymm_finisher){out->curve,      epilogue->arcs,  epilogue->zero_point, epilogue->lower,
                          epilogue->upper, epilogue->lower, epilogue->upper};
}

SIGHTLINE_YMM_INLINE __m256 scaled_sums(__m256i sums, __m256 scale, __m256 bias) {
    return _mm256_fmadd_ps(_mm256_cvtepi32_ps(sums), scale, bias);
}

/// v < 0 ? v * slope : v, then the zero point. The selection keeps compilers from fusing the product with the sum.
SIGHTLINE_YMM_INLINE __m256 bent(__m256 value, __m256 slope, __m256 zero_point) {
    const __m256 negative = _mm256_cmp_ps(value, _mm256_setzero_ps(), _CMP_LT_OQ);
    return _mm256_add_ps(_mm256_blendv_ps(value, _mm256_mul_ps(value, slope), negative), zero_point);
}

/// Which bytes of `index` lie in each quarter of a 64-entry table: those keep their low four bits, the others get the
/// top bit, for which vpshufb gives zero.
SIGHTLINE_YMM_INLINE void quarter_indices(__m256i index, __m256i quarters[4]) {
    SIGHTLINE_UNROLL
    for (int quarter = 0; quarter < 4; quarter++) {
        const __m256i relative = _mm256_sub_epi8(index, _mm256_set1_epi8((char)(16 * quarter)));
        quarters[quarter] = _mm256_adds_epu8(relative, _mm256_set1_epi8(0x70));
    }
}

SIGHTLINE_YMM_INLINE __m256i looked_up(const uint8_t table[64], const __m256i quarters[4]) {
    __m256i found = _mm256_setzero_si256();
    SIGHTLINE_UNROLL
    for (int quarter = 0; quarter < 4; quarter++) {
        const __m256i part = _mm256_broadcastsi128_si256(_mm_loadu_si128((const __m128i *)(table + 16 * quarter)));
        found = _mm256_or_si256(found, _mm256_shuffle_epi8(part, quarters[quarter]));
    }
    return found;
}

SIGHTLINE_YMM_INLINE __m256i curve_value(__m256i arguments, __m256i centre, __m256i slope) {
    const __m256i fraction = _mm256_xor_si256(_mm256_slli_epi16(arguments, 6), _mm256_set1_epi16((short)0x8000));
    return _mm256_srli_epi16(_mm256_add_epi16(centre, _mm256_mulhrs_epi16(slope, fraction)), 8);
}

/// The curve of two vectors of 16-bit arguments, in the order of vpackuswb.
SIGHTLINE_YMM_INLINE __m256i curved(__m256i low, __m256i high, const sightline_curve_bytes *curve) {
    __m256i quarters[4];
    quarter_indices(_mm256_packus_epi16(_mm256_srli_epi16(low, 10), _mm256_srli_epi16(high, 10)), quarters);
    const __m256i centre_low = looked_up(curve->centre_low, quarters);
    const __m256i centre_high = looked_up(curve->centre_high, quarters);
    const __m256i slope_low = looked_up(curve->slope_low, quarters);
    const __m256i slope_high = looked_up(curve->slope_high, quarters);
    return _mm256_packus_epi16(
        curve_value(low, _mm256_unpacklo_epi8(centre_low, centre_high), _mm256_unpacklo_epi8(slope_low, slope_high)),
        curve_value(high, _mm256_unpackhi_epi8(centre_low, centre_high), _mm256_unpackhi_epi8(slope_low, slope_high)));
}

/// One of 32 numbers for each lane, by the low five bits of its index.
SIGHTLINE_YMM_INLINE __m256 one_of_32(const float numbers[32], __m256i index) {
    __m256 quarters[4];
    SIGHTLINE_UNROLL
    for (int quarter = 0; quarter < 4; quarter++) {
        quarters[quarter] = _mm256_permutevar8x32_ps(_mm256_loadu_ps(numbers + 8 * quarter), index);
    }
    const __m256 is_odd = _mm256_castsi256_ps(_mm256_slli_epi32(index, 28));
    const __m256 is_upper = _mm256_castsi256_ps(_mm256_slli_epi32(index, 27));
    return _mm256_blendv_ps(_mm256_blendv_ps(quarters[0], quarters[1], is_odd),
                            _mm256_blendv_ps(quarters[2], quarters[3], is_odd), is_upper);
}

/// The value of the arc under each argument, which must be within +-SIGHTLINE_ARC_LIMIT.
SIGHTLINE_YMM_INLINE __m256 on_arcs(__m256 argument, const sightline_arcs *arcs) {
    __m256i arc = _mm256_max_epi32(_mm256_cvttps_epi32(argument), _mm256_setzero_si256());
    arc = _mm256_min_epi32(arc, _mm256_set1_epi32(SIGHTLINE_ARCS - 1));
    const __m256 slope = _mm256_fmadd_ps(one_of_32(arcs->square, arc), argument, one_of_32(arcs->linear, arc));
    return _mm256_fmadd_ps(slope, argument, one_of_32(arcs->constant, arc));
}

/// Four vectors of scaled values to 32 bytes, in the order of vpackssdw and vpackuswb. `limited`: values may be beyond
/// what the conversion takes.
SIGHTLINE_YMM_INLINE __m256i packed_values(const sightline_output_kind kind, const int limited, const __m256 values[4],
                                           const ymm_factors *factors, const ymm_finisher *f) {
    __m256i rounded[4];
    SIGHTLINE_UNROLL
    for (int n = 0; n < 4; n++) {
        __m256 value = values[n];
        if (kind == SIGHTLINE_OUTPUT_PRELU) {
            value = bent(value, factors->slope[n], _mm256_set1_ps(f->zero_point));
        }
        if (kind == SIGHTLINE_OUTPUT_ARCS) {
            if (limited) {
                value = _mm256_max_ps(value, _mm256_set1_ps(-SIGHTLINE_ARC_LIMIT));
                value = _mm256_min_ps(value, _mm256_set1_ps(SIGHTLINE_ARC_LIMIT));
            }
            value = _mm256_fmadd_ps(on_arcs(value, f->arcs), factors->slope[n], factors->offset[n]);
        }
        if (limited) {  // NaN gives the lower bound.
            const int is_curve = kind == SIGHTLINE_OUTPUT_CURVE;
            value = _mm256_max_ps(value, _mm256_set1_ps(is_curve ? INT16_MIN : f->lower));
            value = _mm256_min_ps(value, _mm256_set1_ps(is_curve ? INT16_MAX : f->upper));
        }
        rounded[n] = _mm256_cvtps_epi32(value);
    }
    const __m256i low = _mm256_packs_epi32(rounded[0], rounded[1]);
    const __m256i high = _mm256_packs_epi32(rounded[2], rounded[3]);
    if (kind == SIGHTLINE_OUTPUT_CURVE) {
        return curved(low, high, f->curve);
    }
    const __m256i bytes = _mm256_packus_epi16(low, high);
    return _mm256_min_epu8(_mm256_max_epu8(bytes, _mm256_set1_epi8((char)f->lower_byte)),
                           _mm256_set1_epi8((char)f->upper_byte));
}

/// The same from sums.
SIGHTLINE_YMM_INLINE __m256i packed_bytes(const sightline_output_kind kind, const int limited, const __m256i sums[4],
                                          const ymm_factors *factors, const ymm_finisher *f) {
    __m256 values[4];
    SIGHTLINE_UNROLL
    for (int n = 0; n < 4; n++) {
        values[n] = scaled_sums(sums[n], factors->scale[n], factors->bias[n]);
    }
    return packed_values(kind, limited, values, factors, f);
}

/// `packed_bytes` put in order: vector by vector.
SIGHTLINE_YMM_INLINE __m256i in_order(__m256i bytes) {
    return _mm256_permutevar8x32_epi32(bytes, _mm256_setr_epi32(0, 4, 1, 5, 2, 6, 3, 7));
}

/// Exactly `count` bytes, 1 to 8.
SIGHTLINE_YMM_INLINE void store_8(uint8_t *output, int64_t bytes, uint32_t count) {
    if (count == 8) {
        memcpy(output, &bytes, 8);
        return;
    }
    if (count & 4) {
        memcpy(output, &bytes, 4);
        output += 4;
        bytes >>= 32;
    }
    if (count & 2) {
        memcpy(output, &bytes, 2);
        output += 2;
        bytes >>= 16;
    }
    if (count & 1) {
        *output = (uint8_t)bytes;
    }
}

/// Exactly `count` bytes, 1 to 16.
SIGHTLINE_YMM_INLINE void store_16(uint8_t *output, __m128i bytes, uint32_t count) {
    if (count == 16) {
        _mm_storeu_si128((__m128i *)output, bytes);
        return;
    }
    if (count >= 8) {
        _mm_storel_epi64((__m128i *)output, bytes);
        output += 8;
        bytes = _mm_unpackhi_epi64(bytes, bytes);
    }
    store_8(output, _mm_cvtsi128_si64(bytes), count & 7);
}

/// Exactly `count` bytes, 1 to 32.
SIGHTLINE_YMM_INLINE void store_32(uint8_t *output, __m256i bytes, uint32_t count) {
    if (count == 32) {
        _mm256_storeu_si256((__m256i *)output, bytes);
        return;
    }
    if (count >= 16) {
        _mm_storeu_si128((__m128i *)output, _mm256_castsi256_si128(bytes));
        output += 16;
        bytes = _mm256_permute2x128_si256(bytes, bytes, 0x11);
    }
    if (count % 16 > 0) {
        store_16(output, _mm256_castsi256_si128(bytes), count % 16);
    }
}

/// Up to 32 scaled values of one pixel, from channel `first` on, to `output`, the pixel's channel 0.
SIGHTLINE_YMM_INLINE void finish_values(const sightline_output_kind kind, const int limited,
                                        const sightline_epilogue *epilogue, const ymm_finisher *f, uint32_t first,
                                        uint32_t count, const __m256 values[4], void *output) {
    if (kind == SIGHTLINE_OUTPUT_FLOAT) {
        float copy[32];
        for (int n = 0; n < 4; n++) {
            _mm256_storeu_ps(copy + 8 * n, values[n]);
        }
        memcpy((float *)output + first, copy, count * sizeof(float));
        return;
    }
    ymm_factors factors;
    SIGHTLINE_UNROLL
    for (uint32_t n = 0; n < 4; n++) {
        load_slopes(kind, epilogue, first + (8 * n < count ? 8 * n : 0), (int)n, &factors);
    }
    store_32((uint8_t *)output + first, in_order(packed_values(kind, limited, values, &factors, f)), count);
}

/// Up to 16 bytes, without touching more than the next multiple of four; the others are zero or whatever lies there.
SIGHTLINE_YMM_INLINE __m128i loaded_16(const uint8_t *bytes, uint32_t count) {
    if (count > 12) {
        return _mm_loadu_si128((const __m128i *)bytes);
    }
    int32_t last;
    if (count > 8) {
        memcpy(&last, bytes + 8, sizeof last);
        return _mm_insert_epi32(_mm_loadl_epi64((const __m128i *)bytes), last, 2);
    }
    if (count > 4) {
        return _mm_loadl_epi64((const __m128i *)bytes);
    }
    memcpy(&last, bytes, sizeof last);
    return _mm_cvtsi32_si128(last);
}
