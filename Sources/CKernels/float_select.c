#include <string.h>

#include "sightline_float.h"

extern const sightline_float_kernels sightline_float_kernels_portable;
#if defined(__x86_64__)
extern const sightline_float_kernels sightline_float_kernels_avx512, sightline_float_kernels_avx2;
#endif

const sightline_float_kernels *sightline_float_kernels_named(const char *name) {
#if defined(__x86_64__)
    if (strncmp(name, "avx512", 6) == 0) {
        return &sightline_float_kernels_avx512;
    }
    if (strncmp(name, "avxvnni", 7) == 0 || strcmp(name, "avx2") == 0) {
        return &sightline_float_kernels_avx2;
    }
#endif
    // On ARM the compiler's own instructions for sixteen lanes are NEON ones.
    int is_known = strcmp(name, "portable") == 0 || strncmp(name, "neon", 4) == 0;
    return is_known ? &sightline_float_kernels_portable : NULL;
}
