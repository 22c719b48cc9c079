// Dense convolution with AVX-512 VNNI.
//
// A tile holds the sums of P pixels times V vectors of 16 output channels in registers: 20 to 24 of them, since a sum
// takes four to five cycles and two may start in each. Each step takes four input channels: V vectors of weights, and
// for each pixel one broadcast of its four bytes. Broadcasts from memory use load ports only, so that the multipliers
// are the limit. Up to eight output channels have tiles of their own, see split_avx512.c.
#if defined(__x86_64__)
#include "avx512.h"
#include "dense.h"
#include "geometry.h"
#include "image_avx512.h"
#include "split_avx512.h"

enum { LANES = 16 };

/// Four or five vectors wherever the count allows it.
static uint32_t block_rule(uint32_t vectors) {
    if (vectors <= 5) {
        return vectors;
    }
    switch (vectors % 4) {
    case 0:
        return 4;
    case 1:
        return 5;
    case 2:
        return vectors == 6 ? 3 : 5;
    default:
        return vectors == 7 || vectors == 11 ? 4 : 5;
    }
}

/// One run of contiguous quads: the products of V vectors of weights and P pixels, added to the sums. Returns the
/// weights behind the run. Pixels are addressed in groups of three from one register: base, base + step, base + 2 *
/// step.
SIGHTLINE_AVX512_INLINE const int8_t *add_run(const int vectors, const int pixels, const uint8_t *start, ptrdiff_t step,
                                              uint32_t quads, const int8_t *weights, __m512i *sums) {
    const uint8_t *group[(SIGHTLINE_LARGEST_PIXELS + 2) / 3];
    SIGHTLINE_UNROLL
    for (int g = 0; g < (pixels + 2) / 3; g++) {
        group[g] = start + 3 * g * step;
    }
    do {
        __m512i w[SIGHTLINE_LARGEST_VECTORS];
        SIGHTLINE_UNROLL
        for (int v = 0; v < vectors; v++) {
            w[v] = _mm512_loadu_si512(weights + 64 * v);
        }
        SIGHTLINE_UNROLL
        for (int p = 0; p < pixels; p++) {
            const __m512i activations = broadcast_quad(group[p / 3] + (p % 3) * step);
            SIGHTLINE_UNROLL
            for (int v = 0; v < vectors; v++) {
                sums[p * vectors + v] = dot(sums[p * vectors + v], activations, w[v]);
            }
        }
        weights += 64 * vectors;
        SIGHTLINE_UNROLL
        for (int g = 0; g < (pixels + 2) / 3; g++) {
            group[g] += 4;
            SIGHTLINE_OPAQUE(group[g]);
        }
    } while (--quads > 0);
    return weights;
}

/// sums[p * V + v] = window of pixel p times vector v of the block.
SIGHTLINE_AVX512_INLINE void sum_windows(const int vectors, const int pixels, const sightline_walk *walk,
                                         const uint8_t *input, __m512i *sums) {
    const int8_t *weights = walk->weights;
    uint32_t rows = walk->rows;
    SIGHTLINE_UNROLL
    for (int n = 0; n < vectors * pixels; n++) {
        sums[n] = _mm512_setzero_si512();
    }
    do {
        const uint8_t *start = input;
        uint32_t segments = walk->segments;
        do {
            weights = add_run(vectors, pixels, start, walk->pixel_step, walk->quads, weights, sums);
            start += walk->segment_step;
        } while (--segments > 0);
        input += walk->row_step;
    } while (--rows > 0);
}

static const byte_order packed_order = SIGHTLINE_VECTOR_BY_VECTOR(SIGHTLINE_PACKED_BYTE);
static const byte_order curve_order = SIGHTLINE_VECTOR_BY_VECTOR(SIGHTLINE_CURVE_BYTE);

