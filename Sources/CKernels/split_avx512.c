// Dense convolution of up to eight output channels with AVX-512 VNNI.
//
// Eight channels fill half a vector, so each vector holds two quads of input channels for each of them, and each
// pixel's eight bytes are broadcast at once. The halves are summed at the end.
#if defined(__x86_64__)
#include "split_avx512.h"

enum { CHANNELS = SIGHTLINE_SPLIT_CHANNELS, PIXELS = SIGHTLINE_SPLIT_PIXELS };

/// One run for the split block: eight bytes at a time, and four where a quad is left, whose other half of the weights
/// is zero.
SIGHTLINE_AVX512_INLINE const int8_t *add_split_run(const int pixels, const uint8_t *start, ptrdiff_t step,
                                                    uint32_t quads, const int8_t *weights, __m512i *sums) {
    const uint8_t *group[(PIXELS + 2) / 3];
    SIGHTLINE_UNROLL
    for (int g = 0; g < (pixels + 2) / 3; g++) {
        group[g] = start + 3 * g * step;
    }
    for (; quads >= 2; quads -= 2) {
        const __m512i w = _mm512_loadu_si512(weights);
        SIGHTLINE_UNROLL
        for (int p = 0; p < pixels; p++) {
            sums[p] = dot(sums[p], broadcast_eight(group[p / 3] + (p % 3) * step), w);
        }
        weights += 64;
        SIGHTLINE_UNROLL
        for (int g = 0; g < (pixels + 2) / 3; g++) {
            group[g] += 8;
            SIGHTLINE_OPAQUE(group[g]);
        }
    }
    if (quads > 0) {
        const __m512i w = _mm512_loadu_si512(weights);
        SIGHTLINE_UNROLL
        for (int p = 0; p < pixels; p++) {
            sums[p] = dot(sums[p], broadcast_quad(group[p / 3] + (p % 3) * step), w);
        }
        weights += 64;
    }
    return weights;
}

/// The split block's windows: sums[p] holds pixel p's eight channels in two halves each, see packing.h.
SIGHTLINE_AVX512_INLINE void sum_split_windows(const int pixels, const sightline_walk *walk, const uint8_t *input,
                                               __m512i *sums) {
    const int8_t *weights = walk->weights;
    uint32_t rows = walk->rows;
    SIGHTLINE_UNROLL
    for (int p = 0; p < pixels; p++) {
        sums[p] = _mm512_setzero_si512();
    }
    do {
        const uint8_t *start = input;
        uint32_t segments = walk->segments;
        do {
            weights = add_split_run(pixels, start, walk->pixel_step, walk->quads, weights, sums);
            start += walk->segment_step;
        } while (--segments > 0);
        input += walk->row_step;
    } while (--rows > 0);
}

/// Vector v holds pixels 2v and 2v + 1 in alternating pairs of channels; they become two runs of eight.
#define EIGHT(place, v, e)                                                                            \
    place(v, e), place(v, e + 1), place(v, e + 4), place(v, e + 5), place(v, e + 8), place(v, e + 9), \
        place(v, e + 12), place(v, e + 13)
#define TWO_PIXELS(place, v) EIGHT(place, v, 0), EIGHT(place, v, 2)
static const byte_order split_packed_order = {
    {TWO_PIXELS(SIGHTLINE_PACKED_BYTE, 0), TWO_PIXELS(SIGHTLINE_PACKED_BYTE, 1), TWO_PIXELS(SIGHTLINE_PACKED_BYTE, 2),
     TWO_PIXELS(SIGHTLINE_PACKED_BYTE, 3)}};
static const byte_order split_curve_order = {{TWO_PIXELS(SIGHTLINE_CURVE_BYTE, 0), TWO_PIXELS(SIGHTLINE_CURVE_BYTE, 1),
                                              TWO_PIXELS(SIGHTLINE_CURVE_BYTE, 2),
                                              TWO_PIXELS(SIGHTLINE_CURVE_BYTE, 3)}};

#define SHUFFLED(a, b, order) \
    _mm512_castps_si512(_mm512_shuffle_ps(_mm512_castsi512_ps(a), _mm512_castsi512_ps(b), order))

/// Two pixels of a split block: the halves summed. Lane l: [a's channels 2l, 2l + 1] [b's channels 2l, 2l + 1].
SIGHTLINE_AVX512_INLINE __m512i joined(__m512i a, __m512i b) {
    return _mm512_add_epi32(SHUFFLED(a, b, 0x88), SHUFFLED(a, b, 0xDD));
}

/// Eight values in the order of `joined`, for both pixels.
SIGHTLINE_AVX512_INLINE __m512 joined_order(const float *values) {
    const __m512i order = _mm512_setr_epi32(0, 1, 0, 1, 2, 3, 2, 3, 4, 5, 4, 5, 6, 7, 6, 7);
    return _mm512_permutexvar_ps(order, _mm512_castps256_ps512(_mm256_loadu_ps(values)));
}

/// Two pixels' values in the order of `joined`, one pixel behind the other.
SIGHTLINE_AVX512_INLINE __m512i parted(__m512i joined) {
    const __m512i order = _mm512_setr_epi32(0, 1, 4, 5, 8, 9, 12, 13, 2, 3, 6, 7, 10, 11, 14, 15);
    return _mm512_permutexvar_epi32(order, joined);
}

