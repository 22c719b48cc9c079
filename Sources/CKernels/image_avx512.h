// Dense convolution of an image: a second way for shapes with three or four input channels.
#pragma once

#include "avx512.h"
#include "image_program.h"

/// Returns 0, having done nothing, where the shape or the region's layout do not fit. `safe`: conversions cannot
/// overflow.
int sightline_avx512_image(const sightline_convolution_shape *shape, const void *packed,
                           const sightline_epilogue *epilogue, int safe, const sightline_convolution_region *region);
