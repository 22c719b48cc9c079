// Single precision on AVX-512: one register holds all sixteen lanes.
#if defined(__x86_64__)
#pragma clang attribute push(__attribute__((target("avx512f,avx512bw,avx512vl,avx512dq,avx2,fma"))), apply_to = function)
#define SIGHTLINE_HAS_FUSED 1
#define SIGHTLINE_MASKED_STORES 1
#define SIGHTLINE_FLOAT_TABLE sightline_float_kernels_avx512
#define SIGHTLINE_PRODUCT_ROWS 6
#define SIGHTLINE_PRODUCT_LANES 4
#define SIGHTLINE_PRODUCT_NARROW_ROWS 8
#include "float_kernels.h"
#pragma clang attribute pop
#endif
