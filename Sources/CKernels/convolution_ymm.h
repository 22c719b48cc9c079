// Dense convolution with 256-bit vectors: the source that AVX2 and both encodings of AVX-VNNI share.
//
// Include once in a file, after defining
//     SIGHTLINE_YMM           the functions' target attribute
//     SIGHTLINE_YMM_WIDENED   1: weights are 16 bits wide, and vpmaddwd with vpaddd multiplies, exactly, since no
//                             instruction of AVX2 multiplies bytes without saturating; 0: vpdpbusd on bytes
//     SIGHTLINE_YMM_DOT       vpdpbusd as the assembler is to write it (where not widened)
//
// As in convolution_avx512.c, a tile holds the sums of P pixels times V vectors (of eight output channels). Sixteen
// registers hold 8 to 12 sums beside V weights, the broadcast activations and, for AVX2, a product.
#include "dense.h"
#include "geometry.h"
#include "ymm.h"

enum { LANES = 8, VECTOR_BYTES = SIGHTLINE_YMM_WIDENED ? 64 : 32 };

/// vectors, pixels of the tiles
#if SIGHTLINE_YMM_WIDENED
#define SIGHTLINE_YMM_TILES(M, N) M(1, 8, N) M(2, 4, N)
enum { MOST_VECTORS = 2 };
#else
#define SIGHTLINE_YMM_TILES(M, N) M(1, 10, N) M(2, 5, N) M(3, 4, N)
enum { MOST_VECTORS = 3 };
#endif

static uint32_t block_rule(uint32_t vectors) { return vectors <= MOST_VECTORS ? vectors : 2; }

/// One step of four input channels: the products of V vectors of weights and P pixels, added to the sums.
SIGHTLINE_YMM_INLINE void add_products(const int vectors, const int pixels, const int8_t *weights,
                                       const uint8_t *const *group, ptrdiff_t step, __m256i *sums) {
    SIGHTLINE_UNROLL
    for (int half = 0; half < 1 + SIGHTLINE_YMM_WIDENED; half++) {
        __m256i w[MOST_VECTORS];
        SIGHTLINE_UNROLL
        for (int v = 0; v < vectors; v++) {
            w[v] = _mm256_loadu_si256((const __m256i *)(weights + VECTOR_BYTES * v + 32 * half));
        }
        SIGHTLINE_UNROLL
        for (int p = 0; p < pixels; p++) {
            int32_t quad;
            __builtin_memcpy(&quad, group[p / 3] + (p % 3) * step, sizeof quad);
            __m256i activations = _mm256_set1_epi32(quad);
#if SIGHTLINE_YMM_WIDENED
            // Bytes 0 and 2, then 1 and 3, as the weights are packed.
            activations = half == 0 ? _mm256_and_si256(activations, _mm256_set1_epi16(0xFF))
                                    : _mm256_srli_epi16(activations, 8);
#endif
            SIGHTLINE_UNROLL
            for (int v = 0; v < vectors; v++) {
                __m256i *sum = sums + p * vectors + v;
#if SIGHTLINE_YMM_WIDENED
                *sum = _mm256_add_epi32(*sum, _mm256_madd_epi16(activations, w[v]));
#else
                __asm__(SIGHTLINE_YMM_DOT " %2, %1, %0" : "+x"(*sum) : "x"(activations), "x"(w[v]));
#endif
            }
        }
    }
}

SIGHTLINE_YMM_INLINE void sum_windows(const int vectors, const int pixels, const sightline_walk *walk,
                                      const uint8_t *input, __m256i *sums) {
    const int8_t *weights = walk->weights;
    SIGHTLINE_UNROLL
    for (int n = 0; n < vectors * pixels; n++) {
        sums[n] = _mm256_setzero_si256();
    }
    for (uint32_t row = 0; row < walk->rows; row++) {
        for (uint32_t segment = 0; segment < walk->segments; segment++) {
            const uint8_t *group[4];
            const uint8_t *start = input + row * walk->row_step + segment * walk->segment_step;
            SIGHTLINE_UNROLL
            for (int g = 0; g < (pixels + 2) / 3; g++) {
                group[g] = start + 3 * g * walk->pixel_step;
            }
            uint32_t quads = walk->quads;
            do {
                add_products(vectors, pixels, weights, group, walk->pixel_step, sums);
                weights += VECTOR_BYTES * vectors;
                SIGHTLINE_UNROLL
                for (int g = 0; g < (pixels + 2) / 3; g++) {
                    group[g] += 4;
                }
            } while (--quads > 0);
        }
    }
}

