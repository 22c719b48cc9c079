// Single precision on any machine, on ARM with NEON. Where the processor has no fused multiply-add, the C library's slow
// one is used, since results are the same everywhere.
#pragma clang diagnostic ignored "-Wpsabi"
#if defined(__aarch64__)
// Sixteen lanes are four of NEON's thirty-two registers.
#define SIGHTLINE_PRODUCT_ROWS 6
#define SIGHTLINE_PRODUCT_LANES 1
#define SIGHTLINE_PRODUCT_NARROW_ROWS 6
#endif
#define SIGHTLINE_FLOAT_TABLE sightline_float_kernels_portable
#include "float_kernels.h"
