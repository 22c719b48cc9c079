// What the AVX-512 kernels share: the dot product and the epilogues. Include only where __x86_64__ is defined.
#pragma once

#include <immintrin.h>

#include "dense.h"
#include "numerics.h"
#include "sightline_kernels.h"

#define SIGHTLINE_AVX512 __attribute__((target("avx512f,avx512bw,avx512vl,avx512dq,avx512vnni,avx512vbmi,avx2,fma")))
/// For functions whose constant arguments choose the code: they must dissolve in their callers.
#define SIGHTLINE_AVX512_INLINE static inline __attribute__((always_inline)) SIGHTLINE_AVX512

#if defined(__clang__)
#define SIGHTLINE_UNROLL _Pragma("clang loop unroll(full)")
#else
#define SIGHTLINE_UNROLL _Pragma("GCC unroll 32")
#endif

/// sums + u8 activations * s8 weights, four products to a lane. As assembly because gcc 12 copies and spills the sums
/// of the intrinsic; both compilers keep these in registers.
SIGHTLINE_AVX512_INLINE __m512i dot(__m512i sums, __m512i activations, __m512i weights) {
    __asm__("vpdpbusd %2, %1, %0" : "+v"(sums) : "v"(activations), "v"(weights));
    return sums;
}

/// Four, or eight, bytes from any address in every part of a vector. As assembly because compilers choose the broadcasts of
/// floating-point numbers, which are the same but take slots of the multipliers: on Zen 4 a tile of 16 channels reaches
/// 70 % of the peak with them, and 92 % so.
SIGHTLINE_AVX512_INLINE __m512i broadcast_quad(const uint8_t *bytes) {
    typedef int32_t quad __attribute__((aligned(1), may_alias));
    __m512i all;
    __asm__("vpbroadcastd %1, %0" : "=v"(all) : "m"(*(const quad *)bytes));
    return all;
}

SIGHTLINE_AVX512_INLINE __m512i broadcast_eight(const uint8_t *bytes) {
    typedef int64_t eight __attribute__((aligned(1), may_alias));
    __m512i all;
    __asm__("vpbroadcastq %1, %0" : "=v"(all) : "m"(*(const eight *)bytes));
    return all;
}

/// An epilogue's constants, ready in registers, and the byte order in which it leaves results.
typedef struct {
    __m512i order;
    __m512i centre[2], slope[2];
    __m512i lower, upper;
    __m512 zero_point;
    __m512 square[2], linear[2], constant[2];
} finisher;

/// What four vectors of sums are finished with, channel by channel. `slope`: PReLU's, or the gain of arcs; `offset`: of
/// arcs. Those that a kind of output does not have are never read.
typedef struct {
    __m512 scale[4], bias[4], slope[4], offset[4];
} channel_factors;

/// Byte orders for `finished_bytes`: which byte of the packed vectors goes where. Entries count from 0 in the order in
/// which vpackssdw and vpackuswb leave the four vectors' elements; `vector * 16 + element` is where they came from.
typedef struct {
    uint8_t bytes[64];
} byte_order;

/// For results straight from vpackuswb.
#define SIGHTLINE_PACKED_BYTE(vector, element) (16 * ((element) / 4) + 4 * (vector) + (element) % 4)
/// For high bytes of the two vectors of 16-bit results from vpackssdw.
#define SIGHTLINE_CURVE_BYTE(vector, element) \
    (64 * ((vector) / 2) + 16 * ((element) / 4) + 2 * (((vector) % 2) * 4 + (element) % 4) + 1)

#define SIGHTLINE_FOUR_BYTES(place, v, e) place(v, e), place(v, e + 1), place(v, e + 2), place(v, e + 3)
#define SIGHTLINE_VECTOR_BYTES(place, v)                                                                     \
    SIGHTLINE_FOUR_BYTES(place, v, 0), SIGHTLINE_FOUR_BYTES(place, v, 4), SIGHTLINE_FOUR_BYTES(place, v, 8), \
        SIGHTLINE_FOUR_BYTES(place, v, 12)
