#include <string.h>

#include "sightline_float.h"

extern const sightline_float_kernels sightline_float_kernels_portable;
#if defined(__x86_64__)
extern const sightline_float_kernels sightline_float_kernels_avx512, sightline_float_kernels_avx2;
#endif

const sightline_float_kernels *sightline_float_kernels_named(const char *name) {
#if defined(__x86_64__)
    if (strcmp(name, "avx512vnni") == 0) {
        return &sightline_float_kernels_avx512;
    }
    if (strcmp(name, "avxvnni") == 0 || strcmp(name, "avx2") == 0) {
        return &sightline_float_kernels_avx2;
    }
#endif
    return strcmp(name, "portable") == 0 ? &sightline_float_kernels_portable : NULL;
}
