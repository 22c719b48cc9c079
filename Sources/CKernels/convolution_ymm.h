// Dense convolution with 256-bit vectors: the source that AVX2 and both encodings of AVX-VNNI share.
//
// Include once in a file, after defining
//     SIGHTLINE_YMM           the functions' target attribute
//     SIGHTLINE_YMM_WIDENED   1: weights are 16 bits wide, and vpmaddwd with vpaddd multiplies, exactly, since no
//                             instruction of AVX2 multiplies bytes without saturating; 0: vpdpbusd on bytes
//     SIGHTLINE_YMM_DOT       vpdpbusd as the assembler is to write it (where not widened)
//
// As in convolution_avx512.c, a tile holds the sums of P pixels times V vectors (of eight output channels). Sixteen
// registers hold 8 to 12 sums beside V weights, the broadcast activations and, for AVX2, a product. AVX2 spends one
// instruction in 2 V + 1 on splitting the activations, hence its wide tiles.
#include "dense.h"
#include "geometry.h"
#include "ymm.h"

enum { LANES = 8, VECTOR_BYTES = SIGHTLINE_YMM_WIDENED ? 64 : 32 };

/// Vectors and pixels of the tiles.
#if SIGHTLINE_YMM_WIDENED
#define SIGHTLINE_YMM_TILES(M) M(1, 8) M(2, 4) M(3, 2) M(4, 2)
enum { MOST_VECTORS = 4 };
#else
#define SIGHTLINE_YMM_TILES(M) M(1, 10) M(2, 5) M(3, 3)
enum { MOST_VECTORS = 3 };
#endif

static uint32_t block_rule(uint32_t vectors) { return vectors <= MOST_VECTORS ? vectors : MOST_VECTORS / 2 * 2; }

SIGHTLINE_YMM_INLINE __m256i broadcast(const uint8_t **group, ptrdiff_t step, int pixel) {
    int32_t quad;
    __builtin_memcpy(&quad, group[pixel / 3] + (pixel % 3) * step, sizeof quad);
    return _mm256_set1_epi32(quad);
}

#if SIGHTLINE_YMM_WIDENED
/// Bytes 0 and 2 of each quad, or 1 and 3, as the weights are packed.
SIGHTLINE_YMM_INLINE __m256i widened(__m256i quads, const int half) {
    return half == 0 ? _mm256_and_si256(quads, _mm256_set1_epi16(0xFF)) : _mm256_srli_epi16(quads, 8);
}

SIGHTLINE_YMM_INLINE __m256i half_vector(const int8_t *weights, const int vector, const int half) {
    return _mm256_loadu_si256((const __m256i *)(weights + VECTOR_BYTES * vector + 32 * half));
}

/// One step of four input channels: the products of V vectors of weights and P pixels, added to the sums. Few vectors'
/// weights fit the registers whole; of many, one half after the other, and the pixels' bytes are loaded twice.
SIGHTLINE_YMM_INLINE void add_products(const int vectors, const int pixels, const int8_t *weights,
                                       const uint8_t **group, ptrdiff_t step, __m256i *sums) {
    const int halves_together = vectors <= 2 ? 2 : 1;
    SIGHTLINE_UNROLL
    for (int first = 0; first < 2; first += halves_together) {
        SIGHTLINE_OPAQUE(group[0]);
        __m256i w[2][MOST_VECTORS];
        SIGHTLINE_UNROLL
        for (int n = 0; n < halves_together * vectors; n++) {
            w[n / vectors][n % vectors] = half_vector(weights, n % vectors, first + n / vectors);
        }
        SIGHTLINE_UNROLL
        for (int p = 0; p < pixels; p++) {
            const __m256i quads = broadcast(group, step, p);
            SIGHTLINE_UNROLL
            for (int n = 0; n < halves_together * vectors; n++) {
                __m256i *sum = sums + p * vectors + n % vectors;
                const __m256i activations = widened(quads, first + n / vectors);
                *sum = _mm256_add_epi32(*sum, _mm256_madd_epi16(activations, w[n / vectors][n % vectors]));
            }
        }
    }
}
#else
/// One step of four input channels: the products of V vectors of weights and P pixels, added to the sums.
SIGHTLINE_YMM_INLINE void add_products(const int vectors, const int pixels, const int8_t *weights,
                                       const uint8_t **group, ptrdiff_t step, __m256i *sums) {
    __m256i w[MOST_VECTORS];
    SIGHTLINE_UNROLL
    for (int v = 0; v < vectors; v++) {
        w[v] = _mm256_loadu_si256((const __m256i *)(weights + VECTOR_BYTES * v));
    }
    SIGHTLINE_UNROLL
    for (int p = 0; p < pixels; p++) {
        const __m256i activations = broadcast(group, step, p);
        SIGHTLINE_UNROLL
        for (int v = 0; v < vectors; v++) {
            __asm__(SIGHTLINE_YMM_DOT " %2, %1, %0" : "+x"(sums[p * vectors + v]) : "x"(activations), "x"(w[v]));
        }
    }
}
#endif

