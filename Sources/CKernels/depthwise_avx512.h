// What the two forms of AVX-512's depthwise convolution share.
#pragma once

#include "avx512.h"
#include "packing.h"

enum {
    SIGHTLINE_DEPTHWISE_BLOCK = 64,
    SIGHTLINE_NARROW_CHANNELS = 16,
    SIGHTLINE_NARROW_BYTES = 6 * 64,  ///< Packed weights of one narrow block.
};

/// The narrow form of a 3x3 kernel at stride 1, for up to 16 channels that are left beside blocks of 64: four columns
/// at a time. `weights` are six vectors of [channel][row]: three columns for the upper output row, three for the lower.
void sightline_avx512_pack_narrow(const int8_t *weights, uint32_t channels, void *packed);
void sightline_avx512_depthwise_narrow(const sightline_way_out *out, int safe, const void *packed,
                                       const sightline_convolution_shape *shape,
                                       const sightline_convolution_region *region);

/// Where the byte of channel `channel` for tap `tap` of a quad lies among the quad's four vectors.
static inline size_t sightline_interleaved(uint32_t channel, uint32_t tap) {
    const uint32_t lane = channel / 16, vector = channel % 16 / 4, element = channel % 4;
    return vector * 64 + lane * 16 + element * 4 + tap;
}

/// Whether a kernel is the usual one, 3x3 at stride 1 and dilation 1, which takes its quads down the columns.
static inline int sightline_is_usual_depthwise(const sightline_convolution_shape *shape) {
    return shape->kernel_height == 3 && shape->kernel_width == 3 && shape->stride_height == 1 &&
           shape->stride_width == 1 && shape->dilation_height == 1 && shape->dilation_width == 1;
}

/// Curves' bytes in the order of channels, from vectors in the interleaved order.
static const byte_order sightline_natural_curve_order = {{
#define LANE(l)                                                                                                     \
    SIGHTLINE_CURVE_BYTE(0, 4 * l), SIGHTLINE_CURVE_BYTE(0, 4 * l + 1), SIGHTLINE_CURVE_BYTE(0, 4 * l + 2),         \
        SIGHTLINE_CURVE_BYTE(0, 4 * l + 3), SIGHTLINE_CURVE_BYTE(1, 4 * l), SIGHTLINE_CURVE_BYTE(1, 4 * l + 1),     \
        SIGHTLINE_CURVE_BYTE(1, 4 * l + 2), SIGHTLINE_CURVE_BYTE(1, 4 * l + 3), SIGHTLINE_CURVE_BYTE(2, 4 * l),     \
        SIGHTLINE_CURVE_BYTE(2, 4 * l + 1), SIGHTLINE_CURVE_BYTE(2, 4 * l + 2), SIGHTLINE_CURVE_BYTE(2, 4 * l + 3), \
        SIGHTLINE_CURVE_BYTE(3, 4 * l), SIGHTLINE_CURVE_BYTE(3, 4 * l + 1), SIGHTLINE_CURVE_BYTE(3, 4 * l + 2),     \
        SIGHTLINE_CURVE_BYTE(3, 4 * l + 3)
    LANE(0), LANE(1), LANE(2), LANE(3)
#undef LANE
}};

/// 64 values of consecutive channels, in the order of `sightline_interleaved`.
SIGHTLINE_AVX512_INLINE void sightline_interleave_table(const float *values, float table[SIGHTLINE_DEPTHWISE_BLOCK]) {
    for (int vector = 0; vector < 4; vector++) {
        for (int lane = 0; lane < 4; lane++) {
            _mm_storeu_ps(table + 16 * vector + 4 * lane, _mm_loadu_ps(values + 16 * lane + 4 * vector));
        }
    }
}

/// Four pixels' channels interleaved: quad[v] holds [channel: a, b, c, d].
SIGHTLINE_AVX512_INLINE void sightline_interleave(__m512i a, __m512i b, __m512i c, __m512i d, __m512i quad[4]) {
    const __m512i low_ab = _mm512_unpacklo_epi8(a, b), high_ab = _mm512_unpackhi_epi8(a, b);
    const __m512i low_cd = _mm512_unpacklo_epi8(c, d), high_cd = _mm512_unpackhi_epi8(c, d);
    quad[0] = _mm512_unpacklo_epi16(low_ab, low_cd);
    quad[1] = _mm512_unpackhi_epi16(low_ab, low_cd);
    quad[2] = _mm512_unpacklo_epi16(high_ab, high_cd);
    quad[3] = _mm512_unpackhi_epi16(high_ab, high_cd);
}

/// A block's factors in the interleaved order: see channel_factors.
typedef struct {
    float scale[SIGHTLINE_DEPTHWISE_BLOCK], bias[SIGHTLINE_DEPTHWISE_BLOCK];
    float slope[SIGHTLINE_DEPTHWISE_BLOCK], offset[SIGHTLINE_DEPTHWISE_BLOCK];
} block_factors;

/// Bytes of a block from sums in the interleaved order.
SIGHTLINE_AVX512_INLINE __m512i sightline_finished_block(const sightline_output_kind kind,
                                                         const block_factors *block, const __m512i sums[4],
                                                         const finisher *f) {
    channel_factors factors;
    SIGHTLINE_UNROLL
    for (int n = 0; n < 4; n++) {
        factors.scale[n] = _mm512_loadu_ps(block->scale + 16 * n);
        factors.bias[n] = _mm512_loadu_ps(block->bias + 16 * n);
        if (kind == SIGHTLINE_OUTPUT_PRELU || kind == SIGHTLINE_OUTPUT_ARCS) {
            factors.slope[n] = _mm512_loadu_ps(block->slope + 16 * n);
        }
        if (kind == SIGHTLINE_OUTPUT_ARCS) {
            factors.offset[n] = _mm512_loadu_ps(block->offset + 16 * n);
        }
    }
    return finished_bytes(kind, 0, sums, &factors, f);
}

/// The form for few channels and any kernel but the usual one: neighbouring pixels make one wide pixel.
int sightline_avx512_is_packable(const sightline_convolution_shape *shape);
size_t sightline_avx512_packed_pixels_bytes(const sightline_convolution_shape *shape);
void sightline_avx512_pack_pixels(const sightline_convolution_shape *shape, const int8_t *weights, void *packed);
/// Conversions must be safe. Returns 0 where the region's pixels lie otherwise; then nothing was done.
int sightline_avx512_depthwise_packed(const sightline_convolution_shape *shape, const void *packed,
                                      const sightline_epilogue *epilogue, const sightline_convolution_region *region);