/// Four vectors, given as indices into a tile's sums, become 32 bytes.
SIGHTLINE_YMM_INLINE __m256i finished_group(const sightline_output_kind kind, const int vectors, const __m256i *sums,
                                            const int group[4], const sightline_way_out *out, const ymm_finisher *f) {
    __m256i four[4];
    __m256 scale[4], bias[4], slope[4];
    SIGHTLINE_UNROLL
    for (int n = 0; n < 4; n++) {
        const uint32_t channel = out->first_channel + LANES * (group[n] % vectors);
        four[n] = sums[group[n]];
        scale[n] = _mm256_loadu_ps(out->epilogue->scale + channel);
        bias[n] = _mm256_loadu_ps(out->epilogue->bias + channel);
        slope[n] = kind == SIGHTLINE_OUTPUT_PRELU ? _mm256_loadu_ps(out->epilogue->negative_slope + channel) : scale[n];
    }
    return in_order(packed_bytes(kind, 0, four, scale, bias, slope, f));
}

/// Bytes of a full tile: pairs of vectors for two pixels at once, then a single vector for four pixels at once. Behind the
/// last pixel, a group repeats its first vector and does not store it.
SIGHTLINE_YMM_INLINE void store_tile(const int vectors, const int pixels, const sightline_output_kind kind,
                                     const sightline_way_out *out, const __m256i *sums, uint8_t *output) {
    const ymm_finisher f = prepared(out);
    const ptrdiff_t stride = out->output_pixel_stride;
    if (vectors >= 2) {
        SIGHTLINE_UNROLL
        for (int p = 0; p < pixels; p += 2) {
            const int n = p * vectors, m = p + 1 < pixels ? n + vectors : n;
            const int group[4] = {n, n + 1, m, m + 1};
            const __m256i bytes = finished_group(kind, vectors, sums, group, out, &f);
            _mm_storeu_si128((__m128i *)(output + p * stride), _mm256_castsi256_si128(bytes));
            if (p + 1 < pixels) {
                _mm_storeu_si128((__m128i *)(output + (p + 1) * stride), _mm256_extracti128_si256(bytes, 1));
            }
        }
    }
    if (vectors % 2 == 1) {
        SIGHTLINE_UNROLL
        for (int p = 0; p < pixels; p += 4) {
            int group[4];
            SIGHTLINE_UNROLL
            for (int n = 0; n < 4; n++) {
                group[n] = (p + n < pixels ? p + n : p) * vectors + vectors - 1;
            }
            const __m256i bytes = finished_group(kind, vectors, sums, group, out, &f);
            const __m128i low = _mm256_castsi256_si128(bytes), high = _mm256_extracti128_si256(bytes, 1);
            uint8_t *to = output + p * stride + LANES * (vectors - 1);
            _mm_storel_epi64((__m128i *)to, low);
            _mm_storeh_pd((double *)(to + stride), _mm_castsi128_pd(low));
            if (p + 2 < pixels) {
                _mm_storel_epi64((__m128i *)(to + 2 * stride), high);
                _mm_storeh_pd((double *)(to + 3 * stride), _mm_castsi128_pd(high));
            }
        }
    }
}

SIGHTLINE_YMM_INLINE void store_float_tile(const int vectors, const int pixels, const sightline_way_out *out,
                                           const __m256i *sums, char *output) {
    SIGHTLINE_UNROLL
    for (int n = 0; n < vectors * pixels; n++) {
        const uint32_t channel = LANES * (n % vectors);
        const __m256 value =
            scaled_sums(sums[n], _mm256_loadu_ps(out->epilogue->scale + out->first_channel + channel),
                        _mm256_loadu_ps(out->epilogue->bias + out->first_channel + channel));
        _mm256_storeu_ps((float *)(output + n / vectors * out->output_pixel_stride) + channel, value);
    }
}