#define SIGHTLINE_VECTOR_BY_VECTOR(place)                                                                         \
    {                                                                                                             \
        {                                                                                                         \
            SIGHTLINE_VECTOR_BYTES(place, 0), SIGHTLINE_VECTOR_BYTES(place, 1), SIGHTLINE_VECTOR_BYTES(place, 2), \
                SIGHTLINE_VECTOR_BYTES(place, 3)                                                                  \
        }                                                                                                         \
    }

/// One epilogue's tables. `packed` and `curved` are the byte orders for this kernel's layout of sums.
SIGHTLINE_AVX512_INLINE finisher prepared(const sightline_epilogue *epilogue, sightline_output_kind kind,
                                          const byte_order *packed, const byte_order *curved) {
    finisher f = {0};
    if (kind == SIGHTLINE_OUTPUT_CURVE) {
        f.order = _mm512_loadu_si512(curved);
        f.centre[0] = _mm512_loadu_si512(epilogue->curve->centre);
        f.centre[1] = _mm512_loadu_si512(epilogue->curve->centre + 32);
        f.slope[0] = _mm512_loadu_si512(epilogue->curve->slope);
        f.slope[1] = _mm512_loadu_si512(epilogue->curve->slope + 32);
    } else {
        f.order = packed ? _mm512_loadu_si512(packed) : _mm512_setzero_si512();
        f.lower = _mm512_set1_epi8((char)epilogue->lower);
        f.upper = _mm512_set1_epi8((char)epilogue->upper);
        f.zero_point = _mm512_set1_ps(epilogue->zero_point);
    }
    if (kind == SIGHTLINE_OUTPUT_ARCS) {
        SIGHTLINE_UNROLL
        for (int half = 0; half < 2; half++) {
            f.square[half] = _mm512_loadu_ps(epilogue->arcs->square + 16 * half);
            f.linear[half] = _mm512_loadu_ps(epilogue->arcs->linear + 16 * half);
            f.constant[half] = _mm512_loadu_ps(epilogue->arcs->constant + 16 * half);
        }
    }
    return f;
}

/// The factors of 16 channels from `channel` on, for vector `n`.
SIGHTLINE_AVX512_INLINE void load_factors(const sightline_output_kind kind, const sightline_epilogue *epilogue,
                                          uint32_t channel, int n, channel_factors *factors) {
    factors->scale[n] = _mm512_loadu_ps(epilogue->scale + channel);
    factors->bias[n] = _mm512_loadu_ps(epilogue->bias + channel);
    if (kind == SIGHTLINE_OUTPUT_PRELU) {
        factors->slope[n] = _mm512_loadu_ps(epilogue->negative_slope + channel);
    }
    if (kind == SIGHTLINE_OUTPUT_ARCS) {
        factors->slope[n] = _mm512_loadu_ps(epilogue->gain + channel);
        factors->offset[n] = _mm512_loadu_ps(epilogue->offset + channel);
    }
}

SIGHTLINE_AVX512_INLINE __m512 scaled_sums(__m512i sums, __m512 scale, __m512 bias) {
    return _mm512_fmadd_ps(_mm512_cvtepi32_ps(sums), scale, bias);
}

/// v < 0 ? v * slope : v, then the zero point. The masked product keeps compilers from fusing it with the sum.
SIGHTLINE_AVX512_INLINE __m512 bent(__m512 value, __m512 slope, __m512 zero_point) {
    const __mmask16 negative = _mm512_cmp_ps_mask(value, _mm512_setzero_ps(), _CMP_LT_OQ);
    return _mm512_add_ps(_mm512_mask_mul_ps(value, negative, value, slope), zero_point);
}

