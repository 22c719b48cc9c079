#if defined(__x86_64__)
#define SIGHTLINE_YMM __attribute__((target("avx2,fma,avxvnni")))
#define SIGHTLINE_YMM_WIDENED 0
#define SIGHTLINE_YMM_DOT "%{vex%} vpdpbusd"
#include "avx2.h"
#include "convolution_ymm.h"
#include "portable.h"

const sightline_kernels sightline_kernels_avxvnni = {
    .name = "avxvnni",
    .convolution_packed_bytes = convolution_packed_bytes,
    .convolution_pack = convolution_pack,
    .convolution = convolution,
    .depthwise_packed_bytes = sightline_avx2_depthwise_packed_bytes,
    .depthwise_pack = sightline_avx2_depthwise_pack,
    .depthwise = sightline_avx2_depthwise,
    .maximum_pool = sightline_avx2_maximum_pool,
    .add = sightline_avx2_add,
    .look_up = sightline_portable_look_up,
    .quantize = sightline_avx2_quantize,
    .dequantize = sightline_avx2_dequantize,
    .blend = sightline_avx2_blend,
};

#else
typedef int sightline_not_this_processor;
#endif
