// Single precision on AVX-512: one register holds all sixteen lanes.
#if defined(__x86_64__)
#pragma clang attribute push(__attribute__((target("avx512f,avx512bw,avx512vl,avx512dq,avx2,fma"))), apply_to = function)
#define SIGHTLINE_FLOAT_TABLE sightline_float_kernels_avx512
#include "float_kernels.h"
#pragma clang attribute pop
#endif
