// Which preprocessing kernels run here.
#include <stdlib.h>
#include <string.h>

#include "sightline_preprocess.h"

#if defined(__x86_64__)
static int runs_avx2(void) {
    __builtin_cpu_init();
    return __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma");
}

static int runs_avx512(void) {
    return runs_avx2() && __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw")
           && __builtin_cpu_supports("avx512vl") && __builtin_cpu_supports("avx512dq");
}
#endif

const sightline_preprocess_kernels *sightline_preprocess_named(const char *name) {
    if (strcmp(name, "portable") == 0) return &sightline_preprocess_portable;
#if defined(__x86_64__)
    if (strcmp(name, "avx2") == 0 && runs_avx2()) return &sightline_preprocess_avx2;
    if (strcmp(name, "avx512") == 0 && runs_avx512()) return &sightline_preprocess_avx512;
#endif
    return NULL;
}

const sightline_preprocess_kernels *sightline_preprocess_selected(void) {
    const char *wanted = getenv("SIGHTLINE_ISA");
    // The engine's names stand for levels: its VNNI kernels come with the preprocessing of the same register width.
    int limit = 2;
    if (wanted != NULL && strcmp(wanted, "portable") == 0) limit = 0;
    if (wanted != NULL && (strcmp(wanted, "avx2") == 0 || strcmp(wanted, "avxvnni") == 0)) limit = 1;
    const sightline_preprocess_kernels *best = NULL;
    if (limit >= 2) best = sightline_preprocess_named("avx512");
    if (best == NULL && limit >= 1) best = sightline_preprocess_named("avx2");
    return best != NULL ? best : &sightline_preprocess_portable;
}