/// The curve's 8.8 fixed-point values.
SIGHTLINE_AVX512_INLINE __m512i curved(__m512i arguments, const finisher *f) {
    const __m512i segment = _mm512_srli_epi16(arguments, 10);
    const __m512i fraction = _mm512_xor_si512(_mm512_slli_epi16(arguments, 6), _mm512_set1_epi16((short)0x8000));
    const __m512i centre = _mm512_permutex2var_epi16(f->centre[0], segment, f->centre[1]);
    const __m512i slope = _mm512_permutex2var_epi16(f->slope[0], segment, f->slope[1]);
    return _mm512_add_epi16(centre, _mm512_mulhrs_epi16(slope, fraction));
}

/// The value of the arc under each argument, which must be within +-SIGHTLINE_ARC_LIMIT.
SIGHTLINE_AVX512_INLINE __m512 on_arcs(__m512 argument, const finisher *f) {
    __m512i arc = _mm512_max_epi32(_mm512_cvttps_epi32(argument), _mm512_setzero_si512());
    arc = _mm512_min_epi32(arc, _mm512_set1_epi32(SIGHTLINE_ARCS - 1));
    const __m512 square = _mm512_permutex2var_ps(f->square[0], arc, f->square[1]);
    const __m512 linear = _mm512_permutex2var_ps(f->linear[0], arc, f->linear[1]);
    const __m512 constant = _mm512_permutex2var_ps(f->constant[0], arc, f->constant[1]);
    return _mm512_fmadd_ps(_mm512_fmadd_ps(square, argument, linear), argument, constant);
}

/// Four vectors of scaled values to 64 bytes in the finisher's order. Plain conversions: values must be known to fit 32
/// bits. `ordered` = 0 leaves the order of vpackuswb.
SIGHTLINE_AVX512_INLINE __m512i bytes_of_values(const sightline_output_kind kind, const int ordered,
                                                const __m512 values[4], const channel_factors *factors,
                                                const finisher *f) {
    __m512i rounded[4];
    SIGHTLINE_UNROLL
    for (int n = 0; n < 4; n++) {
        __m512 value = values[n];
        if (kind == SIGHTLINE_OUTPUT_PRELU) {
            value = bent(value, factors->slope[n], f->zero_point);
        } else if (kind == SIGHTLINE_OUTPUT_ARCS) {
            value = _mm512_fmadd_ps(on_arcs(value, f), factors->slope[n], factors->offset[n]);
        }
        rounded[n] = _mm512_cvtps_epi32(value);
    }
    const __m512i low = _mm512_packs_epi32(rounded[0], rounded[1]);
    const __m512i high = _mm512_packs_epi32(rounded[2], rounded[3]);
    if (kind == SIGHTLINE_OUTPUT_CURVE) {
        return _mm512_permutex2var_epi8(curved(low, f), f->order, curved(high, f));
    }
    __m512i bytes = _mm512_packus_epi16(low, high);
    bytes = _mm512_min_epu8(_mm512_max_epu8(bytes, f->lower), f->upper);
    return ordered ? _mm512_permutexvar_epi8(f->order, bytes) : bytes;
}

/// The same from sums.
SIGHTLINE_AVX512_INLINE __m512i finished_bytes(const sightline_output_kind kind, const int ordered,
                                               const __m512i sums[4], const channel_factors *factors,
                                               const finisher *f) {
    __m512 values[4];
    SIGHTLINE_UNROLL
    for (int n = 0; n < 4; n++) {
        values[n] = scaled_sums(sums[n], factors->scale[n], factors->bias[n]);
    }
    return bytes_of_values(kind, ordered, values, factors, f);
}

