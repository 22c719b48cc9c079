// How dense weights lie in memory for the kernels that multiply four input channels at a time.
//
//     header, then for each block of output channels, for each tap, for each quad of input channels:
//         [vector of the block][lane = output channel][4 input channels]
//
// so that a tile reads its weights as one straight stream. The quads of a tap's last channels are filled with zeros.
// A block of eight output channels ("split" block) puts two quads side by side in one vector instead:
//         lane of 128 bits l: [channel 2l, quad 0] [channel 2l, quad 1] [channel 2l + 1, quad 0] [channel 2l + 1, quad
//         1]
#pragma once

#include "sightline_convolution.h"

typedef struct {
    /// No sum's magnitude can be larger: 255 times the largest sum of weights' magnitudes over output channels.
    float largest_sum;
    uint8_t reserved[60];
} sightline_packed_header;

/// How many vectors the next block takes when this many are left.
typedef uint32_t (*sightline_block_rule)(uint32_t vectors_left);

typedef struct {
    uint32_t lanes;           ///< Output channels in a vector.
    uint32_t split_channels;  ///< Remainders of up to this many channels become a split block; 0: never.
    uint32_t element_bytes;   ///< 1, or 2 where weights are widened to 16 bits (pairs in the order 0, 2, 1, 3).
    sightline_block_rule rule;
} sightline_packing;

/// Some output channels whose sums are computed together.
typedef struct {
    uint32_t first_channel;
    uint32_t channels;
    uint32_t vectors;  ///< 0: a split block.
    size_t offset;     ///< Of its weights, from the start of the packed bytes.
    size_t bytes;
} sightline_block;

/// The first block. A block with no channels ends the walk.
sightline_block sightline_first_block(const sightline_packing *packing, const sightline_convolution_shape *shape);
sightline_block sightline_next_block(const sightline_packing *packing, const sightline_convolution_shape *shape,
                                     const sightline_block *block);

size_t sightline_packed_bytes(const sightline_packing *packing, const sightline_convolution_shape *shape);
void sightline_pack(const sightline_packing *packing, const sightline_convolution_shape *shape, const int8_t *weights,
                    void *packed);

/// 255 times the largest sum of magnitudes among `channels` runs of `depth` weights; at most 2^31.
float sightline_largest_sum(const int8_t *weights, size_t channels, size_t depth);

/// Whether every value before rounding surely lies within 32-bit integers, so that a plain conversion is exact. If not,
/// values must be limited first. True for any sensible network.
int sightline_conversion_is_safe(const sightline_epilogue *epilogue, uint32_t channels, float largest_sum);

/// The largest sum with what sums start from.
static inline float sightline_largest_total(float largest_sum, const sightline_convolution_region *region) {
    return region->starting_sums ? largest_sum + 0x1p24f : largest_sum;
}

/// The same for a blend.
int sightline_blend_is_safe(const sightline_epilogue *epilogue, const float *scale_b, uint32_t channels);