SIGHTLINE_AVX512_INLINE void store_split_floats(const sightline_way_out *out, const __m512i sums[4], __m512 scale,
                                                __m512 bias, char *output) {
    const __mmask8 mask = (__mmask8)first_bits(out->channels);
    SIGHTLINE_UNROLL
    for (int n = 0; n < 4; n++) {
        const __m512i values = parted(_mm512_castps_si512(scaled_sums(sums[n], scale, bias)));
        const __m256 even = _mm256_castsi256_ps(_mm512_castsi512_si256(values));
        const __m256 odd = _mm256_castsi256_ps(_mm512_extracti64x4_epi64(values, 1));
        _mm256_mask_storeu_ps(output, mask, even);
        _mm256_mask_storeu_ps(output + out->output_pixel_stride, mask, odd);
        output += 2 * out->output_pixel_stride;
    }
}

SIGHTLINE_AVX512_INLINE void store_split_bytes(const int partial, const sightline_way_out *out, __m512i bytes,
                                               char *output) {
    const ptrdiff_t stride = out->output_pixel_stride;
    if (!partial && stride == CHANNELS) {
        _mm512_storeu_si512(output, bytes);
        return;
    }
    const __mmask16 mask = partial ? (__mmask16)first_bits(out->channels) : (__mmask16)0xFF;
    const __m128i parts[4] = {_mm512_castsi512_si128(bytes), _mm512_extracti32x4_epi32(bytes, 1),
                              _mm512_extracti32x4_epi32(bytes, 2), _mm512_extracti32x4_epi32(bytes, 3)};
    SIGHTLINE_UNROLL
    for (int n = 0; n < 4; n++) {
        char *even = output + 2 * n * stride, *odd = even + stride;
        if (partial) {
            _mm_mask_storeu_epi8(even, mask, parts[n]);
            _mm_mask_storeu_epi8(odd, mask, _mm_unpackhi_epi64(parts[n], parts[n]));
        } else {
            _mm_storel_epi64((__m128i *)even, parts[n]);
            _mm_storeh_pd((double *)odd, _mm_castsi128_pd(parts[n]));
        }
    }
}

SIGHTLINE_AVX512_INLINE void run_split_tiles(const int partial, const sightline_output_kind kind,
                                             const sightline_walk *walk, const sightline_way_out *out,
                                             const uint8_t *input, char *output, uint32_t tiles) {
    const finisher f = prepared(out->epilogue, kind, &split_packed_order, &split_curve_order);
    const __m512 s = joined_order(out->epilogue->scale + out->first_channel);
    const __m512 b = joined_order(out->epilogue->bias + out->first_channel);
    channel_factors factors = {.scale = {s, s, s, s}, .bias = {b, b, b, b}};
    if (kind == SIGHTLINE_OUTPUT_PRELU) {
        const __m512 slope = joined_order(out->epilogue->negative_slope + out->first_channel);
        factors.slope[0] = factors.slope[1] = factors.slope[2] = factors.slope[3] = slope;
    }
    for (; tiles > 0; tiles--) {
        __m512i sums[PIXELS];
        sum_split_windows(PIXELS, walk, input, sums);
        const __m512i four[4] = {joined(sums[0], sums[1]), joined(sums[2], sums[3]), joined(sums[4], sums[5]),
                                 joined(sums[6], sums[7])};
        if (kind == SIGHTLINE_OUTPUT_FLOAT) {
            store_split_floats(out, four, s, b, output);
        } else {
            store_split_bytes(partial, out, finished_bytes(kind, 1, four, &factors, &f), output);
        }
        input += PIXELS * walk->pixel_step;
        output += PIXELS * out->output_pixel_stride;
    }
}

#define TILE(X, PARTIAL, KIND)                                                                                    \
    SIGHTLINE_AVX512 void sightline_avx512_split_##X##_##KIND(const sightline_walk *walk,                         \
                                                              const sightline_way_out *out, const uint8_t *input, \
                                                              void *output, uint32_t tiles) {                     \
        run_split_tiles(PARTIAL, (sightline_output_kind)KIND, walk, out, input, output, tiles);                   \
    }
TILE(full, 0, 0)
TILE(full, 0, 1)
TILE(full, 0, 2)
TILE(full, 0, 3)
TILE(partial, 1, 0)
TILE(partial, 1, 1)
TILE(partial, 1, 2)
TILE(partial, 1, 3)

// The sums alone, for every number of pixels up to a full tile.
#define SPLIT_SUMS(P)                                                                                       \
    SIGHTLINE_AVX512 void sightline_avx512_split_sums_##P(const sightline_walk *walk, const uint8_t *input, \
                                                          int32_t *sums) {                                  \
        __m512i tile[P];                                                                                    \
        sum_split_windows(P, walk, input, tile);                                                            \
        SIGHTLINE_UNROLL                                                                                    \
        for (int n = 0; n < P; n += 2) {                                                                    \
            const __m512i two = joined(tile[n], tile[n + 1 < P ? n + 1 : n]);                               \
            _mm512_storeu_si512(sums + CHANNELS * n, parted(two));                                          \
        }                                                                                                   \
    }
SPLIT_SUMS(1)
SPLIT_SUMS(2)
SPLIT_SUMS(3)
SPLIT_SUMS(4)
SPLIT_SUMS(5)
SPLIT_SUMS(6)
SPLIT_SUMS(7)
SPLIT_SUMS(8)

#else
typedef int sightline_not_this_processor;
#endif
