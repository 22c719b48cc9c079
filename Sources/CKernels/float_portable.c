// Single precision on any machine. Where the processor has no fused multiply-add, the C library's slow one is used, since
// results are the same everywhere.
#pragma clang diagnostic ignored "-Wpsabi"
#define SIGHTLINE_FLOAT_TABLE sightline_float_kernels_portable
#include "float_kernels.h"