/// Four vectors, given as indices into a tile's sums, become 64 bytes.
SIGHTLINE_AVX512_INLINE __m512i finished_group(const sightline_output_kind kind, const int vectors, const __m512i *sums,
                                               const int group[4], const sightline_way_out *out,
                                               const finisher *f) {
    __m512i four[4];
    channel_factors factors;
    SIGHTLINE_UNROLL
    for (int n = 0; n < 4; n++) {
        four[n] = sums[group[n]];
        load_factors(kind, out->epilogue, out->first_channel + LANES * (group[n] % vectors), n, &factors);
    }
    return finished_bytes(kind, 1, four, &factors, f);
}

/// Bytes of a full tile. Vectors are stored by fours (64 bytes of one pixel), then a pair (two pixels at once), then a
/// single one (four pixels at once). `partial`: the last vector has fewer than 16 channels.
SIGHTLINE_AVX512_INLINE void store_tile(const int vectors, const int pixels, const int partial,
                                        const sightline_output_kind kind, const sightline_way_out *out,
                                        const __m512i *sums, const finisher *f, uint8_t *output) {
    const ptrdiff_t stride = out->output_pixel_stride;
    const int pair = vectors / 4 * 4, single = vectors / 2 * 2;
    if (vectors >= 4) {
        const __mmask64 mask = partial && vectors == 4 ? first_bits(out->channels) : ~(__mmask64)0;
        SIGHTLINE_UNROLL
        for (int p = 0; p < pixels; p++) {
            const int group[4] = {p * vectors, p * vectors + 1, p * vectors + 2, p * vectors + 3};
            const __m512i bytes = finished_group(kind, vectors, sums, group, out, f);
            _mm512_mask_storeu_epi8(output + p * stride, mask, bytes);
        }
    }
    if (vectors % 4 >= 2) {
        const __mmask32 mask = partial && vectors == 2 ? (__mmask32)first_bits(out->channels) : ~(__mmask32)0;
        SIGHTLINE_UNROLL
        for (int p = 0; p < pixels; p += 2) {
            const int n = p * vectors + pair;
            const int group[4] = {n, n + 1, n + vectors, n + vectors + 1};
            const __m512i bytes = finished_group(kind, vectors, sums, group, out, f);
            uint8_t *to = output + p * stride + LANES * pair;
            _mm256_mask_storeu_epi8(to, mask, _mm512_castsi512_si256(bytes));
            _mm256_mask_storeu_epi8(to + stride, mask, _mm512_extracti64x4_epi64(bytes, 1));
        }
    }
    if (vectors % 2 == 1) {
        const __mmask16 mask = partial ? (__mmask16)first_bits(out->channels - LANES * single) : (__mmask16)0xFFFF;
        SIGHTLINE_UNROLL
        for (int p = 0; p < pixels; p += 4) {
            const int n = p * vectors + single;
            const int group[4] = {n, n + vectors, n + 2 * vectors, n + 3 * vectors};
            const __m512i bytes = finished_group(kind, vectors, sums, group, out, f);
            uint8_t *to = output + p * stride + LANES * single;
            _mm_mask_storeu_epi8(to, mask, _mm512_castsi512_si128(bytes));
            _mm_mask_storeu_epi8(to + stride, mask, _mm512_extracti32x4_epi32(bytes, 1));
            _mm_mask_storeu_epi8(to + 2 * stride, mask, _mm512_extracti32x4_epi32(bytes, 2));
            _mm_mask_storeu_epi8(to + 3 * stride, mask, _mm512_extracti32x4_epi32(bytes, 3));
        }
    }
}