/// One run of contiguous quads. Returns the weights behind it. Pixels are addressed in groups of three from one
/// register.
SIGHTLINE_YMM_INLINE const int8_t *add_run(const int vectors, const int pixels, const uint8_t *start, ptrdiff_t step,
                                           uint32_t quads, const int8_t *weights, __m256i *sums) {
    const uint8_t *group[4];
    SIGHTLINE_UNROLL
    for (int g = 0; g < (pixels + 2) / 3; g++) {
        group[g] = start + 3 * g * step;
    }
    do {
        add_products(vectors, pixels, weights, group, step, sums);
        weights += VECTOR_BYTES * vectors;
        SIGHTLINE_UNROLL
        for (int g = 0; g < (pixels + 2) / 3; g++) {
            group[g] += 4;
            SIGHTLINE_OPAQUE(group[g]);
        }
    } while (--quads > 0);
    return weights;
}

/// sums[p * V + v] = window of pixel p times vector v of the block.
SIGHTLINE_YMM_INLINE void sum_windows(const int vectors, const int pixels, const sightline_walk *walk,
                                      const uint8_t *input, __m256i *sums) {
    const int8_t *weights = walk->weights;
    uint32_t rows = walk->rows;
    SIGHTLINE_UNROLL
    for (int n = 0; n < vectors * pixels; n++) {
        sums[n] = _mm256_setzero_si256();
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

/// Four vectors, given as indices into a tile's sums, become 32 bytes.
SIGHTLINE_YMM_INLINE __m256i finished_group(const sightline_output_kind kind, const int vectors, const __m256i *sums,
                                            const int group[4], const sightline_way_out *out, const ymm_finisher *f) {
    __m256i four[4];
    ymm_factors factors;
    SIGHTLINE_UNROLL
    for (int n = 0; n < 4; n++) {
        four[n] = sums[group[n]];
        load_factors(kind, out->epilogue, out->first_channel + LANES * (group[n] % vectors), n, &factors);
    }
    return in_order(packed_bytes(kind, 0, four, &factors, f));
}

/// Bytes of a full tile: four vectors of one pixel, or a pair of vectors for two pixels at once, then a single vector
/// for four pixels at once. Behind the last pixel, a group repeats its first vector and does not store it. `partial`:
/// the last vector has fewer than eight channels.
SIGHTLINE_YMM_INLINE void store_tile(const int vectors, const int pixels, const int partial,
                                     const sightline_output_kind kind, const sightline_way_out *out,
                                     const __m256i *sums, uint8_t *output) {
    const ymm_finisher f = prepared(out);
    const ptrdiff_t stride = out->output_pixel_stride;
    const int single = vectors / 2 * 2;
    if (vectors == 4) {
        SIGHTLINE_UNROLL
        for (int p = 0; p < pixels; p++) {
            const int group[4] = {4 * p, 4 * p + 1, 4 * p + 2, 4 * p + 3};
            const __m256i bytes = finished_group(kind, vectors, sums, group, out, &f);
            store_32(output + p * stride, bytes, partial ? out->channels : 32);
        }
        return;
    }
    if (vectors >= 2) {
        const uint32_t count = partial && vectors == 2 ? out->channels : 2 * LANES;
        SIGHTLINE_UNROLL
        for (int p = 0; p < pixels; p += 2) {
            const int n = p * vectors, m = p + 1 < pixels ? n + vectors : n;
            const int group[4] = {n, n + 1, m, m + 1};
            const __m256i bytes = finished_group(kind, vectors, sums, group, out, &f);
            store_16(output + p * stride, _mm256_castsi256_si128(bytes), count);
            if (p + 1 < pixels) {
                store_16(output + (p + 1) * stride, _mm256_extracti128_si256(bytes, 1), count);
            }
        }
    }
    if (vectors % 2 == 1) {
        const uint32_t count = partial ? out->channels - LANES * single : LANES;
        SIGHTLINE_UNROLL
        for (int p = 0; p < pixels; p += 4) {
            int group[4];
            SIGHTLINE_UNROLL
            for (int n = 0; n < 4; n++) {
                group[n] = (p + n < pixels ? p + n : p) * vectors + single;
            }
            const __m256i bytes = finished_group(kind, vectors, sums, group, out, &f);
            const __m128i low = _mm256_castsi256_si128(bytes), high = _mm256_extracti128_si256(bytes, 1);
            uint8_t *to = output + p * stride + LANES * single;
            store_8(to, _mm_cvtsi128_si64(low), count);
            if (p + 1 < pixels) {
                store_8(to + stride, _mm_extract_epi64(low, 1), count);
            }
            if (p + 2 < pixels) {
                store_8(to + 2 * stride, _mm_cvtsi128_si64(high), count);
            }
            if (p + 3 < pixels) {
                store_8(to + 3 * stride, _mm_extract_epi64(high, 1), count);
            }
        }
    }
}

SIGHTLINE_YMM_INLINE void store_float_tile(const int vectors, const int pixels, const int partial,
                                           const sightline_way_out *out, const __m256i *sums, char *output) {
    SIGHTLINE_UNROLL
    for (int n = 0; n < vectors * pixels; n++) {
        const uint32_t channel = LANES * (n % vectors);
        const __m256 value = scaled_sums(sums[n], _mm256_loadu_ps(out->epilogue->scale + out->first_channel + channel),
                                         _mm256_loadu_ps(out->epilogue->bias + out->first_channel + channel));
        float *to = (float *)(output + n / vectors * out->output_pixel_stride) + channel;
        if (partial && n % vectors == vectors - 1) {
            const __m256i lanes = _mm256_setr_epi32(0, 1, 2, 3, 4, 5, 6, 7);
            const __m256i count = _mm256_set1_epi32((int32_t)(out->channels - channel));
            _mm256_maskstore_ps(to, _mm256_cmpgt_epi32(count, lanes), value);
        } else {
            _mm256_storeu_ps(to, value);
        }
    }
}

/// Adds what the sums of a tile start from. `column` is its first pixel's.
SIGHTLINE_YMM_INLINE void add_to_sums(const int vectors, const int pixels, const sightline_way_out *out,
                                      uint32_t column, __m256i *sums) {
    SIGHTLINE_UNROLL
    for (int p = 0; p < pixels; p++) {
        const float *start = out->starting_sums + (column + p) / 2 * out->starting_sum_stride;
        SIGHTLINE_UNROLL
        for (int v = 0; v < vectors; v++) {
            const __m256i first = _mm256_cvtps_epi32(_mm256_loadu_ps(start + LANES * v));
            sums[p * vectors + v] = _mm256_add_epi32(sums[p * vectors + v], first);
        }
    }
}

SIGHTLINE_YMM_INLINE void run_tiles(const int vectors, const int pixels, const int partial,
                                    const sightline_output_kind kind, const sightline_walk *walk,
                                    const sightline_way_out *out, const uint8_t *input, char *output, uint32_t tiles) {
    for (uint32_t tile = 0; tile < tiles; tile++) {
        __m256i sums[12];
        sum_windows(vectors, pixels, walk, input, sums);
        if (out->starting_sums) {
            add_to_sums(vectors, pixels, out, tile * pixels, sums);
        }
        if (kind == SIGHTLINE_OUTPUT_FLOAT) {
            store_float_tile(vectors, pixels, partial, out, sums, output);
        } else {
            store_tile(vectors, pixels, partial, kind, out, sums, (uint8_t *)output);
        }
        input += pixels * walk->pixel_step;
        output += pixels * out->output_pixel_stride;
    }
}

#define TILE(X, V, P, PARTIAL, KIND)                                                                       \
    SIGHTLINE_YMM static void tiles_##X##_##KIND(const sightline_walk *walk, const sightline_way_out *out, \
                                                 const uint8_t *input, void *output, uint32_t tiles) {     \
        run_tiles(V, P, PARTIAL, (sightline_output_kind)KIND, walk, out, input, output, tiles);            \
    }
#define TILES(X, V, P, PARTIAL) \
    TILE(X, V, P, PARTIAL, 0)   \
    TILE(X, V, P, PARTIAL, 1)   \
    TILE(X, V, P, PARTIAL, 2)   \
    TILE(X, V, P, PARTIAL, 3)   \
    TILE(X, V, P, PARTIAL, 4)
#define BOTH(V, P)    \
    TILES(V, V, P, 0) \
    TILES(partial_##V, V, P, 1)
SIGHTLINE_YMM_TILES(BOTH)

#define SUMS(V, P)                                                                                              \
    SIGHTLINE_YMM static void sums_##V##_##P(const sightline_walk *walk, const uint8_t *input, int32_t *sums) { \
        __m256i tile[V * P];                                                                                    \
        sum_windows(V, P, walk, input, tile);                                                                   \
        SIGHTLINE_UNROLL                                                                                        \
        for (int n = 0; n < V * P; n++) {                                                                       \
            _mm256_storeu_si256((__m256i *)(sums + LANES * n), tile[n]);                                        \
        }                                                                                                       \
    }
#define UP_TO_4(M, V) M(V, 1) M(V, 2) M(V, 3) M(V, 4)
#define UP_TO_8(M, V) \
    UP_TO_4(M, V)     \
    M(V, 5) M(V, 6) M(V, 7) M(V, 8)
#define NAME(V, P) sums_##V##_##P,
#define KIND_ROW(X) {tiles_##X##_0, tiles_##X##_1, tiles_##X##_2, tiles_##X##_3, tiles_##X##_4}
UP_TO_8(SUMS, 1)
UP_TO_4(SUMS, 2)
#if SIGHTLINE_YMM_WIDENED
SUMS(3, 1)
SUMS(3, 2)
SUMS(4, 1)
SUMS(4, 2)
#else
SUMS(1, 9)
SUMS(1, 10)
SUMS(2, 5)
SUMS(3, 1)
SUMS(3, 2)
SUMS(3, 3)
#endif

static const sightline_dense_tiles tiles = {
    .packing = {.lanes = LANES, .element_bytes = 1 + SIGHTLINE_YMM_WIDENED, .rule = block_rule},
    .wants_curve_bytes = 1,
#if SIGHTLINE_YMM_WIDENED
    .pixels = {0, 8, 4, 2, 2},
    .tiles = {{NULL}, KIND_ROW(1), KIND_ROW(2), KIND_ROW(3), KIND_ROW(4)},
    .partial_tiles = {{NULL}, KIND_ROW(partial_1), KIND_ROW(partial_2), KIND_ROW(partial_3), KIND_ROW(partial_4)},
    .sums = {{NULL}, {UP_TO_8(NAME, 1)}, {UP_TO_4(NAME, 2)}, {NAME(3, 1) NAME(3, 2)}, {NAME(4, 1) NAME(4, 2)}},
#else
    .pixels = {0, 10, 5, 3},
    .tiles = {{NULL}, KIND_ROW(1), KIND_ROW(2), KIND_ROW(3)},
    .partial_tiles = {{NULL}, KIND_ROW(partial_1), KIND_ROW(partial_2), KIND_ROW(partial_3)},
    .sums = {{NULL},
             {UP_TO_8(NAME, 1) NAME(1, 9) NAME(1, 10)},
             {UP_TO_4(NAME, 2) NAME(2, 5)},
             {NAME(3, 1) NAME(3, 2) NAME(3, 3)}},
#endif
    .finish = sightline_avx2_finish,
};

static size_t convolution_packed_bytes(const sightline_convolution_shape *shape) {
    return sightline_packed_bytes(&tiles.packing, shape);
}

static void convolution_pack(const sightline_convolution_shape *shape, const int8_t *weights, void *packed) {
    sightline_pack(&tiles.packing, shape, weights, packed);
}

static void convolution(const sightline_convolution_shape *shape, const void *packed,
                        const sightline_epilogue *epilogue, const sightline_convolution_region *region) {
    sightline_assert_region(shape, region);
    const sightline_packed_header *header = packed;
    const int safe = sightline_conversion_is_safe(epilogue, shape->output_channels,
                                                  sightline_largest_total(header->largest_sum, region));
    sightline_dense_convolution(&tiles, shape, packed, epilogue, safe, region);
}
