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
