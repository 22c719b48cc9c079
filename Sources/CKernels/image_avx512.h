// Dense convolution of an image: a second way for shapes with three or four input channels.
#pragma once

#include "avx512.h"

/// Bytes behind the other packed weights; 0 for shapes that are no image's first layer.
size_t sightline_avx512_image_packed_bytes(const sightline_convolution_shape *shape);
void sightline_avx512_image_pack(const sightline_convolution_shape *shape, const int8_t *weights, void *packed);

/// Returns 0, having done nothing, where the shape or the region's layout do not fit. `safe`: conversions cannot overflow.
int sightline_avx512_image(const sightline_convolution_shape *shape, const void *packed,
                           const sightline_epilogue *epilogue, int safe, const sightline_convolution_region *region);
