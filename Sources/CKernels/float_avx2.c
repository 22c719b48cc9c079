// Single precision on AVX2 with fused multiply-add: two registers hold the sixteen lanes.
#if defined(__x86_64__)
#pragma clang diagnostic ignored "-Wpsabi"
#pragma clang attribute push(__attribute__((target("avx2,fma"))), apply_to = function)
#define SIGHTLINE_HAS_FUSED 1
#define SIGHTLINE_FLOAT_TABLE sightline_float_kernels_avx2
#define SIGHTLINE_PRODUCT_ROWS 6
#define SIGHTLINE_PRODUCT_LANES 1
#define SIGHTLINE_PRODUCT_NARROW_ROWS 6
#include "float_kernels.h"
#pragma clang attribute pop
#endif