/// Up to 16 scaled values of any size of one pixel, from `channel` on, to `output`, the pixel's channel 0.
SIGHTLINE_AVX512_INLINE void finish_values(const sightline_output_kind kind, const sightline_epilogue *epilogue,
                                           const finisher *f, uint32_t channel, __mmask16 mask, __m512 values,
                                           void *output) {
    if (kind == SIGHTLINE_OUTPUT_FLOAT) {
        _mm512_mask_storeu_ps((float *)output + channel, mask, values);
        return;
    }
    // Limited in floating point, so that the conversion never meets a value that does not fit; NaN gives the lower
    // bound.
    const int is_curve = kind == SIGHTLINE_OUTPUT_CURVE;
    if (kind == SIGHTLINE_OUTPUT_PRELU) {
        values = bent(values, _mm512_maskz_loadu_ps(mask, epilogue->negative_slope + channel), f->zero_point);
    }
    if (kind == SIGHTLINE_OUTPUT_ARCS) {
        values = _mm512_max_ps(values, _mm512_set1_ps(-SIGHTLINE_ARC_LIMIT));
        values = _mm512_min_ps(values, _mm512_set1_ps(SIGHTLINE_ARC_LIMIT));
        values = _mm512_fmadd_ps(on_arcs(values, f), _mm512_maskz_loadu_ps(mask, epilogue->gain + channel),
                                 _mm512_maskz_loadu_ps(mask, epilogue->offset + channel));
    }
    values = _mm512_max_ps(values, _mm512_set1_ps(is_curve ? INT16_MIN : epilogue->lower));
    values = _mm512_min_ps(values, _mm512_set1_ps(is_curve ? INT16_MAX : epilogue->upper));
    __m512i integers = _mm512_cvtps_epi32(values);
    if (is_curve) {
        const __m512i words = _mm512_zextsi256_si512(_mm512_cvtepi32_epi16(integers));
        integers = _mm512_cvtepu16_epi32(_mm512_castsi512_si256(_mm512_srli_epi16(curved(words, f), 8)));
    }
    _mm512_mask_cvtepi32_storeu_epi8((uint8_t *)output + channel, mask, integers);
}

/// A mask of the first `count` bits; `count` is 1 to 64.
SIGHTLINE_AVX512_INLINE __mmask64 first_bits(uint32_t count) { return ~(__mmask64)0 >> (64 - count); }

SIGHTLINE_AVX512_INLINE __mmask16 lane_mask(uint32_t lanes) {
    return lanes < 16 ? (__mmask16)((1u << lanes) - 1) : (__mmask16)0xFFFF;
}

/// 16-byte part `part` of a vector, to memory.
#define SIGHTLINE_STORE_QUARTER(output, vector, part) \
    _mm_storeu_si128((__m128i *)(output), _mm512_extracti32x4_epi32(vector, part))

/// See sightline_finish_function in dense.h.
void sightline_avx512_finish(const sightline_way_out *out, uint32_t pixels, const int32_t *sums, size_t pixel_sums,
                             void *output);

size_t sightline_avx512_convolution_packed_bytes(const sightline_convolution_shape *shape);
void sightline_avx512_convolution_pack(const sightline_convolution_shape *shape, const int8_t *weights, void *packed);
void sightline_avx512_convolution(const sightline_convolution_shape *shape, const void *packed,
                                  const sightline_epilogue *epilogue, const sightline_convolution_region *region);

size_t sightline_avx512_depthwise_packed_bytes(const sightline_convolution_shape *shape);
void sightline_avx512_depthwise_pack(const sightline_convolution_shape *shape, const int8_t *weights, void *packed);
void sightline_avx512_depthwise(const sightline_convolution_shape *shape, const void *packed,
                                const sightline_epilogue *epilogue, const sightline_convolution_region *region);

void sightline_avx512_maximum_pool(const sightline_convolution_shape *shape,
                                   const sightline_convolution_region *region);

void sightline_avx512_add(const sightline_add_parameters *parameters, const uint8_t *a, const uint8_t *b,
                          uint8_t *output, size_t count);
void sightline_avx512_look_up(const uint8_t table[256], const uint8_t *input, uint8_t *output, size_t count);
void sightline_avx512_quantize(float scale, int32_t zero_point, const float *input, uint8_t *output, size_t count);
void sightline_avx512_dequantize(float scale, int32_t zero_point, const uint8_t *input, float *output, size_t count);
void sightline_avx512_blend(const sightline_epilogue *epilogue, const float *scale_b,
                            const sightline_blend_region *region);

extern const sightline_kernels sightline_kernels_avx512vnni;