SIGHTLINE_AVX512_INLINE void store_float_tile(const int vectors, const int pixels, const int partial,
                                              const sightline_way_out *out, const __m512i *sums, char *output) {
    const float *scale = out->epilogue->scale + out->first_channel;
    const float *bias = out->epilogue->bias + out->first_channel;
    SIGHTLINE_UNROLL
    for (int p = 0; p < pixels; p++) {
        SIGHTLINE_UNROLL
        for (int v = 0; v < vectors; v++) {
            const __m512 value = scaled_sums(sums[p * vectors + v], _mm512_loadu_ps(scale + LANES * v),
                                             _mm512_loadu_ps(bias + LANES * v));
            float *to = (float *)(output + p * out->output_pixel_stride) + LANES * v;
            const int is_partial = partial && v == vectors - 1;
            _mm512_mask_storeu_ps(to, is_partial ? lane_mask(out->channels - LANES * v) : (__mmask16)0xFFFF, value);
        }
    }
}

/// Adds what the sums of a tile start from. `column` is its first pixel's.
SIGHTLINE_AVX512_INLINE void add_to_sums(const int vectors, const int pixels, const sightline_way_out *out,
                                         uint32_t column, __m512i *sums) {
    SIGHTLINE_UNROLL
    for (int p = 0; p < pixels; p++) {
        const float *start = out->starting_sums + (column + p) / 2 * out->starting_sum_stride;
        SIGHTLINE_UNROLL
        for (int v = 0; v < vectors; v++) {
            const __m512i first = _mm512_cvtps_epi32(_mm512_loadu_ps(start + LANES * v));
            sums[p * vectors + v] = _mm512_add_epi32(sums[p * vectors + v], first);
        }
    }
}

SIGHTLINE_AVX512_INLINE void run_tiles(const int vectors, const int pixels, const int partial,
                                       const sightline_output_kind kind, const sightline_walk *walk,
                                       const sightline_way_out *out, const uint8_t *input, char *output,
                                       uint32_t tiles) {
    for (uint32_t tile = 0; tile < tiles; tile++) {
        __m512i sums[24];
        sum_windows(vectors, pixels, walk, input, sums);
        if (out->starting_sums) {
            add_to_sums(vectors, pixels, out, tile * pixels, sums);
        }
        // Loaded for each tile: kept across the sums they would cost registers, and gcc would spill.
        const finisher f = prepared(out->epilogue, kind, &packed_order, &curve_order);
        if (kind == SIGHTLINE_OUTPUT_FLOAT) {
            store_float_tile(vectors, pixels, partial, out, sums, output);
        } else {
            store_tile(vectors, pixels, partial, kind, out, sums, &f, (uint8_t *)output);
        }
        input += pixels * walk->pixel_step;
        output += pixels * out->output_pixel_stride;
    }
}

// Full tiles, for every kind of epilogue. "X" is the block's vectors, or its kind where that is not enough.
#define TILE(X, V, P, PARTIAL, KIND)                                                                          \
    SIGHTLINE_AVX512 static void tiles_##X##_##KIND(const sightline_walk *walk, const sightline_way_out *out, \
                                                    const uint8_t *input, void *output, uint32_t tiles) {     \
        run_tiles(V, P, PARTIAL, (sightline_output_kind)KIND, walk, out, input, output, tiles);               \
    }
#define TILES(X, V, P, PARTIAL) \
    TILE(X, V, P, PARTIAL, 0)   \
    TILE(X, V, P, PARTIAL, 1)   \
    TILE(X, V, P, PARTIAL, 2)   \
    TILE(X, V, P, PARTIAL, 3)   \
    TILE(X, V, P, PARTIAL, 4)
TILES(1, 1, 20, 0)
TILES(2, 2, 10, 0)
TILES(3, 3, 8, 0)
TILES(4, 4, 5, 0)
TILES(5, 5, 4, 0)
TILES(partial_1, 1, 20, 1)
TILES(partial_2, 2, 10, 1)
TILES(partial_3, 3, 8, 1)
TILES(partial_4, 4, 5, 1)
TILES(partial_5, 5, 4, 1)
// The sums alone, for every number of pixels up to a full tile: row ends, odd channels, extreme scales.
#define SUMS(V, P)                                                                                                 \
    SIGHTLINE_AVX512 static void sums_##V##_##P(const sightline_walk *walk, const uint8_t *input, int32_t *sums) { \
        __m512i tile[V * P];                                                                                       \
        sum_windows(V, P, walk, input, tile);                                                                      \
        SIGHTLINE_UNROLL                                                                                           \
        for (int n = 0; n < V * P; n++) {                                                                          \
            _mm512_storeu_si512(sums + LANES * n, tile[n]);                                                        \
        }                                                                                                          \
    }
