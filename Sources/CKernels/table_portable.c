#include "portable.h"

const sightline_kernels sightline_kernels_portable = {
    .name = "portable",
    .convolution_packed_bytes = sightline_portable_convolution_packed_bytes,
    .convolution_pack = sightline_portable_convolution_pack,
    .convolution = sightline_portable_convolution,
    .depthwise_packed_bytes = sightline_portable_depthwise_packed_bytes,
    .depthwise_pack = sightline_portable_depthwise_pack,
    .depthwise = sightline_portable_depthwise,
    .maximum_pool = sightline_portable_maximum_pool,
    .add = sightline_portable_add,
    .look_up = sightline_portable_look_up,
    .quantize = sightline_portable_quantize,
    .dequantize = sightline_portable_dequantize,
    .blend = sightline_portable_blend,
};
