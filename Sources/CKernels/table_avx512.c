#if defined(__x86_64__)
#include "avx512.h"

const sightline_kernels sightline_kernels_avx512vnni = {
    .name = "avx512vnni",
    .convolution_packed_bytes = sightline_avx512_convolution_packed_bytes,
    .convolution_pack = sightline_avx512_convolution_pack,
    .convolution = sightline_avx512_convolution,
    .depthwise_packed_bytes = sightline_avx512_depthwise_packed_bytes,
    .depthwise_pack = sightline_avx512_depthwise_pack,
    .depthwise = sightline_avx512_depthwise,
    .maximum_pool = sightline_avx512_maximum_pool,
    .add = sightline_avx512_add,
    .look_up = sightline_avx512_look_up,
    .quantize = sightline_avx512_quantize,
    .dequantize = sightline_avx512_dequantize,
    .blend = sightline_avx512_blend,
};

#else
typedef int sightline_not_this_processor;
#endif