#define UP_TO_4(M, V) M(V, 1) M(V, 2) M(V, 3) M(V, 4)
#define UP_TO_8(M, V) \
    UP_TO_4(M, V)     \
    M(V, 5) M(V, 6) M(V, 7) M(V, 8)
#define UP_TO_20(M, V) \
    UP_TO_8(M, V)      \
    M(V, 9) M(V, 10) M(V, 11) M(V, 12) M(V, 13) M(V, 14) M(V, 15) M(V, 16) M(V, 17) M(V, 18) M(V, 19) M(V, 20)
UP_TO_20(SUMS, 1)
UP_TO_8(SUMS, 2)
SUMS(2, 9)
SUMS(2, 10)
UP_TO_8(SUMS, 3)
UP_TO_4(SUMS, 4)
SUMS(4, 5)
UP_TO_4(SUMS, 5)
#define KIND_ROW(X) {tiles_##X##_0, tiles_##X##_1, tiles_##X##_2, tiles_##X##_3, tiles_##X##_4}
#define NAME(V, P) sums_##V##_##P,
static const sightline_dense_tiles tiles = {
    .packing = {.lanes = LANES, .split_channels = SIGHTLINE_SPLIT_CHANNELS, .element_bytes = 1, .rule = block_rule},
    .pixels = {SIGHTLINE_SPLIT_PIXELS, 20, 10, 8, 5, 4},
    .tiles = {SIGHTLINE_SPLIT_TILES(full), KIND_ROW(1), KIND_ROW(2), KIND_ROW(3), KIND_ROW(4), KIND_ROW(5)},
    .partial_tiles = {SIGHTLINE_SPLIT_TILES(partial), KIND_ROW(partial_1), KIND_ROW(partial_2), KIND_ROW(partial_3),
                      KIND_ROW(partial_4), KIND_ROW(partial_5)},
    .sums = {SIGHTLINE_SPLIT_SUMS,
             {UP_TO_20(NAME, 1)},
             {UP_TO_8(NAME, 2) NAME(2, 9) NAME(2, 10)},
             {UP_TO_8(NAME, 3)},
             {UP_TO_4(NAME, 4) NAME(4, 5)},
             {UP_TO_4(NAME, 5)}},
    .finish = sightline_avx512_finish,
};

size_t sightline_avx512_convolution_packed_bytes(const sightline_convolution_shape *shape) {
    return sightline_packed_bytes(&tiles.packing, shape) + sightline_image_packed_bytes(shape);
}

void sightline_avx512_convolution_pack(const sightline_convolution_shape *shape, const int8_t *weights, void *packed) {
    sightline_pack(&tiles.packing, shape, weights, packed);
    sightline_image_pack(shape, weights, (char *)packed + sightline_packed_bytes(&tiles.packing, shape));
}

void sightline_avx512_convolution(const sightline_convolution_shape *shape, const void *packed,
                                  const sightline_epilogue *epilogue, const sightline_convolution_region *region) {
    sightline_assert_region(shape, region);
    const sightline_packed_header *header = packed;
    const int safe = sightline_conversion_is_safe(epilogue, shape->output_channels,
                                                  sightline_largest_total(header->largest_sum, region));
    const char *image_packed = (const char *)packed + sightline_packed_bytes(&tiles.packing, shape);
    if (region->starting_sums || !sightline_avx512_image(shape, image_packed, epilogue, safe, region)) {
        sightline_dense_convolution(&tiles, shape, packed, epilogue, safe, region);
    }
}

#else
typedef int sightline_not_this_processor;
#endif