SIGHTLINE_YMM_INLINE void run_tiles(const int vectors, const int pixels, const sightline_output_kind kind,
                                    const sightline_walk *walk, const sightline_way_out *out, const uint8_t *input,
                                    char *output, uint32_t tiles) {
    for (; tiles > 0; tiles--) {
        __m256i sums[12];
        sum_windows(vectors, pixels, walk, input, sums);
        if (kind == SIGHTLINE_OUTPUT_FLOAT) {
            store_float_tile(vectors, pixels, out, sums, output);
        } else {
            store_tile(vectors, pixels, kind, out, sums, (uint8_t *)output);
        }
        input += pixels * walk->pixel_step;
        output += pixels * out->output_pixel_stride;
    }
}

#define TILE(V, P, KIND)                                                                                              \
    SIGHTLINE_YMM static void tiles_##V##_##KIND(const sightline_walk *walk, const sightline_way_out *out,            \
                                                 const uint8_t *input, void *output, uint32_t tiles) {                \
        run_tiles(V, P, (sightline_output_kind)KIND, walk, out, input, output, tiles);                                \
    }
#define KINDS(V, P, UNUSED) TILE(V, P, 0) TILE(V, P, 1) TILE(V, P, 2) TILE(V, P, 3)
SIGHTLINE_YMM_TILES(KINDS, )

#define SUMS(V, P)                                                                                                    \
    SIGHTLINE_YMM static void sums_##V##_##P(const sightline_walk *walk, const uint8_t *input, int32_t *sums) {       \
        __m256i tile[V * P];                                                                                          \
        sum_windows(V, P, walk, input, tile);                                                                         \
        SIGHTLINE_UNROLL                                                                                              \
        for (int n = 0; n < V * P; n++) {                                                                             \
            _mm256_storeu_si256((__m256i *)(sums + LANES * n), tile[n]);                                              \
        }                                                                                                             \
    }
#define UP_TO_4(M, V) M(V, 1) M(V, 2) M(V, 3) M(V, 4)
#define UP_TO_8(M, V) UP_TO_4(M, V) M(V, 5) M(V, 6) M(V, 7) M(V, 8)
#define NAME(V, P) sums_##V##_##P,
#define KIND_ROW(V) {tiles_##V##_0, tiles_##V##_1, tiles_##V##_2, tiles_##V##_3}
UP_TO_8(SUMS, 1)
UP_TO_4(SUMS, 2)
#if !SIGHTLINE_YMM_WIDENED
SUMS(1, 9) SUMS(1, 10) SUMS(2, 5)
UP_TO_4(SUMS, 3)
#endif

static const sightline_dense_tiles tiles = {
    .packing = {.lanes = LANES, .element_bytes = 1 + SIGHTLINE_YMM_WIDENED, .rule = block_rule},
    .wants_curve_bytes = 1,
#if SIGHTLINE_YMM_WIDENED
    .pixels = {0, 8, 4},
    .tiles = {{NULL}, KIND_ROW(1), KIND_ROW(2)},
    .sums = {{NULL}, {UP_TO_8(NAME, 1)}, {UP_TO_4(NAME, 2)}},
#else
    .pixels = {0, 10, 5, 4},
    .tiles = {{NULL}, KIND_ROW(1), KIND_ROW(2), KIND_ROW(3)},
    .sums = {{NULL},
             {UP_TO_8(NAME, 1) NAME(1, 9) NAME(1, 10)},
             {UP_TO_4(NAME, 2) NAME(2, 5)},
             {UP_TO_4(NAME, 3)}},
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
    const int safe = sightline_conversion_is_safe(epilogue, shape->output_channels, header->largest_sum);
    sightline_dense_convolution(&tiles, shape, packed, epilogue, safe, region);
}
