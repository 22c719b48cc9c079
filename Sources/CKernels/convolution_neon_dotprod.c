// Dense convolution by dot products of four bytes (ARMv8.2, dotprod), and the table of processors that have them.
#if defined(__aarch64__)
#pragma clang attribute push(__attribute__((target("dotprod"))), apply_to = function)
#define SIGHTLINE_NEON_MATRIX 0
#include "convolution_neon.h"
#pragma clang attribute pop

const sightline_kernels sightline_kernels_neon_dotprod = {
    .name = "neon-dotprod",
    .convolution_packed_bytes = convolution_packed_bytes,
    .convolution_pack = convolution_pack,
    .convolution = convolution,
    .depthwise_packed_bytes = sightline_neon_depthwise_packed_bytes,
    .depthwise_pack = sightline_neon_depthwise_pack,
    .depthwise = sightline_neon_depthwise,
    .maximum_pool = sightline_neon_maximum_pool,
    .add = sightline_neon_add,
    .look_up = sightline_neon_look_up,
    .quantize = sightline_neon_quantize,
    .dequantize = sightline_neon_dequantize,
    .blend = sightline_neon_blend,
};

#else
typedef int sightline_not_this_processor;
#endif
